"""Random secrets, and links that carry one: what is stored of a secret is its hash."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

import psycopg

#: How long an invitation is good.
INVITED = timedelta(days=14)


def token() -> str:
    """256 bits of chance, as 64 hexadecimal digits."""
    return secrets.token_hex(32)


def digest(secret: str) -> str:
    """What is stored of a token of ours: it has 256 bits of chance, so a plain hash is enough."""
    return hashlib.sha256(secret.strip().lower().encode()).hexdigest()


def invitation(conn: psycopg.Connection[dict], user_id: int, now: datetime, good_for: timedelta = INVITED) -> str:
    """A link that lets a person set a password, once; the path of it. Links given to them before are void."""
    secret = token()
    conn.execute(
        "UPDATE portal_token SET used_at = %s WHERE user_id = %s AND purpose = 'invite' AND used_at IS NULL",
        [now, user_id],
    )
    conn.execute(
        "INSERT INTO portal_token (hash, purpose, user_id, expires_at) VALUES (%s, 'invite', %s, %s)",
        [digest(secret), user_id, now + good_for],
    )
    return f"/invitation/{secret}"
