"""Monthly filings: every month and version, what changed, each form to download, and why a month has none."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from loaders.portal.importer import filings
from portal import monthly
from portal.importer.common import IMPORTER, Key, months_before, text, whose, words
from portal.pages import page, signed_in
from portal.viewer import Refused

router = APIRouter()
#: The day of the next month by which a month is filed.
FILED_BY = 20
#: What the files of a filing hold, by the name before the point.
TABLES = {
    "filing": "the whole filing",
    "account": "the account",
    "totals": "totals",
    "goods": "goods by tariff number, origin, programme, port, broker and rate",
    "fee_class": "fees by class",
    "case": "antidumping and countervailing cases",
    "statement": "statements",
    "entry": "entry summaries",
    "line": "lines",
    "charge": "every charge, with file, record and columns",
    "changes": "what changed since the version before",
}


@router.get("/importer/filings", dependencies=[Depends(IMPORTER)])
def listed(request: Request) -> Response:
    viewer = signed_in(request)
    accounts = whose(request, viewer)
    this = viewer.today.replace(day=1)
    with viewer.reading() as conn:
        made = filings.filings(conn, accounts)
        entered = filings.entered(conn, accounts, months_before(this, monthly.MONTHS - 1))
    rows = months(made, entered, viewer.today)
    viewer.note("monthly filings seen", rows=len(made))
    return page(request, "importer_filings.html", rows=rows, several=len(accounts) > 1, shown=viewer.sees_money())


def months(made: list[dict[str, Any]], entered: list[dict[str, Any]], today: date) -> list[dict[str, Any]]:
    """A row for each account and month, the latest first: its versions, or the reason why it has none."""
    this = today.replace(day=1)
    rows: dict[tuple[date, int], dict[str, Any]] = {}
    for it in made:
        key = (it["month"], it["account_id"])
        rows.setdefault(key, {"month": it["month"], "name": it["name"], "versions": [], "why": ""})
        rows[key]["versions"].append(it)
    for it in entered:
        key = (it["month"], it["account_id"])
        if key not in rows:
            rows[key] = {"month": it["month"], "name": it["name"], "versions": [], "why": _why(it, this, today)}
    names = {it["account_id"]: it["name"] for it in (*made, *entered)}
    first = min((month for month, _ in rows), default=this)
    for month in _months(max(first, months_before(this, monthly.MONTHS - 1)), this):
        for account, name in names.items():
            none = (
                "Nothing was entered in this month." if month < this else "Nothing has been entered in this month yet."
            )
            rows.setdefault((month, account), {"month": month, "name": name, "versions": [], "why": none})
    return sorted(rows.values(), key=lambda row: (-row["month"].toordinal(), row["name"]))


def _months(first: date, last: date) -> Iterable[date]:
    while first <= last:
        yield first
        first = months_before(first, -1)


def _why(it: dict[str, Any], this: date, today: date) -> str:
    many = f"{it['entries']:,} entry summar{'y' if it['entries'] == 1 else 'ies'} entered"
    if it["month"] >= this:
        return f"The month is not closed yet ({many} so far); it is filed by {_by(it['month'])}."
    if today <= months_before(it["month"], -1).replace(day=FILED_BY):
        return f"The month is being closed ({many}); it is filed by {_by(it['month'])}."
    return f"Not filed ({many}): the month did not tie out to the cent, and an operator has been asked to look."


def _by(month: date) -> str:
    day = months_before(month, -1).replace(day=FILED_BY)
    return f"{day.day} {day:%B %Y}"


@router.get("/importer/filings/{id}", dependencies=[Depends(IMPORTER)])
def one(request: Request, id: Key) -> Response:
    viewer = signed_in(request)
    accounts = whose(request, viewer)
    with viewer.reading() as conn:
        it = filings.filing(conn, accounts, id)
        if it is None:
            raise Refused(404)
        versions = filings.versions(conn, it["account_id"], it["month"])
        files = filings.files(conn, id)
        changed = filings.changed(conn, it["replaces_id"], id) if it["replaces_id"] else []
        goods = filings.goods(conn, id)
    viewer.note("monthly filing seen", account_id=it["account_id"], subject=monthly.named(it), rows=it["entries"])
    home = viewer.config.settings.home
    if not viewer.sees_money():  # the order would tell of amounts, too
        goods.sort(key=lambda row: (row["hts_number"], row["origin"]))
    return page(
        request,
        "importer_filing.html",
        it=it,
        last=months_before(it["month"], -1) - timedelta(days=1),
        versions=versions,
        **monthly.shelf(files, TABLES),
        changed=changed,
        goods=[row for row in goods if row["section"] == "goods"][:50],
        classes=[row for row in goods if row["section"] in ("fee_class", "class")],
        class_words=words(home, "class_codes"),
        countries=words(home, "countries"),
        shown=viewer.sees_money(),
    )


@router.get("/importer/filings/{id}/file", dependencies=[Depends(IMPORTER)])
def file(request: Request, id: Key) -> Response:
    """A form of a filing, by its name."""
    viewer = signed_in(request)
    monthly.carries_amounts(viewer, "A filing")
    with viewer.reading() as conn:
        it = filings.filing(conn, whose(request, viewer), id)
        files = filings.files(conn, id) if it else []
    return monthly.hand_out(viewer, "monthly filing", it, files, text(request, "name", 200))
