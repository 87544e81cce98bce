"""What an address asks for: each part is of an allow-list, or has a form, or counts as not given (ASVS 2.2.1)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Path, Request

SIZES = (25, 50, 100)
LARGEST = 2**63 - 1
#: A key of the database in an address.
Key = Annotated[int, Path(ge=1, le=LARGEST)]


def choice(request: Request, name: str, allowed: Iterable[str], default: str = "") -> str:
    """One of ``allowed``."""
    value = request.query_params.get(name, "")
    return value if value in allowed else default


def text(request: Request, name: str, longest: int = 80) -> str:
    """Text without control characters, trimmed."""
    value = request.query_params.get(name, "")
    return "".join(c for c in value if c.isprintable()).strip()[:longest]


def number(request: Request, name: str, highest: int = LARGEST) -> int | None:
    """A whole number from 0 to ``highest``; a key of the database where nothing else is said."""
    value = request.query_params.get(name, "")
    if value.isascii() and value.isdigit() and len(value) < 20 and int(value) <= highest:
        return int(value)
    return None


def day(request: Request, name: str) -> date | None:
    """A date, as 2026-09-15."""
    try:
        value = date.fromisoformat(request.query_params.get(name, ""))
    except ValueError:
        return None
    return value if 1990 <= value.year <= 2100 else None


def month(request: Request, name: str, default: date) -> date:
    """The first day of a month, given as 2026-09."""
    try:
        value = date.fromisoformat(request.query_params.get(name, "") + "-01")
    except ValueError:
        return default
    return value if 1990 <= value.year <= 2100 else default


def flag(request: Request, name: str) -> bool:
    """A box that was ticked."""
    return request.query_params.get(name) == "1"


def size(request: Request) -> int:
    """Rows of a page."""
    value = number(request, "size", max(SIZES))
    return value if value in SIZES else SIZES[0]


def address(request: Request, **change: object) -> str:
    """This address with parts changed, added, or (None) left out; parts that are blank are left out, too."""
    parts = dict(request.query_params) | change
    query = urlencode({name: value for name, value in parts.items() if value not in (None, "")})
    return f"{request.url.path}?{query}" if query else request.url.path
