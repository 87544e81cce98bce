"""Monthly filings: months, versions, forms, and why a month has none."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from loaders.portal.importer.hub import Conn, Rows


def filings(conn: Conn, accounts: Sequence[int]) -> Rows:
    """Every version of every month, the latest month and version first, with its totals and its account's name."""
    return conn.execute(_FILINGS, {"accounts": list(accounts)}).fetchall()


_FILINGS = """
    SELECT f.*, a.name FROM filing f JOIN account a ON a.id = f.account_id
    WHERE f.account_id = ANY(%(accounts)s) ORDER BY f.month DESC, a.name, f.version DESC"""


def entered(conn: Conn, accounts: Sequence[int], first: date) -> Rows:
    """The months from ``first`` on in which each account entered something, with how many entry summaries."""
    return conn.execute(_ENTERED, {"accounts": list(accounts), "first": first}).fetchall()


_ENTERED = """
    SELECT m.account_id, m.month, sum(m.entries)::bigint AS entries, a.name
    FROM account_month m JOIN account a ON a.id = m.account_id
    WHERE m.account_id = ANY(%(accounts)s) AND m.month >= %(first)s GROUP BY 1, 2, 4 ORDER BY 2 DESC, 4"""


def filing(conn: Conn, accounts: Sequence[int], id: int) -> dict[str, Any] | None:
    """One version, with the version before it and the number of its account."""
    return conn.execute(
        """SELECT f.*, a.name, a.number FROM filing f JOIN account a ON a.id = f.account_id
        WHERE f.id = %s AND f.account_id = ANY(%s)""",
        [id, list(accounts)],
    ).fetchone()


def versions(conn: Conn, account_id: int, month: date) -> Rows:
    """The versions of a month, the latest first."""
    query = """SELECT id, version, state, filed_at, entries, total_cents FROM filing
        WHERE account_id = %s AND month = %s ORDER BY version DESC"""
    return conn.execute(query, [account_id, month]).fetchall()


def files(conn: Conn, id: int) -> Rows:
    """Name, sha256 and size of the forms of a version, by name."""
    query = "SELECT name, sha256, bytes FROM filing_file WHERE filing_id = %s ORDER BY name"
    return conn.execute(query, [id]).fetchall()


def changed(conn: Conn, old: int, new: int) -> Rows:
    """The entry summaries that two versions of a filing do not have alike: added, taken out, or another version."""
    return conn.execute(_CHANGED, {"old": old, "new": new}).fetchall()


_DUE = """coalesce(v.total_duty_cents, 0) + coalesce(v.total_fee_cents, 0) + coalesce(v.total_tax_cents, 0)
    + coalesce(v.total_ad_cents, 0) + coalesce(v.total_cvd_cents, 0) + coalesce(v.total_other_cents, 0)"""
_CHANGED = f"""
    WITH versions AS (
        SELECT v.entry_summary_id, v.filer_code, v.entry_number, v.version_number, {_DUE} AS cents, f.filing_id
        FROM filing_entry f JOIN entry_summary_version v ON v.id = f.version_id
        WHERE f.filing_id IN (%(old)s, %(new)s) AND NOT EXISTS (
            SELECT FROM filing_entry o WHERE o.version_id = f.version_id
            AND o.filing_id = %(old)s + %(new)s - f.filing_id)
    )
    SELECT entry_summary_id AS id, coalesce(n.filer_code, o.filer_code) AS filer_code,
        coalesce(n.entry_number, o.entry_number) AS entry_number, o.version_number AS version_before,
        n.version_number AS version_after, o.cents AS before_cents, n.cents AS after_cents
    FROM (SELECT * FROM versions WHERE filing_id = %(old)s) o
    FULL JOIN (SELECT * FROM versions WHERE filing_id = %(new)s) n USING (entry_summary_id)
    ORDER BY 2, 3 LIMIT 500"""


def goods(conn: Conn, id: int) -> Rows:
    """The largest rows of the filing by what they owe, and the totals of its classes."""
    query = """SELECT section, hts_number, origin, spi, port, filer_code, class_code, entries, lines, value_cents,
        duty_cents, amount_cents FROM filing_line WHERE filing_id = %s
        ORDER BY section, coalesce(duty_cents, amount_cents) DESC NULLS LAST, ordinal LIMIT 400"""
    return conn.execute(query, [id]).fetchall()
