"""From when on a DAG of the month catches up."""

from __future__ import annotations

from datetime import UTC, datetime

from tidewaiter.settings import NotInitialised, Settings


def opened() -> datetime:
    """The day this home was opened: nothing was filed before, so nothing before it is to be caught up on."""
    try:
        day = Settings.load().opened
    except NotInitialised:
        day = ""
    return datetime.fromisoformat(day or "2026-11-23").replace(tzinfo=UTC)
