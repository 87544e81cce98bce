"""Bytes to segments and elements: where each begins and ends, for every interchange of a file at once
(:mod:`parsers.x12.interchanges` says which those are).

Any bytes: several interchanges with delimiters of their own each (taken from each ISA), any byte as terminator, line
ends, blanks and NULs around segments, byte order marks, text before, between and behind. Nothing is copied and nothing
raised: a segment is a pair of offsets, and what belongs to no segment is told in :attr:`Split.found`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from parsers.x12 import interchanges, readable, texts
from parsers.x12.delimiters import ISA_SIZE, PADDING, PLACES, Delimiters
from parsers.x12.interchanges import Head

Ints = npt.NDArray[np.int64]
Bytes = npt.NDArray[np.uint8]
_CARRIAGE_RETURN, _LINE_FEED = 13, 10
#: Line ends are looked for in so many bytes at a time.
_STRETCH = 1 << 22


def pack(segment_id: str) -> int:
    """A segment id of up to three characters as a number: three bytes and the length, as in :attr:`Split.key`."""
    text = segment_id.encode("latin-1")
    return int.from_bytes(text[:3].ljust(3, b"\0"), "big") << 8 | min(len(text), 255)


IEA = pack("IEA")
_BINARY = np.array([pack("BIN"), pack("BDS")], np.uint32)


@dataclass(frozen=True, slots=True)
class Split:
    """What :func:`split` found. One position per segment in file order, offsets into ``data``.

    ``data`` are the bytes that were split: those received, decoded (UTF-16, EBCDIC) and without the line ends of fixed
    records where that was needed. ``end`` excludes the terminator. ``line`` and ``column`` are 1-based, in the decoded
    text. ``key`` is the id folded to upper case (:func:`pack`), ``interchange`` its position in ``delimiters``.
    Elements ``first`` to ``first + count`` (exclusive) of ``element_start`` and ``element_end`` belong to a segment;
    its id is not among them. ``segment_first`` and ``segment_last`` are the rows of each interchange, last exclusive.

    ``found``: ``kind`` (``outside``: bytes that belong to no interchange; ``empty``: terminators without a segment;
    ``open``: the last segment of an interchange has no terminator), ``interchange`` and ``segment`` (the one before, -1
    none), ``start``, ``end``.
    """

    data: bytes
    start: Ints
    end: Ints
    line: Ints
    column: Ints
    key: npt.NDArray[np.uint32]
    interchange: Ints
    first: Ints
    count: Ints
    element_start: Ints
    element_end: Ints
    delimiters: tuple[Delimiters, ...]
    segment_first: Ints
    segment_last: Ints
    found: pd.DataFrame


@dataclass(slots=True)
class _Piece:
    """The segments of some interchanges that are cut by the same delimiters."""

    start: Ints
    end: Ints
    key: npt.NDArray[np.uint32]
    head: Ints
    count: Ints
    element_start: Ints
    element_end: Ints
    found: list[tuple[str, int, int, int, int]]


def split(data: bytes) -> Split:
    """Split a file into segments and elements. Never raises; a file without an ISA has no segment."""
    text = readable.decoded(data)
    candidates = sorted(interchanges.possible(text))
    plain, origin = readable.unbroken(text, candidates[0]) if candidates else (text, None)
    heads = interchanges.find(plain, candidates if origin is None else sorted(interchanges.possible(plain)))
    pieces, found, row = [], _preamble(plain, heads), 0
    for run, at in _runs(heads):
        piece = _cut(plain, run, at)
        if len(candidates) == 1 and np.isin(piece.key, _BINARY).any():
            interchanges.note_binaries(plain, run[0])
            piece = _cut(plain, run, at)
        found += [(k, i, s + row if s >= 0 else -1, b, e) for k, i, s, b, e in piece.found]
        row += len(piece.start)
        pieces.append(piece)
    start = _joined([p.start for p in pieces])
    count = _joined([p.count for p in pieces])
    head = _joined([p.head for p in pieces])
    edges = np.searchsorted(head, np.arange(len(heads) + 1))
    line, column = _lines(text, start if origin is None else origin[start])
    return Split(
        data=plain,
        start=start,
        end=_joined([p.end for p in pieces]),
        line=line,
        column=column,
        key=np.concatenate([np.empty(0, np.uint32), *(p.key for p in pieces)]),
        interchange=head,
        first=np.cumsum(count) - count,
        count=count,
        element_start=_joined([p.element_start for p in pieces]),
        element_end=_joined([p.element_end for p in pieces]),
        delimiters=tuple(head.delimiters for head in heads),
        segment_first=edges[:-1].astype(np.int64),
        segment_last=edges[1:].astype(np.int64),
        found=_found(found),
    )


def _runs(heads: list[Head]) -> Iterator[tuple[list[Head], int]]:
    """Interchanges that follow each other and are cut alike, with the position of the first."""
    begin = 0
    for at in range(1, len(heads) + 1):
        if (
            at == len(heads)
            or not heads[at].joined
            or heads[at].delimiters.same_cut != heads[begin].delimiters.same_cut
        ):
            yield heads[begin:at], begin
            begin = at


def _cut(data: bytes, run: list[Head], at: int) -> _Piece:
    """Cut the bytes of a run into segments and elements."""
    begin, stop = run[0].start, run[-1].stop
    separator, terminator = run[0].delimiters.same_cut
    buffer = np.frombuffer(data, np.uint8)[begin:stop]
    marks, ends_segment = _marks(buffer, separator, terminator, run)
    last = np.flatnonzero(ends_segment)
    end = marks[last]
    open_end = not end.size or end[-1] < len(buffer) - 1
    if open_end:
        end, last = np.append(end, len(buffer)), np.append(last, len(marks))
    first_mark = np.concatenate([[0], last[:-1] + 1])
    count = last - first_mark
    start = np.concatenate([[0], end[:-1] + 1])
    start = _skip_padding(buffer, start, end, separator, terminator)
    trimmed = _trim(buffer, start, end, separator, terminator, open_end)

    element = np.flatnonzero(~ends_segment)
    element_start = marks[element]
    element_start += 1
    element += 1
    if len(element) and element[-1] == len(marks):
        marks = np.append(marks, len(buffer))
    element_end = marks[element]
    lasts = np.cumsum(count) - 1
    some = count > 0
    element_end[lasts[some]] = np.maximum(trimmed[some], element_start[lasts[some]])

    id_end = trimmed.copy()
    id_end[some] = marks[first_mark[some]]
    key = _keys(buffer, start, id_end)
    starts = np.array([head.start - begin for head in run], np.int64)
    head = np.searchsorted(starts, start, side="right") - 1

    blank = (start >= trimmed) & ~some
    inside = ~blank & ~_behind_iea(key, head, blank, len(run))
    found = _oddities(begin, at, start, trimmed, head, blank, inside, open_end, terminator)
    if not inside.all():
        kept = np.repeat(inside, count)
        element_start, element_end = element_start[kept], element_end[kept]
        start, trimmed, key, head, count = start[inside], trimmed[inside], key[inside], head[inside], count[inside]
    return _Piece(
        start + begin, trimmed + begin, key, head + at, count, element_start + begin, element_end + begin, found
    )


def _marks(buffer: Bytes, separator: int, terminator: int, run: list[Head]) -> tuple[Ints, npt.NDArray[np.bool_]]:
    """The positions of all separators and terminators, and which of them end a segment."""
    if separator < 0:
        marks = np.flatnonzero(buffer == terminator) if terminator >= 0 else np.empty(0, np.int64)
        return marks, np.ones(len(marks), bool)
    mask = buffer == separator
    if terminator >= 0:
        mask |= buffer == terminator
    marks = np.flatnonzero(mask)
    binaries = [pair for head in run for pair in head.binaries]
    if binaries:
        edges = np.array(binaries, np.int64).ravel() - run[0].start
        marks = marks[np.searchsorted(edges, marks, side="right") % 2 == 0]
    if run[0].delimiters.lettered:  # elements of the ISA hold the separator: it is cut by its lengths
        headers = np.array([head.start for head in run]) - run[0].start
        offset = marks - headers[np.searchsorted(headers, marks, side="right") - 1]
        marks = marks[(offset >= ISA_SIZE - 1) | np.isin(offset, PLACES)]
    return marks, buffer[marks] == terminator if terminator >= 0 else np.zeros(len(marks), bool)


def _skip_padding(buffer: Bytes, start: Ints, end: Ints, separator: int, terminator: int) -> Ints:
    """Where segments begin once line ends, blanks and NULs before them are passed over."""
    table = np.zeros(256, bool)
    table[list(PADDING)] = True
    table[[byte for byte in (separator, terminator) if byte >= 0]] = False
    padded = np.append(buffer, np.uint8(0)) if start.size and start[-1] >= len(buffer) else buffer
    rows = np.flatnonzero(table[padded[start]] & (start < end))
    if not rows.size:
        return start
    start = start.copy()
    for _ in range(4):
        start[rows] += 1
        rows = rows[start[rows] < end[rows]]
        rows = rows[table[buffer[start[rows]]]]
        if not rows.size:
            return start
    padding = bytes(np.flatnonzero(table).astype(np.uint8))
    for row in rows.tolist():  # long stretches, such as records filled with blanks
        text = buffer[start[row] : end[row]].tobytes()
        start[row] += len(text) - len(text.lstrip(padding))
    return start


def _trim(buffer: Bytes, start: Ints, end: Ints, separator: int, terminator: int, open_end: bool) -> Ints:
    """Where segments end: before the CR of a CRLF, and a last one without terminator before padding."""
    trimmed = end
    if terminator == _LINE_FEED:
        some = end > start
        trimmed = end - (some & (buffer[np.maximum(end - 1, 0)] == _CARRIAGE_RETURN))
    if open_end:
        trimmed = trimmed.copy()
        rest = buffer[start[-1] :].tobytes().rstrip(bytes(byte for byte in PADDING if byte != separator))
        trimmed[-1] = start[-1] if rest == readable.BOM else start[-1] + len(rest)
    return trimmed


def _keys(buffer: Bytes, start: Ints, id_end: Ints) -> npt.NDArray[np.uint32]:
    """The packed ids, folded to upper case."""
    length = np.minimum(id_end - start, 255)
    key = length.astype(np.uint32)
    top = max(len(buffer) - 1, 0)
    for at in range(3):
        byte = buffer[np.minimum(start + at, top)]
        byte = np.where(length > at, byte, np.uint8(0))
        byte -= ((byte >= ord("a")) & (byte <= ord("z"))).astype(np.uint8) << 5
        key |= byte.astype(np.uint32) << np.uint32(24 - 8 * at)
    return key


def _behind_iea(
    key: npt.NDArray[np.uint32], head: Ints, blank: npt.NDArray[np.bool_], heads: int
) -> npt.NDArray[np.bool_]:
    """Which segments stand behind the IEA of their interchange."""
    closing = np.flatnonzero(key == IEA)
    closing = closing[~blank[closing]]
    last = np.full(heads, len(key), np.int64)
    which, at = np.unique(head[closing], return_index=True)
    last[which] = closing[at]
    return np.arange(len(key)) > last[head]


def _oddities(
    begin: int,
    at: int,
    start: Ints,
    end: Ints,
    head: Ints,
    blank: npt.NDArray[np.bool_],
    inside: npt.NDArray[np.bool_],
    open_end: bool,
    terminator: int,
) -> list[tuple[str, int, int, int, int]]:
    """What was passed over: empty segments, text behind an IEA, a last segment without terminator."""
    found = []
    row = np.cumsum(inside) - 1  # the kept segment at or before each
    empty = blank.copy()
    if open_end:
        empty[-1] = False
    if terminator not in (_CARRIAGE_RETURN, _LINE_FEED) and empty.any():
        for first, last in _stretches(np.flatnonzero(empty)):
            found.append(("empty", int(head[first]) + at, int(row[first]), int(start[first]), int(end[last]) + 1))
    behind = np.flatnonzero(~inside & ~blank)
    if behind.size:
        for which in np.unique(head[behind]).tolist():
            rows = behind[head[behind] == which]
            stop = int(end[rows[-1]]) + (not open_end or rows[-1] < len(end) - 1)
            found.append(("outside", which + at, int(row[rows[0]]), int(start[rows[0]]), stop))
    if open_end and not blank[-1] and inside[-1]:
        found.append(("open", int(head[-1]) + at, int(row[-1]), int(start[-1]), int(end[-1])))
    return [(kind, which, segment, first + begin, last + begin) for kind, which, segment, first, last in found]


def _stretches(rows: Ints) -> Iterator[tuple[int, int]]:
    """First and last of each stretch of consecutive rows."""
    breaks = np.flatnonzero(np.diff(rows) > 1)
    firsts = np.append(rows[:1], rows[breaks + 1])
    lasts = np.append(rows[breaks], rows[-1:])
    yield from zip(firsts.tolist(), lasts.tolist(), strict=True)


def _preamble(data: bytes, heads: list[Head]) -> list[tuple[str, int, int, int, int]]:
    """Text before the first ISA."""
    stop = heads[0].start if heads else len(data)
    lead = data[:stop].removesuffix(readable.BOM)
    text = lead.removeprefix(readable.BOM)
    start = len(lead) - len(text.lstrip(PADDING))
    end = start + len(text.strip(PADDING))
    return [("outside", 0 if heads else -1, -1, start, end)] if end > start else []


def _lines(text: bytes, start: Ints) -> tuple[Ints, Ints]:
    """Physical line and column (1-based) of each start. Lines end by LF, or by CR in a text without LF."""
    end = _LINE_FEED if bytes([_LINE_FEED]) in text else _CARRIAGE_RETURN
    line, begin = np.ones(len(start), np.int64), np.zeros(len(start), np.int64)
    buffer, before, last = np.frombuffer(text, np.uint8), 0, -1
    for low in range(0, len(text), _STRETCH):  # a file may be nothing but line ends
        breaks = np.flatnonzero(buffer[low : low + _STRETCH] == end) + low
        here = slice(*np.searchsorted(start, (low, low + _STRETCH)))
        passed = np.searchsorted(breaks, start[here])
        line[here] = passed + before + 1
        begin[here] = np.append(last, breaks)[passed] + 1
        before, last = before + len(breaks), int(breaks[-1]) if len(breaks) else last
    return line, start - begin + 1


def _joined(parts: list[Ints]) -> Ints:
    return parts[0] if len(parts) == 1 else np.concatenate([np.empty(0, np.int64), *parts])


def _found(rows: list[tuple[str, int, int, int, int]]) -> pd.DataFrame:
    kinds, *numbers = zip(*rows, strict=True) if rows else [()] * 5
    names = ("interchange", "segment", "start", "end")
    columns = {name: np.array(column, np.int64) for name, column in zip(names, numbers, strict=True)}
    return pd.DataFrame({"kind": texts.column(texts.of(kinds)), **columns})
