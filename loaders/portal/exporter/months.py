"""Months of exporters: what left in them, and the statements issued of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from loaders.portal.importer.hub import Conn, Rows

_OF_MONTH = """exporter_account_id = ANY(%(accounts)s) AND export_date >= %(month)s
    AND export_date < %(month)s::date + interval '1 month'"""


def month(conn: Conn, accounts: Sequence[int], first: date) -> dict[str, Any]:
    """What leaves in a month by date of export: ``filings value_cents lines late cancelled``."""
    query = f"""SELECT count(*) FILTER (WHERE status = 'filed') AS filings,
        coalesce(sum(value_cents) FILTER (WHERE status = 'filed'), 0)::bigint AS value_cents,
        coalesce(sum(lines) FILTER (WHERE status = 'filed'), 0)::bigint AS lines,
        count(*) FILTER (WHERE status = 'filed' AND days_late > 0) AS late,
        count(*) FILTER (WHERE status = 'cancelled') AS cancelled FROM export_filing WHERE {_OF_MONTH}"""
    row = conn.execute(query, {"accounts": list(accounts), "month": first}).fetchone()
    assert row is not None
    return row


def statements(conn: Conn, accounts: Sequence[int], limit: int = 500) -> Rows:
    """Every version of every month, the latest month and version first, with its account's name."""
    query = """SELECT s.*, a.name FROM export_statement s JOIN account a ON a.id = s.account_id
        WHERE s.account_id = ANY(%s) ORDER BY s.month DESC, a.name, s.version DESC LIMIT %s"""
    return conn.execute(query, [list(accounts), limit]).fetchall()


def left(conn: Conn, accounts: Sequence[int], first: date) -> Rows:
    """The months from ``first`` on in which something of each account left: ``account_id name month filings``."""
    query = """SELECT f.exporter_account_id AS account_id, a.name, date_trunc('month', f.export_date)::date AS month,
            count(*) AS filings
        FROM export_filing f JOIN account a ON a.id = f.exporter_account_id
        WHERE f.exporter_account_id = ANY(%s) AND f.export_date >= %s AND f.status = 'filed' GROUP BY 1, 2, 3"""
    return conn.execute(query, [list(accounts), first]).fetchall()


def statement(conn: Conn, accounts: Sequence[int], id: int) -> dict[str, Any] | None:
    """One version with the name and number of its account."""
    query = """SELECT s.*, a.name, a.number FROM export_statement s JOIN account a ON a.id = s.account_id
        WHERE s.id = %s AND s.account_id = ANY(%s)"""
    return conn.execute(query, [id, list(accounts)]).fetchone()


def versions(conn: Conn, account_id: int, first: date) -> Rows:
    """The versions of a month, the latest first."""
    query = """SELECT id, version, state, issued_at, filings, value_cents FROM export_statement
        WHERE account_id = %s AND month = %s ORDER BY version DESC"""
    return conn.execute(query, [account_id, first]).fetchall()


def files(conn: Conn, id: int) -> Rows:
    """Name, sha256 and size of the forms of a version, by name."""
    query = "SELECT name, sha256, bytes FROM export_statement_file WHERE statement_id = %s ORDER BY name"
    return conn.execute(query, [id]).fetchall()


def changed(conn: Conn, old: int, new: int) -> Rows:
    """The filings that two versions of a statement do not have alike: ``id reference itn before after`` (sequences of
    their versions, None: not in it) and their values."""
    return conn.execute(_CHANGED, {"old": old, "new": new}).fetchall()


_CHANGED = """
    WITH made AS (
        SELECT v.export_filing_id, v.sequence, v.value_cents, s.statement_id
        FROM export_statement_filing s JOIN export_filing_version v ON v.id = s.version_id
        WHERE s.statement_id IN (%(old)s, %(new)s)
    )
    SELECT f.id, f.reference, f.itn, o.sequence AS before, n.sequence AS after, o.value_cents AS before_cents,
        n.value_cents AS after_cents
    FROM (SELECT * FROM made WHERE statement_id = %(old)s) o
    FULL JOIN (SELECT * FROM made WHERE statement_id = %(new)s) n USING (export_filing_id)
    JOIN export_filing f ON f.id = export_filing_id
    WHERE o.sequence IS DISTINCT FROM n.sequence ORDER BY f.reference LIMIT 500"""


def goods(conn: Conn, id: int, most: int = 50) -> Rows:
    """What a statement is made of by Schedule B or tariff number and destination, the highest value first."""
    query = """SELECT l.number, v.destination, count(*) AS lines, sum(l.value_cents)::bigint AS value_cents
        FROM export_statement_filing s JOIN export_filing_version v ON v.id = s.version_id
        JOIN export_line l ON l.version_id = v.id WHERE s.statement_id = %s
        GROUP BY 1, 2 ORDER BY 4 DESC, 1, 2 LIMIT %s"""
    return conn.execute(query, [id, most]).fetchall()
