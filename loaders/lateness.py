"""Statements that were not paid on their due day, and what that makes of the accounts behind them."""

from __future__ import annotations

from datetime import date, datetime

import pandas as pd
import psycopg

from .query import table
from .statement_tables import COLUMNS, STATEMENT


def late(conn: psycopg.Connection, today: date, at: datetime) -> pd.DataFrame:
    """The statements that are late on the business date ``today``: due before it, something is due, not paid. Each is
    marked once, with an event. A daily statement on a monthly one is late with that. Commits.
    """
    with conn.transaction():
        conn.execute(_LATE, {"today": today, "at": at})
        return table(conn, _ALL_LATE, {"today": today}, STATEMENT)


_LATE = """
    WITH now_late AS (
        UPDATE statement s SET late_at = %(at)s
        WHERE s.due_date < %(today)s AND s.paid_at IS NULL AND s.late_at IS NULL AND s.parent_id IS NULL AND EXISTS (
            SELECT FROM statement d JOIN statement_entry e ON e.statement_id = d.id
            WHERE (d.id = s.id OR d.parent_id = s.id) AND e.removed_at IS NULL AND e.due_cents > 0)
        RETURNING id, due_date
    )
    INSERT INTO statement_event (statement_id, at, step, detail)
    SELECT id, %(at)s, 'late', 'due ' || due_date FROM now_late ORDER BY id"""
_ALL_LATE = f"""
    SELECT {COLUMNS} FROM statement s LEFT JOIN statement u ON u.id = s.parent_id
    WHERE s.late_at IS NOT NULL AND s.paid_at IS NULL AND s.due_date < %(today)s ORDER BY s.statement_number"""
