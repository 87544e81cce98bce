"""Personal access tokens of the JSON API: read only, for one membership, until a day; known by their hash."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import psycopg


@dataclass(frozen=True, slots=True)
class Key:
    id: int
    user_id: int
    membership_id: int
    name: str
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None


def give(conn: psycopg.Connection[dict], user_id: int, membership_id: int, hash: str, name: str, now: datetime,
         expires_at: datetime) -> None:  # fmt: skip
    conn.execute(
        """INSERT INTO portal_key (user_id, membership_id, hash, name, created_at, expires_at)
        VALUES (%s, %s, %s, %s, %s, %s)""",
        [user_id, membership_id, hash, name, now, expires_at],
    )


def find(conn: psycopg.Connection[dict], hash: str, now: datetime) -> tuple[int, int] | None:
    """Whose token it is, and of which membership, if it is good; used now."""
    row = conn.execute(
        """UPDATE portal_key SET used_at = %(now)s WHERE hash = %(hash)s AND revoked_at IS NULL
        AND expires_at > %(now)s RETURNING user_id, membership_id""",
        {"hash": hash, "now": now},
    ).fetchone()
    return (row["user_id"], row["membership_id"]) if row else None


def of_user(conn: psycopg.Connection[dict], user_id: int, now: datetime) -> list[Key]:
    """A person's good tokens, the latest first."""
    rows = conn.execute(
        """SELECT k.id, k.user_id, k.membership_id, k.name, k.created_at, k.expires_at, k.used_at
        FROM portal_key k WHERE k.user_id = %s AND k.revoked_at IS NULL AND k.expires_at > %s ORDER BY k.id DESC""",
        [user_id, now],
    ).fetchall()
    return [Key(**row) for row in rows]


def revoke(conn: psycopg.Connection[dict], user_id: int, id: int, now: datetime) -> bool:
    query = "UPDATE portal_key SET revoked_at = %s WHERE id = %s AND user_id = %s AND revoked_at IS NULL"
    return bool(conn.execute(query, [now, id, user_id]).rowcount)
