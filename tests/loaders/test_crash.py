"""Killed with SIGKILL between claim and publish, or during publish, and started again: one answer, the same rows."""

from __future__ import annotations

import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest
from shards import AT, FILINGS, accounts, compute, sha

from loaders import intake, publish

WORKER = Path(__file__).with_name("worker.py")
FILES = (("a", b"a"), ("b", b"b"))
#: What must be the same whatever was killed when (keys differ: a killed worker's ids are not used again).
WHAT = {
    "answers": "SELECT kind, sha256, interchange_id FROM acknowledgment ORDER BY 3, 1",
    "deliveries": "SELECT file_name, state FROM delivery ORDER BY 1",
    "entries": "SELECT entry_number, status, sequence FROM entry_summary ORDER BY 1",
    "versions": "SELECT entry_number, sequence, effect, record FROM entry_summary_version ORDER BY 1, 2",
    "tariffs": "SELECT interchange_id, record, hts_number, duty_cents FROM tariff ORDER BY 1, 2",
    "transactions": "SELECT interchange_id, record, effect, amount_cents FROM transaction ORDER BY 1, 2",
    "interchanges": "SELECT sha256, state FROM interchange ORDER BY id",
}


def facts(conn) -> dict[str, list]:
    return {name: conn.execute(query).fetchall() for name, query in WHAT.items()}


def work(url: str, place: str) -> subprocess.Popen:
    return subprocess.Popen([sys.executable, str(WORKER), url, place], stdout=subprocess.PIPE, text=True)


def prepare(conn) -> None:
    accounts(conn)
    for name, data in FILES:
        intake.arrive(conn, "B1", name, sha(data), len(data), "file", AT)


@pytest.fixture(scope="module")
def undisturbed() -> dict:
    """Filled by the first run that nobody kills; every killed run must lead to the same."""
    return {}


@pytest.mark.parametrize("place", ["never", "claimed", "taken", "entry_summary", "tariff", "committing"])
def test_killed_and_started_again(conn, url, place, undisturbed):
    prepare(conn)
    worker = work(url, place)
    assert worker.stdout.readline().strip() == ("done" if place == "never" else "here")
    if place != "never":
        before = facts(conn)
        assert not before["answers"] and not before["transactions"], "nothing is visible before the commit"
        worker.kill()
    worker.wait()
    if place != "never":
        recovered(conn)
        (shard,) = intake.claim(conn)
        assert publish.publish(conn, compute(conn, intake.take(conn, shard.id), FILINGS)) is not None
    again = facts(conn)
    assert len(again["answers"]) == 6 and len(again["entries"]) == 2
    assert again == undisturbed.setdefault("facts", again)


def recovered(conn) -> None:
    """Give back what the dead worker held; the server may take a moment to notice that its session ended."""
    deadline = time.monotonic() + 20
    while not intake.recover(conn, lease=timedelta(0)):
        assert time.monotonic() < deadline
        time.sleep(0.05)
