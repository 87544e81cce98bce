"""Whether an X12 file comes from whom it says, to us, and as agreed: interchange, group and release against the
profiles of the account that sent it.

The account is known: it opened the drop with its key. So an id that is none of its own is a fault of the envelope, not
a question of who it was. What is less grave (another receiver than us, a group id or a release that was not agreed) is
noted, and rejected only where the profile is strict.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import pandas as pd

from parsers.x12.maps import tables
from transforms.x12 import placed


class Profile(Protocol):
    """What is agreed (``loaders.x12.partners.Partner``)."""

    @property
    def qualifier(self) -> str: ...
    @property
    def identifier(self) -> str: ...
    @property
    def group_id(self) -> str: ...
    @property
    def releases(self) -> Mapping[str, str]: ...
    @property
    def read_as(self) -> Mapping[str, str]: ...
    @property
    def strict(self) -> bool: ...


P = TypeVar("P", bound=Profile)


@dataclass(frozen=True, slots=True)
class Own:
    """Who we are: ISA05/06 and GS02 of what we send."""

    qualifier: str
    identifier: str
    group_id: str


@dataclass(frozen=True, slots=True)
class Said:
    """``document`` with the faults found here, ``notes`` of ``outcome.CONDITIONS``; ``profiles`` has the profile of
    each interchange's sender, None where there is none."""

    document: Any
    notes: pd.DataFrame
    profiles: list[Any]


def check(document: Any, profiles: Sequence[Profile], own: Own) -> Said:
    """``profiles`` are those of the account that sent the file, on the day it came; without any, nothing is asked of
    the sender's ids.

    TA105 (data element I18): 005 and 006 are an invalid qualifier and id of the sender, 007 and 008 of the receiver.
    AK905 (data element 716): 2 is a group version that is not supported.
    """
    faults: list[dict[str, Any]] = []
    notes: list[tuple] = []
    senders = _pairs(document, "sender_qualifier", "sender")
    receivers = _pairs(document, "receiver_qualifier", "receiver")
    known = [profile_of(profiles, *sender) for sender in senders]
    for first, sender, receiver, profile in zip(document.interchanges["first"], senders, receivers, known, strict=True):
        if profiles and (profile is None or profile.qualifier != sender[0]):
            faults.append(_stranger(document, first, sender, profiles))
        if receiver == (own.qualifier, own.identifier):
            continue
        place, code, value = (7, "007", receiver[0]) if receiver[1] == own.identifier else (8, "008", receiver[1])
        us = f"{own.qualifier}/{own.identifier}"
        if profile is not None and profile.strict:
            faults.append(placed.fault(document, "interchange", first, place, code, value, f"us: {us}"))
        else:
            why = f"the interchange is addressed to {receiver[0]}/{receiver[1]}, not to {us}"
            notes.append(placed.note(-1, first, place, why, "read all the same; address it to us", value))
    _groups(document, known, faults, notes)
    return Said(placed.with_faults(document, faults), placed.notes(notes), known)


def _stranger(document: Any, first: int, sender: tuple[str, str], profiles: Sequence[Profile]) -> dict[str, Any]:
    qualifiers = [it.qualifier for it in profiles if it.identifier == sender[1]]
    place, code, value = (5, "005", sender[0]) if qualifiers else (6, "006", sender[1])
    ids = qualifiers or [f"{it.qualifier}/{it.identifier}" for it in profiles]
    expected = f"what is agreed with the account that sent the file: {' or '.join(dict.fromkeys(ids))}"
    return placed.fault(document, "interchange", first, place, code, value, expected)


def profile_of(profiles: Sequence[P], qualifier: str, identifier: str) -> P | None:
    """The profile of a sender: that of its qualifier and id, else the first of its id."""
    own = [it for it in profiles if it.identifier == identifier]
    return next((it for it in own if it.qualifier == qualifier), own[0] if own else None)


def reading(profiles: Sequence[Profile]) -> Callable[[str, str], Mapping[str, str]]:
    """By the maps of which releases groups of a sender (ISA05, ISA06) are read (``parsers.x12.read``)."""

    def read_as(qualifier: str, identifier: str) -> Mapping[str, str]:
        profile = profile_of(profiles, qualifier, identifier)
        return profile.read_as if profile else {}

    return read_as


def _pairs(document: Any, *columns: str) -> list[tuple[str, str]]:
    return list(document.interchanges[list(columns)].itertuples(index=False, name=None))


def _groups(document: Any, known: Sequence[Any], faults: list[dict[str, Any]], notes: list[tuple]) -> None:
    groups = document.groups
    ids: Mapping[int, list[str]] = document.sets.groupby("group")["set_id"].unique().map(list).to_dict()
    for at, (interchange, first, sender, release, read_as) in enumerate(
        groups[["interchange", "first", "sender", "release", "read_as"]].itertuples(index=False, name=None)
    ):
        profile = known[interchange] if interchange >= 0 else None
        if profile is None:
            continue
        if profile.group_id and sender != profile.group_id:
            why = f"the group is from {sender}, agreed is {profile.group_id}"
            notes.append(placed.note(-1, first, 2, why, "read all the same; give the agreed id in GS02", sender))
        named = tables.named_release(release)
        if read_as and read_as != named:
            why = f"the group is in release {release}, which is read by the maps of {read_as}, as agreed"
            notes.append(placed.note(-1, first, 8, why, "", release))
        other = [(it, profile.releases[it]) for it in ids.get(at, []) if it in profile.releases]
        other = [(it, agreed) for it, agreed in other if named != agreed]
        for set_id, agreed in other[:1]:
            if profile.strict:
                expected = f"{agreed}, as agreed for {set_id}"
                faults.append(placed.fault(document, "group", first, 8, "2", release, expected))
            else:
                why = f"the group is in release {release}, agreed for {set_id} is {agreed}"
                notes.append(placed.note(-1, first, 8, why, "read all the same", release))
