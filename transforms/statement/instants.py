"""Instants come in UTC, or without a zone when they are already a business time; both are compared as plain times."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import numpy as np
import pandas as pd

from transforms.calendar import NEW_YORK


def plain(instants: pd.Series) -> pd.Series:
    """The same instants without their zone, in UTC."""
    if isinstance(instants.dtype, pd.DatetimeTZDtype):
        instants = instants.dt.tz_convert("UTC").dt.tz_localize(None)
    return instants.astype("datetime64[s]")


def business_day(instants: pd.Series) -> pd.Series:
    """The day in New York of each instant."""
    if isinstance(instants.dtype, pd.DatetimeTZDtype):
        instants = instants.dt.tz_convert(NEW_YORK).dt.tz_localize(None)
    return instants.astype("datetime64[s]").dt.normalize()


def look_up(days: pd.Series, look: Callable[[date], date]) -> pd.Series:
    """What a calendar says of each day, asked once for each distinct one; blank stays blank."""
    at, distinct = pd.factorize(days)
    said = [np.datetime64(look(pd.Timestamp(day).date()), "s") for day in distinct]
    return pd.Series(np.array([*said, np.datetime64("NaT", "s")], dtype="datetime64[s]")[at], days.index)
