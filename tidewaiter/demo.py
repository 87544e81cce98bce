"""The main job, end to end: brokers put files up over SFTP, Airflow takes them, accounts fill, answers come back."""

from __future__ import annotations

import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from types import ModuleType

import paramiko

from loaders import db, summary
from sftp_drop import keys as ssh
from tidewaiter import database, keys, start
from tidewaiter.settings import Settings
from tidewaiter.stack import Stack
from transforms.calendar import business_date

BROKERS, IMPORTERS = 3, 9
#: What the generated day gets wrong, so that the answers have something to say: share of filings by kind
#: (bench/defects.csv).
DEFECTS = {"no_unlading": 0.06, "wrong_duty_total": 0.06, "check_digit": 0.04, "filler_data": 0.04, "trimmed": 0.3}
SUMMARIES_A_FILE = 8
PATIENCE = 120.0
PAUSE = 1.5  # seconds between two files: now and then the system is idle, now and then it is not
SHOWN = 14


class NoWorkingCopy(Exception):
    """The packages are installed without the working copy that carries the generator."""


def run(*, files: int, seed: int, keep: str | None) -> int:
    """Run the demonstration; 0 when every file was answered."""
    began = time.monotonic()

    def say(line: str) -> None:
        print(f"[{time.monotonic() - began:6.1f} s] {line}", flush=True)

    with _home(keep) as home:
        settings = start.initialise(home, say=lambda line: None)
        people, sent = _day(settings, files, seed)
        say(f"home made: {len(people)} accounts, reference tables, keys")
        with Stack(settings, say) as stack:
            settings = stack.settings
            times = _exchange(settings, sent, say)
            say(f"all {len(times)} files answered" if all(times.values()) else "some files have no answer yet")
            _report(settings, sent, times)
    say("everything is down again")
    return 0 if all(times.values()) else 1


@contextmanager
def _home(keep: str | None) -> Iterator[Path]:
    if keep:
        yield Path(keep)
        return
    folder = Path(tempfile.mkdtemp(prefix="tidewaiter-demo-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _day(settings: Settings, files: int, seed: int) -> tuple[dict[str, str], list]:
    """Make brokers and importers with a key each, load their accounts, and generate what the brokers will send
    today."""
    accounts, generate = _generator()
    today = business_date(datetime.now(UTC))
    summaries = max(BROKERS, files) * SUMMARIES_A_FILE
    people = generate.population(summaries, seed, BROKERS, IMPORTERS, today)
    numbers = [f"B-{code}" for code in people.brokers["filer_code"]]
    numbers += [f"I-{number}" for number in people.importers["number"]]
    public = {number: keys.ensure(settings.keys / "accounts", number) for number in numbers}
    path = settings.home / "accounts.toml"
    path.write_text(accounts.toml(people, public))
    start.load_accounts(settings, path)
    day = generate.generate(
        today,
        summaries,
        seed,
        brokers=BROKERS,
        importers=IMPORTERS,
        defects=DEFECTS,
        per_file=SUMMARIES_A_FILE,
    )
    return public, sorted(day, key=lambda file: file.name[3:])[:files]  # the brokers in turn


def _generator() -> tuple[ModuleType, ModuleType]:
    """The generator stands beside the packages, in the working copy; it is not installed with them."""
    copy = Path(__file__).parents[1]
    if not (copy / "bench").is_dir():
        raise NoWorkingCopy(
            "the demonstration generates its files with the working copy's bench/: run `make demo` there"
        )
    if str(copy) not in sys.path:
        sys.path.append(str(copy))
    return import_module("bench.accounts"), import_module("bench.generate")


@contextmanager
def _login(settings: Settings, account: str) -> Iterator[paramiko.SFTPClient]:
    """An account's own session, as its SFTP program would open it: its key, and the server's key pinned."""
    key = ssh.private(settings.keys / "accounts" / account)
    pinned = ssh.public((settings.keys / f"{keys.HOST_KEY}.pub").read_text())
    with closing(paramiko.Transport((settings.sftp_host, settings.sftp_port))) as transport:
        transport.connect(hostkey=pinned, username=account, pkey=key)
        client = paramiko.SFTPClient.from_transport(transport)
        assert client is not None
        yield client


def _exchange(settings: Settings, sent: list, say) -> dict[str, float]:
    """Put the files up one after the other, as brokers do, and wait for each answer: seconds from rename to answer."""
    times: dict[str, float] = {}
    brokers = sorted({f"B-{file.sender}" for file in sent})
    with _all_logged_in(settings, brokers) as sessions:
        renamed: dict[tuple[str, str], float] = {}
        for file in sent:
            account = f"B-{file.sender}"
            with sessions[account].open(f"inbox/{file.name}.part", "wb") as remote:
                remote.write(file.data)
            sessions[account].rename(f"inbox/{file.name}.part", f"inbox/{file.name}")
            renamed[account, f"{file.name}.ax"] = time.monotonic()
            say(f"{account} put up {file.name} ({len(file.data) / 1e3:.1f} kB, {len(file.entries)} filings)")
            _collect(sessions, renamed, times)
            time.sleep(PAUSE)
        deadline = time.monotonic() + PATIENCE
        while len(times) < len(renamed) and time.monotonic() < deadline:
            _collect(sessions, renamed, times)
            time.sleep(0.1)
    return {name: times.get(name, 0.0) for _, name in renamed}


def _collect(sessions: dict, renamed: dict, times: dict[str, float]) -> None:
    now = time.monotonic()
    for account, session in sessions.items():
        for name in session.listdir("outbox"):
            if (account, name) in renamed and name not in times:
                times[name] = now - renamed[account, name]


@contextmanager
def _all_logged_in(settings: Settings, accounts: list[str]) -> Iterator[dict[str, paramiko.SFTPClient]]:
    from contextlib import ExitStack

    with ExitStack() as stack:
        yield {account: stack.enter_context(_login(settings, account)) for account in accounts}


def _report(settings: Settings, sent: list, times: dict[str, float]) -> None:
    with closing(db.connect(database.url(settings), autocommit=True)) as conn:
        print("\nWhat stands in the accounts (present versions)")
        print(
            f"  {'importer account':18} {'entries':>8} {'lines':>6} {'value USD':>16} {'duty USD':>14} {'fees USD':>12}"
        )
        for it in summary.accounts(conn):
            money = f"{dollars(it.value_cents):>16} {dollars(it.duty_cents):>14} {dollars(it.fee_cents):>12}"
            print(f"  {it.number:18} {it.entries:>8} {it.lines:>6} {money}")
        kept = summary.conservation(conn)
        print(f"\nFiles: {kept.received} received = {kept.answered} answered + {kept.quarantined} quarantined", end="")
        print(f" + {kept.in_flight} in flight")
        print("\nWhere the time went, seconds a file")
        for stage in summary.stages(conn):
            print(f"  {stage.stage:40} p50 {stage.p50:5.1f}   p95 {stage.p95:5.1f}")
    answered = sorted(seconds for seconds in times.values() if seconds)
    if answered:
        p95 = answered[min(len(answered) - 1, int(0.95 * len(answered)))]
        print(
            f"  {'rename to answer, as the broker sees it':40} p50 {statistics.median(answered):5.1f}   p95 {p95:5.1f}"
        )
    rejected = next((f for f in sent if (f.entries["final"] == "998").any()), sent[0])
    account = f"B-{rejected.sender}"
    with _login(settings, account) as session:
        for name in (f"{rejected.name}.ax", f"{rejected.name}.reasons.csv", f"{rejected.name}.receipt.json"):
            _show(f"{account} outbox/{name}", session.open(f"outbox/{name}").read())
    for importer in sorted(path.stem for path in (settings.keys / "accounts").glob("I-*.pub")):
        with _login(settings, importer) as session:
            if names := sorted(session.listdir("outbox")):
                files = [name for name in names if name.endswith(".csv")]
                _show(f"{importer} outbox/{files[0]} (the importer's own)", session.open(f"outbox/{files[0]}").read())
                break


def dollars(cents: int) -> str:
    """Cents as people read them."""
    return f"{cents // 100:,}.{cents % 100:02}"


def _show(title: str, data: bytes) -> None:
    lines = data.decode(errors="replace").splitlines()
    print(f"\n{title}")
    for line in lines[:SHOWN]:
        print("  " + line[:160].rstrip())
    if len(lines) > SHOWN:
        print(f"  ... {len(lines) - SHOWN} more lines")
