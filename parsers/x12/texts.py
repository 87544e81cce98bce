"""Text cut out of bytes by offsets, whole columns at a time."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

Ints = npt.NDArray[np.int64]


def cut(data: bytes, start: Ints, end: Ints) -> pd.Series:
    """The Latin-1 text between each pair of offsets, blank where ``end <= start``."""
    length = np.maximum(end - start, 0)
    offsets = np.zeros(len(length) + 1, np.int64)
    np.cumsum(length, out=offsets[1:])
    buffer = np.frombuffer(data, np.uint8)
    gathered = buffer[np.repeat(start - offsets[:-1], length) + np.arange(offsets[-1])] if len(buffer) else buffer
    high = gathered > 127
    if high.any():  # two bytes each in UTF-8
        begins = np.zeros(len(gathered) + 1, np.int64)
        np.cumsum(high + 1, out=begins[1:])
        wide = np.repeat(gathered, 1 + high)
        second = begins[:-1][high] + 1
        wide[second - 1] = 0xC0 | gathered[high] >> 6
        wide[second] = 0x80 | gathered[high] & 0x3F
        gathered, offsets = wide, begins[offsets]
    return column(pa.LargeStringArray.from_buffers(len(length), pa.py_buffer(offsets), pa.py_buffer(gathered)))


def column(array: pa.LargeStringArray) -> pd.Series:
    """An Arrow array as a column of text."""
    dtype = pd.StringDtype("pyarrow", na_value=np.nan)
    return pd.Series(pd.arrays.ArrowStringArray(array, dtype=dtype))  # type: ignore[call-arg]


def constant(text: str, size: int) -> pd.Series:
    """The same text in every row."""
    return pd.Series([text], dtype="str").take(np.zeros(size, np.int64)).reset_index(drop=True)
