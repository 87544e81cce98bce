"""The exporter's first page: the month, what somebody has to mend, who files, the next statement."""

from __future__ import annotations

from datetime import date

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from loaders.portal.exporter import agents, filings, months
from portal.exporter import rooms
from portal.exporter.common import named
from portal.importer.common import months_before, whose, words
from portal.pages import page, signed_in

router = APIRouter()
EXPORTER = rooms.EXPORTER.persona
SHOWN = 10
#: The day of the next month by which a month's statement is issued (tidewaiter.closing).
ISSUED_BY = 20


@router.get("/exporter", dependencies=[Depends(EXPORTER)])
def first(request: Request) -> Response:
    viewer = signed_in(request)
    accounts, today = whose(request, viewer), viewer.today
    this, mine = today.replace(day=1), filings.Whose(accounts)
    with viewer.reading() as conn:
        month = months.month(conn, accounts, this)
        action = filings.Wanted(state="action")
        to_mend = named(conn, filings.page(conn, mine, action, (), None, SHOWN))
        count = filings.count(conn, mine, action)
        lately = named(conn, filings.page(conn, mine, filings.Wanted(), (), None, 5))
        who = named(conn, agents.agents(conn, accounts, today))
        issued = months.statements(conn, accounts, 3)
    viewer.note("account seen", subject="exports of the month", rows=month["filings"])
    return page(
        request,
        "exporter_hub.html",
        room=rooms.EXPORTER,
        month=month,
        this=this,
        to_mend=to_mend,
        count=count,
        lately=lately,
        unknown=[row for row in who if not row["own"] and not row["may"] and not row["denied_at"]],
        new=[row for row in who if row["new"] and row["may"] and not row["own"]],
        issued=issued,
        next_by=next_by(this),
        countries=words(viewer.config.settings.home, "countries"),
        shown=viewer.sees_money(),
    )


def next_by(month: date) -> date:
    """By when the statement of a month is issued."""
    return months_before(month, -1).replace(day=ISSUED_BY)
