"""People who sign in, what they may do for which account, and their second factors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import psycopg

#: So many wrong passwords or codes in a row lock an account for a while.
FAILURES, LOCKED = 10, timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class User:
    """A person. ``totp_secret`` is encrypted; blank: no authenticator yet."""

    id: int
    email: str
    name: str
    status: str
    password_hash: str
    totp_secret: str
    totp_step: int | None
    failures: int
    locked_until: datetime | None


@dataclass(frozen=True, slots=True)
class Membership:
    """What a person may do for an account, today."""

    id: int
    account_id: int
    public_id: str
    number: str
    name: str
    kind: str
    status: str
    identifier: str
    role: str
    sees_money: bool


_USER = "id, email, name, status, password_hash, totp_secret, totp_step, failures, locked_until"


def by_email(conn: psycopg.Connection[dict], email: str) -> User | None:
    """The person with this e-mail address, whatever its case."""
    return _one(conn, f"SELECT {_USER} FROM portal_user WHERE email = lower(%s)", email.strip())


def by_id(conn: psycopg.Connection[dict], id: int) -> User | None:
    return _one(conn, f"SELECT {_USER} FROM portal_user WHERE id = %s", id)


def by_subject(conn: psycopg.Connection[dict], issuer: str, subject: str) -> User | None:
    """The person an identity provider knows by ``issuer`` and ``subject``."""
    query = f"SELECT {_USER} FROM portal_user WHERE (oidc_issuer, oidc_subject) = (%s, %s) AND oidc_subject <> ''"
    return _one(conn, query, issuer, subject)


def _one(conn: psycopg.Connection[dict], query: str, *values: object) -> User | None:
    row = conn.execute(query, values).fetchone()
    return User(**row) if row else None


def invite(conn: psycopg.Connection[dict], email: str, name: str) -> int:
    """The id of the person with this address, invited now if nobody was."""
    conn.execute(
        "INSERT INTO portal_user (email, name) VALUES (lower(%s), %s) ON CONFLICT (email) DO NOTHING",
        [email.strip(), name],
    )
    row = conn.execute("SELECT id FROM portal_user WHERE email = lower(%s)", [email.strip()]).fetchone()
    assert row is not None
    return row["id"]


def set_password(conn: psycopg.Connection[dict], user_id: int, password_hash: str) -> None:
    conn.execute(
        "UPDATE portal_user SET password_hash = %s, status = 'active', failures = 0, locked_until = NULL WHERE id = %s",
        [password_hash, user_id],
    )


def set_totp(conn: psycopg.Connection[dict], user_id: int, secret: str, step: int) -> None:
    conn.execute("UPDATE portal_user SET totp_secret = %s, totp_step = %s WHERE id = %s", [secret, step, user_id])


def use_totp(conn: psycopg.Connection[dict], user_id: int, step: int) -> bool:
    """Note that the code of ``step`` was used; ``False`` if it, or a later one, was used before."""
    query = "UPDATE portal_user SET totp_step = %s WHERE id = %s AND (totp_step IS NULL OR totp_step < %s)"
    return bool(conn.execute(query, [step, user_id, step]).rowcount)


def failed(conn: psycopg.Connection[dict], user_id: int, now: datetime) -> None:
    """Note a wrong password or code; too many lock the account for a while."""
    conn.execute(
        """UPDATE portal_user SET failures = failures + 1,
            locked_until = CASE WHEN failures + 1 >= %s THEN %s ELSE locked_until END WHERE id = %s""",
        [FAILURES, now + LOCKED, user_id],
    )


def succeeded(conn: psycopg.Connection[dict], user_id: int) -> None:
    conn.execute("UPDATE portal_user SET failures = 0, locked_until = NULL WHERE id = %s", [user_id])


def set_status(conn: psycopg.Connection[dict], user_id: int, status: str) -> None:
    """``active`` or ``disabled``; a disabled person's sessions end, and links given to them are void."""
    conn.execute("UPDATE portal_user SET status = %s WHERE id = %s", [status, user_id])
    if status == "disabled":
        conn.execute("UPDATE portal_session SET ended_at = now() WHERE user_id = %s AND ended_at IS NULL", [user_id])
        conn.execute("UPDATE portal_token SET used_at = now() WHERE user_id = %s AND used_at IS NULL", [user_id])


def forget(conn: psycopg.Connection[dict], user_id: int, now: datetime) -> None:
    """Forget password, authenticator, recovery codes, passkeys, access tokens and the identity provider's name of a
    person, who then has to be invited anew. For the loading role."""
    conn.execute(
        """UPDATE portal_user SET status = 'invited', password_hash = '', totp_secret = '', totp_step = NULL,
        oidc_issuer = '', oidc_subject = '', failures = 0, locked_until = NULL WHERE id = %s""",
        [user_id],
    )
    conn.execute("DELETE FROM portal_passkey WHERE user_id = %s", [user_id])
    conn.execute("UPDATE portal_key SET revoked_at = %s WHERE user_id = %s AND revoked_at IS NULL", [now, user_id])
    conn.execute("UPDATE portal_recovery_code SET used_at = %s WHERE user_id = %s AND used_at IS NULL", [now, user_id])


def bind(conn: psycopg.Connection[dict], user_id: int, issuer: str, subject: str) -> bool:
    """Remember by which name an identity provider knows a person, once; ``False`` if another is bound already."""
    query = """UPDATE portal_user SET oidc_issuer = %s, oidc_subject = %s, status = 'active'
        WHERE id = %s AND oidc_subject = '' AND status = 'invited'"""
    return bool(conn.execute(query, [issuer, subject, user_id]).rowcount)


def give_codes(conn: psycopg.Connection[dict], user_id: int, hashes: Sequence[str]) -> None:
    """New recovery codes; those given before are void."""
    conn.execute("UPDATE portal_recovery_code SET used_at = now() WHERE user_id = %s AND used_at IS NULL", [user_id])
    conn.execute(
        "INSERT INTO portal_recovery_code (user_id, hash) SELECT %s, unnest(%s::text[])", [user_id, list(hashes)]
    )


def codes_left(conn: psycopg.Connection[dict], user_id: int) -> int:
    """How many recovery codes a person still has."""
    row = conn.execute(
        "SELECT count(*) AS codes FROM portal_recovery_code WHERE user_id = %s AND used_at IS NULL", [user_id]
    ).fetchone()
    return row["codes"] if row else 0


def use_code(conn: psycopg.Connection[dict], user_id: int, hash: str, now: datetime) -> bool:
    """Use a recovery code up; ``False`` if there is none like it."""
    query = "UPDATE portal_recovery_code SET used_at = %s WHERE user_id = %s AND hash = %s AND used_at IS NULL"
    return bool(conn.execute(query, [now, user_id, hash]).rowcount)


def memberships(conn: psycopg.Connection[dict], user_id: int, today: date) -> list[Membership]:
    """What a person may do today, in the order of account names."""
    return [Membership(**row) for row in conn.execute(_MEMBERSHIPS, {"user": user_id, "today": today}).fetchall()]


_MEMBERSHIPS = "SELECT * FROM portal_memberships(%(user)s, %(today)s)"


@dataclass(frozen=True, slots=True)
class Reached:
    """An account whose entries are seen: one's own (or a sub-account), or that of an importer that gave a mandate."""

    id: int
    kind: str
    own: bool
    sees_money: bool


def reach(conn: psycopg.Connection[dict], account_id: int, today: date) -> list[Reached]:
    """Whose entries an account sees today."""
    return [
        Reached(**row) for row in conn.execute("SELECT * FROM portal_reach(%s, %s)", [account_id, today]).fetchall()
    ]


def join(
    conn: psycopg.Connection[dict], user_id: int, account_id: int, role: str, valid_from: date, sees_money: bool = True
) -> None:
    """Give a person a role for an account from a day on. Raises psycopg.errors.UniqueViolation for a second owner."""
    conn.execute(
        """INSERT INTO portal_membership (user_id, account_id, role, sees_money, valid_from)
        VALUES (%s, %s, %s, %s, %s) ON CONFLICT (user_id, account_id, role, valid_from) DO UPDATE
        SET sees_money = EXCLUDED.sees_money, valid_to = NULL""",
        [user_id, account_id, role, sees_money, valid_from],
    )


def leave(conn: psycopg.Connection[dict], membership_id: int, last_day: date) -> None:
    """End a membership; ``last_day`` is the last on which it holds."""
    conn.execute("UPDATE portal_membership SET valid_to = %s WHERE id = %s", [last_day, membership_id])
