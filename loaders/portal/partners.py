"""What a partner sees of its own X12 profile: what is agreed, and the control numbers either side has used."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import psycopg

Conn = psycopg.Connection[dict]
Rows = list[dict[str, Any]]
#: Interchanges in which gaps are looked for.
LOOKED_AT = 1000


def profiles(conn: Conn, accounts: Sequence[int], today: date) -> Rows:
    """The profiles of the accounts that hold today or will, by id and first day."""
    query = """SELECT p.*, a.name AS account FROM x12_partner p JOIN account a ON a.id = p.account_id
        WHERE p.account_id = ANY(%s) AND (p.valid_to IS NULL OR p.valid_to >= %s)
        ORDER BY a.name, p.qualifier, p.identifier, p.valid_from"""
    return conn.execute(query, [list(accounts), today]).fetchall()


def received(conn: Conn, accounts: Sequence[int]) -> Rows:
    """What came under each sender's id: ``sender_qualifier sender interchanges refused last_number last_at version``,
    the latest first."""
    return conn.execute(_RECEIVED, {"accounts": list(accounts), "most": LOOKED_AT}).fetchall()


_LATELY = """(SELECT x.* FROM x12_interchange x WHERE x.account_id = ANY(%(accounts)s)
        ORDER BY x.id DESC LIMIT %(most)s)"""
_RECEIVED = f"""
    SELECT x.sender_qualifier, x.sender, count(*) AS interchanges, count(*) FILTER (WHERE x.code = 'R') AS refused,
        (array_agg(x.control_number ORDER BY x.id DESC) FILTER (WHERE x.counted))[1] AS last_number,
        max(i.received_at) AS last_at, (array_agg(x.version ORDER BY x.id DESC))[1] AS version,
        (array_agg(DISTINCT x.usage)) AS usages
    FROM {_LATELY} x JOIN interchange i ON i.id = x.interchange_id
    GROUP BY 1, 2 ORDER BY last_at DESC"""


def gaps(conn: Conn, accounts: Sequence[int], limit: int = 50) -> Rows:
    """Control numbers of interchanges that are missing between two that came lately: ``sender_qualifier sender first
    last``, the latest first, with the day that the next one came. A number that came after its successor is no gap."""
    return conn.execute(_GAPS, {"accounts": list(accounts), "most": LOOKED_AT, "limit": limit}).fetchall()


_GAPS = f"""
    SELECT sender_qualifier, sender, before + 1 AS first, number - 1 AS last, received_at FROM (
        SELECT x.sender_qualifier, x.sender, x.number, i.received_at,
            lag(x.number) OVER (PARTITION BY x.sender_qualifier, x.sender, x.receiver_qualifier, x.receiver
                ORDER BY x.number) AS before
        FROM {_LATELY} x JOIN interchange i ON i.id = x.interchange_id WHERE x.counted
    ) numbered WHERE number > before + 1 ORDER BY received_at DESC, first DESC LIMIT %(limit)s"""


def missing(conn: Conn, since: datetime) -> dict[int, int]:
    """Account -> how many gaps there are among the interchange numbers that came since an instant; for operations."""
    rows = conn.execute(_MISSING, [since]).fetchall()
    return {row["account_id"]: row["gaps"] for row in rows}


_MISSING = """
    SELECT account_id, count(*) AS gaps FROM (
        SELECT x.account_id, x.number, lag(x.number) OVER (PARTITION BY x.account_id, x.sender_qualifier, x.sender,
            x.receiver_qualifier, x.receiver ORDER BY x.number) AS before
        FROM x12_interchange x JOIN interchange i ON i.id = x.interchange_id
        WHERE x.counted AND i.received_at >= %s
    ) numbered WHERE number > before + 1 GROUP BY 1"""


def refused(conn: Conn, since: datetime) -> dict[int, int]:
    """Account -> how many of our messages it refused since an instant (997, 999, 824, TA1); for operations."""
    query = """SELECT account_id, count(*) AS refused FROM x12_sent
        WHERE state = 'rejected' AND answered_at >= %s GROUP BY 1"""
    return {row["account_id"]: row["refused"] for row in conn.execute(query, [since]).fetchall()}


def releases(conn: Conn, accounts: Sequence[int]) -> Rows:
    """What the groups that came lately are of: ``functional_id release groups rejected``."""
    query = """SELECT functional_id, release, count(*) AS groups, count(*) FILTER (WHERE status = 'R') AS rejected
        FROM (SELECT * FROM x12_group WHERE account_id = ANY(%s) ORDER BY batch_id DESC LIMIT %s) g
        GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2"""
    return conn.execute(query, [list(accounts), LOOKED_AT]).fetchall()


def sent(conn: Conn, accounts: Sequence[int]) -> Rows:
    """The last numbers that we gave to each id: ``own_qualifier own_id qualifier identifier interchange group set``;
    dry runs left out."""
    query = """SELECT own_qualifier, own_id, qualifier, identifier,
            max(last) FILTER (WHERE level = 'interchange') AS interchange,
            max(last) FILTER (WHERE level = 'group') AS "group", max(last) FILTER (WHERE level = 'set') AS "set"
        FROM x12_control WHERE account_id = ANY(%s) AND NOT trial GROUP BY 1, 2, 3, 4 ORDER BY 3, 4"""
    return conn.execute(query, [list(accounts)]).fetchall()


def outgoing(conn: Conn, accounts: Sequence[int]) -> Rows:
    """What we sent lately by set, and what came back for it: ``set_id sent acknowledged rejected last_at``."""
    query = """SELECT set_id, count(*) AS sent, count(*) FILTER (WHERE state = 'acknowledged') AS acknowledged,
            count(*) FILTER (WHERE state = 'rejected') AS rejected, max(sent_at) AS last_at
        FROM (SELECT * FROM x12_sent WHERE account_id = ANY(%s) ORDER BY id DESC LIMIT %s) s GROUP BY 1 ORDER BY 1"""
    return conn.execute(query, [list(accounts), LOOKED_AT]).fetchall()
