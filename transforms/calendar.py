"""Business dates are days in New York; instants are in UTC. The clock is always an argument."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

NEW_YORK = ZoneInfo("America/New_York")


def business_date(instant: datetime) -> date:
    """The day in New York at ``instant``. Raises ValueError when the instant has no time zone."""
    if instant.tzinfo is None:
        raise ValueError("an instant needs its time zone to have a business date")
    return instant.astimezone(NEW_YORK).date()
