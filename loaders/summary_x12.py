"""What partners sent in X12 and what became of it, in a few rows for people."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

import psycopg
from psycopg.rows import class_row


class Set(NamedTuple):
    """A transaction set that came: ``file`` it came in, ``set_id`` (601, 810), what its desk made of it (blank where
    it came to none): ``final`` (A, R), ``effect``, ``kind``, ``reference``, ``number`` (internal transaction number);
    ``found``: the first condition that rejected it, or that was found at all, as code and words."""

    sender: str
    file: str
    received_at: datetime
    set_id: str
    status: str
    final: str
    effect: str
    kind: str
    reference: str
    number: str
    found: str


class Invoiced(NamedTuple):
    """The accepted invoices of an importer account beside what was declared: invoices and their lines; lines that are
    matched, different and missing in the declaration, and declared lines without an invoice line."""

    number: str
    invoices: int
    lines: int
    matched: int
    different: int
    missing: int
    uninvoiced: int


def sets(conn: psycopg.Connection) -> list[Set]:
    """Every set that stands on file, in the order in which they came."""
    with conn.cursor(row_factory=class_row(Set)) as cursor:
        return cursor.execute(_SETS).fetchall()


_SETS = """
    SELECT a.number AS sender,
        coalesce((SELECT name FROM arrival WHERE interchange_id = i.id ORDER BY id LIMIT 1), '') AS file, i.received_at,
        s.set_id, s.status, t.final, t.effect, s.kind, s.reference, s.number,
        coalesce((SELECT c.code || ' ' || c.narrative FROM condition c WHERE c.transaction_id = t.id
            ORDER BY c.severity <> 'F', c.id LIMIT 1), '') AS found
    FROM x12_set s JOIN transaction t ON t.id = s.transaction_id JOIN account a ON a.id = s.account_id
    JOIN interchange i ON i.id = s.interchange_id ORDER BY i.received_at, i.id, t.id"""


def invoiced(conn: psycopg.Connection) -> list[Invoiced]:
    """Importer accounts with accepted invoices."""
    with conn.cursor(row_factory=class_row(Invoiced)) as cursor:
        return cursor.execute(_INVOICED).fetchall()


_INVOICED = """
    SELECT a.number, count(*) AS invoices, sum(v.lines)::bigint AS lines, sum(v.matched_lines)::bigint AS matched,
        sum(v.different_lines)::bigint AS different, sum(v.missing_lines)::bigint AS missing,
        (SELECT count(*) FROM invoice_match m JOIN entry_summary e ON e.id = m.entry_summary_id
            WHERE m.state = 'uninvoiced' AND e.importer_account_id = a.id) AS uninvoiced
    FROM invoice v JOIN account a ON a.id = v.importer_account_id WHERE v.status = 'accepted'
    GROUP BY a.id ORDER BY a.number"""
