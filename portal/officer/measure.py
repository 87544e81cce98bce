"""Whether the queue finds what it should: results by what chose an item, against what chance finds."""

from __future__ import annotations

from datetime import timedelta

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from loaders.portal import queue
from portal.pages import page, signed_in
from portal.viewer import For
from transforms.risk import measure

router = APIRouter()
DAYS = 365


@router.get("/officer/measure", dependencies=[Depends(For(("officer",)))])
def shown(request: Request) -> Response:
    viewer = signed_in(request)
    since = viewer.now - timedelta(days=DAYS)
    with viewer.reading() as conn:
        results = {row["chosen_by"]: row for row in queue.results(conn, since)}
        relieved = queue.relieved(conn, since)
    rows = []
    for chosen_by in ("random", "rule", "score", ""):
        it = results.get(chosen_by, {"looked": 0, "hits": 0})
        rows.append({"chosen_by": chosen_by, **it, "interval": measure.wilson(it["hits"], it["looked"])})
    viewer.note("results of the queue", rows=len(rows))
    return page(request, "officer_measure.html", rows=rows, relieved=relieved, days=DAYS)
