"""Passkeys of people: public keys only; the secret never leaves the person's device."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import psycopg


@dataclass(frozen=True, slots=True)
class Passkey:
    id: int
    user_id: int
    credential_id: bytes
    public_key: bytes
    sign_count: int
    name: str
    created_at: datetime
    used_at: datetime | None


_COLUMNS = "id, user_id, credential_id, public_key, sign_count, name, created_at, used_at"


def of_user(conn: psycopg.Connection[dict], user_id: int) -> list[Passkey]:
    """A person's passkeys, the oldest first."""
    query = f"SELECT {_COLUMNS} FROM portal_passkey WHERE user_id = %s ORDER BY id"
    return [Passkey(**row) for row in conn.execute(query, [user_id]).fetchall()]


def by_credential(conn: psycopg.Connection[dict], credential_id: bytes) -> Passkey | None:
    row = conn.execute(f"SELECT {_COLUMNS} FROM portal_passkey WHERE credential_id = %s", [credential_id]).fetchone()
    return Passkey(**row) if row else None


def add(conn: psycopg.Connection[dict], user_id: int, credential_id: bytes, public_key: bytes, sign_count: int,
        name: str, now: datetime) -> None:  # fmt: skip
    """Raises psycopg.errors.UniqueViolation: it is registered already."""
    conn.execute(
        """INSERT INTO portal_passkey (user_id, credential_id, public_key, sign_count, name, created_at)
        VALUES (%s, %s, %s, %s, %s, %s)""",
        [user_id, credential_id, public_key, sign_count, name, now],
    )


def used(conn: psycopg.Connection[dict], id: int, sign_count: int, now: datetime) -> None:
    conn.execute("UPDATE portal_passkey SET sign_count = %s, used_at = %s WHERE id = %s", [sign_count, now, id])


def rename(conn: psycopg.Connection[dict], user_id: int, id: int, name: str) -> bool:
    query = "UPDATE portal_passkey SET name = %s WHERE id = %s AND user_id = %s"
    return bool(conn.execute(query, [name, id, user_id]).rowcount)


def remove(conn: psycopg.Connection[dict], user_id: int, id: int) -> bool:
    return bool(conn.execute("DELETE FROM portal_passkey WHERE id = %s AND user_id = %s", [id, user_id]).rowcount)
