"""Totals against what they add up: 88, 89 and 90 records (AE chapter, July 2026, ESF-128 to ESF-131, notes w and x)."""

from __future__ import annotations

import pandas as pd

from transforms.conditions.columns import AD_CVD_POSSIBLE, Same, count, filled, has, per_shard, spread, total
from transforms.conditions.fees import INFORMAL_FEE, MAIL_FEE, MPF, SURCHARGE, fee_date, schedule
from transforms.conditions.registry import condition

CLASS_89 = ("89", "accounting_class_code_#")
AMOUNT_89 = ("89", "total_fee_amount_#")


@condition(
    "700",
    "F",
    on="header",
    at=("10", "summary_filing_action_request_code"),
    why="a summary says what it owes",
    mend="send the 89 and 90 records",
)
def totals_missing(es, world):
    return (es.header.row_90 < 0) & ~has(es, "fee_total")


@condition(
    "701",
    "F",
    on="header",
    at=("10", "summary_filing_action_request_code"),
    why="a summary states its grand totals, zeros where nothing is due",
    mend="send the 90 record",
)
def grand_totals_missing(es, world):
    return es.header.row_90 < 0


@per_shard
def _keys(es) -> dict[str, pd.Series]:
    """Transaction and class of each fee row as one number, comparable between the three tables."""
    tables = {name: getattr(es, name) for name in ("fee", "header_fee", "fee_total")}
    together = pd.concat([table[["txn", "class_code"]] for table in tables.values()], keys=tables)
    numbers, known = pd.factorize(together["class_code"])
    keys = together["txn"] * (len(known) + 1) + numbers
    return {name: keys.loc[name] if len(table) else pd.Series([], dtype="int64") for name, table in tables.items()}


def _pairs(es, on: str) -> pd.Series:
    return _keys(es)[on]


def _sum_of_class(es, on: str) -> pd.Series:
    """For each fee total the sum of its class over ``es.<on>`` in the same summary; NA when there is none."""
    sums = getattr(es, on).groupby(_pairs(es, on)).amount_cents.sum()
    return _pairs(es, "fee_total").map(sums).astype("Int64").reset_index(drop=True)


@condition(
    "712",
    "F",
    on="fee_total",
    at=CLASS_89,
    why="a fee total adds up fees of its class on the 34 or 62 records",
    mend="leave the class out of the 89 record, or report the fee it stands for",
)
def total_of_nothing(es, world):
    known = pd.concat([_pairs(es, "fee"), _pairs(es, "header_fee")])
    return filled(es.fee_total.class_code) & ~_pairs(es, "fee_total").isin(known)


def _without_total(code: str, on: str, record: str, name: str) -> None:
    @condition(
        code,
        "F",
        on=on,
        at=(record, name),
        why="every fee of a summary is added up on an 89 record",
        mend="add the class and its sum to the 89 record",
    )
    def not_totalled(es, world):
        return filled(getattr(es, on).class_code) & ~_pairs(es, on).isin(_pairs(es, "fee_total"))


_without_total("715", "header_fee", "34", "accounting_class_code_#")
_without_total("716", "fee", "62", "accounting_class_code")


def _total_differs(code: str, classes: tuple[str, ...], others: bool, on: str, what: str) -> None:
    @condition(
        code,
        "F",
        on="fee_total",
        at=AMOUNT_89,
        why=f"the total of {what} is the sum of what was reported",
        mend=f"add the {'34' if on == 'header_fee' else '62'} records of the class up again",
    )
    def differs(es, world):
        concerned = es.fee_total.class_code.isin(classes) ^ others
        return concerned & (es.fee_total.amount_cents != _sum_of_class(es, on))


_total_differs("719", ("501",), False, "fee", "the harbour maintenance fee")
_total_differs("720", ("499", "501", INFORMAL_FEE, MAIL_FEE, SURCHARGE), True, "fee", "a line fee")
_total_differs("730", (MAIL_FEE,), False, "header_fee", "the mail fee")
_total_differs("731", (INFORMAL_FEE,), False, "header_fee", "the informal entry fee")
_total_differs("732", (SURCHARGE,), False, "header_fee", "the manual entry surcharge")


def _mpf(es, world) -> pd.DataFrame:
    return _bounded(es, Same(world))


@per_shard
def _bounded(es, same: Same) -> pd.DataFrame:
    """Per fee total of class 499: ``amount``, ``sum`` of its lines, bounds ``low`` and ``high``; NA for all others."""
    world = same.of
    bounds = schedule(world, MPF, fee_date(es, world))
    frame = pd.DataFrame(
        {
            "amount": es.fee_total.amount_cents,
            "sum": _sum_of_class(es, "fee"),
            "low": spread(es, "fee_total", bounds.min_cents),
            "high": spread(es, "fee_total", bounds.max_cents),
        }
    )
    judged = es.fee_total.class_code.eq(MPF) & es.of_header("fee_total", "mode_of_transport").ne("70")
    more = es.of_header("fee_total", "consolidated").eq("Y") & (frame.amount > frame.high)
    return frame.where(judged & ~more.fillna(False))


@condition(
    "639",
    "F",
    on="fee_total",
    at=AMOUNT_89,
    why="the processing fee of a summary has a minimum (usage note w)",
    mend="report the minimum of that date in the 89 and 90 records; the 62 records keep their own amounts",
    needs=("fees",),
)
def mpf_below_minimum(es, world):
    mpf = _mpf(es, world)
    return (mpf["sum"] <= mpf.low) & (mpf.amount != mpf.low)


@condition(
    "640",
    "F",
    on="fee_total",
    at=AMOUNT_89,
    why="the processing fee of a summary has a maximum (usage note w)",
    mend="report the maximum of that date in the 89 and 90 records; the 62 records keep their own amounts",
    needs=("fees",),
)
def mpf_above_maximum(es, world):
    mpf = _mpf(es, world)
    return (mpf["sum"] >= mpf.high) & (mpf.amount != mpf.high)


@condition(
    "641",
    "F",
    on="fee_total",
    at=AMOUNT_89,
    why="between minimum and maximum the processing fee is the sum of the lines (a cent of rounding per line allowed)",
    mend="add the 499 amounts of the 62 records up again",
    needs=("fees",),
)
def mpf_total_differs(es, world):
    mpf = _mpf(es, world)
    slack = spread(es, "fee_total", count(es, "fee", es.fee.class_code.eq(MPF)))
    return mpf["sum"].gt(mpf.low) & mpf["sum"].lt(mpf.high) & ((mpf.amount - mpf["sum"]).abs() > slack)


def _grand_total(code: str, column: str, name: str, what: str, added, mend: str) -> None:
    @condition(
        code, "F", on="header", at=("90", name), why=f"the grand total of {what} is the sum of its parts", mend=mend
    )
    def differs(es, world):
        return (es.header.row_90 >= 0) & (es.header[column] != added(es))


_grand_total(
    "722",
    "total_duty_cents",
    "grand_total_duty_amount",
    "duty",
    lambda es: total(es, "tariff", "duty_cents"),
    "add the duty of the 50 records up again",
)
_grand_total(
    "724",
    "total_tax_cents",
    "grand_total_ir_tax_amount",
    "internal revenue tax",
    lambda es: total(es, "tax", "amount_cents"),
    "add the 60 records up again",
)
_grand_total(
    "726",
    "total_fee_cents",
    "grand_total_user_fee_amount",
    "fees",
    lambda es: total(es, "fee_total", "amount_cents"),
    "add the 89 records up again",
)
_grand_total(
    "768",
    "total_other_cents",
    "grand_total_other_revenue_amount",
    "other revenue",
    lambda es: total(es, "other_revenue", "amount_cents"),
    "add the 61 records up again",
)


def _blank_total(code: str, column: str, name: str, what: str) -> None:
    @condition(
        code,
        "F",
        on="header",
        at=("90", name),
        why=f"the grand total of {what} is stated even when nothing is due",
        mend="fill the columns with zeros",
    )
    def blank(es, world):
        return (es.header.row_90 >= 0) & es.header[column].isna()


_blank_total("721", "total_duty_cents", "grand_total_duty_amount", "duty")
_blank_total("725", "total_fee_cents", "grand_total_user_fee_amount", "fees")
_blank_total("723", "total_tax_cents", "grand_total_ir_tax_amount", "internal revenue tax")
_blank_total("728", "total_ad_cents", "grand_total_ad_duty_amount", "antidumping duty")
_blank_total("729", "total_cvd_cents", "grand_total_cv_duty_amount", "countervailing duty")


@condition(
    "727",
    "F",
    on="header",
    at=("88", "total_bonded_ad_duty_amount"),
    why="an 88 record adds up AD/CVD cases",
    mend="leave the 88 record out, or report the cases on 53 records",
)
def adcvd_totals_of_nothing(es, world):
    return (es.header.row_88 >= 0) & ~has(es, "adcvd")


@condition(
    "735",
    "F",
    on="header",
    at=("10", "entry_type_code"),
    why="AD/CVD cases are added up on an 88 record",
    mend="send the 88 record",
)
def adcvd_totals_missing(es, world):
    return has(es, "adcvd") & (es.header.row_88 < 0)


def _case_total(code: str, column: str, name: str, prefix: str, claim: str, what: str) -> None:
    @condition(
        code,
        "F",
        on="header",
        at=("88", name),
        why=f"the total of {what} is the sum of its cases",
        mend="add the 53 records up again",
    )
    def differs(es, world):
        own = es.adcvd.case_number.str.startswith(prefix) & es.adcvd.claim.eq(claim)
        return (es.header.row_88 >= 0) & (es.header[column].fillna(0) != total(es, "adcvd", "duty_cents", own))


_case_total("737", "bonded_ad_cents", "total_bonded_ad_duty_amount", "A", "B", "bonded antidumping duty")
_case_total("739", "cash_ad_cents", "total_cash_deposit_ad_duty_amount", "A", "C", "antidumping duty deposited in cash")
_case_total("741", "bonded_cvd_cents", "total_bonded_cv_duty_amount", "C", "B", "bonded countervailing duty")
_case_total(
    "743", "cash_cvd_cents", "total_cash_deposit_cv_duty_amount", "C", "C", "countervailing duty deposited in cash"
)


def _adcvd_grand_total(differs_code: str, surplus_code: str, kind: str, name: str, what: str) -> None:
    grand = f"total_{kind}_cents"

    @condition(
        surplus_code,
        "F",
        on="header",
        at=("90", name),
        why=f"this entry type owes no {what}",
        mend="fill the columns with zeros, or use an AD/CVD type",
    )
    def not_allowed(es, world):
        return es.header[grand].gt(0) & ~es.header.entry_type.isin(AD_CVD_POSSIBLE)

    @condition(
        differs_code,
        "F",
        on="header",
        at=("90", name),
        why=f"the grand total of {what} is what the 88 record bonds and deposits",
        mend="add the two amounts of the 88 record up again",
    )
    def differs(es, world):
        h = es.header
        parts = h[f"bonded_{kind}_cents"].fillna(0) + h[f"cash_{kind}_cents"].fillna(0)
        return h.entry_type.isin(AD_CVD_POSSIBLE) & h.row_90.ge(0) & (h[grand] != parts)


_adcvd_grand_total("745", "744", "ad", "grand_total_ad_duty_amount", "antidumping duty")
_adcvd_grand_total("747", "746", "cvd", "grand_total_cv_duty_amount", "countervailing duty")
