"""Saying something of a place in an X12 document: a fault in its own tables, or a note in words."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pandas as pd

from transforms.x12 import outcome

#: Segment and element -> X12 data element number, of what is judged here.
ELEMENTS = {
    ("ISA", 5): "I05",
    ("ISA", 6): "I06",
    ("ISA", 7): "I05",
    ("ISA", 8): "I07",
    ("ISA", 13): "I12",
    ("GS", 2): "142",
    ("GS", 6): "28",
    ("GS", 8): "480",
    ("ST", 2): "329",
}


def element(document: Any, segment: int, number: int) -> tuple[int, int]:
    """Byte offsets of an element (1-based) of a segment row; of the whole segment where it has none such."""
    if 0 < number < document.count[segment]:
        at = int(document.first[segment]) + number
        return int(document.element_start[at]), int(document.element_end[at])
    return int(document.segments["start"].iat[segment]), int(document.segments["end"].iat[segment])


def fault(document: Any, level: str, segment: int, number: int, code: str, value: str, expected: str) -> dict[str, Any]:
    """A row of ``Document.faults`` at an element of an envelope segment (ISA, GS, ST). ``code`` is of the code list of
    its level: TA105, AK905 or AK502."""
    of = document.segments.iloc[segment]
    start, end = element(document, segment, number)
    return {
        "level": level,
        **{name: int(of[name]) for name in ("interchange", "group", "set")},
        "segment": segment,
        "position": int(of["position"]),
        "segment_id": str(of["id"]),
        "loop": "",
        "element": number,
        "component": 0,
        "repetition": 0,
        "reference": ELEMENTS.get((str(of["id"]), number), ""),
        "code": code,
        "value": value,
        "expected": expected,
        "start": start,
        "end": end,
    }


def faults(document: Any, rows: Iterable[dict[str, Any]]) -> pd.DataFrame:
    """``Document.faults`` with these rows behind its own."""
    new = pd.DataFrame(list(rows), columns=document.faults.columns)
    if not len(new):
        return document.faults
    return pd.concat([document.faults, new.astype(document.faults.dtypes)], ignore_index=True)


def note(set_: int, segment: int, number: int, why: str, mend: str = "", found: str = "") -> tuple:
    """A row of :data:`transforms.x12.outcome.CONDITIONS`: something to be said that rejects nothing."""
    return (set_, segment, number, 0, "", "I", "", why, mend, found)


def notes(rows: Iterable[tuple] = ()) -> pd.DataFrame:
    """A table of :func:`note`."""
    return outcome.conditions(rows)
