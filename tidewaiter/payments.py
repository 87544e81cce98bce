"""Payment of statements, from the authorised payment to funds moved: final statements, debits for the bank and those
it returns, and money coming in.

Each of these may be repeated: what was done is found done. ``day`` is the business date it is done for.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

import pandas as pd
import psycopg

from loaders import db, debits, finals, returns, settlements, statements
from loaders.archive import Archive
from tidewaiter import bank, database, lateness, month, payment_advice, statement_messages
from tidewaiter.settings import BadSettings, Settings
from transforms.calendar import business_date
from transforms.statement import debiting, nacha, notices

Clock = Callable[[], datetime]

log = logging.getLogger(__name__)


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


@dataclass
class Debits:
    """Debits that went to the bank and the files given to its program; statement number -> why its debit was left out,
    which operations must mend: it waits."""

    debits: int = 0
    amount_cents: int = 0
    files: list[str] = field(default_factory=list)
    left_out: dict[str, str] = field(default_factory=dict)


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
    monthly = database.retrying(settings, lambda conn: finals.finalise(conn, _monthly(settings, conn, day, now())))
    return Final(daily.statements, monthly.statements, daily.deliveries + monthly.deliveries, len(paid))


def settle(settings: Settings, path: Path, now: Clock = utc_now) -> tuple[settlements.Settled, Final]:
    """Record an operator's file of money that came in, mark as paid what it covers, make that final, and let accounts
    stand well again that owed it.

    Raises:
        loaders.settlements.SettlementsError: the file has faults; nothing was recorded.
        OSError: it cannot be read.
    """
    with closing(db.connect(database.url(settings), autocommit=True)) as conn:
        settled = settlements.settle(conn, path, now())
    day = business_date(now())
    final = finalise(settings, day, now)
    lateness.lateness_of(settings, day, now)
    return settled, final


def give_back(settings: Settings, path: Path, now: Clock = utc_now) -> returns.Returned:
    """Record an operator's file of debits that the bank returned: their statements can be paid anew, and the filers
    (and importers of importer statements) are told.

    Raises:
        loaders.returns.ReturnsError: the file has faults; nothing was recorded.
        OSError: it cannot be read.
    """
    with closing(db.connect(database.url(settings), autocommit=True)) as conn, conn.transaction():
        at = now()
        done = returns.record(conn, path, at)
        statement, _, _ = statements.statements(conn, numbers=done.debits["statement_number"])
        messages = pd.DataFrame(list(_returned(done.debits, statement, business_date(at))), columns=statements.DELIVERY)
        statements.deliver(conn, messages, statement["statement_number"].tolist(), at)
    return done


def _returned(debit: pd.DataFrame, statement: pd.DataFrame, day: date) -> Iterator[tuple]:
    of = statement.set_index("statement_number", drop=False)
    for _, row in debit.iterrows():
        number, whose = row["statement_number"], of.loc[row["statement_number"]]
        name, body = f"{number}.returned-{row['ordinal']}.txt", notices.returned(row, whose, day).encode()
        yield number, "filer", "notice", name, body
        if whose["importer_number"]:
            yield number, "importer", "notice", name, body


def _daily(conn: psycopg.Connection, day: date, at: datetime) -> statements.Printing:
    statement, entry, fee = statements.statements(conn, numbers=finals.ready(conn, "daily", day))
    payable, payable_fee = statements.payable_on(conn, statement["statement_number"])
    final = statement.assign(status="F")
    messages = statement_messages.daily(conn, final, entry, payable, payable_fee, day)
    return statements.Printing(final, entry, fee, at, deliveries=messages)


def _monthly(settings: Settings, conn: psycopg.Connection, day: date, at: datetime) -> statements.Printing:
    """Monthly statements keep no entries of their own: they are read through their daily ones."""
    statement, own, fee = statements.statements(conn, numbers=finals.ready(conn, "monthly", day))
    below, entry, _ = statements.statements(conn, parents=statement["statement_number"])
    payable, payable_fee = statements.payable_on(conn, below["statement_number"])
    final = statement.assign(status="F")
    messages = statement_messages.monthly(conn, final, below, entry, payable, payable_fee, day)
    more = payment_advice.sending(settings, final, below, entry, payable, day, at)
    return statements.Printing(final, own, fee, at, deliveries=messages, inside=more)


def origin(settings: Settings) -> nacha.Origin:
    """Who asks the bank for debits. Raises :class:`BadSettings` where the home does not say, or says what no file can
    hold."""
    try:
        return nacha.Origin(
            settings.bank_routing,
            settings.bank_name,
            settings.bank_company_id,
            settings.bank_company_name,
            settings.bank_origin,
            settings.bank_description,
        )
    except ValueError as fault:
        raise BadSettings(
            f"{settings.home}: debits wait, the bank is not set: bank_... in tidewaiter.toml: {fault}"
        ) from fault


def send_debits(settings: Settings, day: date, now: Clock = utc_now) -> Debits:
    """Send the debits due on ``day`` to the bank: a NACHA file, kept in the archive, into ``bank/out/`` of the home.

    A debit stands in one file, whatever is killed when. What no file can hold is left out and told; the others go.

    Raises:
        BadSettings: debits are due and the settings do not say who asks for them.
        StaleState: payments went on changing; try again.
    """
    done = Debits()

    def work(conn: psycopg.Connection) -> None:
        with debits.alone(conn):
            done.left_out = {}
            _record(conn, settings, day, now(), done)
            done.files += bank.hand_over(conn, Archive(settings.archive), bank.folder(settings.home), now)

    database.retrying(settings, work)
    for number, reason in done.left_out.items():
        log.warning("the debit of statement %s waits: %s", number, reason)
    return done


def waiting(settings: Settings, now: Clock = utc_now) -> bool:
    """Whether debits with a bank account are due now: what was authorised on its due day does not wait for tomorrow."""
    with closing(db.connect(database.url(settings), autocommit=True)) as conn:
        due = debits.due(conn, business_date(now()))
    return bool((due["routing_number"] != "").any())


def _record(conn: psycopg.Connection, settings: Settings, day: date, at: datetime, done: Debits) -> None:
    """Make the files of what is due and put them on record. The bank draws on the day, or on the first working day
    from now on."""
    due, today = debits.due(conn, day), business_date(at)
    if due.empty:
        return
    by, archive = origin(settings), Archive(settings.archive)
    due["settle_on"] = pd.Timestamp(month.calendar(settings).next_working(max(day, today)))
    left = debiting.left_out(due)
    done.left_out |= dict(zip(left["statement_number"], left["reason"], strict=True))
    for rows in debiting.files(due[~due["statement_number"].isin(left["statement_number"])]):
        modifier = debiting.modifier(debits.modifiers(conn, today))
        if not modifier:
            done.left_out |= dict.fromkeys(rows["statement_number"], "a day has no more files for the bank than 36")
            continue
        sha256 = archive.put(nacha.file(rows, by, at, modifier))
        name = debiting.name(today, modifier)
        debits.record(conn, rows, name=name, created_on=today, modifier=modifier, sha256=sha256, at=at)
        done.debits, done.amount_cents = done.debits + len(rows), done.amount_cents + int(rows["amount_cents"].sum())
