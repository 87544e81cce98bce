"""From where export filings are looked at: an exporter sees those in its name, a filer those it sent, an officer all of
them or those of one account. The pages are the same."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from fastapi import Request

from loaders.portal import officer
from loaders.portal.exporter.filings import ALL, Whose
from portal.importer.common import text, whose
from portal.viewer import For, Refused, Viewer


@dataclass(frozen=True, slots=True)
class Room:
    """Addresses of the list, of one refused action and of the download; ``of``: whose filings the list shows, and the
    name of the one account it is about, if any. ``agents``: whoever looks knows its agents and may deny one."""

    persona: For
    title: str
    nothing: str
    filings: str
    refused: str
    download: str
    of: Callable[[Request, Viewer, Any], tuple[Whose, str]]
    agents: bool = False

    def kept(self, request: Request) -> str:
        """What of the address stays when the search is begun anew: the account an officer looks at."""
        account = text(request, "account") if self is OFFICER else ""
        return urlencode({"account": account}) if account else ""


def _of_exporter(request: Request, viewer: Viewer, conn: Any) -> tuple[Whose, str]:
    return Whose(whose(request, viewer)), ""


def _of_filer(request: Request, viewer: Viewer, conn: Any) -> tuple[Whose, str]:
    return Whose(viewer.reach.filers, "filer"), ""


def _of_officer(request: Request, viewer: Viewer, conn: Any) -> tuple[Whose, str]:
    if not (public_id := text(request, "account")):
        return ALL, ""
    if (it := officer.account(conn, public_id)) is None:
        raise Refused(404)
    return Whose([row["id"] for row in officer.tree(conn, it["id"])], "either"), it["name"]


EXPORTER = Room(
    For(("exporter",)),
    "Export filings in my name",
    "Nobody has filed an export in your name yet.",
    "/exporter/filings",
    "/exporter/refused",
    "/exporter/commodities.csv",
    _of_exporter,
    agents=True,
)
FILER = Room(
    For(("broker",)),
    "Export filings I sent",
    "You have sent no export filing yet. Export filings are X12 sets 601, put into the inbox like any other file.",
    "/broker/exports",
    "/broker/exports/refused",
    "/broker/exports.csv",
    _of_filer,
)
OFFICER = Room(
    For(("officer",)),
    "Export filings",
    "No export was filed yet.",
    "/officer/exports",
    "/officer/exports/refused",
    "/officer/exports.csv",
    _of_officer,
)
