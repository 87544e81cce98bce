"""The close of a month without Airflow: what is filed, what is asked, and in which words."""

from collections.abc import Iterator
from datetime import date, timedelta

import pandas as pd
import pytest

from tests.system import days
from tests.system.house import House
from tidewaiter import checkpoint, closing, intake

MONTH = date(2026, 9, 1)


@pytest.fixture
def house(house: House) -> Iterator[House]:
    it = days.day(40, seed=8, importers=4)
    house.admit(it.people)
    for file in it.files:
        house.put(it.account, file.name, file.data)
    house.run()
    return house


def close(house: House, before: timedelta = timedelta()) -> closing.Closed:
    page = checkpoint.run(house.settings, MONTH, now=house.now).page
    return closing.close(house.settings, MONTH, house.now - before, page, house.clock)


def filed(house: House) -> set[str]:
    return {number for (number,) in house.ask("SELECT number FROM account WHERE id IN (SELECT account_id FROM filing)")}


def test_what_ties_out_is_filed_without_a_question_and_once(house: House) -> None:
    accounts = house.one("SELECT count(DISTINCT importer_account_id) FROM entry_summary WHERE status = 'accepted'")
    assert close(house) == closing.Closed(accounts, 0, "")
    assert close(house) == closing.Closed(0, accounts, "")
    assert house.one("SELECT max(version) FROM filing") == 1


def test_files_in_flight_keep_the_month_open(house: House) -> None:
    house.bring(days.day(40, seed=8, importers=4).account, "late.abi", b"late")
    house.now += timedelta(seconds=1)
    told = close(house)
    assert told.filed == 0 and filed(house) == set()
    assert "1 file came before the close and is not answered yet" in told.question and "late.abi" in told.question
    assert close(house, before=timedelta(minutes=1)).filed, "it came after the close"
    assert intake.claim(house.settings), "and still waits for its answer"


def test_a_file_of_the_second_of_the_close_does_not_count_as_before_it(house: House) -> None:
    house.now = house.now.replace(microsecond=0)
    house.bring(days.day(40, seed=8, importers=4).account, "late.abi", b"late")
    house.now += timedelta(milliseconds=900)
    assert close(house).filed, "a time without a fraction says nothing about the order within its second"


def test_an_account_that_does_not_tie_out_is_never_filed(house: House) -> None:
    number, version = house.ask(
        """SELECT a.number, t.version_id FROM tariff t JOIN entry_summary e ON e.version_id = t.version_id
        JOIN account a ON a.id = e.importer_account_id WHERE e.status = 'accepted' AND duty_cents > 0 LIMIT 1"""
    )[0]
    house.conn.execute("UPDATE tariff SET duty_cents = duty_cents + 1 WHERE version_id = %s", [version])
    told = close(house)
    assert told.filed == 0 and filed(house) == set(), "the tables do not hold together: a person decides"
    assert "1 check of the account tables is broken" in told.question and f"version {version}" in told.question
    others = closing.file_others(house.settings, MONTH, house.clock)
    assert others.filed == len(filed(house)) > 0 and number not in filed(house)
    assert "1 account does not tie out and is not filed" in others.question and number in others.question


def test_a_question_names_the_first_and_counts_the_others() -> None:
    broken = [checkpoint.Broken("a total is a total", [f"S{n}" for n in range(20)], 1_234)]
    row = {"check": "lines", "at": "ZZ9-1", "what": "duty_cents", "expected": 5, "found": 6}
    accounts = {f"I-{n}": pd.DataFrame([row] * (n + 1)) for n in range(12)}
    told = closing.question(MONTH, [], broken, accounts)
    assert "- a total is a total: 1,234 (S0, S1, S2, S3, S4 ...)" in told.splitlines()
    assert "- I-0: 1 (lines ZZ9-1: duty_cents 6, expected 5)" in told.splitlines()
    assert "12 accounts do not tie out and are not filed:" in told and "- and 2 more" in told and "I-10" not in told
    assert closing.question(MONTH, [], [], {}) == ""
