"""Invariants 4 and 6: the same bytes, reference data, account state and clock give the same answer; the clock is
an argument, and business days are New York's."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from bench.accounts import toml
from tests.system.answers import read
from tests.system.days import day
from tests.system.house import Build, House
from tests.system.slowly import sha256
from tidewaiter import answering, demonstration

FAULTS = (("no_signature", 0.1), ("wrong_duty_total", 0.1), ("unknown_record", 0.1))
BEFORE = datetime(2026, 9, 16, 3, 59, 30, tzinfo=UTC)  # 23:59:30 in New York on the 15th
AFTER = datetime(2026, 9, 16, 4, 0, 30, tzinfo=UTC)  # 00:00:30 on the 16th
ONE = day(1, seed=3)


def due(statement: str, mark: str) -> bytes:
    """The filing with its statement to be printed on a day (MMDDYY), told apart from others by ``mark``."""
    records = ONE.files[0].data.decode().replace("BATCH 000000", f"BATCH {mark:6}").splitlines()
    return "\n".join(r[:51] + statement + r[57:] if r.startswith("10") else r for r in records).encode()


def codes(answer: bytes) -> set[str]:
    return {code for batch in read(answer) for code in batch.codes}


def test_the_same_answer_byte_for_byte() -> None:
    it = day(40, seed=6, brokers=2, defects=FAULTS)
    ref = demonstration.snapshot().tables
    files = [file.data for file in it.files]
    first, again = (answering.compute(files, today=date(2026, 9, 15), reference=ref) for _ in range(2))
    assert first.answers == again.answers
    assert first.reasons == again.reasons
    assert answering.acknowledgments(first).equals(answering.acknowledgments(again))


def test_together_or_one_after_the_other(build: Build) -> None:
    """The same files in one shard, and each in a shard of its own: the same answers and the same rows on file."""
    it = day(90, seed=7, brokers=2, importers=4, defects=FAULTS)
    together, apart = build(), build()
    for house in (together, apart):
        house.admit(it.people)
        for broker in (0, 1):
            for number, file in enumerate(it.of(broker)):
                # The first filings again under another envelope: they replace, or fail to.
                for copy in (file.data, file.data.replace(b"BATCH 0", b"AGAIN 0")):
                    house.bring(f"B-{file.sender}", f"{number}", copy)
                    if house is apart:
                        assert len(house.answer()) == 1
    assert len(together.answer()) < len(it.files)
    assert together.answers() == apart.answers()
    assert together.answers("reasons") == apart.answers("reasons")
    one, other = together.ledger(), apart.ledger()
    assert {table for table, rows in one.items() if rows != other[table]} == set()
    assert any('"effect": "replaced"' in row for row in one["transaction"])


def test_a_wrong_password_in_one_file_does_not_touch_the_next(build: Build) -> None:
    sound = ONE.files[0].data
    password = sound[8:14]
    wrong = [sound[:8] + b"BAD%03d" % number + sound[14:] for number in range(5)]
    house = build()
    house.admit(ONE.people)
    for number, data in enumerate([*wrong, sound]):
        house.bring(ONE.account, str(number), data)
    assert len(house.answer()) == 1
    answers = house.answers()
    assert all("X09" in codes(answers[sha256(data)]) for data in wrong)
    assert "X09" not in codes(answers[sha256(sound)])
    assert not any(password in answer for answer in answers.values())


def test_a_filing_counts_for_the_day_it_came_in_new_york(house: House) -> None:
    house.admit(ONE.people)
    house.now = BEFORE
    house.put(ONE.account, "before", due("091626", "BEFORE"))
    house.receive()
    house.now = AFTER
    house.put(ONE.account, "after", due("091626", "AFTER"))
    house.run()
    assert codes(house.outbox(ONE.account)["before.ax"]) == {"995"}, "the 16th lies ahead of the 15th"
    assert "205" in codes(house.outbox(ONE.account)["after.ax"]), "the 16th is today"


@pytest.mark.parametrize(("now", "accepted"), [(BEFORE, True), (AFTER, False)])
def test_computed_days_later_the_answer_is_that_of_the_day_it_came(house: House, now: datetime, accepted: bool) -> None:
    house.admit(ONE.people)
    house.now = now
    house.bring(ONE.account, "late", due("091626", "LATE"))
    house.now = datetime(2026, 9, 20, 12, tzinfo=UTC)
    house.answer()
    (answer,) = house.answers().values()
    assert ("205" not in codes(answer)) == accepted


def test_who_may_file_is_asked_for_the_day_the_file_came(house: House) -> None:
    people = ONE.people
    ended = toml(people).replace("[[transmitter]]", '[[transmitter]]\nvalid_to = "2026-09-15"')
    house.load(ended)
    for mark, house.now in (("BEFORE", BEFORE), ("AFTER", AFTER)):
        house.bring(ONE.account, mark, due("091726", mark))
    house.answer()
    answers = {answer[60:80].split()[1]: codes(answer) for answer in house.answers().values()}
    assert answers[b"BEFORE"] == {"995"}
    assert "X09" in answers[b"AFTER"]
