"""What is wrong with transaction sets themselves: ST and SE, element by element (X12.22)."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from parsers.x12 import envelope, group_checks, texts
from parsers.x12.envelope import SE
from parsers.x12.envelope_faults import Found, numbers
from parsers.x12.maps import tables

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


def check(found: Found) -> None:
    """Adds what is wrong with the sets of a document (AK502)."""
    doc, table, split = found.doc, found.doc.sets, found.doc.split
    first, last, group = (table[name].to_numpy() for name in ("first", "last", "group"))
    rows = np.arange(len(table))

    def add(code: str, mask: Flags, segment: Ints = first, segment_id: str = "ST", **more: object) -> None:
        if mask.any():
            found.add("set", code, rows[mask], segment[mask], segment_id=segment_id, **more)  # type: ignore[arg-type]

    set_id = texts.of(table["set_id"].array)
    functional_id, read_as = (texts.of(doc.groups[name].array) for name in ("functional_id", "read_as"))
    kinds, which = envelope.kinds_of(set_id, group, functional_id, read_as)
    support = [_support_of(*kind) for kind in kinds]
    codes = np.array([code for code, _ in support], "U2")[which]
    expected = texts.of([words for _, words in support]).take(pa.array(which))
    for code in ("6", "1", "18"):
        add(code, codes == code, element=1, expected=expected.filter(pa.array(codes == code)))
    number = texts.of(table["control_number"].array)
    length = texts.length(number)
    add("7", (length == 0) | (length > 9), element=2, expected="4 to 9 characters")
    add("7", (length > 0) & (length < 4), element=2, kind="length", expected="4 to 9 characters")
    again = texts.repeated(number, group) & (length > 0)
    add("23", again, element=2, expected="a number that no other set of the group has")

    trailer = envelope.trailers(split, first, last, SE)
    missing = trailer < 0
    found.add("set", "2", rows[missing], last[missing] - 1, expected="an SE segment", behind=True)
    wrong = ~missing & (envelope.number(doc.cells(trailer, 1), -1) != last - first)
    add("4", wrong, trailer, "SE", element=1, expected=numbers((last - first)[wrong]))
    differs = ~missing & ~texts.equal(texts.strip(doc.cells(trailer, 2)), number) & (length > 0)
    add("3", differs, trailer, "SE", element=2, expected=number.filter(pa.array(differs)))


@lru_cache(maxsize=1024)
def _support_of(set_id: str, functional_id: str, release: str) -> tuple[str, str]:
    """AK502 6 (no identifier), 1 (not supported), 18 (not of its group) or blank, and what would be right."""
    if len(set_id) != 3 or not set_id.isalnum():
        return "6", "the three digits of a set"
    if group_checks.support_of(functional_id, release):
        return "", ""
    fits = tables.group_sets(functional_id, release)
    expected = "one of " + ", ".join(fits) if len(fits) > 1 else "".join(fits)
    if set_id in fits:
        return "", ""
    return ("18" if set_id in tables.set_ids(release) else "1"), expected
