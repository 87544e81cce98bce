"""Debits of a due day reach the bank once, whatever is killed when; those that cannot be sent wait and are told."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pandas as pd
import pytest

from loaders.archive import Archive
from tests.system import paying
from tests.system.house import Build, House
from tests.system.paying import UNIT, authorise, on_file
from tidewaiter import bank, payments
from tidewaiter.settings import BadSettings
from transforms.calendar import business_date

ROOT = Path(__file__).parents[2]
#: Function, moment, and the how-manieth call: every step between a debit that is queued and the bank that has it.
PLACES = [
    ("loaders.archive:_write", "returned", 1),
    ("loaders.debits:record", "called", 1),
    ("loaders.debits:record", "returned", 1),
    ("tidewaiter.bank:_write", "returned", 1),
    ("loaders.debits:placed", "called", 1),
    ("loaders.debits:placed", "returned", 1),
    ("pathlib:Path.rename", "returned", 2),  # the archive's, then the bank's
]


@pytest.fixture(scope="module")
def due(build_once: Build) -> House:
    """A house on the morning after filers authorised plain daily statements."""
    return paying.printed(build_once)


@pytest.fixture(scope="module")
def worker() -> Iterator[subprocess.Popen]:
    command = [sys.executable, "-m", "tests.system.killed"]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield process
        assert process.stdin
        process.stdin.close()


def collected(house: House) -> bytes:
    """What the bank's program takes away: every file that is there under its name."""
    out, taken = bank.folder(house.settings.home), b""
    for path in sorted(out.iterdir()):
        if path.suffix == ".ach":
            taken += path.read_bytes()
            path.unlink()
    return taken


def debited(data: bytes) -> Counter:
    """Statement number -> cents, of the entries in files of debits."""
    found: Counter = Counter()
    for line in data.splitlines():
        assert len(line) == 94
        if line[:1] == b"6":
            found[line[39:54].decode().strip()] += int(line[29:39])
    return found


def authorised(house: House) -> pd.DataFrame:
    """Plain daily statements, authorised now; what was sent before came back."""
    house.conn.execute("UPDATE payment SET state = 'returned' WHERE state IN ('queued', 'sent')")
    daily = on_file(house, kind="daily")
    plain = daily[daily["month"].isna() & (daily["remaining_cents"] > 0)]
    authorise(house, plain)
    house.now += timedelta(days=1)
    return plain


@pytest.mark.parametrize(("place", "when", "time"), PLACES, ids=lambda it: str(it).rpartition(":")[2])
def test_killed_anywhere_each_debit_reaches_the_bank_once(
    due: House, worker: subprocess.Popen, place: str, when: str, time: int
) -> None:
    plain = authorised(due)
    order = {"home": str(due.settings.home), "now": due.now.isoformat(), "place": place, "when": when, "time": time}
    assert worker.stdin and worker.stdout
    worker.stdin.write(json.dumps(order | {"work": "debits"}) + "\n")
    worker.stdin.flush()
    assert int(worker.stdout.readline()) == signal.SIGKILL
    taken = collected(due)
    payments.send_debits(due.settings, business_date(due.now), due.clock)
    taken += collected(due)
    again = payments.send_debits(due.settings, business_date(due.now), due.clock)
    assert (again.debits, again.files) == (0, []) and collected(due) == b""
    assert debited(taken) == dict(zip(plain["statement_number"], plain["remaining_cents"], strict=True))
    states = due.ask("SELECT DISTINCT state FROM payment WHERE debit_file_id IS NOT NULL AND state <> 'returned'")
    assert states == [("sent",)]
    assert list(bank.folder(due.settings.home).iterdir()) == []


def test_what_the_bank_gets_is_kept(due: House) -> None:
    plain = authorised(due)
    done = payments.send_debits(due.settings, business_date(due.now), due.clock)
    assert (done.debits, done.amount_cents) == (len(plain), plain["remaining_cents"].sum())
    (name,) = done.files
    assert name == f"debits-{business_date(due.now)}-A.ach"
    (sha256,) = due.ask("SELECT sha256 FROM debit_file WHERE name = %s", name)[0]
    data = collected(due)
    assert Archive(due.settings.archive).get(sha256) == data and b"021000021000111222333" in data


def test_who_cannot_be_debited_waits_and_the_others_go(due: House) -> None:
    due.conn.execute("UPDATE payment SET state = 'returned' WHERE state IN ('queued', 'sent')")
    daily = on_file(due, kind="daily")
    plain = daily[daily["month"].isna() & (daily["remaining_cents"] > 0)]
    assert len(plain) > 2
    authorise(due, plain.iloc[:1], payer_unit="999999")
    authorise(due, plain.iloc[1:])
    due.now += timedelta(days=1)
    with pytest.raises(BadSettings, match="debits wait, the bank is not set"):
        payments.send_debits(replace(due.settings, bank_routing=""), business_date(due.now), due.clock)
    done = payments.send_debits(due.settings, business_date(due.now), due.clock)
    waits = plain["statement_number"].iloc[0]
    assert done.left_out.keys() == {waits} and "payer unit '999999' is not on file" in done.left_out[waits]
    assert done.debits == len(plain) - 1 == len(debited(collected(due)))
    due.conn.execute("UPDATE payer_unit SET payer_unit = '999999'")
    second = payments.send_debits(due.settings, business_date(due.now), due.clock)
    assert second.files == [f"debits-{business_date(due.now)}-B.ach"] and not second.left_out
    assert debited(collected(due)).keys() == {waits}
    due.conn.execute("UPDATE payer_unit SET payer_unit = %s", [UNIT])
