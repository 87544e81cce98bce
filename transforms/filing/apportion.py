"""Whole cents shared out so that they add up: the largest remainder method, over all groups at once."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Integers = npt.NDArray[np.int64]
DIGIT = 16  # bits of a digit of the long division
DIGITS = 3


def apportion(amount: Integers, weight: Integers, of: Integers) -> Integers:
    """Share ``amount`` (cents, one per group) over rows in proportion to ``weight`` (not negative), each row in ``of``.

    A row gets the whole cents of its share; the cents left over go to the largest remainders, the first row first where
    they are equal, so the rows of a group add up to its amount exactly. A group without any weight is shared equally.
    A group without rows shares nothing out: its amount is missing from the result.
    Exact for amounts below 2**48 and weights that add up to less than 2**46 (700 billion dollars) in a group.
    """
    groups = len(amount)
    weight = np.where(_sums(weight, of, groups)[of] == 0, 1, weight)
    total = np.maximum(_sums(weight, of, groups), 1)[of]
    size: Integers = np.abs(amount)
    share, remainder = _divided(size[of], weight, total)
    left = size - _sums(share, of, groups)
    short = np.flatnonzero(left[of] > 0)
    order = short[np.lexsort((short, -remainder[short], of[short]))]
    group = of[order]
    rank = np.arange(len(order)) - np.searchsorted(group, group)
    share[order[rank < left[group]]] += 1
    return share * np.sign(amount)[of]


def _divided(size: Integers, weight: Integers, total: Integers) -> tuple[Integers, Integers]:
    """``size * weight / total`` and what remains, digit by digit: the product itself need not fit 64 bits."""
    share: Integers = np.zeros(len(size), np.int64)
    remainder: Integers = np.zeros(len(size), np.int64)
    for place in reversed(range(DIGITS)):
        digit = size >> (place * DIGIT) & ((1 << DIGIT) - 1)
        product = (remainder << DIGIT) + digit * weight
        quotient, remainder = np.divmod(product, total)
        share = (share << DIGIT) + quotient
    return share, remainder


def _sums(values: Integers, of: Integers, groups: int) -> Integers:
    out = np.zeros(groups, np.int64)
    np.add.at(out, of, values)
    return out
