"""What the portal's charts and searches read, brought up to date with what was filed."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime

from loaders import db
from loaders.portal import rollup
from tidewaiter import database, invoicing
from tidewaiter.settings import Settings


def refresh(settings: Settings, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> rollup.Refreshed:
    """Add up the months in which something was filed since the last time, and compare invoices with what was filed for
    them while nobody did. Doing it again changes nothing."""
    with closing(db.connect(database.url(settings), autocommit=True)) as conn:
        invoicing.refresh(conn, now())
        return rollup.refresh(conn, now())
