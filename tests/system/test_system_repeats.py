"""Invariant 2: one answer per interchange; the same bytes again get the same answer again and change nothing."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

import pytest

from tests.system.answers import read
from tests.system.days import day
from tests.system.house import House

FILED = day(2, seed=5)
FILE = FILED.files[0]
BROKER = FILED.account
#: What a repetition may touch: it is noted and answered again.
TOLD = {"arrival", "delivery"}


@pytest.fixture
def filed(house: House) -> House:
    """The file is on file and its answer fetched and deleted, as brokers do."""
    house.admit(FILED.people)
    house.put(BROKER, "monday.abi", FILE.data)
    house.run()
    return house


def fetched(house: House) -> dict[str, bytes]:
    """Fetch and delete what lies in the broker's outbox."""
    found, drop = house.outbox(BROKER), house.visit(BROKER)
    for name in [*found, *house.outbox(BROKER, receipts=True)]:
        drop.remove(f"outbox/{name}")
    return found


def test_a_filing_is_answered_and_receipted(filed: House) -> None:
    answer = filed.outbox(BROKER)
    assert set(answer) == {"monday.abi.ax", "monday.abi.reasons.csv"}
    assert {it.code for batch in read(answer["monday.abi.ax"]) for it in batch.finals} <= {"995", "996", "997"}
    receipt = json.loads(filed.outbox(BROKER, receipts=True)["monday.abi.receipt.json"])
    assert receipt["bytes"] == len(FILE.data)
    assert datetime.fromisoformat(receipt["received_at"]) == filed.now - timedelta(seconds=1)


@pytest.mark.parametrize("name", ["monday.abi", "again, under another name"])
@pytest.mark.parametrize("age", [None, timedelta(days=400), timedelta(0)], ids=["now", "put -p", "same time"])
def test_the_same_bytes_again(filed: House, name: str, age: timedelta | None) -> None:
    before, first = filed.ledger(), fetched(filed)
    filed.now += timedelta(hours=30)  # another day, on which a new filing might be judged otherwise
    filed.put(BROKER, name, FILE.data, at=None if age is None else filed.now - age)
    filed.run()
    again = fetched(filed)
    assert sorted(again.values()) == sorted(first.values())
    assert {path.removeprefix(name) for path in again} == {".ax", ".reasons.csv"}
    after = filed.ledger()
    assert {table for table, rows in after.items() if rows != before[table]} == TOLD
    assert len(after["arrival"]) == len(before["arrival"]) + 1


def test_the_same_bytes_while_the_first_are_on_their_way(house: House) -> None:
    house.admit(FILED.people)
    for name in ("one", "two"):
        house.put(BROKER, name, FILE.data)
    house.run()
    answers = house.outbox(BROKER)
    assert set(answers) == {"one.ax", "two.ax", "one.reasons.csv", "two.reasons.csv"}
    assert answers["one.ax"] == answers["two.ax"]
    assert len(house.states()) == 1


def test_other_bytes_under_the_same_name_get_an_answer_of_their_own(filed: House) -> None:
    first = filed.outbox(BROKER)
    filed.put(BROKER, "monday.abi", FILE.data.replace(b"BATCH 000000", b"BATCH OTHERS"))
    filed.run()
    both = filed.outbox(BROKER)
    assert first.items() < both.items(), "the first answer still lies there"
    (new,) = [body for name, body in both.items() if name not in first and name.endswith(".ax")]
    assert b"BATCH OTHERS" in new


def test_the_same_bytes_from_somebody_else_are_another_interchange(house: House) -> None:
    others = day(2, seed=5, brokers=2)
    house.admit(others.people)
    mine, theirs = (f"B-{code}" for code in others.people.brokers["filer_code"])
    data = others.of(0)[0].data
    house.put(mine, "x", data)
    house.put(theirs, "x", data)
    house.run()
    assert {it.code for batch in read(house.outbox(mine)["x.ax"]) for it in batch.finals} <= {"995", "996", "997"}
    assert "999" in read(house.outbox(theirs)["x.ax"])[0].codes


def test_a_dry_run_files_nothing_and_never_overwrites_the_answer_to_a_filing(house: House) -> None:
    house.admit(FILED.people)
    before = house.ledger()
    house.put(BROKER, "monday.abi", FILE.data, folder="check")
    house.run()
    trial = house.outbox(BROKER, "outbox/check")
    assert house.outbox(BROKER) == {}
    after = house.ledger()
    changed = {table for table, rows in after.items() if rows != before[table]}
    assert not changed & {"entry_summary", "entry_summary_version", "line", "tariff", "fee"}
    house.put(BROKER, "monday.abi", FILE.data)
    house.run()
    assert house.outbox(BROKER) == trial, "a filing is answered like its trial"
    assert len(house.ledger()["entry_summary"]) == len(FILE.entries["entry_number"].unique())
    house.put(BROKER, "monday.abi", FILE.data, folder="check")
    house.run()
    assert house.outbox(BROKER) == trial
    assert house.outbox(BROKER, "outbox/check") != trial, "now the entries are on file: added becomes replaced"
