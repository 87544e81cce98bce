"""Rounding half up in integers; business dates in New York."""

from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.calendar import business_date
from transforms.money import at_rate, half_up, in_dollars

AMOUNTS = st.integers(0, 10**12)


@given(cents=AMOUNTS, rate=st.integers(0, 1_000_000))
def test_a_rate_is_applied_as_on_paper_alone_and_in_a_column(cents, rate):
    paper = int((Decimal(cents) * rate / 1_000_000).quantize(Decimal(1), ROUND_HALF_UP))
    assert at_rate(cents, rate) == paper
    assert at_rate(np.array([cents]), rate)[0] == paper
    assert at_rate(pd.Series([cents, None], dtype="Int64"), rate).tolist() == [paper, pd.NA]


def test_halves_go_up():
    assert [half_up(n, 2) for n in range(6)] == [0, 1, 1, 2, 2, 3]
    assert at_rate(1_000_000, 3464) == 3464  # the merchandise processing fee of 10,000 dollars


@given(cents=st.lists(st.one_of(st.none(), AMOUNTS), min_size=1))
def test_dollars_and_cents_read_back(cents):
    texts = in_dollars(pd.Series(cents, dtype="Int64"))
    assert [None if text == "" else int(Decimal(text) * 100) for text in texts] == cents


@pytest.mark.parametrize(
    ("instant", "day"),
    [
        (datetime(2026, 1, 1, 4, 59, tzinfo=UTC), date(2025, 12, 31)),
        (datetime(2026, 1, 1, 5, 0, tzinfo=UTC), date(2026, 1, 1)),
        (datetime(2026, 7, 1, 3, 59, tzinfo=UTC), date(2026, 6, 30)),  # summer time
        (datetime(2026, 7, 1, 4, 0, tzinfo=UTC), date(2026, 7, 1)),
    ],
)
def test_the_business_day_is_new_yorks(instant, day):
    assert business_date(instant) == day


def test_an_instant_without_a_zone_has_no_business_day():
    with pytest.raises(ValueError, match="time zone"):
        business_date(datetime(2026, 1, 1))
