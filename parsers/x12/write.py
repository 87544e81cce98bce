"""Elements to bytes: the inverse of reading an interchange.

What we write can never break its own envelope, whatever it quotes: in every element a separator of ours, a control
character and a character outside printable ASCII are each replaced by one ``?`` (or ``.`` or ``-`` where ``?`` is a
separator), so lengths stay. ``^`` and the grave accent, which the extended character set of X12 has not before 005010,
are replaced as well. Trailing empty elements, components and repetitions are not sent (X12.6, 3.5.1.2). Segments are
lists of text; a list among them is a composite, :class:`Repeated` a repeated element.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

#: The last ISA12 whose eleventh element is not a repetition separator but the letter U (X12.5).
LAST_WITHOUT_REPETITION = "00401"
_REPLACEMENTS = "?.-"


class Repeated(tuple["str | Sequence[str]", ...]):
    """The repetitions of one element, each text or a list of components."""

    __slots__ = ()


Element = str | Sequence[str] | Repeated
Segment = Sequence[Element]


@dataclass(frozen=True, slots=True)
class Separators:
    """The delimiters of an interchange, one character each; ``newline`` follows each terminator.

    Raises ValueError where two are the same, or one is a letter, a digit or a blank.
    """

    element: str = "*"
    component: str = ":"
    repetition: str = "^"
    terminator: str = "~"
    newline: str = "\n"

    def __post_init__(self) -> None:
        all_ = (self.element, self.component, self.repetition, self.terminator)
        for one in all_:
            if len(one) != 1 or one.isalnum() or one == " " or ord(one) > 255:
                raise ValueError(f"{one!r} can not be a separator: one character, no letter, digit or blank")
        if len(set(all_)) < len(all_):
            raise ValueError(f"separators must differ: {' '.join(map(repr, all_))}")
        if self.newline.strip("\r\n"):
            raise ValueError(f"{self.newline!r} is no line end")

    def clean(self, text: str) -> str:
        """``text`` as it can stand in an element, of the same length: see the head of this module."""
        unsafe, instead = _unsafe(self)
        return unsafe.sub(instead, text)


@lru_cache(maxsize=64)
def _unsafe(separators: Separators) -> tuple[re.Pattern[str], str]:
    own = separators.element + separators.component + separators.repetition + separators.terminator
    instead = next(it for it in _REPLACEMENTS if it not in own) if set(_REPLACEMENTS) - set(own) else "X"
    return re.compile(rf"[^\x20-\x7e]|[\^`{re.escape(own)}]"), instead


def write(segments: Iterable[Segment], separators: Separators = Separators()) -> bytes:
    """The segments as bytes, without an envelope of their own. A segment without an identifier is left out."""
    end = separators.terminator + separators.newline
    lines = [line for segment in segments if (line := _line(segment, separators))]
    return "".join(line + end for line in lines).encode("latin-1")


def _line(segment: Segment, separators: Separators) -> str:
    if not segment or not segment[0]:
        return ""
    clean = separators.clean
    texts = [clean(it) if isinstance(it, str) else _composed(it, separators) for it in segment]
    return separators.element.join(texts).rstrip(separators.element)


def _composed(element: Element, separators: Separators) -> str:
    if isinstance(element, str):
        return separators.clean(element)
    if isinstance(element, Repeated):
        parts = [_composed(it, separators) for it in element]
        return separators.repetition.join(parts).rstrip(separators.repetition)
    return separators.component.join(map(separators.clean, element)).rstrip(separators.component)


@dataclass(frozen=True, slots=True)
class Set:
    """A transaction set: ``segments`` are those between ST and SE; ``convention`` is ST03 (blank: not sent)."""

    set_id: str
    control_number: int
    segments: Sequence[Segment]
    convention: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """A functional group. ``release`` is GS08; GS04 and GS05 are the date and time of the interchange."""

    functional_id: str
    sender: str
    receiver: str
    control_number: int
    release: str
    sets: Sequence[Set]


@dataclass(frozen=True, slots=True)
class Header:
    """What the ISA says. ``at`` is written as it stands: give it in the zone in which the partner reads it."""

    sender_qualifier: str
    sender: str
    receiver_qualifier: str
    receiver: str
    at: datetime
    control_number: int
    version: str = "00401"
    usage: str = "P"
    ack_requested: bool = False


def interchange(
    header: Header,
    groups: Sequence[Group] = (),
    separators: Separators = Separators(),
    notes: Sequence[Segment] = (),
) -> bytes:
    """The interchange with its envelope: counts and control numbers of SE, GE and IEA are filled in.

    Control numbers are written modulo 10^9, those of sets with at least four digits (DE 329). ``notes`` are TA1
    segments: they stand before the first group and are not counted (X12.5).
    """
    control = f"{header.control_number % 10**9:09d}"
    body: list[Segment] = [*notes]
    day, time = f"{header.at:%Y%m%d}", f"{header.at:%H%M}"
    for group in groups:
        number = str(group.control_number % 10**9)
        body.append(["GS", group.functional_id, group.sender, group.receiver, day, time, number, "X", group.release])
        for it in group.sets:
            own = f"{it.control_number % 10**9:04d}"
            body.append(["ST", it.set_id, own, it.convention])
            body.extend(it.segments)
            body.append(["SE", str(sum(1 for segment in it.segments if segment and segment[0]) + 2), own])
        body.append(["GE", str(len(group.sets)), number])
    body.append(["IEA", str(len(groups)), control])
    return _isa(header, control, separators) + write(body, separators)


def _isa(header: Header, control: str, separators: Separators) -> bytes:
    """The ISA segment: sixteen elements of fixed width, 105 bytes and the terminator."""
    fixed = (
        *(("00", 2), ("", 10), ("00", 2), ("", 10)),
        *((header.sender_qualifier or "ZZ", 2), (header.sender, 15)),
        *((header.receiver_qualifier or "ZZ", 2), (header.receiver, 15)),
        *((f"{header.at:%y%m%d}", 6), (f"{header.at:%H%M}", 4)),
    )
    texts = [separators.clean(text)[:width].ljust(width) for text, width in fixed]
    texts.append("U" if header.version <= LAST_WITHOUT_REPETITION else separators.repetition)
    texts.append(separators.clean(header.version)[:5].rjust(5, "0"))
    texts += [control, "1" if header.ack_requested else "0", separators.clean(header.usage)[:1] or "P"]
    line = separators.element.join(["ISA", *texts, separators.component])
    return (line + separators.terminator + separators.newline).encode("latin-1")
