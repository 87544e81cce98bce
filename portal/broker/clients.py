"""Authorities I hold, and the close of a month for each client."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import groupby
from operator import itemgetter
from typing import Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from loaders.portal import broker_clients
from portal import filters
from portal.forms import Sent
from portal.pages import download, page, see, signed_in
from portal.viewer import For, Refused, Viewer

router = APIRouter()
BROKER = For(("broker",))
CLIENTS = 50
#: How long before it ends an authority is told of.
SOON = timedelta(days=30)


@router.get("/broker/authorities", dependencies=[Depends(BROKER)])
def authorities(request: Request) -> Response:
    viewer = signed_in(request)
    return _authorities(request, viewer)


@router.post("/broker/client", dependencies=[Depends(BROKER)])
def client(request: Request, form: Sent) -> Response:
    """To a client by its number, which no address shows: the answer is an address with its public id."""
    viewer = signed_in(request)
    with viewer.reading() as conn:
        found = broker_clients.client(conn, viewer.reach.accounts, form["client_number"])
    if found is None:
        form.faults["client_number"] = "None of your clients has this number. Give it with its dashes, as it is filed."
        return _authorities(request, viewer, status=422, form=form)
    return see(f"/broker/authorities?client={found}")


def _authorities(request: Request, viewer: Viewer, **more: Any) -> Response:
    asked: dict[str, Any] = {
        "name": filters.text(request, "name"),
        "client": filters.text(request, "client", 40),
        "ended": filters.flag(request, "ended"),
        "after": filters.text(request, "after", 40),
    }
    with viewer.reading() as conn:
        held = broker_clients.authorities(conn, viewer.reach.accounts, viewer.today, **asked, limit=CLIENTS + 1)
    found = [list(rows) for _, rows in groupby(held, itemgetter("public_id"))]
    viewer.note("authorities listed", rows=min(len(found), CLIENTS))
    following = filters.address(request, after=found[CLIENTS - 1][0]["public_id"]) if len(found) > CLIENTS else ""
    return page(
        request, "broker_authorities.html", clients=found[:CLIENTS], asked=asked, following=following,
        soon=viewer.today + SOON, **more,
    )  # fmt: skip


@router.get("/broker/month", dependencies=[Depends(BROKER)])
def month(request: Request) -> Response:
    viewer = signed_in(request)
    first = filters.month(request, "month", viewer.today.replace(day=1))
    mine, filers = viewer.reach.accounts, viewer.reach.filers
    with viewer.reading() as conn:
        clients = broker_clients.clients(conn, mine, filers, first)
        statements = broker_clients.statements(conn, filers, first)
        unmended = broker_clients.unmended(conn, mine, first)
        batches = broker_clients.refused_batches(conn, mine, first)
        sent = broker_clients.sent(conn, mine, first)
    viewer.note("month seen", subject=f"{first:%Y-%m}", rows=len(clients))
    unauthorised = [it for it in statements if it["kind"] == "daily" and it["state"] in ("open", "returned")]
    unauthorised = [it for it in unauthorised if it["due_cents"] > 0]
    return page(
        request, "broker_month.html", month=first, before=(first - timedelta(days=1)).replace(day=1),
        after=_next(first), last=_next(first) - timedelta(days=1), clients=clients, statements=statements,
        unmended=unmended, batches=batches, sent=sent, money_shown=viewer.sees_money(), unauthorised=unauthorised,
        late=[it for it in statements if it["late"]],
    )  # fmt: skip


def _next(first: date) -> date:
    return (first + timedelta(days=32)).replace(day=1)


@router.get("/broker/sent/{id}", dependencies=[Depends(BROKER)])
def sent(request: Request, id: filters.Key) -> Response:
    """A statement batch (PF, MS), a report or a notice, as it was sent."""
    viewer = signed_in(request)
    if not viewer.sees_money():
        raise Refused(403, "Statements name amounts, which are not for you.")
    with viewer.reading() as conn:
        it = broker_clients.sent_file(conn, viewer.reach.accounts, id)
    if it is None:
        raise Refused(404)
    viewer.note("statement downloaded", subject=it["file_name"])
    return download(it["file_name"], it["body"], "text/plain; charset=latin-1")
