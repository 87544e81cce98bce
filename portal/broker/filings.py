"""My filings: the entry summaries a broker filed, searched; one with its versions and what each changed."""

from __future__ import annotations

import csv
import io
from itertools import pairwise
from typing import Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from loaders.archive import Archive
from loaders.portal import broker_filings, invoices
from parsers.catair import framing
from portal import filters
from portal.pages import csv_cell, download, instant, money, page, signed_in
from portal.pages import entry as entry_number
from portal.viewer import For, Refused, Viewer
from transforms import resend

router = APIRouter()
BROKER = For(("broker",))


#: The most rows of a download.
MOST = 10_000
COLUMNS = (
    *("entry", "importer", "reference", "type", "port", "accepted", "version", "status", "statement", "paid", "total"),
)


def asked(request: Request) -> broker_filings.Wanted:
    """What the search asks for."""
    return broker_filings.Wanted(
        number=filters.text(request, "number", 20),
        importer=filters.text(request, "importer"),
        client=filters.text(request, "client", 40),
        reference=filters.text(request, "reference", 20),
        state=filters.choice(request, "state", broker_filings.STATES),
        first=filters.day(request, "first"),
        last=filters.day(request, "last"),
    )


@router.get("/broker/filings", dependencies=[Depends(BROKER)])
def filings(request: Request) -> Response:
    viewer, wanted = signed_in(request), asked(request)
    size = filters.size(request)
    with viewer.reading() as conn:
        filers = viewer.reach.filers
        found = broker_filings.entries(conn, filers, wanted, filters.number(request, "before"), size + 1)
        count = broker_filings.count(conn, filers, wanted)
    viewer.note("filings searched", rows=min(len(found), size))
    more = filters.address(request, before=found[size - 1]["id"]) if len(found) > size else ""
    return page(
        request, "broker_filings.html", entries=found[:size], count=count, wanted=wanted, more=more,
        money_shown=viewer.sees_money(), most=MOST,
        as_csv=filters.address(request, before=None, size=None).replace("/broker/filings", "/broker/filings.csv", 1),
    )  # fmt: skip


@router.get("/broker/filings.csv", dependencies=[Depends(BROKER)])
def as_csv(request: Request) -> Response:
    """What the same search finds, at most :data:`MOST` rows, the latest first."""
    viewer, text = signed_in(request), io.StringIO()
    with viewer.reading() as conn:
        found = broker_filings.entries(conn, viewer.reach.filers, asked(request), limit=MOST)
    rows = csv.writer(text, lineterminator="\r\n")
    rows.writerow(COLUMNS)
    for it in found:
        cells = (
            *(entry_number(it["filer_code"], it["entry_number"]), it["importer"], it["broker_reference"]),
            *(it["entry_type"], it["port_of_entry"], instant(it["accepted_at"]), it["version_number"]),
            *("sent back" if it["rejected"] else it["status"], it["statement_number"]),
            *(instant(it["paid_at"]) if it["paid_at"] else "", dollars(it["total_cents"], viewer.sees_money())),
        )
        rows.writerow([csv_cell(cell) for cell in cells])
    viewer.note("filings downloaded", rows=len(found))
    return download(f"filings_{viewer.today}.csv", text.getvalue().encode(), "text/csv; charset=utf-8")


def dollars(cents: int, shown: bool) -> str:
    """An amount for a spreadsheet: 1234.56."""
    return money(cents, shown).replace(",", "")


@router.get("/broker/filings/{entry}", dependencies=[Depends(BROKER)])
def filing(request: Request, entry: filters.Key) -> Response:
    """One entry summary: filed by us, or by somebody else for an importer that lets us see it."""
    viewer = signed_in(request)
    with viewer.reading() as conn:
        it = broker_filings.entry(conn, entry)
        if it is None:
            raise Refused(404, "There is no such entry summary among those you may see.")
        versions = broker_filings.versions(conn, entry)
        chosen = filters.number(request, "version")
        version = next((v for v in versions if v["id"] == chosen), versions[-1])
        lines = broker_filings.lines(conn, version["id"])
        source = broker_filings.source(conn, version["id"])
        laid_beside = invoices.of_entry(conn, entry)
    shown = _money(viewer, it)
    viewer.note(
        "entry opened", account_id=it["importer_account_id"], subject=f"entry {it['filer_code']}-{it['entry_number']}"
    )
    changes = {after["id"]: _changes(before, after) for before, after in pairwise(versions)}
    return page(
        request, "broker_filing.html", it=it, versions=versions, version=version, lines=lines, changes=changes,
        money_shown=shown, records=_records(viewer, source) if source and shown else [], source=source,
        invoices=laid_beside,
    )  # fmt: skip


def _money(viewer: Viewer, it: dict[str, Any]) -> bool:
    """What we filed ourselves we know; of what others filed, the importer says whether we see amounts."""
    if it["filer_account_id"] in viewer.reach.filers:
        return viewer.sees_money()
    return viewer.sees_money(it["importer_account_id"])


def _changes(before: dict[str, Any], after: dict[str, Any]) -> list[tuple[str, Any, Any]]:
    """What of the header a version changed: column, before, after."""
    return [(name, before[name], after[name]) for name in broker_filings.FILED if before[name] != after[name]]


def _records(viewer: Viewer, source: dict[str, Any]) -> list[str]:
    """The records of the version's transaction as they were sent."""
    frames = framing.frame([Archive(viewer.config.settings.archive).get(source["sha256"])])
    first, last = source["record"] - 1, min(source["last_record"], len(frames))
    return [resend.shown(frames, row) for row in range(first, last)]
