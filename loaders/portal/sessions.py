"""Sessions: opaque, kept here, ended here. A cookie's value is never stored, only its hash."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import psycopg

IDLE, ABSOLUTE = timedelta(minutes=15), timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class Session:
    """A living session. ``factor_at`` is None until the second factor was given."""

    hash: str
    public_id: str
    user_id: int
    membership_id: int | None
    csrf: str
    created_at: datetime
    seen_at: datetime
    factor_at: datetime | None
    proved_at: datetime | None
    address: str
    agent: str


_COLUMNS = "hash, public_id, user_id, membership_id, csrf, created_at, seen_at, factor_at, proved_at, address, agent"


def begin(conn: psycopg.Connection[dict], session: Session) -> None:
    conn.execute(
        """INSERT INTO portal_session (hash, public_id, user_id, membership_id, csrf, created_at, seen_at, factor_at,
            proved_at, address, agent)
        VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)""",
        [getattr(session, name) for name in Session.__slots__],
    )


def find(conn: psycopg.Connection[dict], hash: str, now: datetime) -> Session | None:
    """The session of a cookie's hash, if it lives: not ended, not idle too long, not too old; seen now."""
    row = conn.execute(
        f"""UPDATE portal_session SET seen_at = %(now)s WHERE hash = %(hash)s AND ended_at IS NULL
        AND seen_at > %(idle)s AND created_at > %(oldest)s RETURNING {_COLUMNS}""",
        {"hash": hash, "now": now, "idle": now - IDLE, "oldest": now - ABSOLUTE},
    ).fetchone()
    return Session(**row) if row else None


def end(conn: psycopg.Connection[dict], hash: str, now: datetime) -> None:
    conn.execute("UPDATE portal_session SET ended_at = %s WHERE hash = %s AND ended_at IS NULL", [now, hash])


def end_one(conn: psycopg.Connection[dict], user_id: int, public_id: str, now: datetime) -> bool:
    """End one of a person's own sessions."""
    query = "UPDATE portal_session SET ended_at = %s WHERE user_id = %s AND public_id = %s AND ended_at IS NULL"
    return bool(conn.execute(query, [now, user_id, public_id]).rowcount)


def end_all(conn: psycopg.Connection[dict], user_id: int, now: datetime, but: str = "") -> int:
    """End a person's sessions, but one."""
    query = "UPDATE portal_session SET ended_at = %s WHERE user_id = %s AND ended_at IS NULL AND hash <> %s"
    return conn.execute(query, [now, user_id, but]).rowcount


def act_for(conn: psycopg.Connection[dict], hash: str, membership_id: int) -> None:
    """Choose for which account the person acts."""
    conn.execute("UPDATE portal_session SET membership_id = %s WHERE hash = %s", [membership_id, hash])


def of_user(conn: psycopg.Connection[dict], user_id: int, now: datetime) -> list[Session]:
    """A person's living sessions, the latest first."""
    rows = conn.execute(
        f"""SELECT {_COLUMNS} FROM portal_session WHERE user_id = %s AND ended_at IS NULL AND seen_at > %s
        AND created_at > %s ORDER BY seen_at DESC""",
        [user_id, now - IDLE, now - ABSOLUTE],
    ).fetchall()
    return [Session(**row) for row in rows]


def give_token(conn: psycopg.Connection[dict], hash: str, purpose: str, expires_at: datetime, **of: int) -> None:
    """A link that can be used once, known by the hash of its secret; ``of`` names the user or the application."""
    conn.execute(
        "INSERT INTO portal_token (hash, purpose, user_id, application_id, expires_at) VALUES (%s, %s, %s, %s, %s)",
        [hash, purpose, of.get("user_id"), of.get("application_id"), expires_at],
    )


def use_token(conn: psycopg.Connection[dict], hash: str, purpose: str, now: datetime) -> int | None:
    """The user a link was given to, if it is good; it is used up."""
    row = conn.execute(
        """UPDATE portal_token SET used_at = %s WHERE hash = %s AND purpose = %s AND used_at IS NULL AND expires_at > %s
        RETURNING user_id""",
        [now, hash, purpose, now],
    ).fetchone()
    return row["user_id"] if row else None


def prove(conn: psycopg.Connection[dict], hash: str, now: datetime) -> None:
    """Note that the person proved anew who they are."""
    conn.execute("UPDATE portal_session SET proved_at = %s WHERE hash = %s", [now, hash])


def use_once(conn: psycopg.Connection[dict], hash: str, purpose: str, now: datetime, good_until: datetime) -> bool:
    """Use up what we signed and gave away (a challenge, a state); ``False`` if it was used before."""
    query = """INSERT INTO portal_token (hash, purpose, expires_at, used_at) VALUES (%s, %s, %s, %s)
        ON CONFLICT (hash) DO NOTHING"""
    return bool(conn.execute(query, [hash, purpose, good_until, now]).rowcount)
