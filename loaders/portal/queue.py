"""The officers' queue as it was last made; needs an officer's scope."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import psycopg

LANES = ("first", "change", "score", "random")


def last_run(conn: psycopg.Connection[dict]) -> dict | None:
    """When the queue was made, of which day, from what."""
    return conn.execute("SELECT * FROM queue_run ORDER BY id DESC LIMIT 1").fetchone()


def items(conn: psycopg.Connection[dict], *, run: int, lane: str, port: str, reason: str, looked_after_by: int | None,
          officer: int | None, after: int, limit: int) -> list[dict]:  # fmt: skip
    """Items of a run that nobody decided since, in order: of a lane, a port, with a reason (its code), of the accounts
    an officer looks after, or of the share an officer was given. ``after``: the ordinal to go on from."""
    values = {"run": run, "lane": lane, "port": port, "like": f'%"code": "{reason}"%' if reason else "",
              "mine": looked_after_by, "officer": officer, "after": after, "limit": limit}  # fmt: skip
    return [_told(row) for row in conn.execute(_ITEMS, values).fetchall()]


_OPEN = """NOT EXISTS (SELECT FROM decision d JOIN queue_run r ON r.id = q.run_id WHERE d.account_id = q.account_id
        AND d.entry_summary_id IS NOT DISTINCT FROM q.entry_summary_id AND d.at >= r.made_at)"""
_ITEMS = f"""
    WITH open AS (
        SELECT q.*, count(*) OVER () AS found FROM queue_item q
        WHERE q.run_id = %(run)s AND (%(lane)s = '' OR q.lane = %(lane)s) AND (%(port)s = '' OR q.port = %(port)s)
        AND (%(like)s = '' OR q.reasons LIKE %(like)s)
        AND (%(officer)s::bigint IS NULL OR q.officer_id = %(officer)s)
        AND (%(mine)s::bigint IS NULL
            OR q.account_id IN (SELECT p.account_id FROM portfolio p WHERE p.user_id = %(mine)s))
        AND {_OPEN}
    ), shown AS MATERIALIZED (SELECT * FROM open WHERE ordinal > %(after)s ORDER BY ordinal LIMIT %(limit)s)
    SELECT o.id, o.ordinal, o.lane, o.chosen_by, o.score, o.reasons, o.port, o.found, o.entry_summary_id,
        a.public_id, a.name, a.kind, a.number, e.filer_code, e.entry_number, e.entry_type, e.accepted_at,
        u.name AS officer
    FROM shown o JOIN account a ON a.id = o.account_id
    LEFT JOIN LATERAL (SELECT * FROM entry_summary s WHERE s.id = o.entry_summary_id OFFSET 0) e ON true
    LEFT JOIN portal_user u ON u.id = o.officer_id ORDER BY o.ordinal"""


def counts(conn: psycopg.Connection[dict], run: int) -> dict[str, list[dict]]:
    """How many open items a run has by lane, by port and by officer."""
    return {
        name: conn.execute(
            f"""SELECT {column} AS key, count(*) AS items FROM queue_item q
            LEFT JOIN portal_user u ON u.id = q.officer_id WHERE q.run_id = %s AND {_OPEN} GROUP BY 1 ORDER BY 1""",
            [run],
        ).fetchall()
        for name, column in (("lane", "q.lane"), ("port", "q.port"), ("officer", "coalesce(u.name, '')"))
    }


def of_account(conn: psycopg.Connection[dict], account_id: int) -> dict | None:
    """What the queue last said of an account itself."""
    return _last(conn, "q.account_id = %s AND q.entry_summary_id IS NULL", account_id)


def of_entry(conn: psycopg.Connection[dict], entry_summary_id: int) -> dict | None:
    """What the queue last said of an entry summary."""
    return _last(conn, "q.entry_summary_id = %s", entry_summary_id)


def _last(conn: psycopg.Connection[dict], which: str, value: int) -> dict | None:
    row = conn.execute(
        f"""SELECT q.id, q.lane, q.chosen_by, q.score, q.reasons, r.made_at FROM queue_item q
        JOIN queue_run r ON r.id = q.run_id WHERE {which} ORDER BY q.id DESC LIMIT 1""",
        [value],
    ).fetchone()
    return _told(row) if row else None


def _told(row: dict[str, Any]) -> dict[str, Any]:
    """The reasons as a list (``code words points change``), and as one text."""
    reasons = json.loads(row["reasons"])
    return {**row, "reasons": reasons, "words": "; ".join(it["words"] for it in reasons)}


def results(conn: psycopg.Connection[dict], since: Any) -> list[dict]:
    """Entry summaries of which it is known since an instant what was found (the last word counts), by what chose them:
    how many, and how many discrepancies."""
    return conn.execute(
        """SELECT chosen_by, count(*) AS looked, count(*) FILTER (WHERE finding = 'discrepancy') AS hits FROM (
            SELECT DISTINCT ON (entry_summary_id) chosen_by, finding FROM decision
            WHERE finding <> '' AND entry_summary_id IS NOT NULL AND at >= %s ORDER BY entry_summary_id, id DESC
        ) last GROUP BY chosen_by""",
        [since],
    ).fetchall()


def relieved(conn: psycopg.Connection[dict], since: Any) -> list[dict]:
    """Of members of the security programme (by tier) and of others: entries chosen, and entries filed, since."""
    return conn.execute(
        """WITH tier AS (
            SELECT DISTINCT ON (account_id) account_id, CASE WHEN ctpat THEN coalesce(ctpat_tier, 1) ELSE 0 END AS tier
            FROM application WHERE account_id IS NOT NULL AND status IN ('qualified', 'active')
            ORDER BY account_id, id DESC
        ), filed AS (
            SELECT coalesce(t.tier, 0) AS tier, sum(m.entries)::bigint AS entries FROM account_month m
            LEFT JOIN tier t USING (account_id) WHERE m.month >= date_trunc('month', %(since)s::timestamptz)::date
            GROUP BY 1
        ), chosen AS (
            SELECT coalesce(t.tier, 0) AS tier, count(DISTINCT q.entry_summary_id) AS chosen
            FROM queue_item q JOIN queue_run r ON r.id = q.run_id LEFT JOIN tier t USING (account_id)
            WHERE r.made_at >= %(since)s AND q.entry_summary_id IS NOT NULL AND q.chosen_by <> 'random' GROUP BY 1
        )
        SELECT tier, f.entries, coalesce(c.chosen, 0) AS chosen FROM filed f LEFT JOIN chosen c USING (tier)
        ORDER BY tier""",
        {"since": since},
    ).fetchall()


def reasons_known(rows: Sequence[dict]) -> list[str]:
    """The codes of reasons among items, in order."""
    return sorted({it["code"] for row in rows for it in row["reasons"]})
