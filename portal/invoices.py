"""Commercial invoices: what each says beside what was declared, for the importer, for a broker that sent it or has the
importer's mandate to see, and for officers."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from typing import Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from loaders.portal import invoices, officer
from loaders.portal.invoices import Wanted
from portal.importer.common import Key, address, number, text, whose, words
from portal.pages import page, signed_in
from portal.viewer import For, Refused, Viewer

router = APIRouter()
IMPORTER, BROKER, OFFICER = For(("importer",)), For(("broker",)), For(("officer",))
SIZES = (25, 50, 100)
STATES = {
    "": "any",
    "waiting": "waiting for an entry",
    "matched": "matched",
    "different": "different",
    "cancelled": "cancelled",
}
#: How it is known that an invoice and an entry belong together.
KNOWN_BY = {
    "entry": "the invoice names the entry",
    "invoice": "the entry names the invoice",
    "broker": "both name the broker’s reference",
}
ROLES = {
    "IM": "importer", "BY": "buyer", "UC": "ultimate consignee", "CN": "consignee", "SE": "seller", "VN": "vendor",
    "SU": "supplier", "MF": "manufacturer", "ST": "ship to", "SF": "ship from", "BT": "bill to", "RI": "remit to",
    "CB": "customs broker",
}  # fmt: skip


@router.get("/importer/invoices", dependencies=[Depends(IMPORTER)])
def of_importer(request: Request) -> Response:
    viewer = signed_in(request)
    return _listed(request, viewer, list(whose(request, viewer)), "/importer/invoices")


@router.get("/broker/invoices", dependencies=[Depends(BROKER)])
def of_broker(request: Request) -> Response:
    viewer = signed_in(request)
    return _listed(request, viewer, _of_broker(viewer), "/broker/invoices")


@router.get("/officer/invoices", dependencies=[Depends(OFFICER)])
def of_officer(request: Request) -> Response:
    """All of them, or those of one account and what is below it."""
    viewer = signed_in(request)
    if not (public_id := text(request, "account")):
        return _listed(request, viewer, None, "/officer/invoices")
    with viewer.reading() as conn:
        if (it := officer.account(conn, public_id)) is None:
            raise Refused(404)
        accounts = [row["id"] for row in officer.tree(conn, it["id"])]
    return _listed(request, viewer, accounts, "/officer/invoices", it)


def _of_broker(viewer: Viewer) -> list[int]:
    """What a broker sent, and what importers let it see."""
    return [*viewer.reach.filers, *viewer.reach.importers]


def _listed(
    request: Request, viewer: Viewer, accounts: list[int] | None, room: str, of: dict[str, Any] | None = None
) -> Response:
    wanted, faults = asked(request)
    size = next((n for n in SIZES if text(request, "size") == str(n)), SIZES[0])
    with viewer.reading() as conn:
        states = {row["match_state"]: row for row in invoices.states(conn, accounts)}
        rows = [] if faults else invoices.page(conn, accounts, wanted, number(request, "before"), size + 1)
        count = 0 if faults else invoices.count(conn, accounts, wanted)
    viewer.note("invoices seen", subject=request.url.query[:200], rows=min(len(rows), size))
    return page(
        request,
        "invoices.html",
        status=422 if faults and request.headers.get("hx-request") != "true" else 200,  # htmx shows no 422
        room=room,
        of=of,
        rows=[row | {"shown": money_of(viewer, row)} for row in rows[:size]],
        states=states,
        count=count,
        most=invoices.COUNTED,
        next_page=address(request, before=rows[size - 1]["id"]) if len(rows) > size else "",
        first_page=address(request, before=None) if "before" in request.query_params else "",
        wrong=faults,
        wanted=wanted,
        filtered=wanted != Wanted(),
        choices=list(STATES.items()),
        size=size,
        shown=viewer.sees_money(),
    )


def money_of(viewer: Viewer, row: dict[str, Any]) -> bool:
    """What we sent ourselves we know; of what others sent, the importer says whether we see amounts."""
    if row["filer_account_id"] in viewer.reach.filers:
        return viewer.sees_money()
    return viewer.sees_money(row["importer_account_id"])


@router.get("/importer/invoices/{id}", dependencies=[Depends(IMPORTER)])
def one_of_importer(request: Request, id: Key) -> Response:
    viewer = signed_in(request)
    return _one(request, viewer, list(whose(request, viewer)), id, "/importer/invoices", "/importer/entries")


@router.get("/broker/invoices/{id}", dependencies=[Depends(BROKER)])
def one_of_broker(request: Request, id: Key) -> Response:
    viewer = signed_in(request)
    return _one(request, viewer, _of_broker(viewer), id, "/broker/invoices", "/broker/filings")


@router.get("/officer/invoices/{id}", dependencies=[Depends(OFFICER)])
def one_of_officer(request: Request, id: Key) -> Response:
    viewer = signed_in(request)
    return _one(request, viewer, None, id, "/officer/invoices", "/officer/entries")


def _one(request: Request, viewer: Viewer, accounts: list[int] | None, id: int, room: str, entries: str) -> Response:
    with viewer.reading() as conn:
        it = invoices.invoice(conn, accounts, id)
        if it is None:
            raise Refused(404)
        lines = invoices.lines(conn, id)
        shown: dict[str, Any] = {
            "uninvoiced": invoices.uninvoiced(conn, id),
            "belongs": invoices.entries(conn, id),
            "versions": invoices.versions(conn, id),
            "parties": invoices.parties(conn, id),
            "identifiers": invoices.identifiers(conn, id),
            "charges": invoices.charges(conn, id),
        }
    subject = f"invoice {it['invoice_number']}"
    viewer.note("invoice seen", account_id=it["importer_account_id"], subject=subject, rows=len(lines))
    return page(
        request,
        "invoice.html",
        room=room,
        entries=entries,
        it=it,
        lines=lines,
        differing=[row for row in lines if row["state"] == "different"],
        quantity=quantity,
        known_by=KNOWN_BY,
        roles=ROLES,
        countries=words(viewer.config.settings.home, "countries"),
        shown=money_of(viewer, it),
        **shown,
    )


def quantity(value: int | None, scale: int) -> str:
    """An integer and its decimals as a number: 12.5."""
    if value is None:
        return "–"
    digits = f"{abs(value):0{scale + 1}}"
    whole, part = (digits[:-scale], digits[-scale:].rstrip("0")) if scale else (digits, "")
    return f"{'-' if value < 0 else ''}{int(whole):,}" + (f".{part}" if part else "")


def asked(request: Request) -> tuple[Wanted, dict[str, str]]:
    """What the address searches for, and what of it cannot be understood, by field."""
    faults: dict[str, str] = {}
    wanted = Wanted(
        number=text(request, "number"),
        seller=text(request, "seller"),
        state=text(request, "state") if text(request, "state") in STATES else "",
    )
    entry = re.sub(r"[\s.-]", "", text(request, "entry").upper())
    if entry and not re.fullmatch(r"[A-Z0-9]{3}\d{8}", entry):
        faults["entry"] = "An entry number is a filer code and eight digits, as ABC-1234567-8."
    since, until = (_day(request, name, faults) for name in ("from", "to"))
    if since and until and since > until:
        faults["to"] = "The last day lies before the first."
    return replace(wanted, entry=entry, since=since, until=until), faults


def _day(request: Request, name: str, faults: dict[str, str]) -> date | None:
    if not (value := text(request, name)):
        return None
    try:
        return date.fromisoformat(value)
    except ValueError:
        faults[name] = f"{value} is not a date; write it as 2026-09-15."
        return None
