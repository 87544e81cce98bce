"""Money that came in: recorded from an operator's file, and what is paid by it.

The file is CSV with the columns ``reference*`` (the bank's, counts once), ``statement_number*``, ``amount*`` (dollars
and cents, as 1234.56), ``settled_on*`` (as 2026-01-31) and ``payer_unit``; ``*`` is required.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pandas as pd
import psycopg

from . import operator_file

COLUMNS = ["reference", "statement_number", "amount", "settled_on", "payer_unit"]
REQUIRED = COLUMNS[:4]
_AMOUNT = r"\d{1,13}\.\d{2}"


class SettlementsError(operator_file.OperatorFileError):
    """The file of settlements has faults."""


@dataclass(frozen=True, slots=True)
class Settled:
    """``recorded`` and ``repeated`` (on file before) rows; numbers of the statements ``paid`` by them, and of those
    still ``short``.
    """

    recorded: int
    repeated: int
    paid: list[str]
    short: list[str]


def settle(conn: psycopg.Connection, path: Path | str, at: datetime) -> Settled:
    """Record a file of settlements, all of it or nothing, and mark as paid what it covers. Commits. The same file again
    changes nothing.

    Raises
        SettlementsError: the file has faults; nothing was recorded.
        OSError: it cannot be read.
    """
    path = Path(path)
    data = path.read_bytes()
    rows, faults = _read(data)
    given = ("reference", "statement_number", "amount_cents", "settled_on", "payer_unit", "line_no")
    values = {name: rows[name].tolist() for name in given} | {"source": path.name, "at": at}
    values["sha256"] = hashlib.sha256(data).hexdigest()
    with conn.transaction():
        for line_no, number, other in conn.execute(_DOUBTS, values).fetchall():
            faults.append(
                f"line {line_no}: reference is on file with another statement, amount or date"
                if other
                else f"line {line_no}: statement_number {number!r}, expected one on file"
            )
        if faults:
            raise SettlementsError(path.name, faults)
        recorded = conn.execute(_RECORD, values).rowcount
        named = sorted(set(rows["statement_number"]))
        paid = mark_paid(conn, named, at)
        short = [n for (n,) in conn.execute(_UNPAID, [named]).fetchall()]
    return Settled(recorded, len(rows) - recorded, paid, short)


def _read(data: bytes) -> tuple[pd.DataFrame, list[str]]:
    """The rows of the file as far as they can be read, and its faults."""
    rows, faults = operator_file.rows(data, COLUMNS, REQUIRED)
    if faults:
        raise SettlementsError("settlements", faults)
    day = pd.to_datetime(rows["settled_on"], format="%Y-%m-%d", errors="coerce")
    wrong = {
        "reference": (rows["reference"] == "", "the bank's reference"),
        "amount": (~rows["amount"].str.fullmatch(_AMOUNT), "dollars and cents as 1234.56"),
        "settled_on": (day.isna(), "a date as 2026-01-31"),
    }
    for name, (at, expected) in wrong.items():
        found = rows.loc[at, ["line_no", name]].itertuples(index=False, name=None)
        faults += [f"line {n}: {name} {value!r}, expected {expected}" for n, value in found]
    twice = rows[rows["reference"].duplicated() & rows["reference"].ne("")]
    faults += [
        f"line {n}: reference {value!r} stands in the file twice"
        for n, value in zip(twice["line_no"], twice["reference"], strict=True)
    ]
    fit = ~(wrong["reference"][0] | wrong["amount"][0] | wrong["settled_on"][0])
    rows = rows[fit].assign(
        settled_on=day[fit].dt.date, amount_cents=rows.loc[fit, "amount"].str.replace(".", "").astype("int64")
    )
    return rows, faults


def mark_paid(conn: psycopg.Connection, numbers: Iterable[str], at: datetime) -> list[str]:
    """Mark as paid those of the named statements, and of the monthly ones they are on, for which funds came in to what
    is due on them now; with them their daily statements, entries and payments. Returns the numbers newly paid. Commits.

    What came in for a daily statement counts for the monthly one it is on. Where nothing is due, an authorised payment
    presents the statement, and that pays it; a monthly statement is presented by its daily ones.
    """
    with conn.transaction():
        values = {"numbers": list(numbers), "at": at}
        ids = [id for (id,) in conn.execute(_COVERED, values).fetchall()]
        paid = conn.execute(_PAID, {"ids": ids, "at": at}).fetchall()
        own = {"ids": [id for id, _ in paid], "at": at}
        conn.execute(_PAID_ENTRIES, own)
        conn.execute(_PAID_PAYMENTS, own)
        conn.execute(_PAID_EVENTS, own)
    return sorted(number for _, number in paid)


_DOUBTS = """
    SELECT g.line_no, g.statement_number, k.id IS NOT NULL
    FROM unnest(%(reference)s::text[], %(statement_number)s::text[], %(amount_cents)s::bigint[], %(settled_on)s::date[],
        %(line_no)s::int[]) AS g (reference, statement_number, amount_cents, settled_on, line_no)
    LEFT JOIN statement s USING (statement_number) LEFT JOIN settlement k USING (reference)
    WHERE s.id IS NULL OR (k.statement_id, k.amount_cents, k.settled_on) <> (s.id, g.amount_cents, g.settled_on)
    ORDER BY g.line_no"""
_RECORD = """
    INSERT INTO settlement (reference, statement_id, amount_cents, settled_on, payer_unit, source, sha256, line_no,
        recorded_at)
    SELECT g.reference, s.id, g.amount_cents, g.settled_on, g.payer_unit, %(source)s, %(sha256)s, g.line_no, %(at)s
    FROM unnest(%(reference)s::text[], %(statement_number)s::text[], %(amount_cents)s::bigint[], %(settled_on)s::date[],
        %(payer_unit)s::text[], %(line_no)s::int[])
        AS g (reference, statement_number, amount_cents, settled_on, payer_unit, line_no)
    JOIN statement s USING (statement_number) ORDER BY g.line_no ON CONFLICT (reference) DO NOTHING"""
_UNPAID = """
    SELECT statement_number FROM statement WHERE statement_number = ANY(%s) AND paid_at IS NULL ORDER BY 1"""
_COVERED = """
    WITH meant AS MATERIALIZED (
        SELECT s.* FROM statement s WHERE s.paid_at IS NULL AND (s.statement_number = ANY(%(numbers)s)
            OR s.id IN (SELECT parent_id FROM statement WHERE statement_number = ANY(%(numbers)s)))
        ORDER BY s.id FOR UPDATE
    ), parts AS (
        SELECT m.id, d.id AS part FROM meant m JOIN statement d ON d.id = m.id OR d.parent_id = m.id
    ), due AS (
        SELECT p.id, sum(e.due_cents) AS cents FROM parts p JOIN statement_entry e ON e.statement_id = p.part
        WHERE e.removed_at IS NULL GROUP BY p.id
    ), funds AS (
        SELECT p.id, sum(k.amount_cents) AS cents
        FROM parts p JOIN settlement k ON k.statement_id = p.part GROUP BY p.id
    )
    SELECT m.id FROM meant m LEFT JOIN due USING (id) LEFT JOIN funds USING (id)
    WHERE coalesce(funds.cents, 0) >= coalesce(due.cents, 0) AND (coalesce(due.cents, 0) > 0 OR NOT EXISTS (
        SELECT FROM parts p JOIN statement d ON d.id = p.part
        WHERE p.id = m.id AND d.kind = 'daily' AND d.paid_at IS NULL AND NOT EXISTS (
            SELECT FROM payment y WHERE y.statement_id = d.id AND y.state IN ('queued', 'sent', 'settled'))))"""
_PAID = """
    UPDATE statement SET paid_at = %(at)s WHERE paid_at IS NULL AND (id = ANY(%(ids)s) OR parent_id = ANY(%(ids)s))
    RETURNING id, statement_number"""
_PAID_ENTRIES = """
    UPDATE entry_summary e SET paid_at = %(at)s, statement_status = 'paid' FROM statement_entry p
    WHERE p.statement_id = ANY(%(ids)s) AND p.removed_at IS NULL AND e.id = p.entry_summary_id"""
_PAID_PAYMENTS = """
    UPDATE payment y SET state = 'settled', changed_at = %(at)s,
        settlement_id = (SELECT max(id) FROM settlement k WHERE k.statement_id = y.statement_id)
    WHERE y.statement_id = ANY(%(ids)s) AND y.state IN ('queued', 'sent')"""
_PAID_EVENTS = """
    INSERT INTO statement_event (statement_id, at, step, detail)
    SELECT id, %(at)s, 'pay', coalesce((SELECT sum(amount_cents) || ' cents, ' || string_agg(reference, ' ')
        FROM settlement k WHERE k.statement_id = s.id), '')
    FROM statement s WHERE id = ANY(%(ids)s) ORDER BY id"""
