"""Debits that the bank sent back, from an operator's file.

The file is CSV with the columns ``statement_number*``, ``reason*`` (the bank's code and words) and ``reference`` (the
bank's, counts once where it is given); ``*`` is required.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pandas as pd
import psycopg

from . import operator_file

COLUMNS = ["statement_number", "reason", "reference"]
REQUIRED = COLUMNS[:2]
RETURN = ["statement_number", "reason", "payer_unit", "amount_cents", "ordinal"]


class ReturnsError(operator_file.OperatorFileError):
    """The file of returns has faults."""


@dataclass(frozen=True, slots=True)
class Returned:
    """``debits`` that came back now: :data:`RETURN`, where ``ordinal`` counts the returns of a statement; and how many
    rows told of returns that were on file before.
    """

    debits: pd.DataFrame
    repeated: int


def record(conn: psycopg.Connection, path: Path | str, at: datetime) -> Returned:
    """Record a file of returns, all of it or nothing: the statements can be paid anew. The same file again changes
    nothing. Part of the caller's transaction, if it is in one.

    Raises
        ReturnsError: the file has faults; nothing was recorded.
        OSError: it cannot be read.
    """
    path = Path(path)
    data = path.read_bytes()
    rows, faults = operator_file.rows(data, COLUMNS, REQUIRED)
    blank = rows[rows["reason"] == ""]
    faults += [f"line {n}: reason '', expected the bank's" for n in blank["line_no"]]
    twice = rows[rows["statement_number"].duplicated()]
    faults += [
        f"line {n}: statement_number {value!r} stands in the file twice"
        for n, value in zip(twice["line_no"], twice["statement_number"], strict=True)
    ]
    given = {name: rows[name].tolist() for name in (*COLUMNS, "line_no")}
    values = given | {"at": at, "sha256": hashlib.sha256(data).hexdigest()}
    with conn.transaction():
        for line_no, number, state in conn.execute(_DOUBTS, values).fetchall():
            faults.append(
                f"line {line_no}: statement_number {number!r}, expected one with a debit at the bank"
                + (f": its payment is {state}" if state else "")
            )
        if faults:
            raise ReturnsError(path.name, faults)
        found = conn.execute(_RETURN, values).fetchall()
    return Returned(pd.DataFrame(found, columns=RETURN), len(rows) - len(found))


_GIVEN = """
    WITH given AS (
        SELECT g.*, s.id AS statement_id FROM unnest(%(statement_number)s::text[], %(reason)s::text[],
            %(reference)s::text[], %(line_no)s::int[]) AS g (statement_number, reason, reference, line_no)
        LEFT JOIN statement s USING (statement_number)
    ), told AS (
        SELECT g.* FROM given g WHERE NOT EXISTS (
            SELECT FROM payment y WHERE y.statement_id = g.statement_id AND y.state = 'returned'
            AND (y.return_sha256 = %(sha256)s OR (g.reference <> '' AND y.return_reference = g.reference)))
    )"""
_DOUBTS = f"""{_GIVEN}
    SELECT line_no, statement_number, (
        SELECT state FROM payment y WHERE y.statement_id = t.statement_id ORDER BY id DESC LIMIT 1)
    FROM told t WHERE NOT EXISTS (
        SELECT FROM payment y WHERE y.statement_id = t.statement_id AND y.state = 'sent')
    ORDER BY line_no"""
_RETURN = f"""{_GIVEN}, changed AS (
        UPDATE payment p SET state = 'returned', reason = t.reason, changed_at = %(at)s,
            return_reference = t.reference, return_sha256 = %(sha256)s
        FROM told t WHERE p.statement_id = t.statement_id AND p.state = 'sent'
        RETURNING p.id, p.statement_id, t.statement_number, t.reason, p.payer_unit, p.amount_cents
    ), event AS (
        INSERT INTO statement_event (statement_id, at, step, detail)
        SELECT statement_id, %(at)s, 'return', amount_cents || ' cents, ' || reason FROM changed ORDER BY id
    )
    SELECT statement_number, reason, payer_unit, amount_cents, 1 + (
        SELECT count(*) FROM payment y WHERE y.statement_id = c.statement_id AND y.state = 'returned')
    FROM changed c ORDER BY statement_number"""
