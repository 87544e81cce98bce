"""Statements that were not paid on their due day, and the notice of it. Each is marked once."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

import pandas as pd
import psycopg

from .query import table
from .statement_tables import EXPRESSIONS, STATEMENT

#: ``owed_cents`` is what neither came in nor is at the bank; ``account_id`` the importer's of an importer statement,
#: else the filer's.
LATE = STATEMENT | {"owed_cents": "int64", "account_id": "Int64"}


def late(conn: psycopg.Connection, today: date, at: datetime) -> pd.DataFrame:
    """The statements that are late on the business date ``today``: due before it, something is due, not paid
    (:data:`LATE`). Each is marked once, with an event. A daily statement on a monthly one is late with that.

    A debit that went to the bank was authorised in time: what it covers is not late unless it comes back. Commits.
    """
    with conn.transaction():
        conn.execute(_MARK, {"today": today, "at": at})
        return table(conn, _ALL_LATE, {"today": today}, LATE)


_MARK = """
    WITH now_late AS (
        UPDATE statement s SET late_at = %(at)s
        WHERE s.due_date < %(today)s AND s.paid_at IS NULL AND s.late_at IS NULL AND s.parent_id IS NULL AND EXISTS (
            SELECT FROM statement d JOIN statement_entry e ON e.statement_id = d.id
            WHERE (d.id = s.id OR d.parent_id = s.id) AND e.removed_at IS NULL AND e.due_cents > 0
            AND NOT EXISTS (SELECT FROM payment p WHERE p.statement_id IN (d.id, s.id) AND p.state = 'sent'))
        RETURNING id, due_date
    )
    INSERT INTO statement_event (statement_id, at, step, detail)
    SELECT id, %(at)s, 'late', 'due ' || due_date FROM now_late ORDER BY id"""
_NAMED = ", ".join(f"{expression} AS {name}" for name, expression in EXPRESSIONS.items())
_PARTS = "SELECT id FROM statement d WHERE d.id = s.id OR d.parent_id = s.id"
_ALL_LATE = f"""
    SELECT {", ".join(STATEMENT)}, greatest(0, remaining_cents - came_in - at_bank)::bigint, account_id FROM (
        SELECT {_NAMED}, coalesce(s.importer_account_id, s.filer_account_id) AS account_id,
            (SELECT coalesce(sum(amount_cents), 0) FROM settlement WHERE statement_id IN ({_PARTS})) AS came_in,
            (SELECT coalesce(sum(amount_cents), 0) FROM payment
                WHERE state = 'sent' AND statement_id IN ({_PARTS})) AS at_bank
        FROM statement s LEFT JOIN statement u ON u.id = s.parent_id
        WHERE s.late_at IS NOT NULL AND s.paid_at IS NULL AND s.due_date < %(today)s
    ) late ORDER BY statement_number"""


def notice(conn: psycopg.Connection, numbers: Iterable[str], at: datetime) -> list[str]:
    """Note that notice of these statements goes out; the numbers of those of which none went before. Part of the
    caller's transaction, if it is in one.
    """
    with conn.transaction():
        return [n for (n,) in conn.execute(_NOTICE, {"numbers": list(numbers), "at": at}).fetchall()]


_NOTICE = """
    WITH noticed AS (
        UPDATE statement SET noticed_at = %(at)s WHERE statement_number = ANY(%(numbers)s) AND noticed_at IS NULL
        RETURNING id, statement_number
    ), told AS (
        INSERT INTO statement_event (statement_id, at, step) SELECT id, %(at)s, 'notice' FROM noticed ORDER BY id
    )
    SELECT statement_number FROM noticed ORDER BY 1"""
