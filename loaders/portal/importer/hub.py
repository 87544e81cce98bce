"""What an account owes, when and why; what comes next; how it stands; what its bond must cover."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import psycopg

Rows = list[dict[str, Any]]
Conn = psycopg.Connection[dict]

#: Present versions are looked for whose print date is at most so many days ago: what is older and on no statement was
#: moved, or is paid another way.
LOOKED_BACK = 75


def owed(conn: Conn, accounts: Sequence[int]) -> Rows:
    """What is printed and not paid: one row a monthly statement, or a daily one that is on none, the account's own part
    of it. ``kind`` is ``monthly`` or ``daily``; ``due_date`` of a periodic daily statement may be missing.
    """
    return conn.execute(_OWED, {"accounts": list(accounts)}).fetchall()


_OWED = """
    SELECT coalesce(parent_id, id) AS id, CASE WHEN parent_id IS NULL THEN 'daily' ELSE 'monthly' END AS kind,
        coalesce(parent_number, statement_number) AS statement_number, filer_name, filer_code, whole,
        coalesce(parent_port, port) AS port, payment_type, month, coalesce(parent_status, status) AS status,
        coalesce(parent_due_date, due_date) AS due_date, coalesce(parent_print_date, print_date) AS print_date,
        coalesce(parent_late_at, late_at) AS late_at, coalesce(parent_noticed_at, noticed_at) AS noticed_at,
        min(settle_on) AS settle_on, count(*) AS dailies, sum(entries)::bigint AS entries,
        sum(due_cents)::bigint AS due_cents
    FROM importer_statement
    WHERE account_id = ANY(%(accounts)s) AND paid_at IS NULL AND entries > 0
    GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14 HAVING sum(due_cents) <> 0
    ORDER BY coalesce(parent_due_date, due_date) NULLS LAST, month NULLS FIRST, 3"""


def upcoming(conn: Conn, accounts: Sequence[int], today: date) -> Rows:
    """What is payable and on no statement yet, by print date, broker and payment type."""
    return conn.execute(_UPCOMING, {"accounts": list(accounts), "today": today, "days": LOOKED_BACK}).fetchall()


#: Versions with their statement data as last moved. Also what a list of them reads.
UNPRINTED = """
    SELECT e.id, v.filer_code, v.entry_number, v.block_port, v.port_of_entry, v.entry_date,
        CASE WHEN m.id IS NULL THEN v.payment_type ELSE m.payment_type END AS payment_type,
        CASE WHEN m.id IS NULL THEN v.statement_date ELSE m.print_date END AS print_date,
        coalesce(v.total_duty_cents, 0) + coalesce(v.total_fee_cents, 0) + coalesce(v.total_ad_cents, 0)
            + coalesce(v.total_cvd_cents, 0) + coalesce(v.total_other_cents, 0)
            + CASE WHEN v.deferred_tax = '' THEN coalesce(v.total_tax_cents, 0) ELSE 0 END AS due_cents
    FROM entry_summary_version v JOIN entry_summary e ON e.version_id = v.id AND e.id = v.entry_summary_id
    LEFT JOIN LATERAL (
        SELECT * FROM statement_move WHERE version_id = v.id ORDER BY id DESC LIMIT 1
    ) m ON true
    WHERE e.importer_account_id = ANY(%(accounts)s) AND e.status = 'accepted' AND e.statement_number IS NULL
    AND e.paid_at IS NULL AND v.statement_date >= %(today)s::date - %(days)s::int"""
_UPCOMING = f"""
    SELECT u.print_date, u.payment_type, u.filer_code, coalesce(b.name, u.filer_code) AS filer_name,
        count(*) AS entries, sum(u.due_cents)::bigint AS due_cents
    FROM ({UNPRINTED}) u LEFT JOIN broker_name b USING (filer_code)
    WHERE u.print_date IS NOT NULL GROUP BY 1, 2, 3, 4 ORDER BY 1, 4, 2"""


def unprinted(conn: Conn, accounts: Sequence[int], today: date, print_date: date, limit: int) -> Rows:
    """The entry summaries that the statements of a print date would have now."""
    values = {"accounts": list(accounts), "today": today, "days": LOOKED_BACK, "day": print_date, "limit": limit}
    return conn.execute(_UNPRINTED, values).fetchall()


_UNPRINTED = f"""
    SELECT * FROM ({UNPRINTED}) u WHERE u.print_date = %(day)s ORDER BY u.filer_code, u.entry_number LIMIT %(limit)s"""


def standing(conn: Conn, accounts: Sequence[int], today: date) -> Rows:
    """How each account stands today and since when, with its name; those without a row never were late."""
    return conn.execute(_STANDING, {"accounts": list(accounts), "today": today}).fetchall()


_STANDING = """
    SELECT a.id, a.name, coalesce(t.standing, 'good') AS standing, coalesce(t.statement_number, '') AS statement_number,
        t.valid_from AS since, a.status
    FROM account a LEFT JOIN account_standing t ON t.account_id = a.id
        AND t.valid_from <= %(today)s AND (t.valid_to IS NULL OR t.valid_to >= %(today)s)
    WHERE a.id = ANY(%(accounts)s) ORDER BY a.name, a.id"""


def charged(conn: Conn, accounts: Sequence[int], first: date) -> dict[str, Any]:
    """Duties, taxes and fees of the months from ``first`` on, and when they were last added up (None: never)."""
    row = conn.execute(_CHARGED, {"accounts": list(accounts), "first": first}).fetchone()
    assert row is not None
    return row


_CHARGED = """
    SELECT coalesce(sum(duty_cents + fee_cents + tax_cents), 0)::bigint AS cents, max(made_at) AS made_at
    FROM account_month WHERE account_id = ANY(%(accounts)s) AND month >= %(first)s"""


def bonds(conn: Conn, accounts: Sequence[int]) -> Rows:
    """The bonds that the latest entry summaries name: type, surety, and the amount where one is stated."""
    return conn.execute(_BONDS, {"accounts": list(accounts)}).fetchall()


_BONDS = """
    SELECT DISTINCT b.bond_type, b.surety, b.amount_cents FROM (
        SELECT version_id FROM entry_summary WHERE importer_account_id = ANY(%(accounts)s) AND status = 'accepted'
        ORDER BY importer_account_id DESC, id DESC LIMIT 3
    ) e CROSS JOIN LATERAL (SELECT * FROM bond WHERE version_id = e.version_id) b
    ORDER BY b.bond_type, b.amount_cents DESC NULLS LAST"""


def filings(conn: Conn, accounts: Sequence[int], limit: int) -> Rows:
    """The latest monthly filings that count."""
    return conn.execute(_FILINGS, {"accounts": list(accounts), "limit": limit}).fetchall()


_FILINGS = """
    SELECT f.id, f.month, f.version, f.filed_at, f.entries, f.total_cents, a.name
    FROM filing f JOIN account a ON a.id = f.account_id
    WHERE f.account_id = ANY(%(accounts)s) AND f.state = 'filed' ORDER BY f.month DESC, a.name LIMIT %(limit)s"""
