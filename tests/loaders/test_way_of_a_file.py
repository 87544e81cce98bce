"""Arriving, claiming, publishing, delivering: what a sender and an operator would notice."""

from __future__ import annotations

import time
from datetime import timedelta

import pandas as pd
import psycopg
import pytest
from shards import AT, accounts, compute, sha

from loaders import db, entries, intake, outbox, publish, quarantine, trace


@pytest.fixture(autouse=True)
def _accounts(conn: psycopg.Connection) -> None:
    accounts(conn)


#: Limits that give every sender a shard of its own.
EACH = intake.Limits(workers=99, together=1)


def arrive(conn, name, data, sender="B1", mode="file", at=AT):
    return intake.arrive(conn, sender, name, sha(data), len(data), mode, at)


def claimed(conn) -> intake.Shard:
    (shard,) = intake.claim(conn)
    return intake.take(conn, shard.id)


def count(conn, table) -> int:
    return conn.execute(f"SELECT count(*) FROM {table}").fetchone()[0]


def test_a_file_becomes_rows_and_an_answer(conn):
    arrive(conn, "a.txt", b"1")
    shard = claimed(conn)
    done = publish.publish(conn, compute(conn, shard, [[("A", "11111111"), ("X", "22222222")]]))
    assert (done.transactions, done.versions, done.rows, done.acknowledgments) == (2, 1, 1, 3)
    state = intake.read_state(conn, pd.DataFrame({"filer_code": ["ZZZ"], "entry_number": ["11111111"]}))
    assert state[["status", "sequence", "version_number"]].values.tolist() == [["accepted", 1, "00100"]]
    row = conn.execute(
        """SELECT t.record, v.record, t.interchange_id = i.id, a.number, b.number, v.reference
        FROM tariff t JOIN entry_summary_version v ON v.id = t.version_id JOIN interchange i ON i.id = v.interchange_id
        JOIN account a ON a.id = v.importer_account_id JOIN account b ON b.id = v.filer_account_id"""
    ).fetchone()
    assert row == (4, 3, True, "I1", "B1", "r1")
    conditions = conn.execute("SELECT code, record, line_no, start_column, severity FROM condition").fetchall()
    assert conditions == [("B25", 5, 5, 9, "F")]
    sent = {(p.account, p.file_name) for p in outbox.pending(conn)}
    assert sent == {("B1", "a.txt.ax"), ("B1", "a.txt.reasons.csv"), ("I1", f"B1-{sha(b'1')[:16]}.filings.csv")}


def test_the_same_bytes_again_get_the_same_answer_and_change_nothing(conn):
    arrive(conn, "a.txt", b"1")
    publish.publish(conn, compute(conn, claimed(conn), [[("A", "11111111")]]))
    first = {p.file_name: p.body for p in outbox.pending(conn)}
    outbox.delivered(conn, [p.id for p in outbox.pending(conn)])
    before = [
        count(conn, t) for t in ("entry_summary_version", "transaction", "tariff", "acknowledgment", "interchange")
    ]

    arrive(conn, "a.txt", b"1", at=AT + timedelta(hours=1))
    arrive(conn, "b.txt", b"1", at=AT + timedelta(hours=1))

    assert intake.claim(conn) == []
    again = {p.file_name: p.body for p in outbox.pending(conn)}
    assert again == {
        name: first["a.txt" + name[5:]] for name in ("a.txt.ax", "a.txt.reasons.csv", "b.txt.ax", "b.txt.reasons.csv")
    }
    assert before == [
        count(conn, t) for t in ("entry_summary_version", "transaction", "tariff", "acknowledgment", "interchange")
    ]


def test_a_second_look_at_one_appearance_is_one_arrival(conn):
    assert arrive(conn, "a.txt", b"1") == arrive(conn, "a.txt", b"1")
    assert arrive(conn, "a.txt", b"1", mode="check") == arrive(conn, "a.txt", b"1", mode="check")
    assert count(conn, "arrival") == count(conn, "interchange") == 2


def test_bytes_that_arrive_while_they_are_computed_are_answered_for_both(conn):
    arrive(conn, "a.txt", b"1")
    shard = claimed(conn)
    arrive(conn, "b.txt", b"1")
    publish.publish(conn, compute(conn, shard, [[("A", "11111111")]]))
    assert {"a.txt.ax", "b.txt.ax"} <= {p.file_name for p in outbox.pending(conn)}


def test_other_bytes_under_a_used_name_do_not_overwrite_its_answer(conn):
    arrive(conn, "a.txt", b"1")
    arrive(conn, "a.txt", b"2", at=AT + timedelta(seconds=1))
    publish.publish(conn, compute(conn, claimed(conn), [[("A", "11111111")], [("A", "22222222")]]))
    names = {p.file_name for p in outbox.pending(conn) if p.kind == "ax"}
    assert names == {"a.txt.ax", f"a.txt.{sha(b'2')[:8]}.ax"}


def test_a_dry_run_is_answered_and_files_nothing(conn):
    arrive(conn, "a.txt", b"1", mode="check")
    publish.publish(conn, compute(conn, claimed(conn), [[("A", "11111111")]]))
    assert [(p.account, p.file_name, p.mode) for p in outbox.pending(conn)] == [
        ("B1", "a.txt.ax", "check"),
        ("B1", "a.txt.reasons.csv", "check"),
    ]
    assert [count(conn, t) for t in ("entry_summary", "entry_summary_version", "tariff")] == [0, 0, 0]
    arrive(conn, "a.txt", b"1")
    publish.publish(conn, compute(conn, claimed(conn), [[("A", "11111111")]]))
    assert "a.txt.ax" in {p.file_name for p in outbox.pending(conn)}, "dry runs are answered in another folder"
    assert count(conn, "entry_summary") == 1


def test_versions_follow_each_other_and_none_is_overwritten(conn):
    entry = "11111111"
    for data, filings in (
        (b"1", ["A", "R"]),
        (b"2", ["R", "D", "A", "D"]),
        (b"3", ["A", "D"]),
        (b"4", ["A"]),
        (b"5", ["D"]),
    ):
        arrive(conn, "f", data)
        publish.publish(conn, compute(conn, claimed(conn), [[(action, entry) for action in filings]]))
    versions = conn.execute(
        "SELECT sequence, id, superseded_by FROM entry_summary_version ORDER BY sequence"
    ).fetchall()
    assert [v[0] for v in versions] == [1, 2, 3, 4, 5, 6]
    assert [v[2] for v in versions] == [v[1] for v in versions[1:]] + [None]
    now = conn.execute("SELECT status, sequence, version_id FROM entry_summary").fetchall()
    assert now == [("deleted", 6, versions[-1][1])]
    assert count(conn, "tariff") == 6


def test_a_shard_is_published_once(conn):
    arrive(conn, "a.txt", b"1")
    shard = claimed(conn)
    publication = compute(conn, shard, [[("A", "11111111")]])
    assert publish.publish(conn, publication) is not None
    assert publish.publish(conn, publication) is None
    assert intake.take(conn, shard.id) is None
    assert count(conn, "transaction") == 1


def test_an_entry_that_changed_meanwhile_is_not_overwritten(conn):
    arrive(conn, "a.txt", b"1")
    arrive(conn, "b.txt", b"2", sender="B2")
    one, two = (intake.take(conn, s.id) for s in intake.claim(conn, EACH))
    late = compute(conn, two, [[("A", "11111111")]])
    publish.publish(conn, compute(conn, one, [[("A", "11111111")]]))
    with pytest.raises(entries.StaleState, match="11111111"):
        publish.publish(conn, late)
    assert count(conn, "transaction") == 1
    publish.publish(conn, compute(conn, two, [[("R", "11111111")]]))
    assert count(conn, "entry_summary_version") == 2


def test_a_sender_is_held_by_one_worker_and_keeps_its_order(conn, url):
    for n in range(5):
        arrive(conn, f"{n}", b"%d" % n)
    arrive(conn, "x", b"x", sender="B2")
    limits = intake.Limits(files=2, workers=99, together=1)
    first = intake.claim(conn, limits)
    assert [s.interchanges["name"].tolist() for s in first] == [["0", "1"], ["x"]]
    with db.connect(url) as other:
        assert intake.claim(other, limits) == []
        intake.take(conn, first[0].id)
        with pytest.raises(intake.ShardBusy):
            intake.take(other, first[0].id)
    publish.publish(conn, compute(conn, first[0], [[("A", "11111111")], []]))
    (second,) = intake.claim(conn, limits)
    assert second.interchanges["name"].tolist() == ["2", "3"]


def test_what_waits_for_a_sender_in_work_is_nothing_to_start_for(conn):
    assert not intake.waiting(conn)
    for n in range(2):
        arrive(conn, f"{n}", b"%d" % n)
    assert intake.waiting(conn)
    (shard,) = intake.claim(conn, intake.Limits(files=1))
    assert not intake.waiting(conn), "the sender's second file waits for its first"
    publish.publish(conn, compute(conn, intake.take(conn, shard.id), [[]]))
    assert intake.waiting(conn)
    publish.publish(conn, compute(conn, claimed(conn), [[]]))
    assert not intake.waiting(conn)


def test_senders_with_little_share_a_shard_and_large_ones_do_not(conn):
    for sender in ("B1", "B2"):
        arrive(conn, f"{sender}-1", sender.encode(), sender=sender)
        arrive(conn, f"{sender}-2", sender.encode() * 2, sender=sender)
    (shard,) = intake.claim(conn, intake.Limits(together=100))
    assert shard.interchanges["sender"].tolist() == ["B1", "B1", "B2", "B2"]
    assert shard.label == "2 senders: 4 files, 0.0 MB"
    assert intake.claim(conn) == []
    assert intake.part(conn, shard.id, "cannot be stored together")
    assert [s.interchanges["name"].tolist() for s in intake.claim(conn)] == [["B1-1"], ["B2-1"]]


def test_a_file_larger_than_the_limit_still_goes(conn):
    arrive(conn, "big", b"12345")
    arrive(conn, "small", b"1")
    (shard,) = intake.claim(conn, intake.Limits(bytes=2))
    assert shard.interchanges["name"].tolist() == ["big"]
    assert shard.label == "B1: 1 file, 0.0 MB"


def test_a_shard_holds_one_mode(conn):
    for name, mode in (("a", "file"), ("b", "file"), ("c", "check"), ("d", "file")):
        arrive(conn, name, name.encode(), mode=mode)
    shard = claimed(conn)
    assert (shard.mode, shard.interchanges["name"].tolist()) == ("file", ["a", "b"])
    publish.publish(conn, compute(conn, shard, [[], []]))
    assert (claimed(conn).interchanges["name"].tolist()) == ["c"]


def test_what_a_dead_worker_held_goes_back_in_order(conn, url):
    arrive(conn, "a", b"a")
    arrive(conn, "b", b"b")
    with db.connect(url, autocommit=True) as worker:
        held = claimed(worker)
        assert intake.recover(conn) == []
    arrive(conn, "c", b"c")
    assert _recovered(conn) == [held.id]
    again = claimed(conn)
    assert again.interchanges["name"].tolist() == ["a", "b", "c"]
    assert publish.publish(conn, compute(conn, held, [[("A", "11111111")], []])) is None  # the dead come back too late


def _recovered(conn) -> list[int]:
    """What recovery gives back once the server has noticed that the worker's session ended."""
    deadline = time.monotonic() + 10
    while not (back := intake.recover(conn)) and time.monotonic() < deadline:
        time.sleep(0.02)
    return back


def _dies(conn, url) -> None:
    """A worker takes the oldest claim and its session ends; what it held is given back."""
    with db.connect(url, autocommit=True) as worker:
        claimed(worker)
    assert len(_recovered(conn)) == 1


def states(conn) -> list[tuple[str, str, bool]]:
    return conn.execute(
        "SELECT (SELECT name FROM arrival WHERE interchange_id = i.id), state, alone FROM interchange i ORDER BY id"
    ).fetchall()


def test_a_file_that_workers_die_of_is_computed_alone_and_then_set_aside(conn, url):
    arrive(conn, "deadly", b"a")
    arrive(conn, "neighbour", b"b")
    for _ in range(intake.TRIES - 1):
        _dies(conn, url)
    arrive(conn, "late", b"c")  # has cost nobody yet when the shard it joins is given up
    _dies(conn, url)
    assert states(conn) == [("deadly", "received", True), ("neighbour", "received", True), ("late", "received", False)]
    for _ in range(intake.TRIES):
        _dies(conn, url)
    assert states(conn)[0] == ("deadly", "quarantined", True)
    assert intake.recover(conn) == []
    (aside,) = quarantine.quarantined(conn)["reason"]
    assert "3 workers ended" in aside and "memory" in aside
    assert trace.trace(conn, "deadly")[-1].detail == aside

    shard = claimed(conn)
    assert shard.interchanges["name"].tolist() == ["neighbour"], "its sender goes on"
    publish.publish(conn, compute(conn, shard, [[]]))
    intake.requeue(conn, [1])
    for _ in range(intake.TRIES):
        assert states(conn)[0][1] == "received", "put back, it has as many tries as before"
        _dies(conn, url)
    assert states(conn)[0][1] == "quarantined"


def test_tries_again_of_one_shard_come_to_an_end(conn, url):
    arrive(conn, "deadly", b"a")
    (shard,) = intake.claim(conn)
    for n in range(intake.TRIES + 2):
        with db.connect(url, autocommit=True) as worker:
            deadline = time.monotonic() + 10
            while time.monotonic() < deadline:
                try:
                    taken = intake.take(worker, shard.id)
                    break
                except intake.ShardBusy:  # the server has not noticed yet that the one before is gone
                    time.sleep(0.02)
        assert (taken is not None) == (n < intake.TRIES)
    assert _recovered(conn) == [shard.id]
    assert states(conn) == [("deadly", "quarantined", True)]


def test_a_try_that_failed_for_want_of_a_server_does_not_count(conn):
    arrive(conn, "a", b"a")
    (shard,) = intake.claim(conn)
    for _ in range(intake.TRIES + 1):
        assert intake.take(conn, shard.id)
        intake.spare(conn, shard.id)
        intake.release(conn, shard.id)


def test_a_claim_that_nobody_takes_goes_back_after_its_lease(conn):
    arrive(conn, "a", b"a")
    (shard,) = intake.claim(conn, now=AT)
    assert intake.recover(conn, now=AT + timedelta(minutes=9)) == []
    assert intake.recover(conn, now=AT + timedelta(minutes=11)) == [shard.id]


def test_what_cannot_be_computed_is_set_aside_and_can_be_tried_again(conn):
    arrive(conn, "a", b"a")
    shard = claimed(conn)
    assert intake.quarantine(conn, shard.id, "IndexError in rule 432")
    assert intake.claim(conn) == []
    assert publish.publish(conn, compute(conn, shard, [[]])) is None
    assert intake.requeue(conn, shard.interchanges["interchange_id"].tolist()) == 1
    assert claimed(conn).interchanges["name"].tolist() == ["a"]


def test_deliveries_are_marked_once_and_failures_stand_back(conn):
    for name in ("a", "b"):
        arrive(conn, name, name.encode())
    publish.publish(conn, compute(conn, claimed(conn), [[], []]))
    first = outbox.pending(conn)[0]
    outbox.failed(conn, first.id, "outbox full")
    assert outbox.pending(conn)[-1].id == first.id
    assert outbox.delivered(conn, first.id) == 1
    assert outbox.delivered(conn, first.id) == 0
    assert first.id not in {p.id for p in outbox.pending(conn)}


@pytest.mark.parametrize("what", ["a b.txt", sha(b"1"), sha(b"1")[:10], "ZZZ-1111111-1", "11111111", "a b.txt.ax"])
def test_trace_finds_a_file_by_name_hash_and_entry(conn, what):
    arrive(conn, "a b.txt", b"1")
    publish.publish(conn, compute(conn, claimed(conn), [[("A", "11111111")]]))
    outbox.delivered(conn, [p.id for p in outbox.pending(conn)])
    steps = [event.step for event in trace.trace(conn, what)]
    assert {"received", "claimed", "answered", "delivered"} <= set(steps)
    assert ("added" in steps) == ("1111111" in what)
    assert trace.trace(conn, "nothing") == []


def test_bad_arguments_are_named(conn):
    with pytest.raises(intake.UnknownSender, match="nobody"):
        arrive(conn, "a", b"a", sender="nobody")
    with pytest.raises(ValueError, match="mode 'dry'"):
        arrive(conn, "a", b"a", mode="dry")
    with pytest.raises(ValueError, match="time zone"):
        arrive(conn, "a", b"a", at=AT.replace(tzinfo=None))
