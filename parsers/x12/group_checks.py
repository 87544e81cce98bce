"""What is wrong with functional groups: GS and GE, element by element (X12.22)."""

from __future__ import annotations

from functools import cache, lru_cache

import numpy as np
import numpy.typing as npt

from parsers.x12 import envelope, moments, texts
from parsers.x12.envelope import GE
from parsers.x12.envelope_faults import Found, agree, numbers
from parsers.x12.maps import tables
from parsers.x12.texts import Text

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
#: How a group in another release can be taken all the same.
_AGREED = "; a partner profile may say by which of them another release is read (read_as)"


def check(found: Found) -> None:
    """Adds what is wrong with the groups of a document (AK905; of GS02 to GS05 and GS07 TA105)."""
    doc, table, split = found.doc, found.doc.groups, found.doc.split
    first, last, of = (table[name].to_numpy() for name in ("first", "last", "interchange"))
    rows = np.arange(len(table))

    def column(name: str) -> Text:
        return texts.of(table[name].array)

    def add(code: str, mask: Flags, segment: Ints = first, segment_id: str = "GS", **more: object) -> None:
        if mask.any():
            found.add("group", code, rows[mask], segment[mask], segment_id=segment_id, **more)  # type: ignore[arg-type]

    kinds = zip(column("functional_id").to_pylist(), column("read_as").to_pylist(), strict=True)
    support = np.array([support_of(*kind) for kind in kinds], "U1")
    add("1", support == "1", element=1, expected="a functional group such as " + ", ".join(_known_groups()))
    add("2", support == "2", element=8, expected=f"one of the releases {', '.join(tables.releases())}{_AGREED}")
    control_number = column("control_number")
    valid = texts.matches(control_number, "[0-9]{1,9}")
    add("6", ~valid, element=6, expected="1 to 9 digits")
    again = valid & texts.repeated(control_number, of)
    add("19", again, element=6, expected="a number that no other group of the interchange has")
    date = column("date")
    for element, good, expected in (
        (2, _are_codes(column("sender"), doc.cells(first, 2)), "2 to 15 characters"),
        (3, _are_codes(column("receiver"), doc.cells(first, 3)), "2 to 15 characters"),
        (4, moments.are_dates(date, 8) | moments.are_dates(date, 6), "a date, CCYYMMDD"),
        (5, moments.are_times(column("time")), "a time, HHMM"),
        (7, texts.matches(column("agency"), "[XT]"), "X"),
    ):
        bad = ~good
        found.add(
            "interchange",
            "024",
            of[bad],
            first[bad],
            element=element,
            kind="gs",
            expected=expected,
            segment_id="GS",
        )

    trailer = envelope.trailers(split, first, last, GE)
    missing = trailer < 0
    found.add("group", "3", rows[missing], last[missing] - 1, expected="a GE segment", behind=True)
    received = table["received"].to_numpy()
    wrong = ~missing & (envelope.number(doc.cells(trailer, 1), -1) != received)
    add("5", wrong, trailer, "GE", element=1, expected=numbers(received[wrong]))
    agree(add, "4", ~missing, control_number, doc.cells(trailer, 2), trailer, "GE")


@lru_cache(maxsize=1024)
def support_of(functional_id: str, release: str) -> str:
    """AK905 1 (no such group), 2 (not in the release that it is read by, or read by none), or blank."""
    if functional_id not in _known_groups():
        return "1"
    return "" if release and tables.group_sets(functional_id, release) else "2"


@cache
def _known_groups() -> tuple[str, ...]:
    found = {name for transaction in tables.transactions() for name in transaction.functional_ids}
    return tuple(sorted(found))


def _are_codes(code: Text, sent: Text) -> Flags:
    """Which texts can be GS02 or GS03: a code of one character is filled up with a blank (X12.6: trailing blanks stand
    where the shortest length asks for them)."""
    return texts.matches(code, "[ -~]{1,15}") & (texts.length(sent) >= 2)
