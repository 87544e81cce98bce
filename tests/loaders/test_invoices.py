"""Invoices on file: whose they are, versions, and what they are laid beside, by the desk that decides them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg.rows import dict_row
from shards import AT, accounts, compute, sha

from loaders import db, intake, publish, tie_outs, tie_outs_invoices
from loaders.portal import invoices as pages
from loaders.schema.facts import Line
from tests.transforms.invoice.sets import PLAIN, document
from tidewaiter import invoicing
from transforms.x12.outcome import Context, Outcome

TODAY = date(2026, 9, 15)
SOAK = "TIDEWAITER_SOAK_MONTHS" in os.environ
ONE = """
BIG*20260901*{number}*****DI*{purpose}
CUR*SE*USD
REF*6B*ZZZ{entry}
N1*IM*Importer*24*12-3456789AB
N1*SE*Seller*ZZ*S-1
IT1*1*1*EA*{price}**HD*8708295060
TDS*{cents}
"""


def one(number: str = "A-1", entry: str = "11111111", price: str = "100", purpose: str = "00") -> str:
    cents = round(float(price) * 100)
    return ONE.format(number=number, entry=entry, price=price, purpose=purpose, cents=cents)


def _blank(column: Any, count: int) -> pd.Series:
    kind = {"str": "str", "int": "Int64", "date": "datetime64[s]"}[column.type.python_type.__name__]
    return pd.Series("" if kind == "str" else None, range(count), dtype=kind)


class Desk:
    """The desk, and the entry summaries beside it."""

    def __init__(self, conn: psycopg.Connection) -> None:
        self.conn, self.files = conn, 0
        accounts(conn)
        conn.execute("UPDATE account SET status = 'active'")
        self.id = dict(conn.execute("SELECT number, id FROM account").fetchall())

    def give(self, *sets: str, sender: str = "I1", trial: bool = False) -> Outcome:
        self.files += 1
        ids = np.arange(len(sets)) + 1000 * self.files
        context = Context(self.id[sender], self.files, AT + timedelta(minutes=self.files), TODAY, {}, trial, ids)
        with self.conn.transaction():
            return invoicing.decide(self.conn, document(*sets), context)

    def file(self, *filings: tuple[str, str]) -> None:
        """File entry summaries: one line of 8708295060, a hundred dollars, one piece."""
        self.files += 1
        intake.arrive(self.conn, "B1", f"{self.files}", sha(b"%d" % self.files), 1, "file", AT)
        (shard,) = intake.claim(self.conn)
        shard = intake.take(self.conn, shard.id)
        it = compute(self.conn, shard, [list(filings)])
        line = pd.DataFrame({c.name: _blank(c, len(it.rows["tariff"])) for c in Line.__table__.columns})
        line = line.drop(columns=["version_id", "interchange_id", "record"])
        line = it.rows["tariff"][["txn", "row", "line"]].join(line.drop(columns="line"))
        publish.publish(self.conn, replace(it, rows={**it.rows, "line": line}))
        invoicing.compare_changed(self.conn, AT, AT + timedelta(minutes=self.files))

    def states(self) -> dict[str, tuple]:
        rows = self.conn.execute("""SELECT invoice_number, status, sequence, match_state, matched_lines,
            different_lines, missing_lines, uninvoiced_lines FROM invoice ORDER BY invoice_number""").fetchall()
        return {row[0]: row[1:] for row in rows}


@pytest.fixture
def desk(conn: psycopg.Connection) -> Desk:
    return Desk(conn)


def effects(outcome: Outcome) -> list[tuple]:
    d = outcome.dispositions
    return list(zip(d["final"], d["effect"], d["sequence"], strict=True))


def codes(outcome: Outcome) -> list[str]:
    return outcome.conditions["code"].tolist()


def test_an_invoice_is_kept_with_all_it_says(desk: Desk) -> None:
    outcome = desk.give(PLAIN.replace("12-3456789", "12-3456789AB"))
    assert effects(outcome) == [("A", "added", 1)] and not codes(outcome)
    (row,) = desk.conn.execute("SELECT total_cents, lines_cents, charges_cents, allowances_cents FROM invoice_version")
    assert row == (14704, 13204, 3500, 2000)
    lines = desk.conn.execute("SELECT quantity, quantity_scale, price, price_scale, amount_cents, record "
                              "FROM invoice_line ORDER BY line").fetchall()  # fmt: skip
    assert lines == [(10, 0, 125, 1, 12500, 10), (35, 1, 201, 2, 704, 12)]
    assert desk.conn.execute("SELECT count(*) FROM invoice_charge").fetchone() == (3,)
    assert desk.states()["INV-1"][2] == "waiting"


def test_versions_follow_each_other_within_and_between_files(desk: Desk) -> None:
    sets = one(), one(), one(price="90", purpose="05"), one(purpose="01"), one(purpose="01"), one(price="80")
    outcome = desk.give(*sets)
    assert effects(outcome) == [
        ("A", "added", 1),
        ("R", "rejected", 0),
        ("A", "replaced", 2),
        ("A", "cancelled", 3),
        ("R", "rejected", 0),
        ("A", "added", 4),
    ]
    assert codes(outcome) == ["INV08", "INV10"]
    assert effects(desk.give(one(), one("B-1", purpose="05"))) == [("R", "rejected", 0), ("A", "added", 1)]
    versions = desk.conn.execute("""SELECT v.sequence, v.total_cents, n.sequence FROM invoice_version v
        JOIN invoice i ON i.id = v.invoice_id LEFT JOIN invoice_version n ON n.id = v.superseded_by
        WHERE i.invoice_number = 'A-1' ORDER BY 1""").fetchall()
    assert versions == [(1, 10000, 2), (2, 9000, 3), (3, 10000, 4), (4, 8000, None)]
    assert desk.states()["A-1"][:3] == ("accepted", 4, "waiting")


def test_a_trial_decides_alike_and_stores_nothing(desk: Desk) -> None:
    desk.give(one())
    assert effects(desk.give(one(), one(purpose="05"), trial=True)) == [("R", "rejected", 0), ("A", "replaced", 2)]
    assert desk.states()["A-1"][:2] == ("accepted", 1)


def test_who_may_send_for_whom(desk: Desk) -> None:
    assert codes(desk.give(one(), sender="B1")) == ["INV14"]
    give = """INSERT INTO relationship (from_account_id, to_account_id, kind, valid_from, valid_to)
        VALUES (%s, %s, %s, %s, %s)"""
    desk.conn.execute(give, [desk.id["B1"], desk.id["I1"], "files_for", date(2026, 1, 1), date(2026, 9, 14)])
    assert codes(desk.give(one(), sender="B1")) == ["INV14"], "it ended the day before"
    desk.conn.execute(give, [desk.id["B1"], desk.id["I1"], "sees", date(2026, 1, 1), None])
    assert effects(desk.give(one(), sender="B1")) == [("A", "added", 1)]
    unnamed = one("X-1").replace("N1*IM*Importer*24*12-3456789AB\n", "")
    assert effects(desk.give(unnamed)) == [("A", "added", 1)], "its sender is an importer"
    assert codes(desk.give(one("X-2").replace("N1*IM*Importer*24*12-3456789AB\n", ""), sender="B1")) == ["INV11"]
    assert codes(desk.give(one("X-3").replace("12-3456789AB", "98-7654321"))) == ["INV12"]
    assert effects(desk.give(one("X-4").replace("24*12-3456789AB", "94*I1"))) == [("A", "added", 1)]
    desk.conn.execute("UPDATE account SET status = 'suspended' WHERE number = 'I1'")
    assert codes(desk.give(one("X-5"))) == ["INV13"]


def test_a_file_without_invoices_and_a_set_without_beginning(desk: Desk) -> None:
    assert effects(desk.give()) == []
    outcome = desk.give("TDS*5", one())
    assert effects(outcome) == [("R", "rejected", 0), ("A", "added", 1)] and "INV01" in codes(outcome)


def test_whichever_comes_first_they_are_compared_and_again_when_one_changes(desk: Desk) -> None:
    desk.give(one(), one("A-2", "22222222", price="150"))
    assert [state[2:] for state in desk.states().values()] == [("waiting", 0, 0, 1, 0)] * 2
    desk.file(("A", "11111111"), ("A", "22222222"))
    assert desk.states()["A-1"][2:] == ("matched", 1, 0, 0, 0)
    assert desk.states()["A-2"][2:] == ("different", 0, 1, 0, 0)
    assert desk.conn.execute("SELECT difference_cents FROM invoice ORDER BY 1").fetchall() == [(0,), (5000,)]
    assert not invoicing.compare_changed(desk.conn, AT, AT + timedelta(hours=1)), "nothing is left to compare"
    desk.give(one("A-2", "22222222", price="100", purpose="05"))
    assert desk.states()["A-2"][2:] == ("matched", 1, 0, 0, 0)
    desk.file(("D", "22222222"))
    assert desk.states()["A-2"][2:] == ("waiting", 0, 0, 1, 0)
    desk.give(one("A-3", price="40"))  # a second invoice of the first entry, whose only line is taken
    assert desk.states()["A-3"][2:] == ("different", 0, 0, 1, 0)
    desk.give(one("A-1", purpose="01"))
    assert desk.states()["A-1"][2] == "" and desk.states()["A-3"][2:] == ("different", 0, 1, 0, 0)
    desk.give(one("A-3", entry="33333333", price="40", purpose="05"))
    assert desk.states()["A-3"][2:] == ("waiting", 0, 0, 1, 0)
    assert desk.conn.execute("SELECT count(*) FROM invoice_match WHERE state = 'uninvoiced'").fetchone() == (0,)
    assert not len(untied(desk))


def untied(desk: Desk) -> pd.DataFrame:
    """What breaks a check of invoices."""
    told = tie_outs.broken(desk.conn, date(2026, 3, 1), AT + timedelta(days=1))
    return told[told["check"].isin(tie_outs_invoices.CHECKS)]


def test_what_does_not_tie_out_is_told(desk: Desk) -> None:
    desk.give(PLAIN.replace("12-3456789", "12-3456789AB"), one(), one("A-2"))
    desk.give(one(purpose="05"), one("A-2", purpose="01"))
    desk.file(("A", "11111111"))
    assert not len(untied(desk))
    for n, damage in enumerate((
        "UPDATE invoice SET sequence = 9 WHERE invoice_number = 'INV-1'",
        "UPDATE invoice_line SET amount_cents = 1 WHERE line = 2",
        "DELETE FROM invoice_match WHERE line = 2",
        "UPDATE invoice_entry SET entry_version_id = 1",
    )):  # fmt: skip
        with desk.conn.transaction(force_rollback=True):
            desk.conn.execute(damage)
            told = untied(desk)
            assert told["check"].tolist() == [list(tie_outs_invoices.CHECKS)[n]], damage
            assert told["at"].iloc[0] in ("I1 INV-1", "I1 A-1")


def test_invoices_of_several_importers_in_one_file(desk: Desk) -> None:
    """Each is laid beside the entries of its own importer, and beside no other's."""
    desk.conn.execute("INSERT INTO account (number, kind, name, identifier, status) "
                      "VALUES ('I2', 'importer', 'I2', '98-765432100', 'active')")  # fmt: skip
    desk.conn.execute(
        """INSERT INTO relationship (from_account_id, to_account_id, kind, valid_from)
        SELECT %s, id, 'files_for', '2026-01-01' FROM account WHERE kind = 'importer'""",
        [desk.id["B1"]],
    )
    desk.file(("A", "11111111"), ("A", "22222222"))
    other = one("B-1", "22222222").replace("12-3456789AB", "98-7654321")
    assert codes(desk.give(one(), other, one("A-2", "22222222"), sender="B1")) == []
    assert {number: state[2] for number, state in desk.states().items()} == {
        "A-1": "matched", "B-1": "waiting", "A-2": "matched"}  # fmt: skip


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_whatever_an_invoice_says_is_decided(desk: Desk, data: st.DataObject) -> None:
    """Elements exchanged for anything, each under a number of its own: nothing is raised, and all or nothing stored."""
    lines = [line.split("*") for line in PLAIN.replace("12-3456789", "12-3456789AB").strip().splitlines()]
    value = st.sampled_from(
        ["", "0", "-1", "9" * 18, "0.000000000000000001", "00010101", "99991231", "\0", "é", "N" * 9000]
    )
    for _ in range(data.draw(st.integers(1, 5))):
        line = data.draw(st.sampled_from(lines))
        line[data.draw(st.integers(1, len(line) - 1))] = data.draw(value)
    text = "\n".join("*".join(line) for line in lines)
    (final,) = desk.give(text).dispositions["final"]
    desk.give(text.replace("*00\n", "*05\n"))
    assert final in ("A", "R")


COMPARED = {
    "match": "SELECT to_jsonb(m) - 'id' FROM invoice_match m ORDER BY 1",
    "link": "SELECT to_jsonb(k) FROM invoice_entry k ORDER BY invoice_id, entry_summary_id",
    "invoice": "SELECT to_jsonb(i) - 'matched_at' FROM invoice i ORDER BY id",
}


def compared(desk: Desk) -> dict[str, list]:
    """All that is stored of comparing."""
    return {name: desk.conn.execute(query).fetchall() for name, query in COMPARED.items()}


def from_scratch(desk: Desk) -> dict[str, list]:
    """What would be stored if nothing had been compared before, and everything were at once."""
    with desk.conn.transaction(force_rollback=True):
        desk.conn.execute("DELETE FROM invoice_match")
        desk.conn.execute("DELETE FROM invoice_entry")
        desk.conn.execute("UPDATE invoice SET match_state = '', matched_at = NULL, difference_cents = -1")
        every = [id for (id,) in desk.conn.execute("SELECT id FROM invoice").fetchall()]
        invoicing.compare(desk.conn, [desk.id["I1"]], every, AT)
        return compared(desk)


ENTRIES = ("11111111", "22222222", "33333333")
GIVEN = st.tuples(
    st.sampled_from(["A-1", "A-2", "A-3", "A-4"]),
    st.sets(st.sampled_from(ENTRIES), max_size=2),
    st.lists(st.sampled_from(["100", "60", "40", "41"]), min_size=1, max_size=3),
    st.sampled_from(["00", "05", "05", "01"]),
)


def naming(number: str, entries: Iterable[str], prices: Sequence[str], purpose: str) -> str:
    """An invoice of a line for each price that names these entries."""
    head = one(number, purpose=purpose).partition("IT1*")[0]
    head = head.replace("REF*6B*ZZZ11111111\n", "".join(f"REF*6B*ZZZ{entry}\n" for entry in sorted(entries)))
    items = [f"IT1*{n}*1*EA*{price}**HD*8708295060\n" for n, price in enumerate(prices, 1)]
    return head + "".join(items) + f"TDS*{100 * sum(map(int, prices))}"


@settings(
    max_examples=40 if SOAK else 3, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)  # fmt: skip
@given(st.lists(st.lists(GIVEN, min_size=1, max_size=3) | st.sampled_from(ENTRIES), min_size=3, max_size=6))
def test_compared_file_by_file_is_as_from_scratch(desk: Desk, files: list) -> None:
    """Whatever came in which order: invoices of several entries, replaced, cancelled and brought again; entries filed
    and deleted."""
    for file in files:
        if isinstance(file, str):
            query = "SELECT FROM entry_summary WHERE entry_number = %s AND status = 'accepted'"
            desk.file(("AD"[desk.conn.execute(query, [file]).rowcount], file))
        else:
            desk.give(*(naming(*each) for each in file))
        assert compared(desk) == from_scratch(desk)


def test_a_chain_is_followed_to_its_end(desk: Desk) -> None:
    """Invoice n names the entries n and n + 1, so all of them are compared together, whichever comes again."""
    entries = [f"{n:08}" for n in range(10, 22)]
    desk.file(*(("A", entry) for entry in entries))
    chain = [naming(f"C-{n:02}", entries[n : n + 2], ["100"], "00") for n in range(len(entries) - 1)]
    desk.give(*chain)
    desk.give(chain[0].replace("*DI*00", "*DI*05"))
    assert compared(desk) == from_scratch(desk)
    assert [state[2:] for state in desk.states().values()] == [("matched", 1, 0, 0, 0)] * 10 + [
        ("different", 1, 0, 0, 1)
    ]
    desk.file(("D", entries[-1]))
    assert compared(desk) == from_scratch(desk)


def test_what_says_the_same_as_before_is_not_written_again(desk: Desk) -> None:
    """An invoice more on an entry leaves the rows of the others where they stand."""
    desk.file(("A", "11111111"), ("A", "22222222"))
    desk.give(one("A-1"), naming("A-2", ["22222222"], ["100"], "00"))
    where = "SELECT ctid::text, id FROM invoice_match ORDER BY id", "SELECT ctid::text, id FROM invoice ORDER BY id"
    before = [desk.conn.execute(query).fetchall() for query in where]
    desk.give(naming("A-3", ["11111111", "22222222"], ["40"], "00"))
    rows = [desk.conn.execute(query).fetchall() for query in where]
    assert len(before[0]) == len(before[1]) == 2
    assert all(set(old) < set(new) for old, new in zip(before, rows, strict=True))


def test_pages_ask_for_what_they_show(desk: Desk, url: str) -> None:
    desk.file(("A", "11111111"), ("A", "22222222"))
    desk.give(one(price="150"), one("A-2", "22222222"), one("B-1", "33333333"))
    with db.connect(url, autocommit=True) as conn:
        conn.row_factory = dict_row
        mine = [desk.id["I1"]]
        told = pages.page(conn, mine, pages.Wanted(), None, 10)
        assert [row["invoice_number"] for row in told] == ["B-1", "A-2", "A-1"]
        assert pages.count(conn, mine, pages.Wanted()) == 3
        found = pages.page(conn, mine, pages.Wanted(state="different"), None, 10)
        assert [row["invoice_number"] for row in found] == ["A-1"]
        assert pages.page(conn, mine, pages.Wanted(number="A-"), found[0]["id"], 10) == []
        assert len(pages.page(conn, mine, pages.Wanted(entry="ZZZ22222222"), None, 10)) == 1
        assert pages.invoice(conn, mine, found[0]["id"])["difference_cents"] == 5000
        (line,) = pages.lines(conn, found[0]["id"])
        assert (line["state"], line["differences"], line["declared_hts_number"]) == ("different", "value", "8708295060")
        assert (line["amount_cents"], line["declared_cents"], line["entry_number"]) == (15000, 10000, "11111111")
        assert pages.uninvoiced(conn, found[0]["id"]) == []
        assert [row["sequence"] for row in pages.versions(conn, found[0]["id"])] == [1]
        assert [row["role"] for row in pages.parties(conn, found[0]["id"])] == ["IM", "SE"]
        assert [row["qualifier"] for row in pages.identifiers(conn, found[0]["id"])] == ["6B"]
        assert pages.charges(conn, found[0]["id"]) == []
        assert {row["match_state"]: row["invoices"] for row in pages.states(conn, mine)} == {
            "different": 1, "matched": 1, "waiting": 1}  # fmt: skip
        assert [row["invoice_number"] for row in pages.of_entry(conn, line["entry_summary_id"])] == ["A-1"]
