"""My X12 profile: what is agreed, which control numbers were used, and which are missing. To be read only."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from loaders.portal import partners
from portal.pages import page, signed_in
from portal.viewer import For

router = APIRouter()


@router.get("/broker/partner", dependencies=[Depends(For(("broker",)))])
def partner(request: Request) -> Response:
    viewer = signed_in(request)
    mine = viewer.reach.accounts
    with viewer.reading() as conn:
        shown: dict[str, Any] = {
            "profiles": partners.profiles(conn, mine, viewer.today),
            "received": partners.received(conn, mine),
            "gaps": partners.gaps(conn, mine),
            "releases": partners.releases(conn, mine),
            "sent": partners.sent(conn, mine),
            "outgoing": partners.outgoing(conn, mine),
        }
    viewer.note("partner profile seen", rows=len(shown["profiles"]))
    return page(request, "broker_partner.html", several=len(mine) > 1, looked_at=partners.LOOKED_AT, **shown)
