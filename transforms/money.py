"""Money is integer cents, and every rounding is half up, as AE usage note (hh) prescribes. No float touches it."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
import pandas as pd

Amount = TypeVar("Amount", int, np.ndarray, pd.Series)

MILLION = 1_000_000


def half_up(numerator: Amount, denominator: int) -> Amount:
    """``numerator / denominator`` rounded to the nearest integer, halves upwards; numerators are not negative.

    A column is computed in 64 bits: the largest amount of the wire (ten digits of dollars in cents) times a million
    still fits.
    """
    return (2 * numerator + denominator) // (2 * denominator)


def at_rate(cents: Amount, parts_per_million: int) -> Amount:
    """The share of an amount at a rate in parts per million: 3464 is 0.3464 percent. Cents in, cents out, half up."""
    return half_up(cents * parts_per_million, MILLION)


def in_dollars(cents: pd.Series) -> pd.Series:
    """Cents as text in dollars and cents: 123456 is ``1234.56``; a blank amount stays blank."""
    known = cents.fillna(0).astype("int64")
    magnitude = known.abs()
    text = (magnitude // 100).astype("str") + "." + (magnitude % 100).astype("str").str.zfill(2)
    return text.where(known >= 0, "-" + text).where(cents.notna(), "")
