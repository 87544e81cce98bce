"""Statements of a day and of a month, printed: read, assembled, rendered, published in one transaction, and queued.

Printing again what is printed changes nothing and sends nothing. What changed between reading and publishing (an entry
filed, moved or removed meanwhile) makes the publication refuse, and the printing starts anew from what is there now.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, date, datetime

import pandas as pd
import psycopg

from loaders import reference, statement_settings, statements
from tidewaiter import database, payment_advice, statement_messages
from tidewaiter.settings import Settings
from transforms.statement import assemble, chosen_day
from transforms.working_days import Calendar

log = logging.getLogger(__name__)

Clock = Callable[[], datetime]


def calendar(settings: Settings) -> Calendar:
    """Working days and statement dates, from the tables the operator has loaded, else computed."""
    return Calendar.of(reference.snapshot(settings.home).tables)


def print_daily(settings: Settings, day: date, now: Clock = lambda: datetime.now(UTC)) -> statements.Printed:
    """Print the preliminary daily statements of print date ``day``: PF to the filers, a readable report to filers and
    importers, all into their ``outbox/statements``.

    Raises:
        StaleState: entries went on changing; try again.
        transforms.statement.errors.Unprintable: an amount or a count that does not fit its field; nothing is printed.
    """
    days = calendar(settings)

    def made(conn: psycopg.Connection) -> statements.Printing:
        payable, fee = statements.payable(conn, day=day)
        it = assemble.daily(payable, fee, day, statements.numbers(conn, "daily", day), days)
        messages = statement_messages.daily(conn, it.statement, it.entry, payable, fee, day)
        return statements.Printing(it.statement, it.entry, it.fee, now(), deliveries=messages)

    return _published(settings, made, days)


def print_monthly(
    settings: Settings, day: date, now: Clock = lambda: datetime.now(UTC), *, whole: bool = False
) -> statements.Printed:
    """Print the preliminary monthly statements that are to be printed on ``day``, of its month, over the periodic daily
    statements printed so far that are on none yet: MS to the filers, a readable report to filers and importers.

    Those are the statements of the accounts whose chosen working day has come, and from the published preliminary on
    all that are left; with ``whole`` all of the month, whatever the day. An account that chose one statement for the
    nation gets one, prepared by the port it chose; the others one for each port. Raises as :func:`print_daily`.
    """
    first, days = day.replace(day=1), calendar(settings)
    preliminary, due = days.prelim(first.year, first.month), days.due(first.year, first.month)
    printed = preliminary if whole else min(day, preliminary)

    def made(conn: psycopg.Connection) -> statements.Printing:
        chosen = statement_settings.settings(conn, printed)
        early = {number: days.working_day(first.year, first.month, n) for number, n in _days(chosen).items()}
        statement, entry, _ = statements.statements(conn, month=first)
        if not whole:
            statement = statement[chosen_day.due(statement, early, day, preliminary)].reset_index(drop=True)
        statement = statement[statement["kind"] == "daily"].reset_index(drop=True)
        payable, fee = statements.payable_on(conn, statement["statement_number"])
        used = statements.numbers(conn, "monthly", first)
        it = assemble.monthly(statement, entry, payable, fee, first, _national(chosen), used, printed, due)
        parents = assemble.parents(it.entry, entry)
        below = statement.assign(parent_number=statement["statement_number"].map(parents).astype("str").fillna(""))
        below = below[below["parent_number"] != ""].reset_index(drop=True)
        messages = statement_messages.monthly(conn, it.statement, below, entry, payable, fee, printed)
        at = now()
        more = payment_advice.sending(settings, it.statement, below, entry, payable, printed, at)
        return statements.Printing(it.statement, it.entry, it.fee, at, parents, messages, more)

    return _published(settings, made, days)


def _national(chosen: pd.DataFrame) -> dict[str, str]:
    """Filer code or importer number -> port that prepares the one statement it wants."""
    return _by_number(chosen[chosen["scope"] == "national"], "port")


def _days(chosen: pd.DataFrame) -> dict[str, int]:
    """Filer code or importer number -> the working day on which it wants its statement."""
    return _by_number(chosen[chosen["preliminary_day"].notna()], "preliminary_day")


def _by_number(chosen: pd.DataFrame, column: str) -> dict:
    """A choice by filer code or importer number, with and without the number's suffix."""
    values = chosen[column].tolist()
    bare = assemble.account_number(pd.Series("8", chosen.index, dtype="str"), chosen["identifier"])
    return dict(zip(bare, values, strict=True)) | dict(zip(chosen["identifier"], values, strict=True))


def counts(printed: statements.Printed) -> dict[str, int]:
    """What was printed, as a task may tell it to the next."""
    return {"statements": printed.statements, "entries": printed.entries, "deliveries": printed.deliveries}


def _published(
    settings: Settings, made: Callable[[psycopg.Connection], statements.Printing], days: Calendar
) -> statements.Printed:
    """Print; and say what there is to say of the dates that were used, a holiday table that misses the year first."""
    printed = database.retrying(settings, lambda conn: statements.publish_statements(conn, made(conn)))
    for it in days.warnings:
        log.warning("%s", it.text)
    return printed
