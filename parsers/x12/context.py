"""What a 999 says beside its notes, the segment CTX: of which business unit a fault is, and what another element made
necessary.

Business unit identifier, behind IK3: the name of the element that tells a set from others for those who work with it
(:data:`UNITS`), and what it held, cut to 35 characters (X12 data element 9998). It is left away where it is not known:
nothing was sent, or what was sent is itself at fault (RFI 2293 of X12 on 005010X231A1; one that is only too long is
cut). Our sets are one unit of work each, so every fault inside is within it (RFI 1312).

Situational trigger, behind IK4: where a relation between elements is broken (IK403 2 or 10), the position of the
element whose presence made the other necessary, or excluded it. An element required whatever else there is has none.

A 997 has no CTX before 005010 and is sent without one in every release.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from parsers.x12 import findings, fit
from parsers.x12.maps import tables

if TYPE_CHECKING:
    from parsers.x12.document import Document
    from parsers.x12.notes import ElementNote, SegmentNote
    from parsers.x12.write import Segment

Ints = npt.NDArray[np.int64]
#: The element that names the business unit of a set: shipment reference, number of the invoice, trace number of the
#: payment, reference of the advice.
UNITS = {"601": ("BA1", 5), "810": ("BIG", 2), "820": ("TRN", 2), "824": ("BGN", 2)}
_TRIGGER = "SITUATIONAL TRIGGER"
_LONGEST = 35  # X12 data element 9998
_TOO_LONG, _RELATIONS = "5", ("2", "10")


class Trigger(NamedTuple):
    """The element of the same segment that a relation starts from: its 1-based place and its X12 number, blank for a
    composite, whose identifier (C001) is no number (data element 725 is one)."""

    element: int
    reference: str


@dataclass(frozen=True)
class Contexts:
    """The contexts of the faults of a document, worked out where somebody asks."""

    document: Document

    def unit(self, set_: int) -> list[Segment]:
        """The business unit of a set as a segment; nothing where it is not known."""
        name, value = self._units.get(set_, ("", ""))
        text = fit.text(value, 1, _LONGEST)
        return [["CTX", [name, text]]] if text else []

    def trigger(self, set_: int, note: SegmentNote, element: ElementNote) -> list[Segment]:
        """What made an element necessary as a segment; nothing where nothing did."""
        found = self._triggers.get((set_, note.position, element.element, element.code))
        if found is None:
            return []
        head = ["CTX", [_TRIGGER], fit.text(note.segment_id, 2, 3, "???"), fit.count(max(note.position, 1), 10)]
        return [[*head, fit.text(note.loop, 1, 4), [str(found.element)], [found.reference]]]

    @cached_property
    def _units(self) -> dict[int, tuple[str, str]]:
        document = self.document
        out: dict[int, tuple[str, str]] = {}
        ids, faults = document.segments["id"], document.faults
        of = document.segments["set"].to_numpy()
        of_fault = faults["set"].to_numpy()
        sets = np.unique(of_fault[of_fault >= 0])
        bad = faults[(faults["level"] == "element") & (faults["code"] != _TOO_LONG)]
        at_fault, element_at_fault = bad["segment"].to_numpy(), bad["element"].to_numpy()
        for set_id, (segment_id, element) in UNITS.items():
            mine = sets[(document.sets["set_id"] == set_id).to_numpy()[sets]]
            rows = np.flatnonzero((ids == segment_id).to_numpy() & np.isin(of, mine))
            rows = rows[np.unique(of[rows], return_index=True)[1]]  # the first of each set
            rows = rows[~np.isin(rows, at_fault[element_at_fault == element])]
            if not len(rows):
                continue
            name, values = f"{segment_id}{element:02d}", document.element(rows, element)
            out |= {int(set_): (name, value) for set_, value in zip(of[rows], values, strict=True)}
        return out

    @cached_property
    def _triggers(self) -> dict[tuple[int, int, int, str], Trigger]:
        faults = self.document.faults
        broken = faults[(faults["level"] == "element") & faults["code"].isin(_RELATIONS) & (faults["segment"] >= 0)]
        broken = broken[broken["segment"] < len(self.document.segments)]
        maps = self.document.sets["map"].tolist()
        columns = (broken[name].tolist() for name in ("set", "position", "segment", "segment_id", "element", "code"))
        out: dict[tuple[int, int, int, str], Trigger] = {}
        for set_, position, row, segment_id, element, code in zip(*columns, strict=True):
            release = maps[set_].partition(".")[2]
            found = _found(release, segment_id, element, code, self._present(row))
            if found:
                out.setdefault((set_, position, element, code), found)
        return out

    def _present(self, row: int) -> frozenset[int]:
        """The elements of a segment that were sent."""
        document = self.document
        first = int(document.first[row])
        within = range(first, first + int(document.count[row]))
        sent = (n for n, at in enumerate(within, 1) if document.element_end[at] > document.element_start[at])
        return frozenset(sent)


@lru_cache(maxsize=4096)
def _found(release: str, segment_id: str, element: int, code: str, present: frozenset[int]) -> Trigger | None:
    """The trigger of the first relation of a segment that explains a fault of one of its elements."""
    try:
        segment = tables.segment(release, segment_id)
    except KeyError:
        return None
    for rule in segment.syntax:
        trigger = findings.note_trigger(rule, present)
        if trigger and findings.note_code(rule) == code and findings.note_element(rule, present) == element:
            part = segment.elements[trigger - 1] if trigger <= len(segment.elements) else None
            return Trigger(trigger, part.reference if part and part.reference.isdigit() else "")
    return None
