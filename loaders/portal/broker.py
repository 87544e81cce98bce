"""What a broker sees of its own files: where each stands, what became of its filings, how long answers take.

Whose files these are is row-level security's to say; ``accounts`` narrows them to the account the person acts for.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import pandas as pd
import psycopg

Conn = psycopg.Connection[dict]
#: Stage as shown -> state of an interchange.
STAGES = {"received": "received", "working": "claimed", "answered": "answered", "aside": "quarantined"}


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which files: ``stage`` of :data:`STAGES`, ``name`` a part of the file name, days in New York, both inclusive."""

    stage: str = ""
    name: str = ""
    first: date | None = None
    last: date | None = None
    rejections: bool = False
    dry_runs: bool = False


def files(
    conn: Conn, accounts: Sequence[int], wanted: Wanted, before: int | None = None, limit: int = 25
) -> list[dict[str, Any]]:
    """Files, the latest first, with ``accepted``, ``rejected`` (filings) and ``refused`` (batches rejected whole).
    ``before`` is the id to go on from."""
    found = conn.execute(_FILES, _values(accounts, wanted) | {"before": before, "limit": limit}).fetchall()
    counts = _counts(conn, [it["id"] for it in found])
    return [it | counts.get(it["id"], _NOTHING) for it in found]


def count(conn: Conn, accounts: Sequence[int], wanted: Wanted) -> int:
    """How many files there are."""
    row = conn.execute(_COUNT, _values(accounts, wanted)).fetchone()
    assert row is not None
    return row["files"]


def _values(accounts: Sequence[int], wanted: Wanted) -> dict[str, Any]:
    pattern = re.sub(r"([%_\\])", r"\\\1", wanted.name)
    return {
        "accounts": list(accounts),
        "state": STAGES.get(wanted.stage, ""),
        "name": f"%{pattern}%" if pattern else "",
        "first": wanted.first,
        "last": wanted.last,
        "rejections": wanted.rejections,
        "mode": "check" if wanted.dry_runs else "file",
    }


# A rejection always has a condition of severity F, and conditions are found by their file.
_WHERE = """
    i.account_id = ANY(%(accounts)s) AND i.mode = %(mode)s AND (%(state)s = '' OR i.state = %(state)s)
    AND (%(first)s::date IS NULL OR i.received_at >= %(first)s::timestamp AT TIME ZONE 'America/New_York')
    AND (%(last)s::date IS NULL
        OR i.received_at < (%(last)s::date + 1)::timestamp AT TIME ZONE 'America/New_York')
    AND (%(name)s = '' OR EXISTS (
        SELECT FROM arrival WHERE interchange_id = i.id AND name ILIKE %(name)s))
    AND (NOT %(rejections)s OR EXISTS (
        SELECT FROM condition WHERE interchange_id = i.id AND severity = 'F'))"""
_COUNT = f"SELECT count(*) AS files FROM interchange i WHERE {_WHERE}"
_FILES = f"""
    SELECT i.id, i.mode, i.state, i.reason, i.format, i.bytes, i.received_at, i.answered_at, first.name, first.arrivals,
        d.waiting, a.name AS sender
    FROM interchange i JOIN account a ON a.id = i.account_id
    LEFT JOIN LATERAL (
        SELECT (array_agg(name ORDER BY id))[1] AS name, count(*) AS arrivals FROM arrival WHERE interchange_id = i.id
    ) first ON true
    LEFT JOIN LATERAL (
        SELECT count(*) FILTER (WHERE d.state = 'pending') AS waiting
        FROM acknowledgment k JOIN delivery d ON d.acknowledgment_id = k.id
        WHERE k.interchange_id = i.id AND k.account_id = i.account_id
    ) d ON true
    WHERE (%(before)s::bigint IS NULL OR i.id < %(before)s) AND {_WHERE}
    ORDER BY i.id DESC LIMIT %(limit)s"""

_NOTHING = {"accepted": 0, "rejected": 0, "refused": 0}


def _counts(conn: Conn, ids: list[int]) -> dict[int, dict[str, int]]:
    if not ids:
        return {}
    rows = conn.execute(_COUNTS, {"ids": ids}).fetchall()
    return {row["interchange_id"]: {name: row[name] for name in _NOTHING} for row in rows}


_COUNTS = """
    SELECT interchange_id, sum(accepted)::bigint AS accepted, sum(rejected)::bigint AS rejected,
        sum(refused)::bigint AS refused
    FROM (
        SELECT interchange_id, count(*) FILTER (WHERE final = 'A') AS accepted,
            count(*) FILTER (WHERE final <> 'A') AS rejected, 0 AS refused
        FROM transaction WHERE interchange_id = ANY(%(ids)s) GROUP BY 1
        UNION ALL
        SELECT interchange_id, 0, 0, count(*) FILTER (WHERE rejected)
        FROM batch WHERE interchange_id = ANY(%(ids)s) GROUP BY 1
    ) parts GROUP BY 1"""


def stages(conn: Conn, accounts: Sequence[int]) -> dict[str, int]:
    """How many files stand at each stage now (:data:`STAGES`); dry runs do not count."""
    rows = conn.execute(
        "SELECT state, count(*) AS files FROM interchange WHERE account_id = ANY(%s) AND mode = 'file' GROUP BY 1",
        [list(accounts)],
    ).fetchall()
    found = {row["state"]: row["files"] for row in rows}
    return {stage: found.get(state, 0) for stage, state in STAGES.items()}


def clock(conn: Conn, accounts: Sequence[int], since: datetime) -> dict[str, Any]:
    """The answer clock: ``files`` answered of those that came since, and ``p50`` and ``p95`` seconds that it took."""
    row = conn.execute(_CLOCK, [list(accounts), since]).fetchone()
    assert row is not None
    return row


_CLOCK = """
    SELECT count(*) AS files, percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds)::float8 AS p50,
        percentile_cont(0.95) WITHIN GROUP (ORDER BY seconds)::float8 AS p95
    FROM (
        SELECT extract(epoch FROM answered_at - received_at) AS seconds FROM interchange
        WHERE account_id = ANY(%s) AND mode = 'file' AND answered_at IS NOT NULL AND received_at >= %s
    ) spans"""


def file(conn: Conn, accounts: Sequence[int], id: int) -> dict[str, Any] | None:
    """One file (a dry run too) with its counts; None if there is none of theirs."""
    found = conn.execute(_FILE, [id, list(accounts)]).fetchone()
    return found and found | _counts(conn, [id]).get(id, _NOTHING)


_FILE = """
    SELECT i.id, i.mode, i.state, i.reason, i.format, i.bytes, i.sha256, i.received_at, i.answered_at,
        i.account_id, a.name AS sender, a.check_digit_offset
    FROM interchange i JOIN account a ON a.id = i.account_id
    WHERE i.id = %s AND i.account_id = ANY(%s) AND i.mode <> 'statement'"""


def arrivals(conn: Conn, id: int) -> list[dict[str, Any]]:
    """Every time the bytes came: ``name``, ``received_at``."""
    return conn.execute("SELECT name, received_at FROM arrival WHERE interchange_id = %s ORDER BY id", [id]).fetchall()


def steps(conn: Conn, id: int) -> list[dict[str, Any]]:
    """Every step of a file with its instant, oldest first."""
    return conn.execute("SELECT at, step, detail FROM event WHERE interchange_id = %s ORDER BY at, id", [id]).fetchall()


def answers(conn: Conn, id: int) -> dict[str, dict[str, Any]]:
    """The sender's own answers by kind: ``body``, ``sha256``, ``created_at``, ``suffix``, and ``file_name``,
    ``delivered_at``, ``attempts``, ``last_error`` of the latest delivery."""
    rows = conn.execute(_ANSWERS, [id]).fetchall()
    return {row["kind"]: row | {"body": bytes(row["body"])} for row in rows}


_ANSWERS = """
    SELECT k.kind, k.body, k.sha256, k.created_at, k.suffix, d.file_name, d.delivered_at, d.attempts, d.last_error
    FROM acknowledgment k JOIN interchange i ON i.id = k.interchange_id AND i.account_id = k.account_id
    LEFT JOIN LATERAL (SELECT * FROM delivery WHERE acknowledgment_id = k.id ORDER BY id DESC LIMIT 1) d ON true
    WHERE k.interchange_id = %s"""


def filings(
    conn: Conn, id: int, rejected: bool = False, after: int | None = None, limit: int = 50
) -> list[dict[str, Any]]:
    """The filings of a file in their order with their final disposition; ``after`` is the id to go on from.
    ``entry_summary_id`` where it is on file; ``mended``: rejected here, and accepted in a later file; of an X12 set
    ``control_number set_status kind reference set_number``."""
    return conn.execute(_FILINGS, {"id": id, "rejected": rejected, "after": after or 0, "limit": limit}).fetchall()


# A check digit is the last of eight: whoever mends it files another number of the same seven digits.
MENDED = """EXISTS (
    SELECT FROM transaction l JOIN interchange li ON li.id = l.interchange_id
    WHERE t.final <> 'A' AND l.filer_code = t.filer_code AND l.id > t.id AND l.final = 'A' AND li.mode = 'file'
    AND length(t.entry_number) = 8 AND l.entry_number >= left(t.entry_number, 7) || '0'
    AND l.entry_number <= left(t.entry_number, 7) || '9')"""
_FILINGS = f"""
    SELECT t.id, t.action, t.filer_code, t.entry_number, t.amount_cents, t.final, t.severity, t.code, t.effect,
        t.version_number, t.record, t.last_record, e.id AS entry_summary_id, {MENDED} AS mended, x.control_number,
        x.status AS set_status, x.kind, x.reference, x.number AS set_number
    FROM transaction t LEFT JOIN x12_set x ON x.transaction_id = t.id
    LEFT JOIN entry_summary e ON e.filer_code = t.filer_code AND e.entry_number = t.entry_number
    WHERE t.interchange_id = %(id)s AND t.id > %(after)s AND (NOT %(rejected)s OR t.final <> 'A')
    ORDER BY t.id LIMIT %(limit)s"""


@dataclass(frozen=True, slots=True)
class Failed:
    """What of a file was rejected: transactions and whole batches (``record``, ``last_record``), without those whose
    entry was accepted since; ``mended`` is how many these are."""

    transactions: pd.DataFrame
    batches: pd.DataFrame
    mended: int

    @property
    def count(self) -> int:
        return len(self.transactions) + len(self.batches)


def failed(conn: Conn, id: int) -> Failed:
    """What of a file is still to be sent again."""
    rows = conn.execute(
        f"SELECT t.record, t.last_record, {MENDED} AS mended FROM transaction t "
        "WHERE t.interchange_id = %s AND t.final <> 'A' ORDER BY t.record",
        [id],
    ).fetchall()
    batches = conn.execute(
        "SELECT record, last_record FROM batch WHERE interchange_id = %s AND rejected ORDER BY record", [id]
    ).fetchall()
    left = [row for row in rows if not row["mended"]]
    return Failed(_extents(left), _extents(batches), len(rows) - len(left))


def conditions(conn: Conn, id: int) -> pd.DataFrame:
    """Where the conditions of a file stand: ``line_no start code record``; accepted deletions tell none."""
    rows = conn.execute(_CONDITIONS, [id]).fetchall()
    table = pd.DataFrame(rows, columns=["line_no", "start", "code", "record"])
    return table.astype({"line_no": "int64", "start": "int64", "code": "str", "record": "int64"})


_CONDITIONS = """
    SELECT c.line_no, c.start_column AS start, c.code, c.record
    FROM condition c LEFT JOIN transaction t ON t.id = c.transaction_id
    WHERE c.interchange_id = %s AND t.code IS DISTINCT FROM '997'"""


def extents(conn: Conn, id: int, records: Sequence[int]) -> pd.DataFrame:
    """The transactions of a file that hold any of the records: ``record``, ``last_record``."""
    rows = conn.execute(
        """SELECT DISTINCT t.record, t.last_record FROM transaction t, unnest(%s::bigint[]) AS r (record)
        WHERE t.interchange_id = %s AND r.record BETWEEN t.record AND t.last_record ORDER BY 1""",
        [list(records), id],
    ).fetchall()
    return _extents(rows)


def _extents(rows: list[dict[str, Any]]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["record", "last_record"])
    return table.astype("int64")
