"""Printing statements: what a filer, an importer and an operator would notice."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import month as m
import pandas as pd
import psycopg
import pytest

from loaders import outbox, payables, tie_outs
from loaders.finals import finalise
from loaders.lateness import late
from loaders.statements import (
    Printed,
    StaleState,
    numbers,
    payable,
    payable_of,
    payable_on,
    publish_statements,
    statements,
)

ENTRIES = ["11111111", "22222222", "33333333"]


def test_what_is_payable_on_a_day_is_found_by_indexes(conn):
    m.prepare(conn, ["11111111"])
    conn.execute("SET enable_seqscan = off")  # tables this small are read as a whole where that is allowed
    query = payables._PAYABLE.format(chosen=payables._OF_DAY)
    plan = "\n".join(line for (line,) in conn.execute(f"EXPLAIN {query}", {"day": m.DAY, "month": None}).fetchall())
    assert "brin_entry_summary_version_print" in plan and "ix_statement_move_print_date" in plan
    assert "Seq Scan" not in plan


def test_payable_is_what_was_filed_for_the_day(conn):
    m.prepare(conn, ENTRIES)
    m.file(conn, [("A", "44444444")], name="b", statement_date=pd.Timestamp(m.NEXT))
    m.file(conn, [("A", "55555555")], name="c", payment_type="1", statement_date=pd.NaT, statement_month="")
    due, fee = payable(conn, day=m.DAY)
    assert due["entry_number"].tolist() == ENTRIES
    first = due.iloc[0]
    assert (first["port"], first["port_of_entry"], first["surety"], first["branch"]) == ("2704", "2720", "036", "")
    assert (first["month"], first["print_date"]) == (pd.Timestamp(m.MONTH), pd.Timestamp(m.DAY))
    assert (first["duty_cents"], first["tax_cents"], bool(first["deferred"])) == (250, 0, False)
    assert fee[["class_code", "amount_cents"]].drop_duplicates().values.tolist() == [["499", 3000], ["501", 12]]
    assert set(fee["version_id"]) == set(due["version_id"])
    assert payable(conn, month=date(2026, 4, 30))[0]["entry_number"].tolist() == [*ENTRIES, "44444444"]
    assert "55555555" in payable(conn)[0]["entry_number"].tolist()


def test_a_statement_month_is_the_next_of_that_number(conn):
    m.prepare(conn, [])
    stated = [
        (date(2026, 12, 30), "01", date(2027, 1, 1)),
        (date(2026, 12, 30), "12", date(2026, 12, 1)),
        (date(2026, 1, 5), "02", date(2026, 2, 1)),
        (date(2026, 1, 5), "13", None),
        (date(2026, 1, 5), "", None),
    ]
    for n, (day, month, _) in enumerate(stated):
        m.file(conn, [("A", f"1111111{n}")], name=str(n), statement_date=pd.Timestamp(day), statement_month=month)
    found = payable(conn)[0]["month"].tolist()
    assert [None if day is pd.NaT else day.date() for day in found] == [expected for _, _, expected in stated]


def test_interest_is_no_fee(conn, monkeypatch):
    monkeypatch.setattr(m, "FEES", [("499", 3000), ("044", 77)])
    m.prepare(conn, ENTRIES[:1])
    due, fee = payable(conn, day=m.DAY)
    assert due["interest_cents"].tolist() == [77] and fee["class_code"].tolist() == ["499"]


def test_printing_passes_control_to_customs_and_delivers(conn):
    m.prepare(conn, ENTRIES)
    made = m.daily(conn, each=2)
    assert publish_statements(conn, made) == Printed(2, 3, 2)
    rows = conn.execute(
        "SELECT control, statement_status, statement_number, statement_month FROM entry_summary"
    ).fetchall()
    assert set(rows) == {("cbp", "preliminary", n, "2026-04") for n in ("2726069001", "2726069002")}
    back, entry, fee = statements(conn, day=m.DAY)
    assert back[["statement_number", "status", "total_cents", "remaining_cents", "entries"]].values.tolist() == [
        ["2726069001", "P", 2 * m.DUE_CENTS, 2 * m.DUE_CENTS, 2],
        ["2726069002", "P", m.DUE_CENTS, m.DUE_CENTS, 1],
    ]
    assert entry["removed_at"].isna().all() and set(entry["version_id"]) == set(made.statement_entry["version_id"])
    assert fee["amount_cents"].sum() == 3 * 3012
    sent = [p for p in outbox.pending(conn) if p.mode == "statement"]
    assert [(p.account, p.file_name, p.body) for p in sent] == [
        ("B1", "2726069001.P.pf", b"2726069001"),
        ("B1", "2726069002.P.pf", b"2726069002"),
    ]
    assert payable(conn, day=m.DAY)[0].empty, "what is printed is not payable again"
    assert payable_on(conn, ["2726069002"])[0]["entry_number"].tolist() == ["33333333"]
    assert m.one(conn, "SELECT count(*) FROM statement_event WHERE step = 'print'") == 2
    assert tie_outs.broken(conn).empty


def test_printing_again_changes_nothing(conn):
    m.prepare(conn, ENTRIES)
    made = m.daily(conn)
    publish_statements(conn, made)
    before = [m.one(conn, f"SELECT count(*) FROM {t}") for t in ("statement", "statement_entry", "delivery", "event")]
    assert publish_statements(conn, made) == Printed()
    assert publish_statements(conn, m.daily(conn)) == Printed(), "computed anew there is nothing left to print"
    assert before == [
        m.one(conn, f"SELECT count(*) FROM {t}") for t in ("statement", "statement_entry", "delivery", "event")
    ]


def test_numbers_go_on_and_none_is_skipped(conn):
    m.prepare(conn, ENTRIES[:1])
    publish_statements(conn, m.daily(conn))
    m.file(conn, [("A", "22222222")], name="b")
    skipping = m.daily(conn)
    gap = skipping.statement.assign(statement_number="2726069003", sequence=3)
    entry, fee = (t.assign(statement_number="2726069003") for t in (skipping.statement_entry, skipping.statement_fee))
    with pytest.raises(StaleState, match="expected to go on at 2"):
        publish_statements(conn, replace(skipping, statement=gap, statement_entry=entry, statement_fee=fee))
    assert numbers(conn, "daily", m.DAY) == {"2726069": 1}
    publish_statements(conn, m.daily(conn))
    assert numbers(conn, "daily", m.DAY) == {"2726069": 2} and numbers(conn, "daily", m.NEXT) == {}
    assert statements(conn, kind="daily")[0]["statement_number"].tolist() == ["2726069001", "2726069002"]


def test_an_entry_that_changed_meanwhile_stops_the_print(conn):
    m.prepare(conn, ENTRIES)
    for action, left in (("R", 3), ("D", 2)):
        made = m.daily(conn)
        m.file(conn, [(action, "22222222")], name=action)
        with pytest.raises(StaleState, match="meanwhile"):
            publish_statements(conn, made)
        assert m.one(conn, "SELECT count(*) FROM statement") == 0 and numbers(conn, "daily", m.DAY) == {}
        assert len(m.daily(conn).statement_entry) == left
    assert publish_statements(conn, m.daily(conn)).entries == 2


def test_two_who_print_the_same_numbers_do_not_both(conn):
    m.prepare(conn, ENTRIES)
    first = m.daily(conn)
    m.file(conn, [("A", "44444444")], name="b")
    second = m.daily(conn)
    publish_statements(conn, first)
    with pytest.raises(StaleState, match="taken meanwhile"):
        publish_statements(conn, second)


def test_totals_that_do_not_add_up_are_not_printed(conn):
    m.prepare(conn, ENTRIES)
    made = m.daily(conn)
    wrong = made.statement.assign(total_cents=made.statement["total_cents"] + 1)
    with pytest.raises(ValueError, match=f"{3 * m.DUE_CENTS + 1} cents, expected 3 and {3 * m.DUE_CENTS}"):
        publish_statements(conn, replace(made, statement=wrong))
    assert m.one(conn, "SELECT count(*) FROM statement") == 0


def test_one_summary_is_on_one_statement(conn):
    _, entry = m.printed(conn, ENTRIES)
    with pytest.raises(psycopg.errors.UniqueViolation):
        conn.execute(
            """INSERT INTO statement_entry (statement_id, version_id, entry_summary_id, due_cents)
            SELECT id, %s, %s, 0 FROM statement""",
            [-1, int(entry["entry_summary_id"].iloc[0])],
        )


def test_a_monthly_statement_is_the_sum_of_its_daily_ones(conn):
    m.prepare(conn, ENTRIES)
    publish_statements(conn, m.daily(conn, each=2))
    made = m.monthly(conn)
    publish_statements(conn, made)
    assert publish_statements(conn, made) == Printed()
    all_, entry, _ = statements(conn, month=m.MONTH)
    assert all_["parent_number"].tolist() == ["2726P04001", "2726P04001", ""]
    assert all_["remaining_cents"].tolist()[2] == 3 * m.DUE_CENTS and len(entry) == 3
    assert tie_outs.broken(conn).empty
    second = {"statement_number": "2726P04002"}
    wrong = replace(made, statement=made.statement.assign(sequence=2, **second))
    with pytest.raises(ValueError, match="fees of statement 2726P04001"):
        publish_statements(conn, wrong)
    wrong = replace(
        wrong, statement_fee=made.statement_fee.assign(**second), parents=dict.fromkeys(made.parents, "2726P04002")
    )
    with pytest.raises(StaleState, match="monthly one already"):
        publish_statements(conn, wrong)


def test_final_is_said_once(conn):
    number, _ = m.printed(conn, ENTRIES)
    table, entry, fee = statements(conn, numbers=[number])
    final = m.Printing(table, entry, fee, m.AT, {}, m.daily(conn).deliveries)
    final = replace(
        final,
        deliveries=pd.DataFrame(
            [[number, "filer", "pf", "f", b"F"], [number, "importer", "pf", "f", b"F"]],
            columns=["statement_number", "recipient", "kind", "file_name", "body"],
        ),
    )
    assert finalise(conn, final) == Printed(1, 3, 1), "the statement is the filer's, so there is no importer to send to"
    assert finalise(conn, final) == Printed(0, 0, 0)
    assert statements(conn, numbers=[number])[0][["status", "total_cents"]].values.tolist() == [["F", 3 * m.DUE_CENTS]]
    assert m.one(conn, "SELECT count(*) FROM delivery WHERE file_name = 'f'") == 1
    missing = table.assign(statement_number="2726069009")
    with pytest.raises(StaleState, match="not on file"):
        finalise(conn, replace(final, statement=missing))


def test_a_final_computed_before_a_removal_is_refused(conn):
    number, _ = m.printed(conn, ENTRIES)
    table, entry, fee = statements(conn, numbers=[number])
    conn.execute(
        "UPDATE statement_entry SET removed_at = now(), removed_by = 'C' WHERE version_id = %s",
        [int(entry["version_id"].iloc[0])],
    )
    with pytest.raises(StaleState, match="removed"):
        finalise(conn, m.Printing(table, entry, fee, m.AT))


def test_an_importer_statement_without_suffix_finds_its_account(conn):
    m.prepare(conn, ENTRIES, payment_type="8", client_branch="AB")
    made = m.daily(conn)
    table = made.statement.assign(importer_number="12-3456789", payment_type="8", branch="AB")
    publish_statements(conn, replace(made, statement=table, deliveries=made.deliveries.assign(recipient="importer")))
    assert m.one(conn, "SELECT number FROM account JOIN statement s ON s.importer_account_id = account.id") == "I1"
    assert [p.account for p in outbox.pending(conn) if p.mode == "statement"] == ["I1"]


def test_late_is_due_yesterday_and_unpaid(conn):
    number, _ = m.printed(conn, ENTRIES)
    assert late(conn, m.DUE, m.AT).empty
    overdue = m.DUE + timedelta(days=1)
    for _ in range(2):
        assert late(conn, overdue, m.AT)["statement_number"].tolist() == [number]
    assert m.one(conn, "SELECT count(*) FROM statement_event WHERE step = 'late'") == 1
    conn.execute("UPDATE statement SET paid_at = now()")
    assert late(conn, overdue, m.AT).empty


def test_payable_by_name_finds_what_is_printed_too(conn):
    m.printed(conn, ENTRIES[:1])
    m.file(conn, [("A", "44444444"), ("A", "55555555")], name="b")
    m.file(conn, [("D", "55555555")], name="c")
    keys = pd.DataFrame(
        {"filer_code": "ZZZ", "entry_number": ["11111111", "44444444", "44444444", "55555555", "99999999"]}
    )
    assert payable_of(conn, keys)[0]["entry_number"].tolist() == ["11111111", "44444444"]


@pytest.mark.parametrize("place", ["statement_entry", "committing"])
def test_killed_before_the_commit_nothing_is_printed_and_then_once(conn, url, place):
    m.prepare(conn, ENTRIES)
    worker = Path(__file__).with_name("printer.py")
    killed = subprocess.Popen([sys.executable, str(worker), url, place], stdout=subprocess.PIPE, text=True)
    assert killed.stdout.readline().strip() == "here"
    tables = ("statement", "statement_entry", "statement_event", "statement_sequence")
    assert [m.one(conn, f"SELECT count(*) FROM {t}") for t in tables] == [0, 0, 0, 0]
    killed.kill()
    killed.wait()
    assert m.one(conn, "SELECT count(*) FROM entry_summary WHERE control = 'cbp'") == 0
    assert publish_statements(conn, m.daily(conn)) == Printed(1, 3, 1)
    assert statements(conn)[0]["statement_number"].tolist() == ["2726069001"], "no number was lost"
    assert publish_statements(conn, m.daily(conn)) == Printed()
    assert m.one(conn, "SELECT count(*) FROM acknowledgment WHERE kind = 'pf'") == 1
