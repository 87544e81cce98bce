"""Moves, authorisations and money coming in: what a filer, a bank and an operator would notice."""

from __future__ import annotations

from datetime import date

import month as m
import pandas as pd
import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loaders import debits, settlements, tie_outs
from loaders.payments import apply_moves, apply_payments
from loaders.settlements import SettlementsError, mark_paid, settle
from loaders.statement_settings import Setting, choose, settings
from loaders.statements import StaleState, payable, payable_on, publish_statements, standing, statements

ENTRIES = ["11111111", "22222222", "33333333"]


def move(conn, entry: str, number: str = "", **given) -> pd.DataFrame:
    """A request to move an entry, from the statement ``number`` if it is printed, to the next day."""
    ids = conn.execute("SELECT version_id, id FROM entry_summary WHERE entry_number = %s", [entry]).fetchone()
    row = {"version_id": ids[0], "entry_summary_id": ids[1], "statement_number": number, "payment_type": "6"}
    row |= {"print_date": pd.Timestamp(m.NEXT), "month": pd.Timestamp(m.MONTH), "branch": "", "removed_by": "A"}
    return pd.DataFrame([row | given])


def payment(number: str, action: str = "authorise", cents: int = 3 * m.DUE_CENTS, **given) -> pd.DataFrame:
    row = {"action": action, "statement_number": number, "payer_unit": "123456", "method": "debit"}
    return pd.DataFrame([row | {"amount_cents": cents, "settle_on": pd.Timestamp(m.DUE)} | given])


def operators_file(tmp_path, *lines: str):
    path = tmp_path / "funds.csv"
    path.write_text("\n".join(["reference,statement_number,amount,settled_on,payer_unit", *lines]) + "\n")
    return path


def cents(amount: int) -> str:
    return f"{amount // 100}.{amount % 100:02}"


def states(conn) -> list:
    return [state for (state,) in conn.execute("SELECT state FROM payment ORDER BY id").fetchall()]


def test_an_account_chooses_from_a_day_on(conn):
    m.prepare(conn, [])
    broker = m.one(conn, "SELECT id FROM account WHERE number = 'B1'")
    choose(conn, broker, Setting("national", "2704", 5, "123456"), date(2026, 1, 1))
    choose(conn, broker, Setting(method="credit"), date(2026, 3, 1))
    choose(conn, broker, Setting("national", "3801"), date(2026, 3, 1))
    found = [
        settings(conn, day)[["scope", "port"]].values.tolist() for day in (date(2025, 12, 31), date(2026, 2, 28), m.DAY)
    ]
    assert found == [[], [["national", "2704"]], [["national", "3801"]]]
    assert settings(conn, date(2026, 2, 1)).iloc[0][["identifier", "preliminary_day"]].tolist() == ["ZZZ", 5]
    for wrong in (Setting("national"), Setting(preliminary_day=12), Setting(method="cheque")):
        with pytest.raises(psycopg.errors.CheckViolation):
            choose(conn, broker, wrong, m.DAY)
    assert settings(conn, m.DAY)["port"].tolist() == ["3801"]


def test_before_the_print_an_entry_moves_to_another_day(conn):
    m.prepare(conn, ENTRIES)
    assert apply_moves(conn, move(conn, "11111111", removed_by=""), m.AT) == 1
    assert payable(conn, day=m.DAY)[0]["entry_number"].tolist() == ENTRIES[1:]
    assert payable(conn, day=m.NEXT)[0]["entry_number"].tolist() == ENTRIES[:1]
    m.file(conn, [("R", "11111111")], name="b")
    assert payable(conn, day=m.DAY)[0]["entry_number"].tolist() == ENTRIES, "a replacement brings its own day"


def test_a_removed_entry_leaves_its_statement_and_is_printed_on_the_next(conn):
    number, _ = m.printed(conn, ENTRIES)
    assert apply_moves(conn, move(conn, "22222222", number), m.AT) == 1
    table, entry, _ = statements(conn, numbers=[number])
    assert table[["total_cents", "remaining_cents"]].values.tolist() == [[3 * m.DUE_CENTS, 2 * m.DUE_CENTS]]
    assert entry["removed_by"].tolist() == ["", "A", ""] and entry["removed_at"].notna().sum() == 1
    assert payable(conn, day=m.DAY)[0].empty, "a past day stays as it was printed"
    publish_statements(conn, m.daily(conn, m.NEXT))
    assert m.one(conn, "SELECT statement_number FROM entry_summary WHERE entry_number = '22222222'") == "2726070001"
    both = payable_on(conn, [number, "2726070001"])[0].set_index("entry_number")["print_date"]
    assert both.to_dict() == dict(zip(ENTRIES, map(pd.Timestamp, (m.DAY, m.NEXT, m.DAY)), strict=True))
    publish_statements(conn, m.monthly(conn))
    assert apply_moves(conn, move(conn, "33333333", number, print_date=pd.NaT, payment_type="1"), m.AT) == 1
    assert tie_outs.broken(conn).empty, "all at one instant: what was removed before and after is told by the events"


def test_an_entry_that_is_not_there_does_not_move(conn):
    number, _ = m.printed(conn, ENTRIES)
    asked = move(conn, "11111111", number)
    for wrong in ({"statement_number": "2726069009"}, {"statement_number": ""}, {"version_id": 1}, {}):
        if not wrong:
            conn.execute("UPDATE entry_summary SET paid_at = now() WHERE entry_number = '11111111'")
        with pytest.raises(StaleState, match="1 of 2 entries"):
            apply_moves(conn, pd.concat([asked.assign(**wrong), move(conn, "22222222", number)]), m.AT)
    assert statements(conn)[1]["removed_at"].isna().all()
    assert m.one(conn, "SELECT count(*) FROM statement_move") == 0


def test_the_same_message_moves_once(conn):
    number, _ = m.printed(conn, ENTRIES)
    interchange = m.one(conn, "SELECT min(id) FROM interchange")
    asked = move(conn, "11111111", number, interchange_id=interchange, record=3)
    assert [apply_moves(conn, asked, m.AT) for _ in range(2)] == [1, 0]
    assert m.one(conn, "SELECT count(*) FROM statement_event WHERE step = 'remove' AND record = 3") == 1


def test_an_entry_moves_twice_in_one_message(conn):
    number, _ = m.printed(conn, ENTRIES)
    later = move(conn, "11111111", "", print_date=pd.Timestamp(2026, 3, 12), removed_by="")
    assert apply_moves(conn, pd.concat([move(conn, "11111111", number), later]), m.AT) == 2
    assert payable(conn, day=date(2026, 3, 12))[0]["entry_number"].tolist() == ["11111111"]


def test_what_a_decision_must_see(conn):
    m.prepare(conn, ENTRIES)
    publish_statements(conn, m.daily(conn, each=1))
    publish_statements(conn, m.monthly(conn))
    table, entry, _ = standing(conn, pd.DataFrame({"filer_code": ["ZZZ"], "entry_number": ["22222222"]}))
    assert table["statement_number"].tolist() == ["2726069001", "2726069002", "2726069003", "2726P04001"]
    assert len(entry) == 3


def test_authorise_withdraw_and_authorise_again(conn):
    number, _ = m.printed(conn, ENTRIES)
    asked = pd.concat([payment(number), payment(number, "withdraw"), payment(number, payer_unit="654321")])
    assert apply_payments(conn, asked, m.AT) == 3
    assert states(conn) == ["withdrawn", "queued"]
    assert statements(conn)[0]["presented_at"].tolist() == [pd.Timestamp(m.DAY)]
    with pytest.raises(StaleState, match="payment already"):
        apply_payments(conn, payment(number), m.AT)
    with pytest.raises(StaleState, match="1 of 1"):
        apply_payments(conn, payment("2726069009"), m.AT)
    assert states(conn) == ["withdrawn", "queued"]


def test_a_paid_statement_is_not_authorised_and_nothing_is_withdrawn_from_it(conn):
    number, _ = m.printed(conn, ENTRIES)
    conn.execute("UPDATE statement SET paid_at = now()")
    for action in ("authorise", "withdraw"):
        with pytest.raises(StaleState, match=f"cannot {action}"):
            apply_payments(conn, payment(number, action), m.AT)


def test_the_same_message_authorises_once(conn):
    number, _ = m.printed(conn, ENTRIES)
    asked = payment(number, interchange_id=m.one(conn, "SELECT min(id) FROM interchange"), record=3)
    assert [apply_payments(conn, asked, m.AT) for _ in range(2)] == [1, 0]
    assert states(conn) == ["queued"]


def test_a_debit_waits_for_its_day_goes_out_once_and_may_come_back(conn):
    number, _ = m.printed(conn, ENTRIES)
    apply_payments(conn, payment(number), m.AT)
    assert debits.due(conn, date(2026, 4, 20)).empty
    due = debits.due(conn, m.DUE)
    assert due[["statement_number", "payer_unit", "amount_cents"]].values.tolist() == [
        [number, "123456", 3 * m.DUE_CENTS]
    ]
    send(conn, due)
    assert debits.due(conn, m.DUE).empty
    with pytest.raises(StaleState, match="1 of 1 debits"):
        send(conn, due, "B")
    assert m.one(conn, "SELECT count(*) FROM debit_file") == 1, "the file that came too late is not on record"
    with pytest.raises(StaleState):
        apply_payments(conn, payment(number, "withdraw"), m.AT)
    assert statements(conn)[0]["debit_sent"].tolist() == [True]


def test_a_debit_waits_for_the_end_of_its_day_unless_it_would_be_late(conn):
    number, _ = m.printed(conn, ENTRIES)
    at_once = pd.Timestamp(m.DAY)
    apply_payments(conn, payment(number, settle_on=at_once), m.AT)
    assert debits.due(conn, m.DAY).empty and len(debits.due(conn, m.NEXT)) == 1
    apply_payments(conn, payment(number, "withdraw"), m.AT)
    last_day = m.AT.replace(month=m.DUE.month, day=m.DUE.day)
    apply_payments(conn, payment(number), last_day)
    assert len(debits.due(conn, m.DUE)) == 1


def test_a_debit_that_changed_meanwhile_is_not_in_the_file(conn):
    number, _ = m.printed(conn, ENTRIES)
    apply_payments(conn, payment(number), m.AT)
    due = debits.due(conn, m.DUE)
    apply_moves(conn, move(conn, "22222222", number), m.AT)
    with pytest.raises(StaleState, match="changed meanwhile"):
        send(conn, due)
    assert m.one(conn, "SELECT count(*) FROM debit_file") == 0 and states(conn) == ["queued"]


def send(conn, due: pd.DataFrame, modifier: str = "A") -> None:
    file = {"name": modifier, "created_on": m.DUE, "modifier": modifier, "sha256": "00"}
    debits.record(conn, due, **file, at=m.AT)


def test_a_removal_takes_from_the_debit_that_waits(conn):
    number, _ = m.printed(conn, ENTRIES)
    apply_payments(conn, payment(number), m.AT)
    apply_moves(conn, move(conn, "22222222", number), m.AT)
    assert debits.due(conn, m.DUE)["amount_cents"].tolist() == [2 * m.DUE_CENTS]
    assert tie_outs.broken(conn).empty


def test_paid_is_when_funds_moved(conn, tmp_path):
    number, _ = m.printed(conn, ENTRIES)
    apply_payments(conn, payment(number), m.AT)
    assert mark_paid(conn, [number], m.AT) == [], "an authorisation moves nothing"
    part = operators_file(tmp_path, f"T1,{number},{cents(3 * m.DUE_CENTS - 1)},2026-04-21,123456")
    assert settle(conn, part, m.AT) == settlements.Settled(1, 0, [], [number])
    rest = operators_file(tmp_path, f"T2,{number},0.01,2026-04-22,")
    assert settle(conn, rest, m.AT) == settlements.Settled(1, 0, [number], [])
    assert settle(conn, rest, m.AT) == settlements.Settled(0, 1, [], []), "the same file again changes nothing"
    assert states(conn) == ["settled"]
    assert (
        m.one(conn, "SELECT count(*) FROM entry_summary WHERE paid_at IS NOT NULL AND statement_status = 'paid'") == 3
    )
    assert m.one(conn, "SELECT count(*) FROM statement_event WHERE step = 'pay'") == 1
    assert tie_outs.broken(conn).empty


def test_a_month_is_paid_by_debits_of_its_daily_statements(conn, tmp_path):
    m.prepare(conn, ENTRIES)
    publish_statements(conn, m.daily(conn, each=2))
    publish_statements(conn, m.monthly(conn))
    first, second = (f"T{n},272606900{n},{cents((3 - n) * m.DUE_CENTS)},2026-04-21," for n in (1, 2))
    assert settle(conn, operators_file(tmp_path, first), m.AT).paid == ["2726069001"]
    assert settle(conn, operators_file(tmp_path, second), m.AT).paid == ["2726069002", "2726P04001"]
    assert tie_outs.broken(conn).empty


def test_a_credit_for_the_month_pays_its_daily_statements(conn, tmp_path):
    m.prepare(conn, ENTRIES)
    publish_statements(conn, m.daily(conn, each=2))
    publish_statements(conn, m.monthly(conn))
    done = settle(conn, operators_file(tmp_path, f"T1,2726P04001,{cents(3 * m.DUE_CENTS)},2026-04-21,"), m.AT)
    assert done.paid == ["2726069001", "2726069002", "2726P04001"] and tie_outs.broken(conn).empty


def test_a_statement_of_nothing_is_paid_when_it_is_presented(conn):
    number, _ = m.printed(conn, ENTRIES[:1])
    apply_moves(conn, move(conn, "11111111", number), m.AT)
    assert mark_paid(conn, [number], m.AT) == []
    apply_payments(conn, payment(number, method="none", payer_unit="", cents=0), m.AT)
    assert debits.due(conn, m.DUE).empty
    assert mark_paid(conn, [number], m.AT) == [number]


def test_a_wrong_file_is_told_and_nothing_of_it_recorded(conn, tmp_path):
    m.printed(conn, ENTRIES)
    good = "T0,2726069001,1.00,2026-04-21,"
    for line, expected in {
        "T1,2726069009,1.00,2026-04-21,": "line 3: statement_number '2726069009', expected one on file",
        "T1,2726069001,1.0,2026-04-21,": "line 3: amount '1.0', expected dollars and cents as 1234.56",
        "T1,2726069001,-1.00,2026-04-21,": "line 3: amount '-1.00'",
        "T1,2726069001,1.00,21.04.2026,": "line 3: settled_on '21.04.2026', expected a date",
        ",2726069001,1.00,2026-04-21,": "line 3: reference ''",
        "T1,2726069001,1.00": "line 3: 3 columns, expected 5",
        "T0,2726069001,1.00,2026-04-21,": "line 3: reference 'T0' stands in the file twice",
        "T1,2726069001\0,1.00,2026-04-21,": "line 3: a NUL byte",
    }.items():
        with pytest.raises(SettlementsError) as caught:
            settle(conn, operators_file(tmp_path, good, line), m.AT)
        assert expected in str(caught.value)
    assert m.one(conn, "SELECT count(*) FROM settlement") == 0


def test_a_reference_counts_once(conn, tmp_path):
    m.printed(conn, ENTRIES)
    settle(conn, operators_file(tmp_path, "T1,2726069001,1.00,2026-04-21,"), m.AT)
    with pytest.raises(SettlementsError, match="line 2: reference is on file with another"):
        settle(conn, operators_file(tmp_path, "T1,2726069001,2.00,2026-04-21,"), m.AT)


HEADER = b"reference,statement_number,amount,settled_on,payer_unit\n"


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters='\n\r,"'), max_size=9), max_size=6))
def test_every_line_is_read_or_told(cells):
    data = HEADER + ",".join(cells).encode() + b"\n"
    try:
        rows, faults = settlements._read(data)
    except SettlementsError as told:
        assert told.faults
    else:
        assert all(fault.startswith("line ") for fault in faults)
        assert len(rows) + len(faults) > 0 or not "".join(cells), "no line is lost"
