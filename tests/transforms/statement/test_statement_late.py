"""Notice, cure, standing and interest of what is not paid on its day."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statement_tables import Days

from transforms.statement import late, notices

RATES = pd.DataFrame(
    {
        "valid_from": ["2025-01-01", "2025-07-01", "2026-01-01"],
        "valid_to": ["2025-06-30", "2025-12-31", "2026-12-31"],
        "underpayment_pct": [7, 7, 6],
    }
)


def dates(*days):
    return pd.Series(pd.to_datetime(list(days))).astype("datetime64[s]")


def cents(amount, start, end):
    return late.interest(pd.Series([amount]), dates(start), dates(end), RATES).iloc[0]


def test_a_year_at_seven_percent():
    assert cents(100_000, "2025-01-01", "2026-01-01") == 7_000


def test_the_example_of_the_regulation():
    """$500 owed from 1 January to 1 December (19 CFR 24.3a): 334 days at seven percent are 32.027 dollars."""
    assert cents(50_000, "2025-01-01", "2025-12-01") == 3_203


def test_a_rate_change_counts_from_its_day():
    assert cents(3_650_000, "2025-12-31", "2026-01-02") == 700 + 600


def test_days_without_a_rate_have_no_interest_rather_than_a_wrong_one():
    assert cents(1_000, "2026-12-31", "2027-01-01") == 0
    assert cents(1_000, "2026-12-31", "2027-01-02") is pd.NA
    assert cents(1_000, "2024-12-31", "2025-01-02") is pd.NA


def test_a_rate_without_an_end_goes_on():
    open_end = RATES.assign(valid_to=["2025-06-30", "2025-12-31", None])
    assert late.interest(pd.Series([3_650_000]), dates("2031-01-01"), dates("2031-01-02"), open_end).iloc[0] == 600


@given(
    st.integers(0, 10**10),
    st.dates(date(2025, 1, 1), date(2026, 12, 31)),
    st.integers(0, 400),
)
def test_interest_is_the_sum_of_its_days_rounded_once(amount, start, days):
    end = min(pd.Timestamp(start) + pd.Timedelta(days=days), pd.Timestamp("2027-01-01"))
    exact = sum(
        (
            Fraction(amount * (7 if day.year == 2025 else 6), 36500)
            for day in pd.date_range(start, end, inclusive="left")
        ),
        Fraction(0),
    )
    assert cents(amount, start, end) == int(exact + Fraction(1, 2))


def standing(today, due="2026-11-23", paid=None, owed=1_000_000):
    row = {"due_date": dates(due), "paid_at": dates(paid), "remaining_cents": [owed]}
    return late.standing(pd.DataFrame(row), today, Days(), RATES).iloc[0]


@pytest.mark.parametrize(
    ("today", "word", "days"),
    [
        (date(2026, 11, 23), "open", 0),
        (date(2026, 11, 24), "late", 1),
        (date(2026, 11, 30), "late", 7),
        (date(2026, 12, 1), "noticed", 8),
        (date(2026, 12, 3), "noticed", 10),
        (date(2026, 12, 4), "defaulted", 11),
    ],
)
def test_the_way_from_late_to_default(today, word, days):
    """Due Monday 23 November; notice on 1 December; two working days to mend it."""
    told = standing(today)
    assert (told["standing"], told["days_late"]) == (word, days)
    assert told["interest_cents"] == (1_000_000 * 6 * days * 2 + 36500) // (2 * 36500)
    if days:
        assert (told["notice_on"], told["cure_by"]) == (pd.Timestamp("2026-12-01"), pd.Timestamp("2026-12-03"))
    else:
        assert pd.isna(told["notice_on"])


def test_paid_in_time_and_paid_late():
    today = date(2026, 12, 20)
    assert standing(today, paid="2026-11-23")["standing"] == "paid"
    told = standing(today, paid="2026-11-25")
    assert (told["standing"], told["days_late"]) == ("late", 2)


def test_nothing_owed_or_no_due_day_is_never_late():
    assert standing(date(2026, 12, 20), owed=0)["standing"] == "open"
    assert standing(date(2026, 12, 20), due=None)["standing"] == "open"


def test_a_due_day_on_the_first_is_noticed_on_the_first_of_the_next_month():
    assert late.notice_date(dates("2026-12-01", "2026-12-31")).tolist() == [pd.Timestamp("2027-01-01")] * 2


def test_a_late_notice_gives_its_two_days_and_an_early_one_those_of_the_rule():
    row = pd.DataFrame({"due_date": dates("2026-11-23"), "paid_at": dates(None), "remaining_cents": [100]})
    early, late_ = (
        late.standing(row.assign(noticed_at=pd.Timestamp(at, tz="UTC")), date(2026, 12, 4), Days(), RATES).iloc[0]
        for at in ("2026-11-30 12:00", "2026-12-03 12:00")
    )
    assert (early["notice_on"], early["standing"]) == (pd.Timestamp("2026-12-01"), "defaulted")
    assert (late_["cure_by"], late_["standing"]) == (pd.Timestamp("2026-12-07"), "noticed")


def test_an_account_stands_as_its_worst_statement():
    given = pd.DataFrame(
        {
            "account_id": pd.array([1, 1, 1, 2, None], dtype="Int64"),
            "standing": ["late", "defaulted", "defaulted", "open", "late"],
            "due_date": dates("2026-01-01", "2026-03-01", "2026-02-01", "2026-01-01", "2026-01-01"),
            "statement_number": list("abcde"),
        }
    )
    assert late.worst(given).values.tolist() == [[1, "defaulted", "c"]]


def test_a_notice_says_what_is_owed_until_when_and_what_it_costs():
    row = pd.Series(
        {"statement_number": "2726P11001", "filer_code": "ZZZ", "importer_number": "", "owed_cents": 123_456}
        | {"due_date": pd.Timestamp("2026-11-23"), "days_late": 8, "cure_by": pd.Timestamp("2026-12-03")}
        | {"interest_cents": 162}
    )
    told = notices.late(row, date(2026, 12, 1))
    for line in ("STATEMENT #:       2726P11001", "AMOUNT OWED:       1,234.56", "INTEREST TO DATE:  1.62"):
        assert line in told
    assert "PAY BY:            12/03/26" in told
    assert "INTEREST TO DATE:  not known: no rate" in notices.late(row.replace(162, pd.NA), date(2026, 12, 1))
