"""Quantities in units that can be compared: X12's (element 355) and customs' (CATAIR appendix), by ``units.csv``."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

#: A quantity in its base unit is counted in millionths, so that a foot and a pound keep what customs' hundredths see.
MILLION = 1_000_000


@cache
def units(which: str) -> pd.DataFrame:
    """``unit base numerator denominator`` of the list ``x12`` or ``customs``."""
    table = pd.read_csv(Path(__file__).with_name("units.csv"), dtype="str", keep_default_na=False)
    table = table[table["list"].eq(which)].set_index("unit")
    return table.astype({"numerator": "int64", "denominator": "int64"})


def in_base(quantity: pd.Series, scale: pd.Series | int, unit: pd.Series, which: str) -> tuple[np.ndarray, pd.Series]:
    """Quantities (``quantity / 10**scale``) in millionths of their base unit (``int64``, rounded half up), and that
    unit; blank, and 0, where the quantity is missing, the unit is none of the list, or the number does not fit."""
    table = units(which)
    base = unit.map(table["base"].to_dict()).astype(object)
    base = base.where(base.notna(), "").astype("str")
    numerator = unit.map(table["numerator"]).fillna(0).to_numpy(np.int64).astype(object)
    denominator = unit.map(table["denominator"]).fillna(1).to_numpy(np.int64).astype(object)
    tens = np.array([10**n for n in range(19)], dtype=object)
    places = np.broadcast_to(np.asarray(scale, np.int64), len(quantity))
    below = denominator * tens[places]
    above = quantity.fillna(0).to_numpy(np.int64).astype(object) * numerator * MILLION
    amount = (2 * above + below) // (2 * below) if len(above) else above
    fits = (np.abs(amount) < 2**62).astype(bool) & quantity.notna().to_numpy()
    base = base.where(fits, "")
    return np.where(base.ne(""), amount, 0).astype(np.int64), base
