"""The four delimiters of an interchange, read from its ISA segment, whatever state that segment is in.

X12.5: an ISA has 16 elements of fixed length, 106 bytes with its terminator. The byte after ``ISA`` separates elements,
ISA16 components, the byte behind it ends segments; from release 00402 on ISA11 separates repetitions. When the lengths
are wrong the same bytes are still found: by counting separators, and by looking for the segment that must follow.

X12.5 leaves the choice of separators to the sender as long as no data hold them: none can be a letter or a digit. An
ISA with such an element separator all the same is known by its lengths, and by the numbers that it holds.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

#: Lengths of ISA01..ISA16 (X12.5 interchange control header).
ISA_LENGTHS = (2, 10, 2, 10, 2, 15, 2, 15, 6, 4, 1, 5, 9, 1, 1, 1)
ISA_SIZE = 106
#: Where the separators of a well-formed ISA stand.
PLACES = (3, 6, 17, 20, 31, 34, 50, 53, 69, 76, 81, 83, 89, 99, 101, 103)
#: Date, time, version and control number: digits, which other text has not got just there.
_DIGITS = (slice(70, 76), slice(77, 81), slice(84, 89), slice(90, 99))
#: So far an ISA is searched whose lengths are wrong.
WINDOW = 512
#: What may stand around segments without meaning anything: line ends, blanks, NUL and end-of-file marks.
PADDING = b"\r\n \t\x00\x1a\x0c"
_NONE = -1


@dataclass(frozen=True, slots=True)
class Delimiters:
    """Byte values, -1 where there is none of use. ``exact``: the ISA has the 106 bytes that X12.5 asks for."""

    element: int
    segment: int
    component: int = _NONE
    exact: bool = False

    def __post_init__(self) -> None:
        if self.component in self.same_cut or (self.component >= 0 and not may_separate(self.component)):
            object.__setattr__(self, "component", _NONE)

    @property
    def lettered(self) -> bool:
        """Whether a letter or digit separates elements: data hold it, too, and nothing but the ISA can be read."""
        return self.element >= 0 and _is_letter(self.element)

    @property
    def same_cut(self) -> tuple[int, int]:
        """What decides where segments and elements end."""
        return self.element, self.segment


def exact(header: bytes) -> Delimiters | None:
    """The delimiters of a well-formed ISA of 106 bytes, a letter or digit among them; None where it is not."""
    if len(header) < ISA_SIZE:
        return None
    separator = header[3]
    if any(header[place] != separator for place in PLACES):
        return None
    if _is_letter(separator):
        if not all(header[place].isdigit() for place in _DIGITS):
            return None
    elif not may_separate(separator) or header.count(separator, 0, ISA_SIZE) != len(PLACES):
        return None
    component, segment = header[104], header[105]
    if not _may_delimit(segment) or segment == component:
        return None
    return Delimiters(separator, segment, component, exact=True)


def find(data: bytes, start: int, previous: Delimiters | None = None) -> Delimiters:
    """The delimiters of the ISA at ``start``. Never fails: what cannot be told is taken from the interchange before."""
    window = data[start : start + WINDOW]
    found = exact(window)
    if found and (found.lettered or not _shifted(window)):
        return found
    if len(window) < 4 or not may_separate(window[3]):
        return previous or Delimiters(_NONE, _guess(window, _NONE, previous))
    return _inexact(window, previous)


def _shifted(window: bytes) -> bool:
    """Whether the 106 bytes are so by chance: another delimiter, the true terminator, stands right behind them; or
    ISA16 is missing, and the terminator and a line end stand where it and the terminator should."""
    if window[ISA_SIZE - 1] in b"\r\n" and window[ISA_SIZE - 2] == _last_of_next_line(window):
        return True
    return len(window) > ISA_SIZE and window[ISA_SIZE] not in PADDING and _follower(window) > ISA_SIZE


def _last_of_next_line(window: bytes) -> int:
    """The last byte of the first line with something in it behind the 106 bytes, -1 where it does not end."""
    line_end = window[ISA_SIZE - 1]
    start = ISA_SIZE
    while (stop := window.find(line_end, start)) >= 0:
        if line := window[start:stop].rstrip(PADDING):
            return line[-1]
        start = stop + 1
    return _NONE


def separators(data: bytes, start: int) -> int:
    """How many separators of its own an ISA has before another control segment begins."""
    window = data[start : start + WINDOW]
    follower = _follower(window)
    return window.count(window[3:4], 0, follower if follower > 0 else len(window))


def may_separate(byte: int) -> bool:
    """Whether a byte can separate elements: no letter, digit or blank."""
    return not _is_letter(byte) and byte not in b" \r\n\x00"


def _may_delimit(byte: int) -> bool:
    return not _is_letter(byte) and byte not in b" \x00"


def _is_letter(byte: int) -> bool:
    return byte < 128 and chr(byte).isalnum()


def _follower(window: bytes) -> int:
    """Where the segment behind the ISA begins, -1 unknown."""
    separator = window[3:4]
    control = re.compile(rb"(?:GS|TA1|IEA|ISB|ST)" + re.escape(separator), re.IGNORECASE)
    for found in control.finditer(window, 4):
        before = window[: found.start()].rstrip(b" \t")[-1:]
        if before == separator:  # an element of the ISA, unless that has all of its own
            before = b"" if window.count(separator, 0, found.start()) < len(PLACES) else b"~"
        if before and not before.isalnum():  # the end of a name such as FREIGHTEST is no segment
            return found.start()
    return -1


def _inexact(window: bytes, previous: Delimiters | None) -> Delimiters:
    separator = window[3]
    follower = _follower(window)
    places = [at for at, byte in enumerate(window) if byte == separator]
    if follower < 0:
        if len(places) >= 16 and places[15] + 2 < len(window) and _may_delimit(window[places[15] + 2]):
            at = places[15]
            return Delimiters(separator, window[at + 2], window[at + 1])
        return Delimiters(separator, _guess(window, separator, previous))
    before = window[:follower]
    body = before.rstrip(PADDING)
    line_end = before[len(body) :].lstrip(b" \t\x00")[:1]
    last = body[-1]
    inside = sum(at < follower for at in places)
    if inside < 16:  # elements are missing: what stands before the next segment ends this one
        if may_separate(last) and last != separator:
            return Delimiters(separator, last)
        return Delimiters(separator, line_end[0] if line_end else _guess(window, separator, previous))
    tail = body[places[15] + 1 :]
    if not tail:
        return Delimiters(separator, line_end[0] if line_end else _guess(window, separator, previous))
    if len(tail) == 1 and line_end and (not may_separate(last) or window.find(tail + line_end, follower) < 0):
        return Delimiters(separator, line_end[0], last)
    if may_separate(last) and last != separator:
        return Delimiters(separator, last, tail[0] if len(tail) > 1 else _NONE)
    return Delimiters(separator, line_end[0] if line_end else _guess(window, separator, previous), tail[0])


def _guess(window: bytes, separator: int, previous: Delimiters | None) -> int:
    for byte in ([previous.segment] if previous else []) + list(b"~\n\r\x15'"):
        if byte >= 0 and byte != separator and byte in window:
            return byte
    return _NONE
