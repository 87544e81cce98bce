"""One entry summary: header, lines, figures, where it stands, every version, and the records it was read from."""

from __future__ import annotations

import re
from typing import Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from markupsafe import Markup

from loaders.archive import Archive
from loaders.portal import invoices
from loaders.portal.importer import entry
from parsers.catair import framing, layout
from portal.importer.common import IMPORTER, PAYMENT_TYPES, Key, number, text, whose, words
from portal.pages import page, signed_in
from portal.viewer import Refused
from transforms import version_changes

router = APIRouter()
#: Records of a transaction shown at once: more than any sensible summary has.
MOST = 5_000
_SPAN = re.compile(r"(\d{1,2})-(\d{1,2})")


def _at(record: str, name: str) -> str:
    found = layout.load("ae").field(record, name)
    return f"{found.start}-{found.end}"


#: Where each figure stands in its record.
PLACES: dict[Any, str] = {
    "value": _at("50", "value_of_goods_amount"),
    "duty": _at("50", "duty_amount"),
    "hts": _at("50", "hts_number"),
    "quantity": _at("50", "quantity_1"),
    "origin": _at("40", "country_of_origin_code"),
    "case": _at("53", "ad_cvd_duty_amount"),
    "bill": _at("23", "manifest_component_identifier"),
    ("header_fee", 1): _at("34", "header_fee_amount_1"),
    ("header_fee", 2): _at("34", "header_fee_amount_2"),
    ("tax", 1): _at("60", "ir_tax_amount"),
    ("other_revenue", 1): _at("61", "other_revenue_amount"),
    ("fee", 1): _at("62", "user_fee_amount"),
    **{("total", slot): _at("89", f"total_fee_amount_{slot}") for slot in range(1, 6)},
}


@router.get("/importer/entries/{id}", dependencies=[Depends(IMPORTER)])
def one(request: Request, id: Key) -> Response:
    """The present version, or the one asked for; the others as a timeline."""
    viewer = signed_in(request)
    accounts = whose(request, viewer)
    with viewer.reading() as conn:
        it = entry.entry(conn, accounts, id)
        versions = entry.versions(conn, accounts, id) if it else []
        if it is None or not versions:
            raise Refused(404)
        asked = number(request, "version")
        version = next((v for v in versions if v["id"] == (asked or it["version_id"])), versions[-1])
        facts = {v["id"]: entry.facts(conn, v["id"]) for v in versions}
        history = entry.history(conn, id)
        laid_beside = invoices.of_entry(conn, id)
    viewer.note("entry seen", subject=f"{it['filer_code']} {it['entry_number']}", rows=len(versions))
    home = viewer.config.settings.home
    return page(
        request,
        "importer_entry.html",
        it=it,
        version=version,
        present=version["id"] == it["version_id"],
        facts=facts[version["id"]],
        lines=_lines(facts[version["id"]]),
        timeline=_timeline(versions, facts, history),
        places=PLACES,
        invoices=laid_beside,
        due_cents=_due(version),
        types=PAYMENT_TYPES,
        classes=words(home, "class_codes"),
        countries=words(home, "countries"),
        ports=words(home, "ports"),
        sureties=words(home, "sureties"),
        shown=viewer.sees_money(),
    )


def _due(version: dict[str, Any]) -> int:
    kinds = ("duty", "fee", "ad", "cvd", "other", *(() if version["deferred_tax"] else ("tax",)))
    return sum(version[f"total_{kind}_cents"] or 0 for kind in kinds)


def _lines(facts: dict[str, list[dict[str, Any]]]) -> list[dict[str, Any]]:
    """Each line item with its tariff numbers, fees and cases."""
    return [
        line
        | {
            "tariffs": [row for row in facts["tariff"] if row["line"] == line["line"]],
            "fees": [row for row in facts["fee"] if row["line"] == line["line"]],
            "cases": [row for row in facts["adcvd"] if row["line"] == line["line"]],
            "words": " ".join(r["text"] for r in facts["remark"] if r["line"] == line["line"]).strip(),
        }
        for line in facts["line"]
    ]


def _timeline(
    versions: list[dict[str, Any]], facts: dict[int, Any], history: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Versions with what each changed, and what happened on statements, oldest first."""
    made = []
    for at, version in enumerate(versions):
        old = versions[at - 1] if at else None
        said = version_changes.changes(old, version, facts[old["id"]], facts[version["id"]]) if old else []
        made.append({"at": version["accepted_at"], "step": "version", "version": version, "changes": said})
    made += history
    return sorted(made, key=lambda step: step["at"])


@router.get("/importer/entries/{id}/records", dependencies=[Depends(IMPORTER)])
def records(request: Request, id: Key) -> Response:
    """The records of the transaction as its sender sent them, a figure's columns marked."""
    viewer = signed_in(request)
    if not viewer.sees_money():
        raise Refused(403, "These records carry amounts, and you were not given the right to see them.")
    accounts = whose(request, viewer)
    with viewer.reading() as conn:
        it = entry.entry(conn, accounts, id)
        versions = entry.versions(conn, accounts, id) if it else []
        asked = number(request, "version") or (it or {}).get("version_id")
        version = next((v for v in versions if v["id"] == asked), None)
        source = entry.source(conn, version["id"]) if version else None
    if it is None or version is None or source is None:
        raise Refused(404)
    viewer.note("records seen", subject=f"{it['filer_code']} {it['entry_number']}", detail=source["sha256"])
    try:
        data = Archive(viewer.config.settings.archive).get(source["sha256"])
    except (OSError, ValueError):
        raise Refused(409, "The file cannot be read from the archive at the moment; nothing is lost.") from None
    marked, span = number(request, "record"), _SPAN.fullmatch(text(request, "columns"))
    columns = (int(span[1]), int(span[2])) if span and 1 <= int(span[1]) <= int(span[2]) <= layout.WIDTH else None
    return page(
        request,
        "importer_records.html",
        it=it,
        version=version,
        source=source,
        marked=marked,
        columns=columns,
        what=_field(data, source, marked, columns),
        rows=list(_shown(data, source, marked, columns)),
    )


def _frames(data: bytes, source: dict[str, Any]) -> tuple[framing.Frames, range]:
    frames = framing.frame([data])
    last = min(source["last_record"], source["record"] + MOST - 1, len(frames))
    return frames, range(source["record"] - 1, last)


def _shown(data: bytes, source: dict[str, Any], marked: int | None, columns: tuple[int, int] | None) -> Any:
    """Number and text of each record of the transaction, and none of any other; Markup escapes what was sent."""
    frames, own = _frames(data, source)
    for row in own:
        whole = frames.cut(row, 1, layout.WIDTH)
        if row + 1 == marked and columns:
            start, end = columns
            yield (
                row + 1,
                Markup("{}<mark>{}</mark>{}").format(whole[: start - 1], whole[start - 1 : end], whole[end:]),
            )
        elif row + 1 == marked:
            yield row + 1, Markup("<mark>{}</mark>").format(whole)
        else:
            yield row + 1, Markup("{}").format(whole)


def _field(data: bytes, source: dict[str, Any], marked: int | None, columns: tuple[int, int] | None) -> str:
    """What the marked columns are, in the words of the layout; blank where nothing of this transaction is marked."""
    frames, own = _frames(data, source)
    if marked is None or marked - 1 not in own:
        return ""
    record = frames.id[marked - 1].decode()
    if columns is None or record not in layout.load("ae"):
        return f"record {record}"
    named = next((f for f in layout.load("ae")[record] if (f.start, f.end) == columns), None)
    return f"record {record}, {named.name.replace('_', ' ') if named else f'columns {columns[0]} to {columns[1]}'}"
