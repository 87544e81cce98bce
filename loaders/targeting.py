"""What the officers' queue is made from, and the queue as it is made: read whole, published in one transaction."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import pandas as pd
import psycopg

from .query import table

_ENTRY = {
    **dict.fromkeys(("entry_summary_id", "version_id", "account_id", "filer_account_id"), "int64"),
    **dict.fromkeys(("filer_code", "entry_number", "importer_number", "port"), "str"),
    "accepted_on": "datetime64[s]",
    **dict.fromkeys(("value_cents", "duty_cents", "adcvd_value_cents"), "int64"),
    "single_bond_cents": "Int64",
}
_LINE = {
    **dict.fromkeys(("entry_summary_id", "line"), "int64"),
    **dict.fromkeys(("hts_number", "origin", "unit_1"), "str"),
    **dict.fromkeys(("value_cents", "quantity_1"), "Int64"),
}
_BEFORE = {"importer_number": "str", "began": "datetime64[s]", "since": "int64", "ended": "datetime64[s]"}
_PEER = {**dict.fromkeys(("hts_number", "origin", "unit_1"), "str"), "value_cents": "int64", "quantity_1": "int64"}
_FILER = {"filer_code": "str", "actions": "int64", "refused": "int64"}
_ACCOUNT = {
    "account_id": "int64",
    "kind": "str",
    **dict.fromkeys(("actions", "refused"), "int64"),
    "standing": "str",
    "late": "int64",
    "tier": "Int64",
}
_MONTH = {"account_id": "int64", "month": "datetime64[s]", "value_cents": "int64"}
_KNOWN = {"account_id": "int64", "hts6": "str"}
_DECISION = {"account_id": "int64", "at": "datetime64[us, UTC]", "finding": "str"}
_PORTFOLIO = {"user_id": "int64", "account_id": "int64"}
_OFFICER = {"user_id": "int64"}


@dataclass(frozen=True, slots=True)
class Material:
    """The tables ``transforms.risk`` decides by; ``entry``: the candidates, ``records_from``: the first day on file."""

    entry: pd.DataFrame
    line: pd.DataFrame
    before: pd.DataFrame
    known: pd.DataFrame
    peer: pd.DataFrame
    filer: pd.DataFrame
    account: pd.DataFrame
    month: pd.DataFrame
    decision: pd.DataFrame
    portfolio: pd.DataFrame
    officer: pd.DataFrame
    records_from: date | None


def read(conn: psycopg.Connection, since: date, day: date) -> Material:
    """What was accepted or replaced from ``since`` to ``day`` (New York, inclusive) and nobody has decided yet, and
    what it is compared with."""
    values: dict[str, Any] = {"since": since, "day": day}
    entry = table(conn, _ENTRIES, values, _ENTRY)
    values |= {"ids": entry["entry_summary_id"].tolist(), "versions": entry["version_id"].tolist(),
               "importers": sorted(set(entry["importer_number"])), "filers": sorted(set(entry["filer_code"])),
               "accounts": sorted(set(entry["account_id"]) - {-1})}  # fmt: skip
    row = conn.execute("SELECT min(accepted_at AT TIME ZONE 'America/New_York')::date FROM entry_summary").fetchone()
    return Material(
        entry,
        table(conn, _LINES, values, _LINE),
        table(conn, _TENURE, values, _BEFORE),
        table(conn, _GOODS, values, _KNOWN),
        table(conn, _PEERS, values, _PEER),
        table(conn, _FILERS, values, _FILER),
        table(conn, _ACCOUNTS, values, _ACCOUNT),
        table(conn, _MONTHS, values, _MONTH),
        table(conn, _DECISIONS, values, _DECISION),
        table(conn, "SELECT user_id, account_id FROM portfolio ORDER BY 1, 2", {}, _PORTFOLIO),
        table(conn, _OFFICERS, values, _OFFICER),
        row[0] if row else None,
    )


# Keys of versions rise in time's order, and facts are found by BRIN on them: ranges of keys are read, never lists.
_DAY = "({} AT TIME ZONE 'America/New_York')::date"
_ENTRIES = f"""
    WITH candidate AS (
        SELECT e.* FROM entry_summary e WHERE e.status = 'accepted'
        AND e.changed_at >= %(since)s::timestamp AT TIME ZONE 'America/New_York'
        AND e.changed_at < (%(day)s::date + 1)::timestamp AT TIME ZONE 'America/New_York'
        AND NOT EXISTS (SELECT FROM decision d WHERE d.entry_summary_id = e.id AND d.at >= e.changed_at)
        AND coalesce(e.importer_account_id, e.filer_account_id) IS NOT NULL
    ), range AS (
        SELECT coalesce(min(version_id), 0) AS low, coalesce(max(version_id), 0) AS high FROM candidate
    ), value AS (
        SELECT t.version_id, sum(t.value_cents) AS value_cents, sum(t.duty_cents) AS duty_cents FROM tariff t, range r
        WHERE t.version_id BETWEEN r.low AND r.high GROUP BY 1
    ), cases AS (
        SELECT a.version_id, sum(greatest(coalesce(a.value_cents, 0), coalesce(l.value_cents, 0))) AS value_cents
        FROM (SELECT DISTINCT ON (x.version_id, x.line) x.version_id, x.line, x.value_cents FROM adcvd x, range r
            WHERE x.version_id BETWEEN r.low AND r.high ORDER BY x.version_id, x.line, x.value_cents DESC NULLS LAST) a
        LEFT JOIN (SELECT t.version_id, t.line, sum(t.value_cents) AS value_cents FROM tariff t, range r
            WHERE t.version_id BETWEEN r.low AND r.high GROUP BY 1, 2) l USING (version_id, line) GROUP BY 1
    ), single AS (
        SELECT b.version_id, sum(b.amount_cents) AS amount_cents FROM bond b, range r
        WHERE b.version_id BETWEEN r.low AND r.high AND b.bond_type = '9' GROUP BY 1
    )
    SELECT c.id, c.version_id, coalesce(c.importer_account_id, -1), coalesce(c.filer_account_id, -1), c.filer_code,
        c.entry_number, c.importer_number, c.port_of_entry, {_DAY.format("c.accepted_at")},
        coalesce(v.value_cents, 0), coalesce(v.duty_cents, 0), coalesce(s.value_cents, 0), b.amount_cents
    FROM candidate c LEFT JOIN value v USING (version_id) LEFT JOIN cases s USING (version_id)
    LEFT JOIN single b USING (version_id) ORDER BY c.id"""
_END = "(SELECT coalesce({}(x), 0) FROM unnest(%(versions)s::bigint[]) x)"
_RANGE = f"{_END.format('min')} AND {_END.format('max')}"
_LINES = f"""
    SELECT e.id, t.line, t.hts_number, coalesce(l.origin, ''), t.unit_1, t.value_cents, t.quantity_1
    FROM unnest(%(ids)s::bigint[], %(versions)s::bigint[]) AS e (id, version_id)
    JOIN tariff t ON t.version_id = e.version_id AND t.version_id BETWEEN {_RANGE}
    LEFT JOIN line l ON l.version_id = t.version_id AND l.line = t.line AND l.version_id BETWEEN {_RANGE}
    ORDER BY e.id, t.line, t.tariff"""
_TENURE = f"""
    SELECT importer_number, min(day) FILTER (WHERE day >= %(day)s::date - 365),
        count(*) FILTER (WHERE day >= %(day)s::date - 365), max(day) FILTER (WHERE day < %(day)s::date - 365)
    FROM (
        SELECT e.importer_number, {_DAY.format("e.accepted_at")} AS day FROM entry_summary e
        WHERE e.status = 'accepted' AND e.importer_number = ANY(%(importers)s) AND NOT e.id = ANY(%(ids)s)
        AND e.accepted_at < (%(day)s::date + 1)::timestamp AT TIME ZONE 'America/New_York'
    ) filed GROUP BY importer_number ORDER BY importer_number"""
# The first key of what was accepted since so many days.
_RECENT = """(SELECT coalesce(min(v.id), 0) FROM entry_summary_version v
        WHERE v.accepted_at >= %(day)s::date - {days} AND v.accepted_at < %(day)s::date + 2)"""
# What was filed before, by the keys that entry summaries are searched by (``loaders.portal.rollup``).
_GOODS = """
    SELECT DISTINCT k.importer_account_id, left(k.value, 6) FROM entry_key k
    WHERE k.importer_account_id = ANY(%(accounts)s) AND k.kind = 'hts' AND NOT k.entry_summary_id = ANY(%(ids)s)
    ORDER BY 1, 2"""
_PEERS = f"""
    WITH asked AS (
        SELECT DISTINCT t.hts_number FROM tariff t
        WHERE t.version_id = ANY(%(versions)s) AND t.version_id BETWEEN {_RANGE}
    ), other AS (
        SELECT t.hts_number, l.origin, t.unit_1, t.value_cents, t.quantity_1,
            row_number() OVER (
                PARTITION BY t.hts_number, l.origin, t.unit_1 ORDER BY t.version_id DESC, t.record
            ) AS nth
        FROM tariff t JOIN line l ON l.version_id = t.version_id AND l.line = t.line
        WHERE t.version_id >= {_RECENT.format(days=120)} AND l.version_id >= {_RECENT.format(days=120)}
        AND t.hts_number IN (SELECT hts_number FROM asked) AND NOT t.version_id = ANY(%(versions)s)
        AND t.value_cents > 0 AND t.quantity_1 > 0 AND t.unit_1 <> ''
    )
    SELECT hts_number, origin, unit_1, value_cents, quantity_1 FROM other WHERE nth <= 500"""
_FILERS = """
    SELECT t.filer_code, count(*), count(*) FILTER (WHERE t.final = 'R') FROM transaction t
    WHERE t.filer_code <> '' AND t.interchange_id >= (SELECT coalesce(min(i.id), 0) FROM interchange i
        WHERE i.received_at >= %(day)s::date - 365) GROUP BY 1 ORDER BY 1"""
_ACCOUNTS = """
    WITH tried AS (
        SELECT e.importer_account_id AS id, count(*) AS actions, count(*) FILTER (WHERE x.refused) AS refused
        FROM entry_summary e JOIN (
            SELECT t.filer_code, t.entry_number, bool_or(t.final = 'R') AS refused FROM transaction t
            WHERE t.interchange_id >= (SELECT coalesce(min(i.id), 0) FROM interchange i
                WHERE i.received_at >= %(day)s::date - 365) GROUP BY 1, 2
        ) x USING (filer_code, entry_number) WHERE e.importer_account_id IS NOT NULL GROUP BY 1
    )
    SELECT a.id, a.kind, coalesce(t.actions, 0), coalesce(t.refused, 0), coalesce(s.standing, 'good'),
        (SELECT count(*) FROM statement m WHERE m.importer_account_id = a.id AND m.late_at >= %(day)s::date - 365),
        (SELECT CASE WHEN p.ctpat THEN coalesce(p.ctpat_tier, 0) END FROM application p
            WHERE p.account_id = a.id AND p.status IN ('qualified', 'active') ORDER BY p.id DESC LIMIT 1)
    FROM account a LEFT JOIN tried t ON t.id = a.id
    LEFT JOIN account_standing s ON s.account_id = a.id AND s.valid_to IS NULL
    WHERE a.kind <> 'office' ORDER BY a.id"""
_MONTHS = """
    SELECT account_id, month, sum(value_cents)::bigint FROM account_month
    WHERE month > %(day)s::date - interval '15 months' AND month <= %(day)s::date GROUP BY 1, 2 ORDER BY 1, 2"""
_DECISIONS = "SELECT account_id, at, finding FROM decision WHERE finding <> '' ORDER BY at, id"
_OFFICERS = """
    SELECT DISTINCT m.user_id FROM portal_membership m JOIN portal_user u ON u.id = m.user_id
    WHERE m.role = 'officer' AND u.status = 'active' AND m.valid_from <= %(day)s
    AND (m.valid_to IS NULL OR m.valid_to >= %(day)s) ORDER BY 1"""

ITEM = ("account_id", "entry_summary_id", "port", "lane", "chosen_by", "score", "reasons", "officer_id")


def publish(conn: psycopg.Connection, day: date, at: datetime, version: str, settings: Mapping[str, Any],
            seen: tuple[int, int], items: list[dict[str, Any]]) -> int:  # fmt: skip
    """Publish a queue: how many ``seen`` (entry summaries, accounts), and its items (:data:`ITEM`) in their order. The
    id of the run; one transaction, so that officers see the one before or this one."""
    with conn.transaction():
        row = conn.execute(
            """INSERT INTO queue_run (day, made_at, version, settings, entries, accounts)
            VALUES (%s, %s, %s, %s, %s, %s) RETURNING id""",
            [day, at, version, json.dumps(dict(settings), sort_keys=True), *seen],
        ).fetchone()
        assert row is not None
        run = row[0]
        with conn.cursor().copy(f"COPY queue_item (run_id, ordinal, {', '.join(ITEM)}) FROM STDIN") as copy:
            for ordinal, item in enumerate(items, 1):
                copy.write_row([run, ordinal, *(item[name] for name in ITEM)])
    return run
