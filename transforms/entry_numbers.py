"""Entry numbers in a row, each with its check digit."""

from __future__ import annotations

import numpy as np
import pandas as pd

from transforms.conditions.header import check_digit

LAST = 9_999_999


class NoSuchNumbers(ValueError):
    """Entry numbers that there are not."""


def following(filer_code: str, first: int, count: int, offset: int = 0) -> list[str]:
    """``count`` entry numbers of a filer from the seven digits ``first`` on; ``offset`` is that of its check digits.

    Raises
        NoSuchNumbers: the filer code has no check digits, or the numbers run out.
    """
    if first < 0 or first + count - 1 > LAST:
        raise NoSuchNumbers(f"{count} entry numbers from {first:07} on are more than there are, expected up to {LAST}")
    number = pd.Series(np.arange(first, first + count), dtype="int64").astype("str").str.zfill(7)
    digit = check_digit(pd.Series(filer_code, number.index, dtype="str"), number)
    if (digit < 0).any():
        raise NoSuchNumbers(f"{filer_code!r} is no filer code, expected three letters or digits")
    return (number + ((digit + offset) % 10).astype("str")).tolist()
