"""The rate each tariff number was charged at, told from duty, value and quantity as filed.

A summary states amounts, not rates. The rate is the roundest one that gives the filed duty to the cent (half up, AE
usage note hh): a share of the value, or an amount per unit. Rows of one number and origin take the rate of their
largest row where it gives their duty too, because a small amount fits many rates.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from transforms.money import MILLION, half_up

FREE, OTHER = "free", "other"
#: Steps of a rate in parts per million (a percent is 10,000) or in millionths of a dollar per unit (a cent likewise).
STEPS = (10_000, 1_000, 500, 100)
LARGEST = 10**14  # hundredths of a cent and the like: beyond it a product may leave 64 bits, and no rate is told

Integers = npt.NDArray[np.integer]


def rates(
    group: Integers, base_cents: Integers, duty_cents: Integers, quantity: Integers, unit: pd.Series
) -> pd.Series:
    """The rate of each row in words: ``free``, ``3.4%``, ``41.2c/KG``, or ``other`` (compound, or no such rate).

    ``group`` numbers the rows that are likely to share a rate; ``quantity`` is in hundredths of ``unit``.
    """
    percent = _fitting(group, base_cents, duty_cents)
    specific = _fitting(group, np.where(unit == "", 0, quantity), duty_cents)
    words = np.full(len(group), OTHER, dtype=object)
    told = percent >= 0
    words[told] = _named(percent[told], "%")
    told = ~told & (specific >= 0)
    words[told] = _named(specific[told], "c/") + unit.to_numpy(dtype=object)[told]
    words[duty_cents == 0] = FREE
    return pd.Series(words, dtype="str")


def _fitting(group: Integers, base: Integers, duty: Integers) -> Integers:
    """The rate of each row over ``base``, -1 where none fits."""
    own = np.full(len(base), -1, np.int64)
    sound = (base > 0) & (duty > 0) & (base < LARGEST // STEPS[0]) & (duty < LARGEST // 100)
    for step in reversed(STEPS):
        divisor = np.where(sound, base, 1) * step
        rate = (2 * np.where(sound, duty, 0) * MILLION + divisor) // (2 * divisor) * step
        fits = sound & (rate > 0) & (half_up(np.where(sound, base, 0) * rate, MILLION) == duty)
        own = np.where(fits, rate, own)
    if not len(base):
        return own
    largest = pd.Series(np.where(sound, base, -1)).groupby(group).idxmax()
    shared = np.zeros(group.max() + 1, np.int64)
    shared[largest.index] = own[largest.to_numpy()]
    shared = shared[group]
    # the product fits: a rate that is far too high for the row is not tried
    near = sound & (shared > 0) & (base < (LARGEST * 100) // np.maximum(shared, 1))
    return np.where(near & (half_up(np.where(near, base * shared, 0), MILLION) == duty), shared, own)


def _named(rate: Integers, suffix: str) -> np.ndarray:
    values, at = np.unique(rate, return_inverse=True)
    names = [f"{r // 10_000}.{r % 10_000:04d}".rstrip("0").rstrip(".") + suffix for r in values.tolist()]
    return np.array(names, dtype=object)[at] if names else np.array([], dtype=object)
