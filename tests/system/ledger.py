"""What a month should come to, kept by hand: each entry and what it owes, each statement and what stands on it.

Written from the chapters and from nothing else, an object and a loop at a time. What the system does is compared with
it after every step. Codes are those of the answers (docs/conditions.md, transforms/statement/conditions.csv).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta

from tests.system.summaries import Pay, Summary

PERIODIC = ("6", "7", "8")
HOLIDAYS = {date(2026, 10, 12), date(2026, 11, 11), date(2026, 11, 26), date(2026, 12, 25)}
#: 11th and 15th working day of each statement month, counted by hand.
PRELIMINARY = {date(2026, 10, 1): date(2026, 10, 16), date(2026, 11, 1): date(2026, 11, 17)}
DUE = {date(2026, 10, 1): date(2026, 10, 22), date(2026, 11, 1): date(2026, 11, 23)}
PRELIMINARY |= {date(2026, 9, 1): date(2026, 9, 16), date(2026, 12, 1): date(2026, 12, 15)}
DUE |= {date(2026, 9, 1): date(2026, 9, 22), date(2026, 12, 1): date(2026, 12, 21)}


def working(day: date, n: int = 0) -> date:
    """``day`` or the first working day after it, and ``n`` working days on."""
    while True:
        if day.weekday() < 5 and day not in HOLIDAYS:
            if n == 0:
                return day
            n -= 1
        day += timedelta(days=1)


@dataclass(eq=False)
class Statement:
    """A printed statement; a monthly one has ``below``. Amounts are cents."""

    number: str
    kind: str
    pay: Pay
    filer: str
    importer: str
    port: str
    due_day: date
    entries: list[Entry] = field(default_factory=list)
    below: list[Statement] = field(default_factory=list)
    parent: Statement | None = None
    total: int = 0
    came_in: int = 0
    presented: date | None = None
    unit: str = ""
    sent: bool = False
    paid: bool = False
    final: bool = False

    def stands(self) -> list[Entry]:
        return [*self.entries, *(entry for it in self.below for entry in it.entries)]

    def remaining(self) -> int:
        return sum(entry.due_on for entry in self.stands())

    def funds(self) -> int:
        return self.came_in + sum(it.came_in for it in self.below)

    def covered(self, before: date | None = None) -> bool:
        """Funds cover what is due; where nothing is, it has been presented (before a day)."""
        if self.remaining() > 0:
            return self.funds() >= self.remaining()
        parts = self.below or [self]
        return all(it.paid or (it.presented and (before is None or it.presented < before)) for it in parts)

    def pays(self) -> list[Statement]:
        self.paid = True
        for entry in self.stands():
            entry.paid = True
        new = [self, *(it for it in self.below if not it.paid)]
        for it in self.below:
            it.paid = True
        return new


@dataclass(eq=False)
class Entry:
    """An entry summary: whether it is on file, in which version, what it owes and where it stands.

    ``off``: it was taken off a statement (``off``) and filed again since (``refiled``). ``customs``: it has been under
    customs control.
    """

    summary: Summary
    on_file: bool = False
    major: int = 0
    versions: int = 0
    more: int = 0
    pay: Pay = field(default_factory=Pay)
    customs: bool = False
    off: str = ""
    on: Statement | None = None
    due_on: int = 0
    paid: bool = False

    @property
    def due(self) -> int:
        return self.summary.due(self.more)

    @property
    def held(self) -> bool:
        return self.customs and not self.off

    def filed(self, action: str, pay: Pay, more: int, *, faulty: bool = False, correction: bool = False) -> str:
        """An add, replacement, deletion or correction: the code of its final disposition."""
        if action == "D":
            if not self.on_file or self.customs:
                return "998"
            self.on_file = False
            return "997"
        if correction:
            wrong = not self.on_file or not self.held or not self.paid or not self.summary.correctable
        else:
            wrong = self.on_file and self.held
        if wrong or faulty:
            if self.on_file and not self.customs and not correction:
                self.on_file = False  # a replacement that failed takes what was there with it
            return "998"
        code = "996" if self.on_file else "995"
        if not self.on_file:
            self.major = 1
        elif self.off == "off" or correction:
            self.major += 1
        self.off = "refiled" if self.off else ""
        self.on_file, self.more, self.versions = True, more, self.versions + 1
        self.pay = Pay() if correction else pay
        return code

    def moved(self, pay: Pay) -> str:
        """A statement update: the code of its answer."""
        single = pay.kind == "1"
        if not self.on_file:
            return "P01"
        if self.on is None:
            if single:
                return "T01"
        else:
            it, periodic = self.on, self.on.pay.kind in PERIODIC
            if it.paid or (it.parent and it.parent.paid):
                return "T03"
            if it.final and periodic and not single:
                return "T04"
            if it.presented and not (it.final and periodic):
                return "T02"
            it.entries.remove(self)
            self.on, self.due_on, self.off = None, 0, "off"
        self.pay = pay
        return "P12"


class Ledger:
    """All entries and statements of a house."""

    def __init__(self) -> None:
        self.entries: dict[tuple[str, str], Entry] = {}
        self.statements: dict[str, Statement] = {}

    def of(self, kind: str) -> list[Statement]:
        return [it for it in self.statements.values() if it.kind == kind]

    def printed(self, day: date) -> dict[tuple, list[Entry]]:
        """The daily statements of a print date that are still to be printed: what tells each, and what is on it."""
        found: dict[tuple, list[Entry]] = {}
        for entry in self.entries.values():
            if not entry.on_file or entry.on or entry.paid or entry.pay.kind == "1" or entry.pay.day != day:
                continue
            found.setdefault((entry.summary.filer, *self._of(entry), entry.summary.port, entry.pay), []).append(entry)
        return found

    @staticmethod
    def _of(entry: Entry) -> tuple[str]:
        """The importer of the statement: none for a filer's, without the two characters of suffix for branches'."""
        kind, number = entry.pay.kind, entry.summary.importer
        return ("" if kind in "26" else number[:-2] if kind in "58" else number,)

    def prints(self, number: str, key: tuple, entries: list[Entry]) -> Statement:
        filer, importer, port, pay = key
        if pay.kind in PERIODIC:
            due = DUE[pay.month]
        else:  # ten working days after the earliest entry date on it
            due = max(pay.day, working(min(entry.summary.entered for entry in entries) + timedelta(days=1), 9))
        it = Statement(number, "daily", pay, filer, importer, port, due, list(entries))
        for entry in entries:
            entry.on, entry.due_on, entry.customs, entry.off = it, entry.due, True, ""
        it.total = it.remaining()
        self.statements[number] = it
        return it

    def months(self, day: date) -> dict[tuple, list[Statement]]:
        """The monthly statements to be printed on a day: what tells each, and the daily ones below it."""
        first, found = day.replace(day=1), {}
        if day < PRELIMINARY[first]:
            return {}
        for it in self.of("daily"):
            if it.pay.month == first and it.pay.kind in PERIODIC and not it.parent and it.entries:
                key = (it.filer, it.importer, it.port, it.pay._replace(day=PRELIMINARY[first]))
                found.setdefault(key, []).append(it)
        return found

    def prints_month(self, number: str, key: tuple, below: list[Statement]) -> None:
        filer, importer, port, pay = key
        it = Statement(number, "monthly", pay, filer, importer, port, DUE[pay.month], below=list(below))
        for one in below:
            one.parent = it
        it.total = it.remaining()
        self.statements[number] = it

    def asked(self, it: Statement, filer: str, unit: str, negation: str, today: date) -> str:
        """A payment authorisation or its withdrawal: the code of its answer."""
        if filer != it.filer:
            return "T21"
        if it.kind == "monthly":
            return "T28"
        if it.paid:
            return "T24"
        if negation:
            if not it.presented:
                return "T25"
            if it.presented != today or it.final or it.sent:
                return "T26"  # too late: the day is over, or the debit is at the bank
            it.presented, it.unit = None, ""
            return "T12"
        if it.presented:
            return "T22"
        if it.due_day < today:
            return "T23"
        it.presented, it.unit = today, unit if it.remaining() > 0 else ""
        return "T10" if unit and it.remaining() > 0 else "T11"

    def settled(self, money: Iterable[tuple[Statement, int]]) -> set[str]:
        """Money that came in; the numbers of the statements that are paid by it."""
        named = []
        for it, cents in money:
            it.came_in += cents
            named += [it, *([it.parent] if it.parent else [])]
        return {one.number for it in named if not it.paid and it.covered() for one in it.pays()}

    def may_be_final(self, it: Statement, day: date) -> bool:
        presented = it.kind == "daily" and it.pay.kind in PERIODIC and it.presented and it.presented < day
        return bool(it.paid or presented)

    def late(self, today: date) -> set[str]:
        return {
            it.number
            for it in self.statements.values()
            if it.due_day < today and not it.paid and not it.parent and it.remaining() > 0
        }
