"""Payment of statements, from the authorised payment to funds moved: final statements, and money coming in.

Each of these may be repeated: what was done is found done. ``day`` is the business date it is done for.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import psycopg

from loaders import db, finals, settlements, statements
from tidewaiter import database, statement_messages
from tidewaiter.settings import Settings
from transforms.calendar import business_date

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Final:
    """Statements made final, what they tell of, and what is to be delivered of them; those of which nothing was due
    and that are ``paid`` by their presentation."""

    daily: int = 0
    monthly: int = 0
    deliveries: int = 0
    paid: int = 0


def finalise(settings: Settings, day: date, now: Clock = utc_now) -> Final:
    """Make final what is to be final on ``day``, and send it: periodic daily statements presented before ``day``, and
    daily and monthly statements that are paid. PF or MS to the filers, readable reports to filers and importers.

    Raises:
        StaleState: entries went on changing; try again.
        transforms.statement.errors.Unprintable: a statement does not fit its records; none of its kind is final.
    """
    with closing(db.connect(database.url(settings), autocommit=True)) as conn:
        paid = settlements.mark_paid(conn, finals.of_nothing(conn, day), now())
    daily = database.retrying(settings, lambda conn: finals.finalise(conn, _daily(conn, day, now())))
    monthly = database.retrying(settings, lambda conn: finals.finalise(conn, _monthly(conn, day, now())))
    return Final(daily.statements, monthly.statements, daily.deliveries + monthly.deliveries, len(paid))


def settle(settings: Settings, path: Path, now: Clock = utc_now) -> tuple[settlements.Settled, Final]:
    """Record an operator's file of money that came in, mark as paid what it covers, and make that final.

    Raises:
        loaders.settlements.SettlementsError: the file has faults; nothing was recorded.
        OSError: it cannot be read.
    """
    with closing(db.connect(database.url(settings), autocommit=True)) as conn:
        settled = settlements.settle(conn, path, now())
    return settled, finalise(settings, business_date(now()), now)


def _daily(conn: psycopg.Connection, day: date, at: datetime) -> statements.Printing:
    statement, entry, fee = statements.statements(conn, numbers=finals.ready(conn, "daily", day))
    payable, payable_fee = statements.payable_on(conn, statement["statement_number"])
    final = statement.assign(status="F")
    messages = statement_messages.daily(conn, final, entry, payable, payable_fee, day)
    return statements.Printing(final, entry, fee, at, deliveries=messages)


def _monthly(conn: psycopg.Connection, day: date, at: datetime) -> statements.Printing:
    """Monthly statements keep no entries of their own: they are read through their daily ones."""
    statement, own, fee = statements.statements(conn, numbers=finals.ready(conn, "monthly", day))
    below, entry, _ = statements.statements(conn, parents=statement["statement_number"])
    payable, payable_fee = statements.payable_on(conn, below["statement_number"])
    final = statement.assign(status="F")
    messages = statement_messages.monthly(conn, final, below, entry, payable, payable_fee, day)
    return statements.Printing(final, own, fee, at, deliveries=messages)
