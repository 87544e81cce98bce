"""Where interchanges begin and end in a file, and which delimiters each has: which ``ISA`` opens one and which is data.

An ISA opens an interchange where a segment may begin, where its 106 bytes are well formed, or, behind an IEA, at the
begin of a line. An interchange ends before the next one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from re import Pattern, compile, escape

from parsers.x12 import delimiters, readable
from parsers.x12.delimiters import PADDING, Delimiters

#: An ISA whose lengths are wrong is one when it has so many separators, or begins the file.
_ENOUGH = 10
#: So much is the begin of a file.
_BEGIN = 4096


@dataclass(slots=True)
class Head:
    """An ISA: where it begins, where the next one does, and whether it stands where a segment of the one before would
    begin. ``binaries`` are the ranges of binary data inside."""

    start: int
    delimiters: Delimiters
    stop: int = 0
    joined: bool = False
    binaries: list[tuple[int, int]] = field(default_factory=list)


def begins(sample: bytes) -> bool:
    """Whether the first bytes of a file are those of X12: an ISA at the begin, or a well-formed one further on."""
    text = readable.decoded(sample)
    if b"ISA" not in text and b"isa" not in text:
        return False
    lead = text.removeprefix(readable.BOM).lstrip(PADDING)
    at = len(text) - len(lead)
    return any(one == at or _exact(text, one) for one in possible(text))


def possible(data: bytes) -> Iterator[int]:
    """Everything that may be the begin of an ISA. Behind it stands what can separate elements, or a letter or digit and
    the rest of an ISA of the right lengths. Small letters are looked for only where the file begins with them."""
    for spelling in (b"ISA", b"isa"):
        at = data.find(spelling)
        if spelling == b"ISA" and at < 0:
            continue
        if spelling == b"isa" and data.find(spelling, 0, _BEGIN) < 0:
            return
        while at >= 0:
            if at + 3 >= len(data) or delimiters.may_separate(data[at + 3]) or _exact(data, at):
                yield at
            at = data.find(spelling, at + 3)


def find(data: bytes, candidates: list[int]) -> list[Head]:
    """Every ISA of some (:func:`possible`, ascending) that opens an interchange, with its delimiters and extent."""
    heads: list[Head] = []
    before: _Scan | None = None
    binary = len(candidates) > 1 and (b"BIN" in data or b"BDS" in data)  # of a single one the cut tells, faster
    lead = data[: candidates[0]].removeprefix(readable.BOM).strip(PADDING) if candidates else b""
    for at in candidates:
        if before is None:
            if lead and not _opens(data, at):
                continue
            head = Head(at, delimiters.find(data, at))
        else:
            if not before.ends_at(at):
                continue
            head = Head(at, delimiters.find(data, at, before.head.delimiters), joined=before.begins_segment(at, False))
            before.close(at)
        heads.append(head)
        before = _Scan(data, head, binary)
    if before is not None:
        before.close(len(data))
    return heads


def note_binaries(data: bytes, head: Head) -> None:
    """Look for binary data in an interchange that :func:`find` found alone, which does not look for it then."""
    _Scan(data, head, binary=True).close(head.stop)


def _opens(data: bytes, at: int) -> bool:
    """Whether an ISA behind other text is one: it is well formed, or begins a line and is nearly so."""
    if _exact(data, at):
        return True
    return _begins_line(data, at) and delimiters.separators(data, at) >= _ENOUGH


def _exact(data: bytes, at: int) -> Delimiters | None:
    return delimiters.exact(data[at : at + delimiters.ISA_SIZE])


def _begins_line(data: bytes, at: int) -> bool:
    return data[max(0, at - 80) : at].rstrip(b" \t\x00")[-1:] in (b"", b"\n", b"\r", b"\x1a", b"\x0c")


class _Scan:
    """The look-out from one ISA for where its interchange ends: closed by an IEA, or cut off by another ISA."""

    def __init__(self, data: bytes, head: Head, binary: bool) -> None:
        self.data, self.head = data, head
        cut = head.delimiters
        self._exact_end = head.start + (delimiters.ISA_SIZE if cut.exact else 4)
        self._iea = _begin(b"IEA", cut)
        self._binary = _begin(b"B(?:IN|DS)", cut) if binary else None
        self._closed = False
        self._seen = self._seen_binary = head.start
        terminator = bytes([cut.segment]) if cut.segment >= 0 else b""
        self._padding = bytes(byte for byte in PADDING if byte != cut.segment)
        self._terminator = terminator

    def ends_at(self, at: int) -> bool:
        """Whether the ISA at ``at`` is not data of this interchange but the begin of the next."""
        if at < self._exact_end:
            return False
        self._look_for_binaries(at)
        if self.head.binaries and self.head.binaries[-1][1] > at:
            return False
        other = _exact(self.data, at)
        if self.begins_segment(at):
            same = self.data[at + 3 : at + 4] == bytes([max(self.head.delimiters.element, 0)])
            return other is not None or same or delimiters.separators(self.data, at) >= _ENOUGH
        if other is not None and other.same_cut == self.head.delimiters.same_cut:
            return True
        if not self._is_closed(at):
            return False
        return other is not None or (_begins_line(self.data, at) and delimiters.separators(self.data, at) >= _ENOUGH)

    def begins_segment(self, at: int, marks: bool = True) -> bool:
        """Whether nothing but padding (and a byte order mark) stands between a terminator and ``at``."""
        if not self._terminator:
            return False
        width = 64
        while True:
            before = self.data[max(self.head.start, at - width) : at].rstrip(self._padding)
            if marks:
                before = before.removesuffix(readable.BOM).rstrip(self._padding)
            if before:
                return before.endswith(self._terminator)
            if at - width <= self.head.start:
                return False
            width *= 4

    def close(self, stop: int) -> None:
        self._look_for_binaries(stop)
        self.head.stop = stop

    def _is_closed(self, at: int) -> bool:
        """Whether an IEA stands before ``at``."""
        if not self._closed and self._iea is not None:
            self._closed = self._iea.search(self.data, self._seen, at) is not None
            self._seen = max(self._seen, at - 64)
        return self._closed

    def _look_for_binaries(self, at: int) -> None:
        """Note the binary data that begins before ``at`` (BIN01 and BDS02 give its length in bytes)."""
        if self._binary is None:
            return
        cut = self.head.delimiters
        separator = escape(bytes([cut.element]))
        length = compile(
            rb"(?:BIN" + separator + rb"|BDS" + separator + rb"[^" + separator + rb"]{0,3}" + separator + rb")"
            rb"(\d{1,12})" + separator
        )
        while self._seen_binary < at and (begin := self._binary.search(self.data, self._seen_binary, at)):
            self._seen_binary = begin.end()
            if found := length.match(self.data, begin.start(1)):
                stop = found.end() + int(found[1])
                if stop <= len(self.data) and self.data[stop : stop + 1] in (self._terminator, b""):
                    self.head.binaries.append((found.end(), stop))
                    self._seen_binary = stop


def _begin(segment: bytes, cut: Delimiters) -> Pattern[bytes] | None:
    """A segment of this id behind a terminator."""
    if cut.segment < 0 or cut.element < 0:
        return None
    element, terminator = escape(bytes([cut.element])), escape(bytes([cut.segment]))
    return compile(terminator + rb"[\r\n \t\0]{0,8}((?i:" + segment + rb")" + element + rb")")
