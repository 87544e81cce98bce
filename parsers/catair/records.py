"""Records to columns: the decoder of one record type, compiled from its layout, over whole columns.

Bytes are taken a chunk of rows at a time, so that the checks, the numbers and the texts of a chunk are all read from
the processor's cache. Three observations make it fast: character classes are decided for whole records at once by masks
over the 80 columns; eight digits are one 64-bit word and become a number in three multiplications; and most texts fill
their columns or are blank, which the per-column blank counts of a chunk tell without looking at a value.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from parsers.catair.framing import CHUNK, Ints, Matrix
from parsers.catair.layout import BLANK, WIDTH, Field

Bools = npt.NDArray[np.bool_]
#: Two-digit years below this are of this century. Fixed, so that the same bytes mean the same day on every day.
PIVOT = 70
_NUMERIC = ("N", "SN", "D")


@dataclass
class Decoded:
    """Columns by field name, and what is wrong: ``at`` (position among the rows), ``field``, ``kind`` (missing, class,
    date)."""

    columns: dict[str, Any]
    at: Ints
    field: list[Field]
    kind: list[str]


class Decoder:
    """Turns the records of one type into columns: text as Arrow strings (``""`` blank), numbers as Int64, dates as
    datetime64[s]."""

    def __init__(self, fields: tuple[Field, ...]) -> None:
        self.fields = tuple(f for f in fields if f.carries_data)
        self.texts = [f for f in self.fields if f.type == "text"]
        self.numbers = [f for f in self.fields if f.type in ("int", "date")]
        strict = [f for f in self.fields if f.cls in _NUMERIC]

        def mask(*classes: str, skip: int = 0) -> Bools:
            wide = np.zeros(WIDTH, bool)
            for field in self.fields:
                if field.cls in classes:
                    wide[field.start - 1 + skip : field.end] = True
            return wide

        self.upper, self.digit, self.blank = mask("A", "AN"), mask("AN", *_NUMERIC), mask("A", "AN", *_NUMERIC)
        self.free = ~self.blank
        # inside a number a blank may not follow a digit, and inside N and D no digit may follow a blank either
        self.no_rise, self.no_fall = mask(*_NUMERIC, skip=1), mask("N", "D", skip=1)
        self.any_classes, self.any_numbers = bool((~self.free).any()), bool(strict)
        self.field_at = np.zeros(WIDTH, np.int64)
        for i, field in enumerate(self.fields):
            self.field_at[field.columns] = i

    def decode(self, text: Matrix, rows: Ints | None = None) -> Decoded:
        """The columns of the records at ``rows`` of ``text`` (all when None), in that order."""
        cells = text.view(f"V{WIDTH}").reshape(-1)
        n = len(text) if rows is None else len(rows)
        texts = {f.name: _Text(f, n) for f in self.texts}
        numbers = {f.name: (np.empty(n, np.int64), np.empty(n, bool)) for f in self.numbers}
        broken: list[Ints] = []
        masks = self._masks(min(n, CHUNK))
        for at in range(0, n, CHUNK):
            here = slice(at, at + CHUNK)
            sub = np.ascontiguousarray(cells[here] if rows is None else cells[rows[here]])
            chunk = sub.view(np.uint8).reshape(-1, WIDTH)
            blank = chunk == BLANK
            broken.append(self._broken(chunk, blank, masks) + np.array([at, 0]))
            some, every = _per_column(np.logical_or, blank), _per_column(np.logical_and, blank)
            ascii_only = bool(chunk.max() < 0x80)
            for field in self.texts:
                texts[field.name].add(at, chunk, some, every, ascii_only)
            for field in self.numbers:
                values, missing = numbers[field.name]
                last = field.end - 1
                missing[here] = blank[:, last] if some[last] else False
                values[here] = 0 if every[last] else digits(sub, field.start - 1, field.width)
        return self._finish(n, texts, numbers, np.concatenate([np.empty((0, 2), np.int64), *broken]))

    def _masks(self, n: int) -> list[Bools]:
        """The masks laid out for ``n`` records, so that whole chunks meet them without broadcasting."""
        masks = (self.upper, self.digit, self.blank, self.free, self.no_rise, self.no_fall)
        return [np.tile(mask, (n, 1)) for mask in masks]

    def _broken(self, chunk: Matrix, blank: Bools, masks: list[Bools]) -> Ints:
        """(k, 2) row and position in ``fields`` of every field whose content is not of its class."""
        n = len(chunk)
        upper, digit, blanks, free, no_rise, no_fall = (mask[:n] for mask in masks)
        bad = np.zeros((0, WIDTH), bool)
        if self.any_classes:
            good = (chunk - np.uint8(ord("0")) < 10) & digit
            good |= (chunk - np.uint8(ord("A")) < 26) & upper
            good |= blank & blanks
            good |= free
            if not good.all():
                bad = ~good
        if self.any_numbers:
            flat = blank.ravel()
            turn = (flat[1:] > flat[:-1]) & no_rise.ravel()[1:]
            turn |= (flat[1:] < flat[:-1]) & no_fall.ravel()[1:]
            if turn.any():
                turns = np.append(False, turn).reshape(n, WIDTH)
                bad = bad | turns if len(bad) else turns
        rows, columns = np.nonzero(bad)
        return (
            np.unique(np.column_stack([rows, self.field_at[columns]]), axis=0)
            if len(rows)
            else np.empty((0, 2), np.int64)
        )

    def _finish(
        self, n: int, texts: Mapping[str, _Text], numbers: Mapping[str, tuple[Ints, Bools]], broken: Ints
    ) -> Decoded:
        out = Decoded({}, np.empty(0, np.int64), [], [])

        def note(at: Ints, field: Field, kind: str) -> None:
            out.at = np.concatenate([out.at, at])
            out.field += [field] * len(at)
            out.kind += [kind] * len(at)

        for i, field in enumerate(self.fields):
            wrong = broken[broken[:, 1] == i, 0] if len(broken) else broken[:, 0]
            note(wrong, field, "class")
            if field.type == "text":
                array = texts[field.name].array()
                out.columns[field.name] = _strings(array)
                empty = pc.equal(pc.binary_length(array), 0) if field.designation == "M" else None
                missing = np.flatnonzero(empty.to_numpy(zero_copy_only=False)) if empty is not None else wrong[:0]
            else:
                values, blank = numbers[field.name]
                missing = np.flatnonzero(blank) if field.designation == "M" else wrong[:0]
                blank[wrong] = True
                if field.type == "int":
                    out.columns[field.name] = pd.arrays.IntegerArray(values, blank)
                else:
                    days = _calendar()[np.where(blank, 0, values)]
                    note(np.flatnonzero(np.isnat(days) & ~blank), field, "date")
                    out.columns[field.name] = days
            note(missing[~np.isin(missing, wrong)], field, "missing")
        return out


def digits(cells: npt.NDArray[Any], start: int, width: int) -> Ints:
    """The number in ``width`` (up to 16) columns from the 0-based ``start`` of (n,) 80-byte cells; blanks count as
    zeros."""
    if width <= 8:
        return _eight(_word(cells, start, width)).view(np.int64)
    high = _eight(_word(cells, start, width - 8))
    return (high * np.uint64(10**8) + _eight(_word(cells, start + width - 8, 8))).view(np.int64)


def _word(cells: npt.NDArray[Any], start: int, width: int) -> npt.NDArray[np.uint64]:
    """Up to eight bytes of each cell as the high end of a little-endian word, zeros below."""
    at = max(start + width - 8, 0)
    word = np.ndarray((len(cells),), "<u8", buffer=cells, offset=at, strides=(WIDTH,)).copy()
    if width < 8 and at == 0 and start + width < 8:
        word <<= np.uint64(8 * (8 - start - width))
    if width < 8:
        word &= np.uint64((1 << 64) - (1 << 8 * (8 - width)))
    return word


def _eight(word: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """Eight digit characters to their number: pairs, then fours, then eights of digits are joined within the word."""
    word &= np.uint64(0x0F0F0F0F0F0F0F0F)
    word *= np.uint64(2561)
    word >>= np.uint64(8)
    word &= np.uint64(0x00FF00FF00FF00FF)
    word *= np.uint64(6553601)
    word >>= np.uint64(16)
    word &= np.uint64(0x0000FFFF0000FFFF)
    word *= np.uint64(42949672960001)
    word >>= np.uint64(32)
    return word


@cache
def _calendar() -> npt.NDArray[np.datetime64]:
    """The day of every six-digit MMDDYY, NaT where there is none. Years below PIVOT are 20YY, others 19YY."""
    table = np.full(1_000_000, np.datetime64("NaT", "s"))
    days = np.arange(f"19{PIVOT:02d}-01-01", f"20{PIVOT:02d}-01-01", dtype="datetime64[D]")
    year, month = days.astype("datetime64[Y]"), days.astype("datetime64[M]")
    mm, dd = (month - year).astype(int) + 1, (days - month).astype(int) + 1
    table[mm * 10000 + dd * 100 + (year.astype(int) + 1970) % 100] = days
    return table


def _per_column(operation: np.ufunc, flags: Bools) -> Bools:
    """``flags`` (n, 80) reduced along its rows; 64 rows are laid side by side first, which keeps the machine's vectors
    full."""
    even = len(flags) // 64 * 64
    wide = operation.reduce(flags[:even].reshape(-1, 64 * WIDTH), axis=0).reshape(64, WIDTH) if even else flags[:0]
    return operation.reduce(np.concatenate([wide, flags[even:]]), axis=0)


def _strings(array: pa.LargeStringArray) -> pd.api.extensions.ExtensionArray:
    return pd.arrays.ArrowStringArray(array, dtype=pd.StringDtype("pyarrow", na_value=np.nan))  # type: ignore[call-arg]


class _Text:
    """One text column in the making: fixed-width bytes, trimmed once at the end, if at all."""

    def __init__(self, field: Field, n: int) -> None:
        self.field, self.n = field, n
        self.fixed: Matrix | None = None  # allocated when the first value that is not blank comes
        self.full = self.flush = self.ascii = True

    def add(self, at: int, chunk: Matrix, some: Bools, every: Bools, ascii_only: bool) -> None:
        columns = self.field.columns
        self.full &= not some[columns.stop - 1]
        self.flush &= not some[columns.start]
        self.ascii &= ascii_only
        if self.fixed is None:
            if every[columns].all():
                return
            self.fixed = np.empty((self.n, self.field.width), np.uint8)
            self.fixed[:at] = BLANK
        cell = f"V{self.field.width}"
        source = np.ndarray((len(chunk),), cell, buffer=chunk, offset=columns.start, strides=(WIDTH,))
        self.fixed[at : at + len(chunk)].view(cell)[:, 0] = source

    def array(self) -> pa.LargeStringArray:
        width, n, fixed = self.field.width, self.n, self.fixed
        if fixed is None:
            return pa.LargeStringArray.from_buffers(n, pa.py_buffer(np.zeros(n + 1, np.int64)), pa.py_buffer(b""))
        if not self.ascii:  # the cent sign is one byte on the wire
            return pa.array([cell.tobytes().decode("latin-1").strip(" ") for cell in fixed], pa.large_string())
        if width == 1:
            offsets = np.zeros(n + 1, np.int64)
            np.cumsum(fixed[:, 0] != BLANK, out=offsets[1:])
            data = fixed if self.full else fixed[fixed != BLANK]
            return pa.LargeStringArray.from_buffers(n, pa.py_buffer(offsets), pa.py_buffer(data))
        offsets = np.arange(0, (n + 1) * width, width, dtype=np.int64)
        array = pa.LargeStringArray.from_buffers(n, pa.py_buffer(offsets), pa.py_buffer(fixed))
        if not self.full:
            array = pc.ascii_rtrim(array, characters=" ")
        return array if self.flush else pc.ascii_ltrim(array, characters=" ")


@cache
def decoder(fields: tuple[Field, ...]) -> Decoder:
    """The decoder of a record's fields, compiled once."""
    return Decoder(fields)
