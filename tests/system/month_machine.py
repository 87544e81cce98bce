"""A house through a month and the next, step by step in any order, beside a ledger kept by hand (``ledger.py``).

After every step the database must agree with the ledger entry by entry and statement by statement, every tie-out must
hold, and no answer once given may have changed.
"""

from __future__ import annotations

import hashlib
import inspect
import itertools
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Self, TypeVar

import pandas as pd

from bench import statement_messages
from loaders import lateness, server, statements, tie_outs
from tests.system import summaries
from tests.system.house import House, database
from tests.system.ledger import DUE, PERIODIC, PRELIMINARY, Entry, Ledger, Statement, working
from tests.system.month_steps import NEEDS
from tests.system.summaries import Pay, Summary
from tidewaiter import filing, month, payments
from transforms.calendar import business_date

FIRST, LAST = date(2026, 9, 21), date(2026, 11, 24)
BANK = {"bank_routing": "011000015", "bank_name": "Demo Bank", "bank_company_id": "1123456789"}
BANK |= {"bank_company_name": "Tidewaiter"}
PAYER_UNIT = """
[[payer_unit]]
account = "B-{}"
payer_unit = "10000{}"
routing_number = "021000021"
account_number = "000111222333"
account_kind = "checking"
payer_name = "Brokers Inc"
"""
FILERS = tuple(summaries.people().brokers["filer_code"])
T = TypeVar("T")
_serial = itertools.count()


class Month:
    """Each method but those that begin with an underscore is a step; ``n`` chooses among what there is, and a step for
    which there is nothing does nothing. ``template`` is the home whose database is copied."""

    def __init__(self, template: Path) -> None:
        self._stack = ExitStack()
        url = self._stack.enter_context(database(server.url(template), f"month_{next(_serial)}"))
        folder = Path(self._stack.enter_context(TemporaryDirectory(prefix="tw-month-", ignore_cleanup_errors=True)))
        self.house = self._stack.enter_context(House(folder, url, template / "reference"))
        self.house.admit(summaries.people(), "".join(PAYER_UNIT.format(filer, n) for n, filer in enumerate(FILERS)))
        self.house.settings = replace(self.house.settings, **BANK)
        self.house.settings.save()
        self.house.now = datetime.combine(FIRST, time(16), UTC)
        self.ledger, self.known_late = Ledger(), set[str]()
        self.count = 0
        self.sent: dict[str, tuple[str, bytes]] = {}  # hash -> account and bytes
        self.waiting: list[tuple[str, Callable[[], list[str]]]] = []
        self.told: dict[str, str] = {}  # hash of a file and kind -> hash of its answer

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def step(self, name: str, n: int = 0, **how: Any) -> None:
        """One step, and what must hold after it."""
        wanted = inspect.signature(getattr(self, name)).parameters
        if ("entry" in NEEDS.get(name, "") and not self.ledger.entries) or (
            "statement" in NEEDS.get(name, "") and not self.ledger.statements
        ):
            return
        getattr(self, name)(**{key: value for key, value in {"n": n, "ahead": 0, **how}.items() if key in wanted})
        self.agrees()

    @property
    def today(self) -> date:
        return business_date(self.house.now)

    # What brokers send.

    def file(self, n: int, count: int, kind: str, ahead: int, wait: bool = False) -> None:
        new = [it for it in summaries.of_day(self.today) if (it.filer, it.number) not in self.ledger.entries]
        mine = [it for it in new if it.filer == FILERS[n % len(FILERS)]][n % 3 :][:count]
        asked = [("A", Entry(it), self._pay(it, kind, ahead, n), 0, {}) for it in mine]
        for _, entry, *_ in asked:
            self.ledger.entries[entry.summary.filer, entry.summary.number] = entry
        self._file(asked, wait)

    def replace(self, n: int, action: str, kind: str, ahead: int, more: int, wait: bool = False) -> None:
        entry = self._entry(n)
        self._file([(action, entry, self._pay(entry.summary, kind, ahead, n), more, {})], wait)

    def replace_badly(self, n: int, wait: bool = False) -> None:
        self._file([("R", self._entry(n), Pay("4"), 0, {"faulty": True})], wait)

    def delete(self, n: int, wait: bool = False) -> None:
        self._file([("D", self._entry(n), Pay(), 0, {})], wait)

    def correct(self, n: int, more: int, wait: bool = False) -> None:
        entry = self._choose([it for it in self._entries() if it.paid], n) or self._entry(n)
        self._file([("R", entry, Pay(), more, {"correction": True})], wait)

    def move(self, n: int, kind: str, ahead: int, wait: bool = False) -> None:
        entry = self._entry(n)
        pay, filer, port = self._pay(entry.summary, kind, ahead, n), entry.summary.filer, entry.summary.port
        number = f"{pay.month:%m}" if pay.month else ""
        row = (port, entry.summary.number, pay.kind, pd.Timestamp(pay.day) if pay.day else pd.NaT, pay.branch, number)
        columns = ["port", "entry_number", "payment_type", "print_date", "branch", "month"]
        asked = pd.DataFrame([row], columns=columns).astype({"print_date": "datetime64[s]"})
        data = statement_messages.update(summaries.people(), filer, self.today, asked, self._reference())
        self._send(filer, data, lambda: [entry.moved(pay)], wait)

    def authorise(self, n: int, debit: bool, negation: str, wait: bool = False, filer: str = "") -> None:
        it, today = self._statement(n), self.today
        filer = filer or (FILERS[(FILERS.index(it.filer) + 1) % len(FILERS)] if n == 11 else it.filer)
        unit = f"10000{FILERS.index(filer)}" if debit else ""
        kind = "01" if it.pay.kind in PERIODIC else "02"
        columns = ["payment_type", "payer_unit", "statement_number", "negation"]
        asked = pd.DataFrame([(kind, unit, it.number, negation)], columns=columns)
        data = statement_messages.payment(summaries.people(), filer, today, asked, self._reference())
        self._send(filer, data, lambda: [self.ledger.asked(it, filer, unit, negation, today)], wait)

    def again(self, n: int) -> None:
        """The same bytes come another time, under another name."""
        if not self.sent:
            return
        sha256 = list(self.sent)[n % len(self.sent)]
        account, data = self.sent[sha256]
        self.house.bring(account, f"again-{self._reference()}", data)
        self.answers()

    def answers(self) -> None:
        """What waits is answered, as the ledger has it."""
        self.house.answer()
        given = self.house.answers()
        for sha256, becomes in self.waiting:
            lines = given[sha256].decode().splitlines()
            codes = [line[4:7] for line in lines if line[:2] == "E1" and line[2] in "AR"]
            codes += [line[16:19] for line in lines if line[:2] == "H2"]
            expected = becomes()
            assert codes == expected, f"{codes}, expected {expected}:\n{given[sha256].decode()}"
        self.waiting.clear()

    # What the days bring.

    def later(self, to: str) -> None:
        tomorrow = self.today + timedelta(days=1)
        dates = {
            "day": [working(tomorrow)],
            "print": [it.pay.day for it in self._entries() if it.on_file and not it.on and it.pay.day],
            "preliminary": [*PRELIMINARY.values()],
            "due": [*DUE.values()],
            "after": [working(day + timedelta(days=1)) for day in DUE.values()],
        }[to]
        day = min((day for day in dates if tomorrow <= day <= LAST), default=None)
        if day:
            self.house.now = datetime.combine(day, time(16), UTC)

    def print_daily(self, n: int) -> None:
        due = sorted({day for it in self._entries() if (day := it.pay.day) and it.on_file and not it.on})
        day = self._choose([day for day in due if day <= self.today], n) or self.today
        expected = self.ledger.printed(day)
        printed = month.print_daily(self.house.settings, day, self.house.clock)
        assert (printed.statements, printed.entries) == (len(expected), sum(map(len, expected.values())))
        for number, key, entries in self._printed("daily"):
            assert sorted(map(id, expected[key])) == sorted(map(id, entries)), number
            self.ledger.prints(number, key, expected.pop(key))

    def print_monthly(self) -> None:
        expected = self.ledger.months(self.today)
        printed = month.print_monthly(self.house.settings, self.today, self.house.clock)
        assert printed.statements == len(expected)
        for number, key, _ in self._printed("monthly"):
            self.ledger.prints_month(number, key, expected.pop(key))

    def finalise(self) -> None:
        payments.finalise(self.house.settings, self.today, self.house.clock)
        self._finals()

    def settle(self, n: int, how: str) -> None:
        owed = [it for it in self.ledger.statements.values() if it.remaining() > it.funds()]
        it = self._choose(owed, n) or self._statement(n)
        cents = it.remaining() - it.funds()
        cents = {"full": cents, "short": cents - 1, "half": cents // 2, "over": cents + 1}[how]
        if cents <= 0:
            return
        path, reference = self.house.settings.home / "bank.csv", self._reference()
        amount = f"{cents // 100}.{cents % 100:02}"
        path.write_text(
            f"reference,statement_number,amount,settled_on\n{reference},{it.number},{amount},{self.today}\n"
        )
        settled, _ = payments.settle(self.house.settings, path, self.house.clock)
        paid = self.ledger.settled([(it, cents)])
        assert set(settled.paid) == paid
        self._finals()

    def debits(self) -> None:
        """The debits of the day go to the bank: what was authorised before today, or is due."""
        payments.send_debits(self.house.settings, self.today, self.house.clock)
        sent = self.house.ask("""SELECT s.statement_number, p.amount_cents FROM payment p
            JOIN statement s ON s.id = p.statement_id WHERE p.state = 'sent'""")
        for number, cents in sent:
            it = self.ledger.statements[number]
            if not it.sent:
                assert it.unit and it.presented and cents == it.remaining() > 0
                assert it.presented < self.today or it.due_day <= self.today
                it.sent = True
        waiting = [it for it in self.ledger.statements.values() if it.unit and it.presented and not it.sent]
        for it in waiting:
            draws = it.due_day if it.pay.kind in PERIODIC else it.presented
            assert it.paid or not it.remaining() or draws > self.today or it.presented == self.today, it.number

    def late(self) -> None:
        """What is due and did not come is late, if no debit of it is at the bank; and nothing else is."""
        found = set(lateness.late(self.house.conn, self.today, self.house.now)["statement_number"])
        expected = self.ledger.late(self.today)
        at_bank = {it.number for it in self.ledger.statements.values() if any(one.sent for one in [it, *it.below])}
        missing = expected - at_bank - found
        assert not missing, f"not told to be late: {missing}"

    def file_month(self, first: date) -> None:
        done = filing.file_month(self.house.settings, first, self.house.clock)
        assert done.open == {}, {number: told.to_string() for number, told in done.open.items()}
        words = ("duty", "fee", "tax", "ad", "cvd", "other")
        expected: dict[str, list[int]] = {}
        for entry in self._entries():
            if entry.on_file and entry.summary.entered.replace(day=1) == first:
                own = expected.setdefault(entry.summary.importer, [0] * (len(words) + 1))
                amounts = entry.summary.totals(entry.more)
                own[:] = [own[0] + 1, *(a + amounts[word] for a, word in zip(own[1:], words, strict=True))]
        columns = ", ".join(f"f.{word}_cents" for word in words)
        filed = self.house.ask(
            f"""SELECT a.identifier, f.entries, {columns} FROM filing f JOIN account a ON a.id = f.account_id
            WHERE f.month = %s AND f.state = 'filed' AND f.entries > 0""",
            first,
        )
        assert {number: list(rest) for number, *rest in filed} == expected
        again = filing.file_month(self.house.settings, first, self.house.clock)
        assert (again.filed, again.open) == (0, {})

    # What must hold after every step.

    def agrees(self) -> None:
        self.house.now += timedelta(minutes=1)
        self._entries_agree()
        self._statements_agree()
        self._nothing_is_lost()
        broken = tie_outs.broken(self.house.conn)
        broken = broken[~broken["check"].isin(tie_outs.WARNINGS)]
        assert broken.empty, broken.to_string()

    def _entries_agree(self) -> None:
        found = self.house.ask("""SELECT filer_code, entry_number, status = 'accepted', version_number, sequence,
            coalesce(statement_number, ''), paid_at IS NOT NULL FROM entry_summary""")
        expected = {
            key: (it.on_file, f"{it.major:03}00", it.versions, it.on.number if it.on else "", it.paid)
            for key, it in self.ledger.entries.items()
            if it.versions
        }
        assert {(filer, number): tuple(rest) for filer, number, *rest in found} == expected

    def _statements_agree(self) -> None:
        statement, entry, _ = statements.statements(self.house.conn)
        names = dict(self.house.ask("SELECT id, filer_code || entry_number FROM entry_summary"))
        standing = entry[entry["removed_at"].isna()]
        on = zip(
            standing["statement_number"], standing["entry_summary_id"].map(names), standing["due_cents"], strict=True
        )
        expected_on = {
            (it.number, entry.summary.filer + entry.summary.number, entry.due_on)
            for it in self.ledger.statements.values()
            for entry in it.entries
        }
        assert set(on) == expected_on
        for row in statement.to_dict("records"):
            it = self.ledger.statements[row["statement_number"]]
            if pd.notna(row["paid_at"]) and not it.paid:
                assert it.covered(), f"{it.number} is paid, and nothing covers it"
                it.pays()
            presented = None if pd.isna(row["presented_at"]) else row["presented_at"].date()
            told = (row["total_cents"], row["remaining_cents"], row["parent_number"], row["due_date"].date(), presented)
            parent = it.parent.number if it.parent else ""
            expected = (it.total, it.remaining(), parent, it.due_day, it.presented)
            assert told == expected, f"{it.number}: {told}, expected {expected}"
            if pd.notna(row["late_at"]) and it.number not in self.known_late:
                assert it.number in self.ledger.late(self.today), f"{it.number} is marked late, and is not"
                self.known_late.add(it.number)
            assert (pd.notna(row["paid_at"]), row["status"] == "F") == (it.paid, it.final), it.number
        assert len(statement) == len(self.ledger.statements)

    def _nothing_is_lost(self) -> None:
        states = dict(self.house.ask("SELECT state, count(*) FROM interchange WHERE mode = 'file' GROUP BY state"))
        flying = len({sha256 for sha256, _ in self.waiting})
        assert states.get("received", 0) == flying and states.get("answered", 0) == len(self.sent) - flying
        assert set(states) <= {"received", "answered"}
        told = dict(
            self.house.ask("""SELECT i.sha256 || ' ' || k.kind || ' ' || k.account_id, k.sha256
            FROM acknowledgment k JOIN interchange i ON i.id = k.interchange_id""")
        )
        assert told.items() >= self.told.items(), "an answer has changed"
        self.told = told

    def _finals(self) -> None:
        """Final is what may be; what was presented before today with nothing due is paid by that."""
        rows = self.house.ask("SELECT statement_number, status = 'F', paid_at IS NOT NULL FROM statement")
        for number, _, paid in sorted(rows):
            it = self.ledger.statements[number]
            if paid and not it.paid:
                assert it.remaining() == 0 and it.covered(self.today), number
                it.pays()
        for number, final, _ in rows:
            it = self.ledger.statements[number]
            assert it.paid or it.remaining() or not it.covered(self.today), f"{number} is presented and of nothing"
            assert final == (it.final or self.ledger.may_be_final(it, self.today)), number
            it.final = final

    # Choosing, and sending.

    def _entries(self) -> list[Entry]:
        return list(self.ledger.entries.values())

    def _entry(self, n: int) -> Entry:
        return self._entries()[-1 - n % len(self.ledger.entries)]

    def _statement(self, n: int) -> Statement:
        return list(self.ledger.statements.values())[-1 - n % len(self.ledger.statements)]

    @staticmethod
    def _choose(some: Sequence[T], n: int) -> T | None:
        return some[n % len(some)] if some else None

    def _pay(self, summary: Summary, kind: str, ahead: int, n: int) -> Pay:
        """Payment data of that kind that the rules allow for a summary today."""
        if kind in PERIODIC and (summary.taxed or not summary.continuous):
            kind = {"6": "2", "7": "3", "8": "5"}[kind]
        if kind == "1":
            return Pay()
        day = working(max(self.today + timedelta(days=1), summary.entered), ahead)
        branch = ("", "AB")[n % 2] if kind in "58" else ""
        if kind not in PERIODIC:
            return Pay(kind, day, None, branch)
        start = pd.Timestamp(self.today).to_period("M")
        months = [(start + k).start_time.date() for k in range(3)]
        months = [it for it in months if it in PRELIMINARY and day <= PRELIMINARY[it]]
        return Pay(kind, day, months[0 if n % 4 else -1], branch) if months else Pay("2", day)

    def _file(self, asked: list[tuple[str, Entry, Pay, int, dict[str, Any]]], wait: bool) -> None:
        if not asked:
            return
        asked = sorted(asked, key=lambda it: it[1].summary.port)
        wire = [
            (entry.summary.port, entry.summary.text(action, pay, more, bool(how.get("correction"))))
            for action, entry, pay, more, how in asked
        ]
        filer = asked[0][1].summary.filer
        data = summaries.batch(filer, self.today, wire, self._reference())
        becomes = lambda: [entry.filed(action, pay, more, **how) for action, entry, pay, more, how in asked]  # noqa: E731
        self._send(filer, data, becomes, wait)

    def _send(self, filer: str, data: bytes, becomes: Callable[[], list[str]], wait: bool) -> None:
        account, sha256 = f"B-{filer}", hashlib.sha256(data).hexdigest()
        self.house.bring(account, self._reference(), data)
        self.sent[sha256] = account, data
        self.waiting.append((sha256, becomes))
        if not wait:
            self.answers()

    def _reference(self) -> str:
        self.count += 1
        return f"FILE-{self.count:05}"

    def _printed(self, kind: str) -> list[tuple[str, tuple, list[Entry]]]:
        """The statements that the ledger does not know yet: number, what tells each, and the entries on it."""
        statement, entry, _ = statements.statements(self.house.conn, kind=kind)
        names = {id: (filer, number) for id, filer, number in self.house.ask(
            "SELECT id, filer_code, entry_number FROM entry_summary")}  # fmt: skip
        found = []
        for row in statement[~statement["statement_number"].isin(list(self.ledger.statements))].to_dict("records"):
            first = row["month"].date() if pd.notna(row["month"]) else None
            pay = Pay(row["payment_type"], row["print_date"].date(), first, row["branch"])
            own = entry.loc[entry["statement_number"] == row["statement_number"], "entry_summary_id"]
            key = (row["filer_code"], row["importer_number"], row["port"], pay)
            found.append((row["statement_number"], key, [self.ledger.entries[names[id]] for id in own]))
        return found
