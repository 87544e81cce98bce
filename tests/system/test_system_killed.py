"""Invariant 3: whatever is killed when, there is one answer, the same bytes, and no row is lost or double."""

from __future__ import annotations

import hashlib
import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import psycopg
import pytest

from loaders import intake as registry
from loaders import summary
from tests.system.days import Day, day
from tests.system.house import Build, House
from tests.system.x12_files import interchange, invoice
from tidewaiter import x12_answering

ROOT = Path(__file__).parents[2]
X12 = interchange(("810", invoice()), ("810", invoice("INV-2")), number=7)
#: Step, function, moment, and the how-manieth call. Two brokers send filings, an importer an X12 file.
PLACES = [
    ("receive", "loaders.archive:_write", "called", 2),
    ("receive", "loaders.intake:arrive", "called", 2),
    ("receive", "loaders.intake:arrive", "returned", 1),
    ("receive", "sftp_drop.client:Drop.receipt", "returned", 2),
    ("receive", "sftp_drop.client:_Sftp.posix_rename", "returned", 2),  # a file is moved aside and not yet deleted
    ("receive", "sftp_drop.client:Drop.remove", "returned", 3),
    ("claim", "loaders.intake:claim", "returned", 1),
    ("identify", "loaders.intake:take", "returned", 1),
    ("identify", "parsers.identify:identify", "returned", 1),
    ("parse", "parsers.catair.read:frame", "returned", 1),
    ("parse", "parsers.catair.read:parse", "returned", 1),
    ("validate", "transforms.conditions.evaluate:evaluate", "returned", 1),
    ("validate", "transforms.lifecycle:decide", "returned", 1),
    ("normalise", "transforms.account_rows:_numbers", "returned", 1),
    ("normalise", "transforms.account_rows:rows", "returned", 1),
    ("load", "loaders.bulk:copy", "returned", 1),
    ("load", "loaders.bulk:copy", "returned", 9),
    ("load", "loaders.publish:finish", "returned", 1),  # everything is written and nothing committed
    ("load", "loaders.publish:publish", "returned", 1),
    ("judge", "tidewaiter.x12_answering:judged", "returned", 1),
    ("number", "loaders.x12.controls:Controls.store", "returned", 1),
    ("load", "loaders.x12.sent:store", "returned", 1),
    ("load", "loaders.x12.publish:publish", "returned", 1),
    ("deliver", "sftp_drop.client:Drop.deliver", "returned", 5),
    ("deliver", "loaders.outbox:delivered", "called", 1),
    ("deliver", "loaders.outbox:delivered", "returned", 1),
]


@pytest.fixture(scope="module")
def worker() -> Iterator[subprocess.Popen]:
    command = [sys.executable, "-m", "tests.system.killed"]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield process
        assert process.stdin
        process.stdin.close()


def filings() -> Day:
    return day(6, seed=2, brokers=2, importers=3, defects=(("no_signature", 0.2),))


def sent(house: House) -> int:
    """Put up what the brokers file; the number of files."""
    it = filings()
    house.admit(it.people)
    for file in it.files:
        house.put(f"B-{file.sender}", file.name, file.data)
    house.put(f"I-{it.people.importers['number'].iloc[0]}", "other format.txt", X12)
    return len(it.files) + 1


@pytest.fixture(scope="module")
def undisturbed(build_once: Build) -> tuple[dict, dict]:
    """Every answer in every outbox, and everything on file, after a run that nobody killed."""
    house = build_once()
    sent(house)
    house.run()
    assert set(house.states().values()) == {"answered"}
    return house.outboxes(), house.ledger()


@pytest.mark.parametrize(("step", "place", "when", "time"), PLACES, ids=lambda value: str(value).rpartition(":")[2])
def test_killed_and_started_again(
    house: House, worker: subprocess.Popen, undisturbed: tuple, step: str, place: str, when: str, time: int
) -> None:
    files = sent(house)
    order = {"home": str(house.settings.home), "now": house.now.isoformat(), "place": place, "when": when, "time": time}
    assert worker.stdin and worker.stdout
    print(json.dumps(order), file=worker.stdin, flush=True)
    assert int(worker.stdout.readline()) == signal.SIGKILL, "the run never came to this place"

    kept = summary.conservation(house.conn)
    assert kept.received == kept.answered + kept.quarantined + kept.in_flight
    with_answer = house.one("SELECT count(DISTINCT interchange_id) FROM acknowledgment")
    assert with_answer == house.one("SELECT count(*) FROM interchange WHERE state = 'answered'")
    assert house.one("SELECT count(*) FROM entry_summary_version") == house.one(
        "SELECT count(*) FROM transaction t JOIN interchange i ON i.id = t.interchange_id AND i.mode = 'file'"
        " WHERE t.code IN ('995', '996') AND i.state = 'answered'"
    )

    house.recover()
    house.run()
    answers, ledger = undisturbed
    assert house.outboxes() == answers
    again = house.ledger()
    assert {table: rows for table, rows in again.items() if rows != ledger[table]} == {}
    assert len(house.states()) == files


@pytest.mark.parametrize("how", [signal.SIGKILL, MemoryError, psycopg.errors.OutOfMemory])
def test_a_file_that_ends_its_workers_is_set_aside_and_holds_nobody_up(
    house: House, worker: subprocess.Popen, monkeypatch: pytest.MonkeyPatch, how: Any
) -> None:
    sender = f"I-{filings().people.importers['number'].iloc[0]}"
    files = sent(house)
    place = "tidewaiter.x12_answering:judged"
    order = {
        "home": str(house.settings.home),
        "now": house.now.isoformat(),
        "place": place,
        "when": "called",
        "time": 1,
    }
    assert worker.stdin and worker.stdout
    for _ in range(registry.TRIES):
        if how is signal.SIGKILL:
            print(json.dumps(order), file=worker.stdin, flush=True)
            assert int(worker.stdout.readline()) == signal.SIGKILL
        else:
            with monkeypatch.context() as patch, pytest.raises(how):
                patch.setattr(x12_answering, "judged", Mock(side_effect=how))
                house.run()
        house.recover()
    house.put(sender, "after it.txt", interchange(("810", invoice("INV-3")), number=8))
    house.run()
    states = house.states()
    assert states.pop(hashlib.sha256(X12).hexdigest()) == "quarantined"
    assert set(states.values()) == {"answered"} and len(states) == files
    kept = summary.conservation(house.conn)
    assert (kept.quarantined, kept.in_flight) == (1, 0)
