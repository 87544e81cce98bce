"""Who acts in the demonstration beside Tidewaiter: brokers' programs with an SFTP client, and the bank."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from types import ModuleType
from typing import Any

import pandas as pd
import paramiko

from parsers.catair import layout
from sftp_drop import keys as ssh
from tidewaiter import bank, keys
from tidewaiter.settings import Settings

STATEMENTS = "outbox/statements"
PERIODIC = ("6", "7", "8")
#: How often a broker takes a summary off a statement before it authorises the payment.
REMOVES = 0.1


@contextmanager
def login(settings: Settings, account: str) -> Iterator[paramiko.SFTPClient]:
    """An account's own session, as its SFTP program would open it: its key, and the server's key pinned."""
    key = ssh.private(settings.keys / "accounts" / account)
    pinned = ssh.public((settings.keys / f"{keys.HOST_KEY}.pub").read_text())
    with closing(paramiko.Transport((settings.sftp_host, settings.sftp_port))) as transport:
        transport.connect(hostkey=pinned, username=account, pkey=key)
        client = paramiko.SFTPClient.from_transport(transport)
        assert client is not None
        yield client


@contextmanager
def all_logged_in(settings: Settings, accounts: list[str]) -> Iterator[dict[str, paramiko.SFTPClient]]:
    """A session for each account."""
    with ExitStack() as stack:
        yield {account: stack.enter_context(login(settings, account)) for account in accounts}


def put(session: paramiko.SFTPClient, name: str, data: bytes) -> None:
    """Send a file as accounts should: under ``.part`` first, then renamed."""
    with session.open(f"inbox/{name}.part", "wb") as remote:
        remote.write(data)
    session.rename(f"inbox/{name}.part", f"inbox/{name}")


@dataclass(frozen=True)
class Parcel:
    """A file that an account sends today: ``holds`` says what is in it, ``answers`` how the names of what answers it
    end, whichever comes first; ``rejects``: something in it is to be rejected."""

    account: str
    name: str
    data: bytes
    holds: str
    answers: tuple[str, ...]
    rejects: bool


@dataclass(frozen=True)
class Statement:
    """A daily statement as its filer reads it from PF: ``entries`` are (port, entry number)."""

    number: str
    importer: str
    payment_type: str
    due_cents: int
    entries: list[tuple[str, str]]


def statements(batch: bytes) -> Iterator[Statement]:
    """The daily statements of a PF batch: entries in Q1 and Q2, then the statement in Q3 and its total in Q4."""
    entries: list[tuple[str, str]] = []
    paid_by = number = importer = ""
    for line in batch.decode("ascii").splitlines():
        match line[:2]:
            case "Q1":
                entries.append((_of(line, "Q1", "district_port_of_entry_summary"), _of(line, "Q1", "entry_number")))
            case "Q2":
                paid_by = _of(line, "Q2", "payment_type_indicator")
            case "Q3":
                number = _of(line, "Q3", "daily_statement_number")
                importer = _of(line, "Q3", "importer_of_record_number") if paid_by not in ("2", "6") else ""
            case "Q4":
                yield Statement(number, importer, paid_by, int(_of(line, "Q4", "total_amount_due") or 0), entries)
                entries = []


def _of(line: str, record: str, name: str) -> str:
    where = layout.load("pf").field(record, name)
    return line[where.start - 1 : where.end].strip()


@dataclass
class Broker:
    """A broker's program: reads the statements it is sent and authorises their payment, after it has, now and then,
    taken a summary off one. ``units`` are payer units by account number; an importer that has none pays by a transfer
    of its own (ACH credit)."""

    filer: str
    people: Any
    session: paramiko.SFTPClient
    units: dict[str, str]
    messages: ModuleType
    seed: int
    read: set[str] = field(default_factory=set)
    waiting: list[Statement] = field(default_factory=list)
    removed: int = 0
    authorised: int = 0
    monthly: int = 0

    @property
    def account(self) -> str:
        return f"B-{self.filer}"

    def files(self, day: date) -> Iterator[tuple[str, bytes]]:
        """What it sends about statements on ``day``, after looking into its outbox."""
        due, self.waiting = self.waiting, []
        chance = random.Random(f"{self.seed} {self.filer} {day}")
        off: list[tuple[str, str]] = []
        for name in sorted(set(self.session.listdir(STATEMENTS)) - self.read):
            self.read.add(name)
            self.monthly += name.endswith(".P.ms")
            for it in statements(self._get(name)) if name.endswith(".P.pf") else ():
                if it.payment_type in PERIODIC and len(it.entries) > 1 and chance.random() < REMOVES:
                    off.append(chance.choice(it.entries))
                    self.waiting.append(it)  # its payment when that is done
                else:
                    due.append(it)
        if off:
            self.removed += len(off)
            yield f"{self.filer}-{day:%y%m%d}-move.abi", self._removal(day, off)
        if due:
            self.authorised += len(due)
            yield f"{self.filer}-{day:%y%m%d}-pay.abi", self._authorisation(day, due)

    def _get(self, name: str) -> bytes:
        with self.session.open(f"{STATEMENTS}/{name}", "rb") as remote:
            return remote.read()

    def _authorisation(self, day: date, due: list[Statement]) -> bytes:
        """RM: the importer's payer unit for an importer's statement, the broker's own for its others."""
        asked = [
            {
                "payment_type": "01" if it.payment_type in PERIODIC else "02",
                "payer_unit": self.units.get(f"I-{it.importer}" if it.importer else self.account, ""),
                "statement_number": it.number,
                "negation": "",
            }
            for it in due
        ]
        return self.messages.payment(self.people, self.filer, day, pd.DataFrame(asked), f"PAY {day:%y%m%d}")

    def _removal(self, day: date, off: list[tuple[str, str]]) -> bytes:
        """SU: payment type 1, so the summary is paid by itself."""
        rows = pd.DataFrame(off, columns=["port", "entry_number"])
        rows = rows.assign(
            payment_type="1", print_date=pd.to_datetime(pd.Series([None] * len(off))), branch="", month=""
        )
        return self.messages.update(self.people, self.filer, day, rows, f"MOVE {day:%y%m%d}")


@dataclass
class Bank:
    """The bank: takes the files of debits that were written for it, and tells what it moved in a file for the
    operator."""

    settings: Settings
    taken: list[Path] = field(default_factory=list)
    rows: list[str] = field(default_factory=list)

    def draw(self, day: date) -> None:
        """Take the files that lie there (they are kept beside the others, for whoever wants to look) and draw every
        debit in them (columns 30 to 54 of an entry: amount, and the statement it is for)."""
        out = bank.folder(self.settings.home)
        for path in sorted(out.glob("*.ach")):
            entries = [line for line in path.read_text("ascii").splitlines() if line.startswith("6")]
            told = [(line[39:54].strip(), int(line[29:39])) for line in entries]
            self.rows += [_settled(f"{path.stem}-{n}", *it, day) for n, it in enumerate(told, 1)]
            self.taken.append(path.rename(path.with_suffix(".ach.taken")))

    def credit(self, number: str, cents: int, day: date) -> None:
        """A transfer that a payer made itself for a statement."""
        self.rows.append(_settled(f"credit-{number}", number, cents, day))

    def report(self, day: date) -> Path | None:
        """The operator's file of what moved since the last one; None when nothing did."""
        if not self.rows:
            return None
        path = self.settings.home / "bank" / f"settled-{day}.csv"
        path.write_text("\n".join(["reference,statement_number,amount,settled_on", *self.rows]) + "\n")
        self.rows = []
        return path


def _settled(reference: str, number: str, cents: int, day: date) -> str:
    return f"{reference},{number},{cents // 100}.{cents % 100:02},{day}"
