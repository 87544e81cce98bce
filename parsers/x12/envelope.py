"""Segments to interchanges, functional groups and transaction sets (X12.5, X12.6), whatever is missing among them.

A group begins with GS and ends with its GE, or before whatever ends it too soon: another GS, the IEA, the end. So does
a set, from ST to SE. What stands in no set or group where one should be belongs to none (-1).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from parsers.x12 import document, texts
from parsers.x12.document import Document
from parsers.x12.maps import tables
from parsers.x12.splitter import Split, pack

Ints = npt.NDArray[np.int64]
ISA, IEA, GS, GE, ST, SE, TA1 = (pack(name) for name in ("ISA", "IEA", "GS", "GE", "ST", "SE", "TA1"))
#: Segments that may stand in an interchange outside its groups: with those above the deferred delivery request and the
#: syntax extension (X12.5).
BETWEEN_GROUPS = np.array([ISA, IEA, TA1, *(pack(name) for name in ("TA3", "ISB", "ISE", "ISX"))], np.uint32)
#: ISA11 separates repetitions from this version of the controls on (X12.5; before, it names the standard).
REPEATS_FROM = "00402"


def tabulate(split: Split) -> Document:
    """The tables of a file, without a fault and without a verdict."""
    group_first, group_last, group_interchange = _groups(split)
    row_group = _inside(len(split.key), group_first, group_last)
    set_first, set_last = _sets(split, row_group)
    row_set = _inside(len(split.key), set_first, set_last)
    position = np.where(row_set >= 0, np.arange(len(split.key)) - np.append(set_first, 0)[row_set] + 1, 0)
    none = np.full(len(split.key), -1, np.int64)
    segments = pd.DataFrame(
        {
            "interchange": split.interchange,
            "group": row_group,
            "set": row_set,
            "position": position,
            "id": _ids(split),
            "start": split.start,
            "end": split.end,
            "line": split.line,
            "column": split.column,
            "loop": none,
            "parent": none,
            "node": none,
        }
    )
    empty = pd.DataFrame()
    bare = Document(split, segments, empty, empty, empty, document.faults())
    groups = _group_table(bare, group_first, group_last, group_interchange)
    groups["received"] = np.bincount(row_group[set_first], minlength=len(groups)).astype(np.int64)
    groups["declared"] = number(bare.element(trailers(split, groups, GE), 1), groups["received"])
    sets = _set_table(bare, set_first, set_last, row_group, groups)
    return Document(split, segments, _interchange_table(bare, groups, row_group), groups, sets, bare.faults)


def trailers(split: Split, table: pd.DataFrame, closing: int) -> Ints:
    """The row of the trailer of each interchange, group or set; -1 where it is missing."""
    last = table["last"].to_numpy() - 1
    alone = last == table["first"].to_numpy()
    return np.where((split.key[last] == closing) & ~alone, last, -1) if len(last) else last


def number(text: pd.Series, otherwise: pd.Series) -> pd.Series:
    """Text of up to 18 digits as a number, ``otherwise`` where it is none."""
    digits = text.str.strip().where(text.str.fullmatch(r"\s*[0-9]{1,18}\s*").astype(bool))
    return pd.to_numeric(digits.fillna("0")).astype("int64").where(digits.notna(), otherwise)


def _groups(split: Split) -> tuple[Ints, Ints, Ints]:
    first = np.flatnonzero(split.key == GS).astype(np.int64)
    interchange = split.interchange[first]
    return first, _until(split, first, (GS, GE, IEA), GE, split.segment_last[interchange]), interchange


def _sets(split: Split, row_group: Ints) -> tuple[Ints, Ints]:
    first = np.flatnonzero((split.key == ST) & (row_group >= 0)).astype(np.int64)
    bound = split.segment_last[split.interchange[first]]
    return first, _until(split, first, (ST, SE, GS, GE, IEA), SE, bound)


def _until(split: Split, first: Ints, enders: tuple[int, ...], closing: int, bound: Ints) -> Ints:
    """Where what begins at ``first`` ends (exclusive): behind its own trailer, or before another control segment."""
    stops = np.flatnonzero(np.isin(split.key, np.array(enders, np.uint32)))
    stop = np.append(stops, len(split.key))[np.searchsorted(stops, first, side="right")]
    own = np.append(split.key, 0)[stop] == closing
    return np.where(stop < bound, stop + own, bound).astype(np.int64)


def _inside(rows: int, first: Ints, last: Ints) -> Ints:
    """Which range each row lies in, -1 none."""
    if not len(first):
        return np.full(rows, -1, np.int64)
    at = np.arange(rows)
    which = np.searchsorted(first, at, side="right") - 1
    return np.where((which >= 0) & (at < last[which]), which, -1)


def _ids(split: Split) -> pd.Series:
    """The segment ids in upper case, however long."""
    codes, keys = pd.factorize(split.key)
    names = [int(key).to_bytes(4, "big")[: int(key) & 255][:3].decode("latin-1") for key in keys]
    ids = pd.Series(names, dtype="str").take(codes).reset_index(drop=True)
    long = np.flatnonzero((split.key & 255) > 3)
    if long.size:
        some = split.count[long] > 0
        stop = np.append(split.element_start, 0)[np.where(some, split.first[long], -1)] - 1
        text = texts.cut(split.data, split.start[long], np.where(some, stop, split.end[long]))
        ids.update(pd.Series(text.str.upper().array, index=long))
    return ids


def _group_table(bare: Document, first: Ints, last: Ints, interchange: Ints) -> pd.DataFrame:
    columns: dict[str, Any] = {"interchange": interchange, "first": first, "last": last}
    names = ("functional_id", "sender", "receiver", "date", "time", "control_number", "agency", "release")
    for at, name in enumerate(names, 1):
        columns[name] = bare.element(first, at).str.strip()
    columns |= {name: np.zeros(len(first), np.int64) for name in ("declared", "received", "accepted")}
    return pd.DataFrame(columns | {"status": _blank(first), "codes": _blank(first)})


def _set_table(bare: Document, first: Ints, last: Ints, row_group: Ints, groups: pd.DataFrame) -> pd.DataFrame:
    group = row_group[first]
    columns: dict[str, Any] = {
        "interchange": bare.split.interchange[first],
        "group": group,
        "first": first,
        "last": last,
    }
    for at, name in enumerate(("set_id", "control_number", "convention"), 1):
        columns[name] = bare.element(first, at).str.strip()
    table = pd.DataFrame(columns)
    release = groups["release"].map(lambda text: tables.normal_release(text) or "").astype("str")
    names = table["set_id"] + "." + release.take(group).reset_index(drop=True)
    functional = groups["functional_id"].take(group).reset_index(drop=True)
    keys = names + " " + functional
    known = {key: _map_name(str(key)) for key in keys.unique()}
    return table.assign(map=keys.map(known).astype("str"), status=_blank(first), codes=_blank(first))


def _map_name(key: str) -> str:
    """The map of a set in its release and group, blank where there is none."""
    name, _, functional_id = key.partition(" ")
    set_id, _, release = name.partition(".")
    return name if release and set_id in tables.group_sets(functional_id, release) else ""


def _interchange_table(bare: Document, groups: pd.DataFrame, row_group: Ints) -> pd.DataFrame:
    split = bare.split
    first, last = split.segment_first, split.segment_last
    table: dict[str, Any] = {"first": first, "last": last}
    at = {"sender_qualifier": 5, "sender": 6, "receiver_qualifier": 7, "receiver": 8, "date": 9, "time": 10}
    for name, element in (at | {"version": 12, "control_number": 13}).items():
        table[name] = bare.element(first, element).str.rstrip()
    table["ack_requested"] = (bare.element(first, 14).str.strip() == "1").astype(bool)
    table["usage"] = bare.element(first, 15).str.strip()
    table["element_separator"] = _delimiter([cut.element for cut in split.delimiters])
    table["component_separator"] = _delimiter([cut.component for cut in split.delimiters])
    repetition = bare.element(first, 11).str.strip()
    separates = (table["version"] >= REPEATS_FROM) & repetition.str.fullmatch("[^A-Za-z0-9]").astype(bool)
    table["repetition_separator"] = repetition.where(separates, "")
    table["terminator"] = _delimiter([cut.segment for cut in split.delimiters])
    table["groups_declared"] = bare.element(trailers(split, pd.DataFrame({"first": first, "last": last}), IEA), 1)
    table["groups_declared"] = table["groups_declared"].str.strip()
    table["code"] = table["note"] = _blank(first)
    only = np.bincount(groups["interchange"], groups["functional_id"] != "FA", len(first)) == 0
    envelope = np.isin(split.key, BETWEEN_GROUPS) | (row_group >= 0)
    strays = np.bincount(split.interchange, ~envelope, len(first))
    answers = np.bincount(split.interchange, (split.key == TA1) | (split.key == GS), len(first))
    table["only_acknowledgments"] = only & (strays == 0) & (answers > 0)
    return pd.DataFrame(table)


def _delimiter(values: list[int]) -> pd.Series:
    return pd.Series([chr(value) if value >= 0 else "" for value in values], dtype="str")


def _blank(rows: Ints) -> pd.Series:
    return texts.constant("", len(rows))
