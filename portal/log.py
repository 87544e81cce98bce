"""Who looked at my data: every look and every change, officers' too."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import date
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import Response

from loaders.portal import log
from portal.authorities import LOOK, mine
from portal.pages import csv_cell, download, moment, page, signed_in
from portal.viewer import Viewer

router = APIRouter()

SIZES = (25, 50, 100)
#: Rows of a download; who needs more asks for a part of the time.
MOST = 100_000


def _asked(request: Request) -> tuple[dict[str, Any], dict[str, str]]:
    """What the address asks for, and what in it is wrong."""
    given, faults = request.query_params, {}
    asked: dict[str, Any] = {"kind": given.get("kind", "")}
    if asked["kind"] not in ("", *log.KINDS):
        asked["kind"], faults["kind"] = "", "There is no such kind of person; all are shown."
    for name in ("first", "last"):
        try:
            asked[name] = date.fromisoformat(given[name]) if given.get(name) else None
        except ValueError:
            asked[name], faults[name] = None, "A day is written as 2026-11-30; this one is not looked at."
    if asked["first"] and asked["last"] and asked["last"] < asked["first"]:
        faults["last"] = "The last day is before the first."
    return asked, faults


@router.get("/importer/log", dependencies=[LOOK])
def shown(request: Request) -> Response:
    viewer = signed_in(request)
    asked, faults = _asked(request)
    before, size = request.query_params.get("before", ""), request.query_params.get("size", "")
    from_id = int(before) if before.isascii() and before.isdigit() and len(before) < 19 else None
    limit = int(size) if size in map(str, SIZES) else SIZES[1]
    with viewer.reading() as conn:
        rows = log.looks(conn, mine(viewer), **asked, before=from_id, limit=limit + 1)
        counts = log.count(conn, mine(viewer), asked["first"], asked["last"])
    kept = {name: str(value) for name, value in (asked | {"size": size}).items() if value}
    more = {**kept, "before": str(rows[limit - 1]["id"])} if len(rows) > limit else None
    if from_id is None:
        viewer.note("log seen", rows=min(len(rows), limit))
    return page(
        request,
        "log.html",
        rows=rows[:limit],
        kinds=log.KINDS,
        counts=counts,
        total=counts.get(asked["kind"], 0) if asked["kind"] else sum(counts.values()),
        asked=asked,
        wrong=faults,
        sizes=SIZES,
        size=limit,
        next_address=f"/importer/log?{urlencode(more)}" if more else "",
        file_address=f"/importer/log.csv?{urlencode(kept)}",
        later=from_id is not None,
    )


@router.get("/importer/log.csv", dependencies=[LOOK])
def as_file(request: Request) -> Response:
    viewer = signed_in(request)
    asked, _ = _asked(request)
    out = io.StringIO()
    write = csv.writer(out)
    write.writerow(["at_utc", "at_new_york", "person", "kind", "for", "account", "action", "what", "detail", "rows"])
    rows = 0
    for row in _all(viewer, asked):
        cells = [f"{row['at']:%Y-%m-%dT%H:%M:%SZ}", moment(row["at"]), row["person"], row["kind"], row["firm"],
                 row["account"], row["action"], row["subject"], row["detail"], row["rows"]]  # fmt: skip
        write.writerow([csv_cell(cell) for cell in cells])
        rows += 1
    viewer.note("log downloaded", rows=rows)
    return download("who-looked.csv", out.getvalue().encode(), "text/csv; charset=utf-8")


def _all(viewer: Viewer, asked: dict[str, Any]) -> Iterator[dict[str, Any]]:
    with viewer.reading() as conn:
        yield from log.looks(conn, mine(viewer), **asked, limit=MOST)
