"""Statement numbers: daily ``DDFYJJJXXX`` (chapter 05, page 8), monthly ``DDCYPMMXXX`` (chapter 05b, page 5).

``DD`` is the district, the first two digits of the port. ``FY`` is the fiscal year of the print date, which begins on
1 October; ``JJJ`` its day in the calendar year. ``CY`` and ``MM`` are those of the statement month. ``XXX`` is handed
out by whoever keeps the sequence: it is alphanumeric, "due to the increase in the numbers of statements" (Q7, page 28).
"""

from __future__ import annotations

import numpy as np
import pandas as pd

_DIGITS = np.array(list("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
_DECIMAL = 999  # 001 to 999 stay decimal; then A00 to ZZZ
#: The last sequence there is: every three characters that begin with a letter, after 999.
LAST = _DECIMAL + 26 * 36 * 36


class NumbersExhausted(ValueError):
    """More statements of one district and day or month than three characters can tell apart."""


def sequence_text(sequence: pd.Series) -> pd.Series:
    """``XXX`` of each 1-based sequence: 1 is ``001``, 1000 is ``A00``. Ascending as text.

    Raises :class:`NumbersExhausted` beyond :data:`LAST` and ValueError below 1.
    """
    number = sequence.to_numpy(dtype=np.int64)
    if (number < 1).any():
        raise ValueError("a statement sequence begins at 1")
    if (number > LAST).any():
        raise NumbersExhausted(f"statement sequence {number.max()} is beyond {LAST}")
    decimal = pd.Series(number, sequence.index).astype("str").str.zfill(3)
    code = np.maximum(number - _DECIMAL - 1, 0) + 10 * 36 * 36  # from A00, read as three digits of base 36
    letters = pd.Series(_DIGITS[code // 1296 % 36], sequence.index, dtype="str")
    letters = letters + _DIGITS[code // 36 % 36].astype(object) + _DIGITS[code % 36].astype(object)
    return decimal.where(number <= _DECIMAL, letters).astype("str")


def daily_prefix(port: pd.Series, print_date: pd.Series) -> pd.Series:
    """``DDFYJJJ`` of each port and print date."""
    day = print_date.dt
    fiscal = (day.year + (day.month >= 10).astype("int64")) % 100
    return _text(port.str[:2], _zero(fiscal, 2), _zero(day.day_of_year, 3))


def monthly_prefix(port: pd.Series, month: pd.Series) -> pd.Series:
    """``DDCYPMM`` of each port and statement month."""
    return _text(port.str[:2], _zero(month.dt.year % 100, 2), "P", _zero(month.dt.month, 2))


def assign(prefix: pd.Series, last: dict[str, int]) -> tuple[pd.Series, pd.Series]:
    """Numbers in the order of the rows, and the sequence of each; ``last`` is the sequence last used of a prefix."""
    sequence = prefix.groupby(prefix).cumcount() + 1 + prefix.map(last).fillna(0).astype("int64")
    return (prefix + sequence_text(sequence)).astype("str"), sequence.astype("int64")


def _zero(number: pd.Series, width: int) -> pd.Series:
    return number.astype("int64").astype("str").str.zfill(width)


def _text(first: pd.Series, *parts: pd.Series | str) -> pd.Series:
    text = first.astype("str")
    for part in parts:
        text = text + part
    return text.astype("str")
