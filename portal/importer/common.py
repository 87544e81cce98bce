"""What the importer's pages have in common: whose data, codes in words, and what an address asks for."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Path as Part
from fastapi import Request

from loaders import reference
from portal.viewer import For, Refused, Viewer

IMPORTER = For(("importer",))
#: Who pays how, by payment type (record 10).
PAYMENT_TYPES = {
    "1": "single payment",
    "2": "broker's daily statement",
    "3": "my daily statement",
    "5": "my daily statement, by branch",
    "6": "broker's monthly statement",
    "7": "my monthly statement",
    "8": "my monthly statement, by branch",
}
_TABLES = {"ports": ("port_code", "name"), "countries": ("iso", "name"), "class_codes": ("class_code", "description"),
           "sureties": ("surety_code", "name")}  # fmt: skip
#: A key of the database in an address.
Key = Annotated[int, Part(ge=0, lt=2**63)]


def mine(viewer: Viewer) -> tuple[int, ...]:
    """Ids of the importer accounts whose data this is: the acting account, and its sub-accounts."""
    own = set(viewer.reach.accounts)
    return tuple(id for id in viewer.reach.importers if id in own)


def whose(request: Request, viewer: Viewer) -> tuple[int, ...]:
    """:func:`mine`; refuses a viewer without one.

    Raises
        Refused: there is no importer account.
    """
    if not (found := mine(viewer)):
        raise Refused(404)
    return found


def words(home: Path, table: str) -> Mapping[str, str]:
    """Code -> words, of ``ports``, ``countries``, ``class_codes`` or ``sureties``, of the operator.s tables."""
    current = home / "reference" / "current"
    return _words(home, table, current.read_text() if current.exists() else "")


@lru_cache(maxsize=32)
def _words(home: Path, table: str, hash: str) -> Mapping[str, str]:
    tables = reference.snapshot(home, hash or None).tables if hash else {}
    if table not in tables:
        return MappingProxyType({})
    code, name = _TABLES[table]
    frame = tables[table]
    return MappingProxyType(dict(zip(frame[code].astype(str), frame[name].astype(str), strict=True)))


def text(request: Request, name: str, longest: int = 40) -> str:
    """A part of the address, trimmed, without control characters."""
    value = request.query_params.get(name, "")
    return "".join(c for c in value if c.isprintable()).strip()[:longest]


def number(request: Request, name: str) -> int | None:
    """A key of the database, or None."""
    value = request.query_params.get(name, "")
    return int(value) if value.isascii() and value.isdigit() and len(value) < 19 else None


def month(value: str) -> date | None:
    """The first of a month given as 2026-09."""
    try:
        first = date.fromisoformat(value + "-01")
    except ValueError:
        return None
    return first if 1990 <= first.year <= 2100 else None


def months_before(first: date, count: int) -> date:
    """The first of the month ``count`` months before that of ``first``."""
    at = first.year * 12 + first.month - 1 - count
    return date(at // 12, at % 12 + 1, 1)


def address(request: Request, **change: object) -> str:
    """This address with parts changed or, if None or blank, left out."""
    parts = dict(request.query_params) | change
    query = urlencode({name: str(value) for name, value in parts.items() if value not in (None, "")})
    return f"{request.url.path}?{query}" if query else request.url.path
