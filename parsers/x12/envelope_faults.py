"""Faults of envelopes as they are found: gathered column by column, with their places and what stands there."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from parsers.x12 import texts
from parsers.x12.document import QUOTED, Document, at
from parsers.x12.texts import Text

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

#: Data element numbers of ISA, GS, ST and their trailers (X12.5, X12.22).
REFERENCES = {
    "ISA": (
        *("I01", "I02", "I03", "I04", "I05", "I06", "I05", "I07"),
        *("I08", "I09", "I65", "I11", "I12", "I13", "I14", "I15"),
    ),
    "IEA": ("I16", "I12"),
    "GS": ("479", "142", "124", "373", "337", "28", "455", "480"),
    "GE": ("97", "28"),
    "ST": ("143", "329", "1705"),
    "SE": ("96", "329"),
}


class Found:
    """Faults gathered column by column."""

    def __init__(self, doc: Document) -> None:
        self.doc = doc
        self.parts: list[dict[str, object]] = []

    def add(
        self,
        level: str,
        code: str,
        rows: Ints,
        segment: Ints,
        *,
        element: int = 0,
        kind: str = "",
        expected: str | Text = "",
        value: Text | None = None,
        start: Ints | None = None,
        end: Ints | None = None,
        segment_id: str = "",
        behind: bool = False,
    ) -> None:
        """Faults at ``rows`` of the table of their level; ``segment`` is the row of the segment meant (-1: none), or
        with ``behind`` of that behind which another should stand."""
        if not len(rows):
            return
        doc = self.doc
        if start is None or end is None:
            start, end = doc.place(segment, element) if element else _extent(doc, segment)
            start = end if behind else start
        if value is None:
            value = doc.cells(segment, element) if element else texts.constant("", len(rows))
        row: dict[str, Ints | int] = {"interchange": -1, "group": -1, "set": -1}
        if level == "set":
            row = {"set": rows, **{name: doc.sets[name].to_numpy()[rows] for name in ("interchange", "group")}}
        elif level == "group":
            row = {"group": rows, "interchange": doc.groups["interchange"].to_numpy()[rows], "set": -1}
        elif level == "interchange":
            row = {"interchange": rows, "group": at(doc.segments["group"].to_numpy(), segment, -1), "set": -1}
        self.parts.append(
            {
                **row,
                "level": level,
                "code": code,
                "kind": kind,
                "segment": segment,
                "element": element,
                "start": start,
                "end": end,
                "value": value,
                "segment_id": segment_id,
                "position": at(doc.segments["position"].to_numpy(), segment, 0),
                "reference": REFERENCES[segment_id][element - 1] if element else "",
                "expected": expected,
            }
        )


def agree(
    add: Callable[..., None], code: str, where: Flags, header: Text, trailer: Text, segment: Ints, name: str
) -> None:
    """The control number of a trailer (``segment``, ``name`` its id) must be that of its header, as numbers where both
    are. A header without one has a fault of its own. ``add`` is told the code and the rows that are wrong."""
    sent, repeated = texts.strip(header), texts.strip(trailer)
    same = texts.equal(pc.utf8_ltrim(sent, characters="0"), pc.utf8_ltrim(repeated, characters="0"))
    mask = where & (~same | texts.equal(repeated, "")) & ~texts.equal(sent, "")
    add(code, mask, segment, name, element=2, expected=sent.filter(pa.array(mask)))


def quoted(doc: Document, start: Ints, end: Ints) -> Text:
    """The begin of what stands there."""
    return texts.cut(doc.data, start, np.minimum(end, start + QUOTED))


def numbers(values: Ints) -> Text:
    """Numbers in words."""
    return texts.of([str(value) for value in values.tolist()])


def _extent(doc: Document, segment: Ints) -> tuple[Ints, Ints]:
    return at(doc.split.start, segment, -1), at(doc.split.end, segment, -1)
