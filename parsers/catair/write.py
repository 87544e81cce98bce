"""Columns to records: the exact inverse of :mod:`parsers.catair.records`, over whole columns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from parsers.catair.layout import BLANK, WIDTH, Field, Layout

Matrix = npt.NDArray[np.uint8]
_TENS = 10 ** np.arange(17, dtype=np.int64)


def write(layout: Layout, record: str, columns: pd.DataFrame | Mapping[str, Any]) -> Matrix:
    """The (n, 80) bytes of ``record``, one row per element of ``columns`` (field name -> column or scalar).

    Text is left-justified, numbers are zero-filled to the left, dates are MMDDYY; a missing value (NA, NaT, "") and a
    field not named leave blanks, or the field's constant where it has one. Raises KeyError for a name the record does
    not have and ValueError for a value that does not fit its columns.
    """
    if record not in layout:
        raise KeyError(f"layout {layout.name} has no record {record}")
    n = len(columns) if isinstance(columns, pd.DataFrame) else max((np.size(v) for v in columns.values()), default=1)
    out = np.full((n, WIDTH), BLANK, np.uint8)
    names = {f.name for f in layout[record]}
    if unknown := [c for c in columns if c not in names]:
        raise KeyError(f"record {record} has no field {', '.join(map(str, unknown))}")
    for field in layout[record]:
        if field.name in columns:
            out[:, field.columns] = _ENCODERS[field.type](field, columns[field.name], n)
        elif field.constant:
            out[:, field.columns] = _text(field, field.constant, n)
    return out


def to_bytes(matrix: Matrix, newline: bytes = b"\n") -> bytes:
    """The records as a file, each followed by ``newline``; ``b""`` gives unbroken 80-byte frames."""
    if not newline:
        return np.ascontiguousarray(matrix).tobytes()
    ends = np.broadcast_to(np.frombuffer(newline, np.uint8), (len(matrix), len(newline)))
    return np.hstack([matrix, ends]).tobytes()


def _text(field: Field, values: Any, n: int) -> Matrix:
    series = pd.Series([values] * n if np.isscalar(values) else values, dtype="str").fillna("")
    flat = series.to_numpy(dtype=object)
    try:  # one byte a character: the cent sign of class X is the only one beyond ASCII
        cells = (
            np.array([v.encode("latin-1") for v in flat], dtype="S")
            if not series.str.isascii().all()
            else flat.astype("S")
        )
    except UnicodeEncodeError as error:
        raise ValueError(f"{field.record}.{field.name}: {error.object!r} cannot be written in single bytes") from None
    if (width := cells.dtype.itemsize) > field.width:
        raise ValueError(
            f"{field.record}.{field.name}: a text of {width} characters does not fit {field.width} columns"
        )
    wide = np.ascontiguousarray(cells.astype(f"S{field.width}")).view(np.uint8).reshape(n, field.width)
    return np.where(wide == 0, BLANK, wide).astype(np.uint8)


def _int(field: Field, values: Any, n: int) -> Matrix:
    numbers = pd.array(np.broadcast_to(values, n) if np.isscalar(values) else values, dtype="Int64")
    blank = np.asarray(numbers.isna(), dtype=bool)
    whole = numbers.to_numpy(dtype=np.int64, na_value=0)
    if ((whole < 0) | (whole >= _TENS[field.width])).any():
        raise ValueError(f"{field.record}.{field.name}: a number outside 0 to {_TENS[field.width] - 1}")
    digits = whole[:, None] // _TENS[field.width - 1 :: -1][: field.width] % 10 + ord("0")
    return np.where(blank[:, None], BLANK, digits).astype(np.uint8)


def _date(field: Field, values: Any, n: int) -> Matrix:
    days = pd.Series(np.broadcast_to(values, n) if np.isscalar(values) else values).astype("datetime64[s]")
    number = days.dt.month * 10000 + days.dt.day * 100 + days.dt.year % 100
    return _int(field, number.astype("Int64"), n)


def _filler(field: Field, values: Any, n: int) -> Matrix:
    raise KeyError(f"{field.record}.{field.name} is filler and carries no data")


_ENCODERS = {"text": _text, "int": _int, "date": _date, "filler": _filler}
