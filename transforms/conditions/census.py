"""Census warnings and their overrides (AE chapter, July 2026, usage note cc, AE Tables 10 and 11; Appendix H).

The ranges of the Census Bureau are not public: a warning is raised for the tariff numbers whose range the operator
has loaded (table ``census``: lowest and highest value per unit 1, millionths of a dollar).
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from transforms.conditions.codes import codes, lists
from transforms.conditions.columns import Mask, filled, has, repeated, spread
from transforms.conditions.registry import condition
from transforms.conditions.tariff import rate_dates

WARNINGS = tuple(name.partition(":")[2] for name in lists() if name.startswith("census_override:"))
LOW, HIGH = "27C", "27D"
CODE, OVERRIDE = ("CW02", "census_warning_condition_code_#"), ("CW02", "census_warning_condition_override_code_#")


def _range(es, world) -> pd.DataFrame:
    """``low`` and ``high`` (millionths of a dollar per unit 1) beside each 50 record; NA where no range is in force."""
    place = np.flatnonzero(es.tariff.hts_number.isin(world.ref["census"].hts_number))
    asked = pd.DataFrame({"hts_number": es.tariff.hts_number, "on_date": rate_dates(es, world.today)}).iloc[place]
    pairs = asked.assign(place=place).merge(world.ref["census"], on="hts_number")
    current = (pairs.valid_from <= pairs.on_date) & (pairs.valid_to.isna() | (pairs.on_date <= pairs.valid_to))
    ranges = pairs[current].drop_duplicates("place", keep="last").set_index("place")[["low", "high"]]
    return ranges.reindex(range(len(es.tariff))).astype("Int64")


def _outside(es, world, warning: str) -> pd.Series:
    """50 records whose value per unit lies beyond the range on ``warning``'s side; never a set header (note k)."""
    bounds, t = _range(es, world), es.tariff
    # value in cents, quantity in hundredths: both sides times quantity, in millionths of a dollar times hundredths
    value = t.value_cents * 1_000_000
    beyond = (value < bounds.low * t.quantity_1) if warning == LOW else (value > bounds.high * t.quantity_1)
    return beyond & t.quantity_1.gt(0) & es.of_line("tariff", "set_indicator").ne("X")


def _overridden(es, warning: str) -> pd.Series:
    """Lines that override ``warning`` by a code that AE Table 11 allows for it."""
    override = es.census_override
    allowed = override.override_code.isin(codes(f"census_override:{warning}"))
    return has(es, "census_override", override.condition_code.eq(warning) & allowed, by="line")


def _warn(warning: str, side: str) -> None:
    @condition(
        warning,
        "W",
        on="tariff",
        at=("50", "value_of_goods_amount"),
        why=f"the value per unit is {side} than what the Census Bureau has seen for this tariff number",
        mend="correct value or quantity, or confirm them by an override (CW02 record, or a CW message afterwards)",
        needs=("census",),
    )
    def improbable(es, world) -> Mask:
        return _outside(es, world, warning) & ~spread(es, "tariff", _overridden(es, warning), "line")


_warn(LOW, "lower")
_warn(HIGH, "higher")


@condition(
    "484",
    "F",
    on="census_override",
    at=CODE,
    why="an override names a census warning of AE Table 11",
    mend="use one of the codes 27A to 27Q or 28E",
)
def warning_unknown(es, world):
    return filled(es.census_override.condition_code) & ~es.census_override.condition_code.isin(WARNINGS)


@condition(
    "485",
    "F",
    on="census_override",
    at=CODE,
    why="an override answers a warning that the line has raised",
    mend="leave the override out",
    needs=("census",),
)
def warning_not_raised(es, world):
    override = es.census_override
    judged = has(es, "tariff", _range(es, world).high.notna(), by="line")  # only lines whose range is known
    unraised = pd.Series(False, index=override.index)
    for warning in (LOW, HIGH):
        raised = has(es, "tariff", _outside(es, world, warning), by="line")
        unraised |= override.condition_code.eq(warning) & spread(
            es, "census_override", judged & ~raised, "line"
        ).astype(bool)
    return unraised


@condition(
    "487",
    "F",
    on="census_override",
    at=OVERRIDE,
    why="each warning can be overridden by certain codes only (AE Table 11)",
    mend="use a code that fits the warning",
)
def override_not_allowed(es, world):
    override = es.census_override
    known = override.condition_code.isin(WARNINGS) & override.override_code.isin(codes("census_override"))
    allowed = pd.Series(False, index=override.index)
    for warning in WARNINGS:
        allowed |= override.condition_code.eq(warning) & override.override_code.isin(
            codes(f"census_override:{warning}")
        )
    return known & ~allowed


@condition(
    "488",
    "F",
    on="census_override",
    at=CODE,
    why="each warning is overridden once",
    mend="leave the repetition out",
)
def warning_repeated(es, world):
    return repeated(es, "census_override", "line", "condition_code")
