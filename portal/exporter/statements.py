"""Monthly export activity statements: every month and version, what changed, each form to download."""

from __future__ import annotations

import mimetypes
from typing import Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from loaders.archive import Archive
from loaders.portal.exporter import months
from portal.exporter.hub import EXPORTER, next_by
from portal.importer.common import Key, months_before, text, whose, words
from portal.pages import day, download, page, signed_in
from portal.viewer import Refused

router = APIRouter()
MONTHS = 24
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
FORMS = {"pdf": "PDF, to read and print", "json": "JSON", "csv": "CSV", "parquet": "Parquet"}


@router.get("/exporter/statements", dependencies=[Depends(EXPORTER)])
def listed(request: Request) -> Response:
    viewer = signed_in(request)
    accounts = whose(request, viewer)
    this = viewer.today.replace(day=1)
    with viewer.reading() as conn:
        made = months.statements(conn, accounts)
        left = months.left(conn, accounts, months_before(this, MONTHS - 1))
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
    viewer.note("export statement seen", account_id=it["account_id"], subject=_named(it), rows=it["filings"])
    if not viewer.sees_money():  # the order would tell of amounts, too
        goods.sort(key=lambda row: (row["number"], row["destination"]))
    return page(
        request,
        "exporter_statement.html",
        it=it,
        versions=versions,
        files=sorted(files, key=lambda file: (not file["name"].endswith(".pdf"), file["name"])),
        form_words=lambda name: FORMS.get(_form(name), _form(name).upper()),
        table_words=lambda name: TABLES.get(name.partition(".")[0], name),
        changed=changed,
        goods=goods,
        countries=words(viewer.config.settings.home, "countries"),
        shown=viewer.sees_money(),
    )


def _named(it: dict[str, Any]) -> str:
    return f"{it['month']:%Y-%m} version {it['version']}"


def _form(name: str) -> str:
    return name.rpartition(".")[2].lower()


@router.get("/exporter/statements/{id}/file", dependencies=[Depends(EXPORTER)])
def file(request: Request, id: Key) -> Response:
    """A form of a statement, by its name."""
    viewer = signed_in(request)
    if not viewer.sees_money():
        raise Refused(403, "A statement carries amounts, and you were not given the right to see them.")
    with viewer.reading() as conn:
        it = months.statement(conn, whose(request, viewer), id)
        files = months.files(conn, id) if it else []
    found = next((row for row in files if row["name"] == text(request, "name", 200)), None)
    if it is None or found is None:
        raise Refused(404)
    try:
        body = Archive(viewer.config.settings.archive).get(found["sha256"])
    except (OSError, ValueError):
        raise Refused(409, "The file cannot be read from the archive at the moment; nothing is lost.") from None
    viewer.note("export statement downloaded", account_id=it["account_id"], subject=f"{_named(it)} {found['name']}")
    name = f"{it['month']:%Y-%m}-export-v{it['version']}-{found['name']}"
    return download(name, body, mimetypes.guess_type(found["name"])[0] or "application/octet-stream")
