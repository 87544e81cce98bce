"""Entry summaries that a broker filed: search, and one with its versions. Row-level security says what is seen."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import psycopg

from loaders.schema import EntrySummaryVersion

Conn = psycopg.Connection[dict]
#: State of an entry summary as a search asks for it -> the condition.
STATES = {
    "accepted": "e.status = 'accepted'",
    "open": "e.status = 'accepted' AND e.statement_number IS NULL",
    "unpaid": "e.statement_number IS NOT NULL AND e.paid_at IS NULL",
    "paid": "e.paid_at IS NOT NULL",
    "returned": "e.rejected AND e.status = 'accepted'",
    "deleted": "e.status = 'deleted'",
}
_TOTALS = ("duty", "fee", "tax", "ad", "cvd", "other")
_TOTAL = " + ".join(f"coalesce(v.total_{name}_cents, 0)" for name in _TOTALS)
#: Columns of a version that are what was filed, in the order of their records.
FILED = [
    column.name
    for column in list(EntrySummaryVersion.__table__.columns)[
        EntrySummaryVersion.__table__.columns.keys().index("action") :
    ]
]


@dataclass(frozen=True, slots=True)
class Wanted:
    """``number``: an entry number, whole or its beginning, with its filer code or without; ``importer``: a part of the
    importer's name; ``client``: an account's public id; days of acceptance in New York, both inclusive."""

    number: str = ""
    importer: str = ""
    client: str = ""
    reference: str = ""
    state: str = ""
    first: date | None = None
    last: date | None = None


def entries(
    conn: Conn, filers: Sequence[int], wanted: Wanted, before: int | None = None, limit: int = 25
) -> list[dict[str, Any]]:
    """Entry summaries, the latest first; ``before`` is the id to go on from."""
    values = _values(filers, wanted) | {"before": before, "limit": limit}
    return conn.execute(_ENTRIES.format(where=_where(wanted)), values).fetchall()


def count(conn: Conn, filers: Sequence[int], wanted: Wanted) -> int:
    """How many there are."""
    row = conn.execute(f"SELECT count(*) AS n {_FROM} WHERE {_where(wanted)}", _values(filers, wanted)).fetchone()
    assert row is not None
    return row["n"]


def _values(filers: Sequence[int], wanted: Wanted) -> dict[str, Any]:
    number = re.sub(r"[^0-9A-Z]", "", wanted.number.upper())
    filer, digits = (number[:3], number[3:]) if len(number) >= 3 and not number[:3].isdigit() else ("", number)
    return {
        "filers": list(filers),
        "filer": filer,
        "digits": f"{digits}%" if digits else "",
        "importer": f"%{_plain(wanted.importer)}%",
        "client": wanted.client,
        "reference": f"{_plain(wanted.reference.upper())}%",
        "first": wanted.first,
        "last": wanted.last,
    }


def _plain(text: str) -> str:
    return re.sub(r"([%_\\])", r"\\\1", text)


def _where(wanted: Wanted) -> str:
    asked = (
        (wanted.number, "(%(filer)s = '' OR e.filer_code = %(filer)s)"),
        (wanted.number, "(%(digits)s = '' OR e.entry_number LIKE %(digits)s)"),
        (wanted.importer, "a.name ILIKE %(importer)s"),
        (wanted.client, "a.public_id = %(client)s"),
        (wanted.reference, "e.broker_reference LIKE %(reference)s"),
        (wanted.first, "e.accepted_at >= %(first)s::timestamp AT TIME ZONE 'America/New_York'"),
        (wanted.last, "e.accepted_at < (%(last)s::date + 1)::timestamp AT TIME ZONE 'America/New_York'"),
        (wanted.state, STATES.get(wanted.state, "true")),
    )
    return " AND ".join(["e.filer_account_id = ANY(%(filers)s)", *(text for given, text in asked if given)])


_FROM = """
    FROM entry_summary e JOIN entry_summary_version v ON v.id = e.version_id
    LEFT JOIN account a ON a.id = e.importer_account_id"""
_ENTRIES = f"""
    SELECT e.id, e.filer_code, e.entry_number, e.version_number, e.entry_type, e.port_of_entry, e.broker_reference,
        e.status, e.rejected, e.accepted_at, e.statement_number, e.statement_date, e.paid_at, e.importer_account_id,
        coalesce(a.name, e.importer_number) AS importer, {_TOTAL} AS total_cents
    {_FROM} WHERE (%(before)s::bigint IS NULL OR e.id < %(before)s) AND {{where}}
    ORDER BY e.id DESC LIMIT %(limit)s"""


def entry(conn: Conn, id: int) -> dict[str, Any] | None:
    """One entry summary; None if there is none that may be seen."""
    return conn.execute(_ENTRY, [id]).fetchone()


_ENTRY = f"""
    SELECT e.*, coalesce(a.name, e.importer_number) AS importer, {_TOTAL} AS total_cents, s.id AS statement_id,
        s.due_date
    {_FROM} LEFT JOIN statement s ON s.statement_number = e.statement_number WHERE e.id = %s"""


def versions(conn: Conn, id: int) -> list[dict[str, Any]]:
    """All versions of an entry summary, the first first, each with all that was filed in its header, and ``file_id``
    where its file is among one's own."""
    return conn.execute(
        """SELECT v.*, i.id AS file_id FROM entry_summary_version v LEFT JOIN interchange i ON i.id = v.interchange_id
        WHERE v.entry_summary_id = %s ORDER BY v.sequence""",
        [id],
    ).fetchall()


def lines(conn: Conn, version_id: int) -> list[dict[str, Any]]:
    """The tariff numbers of a version with their lines."""
    return conn.execute(_LINES, {"version": version_id}).fetchall()


_LINES = """
    SELECT l.line, l.line_id, l.origin, l.spi, t.tariff, t.hts_number, t.value_cents, t.duty_cents, t.quantity_1,
        t.unit_1
    FROM line l LEFT JOIN tariff t ON t.version_id = l.version_id AND t.line = l.line
    WHERE l.version_id = %(version)s ORDER BY l.line, t.tariff LIMIT 1000"""


def source(conn: Conn, version_id: int) -> dict[str, Any] | None:
    """Where a version was read from: ``sha256``, ``record``, ``last_record`` of its transaction, ``file_name``."""
    return conn.execute("SELECT * FROM portal_source(%s)", [version_id]).fetchone()
