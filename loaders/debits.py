"""Debits on their way to the bank and back: due, sent in a file, returned.

A debit is ``queued``, is marked ``sent`` in the transaction that records the file it stands in, and never stands in a
second file. The file's bytes are in the archive before that, and are given to the bank's program after it
(``placed_at``).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime

import pandas as pd
import psycopg
from psycopg.rows import class_row

from .entries import StaleState
from .payer_units import ON_DAY
from .query import table

#: Files of debits are made and handed over by one at a time: advisory locks are 64-bit numbers shared by all.
LOCK_DEBITS = 7104 << 40
DEBIT = {
    "payment_id": "int64",
    **dict.fromkeys(("statement_number", "filer_code", "importer_number", "payer_unit"), "str"),
    "amount_cents": "int64",
    "settle_on": "datetime64[s]",
    **dict.fromkeys(("routing_number", "account_number", "account_kind", "payer_name"), "str"),
}


@dataclass(frozen=True, slots=True)
class DebitFile:
    """A file of debits that is on record; its bytes are in the archive under ``sha256``."""

    id: int
    name: str
    sha256: str


@contextmanager
def alone(conn: psycopg.Connection) -> Iterator[None]:
    """Wait for whoever else makes files of debits or hands them over, and keep them waiting."""
    conn.execute("SELECT pg_advisory_lock(%s)", [LOCK_DEBITS])
    try:
        yield
    finally:
        conn.execute("SELECT pg_advisory_unlock(%s)", [LOCK_DEBITS])


def due(conn: psycopg.Connection, day: date) -> pd.DataFrame:
    """Debits to be sent to the bank on ``day``: queued for then or before, of an amount (:data:`DEBIT`).

    An authorisation may be withdrawn until the end of its day, so its debit waits for that, unless it would be late
    then. The columns of the bank account are blank where the payer unit is not on file that day for the filer or the
    importer of the statement.
    """
    return table(conn, _DUE, {"day": day}, DEBIT)


_DUE = f"""
    WITH on_day AS MATERIALIZED ({ON_DAY})
    SELECT p.id, s.statement_number, s.filer_code, s.importer_number, p.payer_unit, p.amount_cents, p.settle_on,
        coalesce(u.routing_number, ''), coalesce(u.account_number, ''), coalesce(u.account_kind, ''),
        coalesce(u.payer_name, '')
    FROM payment p JOIN statement s ON s.id = p.statement_id LEFT JOIN LATERAL (
        SELECT * FROM on_day u
        WHERE u.number = p.payer_unit AND u.account_id IN (s.filer_account_id, s.importer_account_id) LIMIT 1
    ) u ON TRUE
    WHERE p.state = 'queued' AND p.method = 'debit' AND p.settle_on <= %(day)s AND p.amount_cents > 0
    AND ((p.authorised_at AT TIME ZONE 'America/New_York')::date < %(day)s OR s.due_date <= %(day)s)
    ORDER BY p.payer_unit, s.statement_number"""


def modifiers(conn: psycopg.Connection, created_on: date) -> set[str]:
    """The modifiers of the files created on a day."""
    rows = conn.execute("SELECT modifier FROM debit_file WHERE created_on = %s", [created_on])
    return {modifier for (modifier,) in rows.fetchall()}


def record(
    conn: psycopg.Connection,
    debits: pd.DataFrame,
    *,
    name: str,
    created_on: date,
    modifier: str,
    sha256: str,
    at: datetime,
) -> None:
    """Put a file on record and mark its ``debits`` (``payment_id amount_cents``) as sent, in one transaction.

    Raises
        StaleState: a debit is not queued any more, or of another amount; nothing is changed.
    """
    ids, cents = debits["payment_id"].tolist(), debits["amount_cents"].tolist()
    with conn.transaction():
        row = conn.execute(_RECORD, [name, created_on, modifier, sha256, len(ids), sum(cents), at]).fetchone()
        assert row is not None
        values = {"ids": ids, "cents": cents, "file": row[0], "name": name, "at": at}
        marked = conn.execute(_SENT, values).rowcount
        if marked != len(ids):
            raise StaleState(f"{len(ids) - marked} of {len(ids)} debits were withdrawn or changed meanwhile")


_RECORD = """
    INSERT INTO debit_file (name, created_on, modifier, sha256, debits, amount_cents, created_at)
    VALUES (%s, %s, %s, %s, %s, %s, %s) RETURNING id"""
_SENT = """
    WITH changed AS (
        UPDATE payment p SET state = 'sent', changed_at = %(at)s, debit_file_id = %(file)s
        FROM unnest(%(ids)s::bigint[], %(cents)s::bigint[]) AS g (id, cents)
        WHERE p.id = g.id AND p.state = 'queued' AND p.amount_cents = g.cents
        RETURNING p.id, p.statement_id, p.amount_cents
    )
    INSERT INTO statement_event (statement_id, at, step, detail)
    SELECT statement_id, %(at)s, 'send', amount_cents || ' cents, ' || %(name)s FROM changed ORDER BY id"""


def unplaced(conn: psycopg.Connection) -> list[DebitFile]:
    """Files on record that the bank's program has not been given, oldest first."""
    query = "SELECT id, name, sha256 FROM debit_file WHERE placed_at IS NULL ORDER BY id"
    with conn.cursor(row_factory=class_row(DebitFile)) as cursor:
        return cursor.execute(query).fetchall()


def placed(conn: psycopg.Connection, file_id: int, at: datetime) -> None:
    """Note that a file was written for the bank's program. Commits."""
    with conn.transaction():
        conn.execute("UPDATE debit_file SET placed_at = %s WHERE id = %s AND placed_at IS NULL", [at, file_id])


def ours(conn: psycopg.Connection, names: Iterable[str]) -> set[str]:
    """Those of ``names`` that are files noted as written."""
    query = "SELECT name FROM debit_file WHERE name = ANY(%s) AND placed_at IS NOT NULL"
    return {name for (name,) in conn.execute(query, [list(names)]).fetchall()}
