"""The outbox: what is to be delivered, and what became of it. Delivering twice is harmless, so a delivery is
marked after the fact.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

import psycopg
from psycopg.rows import class_row


@dataclass(frozen=True, slots=True)
class Pending:
    """A file to be written: ``body`` as ``file_name`` into the outbox of account number ``account``."""

    id: int
    account: str
    file_name: str
    body: bytes
    kind: str
    mode: str
    attempts: int


#: Two that deliver at once would write the same file; this lock is for one at a time.
LOCK_DELIVER = 7104 << 40


@contextmanager
def alone(conn: psycopg.Connection) -> Iterator[None]:
    """Deliver as the only one; another waits. The hold ends with the block, or with the connection's session."""
    conn.execute("SELECT pg_advisory_lock(%s)", [LOCK_DELIVER])
    try:
        yield
    finally:
        if not conn.broken:
            conn.execute("SELECT pg_advisory_unlock(%s)", [LOCK_DELIVER])


def pending(conn: psycopg.Connection, limit: int = 1000) -> list[Pending]:
    """Deliveries not made yet, fewest failed attempts first (an outbox that is full must not hold up the
    others), then oldest first.
    """
    with conn.cursor(row_factory=class_row(Pending)) as cursor:
        return cursor.execute(_PENDING, [limit]).fetchall()


_PENDING = """
    SELECT d.id, account.number AS account, d.file_name, k.body, k.kind, i.mode, d.attempts
    FROM delivery d JOIN acknowledgment k ON k.id = d.acknowledgment_id JOIN account ON account.id = d.account_id
    JOIN interchange i ON i.id = k.interchange_id
    WHERE d.state = 'pending' ORDER BY d.attempts, d.id LIMIT %s"""


def of_arrival(conn: psycopg.Connection, arrival: int) -> list[Pending]:
    """What the sender is answered for one arrival, delivered or not."""
    with conn.cursor(row_factory=class_row(Pending)) as cursor:
        return cursor.execute(_OF_ARRIVAL, [arrival]).fetchall()


_OF_ARRIVAL = """
    SELECT d.id, account.number AS account, d.file_name, k.body, k.kind, i.mode, d.attempts
    FROM delivery d JOIN acknowledgment k ON k.id = d.acknowledgment_id JOIN account ON account.id = d.account_id
    JOIN interchange i ON i.id = k.interchange_id
    WHERE d.arrival_id = %s AND k.account_id = i.account_id ORDER BY d.id"""


def delivered(conn: psycopg.Connection, ids: int | list[int], at: datetime | None = None) -> int:
    """Mark deliveries as made; returns how many were still pending. Commits."""
    with conn.transaction():
        return conn.execute(_DELIVERED, {"ids": ids if isinstance(ids, list) else [ids], "at": at}).rowcount


_DELIVERED = """
    WITH made AS (
        UPDATE delivery
        SET state = 'delivered', delivered_at = coalesce(%(at)s, now()), attempts = attempts + 1, last_error = ''
        WHERE id = ANY(%(ids)s) AND state = 'pending' RETURNING acknowledgment_id, file_name, delivered_at
    )
    INSERT INTO event (at, step, interchange_id, detail)
    SELECT delivered_at, 'delivered', k.interchange_id, file_name
    FROM made JOIN acknowledgment k ON k.id =
    acknowledgment_id"""


def failed(conn: psycopg.Connection, id: int, error: str) -> None:
    """Note that a delivery could not be made, and why; it stays pending. Commits."""
    with conn.transaction():
        conn.execute(
            "UPDATE delivery SET attempts = attempts + 1, last_error = %s WHERE id = %s AND state = 'pending'",
            [error.replace("\0", ""), id],
        )
