"""A whole system for one test: a home with its own database, archive and SFTP server, driven step by step.

The clock is the test's: nothing here asks what time it is. Brokers and importers use an SFTP client of their own.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self

import paramiko
from sqlalchemy import Text

from bench import accounts as bench_accounts
from bench.population import Population
from loaders import db, schema
from loaders import intake as registry
from loaders.archive import Archive
from sftp_drop import home, quota
from sftp_drop import keys as ssh
from sftp_drop.server import SftpServer
from tests import postgres
from tidewaiter import answering, intake, keys, start
from tidewaiter.settings import Settings
from tidewaiter.stack import AUTHORIZED

#: Noon in New York on the day that the generated files are filed.
NOON = datetime(2026, 9, 15, 16, tzinfo=UTC)
RECEIPT = ".receipt.json"
#: Columns that are keys of the database or tell of its work: not what a file says.
KEYS = ("id", "changed_by", "superseded_by", "answered_by")
GONE = {
    "account": ["created_at", "public_id"],
    "acknowledgment": ["body"],
    "delivery": ["delivered_at", "attempts", "last_error"],
    "interchange": ["tries"],
}


USED_UP = """
    INSERT INTO x12_control (account_id, own_qualifier, own_id, qualifier, identifier, level, trial, last)
    SELECT id, 'ZZ', %s, 'ZZ', %s, 'interchange', false, 999999999 FROM account WHERE number = %s"""


class House:
    """A running system without Airflow. ``now`` is its clock, an instant in UTC."""

    def __init__(self, folder: Path, database_url: str, reference: Path, limits: quota.Limits | None = None) -> None:
        self.settings = Settings(home=folder, database_url=database_url, stability_seconds=0.05)
        self.now = NOON
        self._limits, self._exit = limits or quota.Limits(), ExitStack()
        self._visits: dict[str, paramiko.SFTPClient] = {}
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "reference").symlink_to(reference)  # snapshots never change, so houses may share them

    def __enter__(self) -> Self:
        keys.ensure(self.settings.keys, keys.HOST_KEY)
        self.conn = self._exit.enter_context(closing(db.connect(self.settings.database_url)))
        start.open_drop(self.settings, self.conn)
        server = SftpServer(
            self.settings.homes,
            ssh.private(self.settings.keys / keys.HOST_KEY),
            keys=ssh.KeysFile(self.settings.keys / AUTHORIZED),
            operator=self.settings.sftp_operator,
            limits=self._limits,
        )
        port = self._exit.enter_context(server).port
        self.settings = Settings(**{**_fields(self.settings), "sftp_port": port})
        self.settings.save()
        return self

    def __exit__(self, *_: object) -> None:
        self._exit.close()

    def admit(self, people: Population, more: str = "") -> None:
        """Load brokers and importers with a key each; ``more`` is appended to their accounts file."""
        numbers = [f"B-{code}" for code in people.brokers["filer_code"]]
        numbers += [f"I-{number}" for number in people.importers["number"]]
        self.load(bench_accounts.toml(people, {number: self.key(number) for number in numbers}) + "\n" + more)

    def load(self, toml: str) -> None:
        """Load an accounts file."""
        path = self.settings.home / "accounts.toml"
        path.write_text(toml)
        start.load_accounts(self.settings, path)

    def key(self, account: str) -> str:
        """The public key of an account, as it stands in an accounts file."""
        return keys.ensure(self.settings.keys / "accounts", account)

    # What accounts do.

    def visit(self, account: str) -> paramiko.SFTPClient:
        """The account's session with the drop."""
        if account not in self._visits:
            transport = self._exit.enter_context(closing(paramiko.Transport(("127.0.0.1", self.settings.sftp_port))))
            transport.start_client(timeout=10)
            transport.auth_publickey(account, ssh.private(self.settings.keys / "accounts" / account))
            client = paramiko.SFTPClient.from_transport(transport)
            assert client is not None
            self._visits[account] = client
        return self._visits[account]

    def put(self, account: str, name: str, data: bytes, folder: str = "inbox", at: datetime | None = None) -> None:
        """Send a file as accounts should, under ``.part`` first. ``at`` is the time it then has on the drop, as servers
        that let clients set it show it (ours does not, so it is set on the disk)."""
        drop = self.visit(account)
        with drop.open(f"{folder}/{name}.part", "wb") as remote:
            remote.set_pipelined(True)
            remote.write(data)
        if at is not None:
            os.utime(self.settings.homes / account / folder / f"{name}.part", (at.timestamp(), at.timestamp()))
        drop.posix_rename(f"{folder}/{name}.part", f"{folder}/{name}")

    def bring(self, account: str, name: str, data: bytes, mode: str = "file") -> int:
        """Register a file as if it had just been received, without the drop."""
        alone = answering.alone(data)
        return registry.arrive(self.conn, account, name, self.archive.put(data), len(data), mode, self.now, alone=alone)

    def outbox(self, account: str, folder: str = "outbox", receipts: bool = False) -> dict[str, bytes]:
        """What lies in an account's outbox, without the receipts or only these."""
        folder_path = self.settings.homes / account / folder
        found = {path.name: path.read_bytes() for path in sorted(folder_path.iterdir()) if path.is_file()}
        return {name: data for name, data in found.items() if name.endswith(RECEIPT) == receipts}

    def outboxes(self) -> dict[str, bytes]:
        """Every answer in every outbox, dry runs included, by path."""
        return {
            f"{account.name}/{folder}/{name}": data
            for account in sorted(self.settings.homes.iterdir())
            for folder in home.ANSWERS.values()
            for name, data in self.outbox(account.name, folder).items()
        }

    # What the system does.

    def clock(self) -> datetime:
        return self.now

    def receive(self) -> list[int]:
        return intake.receive(self.settings, self.clock)

    def answer(self) -> list[dict]:
        """Claim, compute and commit whatever waits, until nothing does."""
        done: list[dict] = []
        while shards := intake.claim(self.settings):
            done += [intake.process(self.settings, shard["shard"], self.clock) for shard in shards]
        return done

    def run(self) -> list[dict]:
        """All seven steps for whatever lies on the drop; a second passes."""
        self.receive()
        done = self.answer()
        intake.deliver(self.settings)
        self.now += timedelta(seconds=1)
        return done

    def use_up(self, account: str, partner: str, receiver: str) -> None:
        """Use up our control numbers to a partner without a profile, by its ISA06 and ISA08: what it sends from then on
        is set aside."""
        self.conn.execute(USED_UP, [receiver, partner, account])

    def recover(self) -> None:
        """Give back what a dead worker held, a claim that nobody took included (its lease is over)."""
        registry.recover(self.conn, now=datetime.now(UTC) + 2 * registry.LEASE)

    # What stands on file.

    def answers(self, kind: str = "ax") -> dict[str, bytes]:
        """Acknowledgments of one kind to senders, by the hash of the file they answer."""
        query = """SELECT i.sha256, k.body FROM interchange i JOIN acknowledgment k ON k.interchange_id = i.id
            AND k.account_id = i.account_id WHERE k.kind = %s"""
        return {sha256: bytes(body) for sha256, body in self.ask(query, kind)}

    def states(self) -> dict[str, str]:
        """State of every interchange by its hash."""
        return dict(self.ask("SELECT sha256, state FROM interchange"))

    @property
    def archive(self) -> Archive:
        return Archive(self.settings.archive)

    def ask(self, query: str, *values: Any) -> list[tuple]:
        return self.conn.execute(query, values or None).fetchall()

    def one(self, query: str, *values: Any) -> Any:
        ((value,),) = self.ask(query, *values)
        return value

    def ledger(self) -> dict[str, list[str]]:
        """Everything on file as text, table by table, without the keys that the database chose."""
        return {table: [row for (row,) in self.ask(query)] for table, query in LEDGER.items()}


#: Makes houses for a test.
Build = Callable[..., House]


def _fields(settings: Settings) -> dict[str, Any]:
    return {name: getattr(settings, name) for name in settings.__slots__}


def _ledger() -> Iterator[tuple[str, str]]:
    """A query for each table: its rows as JSON without database keys, with the hash of the file they came from."""
    told = ("account", "arrival", "interchange", "batch", "block", "transaction", "condition", "acknowledgment")
    x12 = ("x12_interchange", "x12_group", "x12_set", "x12_sent", "x12_control")
    for name in (*told, "delivery", "entry_summary", "entry_summary_version", *schema.FACTS, *x12):
        columns = schema.Base.metadata.tables[name].columns
        keys = [c.name for c in columns if c.name in KEYS or (c.name.endswith("_id") and not isinstance(c.type, Text))]
        row, source = f"to_jsonb(t) - ARRAY{keys + GONE.get(name, [])}", f"{name} t"
        if "interchange_id" in columns:
            source += " JOIN interchange i ON i.id = t.interchange_id"
            row += " || jsonb_build_object('file', i.sha256)"
        if name == "delivery":
            source += " JOIN acknowledgment k ON k.id = t.acknowledgment_id"
            row += " || jsonb_build_object('body', k.sha256)"
        yield name, f"SELECT ({row})::text FROM {source} ORDER BY 1"


LEDGER: Mapping[str, str] = dict(_ledger())


@contextmanager
def database(server_url: str, name: str) -> Iterator[str]:
    """URL of a new database on the server, a copy of the one at ``server_url``."""
    with closing(db.connect(server_url.replace("/tidewaiter?", "/postgres?"))) as conn:
        postgres.copy(conn, "tidewaiter", name)
        try:
            yield server_url.replace("/tidewaiter?", f"/{name}?")
        finally:
            conn.execute(f"DROP DATABASE {name} WITH (FORCE)")
