"""The audit log: who saw or did what. Append-only and chained by hashes, so that a changed or missing row shows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import psycopg


@dataclass(frozen=True, slots=True)
class Entry:
    """``account_id`` is whose data it was, ``acting_account_id`` for whom the person acted; ``rows`` how many were
    seen, where that says something."""

    at: datetime
    action: str
    user_id: int | None = None
    account_id: int | None = None
    acting_account_id: int | None = None
    subject: str = ""
    detail: str = ""
    rows: int | None = None
    address: str = ""


def append(conn: psycopg.Connection[dict], entry: Entry) -> None:
    """Add an entry; part of the caller's transaction, which others wait for: append last."""
    conn.execute(
        """SELECT audit_append(%s, %s, %s, %s, %s, %s, %s, %s, %s)""",
        [
            entry.at,
            entry.user_id,
            entry.account_id,
            entry.acting_account_id,
            entry.action,
            entry.subject,
            _plain(entry.detail),
            entry.rows,
            entry.address,
        ],
    )


def broken(conn: psycopg.Connection) -> list[tuple[int, str]]:
    """Ids of entries that do not fit the chain, with what is wrong: changed, or the one before is missing. Needs a role
    that reads the whole log."""
    return conn.execute(_BROKEN).fetchall()


# The first row has nothing before it; every other names the hash of the row with the next lower id.
_BROKEN = """
    SELECT id, CASE WHEN previous <> coalesce(lag, '') THEN 'the entry before it is missing or another'
        ELSE 'its words were changed' END
    FROM (
        SELECT a.*, lag(hash) OVER (ORDER BY id) AS lag, encode(sha256(convert_to(previous || audit_words(
            id, at, user_id, account_id, acting_account_id, action, subject, detail, rows, address), 'UTF8')),
            'hex') AS made
        FROM audit a
    ) chained WHERE previous <> coalesce(lag, '') OR made <> hash ORDER BY id"""


def head(conn: psycopg.Connection) -> tuple[int, str]:
    """Number of entries and the hash of the last: what is noted elsewhere to prove that none was cut off the end."""
    row = conn.execute(
        "SELECT (SELECT count(*) FROM audit), coalesce((SELECT hash FROM audit ORDER BY id DESC LIMIT 1), '')"
    ).fetchone()
    assert row is not None
    return row


def holds(conn: psycopg.Connection, hash: str) -> bool:
    """Whether an entry has this hash: that of a head noted earlier is still there unless something was taken away or
    the log was written anew."""
    return bool(conn.execute("SELECT FROM audit WHERE hash = %s", [hash]).fetchall())


def of_account(
    conn: psycopg.Connection[dict], account_id: int, before: int | None = None, limit: int = 50
) -> list[dict]:
    """Who looked at an account's data or acted on it, the latest first; ``before`` is the id to go on from."""
    return conn.execute(_OF_ACCOUNT, {"account": account_id, "before": before, "limit": limit}).fetchall()


_OF_ACCOUNT = """
    SELECT a.id, a.at, a.action, a.subject, a.detail, a.rows, u.name AS person, coalesce(f.name, '') AS acting_for,
        coalesce(f.kind, '') AS acting_kind
    FROM audit a LEFT JOIN portal_user u ON u.id = a.user_id LEFT JOIN account f ON f.id = a.acting_account_id
    WHERE a.account_id = %(account)s AND (%(before)s::bigint IS NULL OR a.id < %(before)s)
    ORDER BY a.id DESC LIMIT %(limit)s"""


def _plain(text: str) -> str:
    """One line: what a person typed cannot look like another entry."""
    return " ".join(text.replace("\0", "").split())
