"""What a statement payment allows (AE chapter, July 2026, usage note y; the other rules on statement dates and months
stand in :mod:`transforms.conditions.dates`)."""

from __future__ import annotations

import numpy as np
import pandas as pd

from transforms.conditions.columns import filled
from transforms.conditions.dates import MONTHLY
from transforms.conditions.registry import condition

BRANCHED = ("5", "8")
#: The working day of a month by which its preliminary monthly statement is printed, unless the account chose an earlier
#: one (the test notice as restated in 84 FR 46749).
LATEST_PRELIMINARY = 11


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
    why="a daily statement is printed before the monthly statement that it belongs to",
    mend="choose a print date before the 11th working day of the statement month, or a later month",
    needs=("holidays",),
)
def printed_after_monthly(es, world):
    h = es.header
    number = pd.to_numeric(h.statement_month.where(h.statement_month.str.fullmatch(r"0[1-9]|1[0-2]"), "0"))
    this = np.datetime64(world.today, "M")
    month = this + ((number.to_numpy(np.int64) - world.today.month) % 12).astype("timedelta64[M]")
    holidays = pd.to_datetime(world.ref["holidays"]["date"]).to_numpy("datetime64[D]")
    latest = np.busday_offset(month.astype("datetime64[D]"), LATEST_PRELIMINARY - 1, roll="forward", holidays=holidays)
    return h.payment_type.isin(MONTHLY) & number.gt(0) & (h.statement_date >= pd.Series(latest))
