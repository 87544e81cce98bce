"""What gives a reason, and what must not."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.transforms.risk.risky import accounts, before, decisions, entries, lines, months
from transforms.risk import signals_account, signals_entry
from transforms.risk.settings import Targeting

HOW = Targeting()
PRESENT = pd.Timestamp("2026-09-01")
NONE = pd.Series(dtype="int64")


def first(entry: pd.DataFrame, known: pd.DataFrame, clean: pd.Series = NONE, records: str = "") -> pd.DataFrame:
    return signals_entry.first_time(entry, signals_entry.tenure(entry, known), clean, records, HOW)


def test_the_first_ten_entries_of_a_new_importer_are_told_and_the_eleventh_is_not():
    found = first(entries(12), before())
    assert found["of"].tolist() == list(range(10)) and set(found["points"]) == {45}
    assert "this is entry 3 of its first 10" in found["words"][2]
    assert "24 months before" in found["words"][0]
    assert "begin 1 May 2026" in first(entries(1), before(), records="1 May 2026")["words"][0]


@pytest.mark.parametrize(
    ("began", "ended", "points"),
    [
        ("2026-06-01", None, 45),  # began this year, nothing before
        ("2026-06-01", "2025-09-01", None),  # nine months between: one that files seldom
        ("2026-06-01", "2025-05-01", 30),  # thirteen months between
        ("2026-06-01", "2024-01-01", 40),  # over two years
        (None, "2025-09-10", 30),  # nothing for a year, and now again
        (None, "2025-09-16", None),
    ],
)
def test_who_comes_back_after_a_year_is_new_again_and_who_files_seldom_is_not(began, ended, points):
    known = before(importer_number=["12-3456789"], began=[began], since=[1 if began else 0], ended=[ended])
    found = first(entries(1), known)
    assert found["points"].tolist() == ([] if points is None else [points])


def test_clean_results_take_the_points_away_and_a_discrepancy_gives_them_back():
    points = []
    for findings in ([], ["clean"], ["clean"] * 2, ["clean"] * 3, ["clean", "clean", "discrepancy"],
                     ["discrepancy", "clean"]):  # fmt: skip
        found = first(entries(1), before(), signals_account.clean_in_a_row(decisions(*findings)))
        points.append(int(found["points"].sum()))
    assert points == [45, 30, 15, 0, 45, 30]


@given(st.lists(st.sampled_from(["clean", "discrepancy", ""]), max_size=12))
def test_clean_in_a_row_is_counted_from_the_last_result(findings):
    known = [it for it in findings if it]
    expected = next((at for at, it in enumerate(reversed(known)) if it == "discrepancy"), len(known))
    assert signals_account.clean_in_a_row(decisions(*findings)).get(1, 0) == expected


def test_a_month_far_above_the_accounts_own_is_told_and_one_like_the_others_is_not():
    usual = [90_000, 110_000, 95_000, 105_000, 100_000, 98_000, 102_000, 99_000, 101_000, 100_000, 97_000, 103_000]
    month = pd.concat([months(1, [*usual, 800_000]), months(2, [*usual, 130_000]), months(3, [0] * 12 + [800_000])])
    found = signals_account.large_change(accounts(3), month, PRESENT, HOW)
    assert found["of"].tolist() == [0], "an account with nothing before is a first-time importer, not a change"
    assert "Value of September 2026: $800,000, 8.0 times its usual month ($100,000" in found["words"][0]


@given(
    st.lists(st.integers(60_000, 140_000), min_size=4, max_size=12), st.floats(0.0, 1.9),
    st.integers(1, 1_000),
)  # fmt: skip
def test_a_change_is_measured_by_the_accounts_own_size(usual, ratio, scale):
    """Less than twice the usual month is never a change; and whether it is one does not depend on where we stand in
    the present month: a smaller value never fires where a larger one does not."""
    middle = float(np.median(usual))
    calm = months(1, [*(value * scale for value in usual), middle * ratio * scale])
    assert signals_account.large_change(accounts(1), calm, PRESENT, HOW).empty
    wild = months(1, [*(value * scale for value in usual), middle * 40 * scale])
    assert len(signals_account.large_change(accounts(1), wild, PRESENT, HOW)) == 1


def test_the_month_before_counts_until_it_is_old_and_small_money_never_does():
    month = months(1, [100_000] * 8 + [900_000, 10_000])
    assert len(signals_account.large_change(accounts(1), month, PRESENT, HOW)) == 1
    assert signals_account.large_change(accounts(1), month, PRESENT + pd.DateOffset(months=2), HOW).empty
    assert signals_account.large_change(accounts(1), months(1, [100] * 8 + [9_000]), PRESENT, HOW).empty


def test_a_value_per_unit_far_from_the_others_is_told_with_what_is_usual():
    rng = np.random.default_rng(1)
    peer = lines(400 * np.exp(rng.normal(0, 0.2, 200)))
    found = signals_entry.unit_value(entries(3), lines([12, 410, 9_000]), peer, HOW)
    assert found["of"].tolist() == [0, 2]
    assert "$0.12 for each NO of 6109.10.0012 from CN" in found["words"][0] and "below it" in found["words"][0]
    assert "of 200 other lines is $4.0" in found["words"][0] and "above it" in found["words"][1]


def test_too_few_others_another_origin_or_no_quantity_say_nothing():
    few = lines([400] * 19)
    assert signals_entry.unit_value(entries(1), lines([1]), few, HOW).empty
    assert signals_entry.unit_value(entries(1), lines([1], origin="VN"), lines([400] * 50), HOW).empty
    blank = lines([1]).assign(quantity_1=pd.array([pd.NA], dtype="Int64"))
    assert signals_entry.unit_value(entries(1), blank, lines([400] * 50), HOW).empty
    assert signals_entry.unit_value(entries(1), lines([430]), lines([400] * 50), HOW).empty, "equal values are no scale"


def test_goods_never_filed_before_count_by_their_share_of_the_value_but_not_of_a_new_importer():
    known = pd.DataFrame({"account_id": [1], "hts6": pd.array(["610910"], dtype="str")})
    old = before(importer_number=["12-3456789"], began=["2025-10-01"], since=[80], ended=["2025-09-01"])
    entry = entries(2, value_cents=np.array([100_000, 1_000_000]))
    line = pd.concat([lines([500], of=[0], number="9503000013"), lines([10], of=[1], number="8708998180")])
    seen = signals_entry.tenure(entry, old)
    found = signals_entry.novelty(entry, line.reset_index(drop=True), known, seen)
    assert found["of"].tolist() == [0] and "9503.00, 50 % of the value" in found["words"][0]
    assert signals_entry.novelty(entry, lines([500], of=[0]), known, seen).empty
    fresh = signals_entry.tenure(entry, before())
    assert signals_entry.novelty(entry, line.reset_index(drop=True), known, fresh).empty


def test_few_filings_are_no_rate_and_many_refused_ones_are():
    filer = pd.DataFrame({"filer_code": ["ABC", "NEW", "BIG"], "actions": [500, 2, 90_000], "refused": [200, 2, 900]})
    entry = entries(3, filer_code=pd.array(["ABC", "NEW", "BIG"], dtype="str"))
    found = signals_entry.refused_filer(entry, filer, HOW)
    assert found["of"].tolist() == [0, 1] and found["points"].tolist()[0] >= found["points"].tolist()[1]
    assert "filer ABC filed in 12 months about 39 % was refused; the usual is 1 %" in found["words"][0]


def test_standing_bond_and_cases_are_told_in_words():
    found = signals_account.late(accounts(3, standing=["good", "defaulted", "late"], late=[0, 2, 0]))
    assert found["words"].tolist() == [
        "Payments: in default; 2 late statements in 12 months.",
        "Payments: a payment is late.",
    ]
    entry = entries(3, single_bond_cents=pd.array([50_000, 105_000, pd.NA], dtype="Int64"),
                    adcvd_value_cents=np.array([0, 100_000, 1]))  # fmt: skip
    assert signals_entry.bond(entry)["of"].tolist() == [0]
    assert "covers $500; value and duties are $1,050, 2.1 times that" in signals_entry.bond(entry)["words"][0]
    assert signals_entry.adcvd(entry)["of"].tolist() == [1]


def test_nothing_at_all_is_no_reason():
    entry, account = entries(0), accounts(0)
    seen = signals_entry.tenure(entry, before())
    known = pd.DataFrame({"account_id": pd.Series(dtype="int64"), "hts6": pd.Series(dtype="str")})
    filer = pd.DataFrame({"filer_code": pd.Series(dtype="str"), "actions": [], "refused": []})
    none = lines([])
    for found in (
        signals_entry.first_time(entry, seen, NONE, "", HOW), signals_entry.novelty(entry, none, known, seen),
        signals_entry.unit_value(entry, none, none, HOW), signals_entry.refused_filer(entry, filer, HOW),
        signals_entry.adcvd(entry), signals_entry.bond(entry), signals_account.late(account),
        signals_account.refused(account, HOW), signals_account.discrepancies(account, decisions()),
        signals_account.large_change(account, months(1, []), PRESENT, HOW),
    ):  # fmt: skip
        assert found.empty
