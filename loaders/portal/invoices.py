"""Invoices for pages: those of an account with how they compare, and one beside what was declared.

What a query does not filter by, row-level security does: whoever does not see an entry summary finds its columns
empty. Amounts are cents of the invoice's currency; ``declared_cents`` and ``difference_cents`` are cents of US dollars,
and NULL where they were not compared. Quantities and prices are integers with ``..._scale`` decimals; those declared
have two.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

from loaders.portal.importer.hub import Conn, Rows

#: More than so many are not counted.
COUNTED = 10_000
#: What an invoice may be said to be (``Invoice.match_state``); cancelled ones have none.
STATES = ("waiting", "matched", "different", "cancelled")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is searched for; what is not given is everything. ``number`` may be a beginning, ``entry`` is filer code and
    entry number without signs, ``state`` one of :data:`STATES`; dates are of the invoice."""

    number: str = ""
    seller: str = ""
    entry: str = ""
    state: str = ""
    since: date | None = None
    until: date | None = None


_FILTERS = {
    "number": "starts_with(i.invoice_number, %(number)s)",
    "seller": "strpos(upper(i.seller_name), upper(%(seller)s)) > 0",
    "entry": """i.version_id IN (SELECT r.version_id FROM invoice_identifier r
        WHERE r.value = %(entry)s AND r.qualifier = '6B'
        UNION SELECT w.version_id FROM invoice_entry k JOIN entry_summary e ON e.id = k.entry_summary_id
        JOIN invoice w ON w.id = k.invoice_id
        WHERE e.filer_code = left(%(entry)s, 3) AND e.entry_number = substr(%(entry)s, 4))""",
    "since": "i.invoice_date >= %(since)s",
    "until": "i.invoice_date <= %(until)s",
}


#: Of whose invoices; without accounts all are meant that row-level security lets through.
Accounts = Sequence[int] | None


def _own(accounts: Accounts) -> str:
    if accounts is None:
        return "true"
    return "(i.importer_account_id = ANY(%(accounts)s) OR i.filer_account_id = ANY(%(accounts)s))"


def _where(accounts: Accounts, wanted: Wanted) -> str:
    asked = [which for name, which in _FILTERS.items() if getattr(wanted, name) not in ("", None)]
    if wanted.state == "cancelled":
        asked.append("i.status = 'cancelled'")
    elif wanted.state:
        asked.append("i.match_state = %(state)s")
    return " AND ".join([_own(accounts), *asked])


def _values(accounts: Accounts, wanted: Wanted, **more: Any) -> dict[str, Any]:
    return {it.name: getattr(wanted, it.name) for it in fields(wanted)} | {"accounts": list(accounts or ())} | more


def page(conn: Conn, accounts: Accounts, wanted: Wanted, before: int | None, limit: int) -> Rows:
    """The next ``limit`` invoices of importers (or sent by brokers) among ``accounts``, the latest first; the next page
    goes on from the last id (``before``)."""
    below = " AND i.id < %(before)s" if before is not None else ""
    query = f"""
        SELECT i.*, coalesce(b.name, '') AS filer_name, a.name AS importer_name
        FROM invoice i LEFT JOIN account b ON b.id = i.filer_account_id
        LEFT JOIN account a ON a.id = i.importer_account_id
        WHERE {_where(accounts, wanted)}{below} ORDER BY i.id DESC LIMIT %(limit)s"""
    return conn.execute(query, _values(accounts, wanted, before=before, limit=limit)).fetchall()


def count(conn: Conn, accounts: Accounts, wanted: Wanted, most: int = COUNTED) -> int:
    """How many there are; ``most`` + 1 when there are more than that."""
    query = f"SELECT count(*) AS n FROM (SELECT FROM invoice i WHERE {_where(accounts, wanted)} LIMIT %(most)s) counted"
    row = conn.execute(query, _values(accounts, wanted, most=most + 1)).fetchone()
    assert row is not None
    return row["n"]


def states(conn: Conn, accounts: Accounts) -> Rows:
    """How many invoices stand how, and how many of their lines: ``match_state invoices different_lines missing_lines
    uninvoiced_lines difference_cents``."""
    query = f"""
        SELECT match_state, count(*) AS invoices, sum(different_lines)::bigint AS different_lines,
            sum(missing_lines)::bigint AS missing_lines, sum(uninvoiced_lines)::bigint AS uninvoiced_lines,
            sum(difference_cents)::bigint AS difference_cents
        FROM invoice i WHERE {_own(accounts)} AND status = 'accepted' GROUP BY 1 ORDER BY 1"""
    return conn.execute(query, {"accounts": list(accounts or ())}).fetchall()


def invoice(conn: Conn, accounts: Accounts, id: int) -> dict[str, Any] | None:
    """The present state and version of an invoice; None: no such, or none of these accounts'."""
    query = f"""
        SELECT v.*, i.*, v.id AS version_id, a.name AS importer_name, coalesce(b.name, '') AS filer_name
        FROM invoice i JOIN invoice_version v ON v.id = i.version_id
        LEFT JOIN account a ON a.id = i.importer_account_id LEFT JOIN account b ON b.id = i.filer_account_id
        WHERE i.id = %(id)s AND {_where(accounts, Wanted())}"""
    return conn.execute(query, _values(accounts, Wanted(), id=id)).fetchone()


#: What was declared in line ``m.declared_line`` of version ``m.entry_version_id``: its first number that is not of
#: chapter 98 or 99, with its first quantity.
_BESIDE = """
    LEFT JOIN entry_summary e ON e.id = m.entry_summary_id
    LEFT JOIN line d ON d.version_id = m.entry_version_id AND d.line = m.declared_line
    LEFT JOIN LATERAL (
        SELECT t.hts_number, t.quantity_1, t.unit_1, t.record FROM tariff t
        WHERE t.version_id = m.entry_version_id AND t.line = m.declared_line
        ORDER BY left(t.hts_number, 2) IN ('98', '99'), t.tariff LIMIT 1
    ) t ON true"""
_DECLARED = """m.entry_summary_id, e.filer_code, e.entry_number, m.entry_version_id, m.declared_line,
    m.declared_cents, t.hts_number AS declared_hts_number, d.origin AS declared_origin,
    t.quantity_1 AS declared_quantity, t.unit_1 AS declared_unit, t.record AS declared_record"""


def lines(conn: Conn, id: int) -> Rows:
    """The lines of an invoice, each beside the declared line it fell to: the columns of ``invoice_line``; ``state
    differences score step``; ``invoiced_cents`` and ``invoiced_lines`` (what all invoice lines in that declared line
    add up to) and ``difference_cents``; what was declared."""
    query = f"""
        SELECT l.*, m.state, m.differences, m.score, m.step, m.invoiced_lines, m.invoiced_cents, m.difference_cents,
            {_DECLARED}
        FROM invoice i JOIN invoice_line l ON l.version_id = i.version_id
        LEFT JOIN invoice_match m ON m.invoice_id = i.id AND m.line = l.line {_BESIDE}
        WHERE i.id = %s ORDER BY l.line"""
    return conn.execute(query, [id]).fetchall()


def uninvoiced(conn: Conn, id: int) -> Rows:
    """The declared lines of the entry summaries of an invoice that no line of any invoice fell to."""
    query = f"""
        SELECT {_DECLARED} FROM invoice_entry k
        JOIN invoice_match m ON m.entry_summary_id = k.entry_summary_id AND m.invoice_id IS NULL {_BESIDE}
        WHERE k.invoice_id = %s ORDER BY e.filer_code, e.entry_number, m.declared_line"""
    return conn.execute(query, [id]).fetchall()


def entries(conn: Conn, id: int) -> Rows:
    """The entry summaries of an invoice and how that is known: ``entry_summary_id filer_code entry_number by
    version_number``."""
    query = """
        SELECT k.entry_summary_id, e.filer_code, e.entry_number, e.version_number, k.by
        FROM invoice_entry k JOIN entry_summary e ON e.id = k.entry_summary_id WHERE k.invoice_id = %s ORDER BY 2, 3"""
    return conn.execute(query, [id]).fetchall()


def of_entry(conn: Conn, entry_summary_id: int) -> Rows:
    """The invoices of an entry summary."""
    query = """
        SELECT i.* FROM invoice_entry k JOIN invoice i ON i.id = k.invoice_id
        WHERE k.entry_summary_id = %s ORDER BY i.id"""
    return conn.execute(query, [entry_summary_id]).fetchall()


def versions(conn: Conn, id: int) -> Rows:
    """Every accepted version of an invoice, the first one first."""
    return conn.execute("SELECT * FROM invoice_version WHERE invoice_id = %s ORDER BY sequence", [id]).fetchall()


def _part(name: str) -> str:
    return f"""SELECT p.* FROM invoice i JOIN {name} p ON p.version_id = i.version_id
        WHERE i.id = %s ORDER BY p.record"""


def parties(conn: Conn, id: int) -> Rows:
    """The parties of an invoice and of its lines (``line`` above 0)."""
    return conn.execute(_part("invoice_party"), [id]).fetchall()


def identifiers(conn: Conn, id: int) -> Rows:
    """Its references."""
    return conn.execute(_part("invoice_identifier"), [id]).fetchall()


def charges(conn: Conn, id: int) -> Rows:
    """Its allowances, charges and taxes."""
    return conn.execute(_part("invoice_charge"), [id]).fetchall()
