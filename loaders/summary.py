"""What stands in the accounts and how long the way of a file takes, in a few rows for people."""

from __future__ import annotations

from datetime import date, datetime
from typing import NamedTuple

import psycopg
from psycopg.rows import class_row


class AccountTotals(NamedTuple):
    """Entry summaries on file of one importer account, present versions only; amounts in cents. ``standing`` is how
    the account stands with its payments now."""

    number: str
    name: str
    entries: int
    lines: int
    value_cents: int
    duty_cents: int
    fee_cents: int
    standing: str


class MonthTotals(NamedTuple):
    """The month of an importer account as it was last filed, and what of it stands on statements (``due_cents``) and is
    paid. Amounts in cents."""

    account_id: int
    number: str
    name: str
    version: int
    entries: int
    value_cents: int
    duty_cents: int
    fee_cents: int
    due_cents: int
    paid_cents: int
    filing_id: int


class Conservation(NamedTuple):
    """Files received, and where they are: the first number is the sum of the others, at any moment."""

    received: int
    answered: int
    quarantined: int
    in_flight: int


class Stages(NamedTuple):
    """Median and 95th percentile, in seconds, of one stage of the way of a file."""

    stage: str
    p50: float
    p95: float


def accounts(conn: psycopg.Connection, limit: int = 20) -> list[AccountTotals]:
    """Importer accounts with something on file, the largest in value first."""
    with conn.cursor(row_factory=class_row(AccountTotals)) as cursor:
        return cursor.execute(_ACCOUNTS, [limit]).fetchall()


_ACCOUNTS = """
    SELECT a.number, a.name, count(*) AS entries, coalesce(sum(t.lines), 0)::bigint AS lines,
        coalesce(sum(t.value_cents), 0)::bigint AS value_cents,
        coalesce(sum(v.total_duty_cents), 0)::bigint AS duty_cents,
        coalesce(sum(v.total_fee_cents), 0)::bigint AS fee_cents,
        coalesce((SELECT standing FROM account_standing WHERE account_id = a.id AND valid_to IS NULL), 'good')
            AS standing
    FROM entry_summary e
    JOIN entry_summary_version v ON v.id = e.version_id
    JOIN account a ON a.id = e.importer_account_id
    CROSS JOIN LATERAL (
        SELECT count(DISTINCT line) AS lines, sum(value_cents) AS value_cents FROM tariff WHERE tariff.version_id = v.id
    ) t
    WHERE e.status = 'accepted' GROUP BY a.id ORDER BY value_cents DESC, a.number LIMIT %s"""


def months(conn: psycopg.Connection, month: date) -> list[MonthTotals]:
    """Importer accounts with a filing of the month (its first day), the largest in value first."""
    with conn.cursor(row_factory=class_row(MonthTotals)) as cursor:
        return cursor.execute(_MONTHS, [month]).fetchall()


_MONTHS = """
    SELECT a.id AS account_id, a.number, a.name, f.version, f.entries, f.value_cents, f.duty_cents, f.fee_cents,
        o.due_cents, o.paid_cents, f.id AS filing_id
    FROM filing f JOIN account a ON a.id = f.account_id CROSS JOIN LATERAL (
        SELECT coalesce(sum(p.due_cents), 0)::bigint AS due_cents,
            coalesce(sum(p.due_cents) FILTER (WHERE s.paid_at IS NOT NULL), 0)::bigint AS paid_cents
        FROM entry_summary e JOIN entry_summary_version v ON v.id = e.version_id
        JOIN statement_entry p ON p.entry_summary_id = e.id AND p.removed_at IS NULL
        JOIN statement s ON s.id = p.statement_id
        WHERE e.importer_account_id = a.id AND date_trunc('month', v.entry_date)::date = f.month
    ) o WHERE f.month = %s AND NOT EXISTS (
        SELECT FROM filing n WHERE n.account_id = f.account_id AND n.month = f.month AND n.version > f.version)
    ORDER BY f.value_cents DESC, a.number"""


def conservation(conn: psycopg.Connection) -> Conservation:
    """Files by what became of them (design invariant 7)."""
    with conn.cursor(row_factory=class_row(Conservation)) as cursor:
        row = cursor.execute(_CONSERVATION).fetchone()
    assert row is not None
    return row


_CONSERVATION = """
    SELECT count(*) AS received, count(*) FILTER (WHERE state = 'answered') AS answered,
        count(*) FILTER (WHERE state = 'quarantined') AS quarantined,
        count(*) FILTER (WHERE state IN ('received', 'claimed')) AS in_flight
    FROM interchange WHERE mode = 'file'"""


def stages(conn: psycopg.Connection, since: datetime | None = None) -> list[Stages]:
    """How long files lay on the drop, waited to be claimed, were computed and committed, and waited to be delivered;
    those received ``since`` an instant, or all.

    A file's own time has whole seconds, so the first stage is exact to a second only.
    """
    with conn.cursor(row_factory=class_row(Stages)) as cursor:
        return cursor.execute(_STAGES, {"since": since}).fetchall()


_STAGES = """
    WITH steps AS (
        SELECT interchange_id, min(at) FILTER (WHERE step = 'received') AS received,
            max(at) FILTER (WHERE step = 'claimed') AS claimed, max(at) FILTER (WHERE step = 'taken') AS taken,
            min(at) FILTER (WHERE step = 'answered') AS answered, max(at) FILTER (WHERE step = 'delivered') AS delivered
        FROM event GROUP BY interchange_id
        HAVING %(since)s::timestamptz IS NULL OR min(at) FILTER (WHERE step = 'received') >= %(since)s
    ), spans (place, stage, seconds) AS (
        SELECT 1, 'on the drop until claimed', extract(epoch FROM claimed - received) FROM steps
        UNION ALL SELECT 2, 'claimed until computed and committed', extract(epoch FROM answered - claimed) FROM steps
        UNION ALL SELECT 3, 'committed until delivered', extract(epoch FROM delivered - answered) FROM steps
    )
    SELECT stage, percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds)::float8 AS p50,
        percentile_cont(0.95) WITHIN GROUP (ORDER BY seconds)::float8 AS p95
    FROM spans WHERE seconds IS NOT NULL GROUP BY place, stage ORDER BY place"""


def in_flight(conn: psycopg.Connection, before: datetime) -> list[str]:
    """The files that came before an instant and are neither answered nor set aside, as ``account name``, oldest
    first.

    A file's own time has whole seconds, cut off: one of the same second may have come after the instant, so it does not
    count (what it changes becomes a new version)."""
    return [name for (name,) in conn.execute(_IN_FLIGHT, [before]).fetchall()]


_IN_FLIGHT = """
    SELECT a.number || ' ' || coalesce((SELECT name FROM arrival WHERE interchange_id = i.id ORDER BY id LIMIT 1), '')
    FROM interchange i JOIN account a ON a.id = i.account_id
    WHERE i.mode = 'file' AND i.state IN ('received', 'claimed') AND i.received_at < date_trunc('second', %s)
    ORDER BY i.id"""
