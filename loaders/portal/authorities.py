"""Who may act for an importer account: agents that file for it (``files_for``) and that see all that is filed on its
number (``sees``), each between two dates, both inclusive."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import psycopg

KINDS = ("files_for", "sees")


class Overlaps(Exception):
    """The same agent holds the same authority on some of these days already."""


def given(conn: psycopg.Connection[dict], account_ids: Sequence[int], today: date) -> list[dict[str, Any]]:
    """The authorities that the accounts gave, those that hold first, then by agent; ``state`` is ``holds``,
    ``to come`` or ``ended``."""
    values = {"ids": list(account_ids), "today": today, "id": None}
    return conn.execute(f"{_GIVEN} {_ORDER}", values).fetchall()


def one(conn: psycopg.Connection[dict], account_ids: Sequence[int], id: int, today: date) -> dict[str, Any] | None:
    """One of them, if it is the accounts'."""
    return conn.execute(_GIVEN, {"ids": list(account_ids), "today": today, "id": id}).fetchone()


_GIVEN = """
    SELECT * FROM (
        SELECT r.id, r.kind, r.sees_money, r.valid_from, r.valid_to, r.from_account_id AS agent_id,
            r.to_account_id AS account_id, a.name AS agent, a.identifier AS filer_code, p.name AS account,
            CASE WHEN r.valid_to < %(today)s OR r.valid_to < r.valid_from THEN 'ended'
                WHEN r.valid_from > %(today)s THEN 'to come' ELSE 'holds' END AS state
        FROM relationship r JOIN account a ON a.id = r.from_account_id JOIN account p ON p.id = r.to_account_id
        WHERE r.to_account_id = ANY(%(ids)s) AND (%(id)s::bigint IS NULL OR r.id = %(id)s)
    ) given"""
_ORDER = """
    ORDER BY array_position(ARRAY['holds', 'to come', 'ended'], state), agent, kind, valid_from DESC, id"""


def agent(conn: psycopg.Connection[dict], filer_code: str) -> dict[str, Any] | None:
    """The active broker with this filer code: ``id``, ``public_id``, ``name``."""
    return conn.execute("SELECT * FROM portal_find_account('broker', %s)", [filer_code]).fetchone()


def overlapping(
    conn: psycopg.Connection[dict], agent_id: int, account_id: int, kind: str, first: date, last: date | None,
    but: int | None = None,
) -> dict[str, Any] | None:  # fmt: skip
    """An authority of the same kind between the same two, some of whose days are among these."""
    return conn.execute(
        """SELECT id, valid_from, valid_to FROM relationship
        WHERE from_account_id = %(agent)s AND to_account_id = %(account)s AND kind = %(kind)s
        AND (valid_to IS NULL OR valid_to >= greatest(valid_from, %(first)s)) AND id IS DISTINCT FROM %(but)s
        AND (%(last)s::date IS NULL OR valid_from <= %(last)s) LIMIT 1""",
        {"agent": agent_id, "account": account_id, "kind": kind, "first": first, "last": last, "but": but},
    ).fetchone()


def give(
    conn: psycopg.Connection[dict], agent_id: int, account_id: int, kind: str, *, first: date, last: date | None,
    sees_money: bool = False,
) -> int:  # fmt: skip
    """Give an authority; its id. Two people who give the same at once: the second is told.

    Raises
        Overlaps: it is held already on some of these days.
    """
    conn.execute("SELECT pg_advisory_xact_lock(hashtextextended('authority', %s))", [account_id])
    if overlapping(conn, agent_id, account_id, kind, first, last):
        raise Overlaps
    # Where one was given and revoked on the same day, its row is taken up again.
    row = conn.execute(
        """INSERT INTO relationship (from_account_id, to_account_id, kind, sees_money, valid_from, valid_to)
        VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT (from_account_id, to_account_id, kind, valid_from)
        DO UPDATE SET sees_money = EXCLUDED.sees_money, valid_to = EXCLUDED.valid_to RETURNING id""",
        [agent_id, account_id, kind, sees_money, first, last],
    ).fetchone()
    assert row is not None
    return row["id"]


def end_on(conn: psycopg.Connection[dict], id: int, last: date | None) -> None:
    """Give an authority another last day, or none.

    Raises
        Overlaps: another of the same kind holds on some of the days added.
    """
    row = conn.execute(
        "SELECT from_account_id, to_account_id, kind, valid_from FROM relationship WHERE id = %s", [id]
    ).fetchone()
    assert row is not None
    agent_id, account_id, kind, first = row.values()
    conn.execute("SELECT pg_advisory_xact_lock(hashtextextended('authority', %s))", [account_id])
    if (last is None or last >= first) and overlapping(conn, agent_id, account_id, kind, first, last, but=id):
        raise Overlaps
    conn.execute("UPDATE relationship SET valid_to = %s WHERE id = %s", [last, id])


def revoke(conn: psycopg.Connection[dict], id: int, today: date) -> None:
    """End an authority at once: yesterday was its last day."""
    conn.execute(
        "UPDATE relationship SET valid_to = %(last)s WHERE id = %(id)s AND (valid_to IS NULL OR valid_to > %(last)s)",
        {"id": id, "last": today - timedelta(days=1)},
    )


def own(conn: psycopg.Connection[dict], account_ids: Sequence[int]) -> list[dict[str, Any]]:
    """``id public_id name`` of accounts, in the order of their names."""
    return conn.execute(
        "SELECT id, public_id, name FROM account WHERE id = ANY(%s) ORDER BY name, id", [list(account_ids)]
    ).fetchall()
