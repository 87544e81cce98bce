"""A statement that is not paid on its due day: when its filer is told, until when it can be mended, what it costs.

73 FR 61891 (2008), restated in 84 FR 46749 and 90 FR 48314: customs notifies the filer not later than the first day of
the month after the due month; the filer then has two working days to pay; after that liquidated damages may be claimed
and the importer suspended from monthly payment.
"""

from __future__ import annotations

from datetime import date
from typing import Protocol

import numpy as np
import pandas as pd

from transforms.money import half_up
from transforms.statement.instants import business_day, look_up

_DAYS_TO_CURE = 2
_EVER = pd.Timestamp(2999, 12, 31)  # the end of what has no end
_YEAR = 365  # days over which an annual percentage is spread
STANDINGS = ("open", "paid", "late", "noticed", "defaulted")


class WorkingDays(Protocol):
    """What lateness asks of a calendar."""

    def add_working_days(self, day: date, n: int) -> date: ...


def notice_date(due_date: pd.Series) -> pd.Series:
    """The day of notice: the first of the month after the due month."""
    return (due_date + pd.offsets.MonthBegin(1)).astype("datetime64[s]")


def interest(amount_cents: pd.Series, start: pd.Series, end: pd.Series, rates: pd.DataFrame) -> pd.Series:
    """Simple daily interest in cents on each amount from ``start`` until ``end``: the first day counts, the last does
    not. Integers throughout, rounded half up once; NA when ``rates`` do not cover a day of it.

    ``rates`` are those of 19 U.S.C. 1505(c), the reference table ``interest_rates``: ``valid_from valid_to
    underpayment_pct`` (whole percents, both days inclusive, a blank ``valid_to`` is open). That interest is not
    compounded and that a year has 365 days are our assumptions; 26 U.S.C. 6622 compounds daily, which the sources at
    hand do not confirm for deposits.
    """
    opens, shuts = (
        pd.to_datetime(rates[name]).fillna(_EVER).to_numpy("datetime64[D]").astype(np.int64)
        for name in ("valid_from", "valid_to")
    )
    shuts = shuts + 1
    since, until = (day.to_numpy("datetime64[D]").astype(np.int64) for day in (start, end))
    days = np.minimum(until[:, None], shuts) - np.maximum(since[:, None], opens)
    days = days.clip(0)
    known = days.sum(axis=1) == np.maximum(until - since, 0)
    percent_days = days @ rates["underpayment_pct"].to_numpy(np.int64)
    cents = half_up(amount_cents.to_numpy(np.int64) * percent_days, 100 * _YEAR)
    return pd.Series(cents, amount_cents.index, dtype="Int64").where(known)


def standing(statement: pd.DataFrame, today: date, calendar: WorkingDays, rates: pd.DataFrame) -> pd.DataFrame:
    """The standing of each statement on ``today``, position for position.

    ``statement`` has ``due_date paid_at remaining_cents`` and, where notice went out, its instant ``noticed_at``: the
    days to cure count from the day of notice, or from that of the rule if it is later.

    Returned: ``notice_on cure_by days_late interest_cents`` and ``standing``: ``open`` (not due yet, or nothing to
    pay), ``paid`` (in time), ``late``, ``noticed`` (the notice is out, two working days run), ``defaulted`` (they are
    over: liquidated damages, suspension). A statement paid late keeps its days and its interest and is ``late``. A
    statement without a due day is open. A cure date is counted over working days, one look at the calendar for each
    day of notice.
    """
    now, due = pd.Timestamp(today), statement["due_date"].astype("datetime64[s]")
    paid = business_day(statement["paid_at"])
    until = paid.fillna(now)
    owed = statement["remaining_cents"].gt(0) & due.notna()
    late = owed & (until > due)
    notice = notice_date(due)
    if "noticed_at" in statement:
        notice = notice.mask(business_day(statement["noticed_at"]) > notice, business_day(statement["noticed_at"]))
    cure = look_up(notice, lambda day: calendar.add_working_days(day, _DAYS_TO_CURE))
    known_due = due.fillna(now)
    cost = interest(statement["remaining_cents"].where(late, 0), known_due, until.where(late, known_due), rates)
    word = np.select(
        [paid.notna() & ~late, ~late, paid.notna() | (now < notice), now <= cure],
        ["paid", "open", "late", "noticed"],
        "defaulted",
    )
    return pd.DataFrame(
        {
            "notice_on": notice.where(late),
            "cure_by": cure.where(late),
            "days_late": (until - known_due).dt.days.where(late, 0).astype("int64"),
            "interest_cents": cost,
            "standing": pd.Series(word, statement.index, dtype="str"),
        },
        index=statement.index,
    )


def worst(statement: pd.DataFrame) -> pd.DataFrame:
    """How each account stands whose statements (``account_id standing due_date statement_number``) are late, noticed
    or defaulted: ``account_id standing statement_number``, those of the worst, of these the first due."""
    bad = statement[statement["standing"].isin(STANDINGS[2:]) & statement["account_id"].notna()]
    rank = bad["standing"].map(STANDINGS.index).astype("int64")
    bad = bad.assign(rank=-rank).sort_values(["account_id", "rank", "due_date", "statement_number"])
    return bad.drop_duplicates("account_id")[["account_id", "standing", "statement_number"]].reset_index(drop=True)
