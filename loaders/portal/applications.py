"""Applications for an account: handed in without a login, read again by a secret link, decided by officers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg


@dataclass(frozen=True, slots=True)
class Places:
    """How many firms have an account, and how many applications are undecided or on the waiting list."""

    holders: int
    received: int
    waiting: int

    def free(self, limit: int) -> int:
        """Places that neither an account nor an application takes, nor somebody who waits: those come first."""
        return max(0, limit - self.holders - self.received - self.waiting)


def places(conn: psycopg.Connection[dict]) -> Places:
    row = conn.execute("SELECT * FROM portal_places()").fetchone()
    assert row is not None
    return Places(**row)


#: Advisory locks are 64-bit numbers shared by all who use the database.
_LOCK = 7110 << 40
COLUMNS = (
    *("reference", "kind", "name", "identifier", "industry", "owner_name", "owner_email", "brokers", "internet"),
    *("ctpat", "ctpat_number", "ctpat_tier", "evidence", "status", "submitted_at"),
)


def submit(conn: psycopg.Connection[dict], given: Mapping[str, Any], limit: int) -> tuple[int, str]:
    """Hand an application in (:data:`COLUMNS` but its status): its id and ``received``, or ``waiting`` where the test
    has no place. Needs a scope that names its reference. One after the other, so the last place is given once."""
    conn.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
    taken = places(conn)
    status = "received" if taken.free(limit) else "waiting"
    marks = ", ".join("%s" for _ in COLUMNS)
    row = conn.execute(
        f"INSERT INTO application ({', '.join(COLUMNS)}) VALUES ({marks}) RETURNING id",
        [{**given, "status": status}[name] for name in COLUMNS],
    ).fetchone()
    assert row is not None
    return row["id"], status


def by_link(conn: psycopg.Connection[dict], hash: str, now: datetime) -> tuple[str, int] | None:
    """Reference of the application behind a link (by its secret's hash) and its place on the waiting list, 0: none."""
    row = conn.execute("SELECT * FROM portal_application(%s, %s)", [hash, now]).fetchone()
    return (row["reference"], row["place"]) if row else None


def one(conn: psycopg.Connection[dict], reference: str) -> dict | None:
    """An application, and who decided it."""
    return conn.execute(
        """SELECT a.*, u.name AS officer, c.public_id AS account_public_id, c.status AS account_status
        FROM application a LEFT JOIN portal_user u ON u.id = a.decided_by LEFT JOIN account c ON c.id = a.account_id
        WHERE a.reference = %s""",
        [reference],
    ).fetchone()


def listed(conn: psycopg.Connection[dict], status: str, industry: str, limit: int) -> list[dict]:
    """Applications, the oldest first among those that wait for somebody; all if ``status`` is blank."""
    return conn.execute(
        """SELECT reference, kind, name, identifier, industry, ctpat, ctpat_tier, status, submitted_at
        FROM application WHERE (%(status)s = '' OR status = %(status)s)
        AND (%(industry)s = '' OR industry = %(industry)s)
        ORDER BY status NOT IN ('received', 'waiting'), submitted_at, id LIMIT %(limit)s""",
        {"status": status, "industry": industry, "limit": limit},
    ).fetchall()


def industries(conn: psycopg.Connection[dict]) -> list[dict]:
    """Applications and accounts by industry: the test wants a mix of them."""
    return conn.execute("""SELECT industry, count(*) AS applications,
        count(*) FILTER (WHERE status = 'received') AS received, count(*) FILTER (WHERE status = 'waiting') AS waiting,
        count(*) FILTER (WHERE status IN ('qualified', 'active')) AS accounts, count(*) FILTER (WHERE ctpat) AS ctpat
        FROM application GROUP BY industry ORDER BY industry""").fetchall()


def same_number(conn: psycopg.Connection[dict], kind: str, identifier: str) -> dict | None:
    """The account that has a number already: a second application for it is a claim, and an officer must look."""
    return conn.execute(
        "SELECT id, public_id, number, name, status, owner FROM account WHERE kind = %s AND identifier = %s",
        [kind, identifier],
    ).fetchone()


def decide(conn: psycopg.Connection[dict], reference: str, status: str, officer: int, reason: str, at: datetime,
           account_id: int | None = None) -> bool:  # fmt: skip
    """Give an application a new state, with the reason; ``False`` if it is in that state already."""
    done = conn.execute(
        """UPDATE application SET status = %(status)s, decided_by = %(officer)s, decided_at = %(at)s,
            reason = %(reason)s, account_id = coalesce(%(account)s, account_id)
        WHERE reference = %(reference)s AND status <> %(status)s""",
        {"status": status, "officer": officer, "at": at, "reason": reason, "account": account_id,
         "reference": reference},
    )  # fmt: skip
    return bool(done.rowcount)


def next_waiting(conn: psycopg.Connection[dict]) -> str | None:
    """Reference of the application that has waited longest."""
    row = conn.execute(
        "SELECT reference FROM application WHERE status = 'waiting' ORDER BY submitted_at, id LIMIT 1"
    ).fetchone()
    return row["reference"] if row else None


def open_account(conn: psycopg.Connection[dict], applied: Mapping[str, Any]) -> int:
    """The account an application is for, qualified: made now, or the one that has its number. Returns its id."""
    number = f"{applied['kind'][0].upper()}-{applied['identifier']}"
    found = same_number(conn, applied["kind"], applied["identifier"])
    if found:
        conn.execute(
            "UPDATE account SET status = 'qualified', owner = %s WHERE id = %s AND status = 'applied'",
            [applied["owner_name"], found["id"]],
        )
        return found["id"]
    row = conn.execute(
        """INSERT INTO account (number, kind, name, identifier, status, owner)
        VALUES (%s, %s, %s, %s, 'qualified', %s) RETURNING id""",
        [number, applied["kind"], applied["name"], applied["identifier"], applied["owner_name"]],
    ).fetchone()
    assert row is not None
    return row["id"]
