"""The filing as a document: what it says is what the tables say, the same bytes each time, whatever is in it."""

from __future__ import annotations

import dataclasses

import pandas as pd
import pytest

from transforms.filing import changes, charts, document, document_tables, owned, standing, tables
from transforms.filing.printed import Printed
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
    assert said["owed"] == [["October 22, 2026", "Monthly statement M1", "open", said["due"]]]
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


def test_what_is_owed_adds_up_and_stands_as_its_monthly_statement_does(made):
    statement = made["statement"].assign(
        paid_at=pd.Series(pd.NaT, made["statement"].index, dtype="datetime64[us, UTC]").where(
            made["statement"]["kind"] == "daily", pd.Timestamp("2026-10-23 02:00", tz="UTC")
        )
    )
    assert set(standing.standings(statement)) == {"paid 10/22/26"}, "the day in New York"
    assert standing.paid_cents(statement) == made["totals"]["due_cents"].iloc[0]
    assert standing.paid_cents(statement.assign(paid_at=pd.NaT)) == 0
    daily = statement[statement["kind"] == "daily"].assign(parent_number="", paid_at=pd.NaT).reset_index(drop=True)
    daily["due_date"] += pd.to_timedelta(range(len(daily)), unit="D")
    entry = made["entry"].assign(statement_number=made["entry"]["statement_number"].mask(made["entry"].index == 0, ""))
    mine = entry.groupby("statement_number")["due_cents"].sum()
    daily["account_due_cents"] = daily["statement_number"].map(mine).fillna(0).astype("int64")
    owed = standing.owed(daily, entry)
    assert owed["due_cents"].sum() == made["totals"]["due_cents"].iloc[0]
    assert len(owed) == standing.ROWS + 1 and owed["what"].iloc[-1] == standing.SINGLE
    assert owed["due_date"].iloc[: standing.ROWS - 1].is_monotonic_increasing


def test_what_a_correction_added_stands_by_itself(made):
    """A refund of a dollar on an entry of the first statement: the statement asks what it asked."""
    entry, statement = made["entry"].copy(), made["statement"].copy()
    at = entry.index[entry["statement_number"].isin(statement["statement_number"])][0]
    entry.loc[at, ["due_cents", "supplemental_cents"]] = [int(entry.loc[at, "due_cents"]) - 100, -100]
    before, after = standing.owed(made["statement"], made["entry"]), standing.owed(statement, entry)
    assert after["what"].iloc[-1] == standing.SUPPLEMENTAL and after["due_cents"].iloc[-1] == -100
    assert after["due_cents"].sum() == entry["due_cents"].sum() == before["due_cents"].sum() - 100


def test_printed_statements_stand_behind_the_tables(made):
    page = "\n".join(f"{n:<10}" + "X" * 122 for n in range(53))
    reports = [Printed("2726M09001", f"{page}\f{page}"), Printed("272609001", page)]
    plain, told = (document.pages(made, version=1, ppi=10, reports=r) for r in ((), reports))
    assert len(told) == len(plain) + 3, "a full page of 132 columns stays on one page"
    assert document.content(made, 1, reports=reports)["reports"]["pages"][1]["number"] == ""


def test_a_monthly_statement_stands_before_its_daily_ones(made):
    statement = made["statement"].assign(
        parent_number=made["statement"]["parent_number"].mask(lambda s: s.index == 0, "")
    )
    (table,) = [t for t in document_tables.every(made | {"statement": statement}, None) if t["file"] == "statement"]
    of = [(row[table["head"].index("Kind")], row[table["head"].index("On")]) for row in table["rows"]]
    assert of == [("monthly", ""), *[("daily", "M1")] * (len(of) - 2), ("daily", "")]


def test_what_is_not_printed_of_statements_is_said(made, monkeypatch):
    monkeypatch.setattr(document, "REPORT_PAGES", 1)
    said = document.content(made, 1, reports=[Printed("272609001", "A\fB\fC")])["reports"]
    assert (len(said["pages"]), said["more"], said["file"]) == (1, "2", "statements.txt")


def test_a_filers_statement_keeps_its_totals_to_itself(made):
    statement = made["statement"].assign(importer_number="")
    told = owned.own(statement)
    assert told["total_cents"].isna().all() and told["account_due_cents"].sum() > 0
    none = owned.own(statement.assign(account_entries=0))
    assert none.empty
    assert "not shown" in document_tables.every(made | {"statement": told}, None)[0]["note"]


@pytest.mark.parametrize(
    "name", ['A#panic("x") *B* $C$ "D" \\ <E>', "\u6771\u4eac \U0001f6a2", "A\x00B\x07\u200b\ufffe", "W" * 200]
)
def test_a_name_is_text_and_never_markup(made, name):
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
    monkeypatch.setattr(document_tables, "ROWS", 10)
    goods = next(t for t in document.content(made, version=1)["tables"] if t["title"].startswith("Activity"))
    assert len(goods["rows"]) == 10
    assert goods["rest"][0] == f"{len(made['goods']) - 10} further rows, all of them in goods.csv"
    assert goods["total"][1] == document_tables.money(made["goods"]["value_cents"].sum())
    assert document.pdf(made, version=1).startswith(b"%PDF-")


def test_pictures_account_for_every_cent(made):
    first, last = made["account"]["month"].iloc[0], made["account"]["closes"].iloc[0]
    pictures = (
        charts.by_origin(made["line"]),
        charts.by_number(made["line"]),
        charts.by_week(made["entry"], first, last),
    )
    for picture in pictures:
        assert picture["value_cents"].sum() == made["totals"]["value_cents"].iloc[0]
        assert picture["duty_cents"].sum() == made["totals"]["duty_cents"].iloc[0]
    assert pictures[2]["label"].tolist() == ["Sep 1–6", "Sep 7–13", "Sep 14–20", "Sep 21–27", "Sep 28–30"]
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
    assert document_tables.money(cents) == text
    assert document_tables.in_thousands(pd.Series([cents]))[0] == text
