"""The printed report: pages, columns and sums a person would check."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest
from statement_tables import Days, fees, golden, payables, remove

from transforms.statement import assemble, pages, report

DAY = date(2026, 10, 6)


def golden_report(final):
    payable, fee, removed = golden("daily_broker")
    made = assemble.daily(payable, fee, DAY, {}, Days())
    statement, entry = made.statement, made.entry
    if final:
        statement, entry = statement.assign(status="F"), remove(entry, removed)
    return report.daily(statement.iloc[0], entry, payable, fee, "TIDE BROKERS", date(2026, 10, 8)).split("\f")


def test_each_port_of_entry_begins_a_page():
    detail_2704, detail_2709, totals = golden_report(final=False)
    assert "PORT OF ENTRY:     2704" in detail_2704 and "PORT OF ENTRY:     2709" in detail_2709
    assert "TW1-0000124-1" in detail_2709 and "TW1-0000124-1" not in detail_2704
    assert "STATEMENT TOTALS" in totals and "DIFFERENCE" not in totals


def test_a_line_shows_what_is_deferred_and_what_owes_nothing():
    detail = golden_report(final=False)[0].splitlines()
    deferred = next(line for line in detail if line.startswith("TW1-0000125-8"))
    assert "80.00D" in deferred and deferred.rstrip().endswith("3.21")
    assert next(line for line in detail if line.startswith("TW1-0000126-6")).rstrip().endswith("NR")


def test_the_final_compares_and_names_what_was_deleted():
    *_, totals, deleted = golden_report(final=True)
    line = next(line for line in totals.splitlines() if "TOTAL AMOUNT DUE" in line)
    assert line.split()[-3:] == ["405.35", "400.35", "5.00"]
    revenue = next(line for line in totals.splitlines() if line.strip().startswith("REVENUE"))
    assert revenue.split()[-3:] == ["3", "2", "1"]
    assert "TW1--00001241         ABI" in deleted


def test_many_at_once_are_printed_as_each_alone():
    ports = ["2704", "2709", "2720"]
    payable = payables(
        [
            {"duty_cents": 100 + i, "port": ports[i % 3], "port_of_entry": ports[i % 2], "payment_type": "2"}
            for i in range(60)
        ]
    )
    fee = fees(payable, [(i, code, 7 + i) for i in range(0, 60, 4) for code in ("499", "501")])
    made = assemble.daily(payable, fee, DAY, {}, Days())
    statement = made.statement.assign(status=["P", "F", "F"])
    entry = made.entry.assign(removed_at=made.entry["removed_at"].mask(made.entry.index % 7 == 0, pd.Timestamp(DAY)))
    entry = entry.assign(removed_by="C")
    many = report.Dailies(entry, payable, fee, statement["statement_number"].iloc[1:])
    for _, row in statement.iterrows():
        assert many.text(row, "TIDE BROKERS", DAY) == report.daily(row, entry, payable, fee, "TIDE BROKERS", DAY)
        assert ("ENTRIES DELETED" in many.text(row, "TIDE BROKERS", DAY)) == (row["status"] == "F")


def test_a_page_has_at_most_39_lines_and_132_columns():
    payable = payables([{"duty_cents": 10**10 - 1 - i, "port_of_entry": "2704"} for i in range(79)])
    fee = fees(payable, [(i, "777", 5) for i in range(79)])
    made = assemble.daily(payable, fee, DAY, {}, Days())
    out = report.daily(made.statement.iloc[0], made.entry, payable, fee, "TIDE BROKERS", DAY).split("\f")
    assert [sum(line.startswith("TW1-") for line in page.splitlines()) for page in out] == [39, 39, 1, 0]
    assert max(len(line) for page in out for line in page.splitlines()) <= pages.WIDTH
    assert [page.splitlines()[0].split()[-1] for page in out] == ["1", "2", "3", "4"]
    assert "CLASS 777 FEE" in out[-1]


def test_a_monthly_report_lists_its_daily_statements_with_their_fees():
    payable, fee, removed = golden("monthly_importer")
    parts = [assemble.daily(payable, fee, date(2026, 10, day), {}, Days()) for day in (6, 7)]
    statement = pd.concat([p.statement for p in parts], ignore_index=True)
    entry = pd.concat([p.entry for p in parts], ignore_index=True)
    before = remove(entry, removed[removed["removed_by"] == "C"])
    upper = assemble.monthly(
        statement,
        before,
        payable,
        fee,
        date(2026, 11, 1),
        {"12-3456789": "2704"},
        {},
        date(2026, 11, 17),
        date(2026, 11, 23),
    )
    statement["parent_number"] = statement["statement_number"].map(assemble.parents(upper.entry, before)).fillna("")
    statement["presented_at"] = pd.Series(pd.Timestamp("2026-10-07"), statement.index)
    row = upper.statement.assign(status="F", printed_at=pd.Timestamp("2026-11-17")).iloc[0]
    detail, totals, deleted = report.monthly(
        row, statement, remove(before, removed), payable, fee, "LAMPS INC", date(2026, 11, 24)
    ).split("\f")
    assert "DUE DATE:          11/23/26" in detail
    lines = detail.splitlines()
    at = next(i for i, line in enumerate(lines) if line.startswith("2727279001"))
    assert lines[at].endswith("144.64") and lines[at + 1].split() == ["FEES", "499", "34.64", "501", "10.00"]
    line = next(line for line in totals.splitlines() if "TOTAL AMOUNT DUE" in line)
    assert line.split()[-3:] == ["538.09", "318.09", "220.00"]
    assert "TW1--00001241         ABI" in deleted and "TW1--00001274         CBP" in deleted


@pytest.mark.parametrize(
    ("cents", "text"), [(0, "0.00"), (5, "0.05"), (100_000, "1,000.00"), (12_345_678_901, "123,456,789.01")]
)
def test_money(cents, text):
    assert pages.money(pd.Series([cents])).tolist() == [text]
