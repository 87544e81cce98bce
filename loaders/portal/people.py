"""What the system's operator does for people of the portal, under the loading role: invite, disable, start over."""

from __future__ import annotations

from datetime import date, datetime

import psycopg

from loaders import accounts
from loaders.portal import audit, links, sessions, users

#: What the log says of who did it: the command line, not a person of the portal.
OPERATOR = "by the operator of the system"


class UnknownPerson(Exception):
    """Nobody in the portal has this e-mail address."""


class NotPossible(Exception):
    """What is asked for contradicts what is there; the message says what."""


def add(
    conn: psycopg.Connection[dict],
    email: str,
    name: str,
    number: str,
    role: str,
    *,
    today: date,
    now: datetime,
    sees_money: bool = True,
) -> str:
    """Give a person a role for the account with this number; the path of an invitation, blank for somebody who has a
    password already.

    Raises
        accounts.UnknownAccount: no account has the number. NotPossible: the account has an owner, or its kind does not
        go with the role.
    """
    if "@" not in email.strip()[1:-1] or len(email) > 254 or any(c.isspace() for c in email.strip()):
        raise NotPossible(f"{email!r} is no e-mail address")
    with conn.transaction():
        row = conn.execute("SELECT id, kind FROM account WHERE number = %s", [number]).fetchone()
        if row is None:
            raise accounts.UnknownAccount(f"no account has the number {number!r}")
        inside = role in ("officer", "operations")
        if inside != (row["kind"] == "office"):
            raise NotPossible(f"{number} is an account of kind {row['kind']}: nobody is its {role}")
        user = users.invite(conn, email, name)
        try:
            with conn.transaction():
                users.join(conn, user, row["id"], role, today, sees_money)
        except psycopg.errors.UniqueViolation:
            raise NotPossible(f"{number} has an owner already; there can be one") from None
        known = users.by_id(conn, user)
        assert known is not None
        path = "" if known.status == "active" else links.invitation(conn, user, now)
        _note(conn, "user added", known, now, account_id=row["id"], more=f"as {role.replace('_', ' ')}")
    return path


def disable(conn: psycopg.Connection[dict], email: str, now: datetime) -> int:
    """Let a person in no more; their sessions end now. Number of sessions ended."""
    with conn.transaction():
        person = _person(conn, email)
        ended = sessions.end_all(conn, person.id, now)
        users.set_status(conn, person.id, "disabled")
        _note(conn, "user disabled", person, now)
    return ended


def reset(conn: psycopg.Connection[dict], email: str, now: datetime) -> str:
    """Start over for a person who lost password or second factor: nothing of either is kept, sessions and tokens end.
    The path of a new invitation."""
    with conn.transaction():
        person = _person(conn, email)
        sessions.end_all(conn, person.id, now)
        users.forget(conn, person.id, now)
        path = links.invitation(conn, person.id, now)
        _note(conn, "sign-in reset", person, now, more="password, second factors and sessions void")
    return path


def _person(conn: psycopg.Connection[dict], email: str) -> users.User:
    person = users.by_email(conn, email)
    if person is None:
        raise UnknownPerson(f"nobody in the portal has the e-mail address {email!r}")
    return person


def _note(
    conn: psycopg.Connection[dict],
    action: str,
    person: users.User,
    now: datetime,
    *,
    account_id: int | None = None,
    more: str = "",
) -> None:
    detail = f"{OPERATOR}: {person.name} {more}".strip()
    audit.append(conn, audit.Entry(now, action, person.id, account_id, detail=detail))
