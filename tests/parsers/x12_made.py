"""Judged documents made of rows, for what answers them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from itertools import count
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd

from parsers.x12.acknowledge import How, Party

US = Party("ZZ", "TIDEWAITER")
INTERCHANGE = {
    "first": 0,
    "last": 0,
    "sender_qualifier": "01",
    "sender": "SENDER",
    "receiver_qualifier": "ZZ",
    "receiver": "TIDEWAITER",
    "date": "260820",
    "time": "1130",
    "version": "00401",
    "control_number": "000000007",
    "ack_requested": False,
    "usage": "P",
    "element_separator": "*",
    "component_separator": ":",
    "repetition_separator": "",
    "terminator": "~",
    "groups_declared": "1",
    "code": "A",
    "note": "000",
    "only_acknowledgments": False,
}
GROUP = {
    "interchange": 0,
    "first": 0,
    "last": 0,
    "functional_id": "IN",
    "sender": "SENDERGS",
    "receiver": "TIDEGS",
    "date": "20260820",
    "time": "1130",
    "control_number": "41",
    "agency": "X",
    "release": "004010",
    "read_as": "004010",
    "declared": 1,
    "received": 1,
    "accepted": 1,
    "status": "A",
    "codes": "",
}
SET = {
    "interchange": 0,
    "group": 0,
    "first": 0,
    "last": 0,
    "set_id": "810",
    "control_number": "0001",
    "convention": "",
    "map": "810",
    "status": "A",
    "codes": "",
}
SEGMENT = {
    "interchange": 0,
    "group": 0,
    "set": 0,
    "position": 0,
    "id": "",
    "start": 0,
    "end": 0,
    "line": 0,
    "column": 0,
}
FAULT = {
    "level": "element",
    "interchange": 0,
    "group": 0,
    "set": 0,
    "segment": 0,
    "position": 2,
    "segment_id": "BIG",
    "loop": "",
    "element": 0,
    "component": 0,
    "repetition": 0,
    "reference": "",
    "code": "8",
    "value": "",
    "expected": "",
    "start": 0,
    "end": 0,
    "kind": "",
}


def document(
    interchanges: Any = ({},),
    groups: Any = ({},),
    sets: Any = ({},),
    faults: Any = (),
    segments: Any = (),
    data: bytes = b"",
) -> Any:
    """A document of these rows; what a row does not say is as in an accepted invoice."""
    return SimpleNamespace(
        data=data,
        place=lambda rows, element: (np.full(len(rows), -1), np.full(len(rows), -1)),
        segments=table(SEGMENT, segments),
        interchanges=table(INTERCHANGE, interchanges),
        groups=table(GROUP, groups),
        sets=table(SET, sets),
        faults=table(FAULT, faults),
        untold=table({"interchange": 0, "group": 0, "set": 0, "count": 0}, ()),
    )


def table(usual: dict[str, Any], rows: Any) -> pd.DataFrame:
    types = {name: "str" if isinstance(value, str) else type(value) for name, value in usual.items()}
    return pd.DataFrame([usual | row for row in rows], columns=list(usual)).astype(types)


def how(**more: Any) -> How:
    """As in the demonstration, numbers from 1."""
    values: dict[str, Any] = {
        "at": datetime(2026, 8, 20, 12, 34, tzinfo=UTC),
        "numbers": counter(),
        "own": (US,),
    }
    return How(**values | more)


def counter() -> Callable[[Party, Party, str], int]:
    """A sequence of numbers for each pair and level."""
    given: dict[Any, Any] = {}
    return lambda own, partner, level: next(given.setdefault((own, partner, level), count(1)))
