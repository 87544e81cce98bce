"""Limits on how often somebody does something, kept in the database: they hold over restarts and several processes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import psycopg

#: Windows that ended so long ago are forgotten.
KEPT = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Limit:
    """``most`` times within ``window``, for each of whom a key names."""

    name: str
    most: int
    window: timedelta


def wait(conn: psycopg.Connection[dict], limit: Limit, who: str, now: datetime) -> int:
    """Seconds until ``who`` may again; 0 when they may now. Counts nothing."""
    row = conn.execute(
        "SELECT since FROM portal_throttle WHERE key = %s AND since > %s AND count >= %s",
        [f"{limit.name} {who}", now - limit.window, limit.most],
    ).fetchone()
    return _seconds(row["since"], limit, now) if row else 0


def count(conn: psycopg.Connection[dict], limit: Limit, who: str, now: datetime) -> int:
    """Count one; seconds until ``who`` may again when that is one too many, else 0."""
    row = conn.execute(
        """INSERT INTO portal_throttle AS t (key, since, count) VALUES (%(key)s, %(now)s, 1)
        ON CONFLICT (key) DO UPDATE SET
            since = CASE WHEN t.since <= %(begin)s THEN %(now)s ELSE t.since END,
            count = CASE WHEN t.since <= %(begin)s THEN 1 ELSE t.count + 1 END
        RETURNING since, count""",
        {"key": f"{limit.name} {who}", "now": now, "begin": now - limit.window},
    ).fetchone()
    assert row is not None
    if row["count"] == 1:
        conn.execute("DELETE FROM portal_throttle WHERE since < %s", [now - KEPT])
    return _seconds(row["since"], limit, now) if row["count"] > limit.most else 0


def _seconds(since: datetime, limit: Limit, now: datetime) -> int:
    return max(1, -int((now - since - limit.window).total_seconds() // 1))
