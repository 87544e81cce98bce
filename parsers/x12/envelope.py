"""Segments to interchanges, functional groups and transaction sets (X12.5, X12.6), whatever is missing among them.

A group begins with GS and ends with its GE, or before whatever ends it too soon: another GS, the IEA, the end. So does
a set, from ST to SE. What stands in no set or group where one should be belongs to none (-1).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from parsers.x12 import document, texts
from parsers.x12.document import Document
from parsers.x12.maps import tables
from parsers.x12.splitter import Split, pack

Ints = npt.NDArray[np.int64]
ISA, IEA, GS, GE, ST, SE, TA1 = (pack(name) for name in ("ISA", "IEA", "GS", "GE", "ST", "SE", "TA1"))
#: Segments that may stand in an interchange outside its groups: with those above the deferred delivery request and the
#: syntax extension (X12.5).
BETWEEN_GROUPS = np.array([ISA, IEA, TA1, *(pack(name) for name in ("TA3", "ISB", "ISE", "ISX"))], np.uint32)
#: A sender's qualifier and id (ISA05, ISA06) -> releases without maps of ours, each with the release of ours by whose
#: maps such a group of this sender is read (both of six digits).
ReadAs = Callable[[str, str], Mapping[str, str]]
#: ISA11 separates repetitions from this version of the controls on (X12.5; before, it names the standard).
REPEATS_FROM = "00402"


def as_sent(qualifier: str, identifier: str) -> Mapping[str, str]:
    """Nothing is agreed: every group is read by the maps of its own release, or not at all."""
    return {}


def tabulate(split: Split, read_as: ReadAs = as_sent) -> Document:
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
            "id": texts.column(_ids(split)),
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
    received = np.bincount(row_group[set_first], minlength=len(group_first)).astype(np.int64)
    groups = _groups_read(bare, group_first, group_last, group_interchange, received, read_as)
    sets = _sets_read(bare, set_first, set_last, row_group[set_first], groups)
    interchanges = _interchanges_read(bare, groups, row_group)
    return Document(split, segments, _table(interchanges), _table(groups), _table(sets), bare.faults)


def _table(columns: dict[str, Any]) -> pd.DataFrame:
    return pd.DataFrame({name: texts.column(it) if isinstance(it, pa.Array) else it for name, it in columns.items()})


def trailers(split: Split, first: Ints, last: Ints, closing: int) -> Ints:
    """The row of the trailer of each interchange, group or set, given its rows; -1 where it is missing."""
    row = last - 1
    return np.where((split.key[row] == closing) & (row > first), row, -1) if len(row) else row


def number(text: texts.Text, otherwise: Ints | int) -> Ints:
    """Text of up to 18 digits as a number, ``otherwise`` where it is none."""
    good = texts.matches(text, r"\s*[0-9]{1,18}\s*")
    digits = pc.if_else(pa.array(good), texts.strip(text), "0")
    return np.where(good, pc.cast(digits, pa.int64()).to_numpy(), otherwise)


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


def _ids(split: Split) -> texts.Text:
    """The segment ids in upper case, however long."""
    codes, keys = pd.factorize(split.key)
    names = [int(key).to_bytes(4, "big")[: int(key) & 255][:3].decode("latin-1") for key in keys]
    ids = texts.of(names).take(pa.array(codes))
    long = (split.key & 255) > 3
    if not long.any():
        return ids
    some = split.count[long] > 0
    stop = np.append(split.element_start, 0)[np.where(some, split.first[long], -1)] - 1
    text = texts.cut(split.data, split.start[long], np.where(some, stop, split.end[long]))
    return pc.replace_with_mask(ids, pa.array(long), pc.utf8_upper(text))


def _groups_read(
    bare: Document, first: Ints, last: Ints, interchange: Ints, received: Ints, read_as: ReadAs
) -> dict[str, Any]:
    names = ("functional_id", "sender", "receiver", "date", "time", "control_number", "agency", "release")
    columns = dict(zip(names, map(texts.strip, bare.fields(first, range(1, 9))), strict=True))
    return {
        "interchange": interchange,
        "first": first,
        "last": last,
        **columns,
        "read_as": _read_as(bare, interchange, columns["release"], read_as),
        "declared": number(bare.cells(trailers(bare.split, first, last, GE), 1), received),
        "received": received,
        "accepted": np.zeros(len(first), np.int64),
        "status": texts.constant("", len(first)),
        "codes": texts.constant("", len(first)),
    }


def _read_as(bare: Document, interchange: Ints, release: texts.Text, read_as: ReadAs) -> texts.Text:
    """By the maps of which release each group is read: that of its GS08, else the one agreed with its sender."""
    size = len(bare.split.segment_first)
    sent = bare.fields(bare.split.segment_first, (5, 6))
    senders = [pc.utf8_rtrim_whitespace(side).to_pylist() for side in sent]
    agreed = [read_as(*(side[at] for side in senders)) for at in range(size)]
    known = release.dictionary_encode()
    names = known.dictionary.to_pylist()
    pairs, which = np.unique(interchange * len(names) + known.indices.to_numpy(), return_inverse=True)
    found = [_map_release(names[pair % len(names)], agreed[pair // len(names)]) for pair in pairs.tolist()]
    return texts.of(found).take(pa.array(which))


def _map_release(gs08: str, agreed: Mapping[str, str]) -> str:
    release = tables.named_release(gs08) or ""
    return tables.normal_release(gs08) or agreed.get(release, "")


def _sets_read(bare: Document, first: Ints, last: Ints, group: Ints, groups: dict[str, Any]) -> dict[str, Any]:
    names = ("set_id", "control_number", "convention")
    columns = dict(zip(names, map(texts.strip, bare.fields(first, range(1, 4))), strict=True))
    kinds, which = kinds_of(columns["set_id"], group, groups["functional_id"], groups["read_as"])
    return {
        "interchange": bare.split.interchange[first],
        "group": group,
        "first": first,
        "last": last,
        **columns,
        "map": texts.of([_map_name(*kind) for kind in kinds]).take(pa.array(which)),
        "status": texts.constant("", len(first)),
        "codes": texts.constant("", len(first)),
    }


def kinds_of(
    set_id: texts.Text, group: Ints, functional_id: texts.Text, release: texts.Text
) -> tuple[list[tuple[str, str, str]], Ints]:
    """The different ST01 of sets with GS01 of their groups and the release these are read by, and which of these each
    set has."""
    ids = set_id.dictionary_encode()
    names = ids.dictionary.to_pylist()
    pairs, which = np.unique(group * len(names) + ids.indices.to_numpy(), return_inverse=True)
    of, name = np.divmod(pairs, max(len(names), 1))
    functional_id, release = (text.take(pa.array(of)).to_pylist() for text in (functional_id, release))
    return list(zip([names[at] for at in name.tolist()], functional_id, release, strict=True)), which


@lru_cache(maxsize=1024)
def _map_name(set_id: str, functional_id: str, release: str) -> str:
    """The map of a set in its group and release, blank where there is none."""
    return f"{set_id}.{release}" if release and set_id in tables.group_sets(functional_id, release) else ""


def _interchanges_read(bare: Document, groups: dict[str, Any], row_group: Ints) -> dict[str, Any]:
    split = bare.split
    first, last = split.segment_first, split.segment_last
    names = (
        "sender_qualifier",
        "sender",
        "receiver_qualifier",
        "receiver",
        "date",
        "time",
        "version",
        "control_number",
    )
    sent = bare.fields(first, (5, 6, 7, 8, 9, 10, 12, 13, 11, 14, 15))
    columns = dict(zip(names, map(pc.utf8_rtrim_whitespace, sent), strict=False))
    repetition, ack_requested, usage = map(texts.strip, sent[len(names) :])
    separates = texts.matches(repetition, "[^A-Za-z0-9]")
    separates &= texts.flags(pc.greater_equal(columns["version"], REPEATS_FROM))
    only = np.bincount(groups["interchange"], ~texts.equal(groups["functional_id"], "FA"), len(first)) == 0
    envelope = np.isin(split.key, BETWEEN_GROUPS) | (row_group >= 0)
    strays = np.bincount(split.interchange, ~envelope, len(first))
    answers = np.bincount(split.interchange, (split.key == TA1) | (split.key == GS), len(first))
    return {
        "first": first,
        "last": last,
        **columns,
        "ack_requested": texts.equal(ack_requested, "1"),
        "usage": usage,
        "element_separator": _delimiter(cut.element for cut in split.delimiters),
        "component_separator": _delimiter(cut.component for cut in split.delimiters),
        "repetition_separator": pc.if_else(pa.array(separates), repetition, ""),
        "terminator": _delimiter(cut.segment for cut in split.delimiters),
        "groups_declared": texts.strip(bare.cells(trailers(split, first, last, IEA), 1)),
        "code": texts.constant("", len(first)),
        "note": texts.constant("", len(first)),
        "only_acknowledgments": only & (strays == 0) & (answers > 0),
    }


def _delimiter(values: Iterable[int]) -> texts.Text:
    return texts.of([chr(value) if value >= 0 else "" for value in values])
