"""The readable answer to an X12 file: what was accepted, what was not, and why, in words.

The same CSV as for ABI (:data:`transforms.reasons.COLUMNS`). In the order of the file: a row for each interchange and
each transaction set that says what became of it (record ISA or ST, field the control number, code A accepted, E
accepted with errors, R rejected), and under it a row for every fault of syntax and every condition. An accepted file
has the former only. ``batch`` counts the functional groups of the file, ``transaction`` the sets of the group.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from parsers.x12.acknowledge import Reply
from parsers.x12.answer_codes import Level, words
from parsers.x12.maps import tables
from transforms.reasons import COLUMNS, by_file
from transforms.x12.outcome import Outcome

if TYPE_CHECKING:
    from parsers.x12.document import Document

Ints = npt.NDArray[np.int64]
#: So much is shown of what stood there.
_FOUND = 200
#: Of so many sets and groups it is said that not all of their faults are listed, of more together.
_MOST_CUT = 1000
_SECRET = ("ISA02", "ISA04")  # authorization and security information
_VERDICT = {"A": "accepted", "E": "accepted with errors", "P": "accepted in part", "R": "rejected"}
_SEVERITY = {"A": "", "E": "W", "P": "W", "R": "F"}
_EFFECT = {
    "added": "accepted: added",
    "replaced": "accepted: replaces what was on file",
    "changed": "accepted: changes what was on file",
    "cancelled": "accepted: what was on file is cancelled",
    "rejected": "rejected: nothing changed",
}
_WARNED = {"W": ", with a warning", "I": ", with a notice"}
_MEND = {"E": "mend what the next lines name the next time", "R": "mend what the next lines name and send it again"}


def reasons(document: Document, outcome: Outcome | None = None, replies: Sequence[Reply] = ()) -> bytes:
    """The reasons file of a judged document; ``outcome`` is what the desks made of the sets that are not rejected.

    A file without an interchange has no rows.
    """
    outcome = outcome or Outcome()
    sets = _sets(document, outcome)
    parts = (_interchanges(document, sets["code"] == "R"), sets, _faults(document), _conditions(document, outcome))
    told = pd.concat([*parts, _left_out(document, replies), _untold(document)], ignore_index=True)
    told["row"] = _rows(document, told)
    told = told.sort_values(["row", "order", "begin"], kind="stable", ignore_index=True)
    secret = told["field"].isin(_SECRET) & (told["found"] != "")
    told["found"] = _shown(told["found"]).mask(secret, "*")
    told = told.assign(**_place(document, told), **_belonging(document, told, outcome))
    return by_file(told[[*COLUMNS]], np.zeros(len(told), np.int64), 1)[0]


def _rows(document: Document, told: pd.DataFrame) -> Ints:
    """The segment that each row speaks of, or the first of its set, group or interchange; 0 where it has none."""
    row = told["row"].to_numpy()
    for key, table in (("set", document.sets), ("group", document.groups), ("interchange", document.interchanges)):
        at = told[key].to_numpy()
        row = np.where((row < 0) & (at >= 0), np.append(table["first"].to_numpy(), -1)[at], row)
    return np.maximum(row, 0)


def _shown(found: pd.Series) -> pd.Series:
    """What stood there, as it can be shown: the beginning of it, a ? for what can not be printed."""
    return found.str.slice(0, _FOUND).str.replace(r"[\x00-\x1f\x7f-\xa0]", "?", regex=True)


def _place(document: Document, told: pd.DataFrame) -> dict[str, pd.Series]:
    """The physical line of the file, and the columns on it."""
    row = told["row"].to_numpy()
    start, line, column = (np.append(document.segments[key].to_numpy(), 0)[row] for key in ("start", "line", "column"))
    begin, end = told["begin"].to_numpy(), told["end"].to_numpy()
    first = column + begin - start
    last = np.maximum(first, column + end - start - 1)
    span = np.char.add(first.astype("U20"), np.where(last > first, np.char.add("-", last.astype("U20")), ""))
    known = (begin >= start) & (line > 0)
    return {"line": pd.Series(np.maximum(line, 1)), "columns": pd.Series(np.where(known, span, ""), dtype="str")}


def _belonging(document: Document, told: pd.DataFrame, outcome: Outcome) -> dict[str, pd.Series]:
    """Group and set by their ordinals, who sent it, and what the sender calls it."""
    sets = document.sets
    of = {
        key: np.append(document.segments[key].to_numpy(), -1)[told["row"].to_numpy()]
        for key in ("interchange", "group", "set")
    }
    set_ = np.where(told["set"] >= 0, told["set"], of["set"])
    group = np.append(sets["group"].to_numpy(), -1)[set_]
    group = np.where(group >= 0, group, np.where(told["group"] >= 0, told["group"], of["group"]))
    first = pd.Series(np.arange(len(sets))).groupby(sets["group"].to_numpy()).transform("min")
    ordinal = np.append(np.arange(len(sets)) - first.to_numpy(np.int64) + 1, 0)[set_]
    reference = np.append(_decided(document, outcome)["reference"].fillna("").to_numpy(dtype=object), "")[set_]
    sender = np.append(document.interchanges["sender"].to_numpy(dtype=object), "")[of["interchange"]]

    def shown(number: Ints) -> pd.Series:
        return pd.Series(np.where(number > 0, number.astype("U12"), ""), dtype="str")

    return {
        "batch": shown(group + 1),
        "block": shown(np.where(group >= 0, 1, 0)),
        "transaction": shown(ordinal),
        "filer_code": pd.Series(sender, dtype="str"),
        "entry_number": pd.Series(reference, dtype="str"),
        "line_item": shown(np.zeros(len(told), np.int64)),
    }


def _interchanges(document: Document, rejected: pd.Series) -> pd.DataFrame:
    it, of_set = document.interchanges, document.sets["interchange"].to_numpy()
    code, verdict = it["code"], it["code"].map(_VERDICT).fillna("not judged")
    groups = _counted(it.index, document.groups["interchange"].to_numpy(), "functional group")
    sets = _counted(it.index, of_set, "transaction set")
    bad = pd.Series(np.bincount(of_set[rejected.to_numpy()], minlength=len(it)), it.index)
    bad_sets = (", rejected: " + bad.astype("str")).where((bad > 0) & (code != "R"), "")
    said = "interchange " + it["control_number"] + " from " + it["sender"]
    noted = pd.Series([_noted(note) for note in it["note"]], dtype="str").where(code != "A", "")
    return _table(
        row=it["first"].to_numpy(),
        order=0,
        record="ISA",
        field="ISA13",
        found=it["control_number"],
        code=code,
        severity=code.map(_SEVERITY).fillna(""),
        narrative="interchange " + verdict,
        what_is_wrong=said + " is " + verdict + noted + ": " + groups + ", " + sets + bad_sets,
        how_to_mend=code.map(_MEND).fillna(""),
    )


def _noted(note: str) -> str:
    meaning = words("interchange", note).meaning
    return f" ({note}: {meaning})" if meaning and note != "000" else ""


def _counted(index: pd.Index, of: Ints, what: str) -> pd.Series:
    """How many there are in each interchange, with the word for it."""
    count = np.bincount(of[of >= 0], minlength=len(index))[: len(index)]
    return pd.Series(
        np.char.add(count.astype("U12"), np.where(count == 1, f" {what}", f" {what}s")), index, dtype="str"
    )


def _sets(document: Document, outcome: Outcome) -> pd.DataFrame:
    """What became of each set: the desk's word where it has one, else that of syntax."""
    it, decided = document.sets, _decided(document, outcome)
    name = "transaction set " + it["set_id"] + " " + it["control_number"]
    reference, number, effect = (decided[key].fillna("") for key in ("reference", "number", "effect"))
    name = name + (" (" + reference + ")").mask(reference == "", "")
    code = it["status"].where(it["status"].isin([*_VERDICT]), "")
    business = decided["final"].notna() & (code != "R")
    code = code.mask(business & (decided["final"] == "R"), "R")
    warned = decided["severity"].map(_WARNED).fillna("").where(business & (code != "R"), "")
    verdict = code.map(_VERDICT).fillna("not judged").mask(business, effect.map(_EFFECT).fillna("accepted"))
    syntax = pd.Series([_said("set", codes) for codes in it["codes"]], dtype="str") + _with_others(document, code)
    as_ = ("; its number is " + number).where((number != "") & business & (code != "R"), "")
    severity = code.map(_SEVERITY).fillna("")
    severity = severity.mask(business & severity.eq("") & decided["severity"].isin([*_WARNED]), decided["severity"])
    return _table(
        row=it["first"].to_numpy(),
        order=0,
        record="ST",
        field="ST02",
        found=it["control_number"],
        code=code,
        severity=severity,
        narrative="transaction set " + code.map(_VERDICT).fillna("not judged"),
        what_is_wrong=name + " is " + verdict + warned + syntax + as_,
        how_to_mend=code.map(_MEND).fillna(""),
        set=np.arange(len(it)),
    )


def _said(level: Level, codes: str) -> str:
    meanings = [meaning for code in codes.split() if (meaning := words(level, code).meaning)]
    return f" ({'; '.join(meanings)})" if meanings else ""


def _with_others(document: Document, code: pd.Series) -> pd.Series:
    """Why a set is rejected that has no fault of its own: its interchange is, or its group."""
    alone = (code == "R") & (document.sets["status"] == "R") & (document.sets["codes"] == "")
    groups, group = document.groups, document.sets["group"].to_numpy()
    by_group = np.array([" with its group" + _said("group", codes) for codes in groups["codes"]] + [""], dtype=object)
    interchange = np.append((document.interchanges["code"] == "R").to_numpy(), False)
    whole = interchange[document.sets["interchange"].to_numpy()]
    return pd.Series(np.where(whole, " with its interchange", by_group[group]), dtype="str").where(alone, "")


def _decided(document: Document, outcome: Outcome) -> pd.DataFrame:
    """The dispositions, a row for each set."""
    return outcome.dispositions.drop_duplicates("set").set_index("set").reindex(document.sets.index)


def _faults(document: Document) -> pd.DataFrame:
    faults = document.faults
    keys = list(zip(*(faults[key] for key in ("level", "code", "kind")), strict=True))
    told = {key: words(*key) for key in set(keys)}
    meaning = pd.Series([told[key].meaning for key in keys], dtype="str")
    mend = pd.Series([told[key].mend for key in keys], dtype="str")
    expected = ("; expected: " + faults["expected"]).where(faults["expected"] != "", "")
    number = faults["element"].to_numpy()
    field = _field(faults["segment_id"], number, faults["component"].to_numpy())
    name = field.where(number > 0, faults["segment_id"]) + _titles(document)
    inside = faults["level"].isin(("segment", "element")) & (faults["position"] > 0)
    place = name + (", at position " + faults["position"].astype("str") + " of the set").where(inside, "")
    return _table(
        row=faults["segment"].to_numpy(),
        order=1,
        record=faults["segment_id"],
        field=field,
        found=faults["value"],
        code=faults["code"],
        severity=np.where(_rejecting(document), "F", "W"),
        narrative=meaning,
        what_is_wrong=(place + ": ").where(faults["segment_id"] != "", "") + meaning + expected,
        how_to_mend=mend,
        set=faults["set"].to_numpy(),
        group=faults["group"].to_numpy(),
        interchange=faults["interchange"].to_numpy(),
        begin=faults["start"].to_numpy(),
        end=faults["end"].to_numpy(),
    )


def _titles(document: Document) -> pd.Series:
    """What the elements and segments at fault are called in the release that their group is read by, in brackets."""
    faults, releases = document.faults, np.append(document.groups["read_as"].to_numpy(dtype=object), "")
    keys = zip(
        releases[faults["group"].to_numpy()],
        *(faults[key] for key in ("segment_id", "element", "component")),
        strict=True,
    )
    return pd.Series([f" ({title})" if (title := _title(*key)) else "" for key in keys], dtype="str")


@lru_cache(maxsize=4096)
def _title(release: str, segment: str, element: int, component: int) -> str:
    try:
        entry = tables.segment(release or tables.RELEASES[0], segment)
    except KeyError:
        return ""
    if not element:
        return entry.name
    if element > len(entry.elements):
        return ""
    part = entry.elements[element - 1]
    if isinstance(part, tables.Composite) and 0 < component <= len(part.components):
        part = part.components[component - 1]
    return part.name


def _rejecting(document: Document) -> npt.NDArray[np.bool_]:
    """Whether the innermost of set, group and interchange that a fault belongs to is rejected."""
    faults = document.faults
    out = np.append((document.interchanges["code"] == "R").to_numpy(), False)[faults["interchange"].to_numpy()]
    for key, table in (("group", document.groups), ("set", document.sets)):
        at = faults[key].to_numpy()
        out = np.where(at >= 0, np.append((table["status"] == "R").to_numpy(), False)[at], out)
    return out


def _conditions(document: Document, outcome: Outcome) -> pd.DataFrame:
    it, segments = outcome.conditions, document.segments
    at = it["segment"].to_numpy()
    at = np.where((at >= 0) & (at < len(segments)), at, -1)
    element = it["element"].to_numpy()
    begin, end = np.full(len(at), -1, np.int64), np.full(len(at), -1, np.int64)
    for number in np.unique(element[(element > 0) & (at >= 0)]):
        those = np.flatnonzero((element == number) & (at >= 0))
        begin[those], end[those] = document.place(at[those], int(number))
    record = pd.Series(np.append(segments["id"].to_numpy(dtype=object), "")[at], dtype="str")
    return _table(
        row=at,
        order=2,
        record=record,
        field=_field(record, element, it["component"].to_numpy()),
        found=it["found"],
        code=it["code"],
        severity=it["severity"],
        narrative=it["narrative"],
        what_is_wrong=it["why"].where(it["why"] != "", it["narrative"]),
        how_to_mend=it["mend"],
        set=it["set"].to_numpy(),
        begin=begin,
        end=end,
    )


def _left_out(document: Document, replies: Iterable[Reply]) -> pd.DataFrame:
    """That an acknowledgment does not name all that is wrong."""
    short = [it for it in replies if it.left_out]
    rows = np.array([it.interchange for it in short], np.int64)
    all_here = "" if len(document.untold) else ": the lines here name them all"
    said = [f"{it.left_out} more errors than the {it.kind} can hold{all_here}" for it in short]
    return _table(
        row=document.interchanges["first"].to_numpy()[rows],
        order=3,
        record="ISA",
        severity="I",
        narrative="acknowledgment cut",
        what_is_wrong=pd.Series(said, dtype="str"),
        interchange=rows,
    )


def _untold(document: Document) -> pd.DataFrame:
    """That not every fault of a set, of a group or of an interchange is listed here."""
    it = document.untold
    if len(it) > _MOST_CUT:
        it = it.groupby("interchange", as_index=False)["count"].sum().assign(group=-1, set=-1)
    of = np.select([it["set"] >= 0, it["group"] >= 0], ["transaction set", "functional group"], "interchange")
    said = [
        f"{count} more fault{'s' * (count != 1)} of this {what} than are listed here"
        for count, what in zip(it["count"].tolist(), of.tolist(), strict=True)
    ]
    return _table(
        row=np.full(len(it), -1),
        order=3,
        severity="I",
        narrative="list cut",
        what_is_wrong=pd.Series(said, dtype="str"),
        how_to_mend="mend what is listed and send the file to check again",
        set=it["set"].to_numpy(),
        group=it["group"].to_numpy(),
        interchange=it["interchange"].to_numpy(),
    )


def _field(segment: pd.Series, element: Ints, component: Ints) -> pd.Series:
    """``BA105``, ``REF04-2``; blank where no element is meant."""
    number = pd.Series(element, segment.index)
    part = pd.Series(component, segment.index)
    text = segment + number.astype("str").str.zfill(2) + ("-" + part.astype("str")).where(part > 0, "")
    return text.where((number > 0) & (segment != ""), "")


def _table(**columns: Any) -> pd.DataFrame:
    """Rows of the answer; what is left out is blank, or -1 for a place."""
    size = max(np.size(it) for it in columns.values() if not isinstance(it, str | int))
    numbers = {"row": -1, "order": 0, "set": -1, "group": -1, "interchange": -1, "begin": -1, "end": -1}
    texts = dict.fromkeys(("record", "field", "found", "code", "severity", "narrative"), "")
    texts |= {"what_is_wrong": "", "how_to_mend": ""}
    out = {}
    for name, nothing in {**numbers, **texts}.items():
        given = columns.get(name, nothing)
        values = [given] * size if isinstance(given, str | int) else np.asarray(given)
        out[name] = pd.Series(values, dtype="str" if name in texts else "int64").reset_index(drop=True)
    return pd.DataFrame(out)
