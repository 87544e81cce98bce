"""What a statement payment allows (AE chapter, July 2026, usage note y; the other rules on statement dates and months
stand in :mod:`transforms.conditions.dates`)."""

from __future__ import annotations

import numpy as np
import pandas as pd

from transforms.conditions.columns import filled
from transforms.conditions.dates import MONTHLY
from transforms.conditions.registry import condition
from transforms.working_days import Calendar

BRANCHED = ("5", "8")


@condition(
    "201",
    "F",
    on="header",
    at=("10", "statement_client_branch_identifier"),
    why="only a statement of an importer's branches (types 5 and 8) is divided by client branch",
    mend="leave columns 60 to 61 blank, or choose payment type 5 or 8",
)
def branch_not_allowed(es, world):
    h = es.header  # a blank payment type is a correction (217) or missing (263)
    return filled(h.client_branch) & filled(h.payment_type) & ~h.payment_type.isin(BRANCHED)


@condition(
    "215",
    "F",
    on="header",
    at=("10", "preliminary_statement_print_date"),
    why="a daily statement is printed before the monthly statement that it belongs to, or on the same day",
    mend="choose a print date up to the 11th working day of the statement month, or a later month",
)
def printed_after_monthly(es, world):
    h, calendar = es.header, Calendar.of(world.ref)
    number = pd.to_numeric(h.statement_month.where(h.statement_month.str.fullmatch(r"0[1-9]|1[0-2]"), "0"))
    ahead = (number - world.today.month) % 12
    month = pd.Series(np.datetime64(world.today, "M") + ahead.to_numpy().astype("timedelta64[M]"))
    of_month = {first: pd.Timestamp(calendar.prelim(first.year, first.month)) for first in month.unique()}
    return h.payment_type.isin(MONTHLY) & number.gt(0) & (h.statement_date > month.map(of_month))


def _without_account(codes: pd.Series, accounts: pd.DataFrame, kind: str) -> pd.Series:
    return filled(codes) & ~codes.isin(accounts.loc[accounts["kind"] == kind, "identifier"])


@condition(
    "209",
    "F",
    on="header",
    at=("10", "payment_type_code"),
    why="a periodic statement is prepared for filers with an active account only",
    mend="choose payment type 1, 2, 3 or 5, or have the filer's account activated",
    needs=("statement_accounts",),
)
def filer_without_account(es, world):
    h = es.header
    return h.payment_type.isin(MONTHLY) & _without_account(h.filer_code, world.ref["statement_accounts"], "broker")


@condition(
    "210",
    "F",
    on="header",
    at=("11", "importer_of_record_number"),
    why="periodic payment is for importers with an active account (84 FR 46749), not one applied for or suspended",
    mend="choose payment type 1, 2, 3 or 5, or have the importer's account activated",
    needs=("statement_accounts",),
)
def importer_without_account(es, world):
    h = es.header
    return h.payment_type.isin(MONTHLY) & _without_account(
        h.importer_number, world.ref["statement_accounts"], "importer"
    )
