"""Fees of the whole summary, and classes at the wrong place (AE chapter, July 2026, usage notes p to r and jj)."""

from __future__ import annotations

import pandas as pd

from transforms.conditions.codes import codes
from transforms.conditions.columns import INFORMAL, filled, repeated, spread, total
from transforms.conditions.fees import INFORMAL_FEE, MAIL_FEE, SURCHARGE, fee_date, schedule
from transforms.conditions.registry import condition

CLASS_34, CLASS_62, CLASS_89 = (
    ("34", "accounting_class_code_#"),
    ("62", "accounting_class_code"),
    ("89", "accounting_class_code_#"),
)


@condition(
    "248",
    "F",
    on="header_fee",
    at=CLASS_34,
    why="an amount without its accounting class cannot be booked",
    mend="give the class before the amount",
)
def class_missing(es, world):
    return ~filled(es.header_fee.class_code)


@condition(
    "252",
    "F",
    on="header_fee",
    at=("34", "header_fee_amount_#"),
    why="a fee has an amount",
    mend="give the amount after the class",
)
def amount_missing(es, world):
    return es.header_fee.amount_cents.isna()


@condition(
    "250",
    "F",
    on="header_fee",
    at=CLASS_34,
    why="this fee belongs to a line, not to the summary as a whole",
    mend="report it on a 62 record",
)
def line_fee_on_header(es, world):
    return es.header_fee.class_code.isin(codes("line_fee"))


@condition(
    "250",
    "F",
    on="fee",
    at=CLASS_62,
    why="this fee belongs to the summary as a whole, not to a line",
    mend="report it on the 34 record",
)
def header_fee_on_line(es, world):
    return es.fee.class_code.isin(codes("header_fee"))


@condition(
    "250",
    "F",
    on="header_fee",
    at=CLASS_34,
    why="the mail fee is due on dutiable goods arriving by mail (mode 50) only",
    mend="leave the 496 out",
)
def mail_fee_without_mail(es, world):
    h = es.header
    dutiable_mail = h.mode_of_transport.eq("50") & (total(es, "tariff", "duty_cents") > 0)
    return es.header_fee.class_code.eq(MAIL_FEE) & ~spread(es, "header_fee", dutiable_mail)


@condition(
    "250",
    "F",
    on="header_fee",
    at=CLASS_34,
    why="an informal entry owes no manual entry surcharge",
    mend="leave the 500 out",
)
def surcharge_on_informal(es, world):
    return es.header_fee.class_code.eq(SURCHARGE) & es.of_header("header_fee", "entry_type").isin(INFORMAL)


def _class_repeated(on: str, above: str, at: tuple[str, str]) -> None:
    @condition(
        "254",
        "F",
        on=on,
        at=at,
        why="each accounting class is reported once",
        mend="add the amounts up under one class",
    )
    def again(es, world):
        return repeated(es, on, above, "class_code")


_class_repeated("header_fee", "txn", CLASS_34)
_class_repeated("fee", "line", CLASS_62)
_class_repeated("fee_total", "txn", CLASS_89)


def _informal_fee(es) -> pd.Series:
    return es.header_fee.class_code.eq(INFORMAL_FEE)


@condition(
    "637",
    "F",
    on="header_fee",
    at=CLASS_34,
    why="only an informal entry owes the informal entry fee",
    mend="leave the 311 out and report the processing fee (499) on the lines",
)
def informal_fee_on_formal(es, world):
    return _informal_fee(es) & ~es.of_header("header_fee", "entry_type").isin((*INFORMAL, ""))


@condition(
    "635",
    "F",
    on="header_fee",
    at=CLASS_34,
    why="an informal entry that arrives by mail (mode 50) owes no informal entry fee",
    mend="leave the 311 out",
)
def informal_fee_by_mail(es, world):
    informal = es.of_header("header_fee", "entry_type").isin(INFORMAL)
    return _informal_fee(es) & informal & es.of_header("header_fee", "mode_of_transport").eq("50")


@condition(
    "638",
    "F",
    on="header_fee",
    at=("34", "header_fee_amount_#"),
    why="the informal entry fee is a fixed amount (more on a consolidated summary, any amount by fixed transport)",
    mend="report the amount of that date (usage note q)",
    needs=("fees",),
)
def informal_fee_differs(es, world):
    fixed = spread(es, "header_fee", schedule(world, INFORMAL_FEE, fee_date(es, world)).fixed_cents)
    amount = es.header_fee.amount_cents
    more = es.of_header("header_fee", "consolidated").eq("Y") & (amount > fixed)
    judged = es.of_header("header_fee", "entry_type").isin(INFORMAL) & ~es.of_header(
        "header_fee", "mode_of_transport"
    ).isin(("50", "70"))
    return _informal_fee(es) & judged & (amount != fixed) & ~more


def _not_on_express(code: str, on: str, at: tuple[str, str], what: str) -> None:
    @condition(
        code,
        "F",
        on=on,
        at=at,
        why=f"a consolidated express filing owes duty only, no {what}",
        mend=f"leave the {at[0]} record out",
    )
    def owed(es, world):
        return es.of_header(on, "consolidated_express").eq("Y")


_not_on_express("786", "header_fee", CLASS_34, "header fee")
_not_on_express("787", "tax", ("60", "accounting_class_code"), "internal revenue tax")
_not_on_express("788", "fee", CLASS_62, "line fee")


@condition(
    "476",
    "F",
    on="tax",
    at=("60", "accounting_class_code"),
    why="the internal revenue tax of a set stands on its components, not on its header",
    mend="report the tax on the V line it belongs to",
)
def tax_on_set_header(es, world):
    return es.of_line("tax", "set_indicator").eq("X")


@condition(
    "651",
    "F",
    on="tax",
    at=("60", "accounting_class_code"),
    why="no internal revenue tax is collected on entry in Puerto Rico (district 49)",
    mend="leave the 60 record out",
)
def tax_in_puerto_rico(es, world):
    return es.of_header("tax", "port_of_entry").str.startswith("49")


@condition(
    "762",
    "F",
    on="other_revenue",
    at=("61", "accounting_class_code"),
    why="other revenue of a set stands on its header (X), not on a component",
    mend="leave the 61 record out of V lines",
)
def other_revenue_on_component(es, world):
    return es.of_line("other_revenue", "set_indicator").eq("V")


@condition(
    "665",
    "F",
    on="other_revenue",
    at=("61", "accounting_class_code"),
    why="the duty on coffee is collected in Puerto Rico (district 49) only",
    mend="leave the 61 record out",
)
def coffee_elsewhere(es, world):
    return es.other_revenue.class_code.eq("672") & ~es.of_header("other_revenue", "port_of_entry").str.startswith("49")
