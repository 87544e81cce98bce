"""Bytes to 80-column records: every way a file separates its records, brought to one (N, 80) matrix.

Accepted, in any mixture over the files of a shard: lines ended by LF, CRLF or CR; unbroken 80-byte frames; trailing
blanks trimmed; no final newline; blank lines; trailing 0x1A or NUL; a UTF-8 byte order mark. A file that contains a LF
ends its lines by LF, so a lone CR inside one is data, and bad data. The cent sign of class X is taken as the single
byte 0xA2 or in its UTF-8 form, and kept as 0xA2.

What is wrong with the bytes themselves is recorded, never raised (Batch & Block Control, pages 8 and 33): X40 for a
character outside class X (the first of a record) and for data beyond column 80, X42 for a short last frame.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from parsers.catair.layout import BLANK, WIDTH, applications, load

Matrix = npt.NDArray[np.uint8]
Ints = npt.NDArray[np.int64]
Found = tuple[Ints, Ints, str]  # rows, columns (1-based), code

#: Rows handled at a time, so that what a step reads still lies in the processor's cache for the next.
CHUNK = 8192
#: A line longer than so many records is unbroken frames, even when its length is no multiple of 80.
UNBROKEN = 10
CENT = 0xA2

#: Every record id the parser knows; a row's ``kind`` is its position here, and 0 is unknown.
KINDS: tuple[str, ...] = (
    "",
    *load("envelope_in"),
    *dict.fromkeys(r for a in applications().values() if a.layout for r in load(a.layout) if "-" not in r),
)
KIND = {record: kind for kind, record in enumerate(KINDS)}
ENVELOPE = len(load("envelope_in"))  # kinds 1 to ENVELOPE are envelope records
A, B, Y, Z = (KIND[record] for record in "ABYZ")
_IDS = np.array(KINDS, dtype="S4")


@dataclass(frozen=True)
class Frames:
    """The records of a shard in order of arrival. ``faults`` has columns row, column (1-based, 0 the whole record),
    code."""

    text: Matrix  # (N, 80): transaction records upper-cased, envelope records as sent
    file: npt.NDArray[np.int32]  # (N,) position of the file in the shard
    record: npt.NDArray[np.int32]  # (N,) 1-based ordinal in its file
    line_no: npt.NDArray[np.int32]  # (N,) 1-based physical line in its file
    kind: npt.NDArray[np.int16]  # (N,) position in KINDS
    faults: pd.DataFrame
    files: int  # how many files there were, empty ones included

    def __len__(self) -> int:
        return len(self.text)

    @cached_property
    def id(self) -> npt.NDArray[np.bytes_]:
        """(N,) record id of each row, ``b""`` when unknown."""
        return _IDS[self.kind]

    @cached_property
    def _by_kind(self) -> tuple[Ints, Ints]:
        return np.argsort(self.kind, kind="stable"), np.cumsum(np.bincount(self.kind, minlength=len(KINDS)))

    def rows(self, record: str) -> Ints:
        """The rows of one record type, ascending. Raises KeyError for an id no layout has."""
        order, end = self._by_kind
        kind = KIND[record]
        return order[end[kind - 1] if kind else 0 : end[kind]]

    def cut(self, row: int, start: int, end: int) -> str:
        """What stands in columns ``start`` to ``end`` (1-based, inclusive) of ``row``, blanks and all."""
        return self.text[row, start - 1 : end].tobytes().decode("latin-1")


def frame(files: Sequence[bytes]) -> Frames:
    """Split every file of a shard into records. Never raises on content; a file without a record adds no row."""
    parts = [_frame_file(data) for data in files]
    sizes = np.array([len(text) for text, _, _ in parts], dtype=np.int64)
    first = np.cumsum(sizes) - sizes
    text = parts[0][0] if len(parts) == 1 else np.concatenate([np.empty((0, WIDTH), np.uint8), *(p[0] for p in parts)])
    found = [
        (rows + at, columns, code) for (_, _, f), at in zip(parts, first, strict=True) for rows, columns, code in f
    ]
    return Frames(
        text=text,
        file=np.repeat(np.arange(len(parts), dtype=np.int32), sizes),
        record=(np.arange(len(text)) - np.repeat(first, sizes) + 1).astype(np.int32),
        line_no=np.concatenate([np.empty(0, np.int32), *(p[1] for p in parts)]),
        kind=recognise(text),
        faults=_faults(found),
        files=len(parts),
    )


def _frame_file(data: bytes) -> tuple[Matrix, npt.NDArray[np.int32], list[Found]]:
    """The records of one file, their line numbers and their faults."""
    data = data.removeprefix(b"\xef\xbb\xbf")
    if data.endswith((b"\x00", b"\x1a")):
        data = data.rstrip(b"\x00\x1a")
    if b"\xc2" in data:
        data = data.replace(b"\xc2\xa2", bytes([CENT]))
    if b"\r" in data:
        data = data.replace(b"\r\n", b"\n") if b"\n" in data else data.replace(b"\r", b"\n")
    found: list[Found] = []
    if (stride := _stride(data)) is not None:
        text = _regular(data, stride)
        line_no = np.arange(1, len(text) + 1) if stride > WIDTH else np.ones(len(text), np.int64)
    else:
        text, line_no, found = _lines(data)
    text = _check_and_fold(text, found)
    blank = text[:, 0] == BLANK
    if blank.any():
        blank[blank] = (text[blank] == BLANK).all(axis=1)
        kept = np.cumsum(~blank) - 1
        found = [(kept[rows[~blank[rows]]], columns[~blank[rows]], code) for rows, columns, code in found]
        text, line_no = text[~blank], line_no[~blank]
    return text, line_no.astype(np.int32), found


def _stride(data: bytes) -> int | None:
    """The distance between records when it is the same all over: 81 for full lines, 80 for unbroken frames; None
    otherwise."""
    if not data:
        return None
    breaks = data.count(b"\n")
    if breaks == 0 and len(data) % WIDTH == 0:
        return WIDTH
    full = len(data) // (WIDTH + 1)
    regular = breaks == full and len(data) - full * (WIDTH + 1) in (0, WIDTH)
    return WIDTH + 1 if regular and data[WIDTH :: WIDTH + 1].count(b"\n") == breaks else None


def _regular(data: bytes, stride: int) -> Matrix:
    """The records of an evenly spaced file: a view of its bytes, nothing is copied."""
    count = -(-len(data) // stride)
    return np.ndarray((count, WIDTH), np.uint8, buffer=data, strides=(stride, 1))


def _lines(data: bytes) -> tuple[Matrix, Ints, list[Found]]:
    """The records of a file of uneven lines, their line numbers, and the faults of their lengths."""
    buffer = np.frombuffer(data, np.uint8)
    breaks = np.flatnonzero(buffer == ord("\n"))
    starts, ends = np.append(0, breaks + 1), np.append(breaks, len(buffer))
    line_no = np.arange(1, len(starts) + 1)
    some = ends > starts
    starts, ends, line_no = starts[some], ends[some], line_no[some]
    length = ends - starts
    uneven = (length > WIDTH) & (length % WIDTH != 0)
    split = ~uneven | (length > UNBROKEN * WIDTH) | (len(length) == 1)
    count = np.where(split, -(-length // WIDTH), 1)
    last = np.cumsum(count) - 1
    row_of = np.repeat(np.arange(len(count)), count)
    within = np.arange(len(row_of)) - (last - count + 1)[row_of]
    row_starts = starts[row_of] + within * WIDTH
    lengths = np.minimum(ends[row_of] - row_starts, WIDTH)

    found: list[Found] = []
    if (over := np.flatnonzero(uneven & ~split)).size:  # data beyond column 80, unless blank
        edges = np.column_stack([starts[over] + WIDTH, ends[over]]).ravel()
        beyond = np.maximum.reduceat(np.append(buffer != BLANK, False), edges)[::2]
        found.append((last[over[beyond]], np.full(int(beyond.sum()), WIDTH + 1), "X40"))
    if (short := last[uneven & split]).size:
        at_end = short == len(row_of) - 1
        found.append((short[at_end], np.zeros(int(at_end.sum()), np.int64), "X42"))
        found.append((short[~at_end], lengths[short[~at_end]] + 1, "X40"))
    return _gather(data, row_starts, lengths.astype(np.uint8)), line_no[row_of], found


def _gather(data: bytes, starts: Ints, lengths: npt.NDArray[np.uint8]) -> Matrix:
    """The records that begin at ``starts``, blank beyond their ``lengths``."""
    windows = np.ndarray((len(data) + 1,), f"V{WIDTH}", buffer=data + b" " * WIDTH, strides=(1,))
    text = np.empty((len(starts), WIDTH), np.uint8)
    cells, columns = text.view(windows.dtype).reshape(-1), np.arange(WIDTH, dtype=np.uint8)
    for at in range(0, len(starts), CHUNK):
        here = slice(at, at + CHUNK)
        cells[here] = windows[starts[here]]
        np.copyto(text[here], BLANK, where=columns >= lengths[here, None])
    return text


def _check_and_fold(text: Matrix, found: list[Found]) -> Matrix:
    """Note the first character outside class X of each record; upper-case transaction records (in a copy, if any needs
    it)."""
    folded = text
    for at in range(0, len(text), CHUNK):
        chunk = np.ascontiguousarray(folded[at : at + CHUNK])
        if chunk.min() < BLANK or chunk.max() > ord("~"):
            bad = ((chunk < BLANK) | (chunk > ord("~"))) & (chunk != CENT)
            rows = np.flatnonzero(bad.any(axis=1))
            found.append((rows + at, bad[rows].argmax(axis=1) + 1, "X40"))
        lower = chunk - np.uint8(ord("a")) < 26
        if lower.any():
            lower &= ~np.isin(chunk[:, 0] & 0xDF, np.frombuffer(b"ABYZ", np.uint8))[:, None]
            folded = text.copy() if folded is text else folded
            folded[at : at + CHUNK] -= lower * np.uint8(32)
    return folded


def recognise(text: Matrix) -> npt.NDArray[np.int16]:
    """The kind of each record, from its first column (A, B, Y, Z), first two or first four."""
    if not len(text):
        return np.zeros(0, np.int16)
    short = _BY_TWO[text[:, 0].astype(np.uint16) << 8 | text[:, 1]]
    four = np.flatnonzero(short < 0)
    if four.size:
        ids = np.ascontiguousarray(text[four, :4]).view("S4").ravel()
        at = np.minimum(np.searchsorted(_FOUR, ids), len(_FOUR) - 1)
        short[four] = np.where(_FOUR[at] == ids, _FOUR_KIND[at], 0)
    return short


def _first_two() -> npt.NDArray[np.int16]:
    """The kind by the first two columns, -1 where four decide. After the one letter of a transaction record (H of SU) a
    digit or a blank must stand, as its layout has it; any word may begin with that letter."""
    table = np.zeros(1 << 16, np.int16)
    for kind, record in enumerate(KINDS):
        first, *rest = record.encode() or b"\0"
        if kind and not rest and kind <= ENVELOPE:
            for head in (first, first | 0x20):
                table[head << 8 : (head + 1) << 8] = kind
        elif kind and not rest:
            table[[first << 8 | second for second in b" 0123456789"]] = kind
        elif kind:
            table[first << 8 | rest[0]] = kind if len(record) == 2 else -1
    return table


_BY_TWO = _first_two()
_FOUR = np.sort([record.encode() for record in KINDS if len(record) == 4])
_FOUR_KIND = np.array([KIND[record.decode()] for record in _FOUR], np.int16)


def _faults(found: list[Found]) -> pd.DataFrame:
    """The faults in row order."""
    rows = np.concatenate([np.empty(0, np.int64), *(r for r, _, _ in found)])
    columns = np.concatenate([np.empty(0, np.int64), *(c for _, c, _ in found)])
    codes = [code for r, _, code in found for _ in range(len(r))]
    table = pd.DataFrame({"row": rows, "column": columns, "code": pd.array(codes, dtype="str")})
    return table.sort_values(["row", "column"], ignore_index=True)
