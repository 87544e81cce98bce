"""Months of importer accounts added up, and the keys entry summaries are searched by; made anew where something was
filed since the last time. Runs as the owner of the tables, after answers are out: nothing waits for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import psycopg

from loaders.of_month import DAY

#: One at a time: advisory locks are 64-bit numbers shared by all who use the database.
_LOCK = 7106 << 40
#: What is committed may have been stamped before the last refresh began, so that one looks back by so much.
OVERLAP = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Refreshed:
    """How many entry summaries had been touched, and how many months of accounts were made anew."""

    entries: int = 0
    months: int = 0


def refresh(conn: psycopg.Connection, now: datetime, account_ids: Sequence[int] | None = None) -> Refreshed:
    """Bring ``account_month`` and ``entry_key`` up to date, in one transaction.

    With ``account_ids`` everything of these accounts is made anew, whatever was touched; without, only the months (of
    accounts) of which an entry summary changed since the last refresh. An entry summary counts in its present month and
    account; the months that its earlier versions stood in are made anew, too.
    """
    with conn.transaction():
        conn.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        values: dict[str, Any] = {"now": now, "accounts": None if account_ids is None else list(account_ids)}
        row = conn.execute("SELECT max(made_at) FROM account_month").fetchone()
        last = row[0] if row and account_ids is None else None
        values["since"] = last - OVERLAP if last else None
        conn.execute(_TOUCHED, values)
        conn.execute("ANALYZE rollup_touched")
        entries = conn.execute("SELECT count(DISTINCT entry_summary_id) FROM rollup_touched").fetchone()
        conn.execute(_MONTHS)
        conn.execute("ANALYZE rollup_month")
        months = conn.execute("SELECT count(*) FROM rollup_month").fetchone()
        conn.execute(_EMPTY)
        # Of a pair from a list the planner expects a row or two, and goes through every version for each: 120,000
        # summaries took minutes so, and three seconds by hashes.
        conn.execute("SET LOCAL enable_nestloop = off")
        for name in _MADE:
            conn.execute(_MADE[name])
            conn.execute(f"ANALYZE {name}")  # what was just made is many rows, and the planner should know
        conn.execute(_CELLS, values)
        conn.execute(_UNKEYED)
        conn.execute(_KEYS)
        conn.execute(f"DROP TABLE rollup_touched, rollup_month, {', '.join(_MADE)}")
    assert entries is not None and months is not None
    return Refreshed(entries[0], months[0])


_TOUCHED = f"""
    CREATE TEMPORARY TABLE rollup_touched ON COMMIT DROP AS
    SELECT e.id AS entry_summary_id, v.importer_account_id AS account_id, date_trunc('month', {DAY})::date AS month
    FROM entry_summary e JOIN entry_summary_version v ON v.entry_summary_id = e.id
    WHERE (%(since)s::timestamptz IS NULL OR e.changed_at >= %(since)s)
    AND (%(accounts)s::bigint[] IS NULL OR e.importer_account_id = ANY(%(accounts)s))"""
_MONTHS = """
    CREATE TEMPORARY TABLE rollup_month ON COMMIT DROP AS
    SELECT DISTINCT account_id, month FROM rollup_touched WHERE account_id IS NOT NULL"""
_EMPTY = "DELETE FROM account_month m USING rollup_month r WHERE (m.account_id, m.month) = (r.account_id, r.month)"
_TABLE = "CREATE TEMPORARY TABLE {} ON COMMIT DROP AS "
#: Facts have a BRIN index on the version: its range skips what was filed before and after.
_RANGE = "version_id BETWEEN (SELECT min(version_id) FROM {0}) AND (SELECT max(version_id) FROM {0})"
_MADE = {
    "rollup_chosen": f"""{_TABLE.format("rollup_chosen")}
        SELECT v.id AS version_id, e.importer_account_id AS account_id, date_trunc('month', {DAY})::date AS month,
            v.filer_code, v.port_of_entry AS port, coalesce(v.total_fee_cents, 0) AS fee_cents,
            coalesce(v.total_tax_cents, 0) + coalesce(v.total_ad_cents, 0) + coalesce(v.total_cvd_cents, 0)
                + coalesce(v.total_other_cents, 0) AS tax_cents, coalesce(v.total_duty_cents, 0) AS duty_cents
        FROM entry_summary e JOIN entry_summary_version v ON v.id = e.version_id
        WHERE e.status = 'accepted' AND (e.importer_account_id, date_trunc('month', {DAY})::date)
            IN (SELECT account_id, month FROM rollup_month)
        AND {DAY} >= (SELECT min(month) FROM rollup_month)
        AND {DAY} < ((SELECT max(month) FROM rollup_month) + interval '1 month')::date""",
    # A line belongs to the chapter of its first number outside chapters 98 and 99, where there is one.
    "rollup_item": f"""{_TABLE.format("rollup_item")}
        SELECT version_id, line, coalesce(
                (array_agg(left(t.hts_number, 2) ORDER BY t.tariff) FILTER (WHERE t.hts_number !~ '^9[89]'))[1],
                (array_agg(left(t.hts_number, 2) ORDER BY t.tariff))[1]) AS chapter,
            sum(coalesce(t.value_cents, 0)) AS value_cents, sum(coalesce(t.duty_cents, 0)) AS duty_cents
        FROM tariff t JOIN rollup_chosen USING (version_id)
        WHERE {_RANGE.format("rollup_chosen")} GROUP BY 1, 2""",
    "rollup_line": f"""{_TABLE.format("rollup_line")}
        SELECT version_id, line, l.origin, l.set_indicator FROM line l JOIN rollup_chosen USING (version_id)
        WHERE {_RANGE.format("rollup_chosen")}""",
    "rollup_present": f"""{_TABLE.format("rollup_present")}
        SELECT e.id AS entry_summary_id, e.version_id, e.importer_account_id FROM entry_summary e
        WHERE e.importer_account_id IS NOT NULL AND e.id IN (SELECT entry_summary_id FROM rollup_touched)""",
}
#: Value and duty in the cell of each line (of a set its components' values are stated again in its header); the summary
#: itself, its fees and its taxes in the cell of its first line.
_CELLS = """
    INSERT INTO account_month (account_id, month, filer_code, port, origin, chapter, entries, lines, value_cents,
        duty_cents, fee_cents, tax_cents, made_at)
    WITH cell AS (
        SELECT c.account_id, c.month, c.filer_code, c.port, coalesce(l.origin, '') AS origin, i.chapter,
            (i.line = min(i.line) OVER (PARTITION BY i.version_id))::int AS first_line, i.duty_cents,
            CASE WHEN l.set_indicator = 'V' THEN 0 ELSE i.value_cents END AS value_cents, c.fee_cents, c.tax_cents
        FROM rollup_item i JOIN rollup_chosen c USING (version_id) LEFT JOIN rollup_line l USING (version_id, line)
        UNION ALL
        SELECT account_id, month, filer_code, port, '', '', 1, duty_cents, 0, fee_cents, tax_cents
        FROM rollup_chosen c WHERE NOT EXISTS (SELECT FROM rollup_item i WHERE i.version_id = c.version_id)
    )
    SELECT account_id, month, filer_code, port, origin, chapter, sum(first_line), count(*), sum(value_cents),
        sum(duty_cents), sum(fee_cents * first_line), sum(tax_cents * first_line), %(now)s
    FROM cell GROUP BY 1, 2, 3, 4, 5, 6"""
_UNKEYED = """
    DELETE FROM entry_key k USING (SELECT DISTINCT entry_summary_id FROM rollup_touched) t
    WHERE k.entry_summary_id = t.entry_summary_id"""
_KEYS = f"""
    INSERT INTO entry_key (importer_account_id, kind, value, entry_summary_id)
    SELECT DISTINCT importer_account_id, 'hts', t.hts_number, entry_summary_id
    FROM tariff t JOIN rollup_present USING (version_id)
    WHERE {_RANGE.format("rollup_present")} AND t.hts_number <> ''
    UNION
    SELECT importer_account_id, 'bill', k.value, entry_summary_id FROM bill b JOIN rollup_present USING (version_id)
    CROSS JOIN LATERAL (VALUES (b.identifier), (b.issuer || b.identifier)) k (value)
    WHERE {_RANGE.format("rollup_present")} AND k.value <> ''"""
