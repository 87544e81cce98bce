"""Statistics that a few odd values do not move."""

from __future__ import annotations

import numpy as np
import pandas as pd

#: A median absolute deviation times this is the standard deviation of a normal distribution.
NORMAL = 1.4826


def spread(values: pd.Series, by: list[np.ndarray] | np.ndarray) -> pd.DataFrame:
    """``n``, ``median`` and ``mad`` (median absolute deviation) of the values of each group."""
    groups = values.groupby(by)
    middle = groups.transform("median")
    return pd.DataFrame(
        {"n": groups.size(), "median": groups.median(), "mad": (values - middle).abs().groupby(by).median()}
    )


def robust_z(value: np.ndarray, median: np.ndarray, mad: np.ndarray, floor: float) -> np.ndarray:
    """How many robust deviations a value lies from the median; ``floor`` is the least deviation that is believed, so
    that many equal values do not make the next one an outlier."""
    return (value - median) / np.maximum(NORMAL * mad, floor)


def smoothed(hits: np.ndarray, of: np.ndarray, prior: float, rate: float) -> np.ndarray:
    """Rates as if ``prior`` further cases at the common ``rate`` had been seen: few cases stay near it."""
    return (hits + prior * rate) / (of + prior)
