"""The importer's first page: what is owed, what comes next, how the account stands, its bond, its filings."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd
from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from loaders.portal import alerts
from loaders.portal.importer import hub
from portal.importer.common import IMPORTER, PAYMENT_TYPES, months_before, whose, words
from portal.pages import page, signed_in
from portal.viewer import Refused, Viewer
from tidewaiter import lateness, month
from transforms import bond_sufficiency
from transforms.statement import late

router = APIRouter()
#: Alerts that other parts of the page tell more of.
ELSEWHERE = ("late", "filing")
SHOWN = 200  # entry summaries of a next statement
WORST = ("good", "late", "noticed", "defaulted")
#: What a standing means, and what to do.
STANDINGS = {
    "good": ("Everything that was due has been paid.", "Nothing is to be done."),
    "late": (
        "A statement was not paid on its due day.",
        "Pay it now. Notice goes out on the first of the month after the due month; two working days after it the"
        " account is in default.",
    ),
    "noticed": (
        "Customs has given notice that a statement is overdue.",
        "Pay within two working days of the notice; after that liquidated damages may be claimed, and monthly payment"
        " may be taken from the account.",
    ),
    "defaulted": (
        "The time to pay after the notice is over.",
        "Pay, and speak to the port that prepares your statement: liquidated damages may be claimed, and monthly"
        " payment may be taken from the account.",
    ),
}


@router.get("/importer", dependencies=[Depends(IMPORTER)])
def first(request: Request) -> Response:
    viewer = signed_in(request)
    accounts, today = whose(request, viewer), viewer.today
    since = months_before(today.replace(day=1), 11)
    with viewer.reading() as conn:
        owed = hub.owed(conn, accounts)
        upcoming = hub.upcoming(conn, accounts, today)
        standing = hub.standing(conn, accounts, today)
        charged = hub.charged(conn, accounts, since)
        bonds = hub.bonds(conn, accounts)
        filings = hub.filings(conn, accounts, 3)
        told = alerts.alerts(conn, accounts, today)
    calendar = month.calendar(viewer.config.settings)
    for row in owed:
        if row["due_date"] is None and row["month"]:
            row["due_date"] = calendar.due(row["month"].year, row["month"].month)
    owed.sort(key=lambda row: (row["due_date"] or date.max, row["statement_number"]))
    viewer.note("account seen", subject="what is owed", rows=len(owed))
    worst = max(standing, key=lambda row: WORST.index(row["standing"]))
    return page(
        request,
        "importer_hub.html",
        owed=owed,
        overdue=overdue(viewer, owed),
        due=_sum(owed),
        next_due=next((row["due_date"] for row in owed if row["due_date"] and row["due_date"] >= today), None),
        upcoming=_by_day(upcoming),
        upcoming_cents=_sum(upcoming),
        standing=standing,
        worst=worst,
        meaning=STANDINGS[worst["standing"]],
        charged=charged,
        since=since,
        required=bond_sufficiency.required(charged["cents"]),
        bonds=bonds,
        sureties=words(viewer.config.settings.home, "sureties"),
        filings=filings,
        types=PAYMENT_TYPES,
        shown=viewer.sees_money(),
        alerts=[it for it in told if it["kind"] not in ELSEWHERE],
    )


def _sum(rows: list[dict[str, Any]]) -> int:
    return sum(row["due_cents"] for row in rows)


def _by_day(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The next statements: a row for each print date, with what they are made of."""
    days: dict[date, dict[str, Any]] = {}
    for row in rows:
        of = days.setdefault(
            row["print_date"], {"print_date": row["print_date"], "entries": 0, "due_cents": 0, "parts": []}
        )
        of["entries"] += row["entries"]
        of["due_cents"] += row["due_cents"]
        of["parts"].append(row)
    return list(days.values())


def overdue(viewer: Viewer, owed: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What is past its due day, with the day of notice, the last day to cure and the interest so far."""
    late_now = [row for row in owed if row["due_date"] and row["due_date"] < viewer.today and not row["settle_on"]]
    if not late_now:
        return []
    frame = pd.DataFrame(late_now)
    told = late.standing(
        pd.DataFrame(
            {
                "due_date": pd.to_datetime(frame["due_date"]).astype("datetime64[s]"),
                "paid_at": pd.Series(pd.NaT, frame.index, dtype="datetime64[us, UTC]"),
                "remaining_cents": frame["due_cents"].astype("int64"),
                "noticed_at": pd.to_datetime(frame["noticed_at"], utc=True).astype("datetime64[us, UTC]"),
            }
        ),
        viewer.today,
        month.calendar(viewer.config.settings),
        lateness.interest_rates(viewer.config.settings),
    )
    return [
        row
        | {
            "days_late": int(told["days_late"].iloc[at]),
            "notice_on": told["notice_on"].iloc[at].date(),
            "cure_by": told["cure_by"].iloc[at].date(),
            "interest_cents": None
            if pd.isna(told["interest_cents"].iloc[at])
            else int(told["interest_cents"].iloc[at]),
        }
        for at, row in enumerate(late_now)
    ]


def _cents(value: Any) -> int | None:
    return None if pd.isna(value) else int(value)


@router.get("/importer/next/{print_date}", dependencies=[Depends(IMPORTER)])
def next_statement(request: Request, print_date: date) -> Response:
    """What the statements of a print date would have on them if they were printed now."""
    viewer = signed_in(request)
    accounts = whose(request, viewer)
    with viewer.reading() as conn:
        rows = hub.unprinted(conn, accounts, viewer.today, print_date, SHOWN + 1)
        total = [row for row in hub.upcoming(conn, accounts, viewer.today) if row["print_date"] == print_date]
    if not rows:
        raise Refused(404, "Nothing is to be printed on that day any more; it may stand on a statement by now.")
    viewer.note("next statement seen", subject=f"{print_date:%Y-%m-%d}", rows=len(rows))
    return page(
        request,
        "importer_next.html",
        print_date=print_date,
        rows=rows[:SHOWN],
        more=sum(row["entries"] for row in total) - len(rows[:SHOWN]),
        due_cents=_sum(total),
        types=PAYMENT_TYPES,
        shown=viewer.sees_money(),
    )
