"""What officers decide and write of accounts: decisions (never changed), the activity log, the action plan, who looks
after which account."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from datetime import date, datetime

import psycopg

OF_ENTRIES = ("release", "documents", "examine", "reject", "no_action")


@dataclass(frozen=True, slots=True)
class Decision:
    """``result`` is one of :data:`OF_ENTRIES`, or qualify, activate, suspend. ``reasons_shown``, ``queue_item_id`` and
    ``chosen_by`` say what the queue said then; ``finding``: clean or discrepancy, once it is known."""

    at: datetime
    user_id: int
    account_id: int
    entry_summary_id: int | None
    result: str
    reason: str
    reasons_shown: str = ""
    queue_item_id: int | None = None
    chosen_by: str = ""
    finding: str = ""


def record(conn: psycopg.Connection[dict], it: Decision) -> None:
    """Record a decision; it stays as it is."""
    conn.execute(
        """INSERT INTO decision (at, user_id, account_id, entry_summary_id, result, reason, reasons_shown,
            queue_item_id, chosen_by, finding) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)""",
        astuple(it),
    )


def of_accounts(conn: psycopg.Connection[dict], ids: Sequence[int], limit: int = 50) -> list[dict]:
    """Decisions of accounts and their entry summaries, the latest first."""
    return _decided(conn, "d.account_id = ANY(%(of)s)", list(ids), limit)


def of_entry(conn: psycopg.Connection[dict], entry_summary_id: int) -> list[dict]:
    return _decided(conn, "d.entry_summary_id = %(of)s", entry_summary_id, 100)


def _decided(conn: psycopg.Connection[dict], which: str, of: object, limit: int) -> list[dict]:
    return conn.execute(
        f"""SELECT d.*, u.name AS officer, e.filer_code, e.entry_number FROM decision d
        JOIN portal_user u ON u.id = d.user_id LEFT JOIN entry_summary e ON e.id = d.entry_summary_id
        WHERE {which} ORDER BY d.at DESC, d.id DESC LIMIT %(limit)s""",
        {"of": of, "limit": limit},
    ).fetchall()


def set_status(conn: psycopg.Connection[dict], account_id: int, status: str) -> None:
    """An account's status. A suspended filer transmits nothing more, and its keys open no drop
    (``loaders.accounts.access``)."""
    conn.execute("UPDATE account SET status = %s WHERE id = %s", [status, account_id])


def notes(conn: psycopg.Connection[dict], account_id: int, limit: int = 50) -> list[dict]:
    """The activity log of an account, the latest first."""
    return conn.execute(
        """SELECT n.at, n.words, n.internal, u.name AS person FROM activity_note n
        JOIN portal_user u ON u.id = n.user_id WHERE n.account_id = %s ORDER BY n.at DESC, n.id DESC LIMIT %s""",
        [account_id, limit],
    ).fetchall()


def write_note(conn: psycopg.Connection[dict], account_id: int, user_id: int, words: str, internal: bool,
               at: datetime) -> None:  # fmt: skip
    conn.execute(
        "INSERT INTO activity_note (account_id, at, user_id, words, internal) VALUES (%s, %s, %s, %s, %s)",
        [account_id, at, user_id, words, internal],
    )


def plan(conn: psycopg.Connection[dict], account_id: int) -> list[dict]:
    """The action plan of an account, open steps first, those due soonest in front."""
    return conn.execute(
        """SELECT p.id, p.step, p.responsible, p.due_on, p.state, p.created_at, p.closed_at, u.name AS person
        FROM action_plan p JOIN portal_user u ON u.id = p.created_by WHERE p.account_id = %s
        ORDER BY p.state <> 'open', p.due_on NULLS LAST, p.id""",
        [account_id],
    ).fetchall()


def add_step(conn: psycopg.Connection[dict], account_id: int, user_id: int, step: str, responsible: str,
             due_on: date | None, at: datetime) -> None:  # fmt: skip
    conn.execute(
        """INSERT INTO action_plan (account_id, step, responsible, due_on, created_by, created_at)
        VALUES (%s, %s, %s, %s, %s, %s)""",
        [account_id, step, responsible, due_on, user_id, at],
    )


def close_step(conn: psycopg.Connection[dict], account_id: int, step_id: int, state: str, at: datetime) -> bool:
    """Mark an open step of an account ``done`` or ``dropped``; ``False`` if there is none such."""
    done = conn.execute(
        "UPDATE action_plan SET state = %s, closed_at = %s WHERE id = %s AND account_id = %s AND state = 'open'",
        [state, at, step_id, account_id],
    )
    return bool(done.rowcount)


def look_after(conn: psycopg.Connection[dict], user_id: int, account_id: int, yes: bool) -> None:
    """Put an account into an officer's portfolio, or take it out."""
    if yes:
        conn.execute(
            "INSERT INTO portfolio (user_id, account_id) VALUES (%s, %s) ON CONFLICT DO NOTHING", [user_id, account_id]
        )
    else:
        conn.execute("DELETE FROM portfolio WHERE (user_id, account_id) = (%s, %s)", [user_id, account_id])
