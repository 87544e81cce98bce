"""What a statement cannot hold is an error that names it; nothing wraps and nothing is cut off."""

from __future__ import annotations

from datetime import date, timedelta
from time import perf_counter

import pandas as pd
import pytest
from statement_tables import Days, fees, payables

from transforms.statement import assemble, daily, errors, monthly, totals

DAY = date(2026, 10, 6)


def printed(rows, fee=()):
    payable = payables(rows)
    fee = fees(payable, list(fee))
    made = assemble.daily(payable, fee, DAY, {}, Days())
    return made, payable, fee


def wire(made, payable, fee):
    return daily.batch(made.statement, made.entry, payable, fee, site="2704", sent=DAY).decode()


LARGEST = 10**10 - 1


def test_the_largest_amount_is_printed():
    assert f"{LARGEST:011d}" in wire(*printed([{"duty_cents": LARGEST}]))


@pytest.mark.parametrize("amount", [LARGEST + 1, 10**11, -1])
def test_an_amount_that_does_not_fit_is_refused(amount):
    with pytest.raises(errors.AmountDoesNotFit, match=r"2727279001: estimated_duty_amount of Q1 .columns 40 to 50."):
        wire(*printed([{"duty_cents": amount}]))


def test_a_total_that_does_not_fit_is_refused_although_its_parts_do():
    with pytest.raises(errors.AmountDoesNotFit, match="total_estimated_duty of Q3") as told:
        wire(*printed([{"port": "0901"}, {"duty_cents": LARGEST}, {"duty_cents": 1}]))
    assert told.value.statement_number == "2727279001"


def test_interest_has_eight_columns():
    assert "99999999" in wire(*printed([{"payment_type": "2", "interest_cents": 10**8 - 1}]))
    with pytest.raises(errors.AmountDoesNotFit, match="interest_amount"):
        wire(*printed([{"payment_type": "2", "interest_cents": 10**8}]))


def test_twenty_five_fee_classes_stand_in_five_records_and_a_sixth_is_refused():
    codes = [f"{100 + i}" for i in range(26)]
    lines = wire(*printed([{}], [(0, code, 1) for code in codes[:25]])).splitlines()
    assert [line[:4] for line in lines if line[:2] == "QA"] == ["QA01", "QA02", "QA03", "QA04", "QA05"]
    assert [line[:4] for line in lines if line[:2] == "QE"] == ["QE01", "QE02", "QE03", "QE04", "QE05"]
    with pytest.raises(errors.TooManyFees):
        wire(*printed([{}], [(0, code, 1) for code in codes]))


def test_one_batch_is_for_one_filer():
    with pytest.raises(ValueError, match="one filer"):
        wire(*printed([{}, {"filer_code": "TW2"}]))


def test_an_entry_without_a_payable_is_refused():
    made, payable, fee = printed([{}, {}])
    with pytest.raises(ValueError, match="version 101 is on a statement but not payable"):
        wire(made, payable.iloc[:1], fee)


def test_a_version_that_is_payable_twice_is_refused():
    payable = payables([{"version_id": 7}, {"version_id": 7}])
    with pytest.raises(ValueError, match="payable twice"):
        assemble.daily(payable, fees(payable, []), DAY, {}, Days())


def test_interest_cannot_stand_on_a_monthly_statement():
    made, payable, fee = printed([{"interest_cents": 1}])
    month = date(2026, 11, 1)
    upper = assemble.monthly(made.statement, made.entry, payable, fee, month, {}, {}, DAY, DAY)
    below = made.statement.assign(parent_number=upper.statement["statement_number"].iloc[0])
    with pytest.raises(errors.Unprintable, match="interest"):
        monthly.batch(upper.statement, below, made.entry, payable, fee, site="2704", sent=DAY)


def test_ten_thousand_daily_statements_make_two_monthly_ones():
    many = assemble.MONTHLY_LIMIT + 1
    payable = payables([{"duty_cents": 3}])
    payable = payable.loc[payable.index.repeat(many)].reset_index(drop=True)
    payable = payable.assign(version_id=range(many), entry_summary_id=range(many))
    made = assemble.daily(payable.iloc[:1], fees(payable, []), DAY, {}, Days())
    numbers = [f"D{i:09d}" for i in range(many)]
    statement = made.statement.loc[[0] * many].assign(statement_number=numbers)
    entry = made.entry.loc[[0] * many].assign(statement_number=numbers, version_id=range(many))
    statement, entry = statement.reset_index(drop=True), entry.reset_index(drop=True)
    upper = assemble.monthly(
        statement, entry, payable, fees(payable, []), date(2026, 11, 1), {"TW1": "2704"}, {}, DAY, DAY
    )
    assert upper.statement["entries"].tolist() == [9_999, 1]
    assert upper.statement["total_cents"].tolist() == [3 * 9_999, 3]


def test_two_thousand_summaries_are_printed_in_milliseconds():
    """Generous, since the machine is shared: it takes about 60 ms; a loop over records would take seconds."""
    made, payable, fee = printed([{"duty_cents": i} for i in range(2_000)], [(i, "499", 3464) for i in range(2_000)])
    wire(made, payable, fee)
    began = perf_counter()
    text = wire(made, payable, fee)
    assert perf_counter() - began < 1
    assert text.count("\nQ1") == 2_000


@pytest.mark.parametrize(
    ("entry_type", "duty", "harbor", "processing"),
    [("01", 500, 20, 30), ("21", 0, 20, 0), ("22", 0, 0, 0), ("23", 0, 20, 0)],
)
def test_what_is_due_on_warehouse_and_temporary_entries(entry_type, duty, harbor, processing):
    payable = payables([{"entry_type": entry_type, "duty_cents": 500}])
    fee = fees(payable, [(0, "501", 20), (0, "499", 30)])
    due = totals.due(payable, fee).iloc[0]
    assert (due["duty_cents"], due["fee_cents"]) == (duty, harbor + processing)
    assert due["total_cents"] == duty + harbor + processing
    assert due["revenue"] == (due["total_cents"] > 0)


def test_blank_amounts_are_none():
    payable = payables([{}]).assign(duty_cents=pd.array([pd.NA], "Int64"), other_cents=pd.array([9], "Int64"))
    assert totals.due(payable, fees(payable, []))["total_cents"].tolist() == [9]


def test_sent_on_another_day_only_the_envelope_differs():
    made, payable, fee = printed([{}])
    later = daily.batch(made.statement, made.entry, payable, fee, site="2704", sent=DAY + timedelta(days=1)).decode()
    assert wire(made, payable, fee).splitlines()[1:-1] == later.splitlines()[1:-1]
