"""The queue: what deserves an officer's time today, first-time importers and large changes in front."""

from __future__ import annotations

from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from loaders.portal import queue
from portal.pages import page, signed_in
from portal.viewer import For
from transforms.risk import reasons

router = APIRouter()
SIZE = 25
LANES = (("", "All"), ("first", "First-time importers"), ("change", "Large changes"), ("score", "High score"),
         ("random", "By chance"))  # fmt: skip
WHOSE = (("", "All"), ("share", "My share of the work"), ("mine", "Accounts I look after"))


@router.get("/officer", dependencies=[Depends(For(("officer",)))])
def shown(request: Request, lane: str = "", port: str = "", reason: str = "", whose: str = "",
          after: int = 0) -> Response:  # fmt: skip
    viewer = signed_in(request)
    chosen = {
        "lane": lane if lane in queue.LANES else "",
        "port": port[:4] if port.isalnum() else "",
        "reason": reason if reason in reasons.TITLES else "",
        "whose": whose if whose in dict(WHOSE) else "",
    }
    with viewer.reading() as conn:
        run = queue.last_run(conn)
        rows = queue.items(
            conn, run=run["id"], lane=chosen["lane"], port=chosen["port"], reason=chosen["reason"],
            looked_after_by=viewer.user.id if chosen["whose"] == "mine" else None,
            officer=viewer.user.id if chosen["whose"] == "share" else None, after=max(0, after), limit=SIZE + 1,
        ) if run else []  # fmt: skip
        counts = queue.counts(conn, run["id"]) if run else {"lane": [], "port": [], "officer": []}
    more, rows = len(rows) > SIZE, rows[:SIZE]
    kept = {name: value for name, value in chosen.items() if value}
    following = f"/officer?{urlencode({**kept, 'after': rows[-1]['ordinal']})}" if more else ""
    viewer.note("queue", rows=len(rows))
    return page(
        request, "officer_queue.html", run=run, rows=rows, chosen=chosen, counts=counts, following=following,
        found=rows[0]["found"] if rows else 0, lanes=LANES, whose=WHOSE, after=after,
        ports=[("", "All"), *((it["key"], it["key"]) for it in counts["port"] if it["key"])],
        reasons=[("", "All"), *reasons.TITLES.items()],
    )  # fmt: skip
