"""Statements: months, statements of a month, daily statements, and the entry summaries that make each total."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from loaders.portal.importer import statements
from portal.importer.common import IMPORTER, PAYMENT_TYPES, Key, address, month, number, text, whose, words
from portal.pages import download, page, signed_in
from portal.viewer import Refused

router = APIRouter()
ROWS = 100  # entry summaries of a daily statement shown at once


@router.get("/importer/statements", dependencies=[Depends(IMPORTER)])
def listed(request: Request) -> Response:
    """The months; of one of them (the latest where none is asked for) the statements."""
    viewer = signed_in(request)
    accounts = whose(request, viewer)
    with viewer.reading() as conn:
        months = statements.months(conn, accounts)
        known = [row["month"] for row in months]
        asked = month(text(request, "month")) if "month" in request.query_params else (known[0] if known else None)
        rows = statements.of_month(conn, accounts, asked) if asked else []
    viewer.note("statements seen", subject=f"{asked:%Y-%m}" if asked else "", rows=len(rows))
    return page(
        request,
        "importer_statements.html",
        months=months,
        asked=asked,
        rows=rows,
        total=sum(row["due_cents"] for row in rows),
        types=PAYMENT_TYPES,
        shown=viewer.sees_money(),
    )


@router.get("/importer/statements/{id}", dependencies=[Depends(IMPORTER)])
def one(request: Request, id: Key) -> Response:
    """A monthly statement with its daily ones, or a daily one with its entry summaries."""
    viewer = signed_in(request)
    accounts = whose(request, viewer)
    after = number(request, "after") or 0
    with viewer.reading() as conn:
        it = statements.statement(conn, accounts, id)
        if it is None:
            raise Refused(404)
        daily = it["kind"] == "daily"
        rows = (
            statements.entries(conn, accounts, id, after, ROWS + 1) if daily else statements.dailies(conn, accounts, id)
        )
        printed = statements.printed(conn, id) if it["whole"] else None
        more: dict[str, Any] = {
            "above": statements.parent(conn, accounts, id) if daily else None,
            "printed": printed,
            "fees": statements.fees(conn, id) if printed else [],
            "events": statements.events(conn, id) if printed else [],
            "files": statements.delivered(conn, accounts, it["statement_number"]),
        }
    viewer.note("statement seen", subject=it["statement_number"], rows=len(rows[:ROWS] if daily else rows))
    going_on = daily and len(rows) > ROWS
    rows = rows[:ROWS] if daily else rows
    return page(
        request,
        "importer_statement.html",
        it=it,
        rows=rows,
        after=after,
        next_page=address(request, after=rows[-1]["version_id"]) if going_on else "",
        types=PAYMENT_TYPES,
        classes=words(viewer.config.settings.home, "class_codes"),
        ports=words(viewer.config.settings.home, "ports"),
        shown=viewer.sees_money(),
        **more,
    )


@router.get("/importer/statement-files/{id}", dependencies=[Depends(IMPORTER)])
def file(request: Request, id: Key) -> Response:
    """A statement or notice as it was delivered to the account."""
    viewer = signed_in(request)
    if not viewer.sees_money():
        raise Refused(403, "This file carries amounts, and you were not given the right to see them.")
    with viewer.reading() as conn:
        found = statements.file(conn, whose(request, viewer), id)
    if found is None:
        raise Refused(404)
    viewer.note("statement downloaded", subject=found["file_name"])
    return download(found["file_name"], bytes(found["body"]), "text/plain; charset=utf-8")
