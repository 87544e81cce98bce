"""Operations: is everything accounted for, what is stuck, what is to be decided, who does not send."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from loaders.portal import operations
from loaders.portal import partners as partner_numbers
from portal import filters
from portal.pages import NEW_YORK, page, signed_in
from portal.viewer import For, Refused

router = APIRouter()
OPERATIONS = For(("operations",))
HOURS, DAYS = 24, 14
#: Minutes within which a file should be answered, and an answer fetched from the outbox, unless asked otherwise.
PATIENCE, LONGEST = 10, 7 * 24 * 60
#: DAGs that the board leads to, with what each does.
DAGS = {
    "intake": "takes files, answers them, delivers",
    "payments": "finals, debits, lateness",
    "monthly_filing": "closes the month",
    "tie_outs": "checks that the account tables hold together",
}
SOON = timedelta(days=30)
ASIDE = 50


def airflow(request: Request) -> dict[str, Any]:
    """The ways into Airflow, if its address is known."""
    base = request.app.state.config.airflow_url.rstrip("/")
    return {
        "dags": [(name, words, f"{base}/dags/{name}/runs") for name, words in DAGS.items()] if base else [],
        "data_docs": f"{base}/tie-outs/index.html" if base else "",
    }


@router.get("/operations", dependencies=[Depends(OPERATIONS)])
def board(request: Request) -> Response:
    viewer = signed_in(request)
    now = viewer.now
    hour = now.astimezone(NEW_YORK).replace(minute=0, second=0, microsecond=0)
    # Days are cut in New York, where one may have 23 or 25 hours.
    first = datetime.combine(viewer.today - timedelta(days=DAYS - 1), datetime.min.time(), NEW_YORK)
    tomorrow = datetime.combine(viewer.today + timedelta(days=1), datetime.min.time(), NEW_YORK)
    with viewer.reading() as conn:
        hours = operations.board(conn, hour - timedelta(hours=HOURS - 1), hour + timedelta(hours=1), "hour")
        days = operations.board(conn, first, tomorrow, "day")
        oldest = operations.oldest(conn, 1)
    viewer.note("conservation board seen")
    spans = [
        ("hour", f"the last {HOURS} hours", [(_hour(at), it) for at, it in hours]),
        ("day", f"the last {DAYS} days", [(f"{at.astimezone(NEW_YORK):%a %d %b}", it) for at, it in days]),
    ]
    return page(
        request, "operations_board.html", spans=spans, none_yet=operations.Sums(), oldest=oldest, now=now,
        **airflow(request),
    )  # fmt: skip


def _hour(at: datetime) -> str:
    """An hour of the board; midnight tells its day."""
    here = at.astimezone(NEW_YORK)
    return f"{here:%H:00}" if here.hour else f"{here:%d %b}"


@router.get("/operations/stuck", dependencies=[Depends(OPERATIONS)])
def stuck(request: Request) -> Response:
    viewer = signed_in(request)
    with viewer.reading() as conn:
        oldest = operations.oldest(conn)
    viewer.note("oldest files seen", rows=sum(map(len, oldest.values())))
    return page(request, "operations_stuck.html", oldest=oldest, now=viewer.now, **airflow(request))


@router.get("/operations/answers", dependencies=[Depends(OPERATIONS)])
def answers(request: Request) -> Response:
    """Overdue answers: not made, or made and not delivered."""
    viewer = signed_in(request)
    minutes = filters.number(request, "minutes", LONGEST)
    minutes = PATIENCE if minutes is None else minutes
    before = viewer.now - timedelta(minutes=minutes)
    with viewer.reading() as conn:
        unanswered = operations.unanswered(conn, before)
        undelivered = operations.undelivered(conn, before)
    viewer.note("overdue answers seen", rows=len(unanswered) + len(undelivered))
    return page(
        request, "operations_answers.html", unanswered=unanswered, undelivered=undelivered, minutes=minutes,
        now=viewer.now, **airflow(request),
    )  # fmt: skip


@router.get("/operations/quarantine", dependencies=[Depends(OPERATIONS)])
def quarantine(request: Request) -> Response:
    viewer = signed_in(request)
    with viewer.reading() as conn:
        aside = operations.aside(conn, filters.number(request, "after"), ASIDE + 1)
    viewer.note("files set aside seen", rows=min(len(aside), ASIDE))
    more = filters.address(request, after=aside[ASIDE - 1]["id"]) if len(aside) > ASIDE else ""
    return page(request, "operations_quarantine.html", aside=aside[:ASIDE], more=more, now=viewer.now)


@router.get("/operations/files/{file}", dependencies=[Depends(OPERATIONS)])
def file(request: Request, file: filters.Key) -> Response:
    """The way of one file; of what is in it only counts."""
    viewer = signed_in(request)
    with viewer.reading() as conn:
        it = operations.file(conn, file)
        if it is None:
            raise Refused(404, "There is no such file.")
        steps = operations.steps(conn, file)
        x12 = operations.x12(conn, file) if it["format"] == "x12" else []
    viewer.note("file traced", subject=f"file {file}")
    return page(request, "operations_file.html", it=it, steps=steps, x12=x12, now=viewer.now, **airflow(request))


@router.get("/operations/partners", dependencies=[Depends(OPERATIONS)])
def partners(request: Request) -> Response:
    viewer = signed_in(request)
    with viewer.reading() as conn:
        found = operations.partners(conn, viewer.now, viewer.today)
        missing = partner_numbers.missing(conn, viewer.now - SOON)
        refused = partner_numbers.refused(conn, viewer.now - SOON)
    viewer.note("partners seen", rows=len(found))
    shown = []
    for it in found:
        counted = it | {"gaps": missing.get(it["id"], 0), "refused": refused.get(it["id"], 0)}
        shown.append(it | {"remarks": _remarks(counted, viewer.now, viewer.today)})
    shown.sort(key=lambda it: not it["remarks"])  # those with a remark first
    return page(request, "operations_partners.html", partners=shown, now=viewer.now, soon=SOON.days)


#: Working days among the 28 that a partner's usual day is taken from.
WORKING_DAYS = 20


def _remarks(it: dict[str, Any], now: datetime, today: Any) -> list[str]:
    """What an operator should know of a partner, in words."""
    said = []
    usual = it["month"] / WORKING_DAYS
    if it["status"] != "active":
        said.append(f"the account is {it['status']}")
    if not it["keys"]:
        said.append("no key opens its drop: it can neither send nor fetch")
    elif it["ends"] and it["ends"] - today <= SOON:
        left = (it["ends"] - today).days
        said.append(f"its last key ends {'today' if not left else f'in {left} day' + 's' * (left > 1)}")
    if it["last_at"] is None:
        said.append("has never sent a file")
    elif usual >= 1 and now - it["last_at"] > timedelta(days=4 if today.isoweekday() < 3 else 2):
        said.append(f"silent for {(now - it['last_at']).days} days, usually {usual:.0f} files a day")
    if usual >= 1 and it["day"] > 3 * usual:
        said.append(f"{it['day'] / usual:.0f} times its usual volume")
    if it.get("gaps"):
        said.append(f"{it['gaps']} gap{'s' if it['gaps'] > 1 else ''} in its X12 interchange numbers, last 30 days")
    if it.get("refused"):
        said.append(f"refused {it['refused']} of our X12 messages, last 30 days")
    return said
