"""Days and times of day, in columns of text."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from parsers.x12 import texts
from parsers.x12.texts import Text

Flags = npt.NDArray[np.bool_]


def are_dates(text: Text, length: int) -> Flags:
    """Which texts are a day of the calendar: YYMMDD or CCYYMMDD, not before 1800."""
    well = texts.matches(text, f"[0-9]{{{length}}}")
    digits = pc.cast(pc.if_else(pa.array(well), text, "0"), pa.int64()).to_numpy()
    year, month, day = digits // 10_000, digits // 100 % 100, digits % 100
    full = year + np.where(year < 50, 2000, 1900) if length == 6 else year
    leap = (full % 4 == 0) & ((full % 100 != 0) | (full % 400 == 0))
    days = np.array([0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])[np.where(month <= 12, month, 0)]
    return well & (full >= 1800) & (day >= 1) & (day <= days + (leap & (month == 2)))


def are_times(text: Text) -> Flags:
    """Which texts are a time of day: HHMM, HHMMSS, or that with tenths or hundredths."""
    return texts.matches(text, r"([01][0-9]|2[0-3])[0-5][0-9]([0-5][0-9][0-9]{0,2})?")
