"""The records behind a total, as the filing counts them."""

from __future__ import annotations

import pandas as pd

from transforms.filing.lines import PROCESSING

FIGURES = ("value_cents", "component_value_cents", "duty_cents", "amount_cents")


def stated(class_code: str) -> bool:
    """Whether a filing counts what the filers' totals (record 89) say of an accounting class, not what their lines do:
    so for the processing fee, which is held between a minimum and a maximum per summary."""
    return class_code == PROCESSING


def counted(found: pd.DataFrame) -> pd.DataFrame:
    """Records 50 with the value of components of a set (V) apart, as their header (X) has stated it already."""
    inside = found["set_indicator"] == "V"
    component = found["value_cents"].where(inside, 0)
    at = list(found).index("value_cents") + 1
    out = found.assign(value_cents=found["value_cents"].mask(inside, 0))
    out.insert(at, "component_value_cents", component)
    return out


def totals(found: pd.DataFrame) -> dict[str, int]:
    """The sum of each figure, in cents, under its name without ``_cents``."""
    return {c[:-6]: int(found[c].fillna(0).sum()) for c in FIGURES if c in found}


def columns(found: pd.DataFrame) -> pd.Series:
    """First and last column of each figure in its record: value and duty, or the amount."""
    if "start" in found:
        return found["start"].astype("str") + "-" + found["end"].astype("str")
    return found["value_columns"] + " " + found["duty_columns"]
