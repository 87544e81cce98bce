"""One filing with its versions, the proof of it, and one action that was refused with how to mend it."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from loaders.portal.exporter import filing
from portal.exporter.common import EFFECTS, MODES, OPTIONS, ROLES, licenses, named
from portal.exporter.filings import thousandths
from portal.exporter.rooms import Room
from portal.importer.common import Key, number, words
from portal.pages import NEW_YORK, page, signed_in
from portal.viewer import Refused
from portal.x12_words import element
from transforms.export import changes


def router(room: Room) -> APIRouter:
    """One filing, its proof, and one refused action, in a room."""
    made = APIRouter()

    @made.get(room.refused + "/{id}", dependencies=[Depends(room.persona)])
    def refused(request: Request, id: Key) -> Response:
        return _refused(request, id, room)

    @made.get(room.filings + "/{id}", dependencies=[Depends(room.persona)])
    def one(request: Request, id: Key) -> Response:
        return _one(request, id, room)

    @made.get(room.filings + "/{id}/proof", dependencies=[Depends(room.persona)])
    def proof(request: Request, id: Key) -> Response:
        return _proof(request, id, room)

    return made


def _one(request: Request, id: int, room: Room) -> Response:
    """The present version, or the one asked for; the others as a timeline, refused attempts among them."""
    viewer = signed_in(request)
    with viewer.reading() as conn:
        it = filing.filing(conn, room.of(request, viewer, conn)[0], id)
        versions = filing.versions(conn, id) if it else []
        if it is None or not versions:
            raise Refused(404)
        asked = number(request, "version") or it["version_id"]
        below = filing.below(conn, [v["id"] for v in versions])
        versions, refused = (
            named(conn, versions),
            named(conn, filing.refusals(conn, it["exporter_account_id"], it["reference"])),
        )
        version = next((v for v in versions if v["id"] == asked), versions[-1])
        said = filing.conditions(conn, [version["transaction_id"]])[version["transaction_id"]]
    viewer.note("export filing seen", account_id=it["exporter_account_id"], subject=it["itn"], rows=len(versions))
    home = viewer.config.settings.home
    return page(
        request,
        "exporter_filing.html",
        room=room,
        it=it,
        version=version,
        present=version["id"] == it["version_id"],
        below=below[version["id"]],
        conditions=[row | {"field": element(row["element"])} for row in said],
        timeline=_timeline(versions, below, refused),
        modes=MODES,
        options=OPTIONS,
        roles=ROLES,
        licenses=licenses(),
        effects=EFFECTS,
        thousandths=thousandths,
        countries=words(home, "countries"),
        ports=words(home, "ports"),
        shown=viewer.sees_money(),
    )


def _timeline(
    versions: list[dict[str, Any]], below: dict[int, Any], refused: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Versions with what each changed, and actions that were refused, oldest first. A cancellation says nothing of the
    goods."""
    changed: dict[int, list[changes.Change]] = {}
    for old, new in pairwise(versions):
        if new["effect"] != "cancelled":
            changed[new["id"]] = changes.changes(old, new, below[old["id"]]["line"], below[new["id"]]["line"])
    made = [
        {"at": v["accepted_at"], "step": v["effect"], "row": v, "changes": changed.get(v["id"], [])} for v in versions
    ]
    made += [{"at": r["refused_at"], "step": "refused", "row": r, "changes": []} for r in refused]
    return sorted(made, key=lambda step: step["at"])


def _proof(request: Request, id: int, room: Room) -> Response:
    """What proves that a shipment was filed: to be printed, with its citation (15 CFR 30.7)."""
    viewer = signed_in(request)
    with viewer.reading() as conn:
        it = filing.filing(conn, room.of(request, viewer, conn)[0], id)
        versions = filing.versions(conn, id) if it else []
        if it is None or not versions:
            raise Refused(404)
        version = next(v for v in versions if v["id"] == it["version_id"])
        goods = filing.below(conn, [version["id"]])[version["id"]]["line"]
    viewer.note("proof of filing seen", account_id=it["exporter_account_id"], subject=it["itn"])
    home = viewer.config.settings.home
    return page(
        request,
        "exporter_proof.html",
        room=room,
        it=it,
        version=version,
        versions=versions,
        goods=goods,
        modes=MODES,
        thousandths=thousandths,
        countries=words(home, "countries"),
        ports=words(home, "ports"),
        now=viewer.now,
        shown=viewer.sees_money(),
    )


def _refused(request: Request, id: int, room: Room) -> Response:
    """An action that was refused: every reason, where it stands, and how to mend it."""
    viewer = signed_in(request)
    with viewer.reading() as conn:
        found = filing.refusal(conn, room.of(request, viewer, conn)[0], id)
        if found is None:
            raise Refused(404)
        (it,) = named(conn, [found])
        said = filing.conditions(conn, [it["transaction_id"]])[it["transaction_id"]]
        tries = named(conn, filing.refusals(conn, it["exporter_account_id"], it["reference"]))
    viewer.note("refused export filing seen", account_id=it["exporter_account_id"], subject=it["reference"])
    return page(
        request,
        "exporter_refusal.html",
        room=room,
        it=it,
        conditions=[row | {"field": element(row["element"])} for row in said],
        tries=[row for row in tries if row["id"] != id],
        mended_on=it["mended_at"] and it["mended_at"].astimezone(NEW_YORK),
        mended=it["mended_at"] or (it["changed_at"] is not None and it["changed_at"] > it["refused_at"]),
        countries=words(viewer.config.settings.home, "countries"),
        shown=viewer.sees_money(),
    )
