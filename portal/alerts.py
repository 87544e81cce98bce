"""What an importer should look at, and a filer it may not know: confirmed by an authority, or denied to customs."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from loaders.portal import alerts
from portal.authorities import mine
from portal.forms import Sent
from portal.pages import page, see, signed_in
from portal.viewer import For, Refused

router = APIRouter()
LOOK, CHANGE = Depends(For(("importer",))), Depends(For(("importer",), rank="editor"))


@router.get("/importer/alerts", dependencies=[LOOK])
def listed(request: Request) -> Response:
    viewer = signed_in(request)
    with viewer.reading() as conn:
        found = alerts.alerts(conn, mine(viewer), viewer.today)
    viewer.note("alerts seen", rows=len(found))
    return page(request, "alerts.html", found=found, days=alerts.NEWS)


@router.get("/importer/filers/{entry}", dependencies=[LOOK])
def filer(request: Request, entry: int) -> Response:
    """Who filed an entry on my number, and what to do about it."""
    viewer = signed_in(request)
    with viewer.reading() as conn:
        row = alerts.filed(conn, mine(viewer), entry)
    if row is None:
        raise Refused(404)
    viewer.note("filer seen", account_id=row["importer_account_id"], subject=f"entry {entry}")
    return page(request, "alerts_filer.html", row=row, said=request.query_params.get("said", ""))


@router.post("/importer/filers/{entry}/deny", dependencies=[CHANGE])
def deny(request: Request, entry: int, form: Sent) -> Response:
    """Tell customs that this filer does not act for me."""
    viewer = signed_in(request)
    with viewer.reading() as conn:
        row = alerts.filed(conn, mine(viewer), entry)
        if row is None:
            raise Refused(404)
        if row["denied_at"]:
            raise Refused(409, "Customs was told already.")
        alerts.deny(conn, row, viewer.user.id, viewer.now, form["words"][:1000])
    viewer.note("filer denied", account_id=row["importer_account_id"], subject=f"entry {entry}",
                detail=f"customs was told that {row['filer_code']} is not known")  # fmt: skip
    return see(f"/importer/filers/{entry}?said=denied")
