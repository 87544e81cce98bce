"""Text cut out of bytes by offsets, whole columns at a time.

Columns of text are Arrow arrays until they stand in a table: Arrow's functions cost a microsecond or two a call, those
of pandas fifty, and most files are so small that the number of calls is what they cost.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Text: TypeAlias = pa.LargeStringArray
_PANDAS = pd.StringDtype("pyarrow", na_value=np.nan)


def cut(data: bytes, start: Ints, end: Ints) -> Text:
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
    return pa.LargeStringArray.from_buffers(len(length), pa.py_buffer(offsets), pa.py_buffer(gathered))


def of(values: Any) -> Text:
    """Words, or a column of a table, as a column."""
    if isinstance(values, pa.Array):
        return values
    made = pa.array(values, pa.large_string())
    if isinstance(made, pa.Array):
        return made
    return made.chunk(0) if made.num_chunks == 1 else made.combine_chunks()


def column(text: Text) -> pd.arrays.ArrowStringArray:
    """The same for a table."""
    return pd.arrays.ArrowStringArray(text, dtype=_PANDAS)  # type: ignore[call-arg]


def constant(text: str, size: int) -> Text:
    """The same text in every row."""
    return pa.repeat(pa.scalar(text, pa.large_string()), size)


def strip(text: Text) -> Text:
    """Without white space around."""
    return pc.utf8_trim_whitespace(text)


def equal(text: Text, other: Text | str) -> Flags:
    """Where a column is such a text, or that of another column."""
    return flags(pc.equal(text, other))


def matches(text: Text, pattern: str) -> Flags:
    """Where the whole text is of a pattern (RE2)."""
    return flags(pc.match_substring_regex(text, pattern=f"^({pattern})$"))


def length(text: Text) -> npt.NDArray[np.int32]:
    """How many characters each has."""
    return pc.utf8_length(text).to_numpy()


def repeated(text: Text, among: Ints) -> Flags:
    """Where a text has come before in a row of the same number."""
    codes = text.dictionary_encode()
    key = among * len(codes.dictionary) + codes.indices.to_numpy()
    again = np.ones(len(key), bool)
    again[np.unique(key, return_index=True)[1]] = False
    return again


def flags(found: pa.BooleanArray) -> Flags:
    """An Arrow array of truth values as one of numpy."""
    return found.to_numpy(zero_copy_only=False)
