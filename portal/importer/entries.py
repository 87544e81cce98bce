"""Entry summaries of all brokers: searched by what people have in their hands, shown, downloaded."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import replace
from datetime import date
from typing import Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from loaders.portal.importer import entries
from loaders.portal.importer.entries import Wanted
from portal.importer.common import IMPORTER, address, number, text, whose, words
from portal.pages import HIDDEN, csv_cell, download, hts, page, signed_in
from portal.pages import entry as entry_number
from portal.viewer import Viewer

router = APIRouter()
SIZES = (25, 50, 100)
#: Entry summaries of one download.
MOST = 10_000
STATES = {
    "": "any",
    "unprinted": "on no statement yet",
    "open": "on a statement, not paid",
    "paid": "paid",
    "rejected": "sent back by customs",
    "deleted": "deleted",
}
#: The columns of ACE's report ES-003 that refund and audit tools ask for.
COLUMNS = (
    *("Entry Summary Number", "Entry Date", "HTS Number", "Line Number", "Tariff Ordinal"),
    *("Line Goods Value Amount", "Line Tariff Duty Amount", "Line Fee Amount", "Port of Entry"),
)
_AMOUNT = re.compile(r"\$?(\d{1,3}(?:,\d{3})+|\d{1,12})(?:\.(\d{1,2}))?")


@router.get("/importer/entries", dependencies=[Depends(IMPORTER)])
def search(request: Request) -> Response:
    viewer = signed_in(request)
    accounts = whose(request, viewer)
    wanted, faults = asked(request, viewer)
    size = next((n for n in SIZES if text(request, "size") == str(n)), SIZES[0])
    with viewer.reading() as conn:
        choices = entries.choices(conn, accounts)
        names = entries.names(conn, choices["filer_code"])
        rows = [] if faults else entries.page(conn, accounts, wanted, number(request, "before"), size + 1)
        count = 0 if faults else entries.count(conn, accounts, wanted, MOST)
        keyed = entries.keyed_until(conn, accounts) if wanted.bill or wanted.tariff else None
    viewer.note("entries seen", subject=request.url.query[:200], rows=min(len(rows), size))
    return page(
        request,
        "importer_entries.html",
        status=422 if faults and request.headers.get("hx-request") != "true" else 200,  # htmx shows no 422
        rows=rows[:size],
        count=count,
        most=MOST,
        next_page=address(request, before=rows[size - 1]["id"]) if len(rows) > size else "",
        first_page=address(request, before=None) if "before" in request.query_params else "",
        download=address(request, before=None, size=None).replace("/importer/entries", "/importer/entries.csv", 1),
        wrong=faults,
        filtered=wanted != Wanted(),
        keyed=keyed,
        brokers=[("", "any"), *((code, f"{names.get(code, code)} ({code})") for code in choices["filer_code"])],
        ports=[
            ("", "any"),
            *(
                (code, f"{code} {words(viewer.config.settings.home, 'ports').get(code, '')}")
                for code in choices["port"]
            ),
        ],
        states=list(STATES.items()),
        sizes=SIZES,
        size=size,
        shown=viewer.sees_money(),
    )


@router.get("/importer/entries.csv", dependencies=[Depends(IMPORTER)])
def as_csv(request: Request) -> Response:
    """The lines of what the same search finds, in the columns of ES-003."""
    viewer = signed_in(request)
    accounts, shown = whose(request, viewer), viewer.sees_money()
    wanted, faults = asked(request, viewer)
    found = io.StringIO()
    out = csv.writer(found, lineterminator="\r\n")
    out.writerow(COLUMNS)
    rows = 0
    with viewer.reading() as conn:
        count = 0 if faults else entries.count(conn, accounts, wanted, MOST)
        if faults or count > MOST:
            back = address(request).replace("/importer/entries.csv", "/importer/entries", 1)
            return page(request, "importer_too_many.html", status=422, most=MOST, back=back, wrong=faults)
        for row in entries.lines(conn, accounts, wanted, MOST):
            out.writerow([csv_cell(cell) for cell in _cells(row, shown)])
            rows += 1
    viewer.note("entries downloaded", subject=request.url.query[:200], rows=rows)
    name = f"entry_lines_{wanted.since or 'first'}_{wanted.until or viewer.today}.csv"
    return download(name, found.getvalue().encode(), "text/csv; charset=utf-8")


def _cells(row: dict[str, Any], shown: bool) -> list[Any]:
    amounts = [_plain(row[name]) if shown else HIDDEN for name in ("value_cents", "duty_cents", "fee_cents")]
    return [
        entry_number(row["filer_code"], row["entry_number"]),
        row["entry_date"],
        hts(row["hts_number"]),
        row["line"],
        row["tariff"],
        *amounts,
        row["port_of_entry"],
    ]


def _plain(cents: int | None) -> str:
    return "" if cents is None else f"{'-' if cents < 0 else ''}{abs(cents) // 100}.{abs(cents) % 100:02}"


def asked(request: Request, viewer: Viewer) -> tuple[Wanted, dict[str, str]]:
    """What the address searches for, and what of it cannot be understood, by field."""
    faults: dict[str, str] = {}
    wanted = Wanted(
        port=_of(request, "port", r"\d{4}"),
        broker=_of(request, "broker", r"[A-Z0-9]{3}"),
        status=text(request, "status") if text(request, "status") in STATES else "",
    )
    plain = re.sub(r"[\s.-]", "", text(request, "number").upper())
    if plain and not re.fullmatch(r"[A-Z0-9]{1,11}", plain):
        faults["number"] = (
            "An entry number is a filer code and eight digits, as ABC-1234567-8, or the beginning of one."
        )
    elif plain:
        filer, rest = ("", plain) if plain.isdigit() and len(plain) <= 8 else (plain[:3], plain[3:])
        wanted = replace(wanted, filer=filer if len(filer) == 3 else "", entry=rest)
        if filer and len(filer) < 3:
            faults["number"] = "A filer code has three characters."
    bill = re.sub(r"[\s-]", "", text(request, "bill").upper())
    if bill and not re.fullmatch(r"[A-Z0-9]{2,16}", bill):
        faults["bill"] = "A bill of lading is letters and digits, with or without the code of its issuer in front."
    tariff = re.sub(r"[\s.]", "", text(request, "tariff"))
    if tariff and not re.fullmatch(r"\d{2,10}", tariff):
        faults["tariff"] = "A tariff number is two to ten digits, as 8708.99.8180, or its beginning, as 8708."
    since, until = (_day(request, name, faults) for name in ("from", "to"))
    if since and until and since > until:
        faults["to"] = "The last day lies before the first."
    least, most = (_cents(request, name, faults) for name in ("least", "most"))
    if (least is not None or most is not None) and not viewer.sees_money():
        faults["least"] = "Amounts are not shown to you, so they cannot be searched."
        least = most = None
    elif least is not None and most is not None and least > most:
        faults["most"] = "The highest amount is less than the lowest."
    return replace(
        wanted, bill=bill, tariff=tariff, since=since, until=until, least_cents=least, most_cents=most
    ), faults


def _of(request: Request, name: str, form: str) -> str:
    value = text(request, name).upper()
    return value if re.fullmatch(form, value) else ""


def _day(request: Request, name: str, faults: dict[str, str]) -> date | None:
    if not (value := text(request, name)):
        return None
    try:
        return date.fromisoformat(value)
    except ValueError:
        faults[name] = f"{value} is not a date; write it as 2026-09-15."
        return None


def _cents(request: Request, name: str, faults: dict[str, str]) -> int | None:
    """An amount as people write it, 1,234.5 or $1234.50, in cents."""
    if not (value := text(request, name)):
        return None
    if not (match := _AMOUNT.fullmatch(value)):
        faults[name] = f"{value} is not an amount; write it as 1,234.50."
        return None
    whole, part = match.groups()
    return int(whole.replace(",", "")) * 100 + int((part or "").ljust(2, "0"))
