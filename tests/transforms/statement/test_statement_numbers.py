"""Statement numbers and what goes onto one statement."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statement_tables import Days, fees, payables

from transforms.statement import assemble, numbers

DAY = date(2026, 10, 6)


def made(rows, day=DAY, fee=(), last=None):
    payable = payables(rows)
    return assemble.daily(payable, fees(payable, list(fee)), day, last or {}, Days())


@pytest.mark.parametrize(
    ("day", "prefix"), [("2026-09-30", "2726273"), ("2026-10-01", "2727274"), ("2027-01-04", "2727004")]
)
def test_a_daily_number_has_the_fiscal_year_and_the_day_of_the_calendar_year(day, prefix):
    dates = pd.Series([day]).astype("datetime64[s]")
    assert numbers.daily_prefix(pd.Series(["2704"], dtype="str"), dates).tolist() == [prefix]


def test_a_monthly_number_has_the_calendar_year_and_the_month():
    month = pd.Series(["2027-01-01"]).astype("datetime64[s]")
    assert numbers.monthly_prefix(pd.Series(["0901"], dtype="str"), month).tolist() == ["0927P01"]


def test_sequences_turn_to_letters_and_end():
    told = numbers.sequence_text(pd.Series([1, 999, 1000, 1035, 1036, numbers.LAST])).tolist()
    assert told == ["001", "999", "A00", "A0Z", "A10", "ZZZ"]
    with pytest.raises(numbers.NumbersExhausted):
        numbers.sequence_text(pd.Series([numbers.LAST + 1]))


@given(st.lists(st.integers(1, numbers.LAST), min_size=2, max_size=50, unique=True))
def test_sequences_are_three_characters_unique_and_rise_as_text(sequence):
    told = numbers.sequence_text(pd.Series(sorted(sequence))).tolist()
    assert all(len(t) == 3 for t in told)
    assert told == sorted(set(told))


def test_numbers_go_on_after_those_already_used_in_the_district():
    out = made([{"port": p} for p in ("2704", "2709", "0901")], last={"2727279": 41})
    assert out.statement["statement_number"].tolist() == ["0927279001", "2727279042", "2727279043"]
    assert out.statement["sequence"].tolist() == [1, 42, 43]


@pytest.mark.parametrize(
    ("payment_type", "differs", "together"),
    [
        ("2", {"importer_number": "98-7654321"}, True),  # a broker pays for many importers
        ("6", {"importer_number": "98-7654321"}, True),
        ("3", {"importer_number": "98-7654321"}, False),
        ("3", {"importer_number": "12-3456789AB"}, False),  # the suffix counts
        ("7", {"importer_number": "12-3456789AB"}, False),
        ("5", {"importer_number": "12-3456789AB"}, True),  # and does not
        ("8", {"importer_number": "12-3456789AB"}, True),
        ("8", {"importer_number": "98-7654321"}, False),
        ("5", {"branch": "B2"}, False),
        ("8", {"branch": "B2"}, False),
        ("2", {"port": "2709"}, False),
        ("2", {"filer_code": "TW2"}, False),
        ("6", {"month": "2026-12-01"}, False),  # a daily statement is on one monthly statement
        ("2", {"port_of_entry": "2709"}, True),  # the processing port batches, not the port of entry
    ],
)
def test_what_shares_a_statement(payment_type, differs, together):
    usual = {"payment_type": payment_type, "branch": "B1" if payment_type in "58" else "", "port_of_entry": "2704"}
    out = made([usual, usual | differs])
    assert len(out.statement) == (1 if together else 2)
    assert out.statement["entries"].sum() == 2


def test_a_statement_names_an_importer_only_when_it_is_the_importers():
    rows = [{"payment_type": t, "importer_number": "12-3456789AB"} for t in "235678"]
    named = made(rows).statement.set_index("payment_type")["importer_number"].to_dict()
    assert named == {
        t: {"2": "", "6": "", "5": "12-3456789", "8": "12-3456789"}.get(t, "12-3456789AB") for t in "235678"
    }


def test_individual_payments_other_days_and_no_day_are_on_no_statement():
    out = made([{"payment_type": "1", "print_date": None}, {"print_date": "2026-10-07"}, {"print_date": None}])
    assert out.statement.empty and out.entry.empty and out.fee.empty
    assert set(out.statement) == set(assemble.COLUMNS)


def test_two_thousand_summaries_and_no_more_stand_on_one_statement():
    payable = payables([{"payment_type": "2"}] * (2 * assemble.DAILY_LIMIT + 1))
    out = assemble.daily(payable, fees(payable, []), DAY, {}, Days())
    assert out.statement["entries"].tolist() == [2000, 2000, 1]
    assert out.entry["version_id"].is_unique and len(out.entry) == len(payable)


def test_due_days():
    """With its month, or ten working days after the earliest entry (1 October 2026; the 12th is Columbus Day)."""
    rows = [{"payment_type": "6"}, {"payment_type": "2", "entry_date": "2026-10-05"}, {"payment_type": "2"}]
    due = made(rows).statement.set_index("payment_type")["due_date"]
    assert due["6"] == pd.Timestamp("2026-11-23")
    assert due["2"] == pd.Timestamp("2026-10-16")


def test_what_comes_too_late_for_its_due_day_is_due_on_its_print_date():
    due = made([{"payment_type": "2", "entry_date": "2026-08-03"}]).statement
    assert due["due_date"].tolist() == due["print_date"].tolist()


def test_the_order_of_the_payables_does_not_matter():
    payable = payables([{"port": p, "payment_type": t} for p in ("2709", "2704") for t in "2673"])
    fee = fees(payable, [(i, "499", 100 + i) for i in range(len(payable))])
    one = assemble.daily(payable, fee, DAY, {}, Days())
    mixed = payable.sample(frac=1, random_state=3).reset_index(drop=True)
    two = assemble.daily(mixed, fee.sample(frac=1, random_state=4), DAY, {}, Days())
    for left, right in zip(one, two, strict=True):
        pd.testing.assert_frame_equal(left, right)


def monthly_of(rows, national):
    daily = made(rows)
    payable = payables(rows)
    fee = fees(payable, [])
    month = date(2026, 11, 1)
    return assemble.monthly(
        daily.statement, daily.entry, payable, fee, month, national, {}, date(2026, 11, 17), date(2026, 11, 23)
    )


def test_one_statement_for_the_nation_or_one_for_each_port_as_the_account_chose():
    rows = [{"port": p, "filer_code": f, "duty_cents": 7} for p in ("2704", "0901") for f in ("TW1", "TW2")]
    out = monthly_of(rows, {"TW1": "2704"}).statement
    told = out[["filer_code", "port", "entries", "total_cents"]].to_numpy().tolist()
    assert told == [["TW1", "2704", 2, 14], ["TW2", "0901", 1, 7], ["TW2", "2704", 1, 7]]


def test_plain_daily_statements_are_on_no_monthly_one():
    assert monthly_of([{"payment_type": t} for t in "235"], {}).statement.empty
