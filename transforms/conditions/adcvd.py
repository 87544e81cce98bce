"""Antidumping and countervailing cases of a line (AE chapter, July 2026, ESF-98 to ESF-100, usage note ff).

Only the message's own arithmetic is judged here; what a case allows needs a table of cases.
"""

from __future__ import annotations

import pandas as pd

from transforms.conditions.columns import AD_CVD, filled, has, spread
from transforms.conditions.line import cites, value
from transforms.conditions.registry import condition


@condition(
    "706",
    "F",
    on="header",
    at=("10", "entry_type_code"),
    why="an AD/CVD entry type is filed for at least one case",
    mend="report the case on a 53 record, or file the goods under another type",
)
def no_case(es, world):
    return es.header.entry_type.isin(AD_CVD) & ~has(es, "adcvd")


@condition(
    "544",
    "F",
    on="adcvd",
    at=("53", "case_number"),
    why="a case number begins with A (antidumping) or C (countervailing)",
    mend="give the ten characters of the case without hyphens",
)
def case_prefix(es, world):
    return filled(es.adcvd.case_number) & ~es.adcvd.case_number.str.startswith(("A", "C"))


@condition(
    "545",
    "F",
    on="adcvd",
    at=("53", "case_number"),
    why="a line has at most one antidumping and one countervailing case",
    mend="split the line by case",
)
def two_of_a_kind(es, world):
    kind = es.adcvd.case_number.str.slice(0, 1)
    return filled(kind) & es.adcvd.assign(kind=kind).duplicated(["line", "kind"])


@condition(
    "507",
    "F",
    on="adcvd",
    at=("53", "case_number"),
    why="the cases of a set stand on its components, not on its header",
    mend="report the case on the V line it belongs to",
)
def case_on_set_header(es, world):
    return es.of_line("adcvd", "set_indicator").eq("X")


@condition(
    "509",
    "F",
    on="adcvd",
    at=("53", "case_number"),
    why="goods returned after repair or alteration (9802.00.40 and .50) are outside AD/CVD",
    mend="leave the 53 record out",
)
def case_on_repair(es, world):
    return spread(es, "adcvd", cites(es, "98020040", "98020050"), "line")


@condition(
    "541",
    "F",
    on="adcvd",
    at=("53", "ad_cvd_quantity"),
    why="an ad valorem rate is taken of the value",
    mend="fill columns 35 to 46 with zeros",
)
def quantity_at_ad_valorem(es, world):
    return es.adcvd.rate_type.eq("A") & es.adcvd.quantity.gt(0)


@condition(
    "542",
    "F",
    on="adcvd",
    at=("53", "ad_cvd_value_of_goods_amount"),
    why="a specific rate is taken of the quantity",
    mend="fill columns 25 to 34 with zeros",
)
def value_at_specific(es, world):
    return es.adcvd.rate_type.eq("S") & es.adcvd.value_cents.gt(0)


@condition(
    "575",
    "F",
    on="adcvd",
    at=("53", "ad_cvd_quantity"),
    why="a specific rate is taken of a quantity",
    mend="give the quantity with four implied decimals in columns 35 to 46",
)
def quantity_missing(es, world):
    return es.adcvd.rate_type.eq("S") & es.adcvd.quantity.fillna(0).eq(0)


def expected_duty(es) -> pd.Series:
    """Cents that rate and value (or quantity) of each case make, rounded half up; NA where rate or kind is missing.

    Rate: hundredths of a percent (A), cents per unit (S). Value: the case's own, else the line's. Quantity: in
    ten-thousandths.
    """
    case = es.adcvd
    base = case.value_cents.where(case.value_cents.gt(0), spread(es, "adcvd", value(es), "line").astype("Int64"))
    by_value = (base * case.rate + 5_000) // 10_000
    by_quantity = (case.quantity.fillna(0) * case.rate + 5_000) // 10_000
    return by_value.where(case.rate_type.eq("A"), by_quantity.where(case.rate_type.eq("S")))


@condition(
    "576",
    "F",
    on="adcvd",
    at=("53", "ad_cvd_duty_amount"),
    why="the duty of a case is its rate times the value (or quantity), to the cent",
    mend="compute it again and round half up",
)
def duty_differs(es, world):
    return es.adcvd.duty_cents != expected_duty(es)
