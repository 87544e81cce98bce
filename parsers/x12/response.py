"""What a 997 and a 999 say of a functional group; they differ in names and lists, which :class:`Dialect` holds.

997: AK1, for each set AK2 (AK3 AK4*)* AK5, AK9. 999: AK1, for each set AK2 (IK3 CTX? (IK4 CTX?)*)* IK5, AK9, where the
CTX says what :mod:`parsers.x12.context` knows of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from parsers.x12 import answer_codes, fit
from parsers.x12.context import Contexts
from parsers.x12.notes import ElementNote, SegmentNote
from parsers.x12.write import Segment

#: The release of the 999, and what its GS08 and ST03 say: the convention all who speak it know.
RELEASE_999, CONVENTION_999 = "005010", "005010X231A1"
_UNNAMED = "???"  # a segment, a set or a group that came without a name
_GROUP_STATUS, _SET_STATUS = ("A", "E", "P", "R"), ("A", "E", "R")  # DE 715, 717: without those of security
_EXTENDED, _LONG = "004050", "005010"  # AK103, AK203, AK401-3; positions of up to ten digits


@dataclass(frozen=True, slots=True)
class Dialect:
    """Which answer in which release. ``set_id`` 997 or 999; ``release`` as in GS08, without an industry's addition."""

    set_id: Literal["997", "999"]
    release: str

    @property
    def gs08(self) -> str:
        return CONVENTION_999 if self.set_id == "999" else self.release

    @property
    def convention(self) -> str:
        """ST03; blank: not sent."""
        return CONVENTION_999 if self.set_id == "999" else ""

    @property
    def codes(self) -> answer_codes.Dialect:
        if self.set_id == "999":
            return "in_999"
        return "in_5010" if self.release >= _LONG else "in_4010"

    @property
    def segment_names(self) -> tuple[str, str, str]:
        """Of the notes on a segment, on an element, and of the trailer of a set."""
        return ("IK3", "IK4", "IK5") if self.set_id == "999" else ("AK3", "AK4", "AK5")

    @property
    def extended(self) -> bool:
        return self.release >= _EXTENDED

    @property
    def position_digits(self) -> int:
        return 10 if self.release >= _LONG else 6

    @property
    def contexts(self) -> bool:
        """Whether CTX segments may be sent."""
        return self.set_id == "999"

    @property
    def most_elements(self) -> int | None:
        """So many notes on elements a segment may have."""
        return None if self.set_id == "999" else 99


def group(
    group: Any,
    sets: Iterable[Any],
    notes: dict[int, list[SegmentNote]],
    dialect: Dialect,
    most: int,
    contexts: Contexts,
) -> tuple[list[Segment], int]:
    """AK1 to AK9 of a group, a row of ``Document.groups``, with its rows of ``sets`` (index: row).

    And how many notes on segments and elements were left out: ``most`` segments of a set are told, and 99 elements of a
    segment in a 997 (position 050)."""
    ak1 = ["AK1", fit.text(group.functional_id, 2, 2, "??"), fit.number(group.control_number, 9)]
    if dialect.extended:
        ak1.append(fit.text(group.release, 1, 12, fit.RELEASE if dialect.set_id == "999" else ""))
    out: list[Segment] = [ak1]
    left_out = 0
    for it in sets:
        segments, missing = _set(it, notes.get(it.Index, []), dialect, most, contexts)
        out += segments
        left_out += missing
    codes = answer_codes.all_said("group", group.codes.split(), dialect.codes)
    counts = (fit.count(int(n), 6) for n in (group.declared, group.received, group.accepted))
    out.append(["AK9", group.status if group.status in _GROUP_STATUS else "R", *counts, *codes])
    return out, left_out


def _set(
    it: Any, notes: Sequence[SegmentNote], dialect: Dialect, most: int, contexts: Contexts
) -> tuple[list[Segment], int]:
    ak2 = ["AK2", fit.text(it.set_id, 3, 3, _UNNAMED), fit.text(it.control_number, 4, 9, "0000")]
    if dialect.extended:
        ak2.append(fit.text(it.convention, 1, 35))
    out: list[Segment] = [ak2]
    left_out = 0
    for note in notes[:most]:
        out += _segment(it.Index, note, dialect, contexts)
        left_out += len(note.elements[dialect.most_elements :]) if dialect.most_elements else 0
    left_out += sum(1 + len(note.elements) for note in notes[most:])
    codes = it.codes.split()
    if notes and "5" not in codes:
        codes.insert(0, "5")
    status = "E" if it.status == "A" and codes else it.status if it.status in _SET_STATUS else "R"
    out.append([dialect.segment_names[2], status, *answer_codes.all_said("set", codes, dialect.codes)])
    return out, left_out


def _segment(set_: int, note: SegmentNote, dialect: Dialect, contexts: Contexts) -> list[Segment]:
    name, of_element, _ = dialect.segment_names
    position = fit.count(max(note.position, 1), dialect.position_digits)
    code = answer_codes.said("segment", note.code, dialect.codes)
    out: list[Segment] = [[name, fit.text(note.segment_id, 2, 3, _UNNAMED), position, fit.text(note.loop, 1, 4), code]]
    if dialect.contexts:
        out += contexts.unit(set_)
    for it in note.elements[: dialect.most_elements]:
        out.append(_element(of_element, it, dialect))
        if dialect.contexts:
            out += contexts.trigger(set_, note, it)
    return out


def _element(name: str, note: ElementNote, dialect: Dialect) -> Segment:
    place = [fit.count(max(note.element, 1), 2), fit.count(note.component, 2) if note.component > 0 else ""]
    if dialect.extended and note.repetition > 1:
        place.append(fit.count(note.repetition, 4))
    reference = note.reference if note.reference.isascii() and note.reference.isdigit() else ""
    code = answer_codes.said("element", note.code, dialect.codes)
    return [name, place, reference[:4], code, fit.text(note.value, 1, 99)]
