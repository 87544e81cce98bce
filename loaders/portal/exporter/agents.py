"""Who files in an exporter's name: how much, since when, whether it may; and customs told that one does not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from loaders.portal.importer.hub import Conn, Rows

#: So long somebody who filed for the first time is told of; days.
NEWS = 90


def names(conn: Conn, ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    """``public_id name identifier kind`` of agents by id: of brokers, of one's own accounts, and for an officer of all;
    of others nothing is known."""
    query = """SELECT id, public_id::text, name, identifier, kind FROM portal_agents(%(ids)s)
        UNION SELECT id, public_id::text, name, identifier, kind FROM account WHERE id = ANY(%(ids)s)"""
    rows = conn.execute(query, {"ids": list(set(ids))}).fetchall()
    return {row["id"]: row for row in rows}


def agents(conn: Conn, accounts: Sequence[int], today: date) -> Rows:
    """Everybody who filed in the accounts' name or tried to, the latest first: ``filer_account_id filings value_cents
    refused late first last`` (days in New York), ``may`` (it holds an authority to file today), ``new`` (first within
    :data:`NEWS` days), ``denied_at``."""
    values = {"accounts": list(accounts), "today": today, "since": today - timedelta(days=NEWS)}
    return conn.execute(_AGENTS, values).fetchall()


_DAY = "(min({0}) AT TIME ZONE 'America/New_York')::date"
_LAST = "(max({0}) AT TIME ZONE 'America/New_York')::date"
_AGENTS = f"""
    WITH filed AS (
        SELECT filer_account_id, count(*) FILTER (WHERE status = 'filed') AS filings,
            coalesce(sum(value_cents) FILTER (WHERE status = 'filed'), 0)::bigint AS value_cents, 0 AS refused,
            count(*) FILTER (WHERE status = 'filed' AND days_late > 0) AS late,
            {_DAY.format("accepted_at")} AS first, {_LAST.format("changed_at")} AS last
        FROM export_filing WHERE exporter_account_id = ANY(%(accounts)s) GROUP BY 1
        UNION ALL
        SELECT filer_account_id, 0, 0, count(*), 0, {_DAY.format("refused_at")}, {_LAST.format("refused_at")}
        FROM export_refusal WHERE exporter_account_id = ANY(%(accounts)s) GROUP BY 1
    ), summed AS (
        SELECT filer_account_id, sum(filings)::bigint AS filings, sum(value_cents)::bigint AS value_cents,
            sum(refused)::bigint AS refused, sum(late)::bigint AS late, min(first) AS first, max(last) AS last
        FROM filed GROUP BY 1
    )
    SELECT s.*, s.first >= %(since)s AS new, s.filer_account_id = ANY(%(accounts)s) AS own, EXISTS (
            SELECT FROM relationship r WHERE r.from_account_id = s.filer_account_id
            AND r.to_account_id = ANY(%(accounts)s) AND r.kind = 'files_for' AND r.valid_from <= %(today)s
            AND (r.valid_to IS NULL OR r.valid_to >= %(today)s)) AS may,
        (SELECT max((n.at AT TIME ZONE 'America/New_York')::date) FROM activity_note n
            WHERE n.account_id = ANY(%(accounts)s)
            AND starts_with(n.words, 'Agent ' || s.filer_account_id || ' denied:')) AS denied_at
    FROM summed s ORDER BY s.last DESC, s.filer_account_id"""


def deny(conn: Conn, account_id: int, agent: Mapping[str, Any], user_id: int, at: datetime, words: str) -> None:
    """Tell customs that an exporter does not know an agent (a row of :func:`agents` with its ``name``)."""
    said = (
        f"Agent {agent['filer_account_id']} denied: {agent['name']} filed {agent['filings']} times in this exporter's "
        f"name, from {agent['first']} to {agent['last']}, and {agent['refused']} times was refused."
    )
    conn.execute(
        "INSERT INTO activity_note (account_id, at, user_id, words) VALUES (%s, %s, %s, %s)",
        [account_id, at, user_id, f"{said} {words}".strip()],
    )
