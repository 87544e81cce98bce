"""The filing as a document: what it says is what the tables say, the same bytes each time, whatever is in it."""

from __future__ import annotations

import dataclasses

import pandas as pd
import pytest

from transforms.filing import changes, charts, document, tables
from transforms.filing.summarise import activity


@pytest.fixture(scope="module")
def made(everyone):
    return activity(everyone[2])


def test_the_document_says_what_the_tables_say(made):
    said = document.content(made, version=2)
    total = made["totals"].iloc[0]
    assert said["total"] == f"{total['total_cents'] / 100:,.2f}"
    assert said["sha256"] == tables.digest(made)
    assert ["Filing due", "October 20, 2026"] in said["dates"]
    assert ["Payment due", "October 22, 2026"] in said["dates"]
    entries = next(t for t in said["tables"] if t["file"] == "entry")
    assert len(entries["rows"]) == total["entries"]
    assert entries["total"][-1] == f"{total['due_cents'] / 100:,.2f}"
    for table in said["tables"]:
        assert {len(row) for row in table["rows"]} == {len(table["head"])} == {len(table["right"])}


def test_a_monthly_statement_shows_what_its_daily_ones_hold_of_the_account(made):
    statement = made["statement"].set_index("statement_number")
    daily = statement[statement["kind"] == "daily"]
    assert statement.loc["M1", "account_due_cents"] == daily["account_due_cents"].sum() > 0
    assert statement.loc["M1", "account_entries"] == daily["account_entries"].sum()


def test_the_same_filing_gives_the_same_bytes_and_another_version_does_not(made):
    first = document.pdf(made, version=1)
    assert first.startswith(b"%PDF-")
    assert first == document.pdf(made, version=1) != document.pdf(made, version=2)


def test_every_page_can_be_shown(made):
    pages = document.pages(made, version=1, ppi=20)
    assert len(pages) >= 4
    assert all(page.startswith(b"\x89PNG") for page in pages)


def test_a_name_is_text_and_never_markup(made):
    name = 'A#panic("x") *B* $C$ "D" \\ <E>'
    account = made["account"].assign(name=name)
    assert document.pdf(made | {"account": account}, version=1).startswith(b"%PDF-")


def test_the_largest_amounts_keep_every_page_count(made):
    """A column too narrow would break the cells into several lines and the tables over more pages."""
    wide = dict(made)
    for table in ("goods", "entry"):
        cents = [c for c in made[table] if c.endswith("_cents") and "component" not in c]
        wide[table] = made[table].assign(**dict.fromkeys(cents, 9_999_999_999_999))
    assert len(document.pages(wide, version=1, ppi=10)) == len(document.pages(made, version=1, ppi=10))


def test_what_is_not_printed_is_said_and_counted_in_the_total(made, monkeypatch):
    monkeypatch.setattr(document, "ROWS", 10)
    goods = next(t for t in document.content(made, version=1)["tables"] if t["file"] == "goods")
    assert len(goods["rows"]) == 10
    assert goods["rest"][0] == f"{len(made['goods']) - 10} further rows, all of them in goods.csv"
    assert goods["total"][1] == document.money(made["goods"]["value_cents"].sum())
    assert document.pdf(made, version=1).startswith(b"%PDF-")


def test_pictures_account_for_every_cent(made):
    first, last = made["account"]["month"].iloc[0], made["account"]["closes"].iloc[0]
    pictures = (
        charts.by_origin(made["line"]),
        charts.by_chapter(made["line"]),
        charts.by_day(made["entry"], first, last),
    )
    for picture in pictures:
        assert picture["value_cents"].sum() == made["totals"]["value_cents"].iloc[0]
        assert picture["duty_cents"].sum() == made["totals"]["duty_cents"].iloc[0]
    assert len(pictures[2]) == 30
    assert len(pictures[0]) == charts.TOP and pictures[0]["label"].iloc[-1] == charts.OTHERS


def test_a_month_without_activity_and_a_correction_are_documents_too(everyone, made):
    facts = everyone[2]
    names = ("entry", "line", "tariff", "fee", "adcvd", "statement", "fee_total")
    empty = activity(dataclasses.replace(facts, **{n: getattr(facts, n).iloc[:0] for n in names}))
    assert document.pdf(empty, version=1).startswith(b"%PDF-")
    told = document.Changed(1, changes.between(empty, made), changes.differing(empty, made))
    said = document.content(made, version=2, changes=told)
    assert said["tables"][0]["file"] == "changes"
    assert said["tables"][0]["total"][-1] == said["total"]
    assert said["changed"].startswith("Replaces version 1: ") and f"+{said['total']}" in said["changed"]
    assert document.pdf(made, version=2, changes=told) != document.pdf(made, version=2)


def test_a_version_that_changes_no_line_says_what_it_changed(made):
    paid = made | {"statement": made["statement"].assign(due_date=pd.Timestamp("2026-10-23"))}
    told = document.Changed(3, changes.between(made, paid), changes.differing(made, paid))
    said = document.content(paid, version=4, changes=told)
    assert said["changed"] == "Replaces version 3: no line differs; what differs: the statements."
    assert "changes" not in {table["file"] for table in said["tables"]}


@pytest.mark.parametrize(("cents", "text"), [(0, "–"), (5, "0.05"), (-123456789, "-1,234,567.89"), (100, "1.00")])
def test_money_is_printed_with_thousands(cents, text):
    assert document.money(cents) == text
    assert document.in_thousands(pd.Series([cents]))[0] == text
