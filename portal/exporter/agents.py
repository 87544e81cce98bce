"""Who files in the exporter's name: a list, one of them, and telling customs that it does not act for the firm."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from loaders.portal.exporter import agents, filings
from portal.exporter import rooms
from portal.exporter.common import named
from portal.exporter.hub import EXPORTER
from portal.forms import Sent
from portal.importer.common import Key, whose
from portal.pages import page, see, signed_in
from portal.viewer import For, Refused, Viewer

router = APIRouter()
CHANGE = For(("exporter",), rank="editor")
SHOWN = 10


def _all(request: Request, viewer: Viewer) -> list[dict[str, Any]]:
    with viewer.reading() as conn:
        return named(conn, agents.agents(conn, whose(request, viewer), viewer.today))


def _one(request: Request, viewer: Viewer, id: int) -> dict[str, Any]:
    row = next((it for it in _all(request, viewer) if it["filer_account_id"] == id and not it["own"]), None)
    if row is None:
        raise Refused(404, "Nobody of this kind filed in your name.")
    return row


@router.get("/exporter/agents", dependencies=[Depends(EXPORTER)])
def listed(request: Request) -> Response:
    viewer = signed_in(request)
    rows = _all(request, viewer)
    viewer.note("agents seen", rows=len(rows))
    return page(request, "exporter_agents.html", rows=rows, days=agents.NEWS, shown=viewer.sees_money())


@router.get("/exporter/agents/{id}", dependencies=[Depends(EXPORTER)])
def one(request: Request, id: Key) -> Response:
    """One agent: what it filed and tried to file, and what to do about it."""
    viewer = signed_in(request)
    it = _one(request, viewer, id)
    with viewer.reading() as conn:
        rows = filings.page(conn, filings.Whose(whose(request, viewer)), filings.Wanted(filer="-"), [id], None, SHOWN)
    viewer.note("agent seen", subject=it["filer_name"])
    return page(
        request, "exporter_agent.html", room=rooms.EXPORTER, it=it, rows=rows,
        said=request.query_params.get("said", ""),
        days=agents.NEWS, shown=viewer.sees_money(),
    )  # fmt: skip


@router.post("/exporter/agents/{id}/deny", dependencies=[Depends(CHANGE)])
def deny(request: Request, id: Key, form: Sent) -> Response:
    """Tell customs that this agent does not act for me."""
    viewer = signed_in(request)
    it = _one(request, viewer, id)
    if it["denied_at"]:
        raise Refused(409, "Customs was told already.")
    with viewer.reading() as conn:
        told = it | {"name": it["filer_name"]}
        agents.deny(conn, whose(request, viewer)[0], told, viewer.user.id, viewer.now, form["words"][:1000])
    viewer.note("agent denied", subject=it["filer_name"], detail="customs was told that it is not known")
    return see(f"/exporter/agents/{id}?said=denied")
