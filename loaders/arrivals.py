"""From the drop to the table of arrivals: what came, from whom, under which name. The same bytes are one
interchange."""

from __future__ import annotations

from datetime import datetime

import psycopg

#: Advisory locks are 64-bit numbers shared by all who use the database: this one plus the id of the account.
LOCK_ARRIVE = 7101 << 40


def _one(cursor: psycopg.Cursor) -> int:
    row = cursor.fetchone()
    assert row is not None
    return row[0]


class UnknownSender(ValueError):
    """No account has this number."""


def arrive(
    conn: psycopg.Connection,
    sender: str,
    name: str,
    sha256: str,
    size: int,
    mode: str,
    received_at: datetime,
    *,
    alone: bool = False,
) -> int:
    """Register that ``sender`` (an account number) brought these bytes under ``name``; return the arrival's id.

    The same appearance again (sender, mode, name, bytes and ``received_at``: when the file was complete on the
    drop) is the same arrival, so looking twice after a crash is harmless. The same bytes in a new appearance are a
    new arrival of the interchange already on file: if it is answered, its answer is queued for delivery again, and
    nothing else changes. A ``check`` is computed anew every time. ``alone``: it is to be computed with no other file.
    Commits.

    Raises
        UnknownSender: no account has that number.
        ValueError: ``mode`` is neither ``file`` nor ``check``, or ``received_at`` has no time zone.
    """
    if mode not in ("file", "check"):
        raise ValueError(f"mode {mode!r}, expected 'file' or 'check'")
    if received_at.tzinfo is None:
        raise ValueError(f"received_at {received_at} has no time zone")
    values = {"name": name, "sha256": sha256, "size": size, "mode": mode, "at": received_at, "alone": alone}
    with conn.transaction():
        account = conn.execute("SELECT id FROM account WHERE number = %s", [sender]).fetchone()
        if account is None:
            raise UnknownSender(f"no account {sender!r}")
        values["account"] = account[0]
        # One arrival of a sender at a time: ids rise in arrival order, and two processes that saw one file agree.
        conn.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK_ARRIVE + account[0]])
        again = conn.execute(_SAME_APPEARANCE, values).fetchone()
        if again is not None:
            return again[0]
        # FOR UPDATE: either we see the answer that is being published now, or the publisher sees our arrival.
        known = conn.execute(_KNOWN, values).fetchone() if mode == "file" else None
        values["interchange"] = known[0] if known else _one(conn.execute(_NEW_INTERCHANGE, values))
        arrival = values["arrival"] = _one(conn.execute(_NEW_ARRIVAL, values))
        conn.execute(_RECEIVED, values)
        if known and known[1] in ("answered", "quarantined"):
            conn.execute(DELIVER_TO_SENDER, {"interchanges": [known[0]], "arrival": arrival})
    return arrival


_SAME_APPEARANCE = """
    SELECT a.id FROM arrival a JOIN interchange i ON i.id = a.interchange_id
    WHERE a.account_id = %(account)s AND a.name = %(name)s AND a.received_at = %(at)s
    AND i.mode = %(mode)s AND i.sha256 = %(sha256)s"""
_KNOWN = """
    SELECT id, state FROM interchange
    WHERE account_id = %(account)s AND sha256 = %(sha256)s AND mode = 'file' FOR UPDATE"""
_NEW_INTERCHANGE = """
    INSERT INTO interchange (account_id, mode, sha256, bytes, received_at, alone)
    VALUES (%(account)s, %(mode)s, %(sha256)s, %(size)s, %(at)s, %(alone)s) RETURNING id"""
_NEW_ARRIVAL = """
    INSERT INTO arrival (interchange_id, account_id, name, received_at)
    VALUES (%(interchange)s, %(account)s, %(name)s, %(at)s) RETURNING id"""
_RECEIVED = """
    INSERT INTO event (at, step, interchange_id, detail) VALUES (%(at)s, 'received', %(interchange)s, %(name)s)"""

#: Queue the sender's own answers of some interchanges for an arrival (or, with NULL, for all their arrivals).
#: Two filings that came under one name would be answered under one name: the later one's answer carries the first
#: digits of its hash, so none is overwritten. Dry runs are answered in a folder of their own, the last one counts.
DELIVER_TO_SENDER = """
    INSERT INTO delivery (arrival_id, acknowledgment_id, account_id, file_name)
    SELECT a.id, k.id, k.account_id, a.name || CASE WHEN EXISTS (
               SELECT FROM arrival b JOIN interchange j ON j.id = b.interchange_id
               WHERE b.account_id = a.account_id AND b.name = a.name AND j.id <> i.id
               AND i.mode = 'file' AND j.mode = 'file'
               AND b.id < (SELECT min(c.id) FROM arrival c WHERE c.interchange_id = i.id AND c.name = a.name)
           ) THEN '.' || left(i.sha256, 8) ELSE '' END || k.suffix
    FROM interchange i JOIN arrival a ON a.interchange_id = i.id
    JOIN acknowledgment k ON k.interchange_id = i.id AND k.account_id = i.account_id AND k.kind <> 'importer'
    WHERE i.id = ANY(%(interchanges)s) AND (%(arrival)s::bigint IS NULL OR a.id = %(arrival)s)
    ORDER BY a.id, k.id
    ON CONFLICT (arrival_id, acknowledgment_id) DO NOTHING"""
