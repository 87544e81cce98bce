"""What was found in an X12 file, as it is kept: faults of syntax and envelope, and conditions, each with its place."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from parsers.x12.answer_codes import words

#: ``level`` interchange, group, set, segment, element, or ``business`` (a condition); ``group set segment`` rows of the
#: document (-1 none); columns are 1-based on the line of the segment (0: the whole segment).
COLUMNS = {
    "level": "str",
    **dict.fromkeys(("group", "set", "segment"), "int64"),
    **dict.fromkeys(("record_id", "field"), "str"),
    **dict.fromkeys(("start_column", "end_column"), "int64"),
    **dict.fromkeys(("code", "severity", "narrative"), "str"),
}


def findings(document: Any, conditions: pd.DataFrame) -> pd.DataFrame:
    """A table of :data:`COLUMNS`; ``conditions`` are of ``outcome.CONDITIONS``. A fault is of severity F where what it
    is in was rejected, else W."""
    faults = document.faults
    rejected = _rejected(document, faults)
    meaning = {key: words(*key).meaning for key in set(zip(faults["level"], faults["code"], strict=True))}
    said = [meaning[key] for key in zip(faults["level"], faults["code"], strict=True)]
    start, end = _columns(document, faults["segment"], faults["start"].to_numpy(), faults["end"].to_numpy())
    of_syntax = pd.DataFrame(
        {
            **{name: faults[name] for name in ("level", "group", "set", "segment", "code")},
            "record_id": faults["segment_id"],
            "field": _field(faults["segment_id"], faults["element"], faults["component"]),
            "start_column": start,
            "end_column": end,
            "severity": np.where(rejected, "F", "W"),
            "narrative": said,
        }
    )
    both = pd.concat([of_syntax, _of_conditions(document, conditions)], ignore_index=True)
    return both[[*COLUMNS]].astype(COLUMNS).sort_values("segment", kind="stable", ignore_index=True)


def _of_conditions(document: Any, told: pd.DataFrame) -> pd.DataFrame:
    segment = told["segment"].where(told["segment"].between(0, len(document.segments) - 1), -1)
    ids = pd.Series(np.append(document.segments["id"].to_numpy(dtype=object), "")[segment], dtype="str")
    begin, end = (np.full(len(told), -1, np.int64) for _ in range(2))
    for number in np.unique(told["element"][(told["element"] > 0) & (segment >= 0)]):
        at = np.flatnonzero((told["element"] == number) & (segment >= 0))
        begin[at], end[at] = document.place(segment.to_numpy()[at], int(number))
    first, last = _columns(document, segment, begin, end)
    set_ = told["set"].to_numpy()
    return pd.DataFrame(
        {
            "level": "business",
            "group": np.append(document.sets["group"].to_numpy(np.int64), -1)[set_],
            "set": set_,
            "segment": segment.to_numpy(),
            "record_id": ids.to_numpy(),
            "field": _field(ids, told["element"], told["component"]),
            "start_column": first,
            "end_column": last,
            **{name: told[name].to_numpy() for name in ("code", "severity")},
            "narrative": told["narrative"].where(told["narrative"] != "", told["why"]).to_numpy(),
        }
    )


def _rejected(document: Any, faults: pd.DataFrame) -> np.ndarray:
    """Whether what a fault is in, or what that is in, was rejected."""
    gone = np.zeros(len(faults), bool)
    for name, status in (("interchange", "code"), ("group", "status"), ("set", "status")):
        table = getattr(document, f"{name}s")
        gone |= np.append((table[status] == "R").to_numpy(), False)[faults[name].to_numpy()]
    return gone


def _columns(document: Any, segment: pd.Series, begin: np.ndarray, end: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """First and last column on the segment's line; 0 where the whole segment is meant, or nothing of it."""
    row = segment.to_numpy()
    start, stop, column = (
        np.append(document.segments[name].to_numpy(), -1)[row] for name in ("start", "end", "column")
    )
    part = (row >= 0) & (begin >= start) & ((begin > start) | (end < stop))
    first = column + begin - start
    return np.where(part, first, 0), np.where(part, np.maximum(first, column + end - start - 1), 0)


def _field(segment: pd.Series, element: pd.Series, component: pd.Series) -> pd.Series:
    """``BA105``, ``REF04-2``; blank where no element is meant."""
    part = ("-" + component.astype("str")).where(component > 0, "")
    number = element.clip(lower=0).astype("str").str.zfill(2)
    return (segment.reset_index(drop=True) + number + part).where((element > 0) & (segment != ""), "")
