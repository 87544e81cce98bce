"""Any month ties out: filed, replaced, deleted, moved, removed, paid, late and corrected, in any order.

``make soak`` lives through many more months than ``make test``.
"""

from __future__ import annotations

import csv
import io
import os
import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from loaders import reference
from tests.system.month_machine import Month
from tests.system.month_steps import STEP

SOAK = "TIDEWAITER_SOAK_MONTHS" in os.environ
#: How many months are lived through, and in how many steps each.
MONTHS = int(os.environ.get("TIDEWAITER_SOAK_MONTHS", "1"))
STEPS = int(os.environ.get("TIDEWAITER_SOAK_STEPS", "20"))
SEPTEMBER = date(2026, 9, 1)


@settings(
    max_examples=MONTHS,
    deadline=None,
    derandomize=not SOAK,
    database=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate, Phase.shrink] if SOAK else [Phase.generate],
)
@given(steps=st.lists(STEP, min_size=STEPS, max_size=STEPS))
def test_any_month_ties_out_at_every_level(template: Path, steps: list[dict]) -> None:
    with Month(template) as month:
        for step in steps:
            month.step(**step)


@pytest.fixture
def month(template: Path) -> Iterator[Month]:
    """A month that begins with the statement of a filer, printed on its day."""
    with Month(template) as month:
        month.step("file", count=3, kind="2", ahead=0)
        month.step("later", to="print")
        month.step("print_daily")
        yield month


def test_a_correction_after_payment_is_supplemental_and_a_month_of_nothing_is_filed_as_that(month: Month) -> None:
    month.step("correct", more=99)  # refused: it is not paid
    for how in ("short", "full"):
        month.step("settle", how=how)
    month.step("correct", more=99)
    month.step("file", n=1, count=1, kind="1")
    month.step("file_month", first=SEPTEMBER)
    files = month.house.ask("""SELECT t.sha256 FROM filing f JOIN filing_file t ON t.filing_id = f.id
        WHERE f.state = 'filed' AND t.name = 'entry.csv'""")
    texts = [month.house.archive.get(sha256).decode() for (sha256,) in files]
    rows = [row for text in texts for row in csv.DictReader(io.StringIO(text))]
    assert sorted({row["supplemental"] for row in rows}) == ["0.00", "0.99"]
    month.step("delete")
    month.step("file_month", first=SEPTEMBER)
    assert month.house.one("SELECT count(*) FROM filing WHERE state = 'filed' AND entries = 0") == 1


def test_off_its_statement_a_summary_is_replaced_file_by_file_or_together(month: Month) -> None:
    month.step("move", kind="1")
    for wait in (False, False, True, True, True):
        month.step("replace", action="R", kind="2", ahead=0, more=1, wait=wait)
    month.step("delete")  # refused: customs had it
    month.step("later", to="print")
    month.step("print_daily")
    month.step("replace", action="R", kind="2", ahead=0, more=0)  # refused: customs has it again


def test_a_statement_is_presented_on_the_day_its_message_came(month: Month) -> None:
    month.step("authorise", debit=True, negation="", wait=True)
    month.step("later", to="day")
    month.step("answers")
    month.step("authorise", debit=True, negation="Y")  # refused: its day is over
    month.step("debits")
    month.step("settle", how="full")


def test_a_holiday_table_that_misses_the_year_is_said_and_days_are_computed(
    template: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with Month(template) as month:
        home = month.house.settings.home
        (home / "reference").unlink()
        shutil.copytree(template / "reference", home / "reference")
        (home / "holidays.csv").write_text("date,name\n2025-12-25,Christmas Day\n")
        reference.load(month.house.conn, home, "holidays", home / "holidays.csv")
        month.step("file", n=6, count=3, kind="6")
        month.step("later", to="print")
        month.step("print_daily")
        month.step("later", to="preliminary")
        month.step("print_monthly")
        assert month.ledger.of("monthly")
        assert any("2026" in it.message for it in caplog.records if it.name == "tidewaiter.month")
