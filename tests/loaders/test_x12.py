"""Numbers to and from partners of X12: given once, whoever asks at once; seen; matched."""

from __future__ import annotations

import threading
from datetime import UTC, datetime

import pandas as pd
import psycopg
import pytest

from loaders import bulk, db
from loaders.x12 import controls, seen, sent
from loaders.x12.controls import Controls, Line
from transforms.x12.matching import Statement

AT = datetime(2026, 9, 15, 16, tzinfo=UTC)
LINE = Line("ZZ", "TIDEWAITER", "01", "ACME")


@pytest.fixture
def account(conn: psycopg.Connection) -> int:
    (id,) = conn.execute(
        "INSERT INTO account (number, kind, name) VALUES ('E1', 'exporter', 'Acme') RETURNING id"
    ).fetchone()
    return id


def test_two_at_once_get_different_numbers(conn, url, account):
    """The second waits for the first to commit; what is rolled back is given again."""
    given: list[int] = []

    def ask() -> None:
        with db.connect(url, autocommit=True) as other, other.transaction():
            it = Controls(other, account)
            given.extend(it.next(LINE, "group") for _ in range(50))
            it.store()

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for it in threads:
        it.start()
    for it in threads:
        it.join()
    assert sorted(given) == list(range(1, 201))
    with pytest.raises(RuntimeError), conn.transaction():
        it = Controls(conn, account)
        assert it.next(LINE, "group") == 201
        it.store()
        raise RuntimeError
    with conn.transaction():
        assert Controls(conn, account).next(LINE, "group") == 201
    assert controls.last(conn) == {("E1", "01", "ACME", "group"): 200}


def test_levels_lines_and_dry_runs_are_counted_apart_and_end(conn, account):
    other = Line("ZZ", "TIDEWAITER", "ZZ", "ACME")
    with conn.transaction():
        real, trial = Controls(conn, account), Controls(conn, account, trial=True)
        assert [real.next(LINE, level) for level in ("interchange", "group", "set", "set")] == [1, 1, 1, 2]
        assert real.next(other, "set") == trial.next(LINE, "set") == 1
        real.store()
        trial.store()
    conn.execute("UPDATE x12_control SET last = 999999998 WHERE level = 'set' AND NOT trial")
    with conn.transaction():
        it = Controls(conn, account)
        assert it.next(LINE, "set") == controls.LAST
        with pytest.raises(controls.UsedUp, match="no set control numbers are left for partner 01/ACME"):
            it.next(LINE, "set")


def came(conn: psycopg.Connection, account: int, *numbers: int, counted: bool = True) -> None:
    """Interchanges from ACME that are on file."""
    blank = dict.fromkeys(("sent", "version", "usage", "control_number", "code", "note"), "")
    who = {"sender_qualifier": "01", "sender": "ACME", "receiver_qualifier": "ZZ", "receiver": "TIDEWAITER"}
    (interchange,) = conn.execute(
        "INSERT INTO interchange (account_id, mode, sha256, bytes, received_at) "
        "VALUES (%s, 'file', 'h', 1, %s) RETURNING id",
        [account, AT],
    ).fetchone()
    (known,) = conn.execute("SELECT count(*) FROM x12_interchange").fetchone()
    for at, number in enumerate(numbers):
        row = {"id": known + at, "interchange_id": interchange, "account_id": account, "occurrence": 1, "record": 1}
        row |= {"last_record": 2, "number": number, "counted": counted, **blank, **who}
        bulk.copy(conn, "x12_interchange", pd.DataFrame([row]))
    conn.execute("UPDATE interchange SET sha256 = 'h' || id")


def test_taken_numbers_and_gaps(conn, account):
    came(conn, account, 1, 2, 5)
    came(conn, account, 3, counted=False)
    asked = pd.DataFrame([("01", "ACME", "ZZ", "TIDEWAITER", n) for n in (2, 3, 9)], columns=[*seen.PARTIES, "number"])
    assert seen.interchanges(conn, account, asked)["number"].tolist() == [2], "one that was rejected holds none"
    assert seen.last(conn, account, asked)["number"].tolist() == [5]
    assert seen.gaps(conn, account)[["after", "before"]].values.tolist() == [[2, 5]]
    (line,) = seen.lines(conn).itertuples()
    assert (line.account, line.sender, line.interchanges, line.number) == ("E1", "ACME", 3, 5)
    with pytest.raises(psycopg.errors.UniqueViolation):
        came(conn, account, 5)


def said(level: str, code: str, **what: object) -> Statement:
    return Statement(level, -1, 0, ("ZZ", "TIDEWAITER"), ("01", "ACME"), code, **what)


def states(conn: psycopg.Connection) -> list[tuple]:
    return conn.execute("SELECT set_number, state, code FROM x12_sent ORDER BY set_number").fetchall()


def test_what_comes_back_is_noted_of_each_set(conn, account):
    rows = [("ZZ", "TIDEWAITER", "01", "ACME", 1, "AG", 7, "824", n) for n in (1, 2, 3)]
    sent.store(conn, sent.table(rows), range(1, 4), 1, account, AT)
    group = {"functional_id": "AG", "group_number": 7}
    assert sent.answered(conn, account, said("interchange", "A", interchange_number=1), 2, AT) == [
        "in answer to a file"
    ]
    assert {state for _, state, _ in states(conn)} == {"sent"}, "that the envelope was sound says nothing of the sets"
    sent.answered(conn, account, said("set", "R", set_id="824", set_number=2, **group), 2, AT)
    sent.answered(conn, account, said("group", "P", **group), 2, AT)
    assert states(conn) == [(1, "acknowledged", "P"), (2, "rejected", "R"), (3, "acknowledged", "P")]
    assert sent.answered(conn, account, said("group", "A", functional_id="FA", group_number=7), 2, AT) == []
    assert sent.answered(conn, account, said("set", "A", set_id="82\0", set_number=9, **group), 2, AT) == []
    steps = conn.execute("SELECT interchange_id, step, detail FROM event ORDER BY id").fetchall()
    assert sorted(steps) == [
        (1, "acknowledged", "group 7 (P) by a file"),
        (1, "refused", "824 2 in group 7 (R) by a file"),
        (2, "refused", "824 2 in group 7 (R)"),
    ], "what told nothing new is no step"


def test_a_rejected_group_takes_its_sets_along_but_for_what_an_advice_says(conn, account):
    """AK5 A with AK9 R: the set was well by itself, and nothing of its group was taken."""
    rows = [("ZZ", "TIDEWAITER", "01", "ACME", 1, "RA", 7, "820", n) for n in (1, 2, 3)]
    sent.store(conn, sent.table(rows), range(1, 4), 1, account, AT)
    group = {"functional_id": "RA", "group_number": 7}
    assert sent.answered(conn, account, said("set", "TA", set_id="820", set_number=1, group_number=7), 2, AT)
    assert sent.answered(conn, account, said("set", "A", set_id="820", set_number=2, **group), 2, AT)
    assert sent.answered(conn, account, said("group", "R", codes="4 5", **group), 2, AT) == ["in answer to a file"]
    assert states(conn) == [(1, "acknowledged", "TA"), (2, "rejected", "R"), (3, "rejected", "R")]
    sent.answered(conn, account, said("group", "A", **group), 3, AT)
    assert {code for _, _, code in states(conn)} == {"TA", "R"}, "one that came later says it of each set"
    sent.answered(conn, account, said("set", "A", set_id="820", set_number=2, **group), 3, AT)
    assert states(conn)[1] == (2, "acknowledged", "A")


def test_an_application_advice_names_no_functional_group_and_has_the_last_word(conn, account):
    rows = [("ZZ", "TIDEWAITER", "01", "ACME", 1, "RA", 7, "820", 1)]
    sent.store(conn, sent.table(rows), range(1, 2), 1, account, AT)
    of = {"group_number": 7, "set_number": 1}
    assert sent.answered(conn, account, said("set", "TR", set_id="820", codes="007", **of), 2, AT)
    assert sent.answered(conn, account, said("set", "A", set_id="820", functional_id="RA", **of), 2, AT)
    assert states(conn) == [(1, "rejected", "TR")]
    assert sent.answered(conn, account, said("set", "TA", set_id="820", **of), 2, AT)
    assert states(conn) == [(1, "acknowledged", "TA")], "another advice may say otherwise"
    assert sent.answered(conn, account, said("set", "TR", set_id="350", **of), 2, AT) == []
