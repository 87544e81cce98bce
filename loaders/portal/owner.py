"""Users and sub-accounts of an account: who may do what, invited, changed and ended by its owner.

A person who has a login already is asked first: the membership waits, dated :data:`WAITING`, until that person
takes it. A person without one is invited by a link, if no other account has invited them: whoever holds the link of an
unused login could otherwise act for both.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import psycopg

from loaders.portal import users

#: The first day of a membership that its person has not taken yet.
WAITING = date(9999, 12, 31)


class Elsewhere(Exception):
    """Another account invited this person, who has not set a password yet."""


class Member(Exception):
    """This person has a role for the account already."""


def members(conn: psycopg.Connection[dict], account_id: int, today: date, now: datetime) -> list[dict[str, Any]]:
    """Living memberships, and those that wait: ``id user_id email name status role sees_money valid_from waits``, and
    of sessions that act for the account how many live and when the last was seen; the highest role first."""
    return conn.execute(
        """SELECT m.id, m.user_id, u.email, u.name, u.status, m.role, m.sees_money, m.valid_from,
            m.valid_from = %(waiting)s AS waits, s.sessions, s.seen_at
        FROM portal_membership m JOIN portal_user u ON u.id = m.user_id, LATERAL (
            SELECT count(*) FILTER (WHERE ended_at IS NULL AND seen_at > %(idle)s) AS sessions, max(seen_at) AS seen_at
            FROM portal_session s WHERE s.user_id = m.user_id AND (s.membership_id = m.id OR s.membership_id IS NULL)) s
        WHERE m.account_id = %(account)s AND (m.valid_to IS NULL OR m.valid_to >= %(today)s)
        ORDER BY array_position(ARRAY['owner', 'proxy_owner', 'editor', 'reader'], m.role), u.name, m.id""",
        {"account": account_id, "today": today, "waiting": WAITING, "idle": now - timedelta(minutes=15)},
    ).fetchall()


def invite(
    conn: psycopg.Connection[dict], account_id: int, email: str, name: str, role: str, sees_money: bool, today: date
) -> tuple[int, int, bool]:
    """Give a person a role; ids of membership and user, and whether a login exists, so that the membership waits.

    Raises
        Elsewhere, Member: it is not possible.
    """
    conn.execute("SELECT pg_advisory_xact_lock(hashtextextended('members', %s))", [account_id])
    known = users.by_email(conn, email)
    user_id = users.invite(conn, email, name)
    held = conn.execute(
        """SELECT count(*) FILTER (WHERE account_id = %(account)s) AS here,
            count(*) FILTER (WHERE account_id <> %(account)s) AS elsewhere
        FROM portal_membership WHERE user_id = %(user)s AND (valid_to IS NULL OR valid_to >= %(today)s)""",
        {"account": account_id, "user": user_id, "today": today},
    ).fetchone()
    assert held is not None
    if held["here"]:
        raise Member
    waits = known is not None and known.status != "invited"
    if held["elsewhere"] and not waits:
        raise Elsewhere
    return _join(conn, user_id, account_id, role, WAITING if waits else today, sees_money), user_id, waits


def _join(
    conn: psycopg.Connection[dict], user_id: int, account_id: int, role: str, first: date, sees_money: bool
) -> int:
    users.join(conn, user_id, account_id, role, first, sees_money)
    row = conn.execute(
        "SELECT id FROM portal_membership WHERE (user_id, account_id, role, valid_from) = (%s, %s, %s, %s)",
        [user_id, account_id, role, first],
    ).fetchone()
    assert row is not None
    return row["id"]


def offered(conn: psycopg.Connection[dict], membership_id: int, user_id: int) -> dict[str, Any] | None:
    """A membership that waits for this person: ``id account_id role sees_money``."""
    return conn.execute(
        """SELECT id, account_id, role, sees_money FROM portal_membership
        WHERE id = %s AND user_id = %s AND valid_from = %s AND valid_to IS NULL""",
        [membership_id, user_id, WAITING],
    ).fetchone()


def take(conn: psycopg.Connection[dict], offer: dict[str, Any], user_id: int, today: date) -> None:
    """The person takes what was offered: it holds from today."""
    end(conn, offer["id"], today)
    _join(conn, user_id, offer["account_id"], offer["role"], today, offer["sees_money"])


def change(conn: psycopg.Connection[dict], row: dict[str, Any], account_id: int, role: str, sees_money: bool,
           today: date) -> None:  # fmt: skip
    """Another role from today on, or another right to see amounts; the person's sessions go on with it."""
    if row["role"] == role:
        conn.execute("UPDATE portal_membership SET sees_money = %s WHERE id = %s", [sees_money, row["id"]])
        return
    conn.execute("UPDATE portal_membership SET valid_to = %s WHERE id = %s", [today - timedelta(days=1), row["id"]])
    new = _join(conn, row["user_id"], account_id, role, WAITING if row["waits"] else today, sees_money)
    conn.execute(
        "UPDATE portal_session SET membership_id = %s WHERE membership_id = %s AND ended_at IS NULL", [new, row["id"]]
    )


def end(conn: psycopg.Connection[dict], membership_id: int, today: date) -> None:
    """End a membership at once: yesterday was its last day."""
    users.leave(conn, membership_id, today - timedelta(days=1))


def end_sessions(conn: psycopg.Connection[dict], row: dict[str, Any], now: datetime) -> int:
    """End a person's sessions that act for the account of a membership (or have not chosen yet)."""
    return conn.execute(
        """UPDATE portal_session SET ended_at = %s WHERE user_id = %s AND ended_at IS NULL
        AND (membership_id = %s OR membership_id IS NULL)""",
        [now, row["user_id"], row["id"]],
    ).rowcount


def hand_over(
    conn: psycopg.Connection[dict], owner: dict[str, Any], heir: dict[str, Any], account_id: int, today: date
) -> None:
    """The heir is the owner from today; who was it becomes proxy owner. Rows of :func:`members`."""
    conn.execute("SELECT pg_advisory_xact_lock(hashtextextended('members', %s))", [account_id])
    change(conn, owner, account_id, "proxy_owner", owner["sees_money"], today)
    change(conn, heir, account_id, "owner", True, today)


def sub_accounts(conn: psycopg.Connection[dict], account_id: int) -> list[dict[str, Any]]:
    """``name number kind status identifier created_at`` of the accounts right below."""
    return conn.execute(
        """SELECT name, number, kind, status, identifier, created_at FROM account WHERE parent_id = %s
        ORDER BY name, id""",
        [account_id],
    ).fetchall()


def ask_for_sub_account(
    conn: psycopg.Connection[dict], parent: users.Membership, name: str, claimed: str, user_id: int, now: datetime
) -> str:
    """A new sub-account, ``applied``; its number. What number of the trade it claims is written into the parent's
    activity log, for the officer who qualifies it: a number that stood in the account would be given its filings."""
    conn.execute("SELECT pg_advisory_xact_lock(hashtextextended('sub-accounts', %s))", [parent.account_id])
    row = conn.execute("SELECT count(*) AS n FROM account WHERE parent_id = %s", [parent.account_id]).fetchone()
    assert row is not None
    number = f"{parent.number}-{row['n'] + 1}"
    conn.execute(
        "INSERT INTO account (number, kind, name, parent_id, status) VALUES (%s, %s, %s, %s, 'applied')",
        [number, parent.kind, name, parent.account_id],
    )
    words = f"Sub-account {number} asked for: {name}." + (f" It claims the number {claimed}." if claimed else "")
    conn.execute(
        "INSERT INTO activity_note (account_id, at, user_id, words) VALUES (%s, %s, %s, %s)",
        [parent.account_id, now, user_id, words],
    )
    return number
