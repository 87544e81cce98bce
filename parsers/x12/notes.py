"""The faults of a set as notes on its segments and their elements: what AK3 and AK4, IK3 and IK4 say."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

import numpy as np
import pandas as pd

from parsers.x12 import texts

_COLUMNS = (
    *("level", "set", "position", "segment_id", "loop", "element", "component", "repetition", "reference", "code"),
    "value",
)
_DATA_ERRORS = "8"  # DE 720: the segment has data element errors


@dataclass(frozen=True, slots=True)
class ElementNote:
    """What is wrong with one element: ``element``, ``component`` and ``repetition`` are 1-based (0: not said)."""

    element: int
    component: int
    repetition: int
    reference: str
    code: str
    value: str


@dataclass(frozen=True, slots=True)
class SegmentNote:
    """What is wrong with one segment; ``position`` counts from ST, which is 1."""

    segment_id: str
    position: int
    loop: str
    code: str
    elements: list[ElementNote] = field(default_factory=list)


def of_sets(faults: pd.DataFrame, wanted: np.ndarray) -> dict[int, list[SegmentNote]]:
    """The notes of each set (by its row) of ``wanted``, in the order of the set.

    A segment gets one note for each code of its own, and one with code 8 for all its elements. Faults of the levels
    set, group and interchange are none of these: the codes of AK5, AK9 and TA1 say them.
    """
    level, of = texts.of(faults["level"].array), faults["set"].to_numpy()
    rows = np.flatnonzero((texts.equal(level, "segment") | texts.equal(level, "element")) & np.isin(of, wanted))
    if not len(rows):
        return {}
    told = faults.take(rows[np.lexsort((faults["position"].to_numpy()[rows], of[rows]))])
    out: dict[int, list[SegmentNote]] = defaultdict(list)
    records = zip(*(told[name].tolist() for name in _COLUMNS), strict=True)
    for key, found in groupby(records, key=lambda row: (row[1], row[2])):
        out[key[0]].extend(_of_position(list(found)))
    return dict(out)


def _of_position(rows: list[tuple[Any, ...]]) -> Iterator[SegmentNote]:
    """The notes of one position; a missing segment has the position of the one that came instead."""
    bad: dict[tuple[str, str], SegmentNote] = {}
    told = set()
    for level, _, position, segment_id, loop, element, component, repetition, reference, code, value in rows:
        if level == "segment" and code != _DATA_ERRORS:
            if (segment_id, loop, code) not in told:
                told.add((segment_id, loop, code))
                yield SegmentNote(segment_id, position, loop, code)
            continue
        note = bad.setdefault((segment_id, loop), SegmentNote(segment_id, position, loop, _DATA_ERRORS))
        if level == "element":
            note.elements.append(ElementNote(element, component, repetition, reference, code, value))
    yield from bad.values()
