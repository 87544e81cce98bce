"""A whole month of the demonstration, day by day on a clock of its own: files, statements, payment, the filing.

It calls what the DAGs call, at the times of day at which they do. All of it lies in the past of the real clock, so that
what happens today comes after it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
import paramiko

from loaders import db, statements
from tidewaiter import database, export_statement, filing, intake, lateness, month, payments
from tidewaiter.demo_parties import Bank, Broker, put
from tidewaiter.demo_workers import Work
from tidewaiter.settings import Settings
from transforms.working_days import Calendar

#: Working days after the due day until the importer that pays late has paid, and one more to record it.
LATE = 3
NEW_YORK = ZoneInfo("America/New_York")


@dataclass(frozen=True)
class Cycle:
    """The life of a month: entered in ``month``, on the monthly statements of ``statement_month`` (first days), which
    are due on ``due``; ``days`` are its working days until the last payment is recorded."""

    month: date
    statement_month: date
    filed: date
    due: date
    days: list[date]


def last_cycle(today: date, calendar: Calendar) -> Cycle:
    """The last month whose life is over before ``today``."""
    month = today.replace(day=1)
    while True:
        month = (month - timedelta(days=1)).replace(day=1)
        cycle = _cycle(month, calendar)
        if cycle.days[-1] < today:
            return cycle


def _cycle(first: date, calendar: Calendar) -> Cycle:
    following = (first + timedelta(days=31)).replace(day=1)
    due = calendar.due(following.year, following.month)
    last = calendar.add_working_days(due, LATE + 1)
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    filed = calendar.prelim(following.year, following.month)
    return Cycle(first, following, filed, due, [day for day in days if calendar.is_working(day)])


@dataclass
class Month:
    """The month as it goes by. ``late_payer`` is the number of the importer that pays after the due day, by a transfer
    of its own; ``say`` is told each working day in a line. ``trade`` (bench.trade) says what is sent in X12, in the
    sessions of ``traders`` (by account number); ``work`` computes shards (tidewaiter.demo_workers)."""

    settings: Settings
    cycle: Cycle
    brokers: list[Broker]
    late_payer: str
    say: Callable[[str], None]
    trade: Any
    traders: dict[str, paramiko.SFTPClient]
    work: Work
    now: datetime = datetime.min
    open: set[str] = field(default_factory=set)
    _told: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.bank = Bank(self.settings)

    def run(self, sent: Iterable[Any]) -> None:
        """Live through the cycle. ``sent`` are the days of the month with the files brokers send on them
        (bench.month)."""
        files = iter(sent)
        waiting = next(files, None)
        for day in self.cycle.days:
            of_day, traded = [], []
            if waiting is not None and waiting.day == day:
                today, waiting = waiting, next(files, None)
                of_day, traded = today.files, list(self.trade.files(today, last=waiting is None))
            self._told = []
            self._morning(day)
            self._noon(day, of_day, traded)
            self._evening(day)
            if day == self.cycle.days[-1]:
                self._file()  # what has been paid since is a new version
                intake.deliver(self.settings)
            if self._told:
                self.say(f"{day:%a %d %b}  {'; '.join(self._told)}")

    def clock(self) -> datetime:
        """The month's own clock."""
        return self.now

    def _at(self, day: date, hour: int) -> None:
        self.now = datetime.combine(day, time(hour), NEW_YORK).astimezone(UTC)

    def _tell(self, count: int, words: str) -> None:
        if count:
            one, _, many = words.partition("|")
            self._told.append(f"{count} {one if count == 1 else many or one}")

    def _morning(self, day: date) -> None:
        """Print, make final, close the month on its day, send the debits."""
        self._at(day, 6)
        self._tell(month.print_daily(self.settings, day, self.clock).statements, "daily printed")
        self._tell(month.print_monthly(self.settings, day, self.clock).statements, "monthly printed")
        self._tell_final(payments.finalise(self.settings, day, self.clock))
        self._at(day, 8)
        if day == self.cycle.filed:
            self._file()
        late = lateness.lateness_of(self.settings, day, self.clock)
        self._tell(len(late.statements), "statement late|statements late")
        debits = payments.send_debits(self.settings, day, self.clock)
        self._tell(debits.debits, "debit sent to the bank|debits sent to the bank")
        self._tell(len(debits.left_out), "debit waits|debits wait")
        intake.deliver(self.settings)

    def _file(self) -> None:
        done = filing.file_month(self.settings, self.cycle.month, self.clock)
        self._tell(done.filed, f"filing of {self.cycle.month:%B}|filings of {self.cycle.month:%B}")
        stated = export_statement.state_month(self.settings, self.cycle.month, self.clock)
        self._tell(stated.filed, "export statement|export statements")
        for number in [*done.open, *stated.open]:
            self.open.add(number)
            self._told.append(f"{number} does not tie out and is not filed")

    def _noon(self, day: date, files: list, traded: list) -> None:
        """Brokers send what they filed, and what they decide on their statements, traders what they file in X12;
        everything is answered."""
        self._at(day, 12)
        sessions = {broker.account: broker.session for broker in self.brokers}
        removed, authorised = (sum(getattr(it, name) for it in self.brokers) for name in ("removed", "authorised"))
        for file in files:
            put(sessions[f"B-{file.sender}"], file.name, file.data)
        for file in traded:
            put(self.traders[file.account], file.name, file.data)
        looks = self.cycle.days.index(day) % 2  # brokers look after their statements every other day
        asked = [(broker, file) for broker in self.brokers for file in broker.files(day)] if looks else []
        for broker, (name, data) in asked:
            put(broker.session, name, data)
        if files or asked or traded:
            self._answer()
        if files:
            told = pd.concat([file.entries for file in files])["final"]
            self._tell(len(told), f"filing ({(told < '998').sum()} accepted)|filings ({(told < '998').sum()} accepted)")
        if traded:
            told = pd.concat([file.sets for file in traded])
            exports, good = told["kind"] == "export", told["effect"] != "rejected"
            count = (exports & good).sum()
            self._tell(exports.sum(), f"export filing ({count} accepted)|export filings ({count} accepted)")
            self._tell((~exports).sum(), "invoice|invoices")
        self._tell(sum(it.removed for it in self.brokers) - removed, "taken off")
        self._tell(sum(it.authorised for it in self.brokers) - authorised, "payment authorised|payments authorised")

    def _answer(self) -> None:
        intake.receive(self.settings, self.clock)
        while shards := intake.claim(self.settings):
            self.work([shard["shard"] for shard in shards], self.now)
        intake.deliver(self.settings)
        self.now += timedelta(minutes=1)

    def _evening(self, day: date) -> None:
        """What the bank moved is recorded, and what it pays for becomes final."""
        self._at(day, 18)
        self.bank.draw(day)
        for number, cents in self._transfers(day):
            self.bank.credit(number, cents, day)
        path = self.bank.report(day)
        if path:
            settled, final = payments.settle(self.settings, path, self.clock)
            self._tell(len(settled.paid), "paid")
            self._tell_final(final)
            intake.deliver(self.settings)

    def _tell_final(self, final: payments.Final) -> None:
        self._tell(final.daily, "daily final")
        self._tell(final.monthly, "monthly final")

    def _transfers(self, day: date) -> Iterator[tuple[str, int]]:
        """What the late payer transfers, some working days after its statements were due."""
        late = self.cycle.days.index(day) - self.cycle.days.index(self.cycle.due)
        if late == LATE:
            with closing(db.connect(database.url(self.settings), autocommit=True)) as conn:
                table, _, _ = statements.statements(conn, kind="monthly", month=self.cycle.statement_month)
            table = table[(table["importer_number"] == self.late_payer) & (table["remaining_cents"] > 0)]
            yield from zip(table["statement_number"], table["remaining_cents"].astype(int), strict=True)
