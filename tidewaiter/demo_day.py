"""Today in the demonstration: brokers put files up over SFTP, Airflow takes them, answers come back; and a DAG of the
month is run by Airflow itself."""

from __future__ import annotations

import statistics
import time
from contextlib import closing
from datetime import date, datetime

from loaders import db, summary
from tidewaiter import database
from tidewaiter.airflow import Airflow
from tidewaiter.demo_parties import Parcel, all_logged_in, login, put
from tidewaiter.demo_report import dollars
from tidewaiter.settings import Settings

PATIENCE = 120.0
PAUSE = 0.8  # seconds between two files: now and then the system is idle, now and then it is not
SHOWN = 14
CLOSE, FILE_TASK, ASK_TASK = "monthly_filing", "file", "ask"


def trigger_close(airflow: Airflow, month: date) -> str:
    """Let Airflow close a past month once more; the run."""
    run = airflow.call(f"dags/{CLOSE}/dagRuns", {"logical_date": None, "conf": {"month": month.isoformat()}})
    return str(run["dag_run_id"])


def outcome(airflow: Airflow, run: str) -> str:
    """What became of that run: it is idempotent, so nothing new is filed where nothing has changed."""
    here, deadline = f"dags/{CLOSE}/dagRuns/{run}", time.monotonic() + PATIENCE

    def told() -> dict:
        return airflow.call(f"{here}/taskInstances/{FILE_TASK}/xcomEntries/return_value?deserialize=true")["value"]

    while (state := airflow.call(here)["state"]) in ("queued", "running"):
        if airflow.call(f"{here}/taskInstances/{ASK_TASK}")["state"] == "awaiting_input":
            return f"a person is asked: {told()['question']}"
        if time.monotonic() > deadline:
            return f"still {state}"
        time.sleep(0.5)
    if state != "success":
        return state
    done = told()
    new = f"{done['filed']} new versions" if done["filed"] else "nothing new"
    return f"{new}, {done['unchanged']} filings unchanged"


def exchange(settings: Settings, sent: list[Parcel], say) -> dict[str, float]:
    """Put the files up one after the other, as partners do, and wait for each answer: seconds from rename to answer (0:
    none came). In a home that was kept the same files may have been answered before: their answers are taken away
    first, so that none of them is taken for the new one."""
    renamed: dict[tuple[str, str], float] = {}
    waiting: dict[tuple[str, str], Parcel] = {}
    times: dict[str, float] = {}
    with all_logged_in(settings, sorted({it.account for it in sent})) as sessions:

        def collect() -> None:
            now = time.monotonic()
            for account in {account for account, _ in waiting}:
                there = set(sessions[account].listdir("outbox"))
                for key in [key for key, it in waiting.items() if key[0] == account and _answers(it) & there]:
                    times[waiting.pop(key).name] = now - renamed[key]

        for it in sent:
            for name in _answers(it) & set(sessions[it.account].listdir("outbox")):
                sessions[it.account].remove(f"outbox/{name}")
            put(sessions[it.account], it.name, it.data)
            waiting[it.account, it.name] = it
            renamed[it.account, it.name] = time.monotonic()
            say(f"{it.account} put up {it.name} ({len(it.data) / 1e3:.1f} kB, {it.holds})")
            collect()
            time.sleep(PAUSE)
        deadline = time.monotonic() + PATIENCE
        while waiting and time.monotonic() < deadline:
            collect()
            time.sleep(0.1)
    return {it.name: times.get(it.name, 0.0) for it in sent}


def _answers(it: Parcel) -> set[str]:
    return {f"{it.name}{suffix}" for suffix in it.answers}


def report(settings: Settings, sent: list[Parcel], times: dict[str, float], since: datetime) -> None:
    """Print what stands in the accounts, where the time went, and one file's answers."""
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
        print("\nWhere the time of today's files went, seconds a file")
        for stage in summary.stages(conn, since):
            print(f"  {stage.stage:40} p50 {stage.p50:5.1f}   p95 {stage.p95:5.1f}")
    answered = sorted(seconds for seconds in times.values() if seconds)
    if answered:
        p95 = answered[min(len(answered) - 1, int(0.95 * len(answered)))]
        words = "rename to answer, as the sender sees it"
        print(f"  {words:40} p50 {statistics.median(answered):5.1f}   p95 {p95:5.1f}")
    of_abi = [it for it in sent if it.answers == (".ax",)]
    rejected = next((it for it in of_abi if it.rejects), of_abi[0])
    account = rejected.account
    with login(settings, account) as session:
        for name in (f"{rejected.name}.ax", f"{rejected.name}.reasons.csv", f"{rejected.name}.receipt.json"):
            show(f"{account} outbox/{name}", session.open(f"outbox/{name}").read())
    for importer in sorted(path.stem for path in (settings.keys / "accounts").glob("I-*.pub")):
        with login(settings, importer) as session:
            if names := sorted(name for name in session.listdir("outbox") if name.endswith(".csv")):
                own = session.open(f"outbox/{names[-1]}").read()
                show(f"{importer} outbox/{names[-1]} (the importer's own)", own)
                break


def show(title: str, data: bytes) -> None:
    """Print the beginning of a file."""
    lines = data.decode(errors="replace").splitlines()
    print(f"\n{title}")
    for line in lines[:SHOWN]:
        print("  " + line[:160].rstrip())
    if len(lines) > SHOWN:
        print(f"  ... {len(lines) - SHOWN} more lines")
