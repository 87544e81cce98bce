"""Who looked at an account's data, from the audit log: its own people, officers, operations, brokers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import psycopg

#: Kind of person -> in words. ``system``: the system's operator, or nobody signed in.
KINDS = {
    "own": "my own people",
    "officer": "officers",
    "broker": "brokers",
    "operations": "operations",
    "other": "others",
}


def looks(
    conn: psycopg.Connection[dict],
    account_ids: Sequence[int],
    *,
    kind: str = "",
    first: date | None = None,
    last: date | None = None,
    before: int | None = None,
    limit: int = 50,
) -> list[dict[str, Any]]:
    """Entries about the accounts, the latest first: ``id at action subject detail rows person firm kind account``.

    ``kind`` is of :data:`KINDS`, dates are New York's and inclusive, ``before`` is the id to go on from. ``firm`` is
    blank where the account may not know its name.
    """
    values = {"ids": list(account_ids), "kind": kind, "first": first, "last": last, "before": before, "limit": limit}
    return conn.execute(_LOOKS, values).fetchall()


def count(
    conn: psycopg.Connection[dict], account_ids: Sequence[int], first: date | None = None, last: date | None = None
) -> dict[str, int]:
    """Number of entries by kind of person."""
    values = {"ids": list(account_ids), "first": first, "last": last, "before": None}
    rows = conn.execute(f"SELECT kind, count(*) AS n FROM ({_ALL}) it GROUP BY kind", values).fetchall()
    return {row["kind"]: row["n"] for row in rows}


# An account's own people act for it or for an account above or below it. Whom the office's roles name is customs.
_ALL = """
    SELECT a.id, a.at, a.action, a.subject, a.detail, a.rows, u.name AS person, coalesce(f.name, '') AS firm,
        o.name AS account,
        CASE WHEN a.acting_account_id = ANY(%(ids)s) OR a.acting_account_id = a.account_id
                OR a.acting_account_id = ANY ((SELECT portal_ids('accounts'))::bigint[]) THEN 'own'
            WHEN m.role IN ('officer', 'operations') THEN m.role
            WHEN f.kind = 'broker' OR m.role IS NOT NULL THEN 'broker' ELSE 'other' END AS kind
    FROM audit a JOIN account o ON o.id = a.account_id LEFT JOIN portal_user u ON u.id = a.user_id
    LEFT JOIN account f ON f.id = a.acting_account_id
    LEFT JOIN LATERAL (SELECT role FROM portal_membership m WHERE m.user_id = a.user_id
        AND m.account_id = a.acting_account_id ORDER BY m.role IN ('officer', 'operations') DESC LIMIT 1) m ON true
    WHERE a.account_id = ANY(%(ids)s) AND (%(before)s::bigint IS NULL OR a.id < %(before)s)
    AND (%(first)s::date IS NULL OR a.at >= (%(first)s::date)::timestamp AT TIME ZONE 'America/New_York')
    AND (%(last)s::date IS NULL OR a.at < (%(last)s::date + 1)::timestamp AT TIME ZONE 'America/New_York')"""
_LOOKS = f"""
    SELECT * FROM ({_ALL}) it WHERE (%(kind)s = '' OR kind = %(kind)s) ORDER BY id DESC LIMIT %(limit)s"""
