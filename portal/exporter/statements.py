"""Monthly export activity statements: every month and version, what changed, each form to download."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from loaders.portal.exporter import months
from portal import monthly
from portal.exporter.hub import EXPORTER, next_by
from portal.importer.common import Key, months_before, text, whose, words
from portal.pages import day, page, signed_in
from portal.viewer import Refused

router = APIRouter()
#: What the files of a statement hold, by the name before the point.
TABLES = {
    "statement": "the whole statement",
    "account": "the account",
    "totals": "totals",
    "goods": "goods by commodity number and destination",
    "destination": "countries of destination",
    "filer": "who filed",
    "filing": "filings",
    "line": "commodity lines",
    "changes": "what changed since the version before",
}


@router.get("/exporter/statements", dependencies=[Depends(EXPORTER)])
def listed(request: Request) -> Response:
    viewer = signed_in(request)
    accounts = whose(request, viewer)
    this = viewer.today.replace(day=1)
    with viewer.reading() as conn:
        made = months.statements(conn, accounts)
        left = months.left(conn, accounts, months_before(this, monthly.MONTHS - 1))
    viewer.note("export statements seen", rows=len(made))
    rows: dict[tuple[Any, int], dict[str, Any]] = {}
    for it in [*made, *left]:
        key = (it["month"], it["account_id"])
        rows.setdefault(key, {"month": it["month"], "name": it["name"], "versions": [], "why": ""})
        if "version" in it:
            rows[key]["versions"].append(it)
        elif not rows[key]["versions"]:
            many = f"{it['filings']:,} filing{'' if it['filings'] == 1 else 's'}"
            closed = "is not closed yet" if it["month"] >= this else "is not stated yet"
            rows[key]["why"] = f"The month {closed} ({many} so far); it is stated by {day(next_by(it['month']))}."
    shown = sorted(rows.values(), key=lambda row: (-row["month"].toordinal(), row["name"]))
    return page(request, "exporter_statements.html", rows=shown, several=len(accounts) > 1, shown=viewer.sees_money())


@router.get("/exporter/statements/{id}", dependencies=[Depends(EXPORTER)])
def one(request: Request, id: Key) -> Response:
    viewer = signed_in(request)
    with viewer.reading() as conn:
        it = months.statement(conn, whose(request, viewer), id)
        if it is None:
            raise Refused(404)
        versions = months.versions(conn, it["account_id"], it["month"])
        files = months.files(conn, id)
        changed = months.changed(conn, it["replaces_id"], id) if it["replaces_id"] else []
        goods = months.goods(conn, id)
    viewer.note("export statement seen", account_id=it["account_id"], subject=monthly.named(it), rows=it["filings"])
    if not viewer.sees_money():  # the order would tell of amounts, too
        goods.sort(key=lambda row: (row["number"], row["destination"]))
    return page(
        request,
        "exporter_statement.html",
        it=it,
        versions=versions,
        **monthly.shelf(files, TABLES),
        changed=changed,
        goods=goods,
        countries=words(viewer.config.settings.home, "countries"),
        shown=viewer.sees_money(),
    )


@router.get("/exporter/statements/{id}/file", dependencies=[Depends(EXPORTER)])
def file(request: Request, id: Key) -> Response:
    """A form of a statement, by its name."""
    viewer = signed_in(request)
    monthly.carries_amounts(viewer, "A statement")
    with viewer.reading() as conn:
        it = months.statement(conn, whose(request, viewer), id)
        files = months.files(conn, id) if it else []
    return monthly.hand_out(viewer, "export statement", it, files, text(request, "name", 200), "export-")
