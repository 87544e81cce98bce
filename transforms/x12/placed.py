"""Saying something of a place in an X12 document: a fault in its own tables, or a note in words."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
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


def fault(document: Any, level: str, segment: int, number: int, code: str, value: str, expected: str) -> dict[str, Any]:
    """A row of ``Document.faults`` at an element of an envelope segment (ISA, GS, ST). ``code`` is of the code list of
    its level: TA105, AK905 or AK502."""
    of = document.segments.iloc[segment]
    start, end = (int(it[0]) for it in document.place(np.array([segment]), number))
    return {
        "level": level,
        **{name: int(of[name]) for name in ("interchange", "group", "set")},
        "segment": segment,
        "position": int(of["position"]),
        "segment_id": str(of["id"]),
        "element": number,
        "reference": ELEMENTS.get((str(of["id"]), number), ""),
        "code": code,
        "value": value,
        "expected": expected,
        "start": start,
        "end": end,
    }


def with_faults(document: Any, rows: list[dict[str, Any]]) -> Any:
    """The document with these faults behind its own. Judge it anew."""
    return document.with_faults(pd.DataFrame(rows)) if rows else document


def note(set_: int, segment: int, number: int, why: str, mend: str = "", found: str = "") -> tuple:
    """A row of :data:`transforms.x12.outcome.CONDITIONS`: something to be said that rejects nothing."""
    return (set_, segment, number, 0, "", "I", "", why, mend, found)


def notes(rows: Iterable[tuple] = ()) -> pd.DataFrame:
    """A table of :func:`note`."""
    return outcome.conditions(rows)


def joined(tables: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """Several tables of notes as one, in file order."""
    return pd.concat([notes(), *tables]).sort_values("segment", kind="stable", ignore_index=True)
