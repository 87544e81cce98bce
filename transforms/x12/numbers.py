"""Control numbers of what came: repeated ones, and gaps.

An interchange number (ISA13) that its sender has used before is a repetition and is rejected as a whole (TA105 025).
X12.6 asks numbers of groups and sets to be unique only inside what encloses them, and many programs begin again at 1
with each interchange: a repeated one (GS06, ST02) is noted, and rejected only where the profile is strict. A gap is no
fault of the file that shows it; it is told to the sender and to operations.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from transforms.x12 import placed

#: Who numbers (as ``loaders.x12.seen``).
PARTIES = ("sender_qualifier", "sender", "receiver_qualifier", "receiver")
DUPLICATE_INTERCHANGE = "025"  # TA105: duplicate interchange control number
DUPLICATE_GROUP = "19"  # AK905 from 005010 on; before, acknowledgments say 6 (parsers/x12/answer_codes.csv)
DUPLICATE_SET = "23"  # AK502: control number not unique within the functional group

#: Asks what is on file: the wanted keys as a table, answered by these of them that are taken and where (``file at``).
Ask = Callable[[pd.DataFrame], pd.DataFrame]


@dataclass(frozen=True, slots=True)
class Seen:
    """What is on file, asked once each (``loaders.x12.seen``)."""

    interchanges: Ask
    last: Ask
    groups: Ask
    sets: Ask


@dataclass
class Said:
    """``document`` with the faults found here, ``notes`` of ``outcome.CONDITIONS``, ``gaps`` in words."""

    document: Any
    notes: pd.DataFrame
    gaps: list[str] = field(default_factory=list)


def as_numbers(text: pd.Series) -> pd.Series:
    """Control numbers as numbers; NA where they are none (nine digits at most: data elements I12 and 28)."""
    digits = text.str.fullmatch(r"[0-9]{1,9}").astype(bool)
    return pd.to_numeric(text.where(digits), errors="coerce").astype("Int64")


def interchanges(document: Any, numbers: pd.Series, seen: Seen) -> Said:
    """Repeated and missing interchange numbers; ``numbers`` is ISA13 as a number (NA: none). Those that are rejected
    already hold no number."""
    x = document.interchanges
    asked = x[list(PARTIES)].assign(number=numbers)[numbers.notna() & (x["code"] != "R")]
    taken = _places(seen.interchanges(asked), [*PARTIES, "number"])
    last = {tuple(row[:-1]): int(row[-1]) for row in seen.last(asked).itertuples(index=False, name=None)}
    faults, notes, gaps = [], [], []
    for at, (*who, number) in zip(asked.index, asked.itertuples(index=False, name=None), strict=True):
        parties, key, first = tuple(who), (*who, int(number)), int(x["first"].iat[at])
        if key in taken:
            value = x["control_number"].iat[at]
            expected = f"a number that was not used before: {taken[key]}"
            faults.append(placed.fault(document, "interchange", first, 13, DUPLICATE_INTERCHANGE, value, expected))
            continue
        taken[key] = f"it came before in this file, on line {document.segments['line'].iat[first]}"
        before = last.get(parties)
        if before is not None and number > before + 1:
            missing = f"{before + 1}" + (f" to {number - 1}" if number > before + 2 else "")
            gaps.append(f"interchange control numbers {missing} of {who[0]}/{who[1]} have not come")
            notes.append(placed.note(-1, first, 13, gaps[-1], "if they were sent, send them again", str(number)))
        last[parties] = max(int(number), before or 0)
    return Said(placed.with_faults(document, faults), placed.notes(notes), gaps)


def within(document: Any, numbers: pd.Series, seen: Seen, strict: Sequence[bool]) -> Said:
    """Repeated numbers of groups and sets, against what is on file; ``numbers`` is GS06 as a number, ``strict`` says it
    of each interchange. Only of interchanges, groups and sets that are not rejected."""
    faults, notes = [], []
    parties = document.interchanges[list(PARTIES)]
    alive = (document.interchanges["code"] != "R").to_numpy()
    g = document.groups
    of = g["interchange"].to_numpy()
    open_ = g[(g["status"] != "R").to_numpy() & alive[of] & numbers.notna().to_numpy()] if len(g) else g
    asked = parties.iloc[open_["interchange"]].set_axis(open_.index)
    asked = asked.assign(functional_id=open_["functional_id"], number=numbers[open_.index])
    taken = _places(seen.groups(asked), list(asked.columns))
    repeated = set()
    for at, key in zip(asked.index, asked.itertuples(index=False, name=None), strict=True):
        if where := taken.get((*key[:-1], int(key[-1]))):
            repeated.add(at)
            first, value = int(g["first"].iat[at]), g["control_number"].iat[at]
            if strict[of[at]]:
                expected = f"a number that was not used before: {where}"
                faults.append(placed.fault(document, "group", first, 6, DUPLICATE_GROUP, value, expected))
            else:
                why = f"the group control number was used before: {where}"
                notes.append(placed.note(-1, first, 6, why, "number groups without repetition", value))
    _sets(document, seen, strict, repeated, faults)
    return Said(placed.with_faults(document, faults), placed.notes(notes))


def _sets(document: Any, seen: Seen, strict: Sequence[bool], repeated: set[int], faults: list[dict[str, Any]]) -> None:
    """Sets of strict partners; in a group that repeats its number they repeat theirs, which need not be said again."""
    s = document.sets
    looked_at = [
        at
        for at, (interchange, group, status, number) in enumerate(
            s[["interchange", "group", "status", "control_number"]].itertuples(index=False, name=None)
        )
        if status != "R" and number and group >= 0 and group not in repeated and strict[interchange]
    ]
    if not looked_at:
        return
    chosen = s.iloc[looked_at]
    asked = document.interchanges[list(PARTIES)].iloc[chosen["interchange"]].set_axis(chosen.index)
    asked = asked.assign(set_id=chosen["set_id"], control_number=chosen["control_number"])
    taken = _places(seen.sets(asked), list(asked.columns))
    for at, key in zip(asked.index, asked.itertuples(index=False, name=None), strict=True):
        if where := taken.get(key):
            expected = f"a number that was not used before: {where}"
            faults.append(placed.fault(document, "set", int(s["first"].iat[at]), 2, DUPLICATE_SET, key[-1], expected))


def _places(taken: pd.DataFrame, key: list[str]) -> dict[tuple, str]:
    """Key -> where the number stands first, in words."""
    taken = taken.sort_values("at", kind="stable")
    said = "it came in " + taken["file"] + " on " + taken["at"].dt.strftime("%Y-%m-%d")
    keys = taken[key].itertuples(index=False, name=None)
    places: dict[tuple, str] = {}
    for one, words in zip(keys, said, strict=True):
        places.setdefault(one, words)
    return places
