"""The order of dates, and what a statement date may be (AE chapter, July 2026, usage notes h, j and y)."""

from __future__ import annotations

import numpy as np
import pandas as pd

from transforms.conditions.columns import filled, has, today
from transforms.conditions.registry import condition

MONTHLY = ("6", "7", "8")  # payment types of the periodic monthly statement


def _holidays(world) -> np.ndarray:
    return pd.to_datetime(world.ref["holidays"]["date"]).to_numpy("datetime64[D]")


@condition(
    "263",
    "F",
    on="header",
    at=("10", "payment_type_code"),
    why="a filing says how it is to be paid (a correction after payment excepted)",
    mend="give the payment type in column 51",
    needs=("state",),
)
def payment_type_missing(es, world):
    h = es.header
    under_cbp = h.filer_code + h.entry_number
    paid = _entries(world.state[world.state["control"].eq("cbp")]) if "control" in world.state else ()
    return h.payment_type.eq("") & h.psc.ne("Y") & ~under_cbp.isin(paid)


def _entries(state: pd.DataFrame) -> pd.Series:
    return state["filer_code"] + state["entry_number"]


@condition(
    "199",
    "F",
    on="header",
    at=("10", "preliminary_statement_print_date"),
    why="an individual payment (type 1) stands on no statement",
    mend="leave columns 52 to 57 blank, or choose a statement payment type",
)
def print_date_without_statement(es, world):
    return es.header.payment_type.eq("1") & filled(es.header.statement_date)


@condition(
    "200",
    "F",
    on="header",
    at=("10", "periodic_statement_month"),
    why="a statement month belongs to the monthly statement (types 6, 7 and 8)",
    mend="leave columns 58 to 59 blank, or choose payment type 6, 7 or 8",
)
def month_without_monthly(es, world):
    return filled(es.header.statement_month) & ~es.header.payment_type.isin(MONTHLY)


@condition(
    "202",
    "F",
    on="header",
    at=("10", "preliminary_statement_print_date"),
    why="a summary paid on a statement names the day it is to be printed on",
    mend="give the print date as MMDDYY in columns 52 to 57",
)
def print_date_missing(es, world):
    return es.header.payment_type.isin(("2", "3", "5", *MONTHLY)) & es.header.statement_date.isna()


@condition(
    "204",
    "F",
    on="header",
    at=("10", "preliminary_statement_print_date"),
    why="statements are printed on working days",
    mend="choose a day that is neither Saturday, Sunday nor a federal holiday",
    needs=("holidays",),
)
def print_date_not_working_day(es, world):
    day = es.header.statement_date
    return day.dt.day_of_week.ge(5) | day.isin(_holidays(world))


@condition(
    "205",
    "F",
    on="header",
    at=("10", "preliminary_statement_print_date"),
    why="a statement is printed after the summary arrives",
    mend="choose a print date later than today",
)
def print_date_not_ahead(es, world):
    return es.header.statement_date <= today(world)


@condition(
    "206",
    "F",
    on="header",
    at=("10", "preliminary_statement_print_date"),
    why="a summary is scheduled for a statement at most 90 days ahead",
    mend="choose a print date within 90 days",
)
def print_date_too_far(es, world):
    return es.header.statement_date > today(world) + pd.Timedelta(days=90)


@condition(
    "211",
    "F",
    on="header",
    at=("10", "periodic_statement_month"),
    why="a summary on the monthly statement names the month",
    mend="give the month as 01 to 12 in columns 58 to 59",
)
def month_missing(es, world):
    return es.header.payment_type.isin(MONTHLY) & es.header.statement_month.eq("")


@condition(
    "212",
    "F",
    on="header",
    at=("10", "periodic_statement_month"),
    why="a month is 01 to 12",
    mend="give the month as 01 to 12 in columns 58 to 59",
)
def month_unknown(es, world):
    return filled(es.header.statement_month) & ~_month(es).between(1, 12)


def _month(es) -> pd.Series:
    text = es.header.statement_month
    return pd.to_numeric(text.where(text.str.fullmatch(r"\d\d"), "0")).astype("int64")


@condition(
    "213",
    "F",
    on="header",
    at=("10", "periodic_statement_month"),
    why="the statement month is this month or one of the next two",
    mend="choose a nearer month",
)
def month_too_far(es, world):
    month = _month(es)
    ahead = (month - world.today.month) % 12
    return es.header.payment_type.isin(MONTHLY) & month.between(1, 12) & ahead.gt(2)


@condition(
    "208",
    "F",
    on="header",
    at=("10", "payment_type_code"),
    why="the monthly statement is open to importers with a continuous bond",
    mend="report the continuous bond (type 8), or choose another payment type",
)
def monthly_without_continuous_bond(es, world):
    h = es.header
    return h.payment_type.isin(MONTHLY) & ~has(es, "bond", es.bond.bond_type.eq("8")) & h.bond_waiver.ne("0")


@condition(
    "718",
    "F",
    on="header",
    at=("10", "payment_type_code"),
    why="goods that owe internal revenue tax are not paid on the monthly statement",
    mend="choose payment type 1, 2, 3 or 5",
)
def taxed_on_monthly(es, world):
    return es.header.payment_type.isin(MONTHLY) & has(es, "tax")


@condition(
    "218",
    "F",
    on="header",
    at=("11", "estimated_entry_date"),
    why="goods are entered before their statement is printed",
    mend="bring the estimated entry date forward, or print the statement later",
)
def entered_after_statement(es, world):
    return es.header.entry_date > es.header.statement_date


@condition(
    "190",
    "F",
    on="header",
    at=("11", "date_of_importation"),
    why="goods are imported before they move on in bond",
    mend="correct the date of importation or the in-bond date",
)
def imported_after_in_bond(es, world):
    return es.header.import_date > es.header.in_transit_date


@condition(
    "191",
    "F",
    on="header",
    at=("20", "in_bond_in_transit_date"),
    why="goods move in bond before they are entered (temporary importations excepted)",
    mend="correct the in-bond date or the estimated entry date",
)
def in_bond_after_entry(es, world):
    h = es.header
    return (h.in_transit_date > h.entry_date) & h.entry_type.ne("23")


@condition(
    "192",
    "F",
    on="header",
    at=("20", "in_bond_in_transit_date"),
    why="an in-bond movement is at most two years old",
    mend="check the year of the in-bond date",
)
def in_bond_too_old(es, world):
    return es.header.in_transit_date < today(world) - pd.DateOffset(years=2)


@condition(
    "420",
    "F",
    on="line",
    at=("40", "date_of_exportation"),
    why="goods are exported before they move in bond",
    mend="correct the date of exportation or the in-bond date",
)
def exported_after_in_bond(es, world):
    return es.line.export_date > es.of_header("line", "in_transit_date")


@condition(
    "426",
    "F",
    on="line",
    at=("40", "date_of_exportation"),
    why="goods are exported before they are imported",
    mend="correct the date of exportation or the date of importation",
)
def exported_after_import(es, world):
    return es.line.export_date > es.of_header("line", "import_date")


@condition(
    "760",
    "F",
    on="header",
    at=("11", "date_of_importation"),
    why="a temporary importation is entered within a year of importation (six months for 9813.00.75)",
    mend="enter the goods for consumption, or correct the date of importation",
    needs=("state",),
)
def temporary_period_expired(es, world):
    h = es.header
    six_months = has(es, "tariff", es.tariff.hts_number.str.startswith("98130075"))
    limit = pd.Series(today(world) - pd.DateOffset(months=12), index=h.index)
    limit = limit.mask(six_months, today(world) - pd.DateOffset(months=6))
    on_file = (h.filer_code + h.entry_number).isin(_entries(world.state))
    return h.entry_type.eq("23") & (h.import_date < limit) & ~on_file


@condition(
    "127",
    "F",
    on="header",
    at=("11", "date_of_importation"),
    why="a trade agreement reconciliation claim counts from the importation",
    mend="give the date of importation as MMDDYY in columns 48 to 53",
)
def reconciliation_without_import_date(es, world):
    h = es.header
    return h.nafta_reconciliation.eq("Y") & h.import_date.isna() & ~h.entry_type.isin(("21", "22", "23"))


@condition(
    "824",
    "F",
    on="header",
    at=("11", "date_of_importation"),
    why="a craft beverage claim counts from the importation",
    mend="give the date of importation as MMDDYY in columns 48 to 53",
)
def craft_beverage_without_import_date(es, world):
    return has(es, "line", es.line.product_claim.eq("C")) & es.header.import_date.isna()
