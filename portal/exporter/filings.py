"""Filings made in the exporter's name: by state, searched, and their commodities downloaded."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import replace
from datetime import date
from typing import Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from loaders.portal.exporter import agents, filings
from loaders.portal.exporter.filings import Wanted
from portal.exporter.common import UNKNOWN, named
from portal.exporter.rooms import Room
from portal.importer.common import address, number, text, words
from portal.pages import HIDDEN, csv_cell, download, page, signed_in

SIZES = (25, 50, 100)
#: Filings of one download.
MOST = 10_000
#: More filings of a state than that are not counted beside the search.
TOLD = 1_000
STATES = {
    "": "any",
    "action": "action needed",
    "rejected": "rejected",
    "accepted": "accepted",
    "cancelled": "cancelled",
}
COLUMNS = (
    *("Internal Transaction Number", "Shipment Reference", "State", "Date of Export", "Destination", "Port of Export"),
    *("Mode", "Filed by", "Consignee", "Days Late", "Line", "Schedule B or HTS Number", "Description", "Origin"),
    *("Quantity 1", "Unit 1", "Quantity 2", "Unit 2", "Weight", "Weight Unit", "Value, USD", "License Code"),
    *("License Number", "ECCN"),
)


def router(room: Room) -> APIRouter:
    """The search and its download in a room."""
    made = APIRouter()

    @made.get(room.filings, dependencies=[Depends(room.persona)])
    def listed(request: Request) -> Response:
        return _search(request, room)

    @made.get(room.download, dependencies=[Depends(room.persona)])
    def as_csv(request: Request) -> Response:
        return _as_csv(request, room)

    return made


def _search(request: Request, room: Room) -> Response:
    viewer = signed_in(request)
    wanted, faults = asked(request)
    size = next((n for n in SIZES if text(request, "size") == str(n)), SIZES[0])
    with viewer.reading() as conn:
        whose, of = room.of(request, viewer, conn)
        who = named(conn, agents.agents(conn, whose.accounts, viewer.today)) if room.agents else []
        filers = ids_of(who, wanted.filer)
        rows = [] if faults else filings.page(conn, whose, wanted, filers, number(request, "before"), size + 1)
        rows = named(conn, rows)
        count = 0 if faults else filings.count(conn, whose, wanted, filers, MOST)
        counts = {state: filings.count(conn, whose, Wanted(state=state), (), TOLD) for state in filings.STATES}
        places = filings.destinations(conn, whose)
        owners = [] if room.agents else filings.exporters(conn, whose)
    countries = words(viewer.config.settings.home, "countries")
    viewer.note("export filings seen", subject=request.url.query[:200], rows=min(len(rows), size))
    return page(
        request,
        "exporter_filings.html",
        status=422 if faults and request.headers.get("hx-request") != "true" else 200,  # htmx shows no 422
        room=room,
        kept=room.kept(request),
        of=of,
        rows=rows[:size],
        count=count,
        counts=counts,
        most=MOST,
        told=TOLD,
        next_page=address(request, before=rows[size - 1]["id"]) if len(rows) > size else "",
        first_page=address(request, before=None) if "before" in request.query_params else "",
        download=address(request, before=None, size=None).replace(room.filings, room.download, 1),
        wrong=faults,
        wanted=wanted,
        filtered=wanted != Wanted(),
        agents=[("", "anybody"), *((row["filer"], row["filer_name"]) for row in who if row["filer"])],
        exporters=[("", "anybody"), *((str(row["exporter_account_id"]), row["exporter_name"]) for row in owners)],
        destinations=[("", "any"), *((code, f"{code} {countries.get(code, '')}") for code in places)],
        countries=countries,
        states=list(STATES.items()),
        sizes=SIZES,
        size=size,
        shown=viewer.sees_money(),
    )


def ids_of(who: list[dict[str, Any]], public_id: str) -> list[int]:
    """The keys of the agent with this public id, among those who filed."""
    return [row["filer_account_id"] for row in who if row["filer"] == public_id]


def _as_csv(request: Request, room: Room) -> Response:
    """The commodity lines of what the same search finds on file."""
    viewer = signed_in(request)
    shown = viewer.sees_money()
    wanted, faults = asked(request)
    found = io.StringIO()
    out = csv.writer(found, lineterminator="\r\n")
    out.writerow(COLUMNS)
    rows = 0
    with viewer.reading() as conn:
        whose, _ = room.of(request, viewer, conn)
        who = named(conn, agents.agents(conn, whose.accounts, viewer.today)) if room.agents else []
        filers = ids_of(who, wanted.filer)
        count = 0 if faults else filings.count(conn, whose, wanted, filers, MOST)
        if faults or count > MOST:
            back = address(request).replace(room.download, room.filings, 1)
            return page(request, "importer_too_many.html", status=422, most=MOST, back=back, wrong=faults)
        names: dict[int, str] = {}
        for row in filings.commodities(conn, whose, wanted, filers, MOST):
            if (filer := row["filer_account_id"]) not in names:
                names[filer] = agents.names(conn, [filer]).get(filer, {"name": UNKNOWN})["name"]
            out.writerow([csv_cell(cell) for cell in _cells(row, names, shown)])
            rows += 1
    viewer.note("commodities downloaded", subject=request.url.query[:200], rows=rows)
    name = f"export_commodities_{wanted.since or 'first'}_{wanted.until or viewer.today}.csv"
    return download(name, found.getvalue().encode(), "text/csv; charset=utf-8")


def _cells(row: dict[str, Any], names: dict[int, str], shown: bool) -> list[Any]:
    value = f"{row['value_cents'] // 100}.{row['value_cents'] % 100:02}" if shown else HIDDEN
    return [
        *(row["itn"], row["reference"], row["status"], row["export_date"], row["destination"], row["port_of_export"]),
        *(row["mode"], names[row["filer_account_id"]], row["consignee_name"], row["days_late"]),
        *(row["line"], row["number"], row["description"], row["origin"]),
        *(thousandths(row["quantity_1"]), row["unit_1"], thousandths(row["quantity_2"]), row["unit_2"]),
        *(thousandths(row["weight"]), row["weight_unit"], value),
        *(row["license_code"], row["license_number"], row["eccn"]),
    ]


def thousandths(value: int | None) -> str:
    """Thousandths of a unit as a number a spreadsheet reads: 12, 12.5."""
    if value is None:
        return ""
    whole, part = divmod(abs(value), 1000)
    return ("-" if value < 0 else "") + f"{whole}.{part:03}".rstrip("0").rstrip(".")


def asked(request: Request) -> tuple[Wanted, dict[str, str]]:
    """What the address searches for, and what of it cannot be understood, by field."""
    faults: dict[str, str] = {}
    wanted = Wanted(
        state=text(request, "state") if text(request, "state") in STATES else "",
        reference=text(request, "reference").upper(),
        filer=_of(request, "filer", r"[0-9a-f-]{36}"),
        exporter=number(request, "exporter") or 0,
        destination=_of(request, "destination", r"[A-Za-z]{2}").upper(),
        late=request.query_params.get("late") == "1",
    )
    itn = re.sub(r"\s|^AES", "", text(request, "itn").upper())
    if itn and not re.fullmatch(r"X?\d{0,14}", itn):
        faults["itn"] = "An internal transaction number is X and fourteen digits, or the beginning of one."
    plain = re.sub(r"[\s.]", "", text(request, "number"))
    if plain and not re.fullmatch(r"\d{2,10}", plain):
        faults["number"] = "A Schedule B or tariff number is two to ten digits, as 8708.99.8180, or its beginning."
    since, until = (_day(request, name, faults) for name in ("from", "to"))
    if since and until and since > until:
        faults["to"] = "The last day lies before the first."
    if itn and not itn.startswith("X"):
        itn = "X" + itn
    return replace(wanted, itn=itn, number=plain, since=since, until=until), faults


def _of(request: Request, name: str, form: str) -> str:
    value = text(request, name)
    return value if re.fullmatch(form, value) else ""


def _day(request: Request, name: str, faults: dict[str, str]) -> date | None:
    if not (value := text(request, name)):
        return None
    try:
        return date.fromisoformat(value)
    except ValueError:
        faults[name] = f"{value} is not a date; write it as 2026-09-15."
        return None
