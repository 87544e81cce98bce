"""Decimal numbers of X12 (type R, and N with implied places) as exact integers with a scale. No float.

A quantity of fifteen digits times a price of seventeen does not fit 64 bits, so products are computed as Python's own
integers, in object columns; what is stored fits again.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

#: Digits that fit a BIGINT.
DIGITS = 18
#: The largest amount that is taken: fifteen digits, as in X12 element 610.
MOST_CENTS = 10**15 - 1


@dataclass(frozen=True, slots=True)
class Decimals:
    """A column of exact numbers: ``units / 10**scale`` where ``known`` (0 elsewhere). ``units`` is ``int64``."""

    units: np.ndarray
    scale: np.ndarray
    known: np.ndarray

    def column(self) -> pd.arrays.IntegerArray:
        """``units`` as a nullable column."""
        return pd.arrays.IntegerArray(self.units.copy(), ~self.known)


def parse(text: pd.Series) -> Decimals:
    """Numbers of type R: digits with an optional sign and an optional decimal point (X12.6, 3.2.3). Zeros that say
    nothing behind the point are dropped, so equal numbers are equal. Anything else, and what has more than
    :data:`DIGITS` digits, is not known.
    """
    parts = text.astype("str").str.strip().str.extract(r"^([+-]?)0*([0-9]*)(?:\.([0-9]*?)0*)?$")
    sign, whole, behind = (parts[name].fillna("").to_numpy(dtype=object) for name in (0, 1, 2))
    digits = pd.Series(whole + behind, dtype="str")
    has_digit = text.str.contains(r"[0-9]", regex=True).to_numpy(bool)
    known = parts[0].notna().to_numpy() & has_digit & (digits.str.len() <= DIGITS).to_numpy()
    units = pd.to_numeric(digits.where(known & (digits != "").to_numpy(), "0")).to_numpy(np.int64)
    scale = pd.Series(behind, dtype="str").str.len().to_numpy(np.int64)
    return Decimals(np.where(sign == "-", -units, units), np.where(known, scale, 0), known)


def implied(text: pd.Series) -> pd.Series:
    """Numbers of type N2 as they are: integers of the smallest unit (``Int64``); NA where there is none.

    A decimal point, which type N does not know but senders write, is taken at its word: ``12.5`` is 1250.
    """
    pointed = text.str.contains(".", regex=False).to_numpy(bool)
    number = parse(text)
    fits = number.known & (number.scale <= 2) & (np.abs(number.units) <= MOST_CENTS // 100)
    fits |= number.known & ~pointed & (np.abs(number.units) <= MOST_CENTS)
    moved = np.where(pointed, 10 ** (2 - np.minimum(number.scale, 2)), 1)
    units = np.where(fits, number.units, 0) * moved
    return pd.Series(pd.arrays.IntegerArray(units.astype(np.int64), ~fits), index=text.index)


def cents_of(quantity: Decimals, price: Decimals, per: np.ndarray) -> pd.Series:
    """``quantity`` times ``price``, where the price is for ``per`` units, in cents rounded half up (a negative amount
    as its positive, so that a credit is what was charged). NA where one is not known or the amount exceeds
    :data:`MOST_CENTS`.
    """
    known = quantity.known & price.known
    tens = np.array([10**n for n in range(2 * DIGITS + 1)], dtype=object)
    product = quantity.units.astype(object) * price.units.astype(object) * 100
    divisor = tens[(quantity.scale + price.scale).astype(int)] * per.astype(object)
    size = (2 * np.abs(product) + divisor) // (2 * divisor) if len(product) else product
    fits = known & (size <= MOST_CENTS).astype(bool)
    cents = np.where(fits, np.where(product < 0, -size, size), 0).astype(np.int64)
    return pd.Series(pd.arrays.IntegerArray(cents, ~fits))
