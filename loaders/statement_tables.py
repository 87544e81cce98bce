"""Statements read back as the tables they were printed from, and the numbers used so far."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import pandas as pd
import psycopg

from .query import snapshot, table

AMOUNTS = (
    *("duty_cents", "tax_cents", "deferred_tax_cents", "ad_cents", "cvd_cents"),
    *("interest_cents", "fee_cents", "total_cents", "entries", "revenue_entries"),
)
STATEMENT = {
    **dict.fromkeys(("statement_number", "kind", "status", "filer_code", "importer_number", "port", "branch"), "str"),
    "payment_type": "str",
    **dict.fromkeys(("print_date", "month", "due_date"), "datetime64[s]"),
    "parent_number": "str",
    **dict.fromkeys(("sequence", *AMOUNTS), "int64"),
    **dict.fromkeys(("printed_at", "final_at", "paid_at", "late_at", "noticed_at"), "datetime64[us, UTC]"),
    "presented_at": "datetime64[s]",
    "remaining_cents": "int64",
    "debit_sent": "bool",
}
ENTRY = {
    "statement_number": "str",
    **dict.fromkeys(("version_id", "entry_summary_id", "due_cents"), "int64"),
    "removed_at": "datetime64[us, UTC]",
    "removed_by": "str",
}
FEE = {"statement_number": "str", "class_code": "str", "amount_cents": "int64"}


def numbers(conn: psycopg.Connection, kind: str, period: date) -> dict[str, int]:
    """First seven characters of a statement number -> last sequence used, for a print date (``daily``) or the first of
    a month (``monthly``).
    """
    query = "SELECT prefix, last FROM statement_sequence WHERE kind = %s AND period = %s ORDER BY prefix"
    return dict(conn.execute(query, [kind, period]).fetchall())


def statements(
    conn: psycopg.Connection,
    *,
    numbers: Iterable[str] | None = None,
    kind: str | None = None,
    day: date | None = None,
    month: date | None = None,
    parents: Iterable[str] | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """``statement``, ``statement_entry`` and ``statement_fee`` of those that fit everything given: numbers, kind, print
    date, statement month (any day of it), numbers of the monthly statements they are on.

    ``statement`` also has the instants ``printed_at final_at paid_at late_at noticed_at``, the day ``presented_at``
    (New York) of the payment that stands authorised, ``remaining_cents``, what is due now, and ``debit_sent``: whether
    its debit is at the bank.
    """
    values = {
        "numbers": None if numbers is None else list(numbers),
        "kind": kind,
        "day": day,
        "month": month.replace(day=1) if month else None,
        "parents": None if parents is None else list(parents),
    }
    with snapshot(conn):
        return (
            table(conn, _STATEMENTS, values, STATEMENT),
            table(conn, _ENTRIES, values, ENTRY),
            table(conn, _FEES, values, FEE),
        )


def headings(conn: psycopg.Connection, numbers: Iterable[str]) -> pd.DataFrame:
    """``statement`` alone, of these numbers."""
    given = dict.fromkeys(("kind", "day", "month", "parents"))
    return table(conn, _STATEMENTS, {"numbers": list(numbers), **given}, STATEMENT)


def standing(conn: psycopg.Connection, keys: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """The same of the statements that the entries ``keys`` (``filer_code entry_number``) stand on, of the monthly ones
    above them, and of all daily ones below these: what deciding on a removal must know.
    """
    with snapshot(conn):
        found = conn.execute(_STANDING, [keys["filer_code"].tolist(), keys["entry_number"].tolist()]).fetchall()
        return statements(conn, numbers=[number for (number,) in found])


_STANDING = """
    WITH daily AS (
        SELECT DISTINCT s.id, s.parent_id FROM unnest(%s::text[], %s::text[]) AS k (filer_code, entry_number)
        JOIN entry_summary e USING (filer_code, entry_number) JOIN statement s USING (statement_number)
    )
    SELECT statement_number FROM statement s WHERE id IN (SELECT id FROM daily UNION SELECT parent_id FROM daily)
    OR parent_id IN (SELECT parent_id FROM daily) ORDER BY 1"""
_MEANT = """
    (%(numbers)s::text[] IS NULL OR s.statement_number = ANY(%(numbers)s))
    AND (%(kind)s::text IS NULL OR s.kind = %(kind)s) AND (%(day)s::date IS NULL OR s.print_date = %(day)s)
    AND (%(month)s::date IS NULL OR s.month = %(month)s) AND (%(parents)s::text[] IS NULL
        OR s.parent_id IN (SELECT id FROM statement WHERE statement_number = ANY(%(parents)s)))"""
_OF_OTHERS = {
    "parent_number": "coalesce(u.statement_number, '')",
    "presented_at": """(SELECT (p.authorised_at AT TIME ZONE 'America/New_York')::date FROM payment p
        WHERE p.statement_id = s.id AND p.state IN ('queued', 'sent', 'settled'))""",
    "remaining_cents": """(SELECT coalesce(sum(e.due_cents), 0)::bigint
        FROM statement d JOIN statement_entry e ON e.statement_id = d.id
        WHERE e.removed_at IS NULL AND (d.id = s.id OR d.parent_id = s.id))""",
    "debit_sent": "EXISTS (SELECT FROM payment p WHERE p.statement_id = s.id AND p.state = 'sent')",
}
#: The columns of :data:`STATEMENT`, of a statement ``s`` and the monthly statement ``u`` it is on.
EXPRESSIONS = {name: _OF_OTHERS.get(name, f"s.{name}") for name in STATEMENT}
_STATEMENTS = f"""
    SELECT {", ".join(EXPRESSIONS.values())} FROM statement s LEFT JOIN statement u ON u.id = s.parent_id
    WHERE {_MEANT} ORDER BY s.statement_number"""
_ENTRIES = f"""
    SELECT s.statement_number, e.version_id, e.entry_summary_id, e.due_cents, e.removed_at, e.removed_by
    FROM statement s JOIN statement_entry e ON e.statement_id = s.id
    WHERE {_MEANT} ORDER BY s.statement_number, e.version_id"""
_FEES = f"""
    SELECT s.statement_number, f.class_code, f.amount_cents
    FROM statement s JOIN statement_fee f ON f.statement_id = s.id
    WHERE {_MEANT} ORDER BY s.statement_number, f.class_code"""
