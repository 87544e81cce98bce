"""The first page: to the hub of whoever signs in, and to another account of theirs."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from loaders.portal import scope, sessions
from portal.forms import Sent
from portal.pages import page, see, signed_in
from portal.viewer import For, Refused

router = APIRouter()

HOMES = {
    "importer": "/importer",
    "exporter": "/exporter",
    "broker": "/broker",
    "officer": "/officer",
    "operations": "/operations",
}


@router.get("/", dependencies=[Depends(For())])
def first(request: Request) -> Response:
    viewer = signed_in(request)
    return see(HOMES[viewer.persona]) if viewer.persona in HOMES else page(request, "no_account.html")


@router.post("/act-for", dependencies=[Depends(For())])
def act_for(request: Request, form: Sent) -> Response:
    """Choose another of one's accounts."""
    viewer = signed_in(request)
    chosen = next((m for m in viewer.memberships if m.public_id == form["account"]), None)
    if chosen is None:
        raise Refused(404)
    with scope.scoped(viewer.connections) as conn:
        sessions.act_for(conn, viewer.session.hash, chosen.id)
    return see("/")
