"""The filing's tables: they add up to the cent, name their source, and are the same bytes every time."""

from __future__ import annotations

import csv
import dataclasses
import hashlib
import io
import json
import time
from fractions import Fraction
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.filing import changes, tables
from transforms.filing.apportion import apportion
from transforms.filing.rate import rates
from transforms.filing.split import by_account
from transforms.filing.summarise import activity
from transforms.filing.tie_out import tie_out

AMOUNTS = ["duty_cents", "fee_cents", "tax_cents", "ad_cents", "cvd_cents", "other_cents"]


@given(
    st.lists(
        st.tuples(st.integers(-(10**11), 10**11), st.lists(st.integers(0, 10**12), min_size=1, max_size=8)),
        min_size=1,
        max_size=6,
    )
)
def test_shares_add_up_and_stay_within_a_cent_of_the_exact_ones(groups):
    amount = np.array([a for a, _ in groups], np.int64)
    of = np.concatenate([np.full(len(w), i) for i, (_, w) in enumerate(groups)]).astype(np.int64)
    weight = np.concatenate([np.array(w, np.int64) for _, w in groups])
    share = apportion(amount, weight, of)
    for i, (a, w) in enumerate(groups):
        mine = share[of == i].tolist()
        assert sum(mine) == a
        parts = w if sum(w) else [1] * len(w)
        assert all(abs(m - Fraction(a * p, sum(parts))) < 1 for m, p in zip(mine, parts, strict=True))


def test_the_odd_cent_goes_to_the_largest_remainder():
    share = apportion(np.array([100, 10]), np.array([1, 1, 2, 5, 5, 5]), np.array([0, 0, 0, 1, 1, 1]))
    assert share.tolist() == [25, 25, 50, 4, 3, 3]
    assert apportion(np.array([5]), np.array([1, 2, 3]), np.array([0, 0, 0])).tolist() == [1, 2, 2]


def test_a_rate_is_told_from_the_largest_line_and_fits_every_line_to_the_cent():
    base = np.array([1_000_000, 50_100, 500, 700_000, 0], np.int64)
    duty = np.array([35_000, 1_754, 18, 12_345, 0], np.int64)
    found = rates(np.zeros(5, np.int64), base, duty, np.zeros(5, np.int64), pd.Series([""] * 5, dtype="str"))
    assert found.tolist() == ["3.5%", "3.5%", "3.5%", "other", "free"]
    weight = np.array([241_600, 715_500], np.int64)
    duty = np.array([4_590, 13_595], np.int64)
    unit = pd.Series(["KG", "KG"], dtype="str")
    assert rates(np.zeros(2, np.int64), np.array([723_400, 2_299_500]), duty, weight, unit).tolist() == ["1.9c/KG"] * 2


def test_a_generated_month_ties_out_for_every_importer(everyone):
    for facts in everyone:
        made = activity(facts)
        assert tie_out(facts, made).empty
        total = made["totals"].iloc[0]
        for column in ["value_cents", *AMOUNTS]:
            sums = {int(made[name][column].sum()) for name in ("goods", "entry", "line")}
            assert sums == {total[column]}
        assert total["records"] == len(facts.tariff) == made["goods"]["lines"].sum()
        assert made["fee_class"]["amount_cents"].sum() == facts.fee_total["amount_cents"].sum()


def test_the_processing_fee_of_each_class_is_that_of_the_totals(busiest):
    stated = busiest.fee_total.groupby("class_code")["amount_cents"].sum()
    made = activity(busiest)["fee_class"].set_index("class_code")["amount_cents"]
    assert made.to_dict() == stated.to_dict()
    without = activity(dataclasses.replace(busiest, fee_total=None))
    pd.testing.assert_frame_equal(without["line"], activity(busiest)["line"])


def test_every_line_names_the_record_it_was_read_from(busiest):
    line = activity(busiest)["line"]
    stated = busiest.tariff.set_index(["version_id", "record"])
    for row in line.sample(20, random_state=1).to_dict("records"):
        source = stated.loc[(row["version_id"], row["record"])]
        assert (source["hts_number"], source["file_name"]) == (row["hts_number"], row["file_name"])
    assert set(line["columns"]) == {"3-12 14-23 25-34"}


@pytest.mark.parametrize(
    ("table", "column", "check"),
    [
        ("tariff", "duty_cents", "lines"),
        ("adcvd", "duty_cents", "lines"),
        ("fee_total", "amount_cents", "fee class"),
        ("entry", "tax_cents", "lines"),
        ("statement", "total_cents", "statement"),
        ("statement", "fee_cents", "statement"),
    ],
)
def test_one_wrong_cent_anywhere_is_told(busiest, table, column, check):
    wrong = getattr(busiest, table).copy()
    wrong.loc[0, column] += 1
    facts = dataclasses.replace(busiest, **{table: wrong})
    told = tie_out(facts, activity(facts))
    assert check in set(told["check"])
    assert (told["expected"] - told["found"]).abs().eq(1).any()


def test_rows_that_belong_to_nothing_are_told_not_lost(busiest):
    gone = busiest.entry["version_id"].iloc[0]
    facts = dataclasses.replace(busiest, entry=busiest.entry.iloc[1:])
    told = tie_out(facts, activity(facts))
    lost = told[(told["check"] == "no entry") & (told["what"] == "tariff")]
    assert lost["at"].tolist() == [f"version {gone}"]
    assert lost["found"].sum() == busiest.tariff.loc[busiest.tariff["version_id"] == gone, "duty_cents"].sum()
    twice = dataclasses.replace(busiest, entry=pd.concat([busiest.entry, busiest.entry.iloc[:1]]))
    assert "entry twice" in set(tie_out(twice, activity(twice))["check"])
    no_lines = dataclasses.replace(busiest, tariff=busiest.tariff.iloc[:0])
    assert {"lines", "no line"} <= set(tie_out(no_lines, activity(no_lines))["check"])


def test_what_left_a_daily_statement_before_the_month_was_printed_is_no_difference(busiest):
    statement = busiest.statement.assign(remaining_cents=busiest.statement["total_cents"])
    below = statement.index[statement["parent_number"] != ""][0]
    statement.loc[below, ["total_cents", "entries"]] += [500, 1]  # as printed, with one more that left since
    facts = dataclasses.replace(busiest, statement=statement)
    made = activity(facts)
    assert tie_out(facts, made).empty
    statement.loc[below, "remaining_cents"] += 1
    told = tie_out(facts, made)
    assert told[["what", "at"]].values.tolist() == [["remaining_cents", statement.loc[below, "parent_number"]]]


@pytest.mark.parametrize("cents", [1, -1])
def test_a_monthly_statement_is_the_sum_of_its_daily_ones(busiest, cents):
    statement = busiest.statement.copy()
    above = statement.index[statement["kind"] == "monthly"][0]
    below = statement["parent_number"] == statement.loc[above, "statement_number"]
    assert statement.loc[below, "entries"].sum() == statement.loc[above, "entries"]
    statement.loc[above, "total_cents"] += cents
    facts = dataclasses.replace(busiest, statement=statement)
    told = tie_out(facts, activity(facts))
    assert set(told["at"]) == {statement.loc[above, "statement_number"]} and "total_cents" in set(told["what"])


def test_an_entry_on_a_statement_that_is_not_there_is_told(busiest):
    facts = dataclasses.replace(busiest, statement=busiest.statement.iloc[1:])
    told = tie_out(facts, activity(facts))
    assert (told["check"] == "no statement").sum() == 1


def test_a_month_without_activity_is_a_filing_too(busiest):
    empty = {
        n: getattr(busiest, n).iloc[:0] for n in ("entry", "line", "tariff", "fee", "adcvd", "statement", "fee_total")
    }
    facts = dataclasses.replace(busiest, **empty)
    made = activity(facts)
    assert tie_out(facts, made).empty
    assert made["totals"].iloc[0].sum() == 0
    assert set(tables.files(made, version=1)) >= {"goods.csv", "line.parquet", "filing.json"}


def test_the_same_facts_in_another_order_give_the_same_bytes(busiest):
    shuffled = {
        name: getattr(busiest, name).sample(frac=1, random_state=4)
        for name in ("entry", "line", "tariff", "fee", "adcvd", "statement", "fee_total")
    }
    other = activity(dataclasses.replace(busiest, **shuffled))
    assert tables.files(other, version=1) == tables.files(activity(busiest), version=1)


def test_csv_json_and_parquet_say_the_same(busiest):
    made = activity(busiest)
    files = tables.files(made, version=3)
    rows = list(csv.DictReader(io.StringIO(files["line.csv"].decode())))
    document = json.loads(files["filing.json"])
    typed = pq.read_table(io.BytesIO(files["line.parquet"]))
    assert len(rows) == len(document["line"]) == typed.num_rows == len(made["line"])
    cents = [round(float(r["duty"]) * 100) for r in rows]
    assert cents == [r["duty_cents"] for r in document["line"]] == typed["duty_cents"].to_pylist()
    assert document["version"] == 3 and document["account"]["month"] == "2026-09-01"
    whole = b"".join(f"{name}.csv\n".encode() + files[f"{name}.csv"] for name in made)
    assert document["sha256"] == hashlib.sha256(whole).hexdigest()


@given(st.text(max_size=12))
@settings(max_examples=50)
def test_no_cell_is_a_formula_or_breaks_its_row(text):
    table = pd.DataFrame({"name": pd.array([text], dtype="str"), "duty_cents": [-5]})
    rows = list(csv.reader(io.StringIO(tables.csv(table).decode(), newline="")))
    assert len(rows) == 2 and rows[1][1] == "-0.05"
    assert not rows[1][0].startswith(("=", "+", "-", "@", "\t", "\r"))


def test_a_correction_shows_what_it_changed_line_by_line(busiest):
    old = activity(busiest)
    tariff = busiest.tariff.copy()
    tariff.loc[5, "duty_cents"] += 700
    tariff.loc[9, "hts_number"] = "9999999999"
    gone = busiest.entry["version_id"].iloc[-1]
    facts = dataclasses.replace(
        busiest, entry=busiest.entry.iloc[:-1], tariff=tariff[tariff["version_id"] != gone].reset_index(drop=True)
    )
    new = activity(facts)
    told = changes.between(old, new)
    assert set(told["reason"]) == {"amount changed", "detail changed", "removed"}
    assert told.loc[told["reason"] == "amount changed", "difference_cents"].tolist() == [700]
    assert told.loc[told["reason"] == "detail changed", "fields"].tolist() == ["hts_number"]
    assert (told["reason"] == "removed").sum() == (busiest.tariff["version_id"] == gone).sum()
    back = changes.between(new, old)
    assert (back["reason"] == "added").sum() == (told["reason"] == "removed").sum()
    assert back["difference_cents"].sum() == -told["difference_cents"].sum()
    total = [int(made["line"][AMOUNTS].sum().sum()) for made in (old, new)]
    assert told["difference_cents"].sum() == total[1] - total[0]
    assert changes.between(old, old).empty


def test_many_lines_are_grouped_within_seconds(busiest):
    times = 150
    many = {
        name: pd.concat([getattr(busiest, name)] * times, ignore_index=True).assign(
            version_id=lambda t: t["version_id"] + np.repeat(np.arange(times), len(t) // times) * 10_000
        )
        for name in ("entry", "line", "tariff", "fee", "adcvd", "fee_total")
    }
    begin = time.perf_counter()
    made = activity(dataclasses.replace(busiest, **many))
    assert time.perf_counter() - begin < 10  # 110,000 rows; about half a second where nothing else runs
    assert made["totals"]["value_cents"].iloc[0] == times * activity(busiest)["totals"]["value_cents"].iloc[0]


def test_many_accounts_read_at_once_are_filed_as_each_alone(everyone):
    names = ("entry", "line", "tariff", "fee", "adcvd", "fee_total", "statement")
    many = {
        name: pd.concat([getattr(f, name).assign(account_id=n) for n, f in enumerate(everyone)], ignore_index=True)
        for name in names
    }
    # statement numbers of the generated month repeat from account to account; those of an account are its own
    for name, columns in (("entry", ["statement_number"]), ("statement", ["statement_number", "parent_number"])):
        for column in columns:
            text = many[name][column]
            many[name][column] = text.where(text == "", text + "/" + many[name]["account_id"].astype("str"))
    account = pd.DataFrame([dict(f.account) | {"account_id": n} for n, f in enumerate(everyone)])
    none = pd.DataFrame({"statement_number": [], "version_id": [], "due_cents": [], "removed_at": []})
    none = none.astype({"version_id": "int64"})
    read = SimpleNamespace(account=account, month=everyone[0].month, statement_entry=none, **many)
    for (number, facts), alone in zip(by_account(read), everyone, strict=True):
        made, wanted = activity(facts), activity(alone)
        assert facts.account == alone.account
        assert tie_out(facts, made).empty
        assert tables.csv(made["goods"]) == tables.csv(wanted["goods"])
        assert made["statement"]["account_due_cents"].tolist() == wanted["statement"]["account_due_cents"].tolist()
        assert set(made["statement"]["statement_number"]) == {
            f"{s}/{number}" for s in wanted["statement"]["statement_number"]
        }


def test_what_an_entry_adds_to_its_statement_is_compared(busiest):
    made = activity(busiest)
    on = made["entry"][made["entry"]["statement_number"] != ""]
    told = on[["statement_number", "version_id", "due_cents"]].assign(removed_at=pd.NaT).reset_index(drop=True)
    assert tie_out(dataclasses.replace(busiest, statement_entry=told), made).empty
    told.loc[3, "due_cents"] += 1
    wrong = tie_out(dataclasses.replace(busiest, statement_entry=told), made)
    assert wrong["check"].tolist() == ["statement entry"]
    told.loc[3, "removed_at"] = pd.Timestamp("2026-10-01")
    assert tie_out(dataclasses.replace(busiest, statement_entry=told), made).empty
