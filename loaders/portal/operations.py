"""What operations see: whether everything received is accounted for, what is stuck, what is set aside, who sends.

Files, filings and amounts of all accounts; no entry summary.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import psycopg

Conn = psycopg.Connection[dict]


@dataclass(frozen=True, slots=True)
class Sums:
    """Files of a span of time and where they are now, their filings, and what these say is due (cents).

    Each part is counted by itself: ``received`` by arrivals, ``answered`` by answers that were made, the others by what
    the file's own row says; so that the equation can fail.
    """

    received: int = 0
    answered: int = 0
    aside: int = 0
    in_flight: int = 0
    filings: int = 0
    accepted: int = 0
    rejected: int = 0
    filings_elsewhere: int = 0  # of files set aside or in flight
    refused: int = 0
    cents: int = 0
    accepted_cents: int = 0
    rejected_cents: int = 0
    cents_elsewhere: int = 0

    @property
    def missing(self) -> int:
        """Files received and not accounted for; below zero: accounted for and not received."""
        return self.received - self.answered - self.aside - self.in_flight

    @property
    def missing_filings(self) -> int:
        return self.filings - self.accepted - self.rejected - self.filings_elsewhere

    @property
    def missing_cents(self) -> int:
        return self.cents - self.accepted_cents - self.rejected_cents - self.cents_elsewhere

    @property
    def holds(self) -> bool:
        """Received = acknowledged + set aside + in flight, in files, filings and cents (design invariant 7)."""
        return not (self.missing or self.missing_filings or self.missing_cents)

    def __add__(self, other: Sums) -> Sums:
        return Sums(*(getattr(self, name) + getattr(other, name) for name in self.__slots__))


def board(conn: Conn, first: datetime, last: datetime, step: str) -> list[tuple[datetime, Sums]]:
    """The conservation board from ``first`` until before ``last``: an instant and its sums for each ``step`` (``hour``
    or ``day``, in New York), those without a file too. Dry runs and our own statements do not count."""
    rows = conn.execute(_BOARD, {"first": first, "last": last, "step": step}).fetchall()
    return [(row.pop("at"), Sums(**{name: int(value or 0) for name, value in row.items()})) for row in rows]


_BOARD = """
    WITH files AS MATERIALIZED (
        SELECT i.id, i.state, date_trunc(%(step)s, i.received_at, 'America/New_York') AS at,
            EXISTS (SELECT FROM arrival a WHERE a.interchange_id = i.id) AS came,
            EXISTS (SELECT FROM acknowledgment k
                WHERE k.interchange_id = i.id AND k.account_id = i.account_id) AS told,
            (SELECT count(*) FROM batch b WHERE b.interchange_id = i.id AND b.rejected) AS refused
        FROM interchange i
        WHERE i.mode = 'file' AND i.received_at >= %(first)s AND i.received_at < %(last)s
    ), filed AS (
        SELECT t.interchange_id, count(*) AS filings, count(*) FILTER (WHERE final = 'A') AS accepted,
            count(*) FILTER (WHERE final = 'R') AS rejected, coalesce(sum(amount_cents), 0) AS cents,
            coalesce(sum(amount_cents) FILTER (WHERE final = 'A'), 0) AS accepted_cents,
            coalesce(sum(amount_cents) FILTER (WHERE final = 'R'), 0) AS rejected_cents
        FROM transaction t
        WHERE t.interchange_id BETWEEN (SELECT min(id) FROM files) AND (SELECT max(id) FROM files) GROUP BY 1
    ), spans AS (
        SELECT generate_series(date_trunc(%(step)s, %(first)s::timestamptz, 'America/New_York'),
            %(last)s::timestamptz - interval '1 second', ('1 ' || %(step)s)::interval, 'America/New_York') AS at
    )
    SELECT at, count(*) FILTER (WHERE came) AS received, count(*) FILTER (WHERE told) AS answered,
        count(*) FILTER (WHERE state = 'quarantined') AS aside,
        count(*) FILTER (WHERE state IN ('received', 'claimed')) AS in_flight,
        sum(filings) AS filings, sum(accepted) FILTER (WHERE told) AS accepted,
        sum(rejected) FILTER (WHERE told) AS rejected,
        sum(filings) FILTER (WHERE state <> 'answered') AS filings_elsewhere, sum(refused) AS refused,
        sum(cents) AS cents, sum(accepted_cents) FILTER (WHERE told) AS accepted_cents,
        sum(rejected_cents) FILTER (WHERE told) AS rejected_cents,
        sum(cents) FILTER (WHERE state <> 'answered') AS cents_elsewhere
    FROM spans LEFT JOIN files USING (at) LEFT JOIN filed ON filed.interchange_id = files.id
    GROUP BY at ORDER BY at"""


def oldest(conn: Conn, limit: int = 20) -> dict[str, list[dict[str, Any]]]:
    """The oldest files at each stage that is not the last: ``received`` and ``claimed`` (``since`` when),
    ``undelivered`` answers, ``quarantined``. Dry runs too: somebody waits for them."""
    rows = conn.execute(_OLDEST, {"limit": limit}).fetchall()
    found: dict[str, list[dict[str, Any]]] = {it: [] for it in ("received", "claimed", "undelivered", "quarantined")}
    for row in rows:
        found[row["stage"]].append(row)
    return found


_NAME = "(SELECT name FROM arrival WHERE interchange_id = i.id ORDER BY id LIMIT 1) AS name"
_OLDEST = f"""
    SELECT * FROM (
        SELECT i.state AS stage, i.id, i.mode, a.number, a.name AS sender, {_NAME}, i.sha256, i.received_at,
            CASE i.state WHEN 'claimed' THEN s.claimed_at ELSE i.received_at END AS since, i.reason AS detail,
            i.bytes, s.taken_at, row_number() OVER (PARTITION BY i.state ORDER BY i.id) AS place
        FROM interchange i JOIN account a ON a.id = i.account_id LEFT JOIN shard s ON s.id = i.shard_id
        WHERE i.state IN ('received', 'claimed', 'quarantined')
    ) waiting WHERE place <= %(limit)s
    UNION ALL
    (SELECT 'undelivered', i.id, i.mode, a.number, a.name, d.file_name, k.sha256, i.received_at, k.created_at,
        d.last_error, length(k.body), NULL, d.attempts
    FROM delivery d JOIN acknowledgment k ON k.id = d.acknowledgment_id JOIN interchange i ON i.id = k.interchange_id
    JOIN account a ON a.id = d.account_id WHERE d.state = 'pending' ORDER BY d.id LIMIT %(limit)s)
    ORDER BY since"""


def unanswered(conn: Conn, before: datetime, limit: int = 100) -> list[dict[str, Any]]:
    """Files that came before an instant and are not answered, oldest first."""
    return conn.execute(_UNANSWERED, [before, limit]).fetchall()


_UNANSWERED = f"""
    SELECT i.id, i.mode, i.state, a.number, a.name AS sender, {_NAME}, i.sha256, i.received_at, i.bytes
    FROM interchange i JOIN account a ON a.id = i.account_id
    WHERE i.state IN ('received', 'claimed') AND i.received_at < %s ORDER BY i.received_at, i.id LIMIT %s"""


def undelivered(conn: Conn, before: datetime, limit: int = 100) -> list[dict[str, Any]]:
    """Answers and statements made before an instant that lie in the outbox still, oldest first. ``homeless``: the
    account has no key that opens a drop, so there is nowhere to put them."""
    return conn.execute(_UNDELIVERED, {"before": before, "limit": limit}).fetchall()


_UNDELIVERED = """
    SELECT d.id, a.number, a.name AS sender, d.file_name, k.kind, k.created_at, d.attempts, d.last_error, i.mode,
        NOT EXISTS (SELECT FROM portal_sftp_keys((%(before)s AT TIME ZONE 'America/New_York')::date) h
            WHERE h.account_id = d.account_id) AS homeless
    FROM delivery d JOIN acknowledgment k ON k.id = d.acknowledgment_id JOIN interchange i ON i.id = k.interchange_id
    JOIN account a ON a.id = d.account_id
    WHERE d.state = 'pending' AND k.created_at < %(before)s ORDER BY k.created_at, d.id LIMIT %(limit)s"""


def aside(conn: Conn, after: int | None = None, limit: int = 50) -> list[dict[str, Any]]:
    """What is set aside (quarantine), oldest first; ``after`` is the id to go on from."""
    return conn.execute(_ASIDE, {"after": after or 0, "limit": limit}).fetchall()


_ASIDE = f"""
    SELECT i.id, i.mode, a.number, a.name AS sender, {_NAME}, i.sha256, i.received_at, i.bytes, i.format, i.reason,
        (SELECT max(at) FROM event WHERE interchange_id = i.id AND step = 'quarantined') AS since
    FROM interchange i JOIN account a ON a.id = i.account_id
    WHERE i.state = 'quarantined' AND i.id > %(after)s ORDER BY i.id LIMIT %(limit)s"""


def steps(conn: Conn, id: int) -> list[dict[str, Any]]:
    """Every step of a file, oldest first."""
    return conn.execute("SELECT at, step, detail FROM event WHERE interchange_id = %s ORDER BY at, id", [id]).fetchall()


def file(conn: Conn, id: int) -> dict[str, Any] | None:
    """One file of anybody's: where it stands and what became of its filings."""
    return conn.execute(_FILE, [id]).fetchone()


_FILE = f"""
    SELECT i.id, i.mode, i.state, i.reason, i.format, i.bytes, i.sha256, i.received_at, i.answered_at, i.shard_id,
        a.number, a.name AS sender, {_NAME},
        (SELECT count(*) FROM transaction WHERE interchange_id = i.id AND final = 'A') AS accepted,
        (SELECT count(*) FROM transaction WHERE interchange_id = i.id AND final = 'R') AS rejected,
        (SELECT count(*) FROM batch WHERE interchange_id = i.id AND batch.rejected) AS refused
    FROM interchange i JOIN account a ON a.id = i.account_id WHERE i.id = %s"""


def x12(conn: Conn, id: int) -> list[dict[str, Any]]:
    """The interchanges of an X12 file: who from, number, what was answered (TA104, TA105), and its groups and sets by
    what became of them. Of what the sets say nothing."""
    return conn.execute(_X12, [id]).fetchall()


_X12 = """
    SELECT x.occurrence, x.sender_qualifier, x.sender, x.control_number, x.version, x.usage, x.code, x.note,
        g.functional_id, g.release, g.control_number AS group_number, g.status, g.codes, g.declared, g.received,
        g.accepted, (SELECT count(*) FROM transaction t WHERE t.batch_id = g.batch_id AND t.final = 'A') AS sets_taken,
        (SELECT count(*) FROM transaction t WHERE t.batch_id = g.batch_id AND t.final = 'R') AS sets_refused
    FROM x12_interchange x LEFT JOIN x12_group g ON g.x12_interchange_id = x.id
    WHERE x.interchange_id = %s ORDER BY x.occurrence, g.batch_id LIMIT 200"""


def partners(conn: Conn, now: datetime, today: date) -> list[dict[str, Any]]:
    """Accounts that send or may (brokers, and whoever sent): the last file, ``day`` files of the last 24 hours,
    ``month`` those of the 28 days before, ``keys`` that open its drop today, and when the last of them ends."""
    return conn.execute(_PARTNERS, {"now": now, "today": today}).fetchall()


_PARTNERS = """
    WITH keys AS (SELECT * FROM portal_sftp_keys(%(today)s)), lately AS (
        SELECT account_id, count(*) FILTER (WHERE received_at >= %(now)s - interval '24 hours') AS day,
            count(*) FILTER (WHERE received_at < %(now)s - interval '24 hours') AS month
        FROM interchange WHERE mode = 'file' AND received_at >= %(now)s - interval '29 days'
        AND received_at <= %(now)s GROUP BY 1
    )
    SELECT a.id, a.number, a.name, a.status, last.received_at AS last_at, last.name AS last_name,
        last.id AS last_id, coalesce(lately.day, 0) AS day, coalesce(lately.month, 0) AS month,
        coalesce(keys.keys, 0) AS keys, CASE WHEN NOT keys.endless THEN keys.ends END AS ends
    FROM account a
    LEFT JOIN LATERAL (
        SELECT i.id, i.received_at, (SELECT name FROM arrival WHERE interchange_id = i.id ORDER BY id DESC LIMIT 1)
        FROM interchange i WHERE i.account_id = a.id AND i.mode = 'file' ORDER BY i.id DESC LIMIT 1
    ) last ON true
    LEFT JOIN lately ON lately.account_id = a.id LEFT JOIN keys ON keys.account_id = a.id
    WHERE a.kind = 'broker' OR last.id IS NOT NULL ORDER BY last.received_at NULLS FIRST, a.number"""
