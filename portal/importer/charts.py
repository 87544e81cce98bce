"""Two years at a glance: value, duty, effective rate; by origin, tariff chapter, broker, port."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from loaders.portal.importer import charts, entries
from portal.importer.common import IMPORTER, months_before, text, whose, words
from portal.pages import page, signed_in

router = APIRouter()
SPANS = (12, 24)
BARS = 12  # parts with a bar of their own
ROWS = 60  # parts with a row of their own
BY = {"origin": "country of origin", "chapter": "tariff chapter", "broker": "broker", "port": "port of entry"}


@router.get("/importer/charts", dependencies=[Depends(IMPORTER)])
def shown(request: Request) -> Response:
    viewer = signed_in(request)
    accounts, home = whose(request, viewer), viewer.config.settings.home
    span = 12 if text(request, "months") == "12" else 24
    last = viewer.today.replace(day=1)
    first = months_before(last, span - 1)
    by = text(request, "by") if text(request, "by") in BY else "origin"
    with viewer.reading() as conn:
        choices = charts.choices(conn, accounts, first, last)
        narrowed = {name: text(request, name) for name in BY if text(request, name) in choices[name]}
        found = charts.months(conn, accounts, first, last, narrowed)
        parts = charts.parts(conn, accounts, first, last, narrowed, by)
        brokers = entries.names(conn, choices["broker"])
        made_at = charts.made_at(conn, accounts)
    viewer.note("charts seen", subject=request.url.query[:200], rows=len(found))
    named = {
        "origin": words(home, "countries"),
        "port": words(home, "ports"),
        "broker": brokers,
        "chapter": {},
    }
    months = _every(found, first, last)
    if not viewer.sees_money():  # the order would tell of amounts, too
        parts.sort(key=lambda row: (-row["lines"], row["part"]))
    return page(
        request,
        "importer_charts.html",
        months=months,
        labels=[f"{row['month']:%b %y}" for row in months],
        ends={row["month"]: months_before(row["month"], -1) - timedelta(days=1) for row in months},
        rates=[tenths(row) for row in months],
        some=bool(found),
        parts=_folded(parts),
        by=by,
        kinds=BY,
        named=named,
        choices={
            name: [("", "all"), *((code, f"{code} {named[name].get(code, '')}".strip()) for code in choices[name])]
            for name in BY
        },
        narrowed=narrowed,
        span=span,
        bars_of=BARS,
        made_at=made_at,
        shown=viewer.sees_money(),
    )


def tenths(row: dict[str, Any]) -> int:
    """Duty of value in tenths of a per cent, half up."""
    value = row["value_cents"]
    return (2000 * row["duty_cents"] + value) // (2 * value) if value > 0 else 0


_SUMS = ("entries", "lines", "value_cents", "duty_cents", "fee_cents", "tax_cents")


def _every(found: list[dict[str, Any]], first: date, last: date) -> list[dict[str, Any]]:
    """A row for each month, also for those without anything."""
    known = {row["month"]: row for row in found}
    made = []
    while first <= last:
        made.append(known.get(first, {"month": first, **dict.fromkeys(_SUMS, 0)}))
        first = months_before(first, -1)
    return made


def _folded(parts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The largest parts, and all others as one."""
    if len(parts) <= ROWS:
        return parts
    rest = {name: sum(row[name] for row in parts[ROWS:]) for name in _SUMS}
    return [*parts[:ROWS], {"part": None, **rest}]
