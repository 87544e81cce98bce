"""How accounts stand with their payments, as dated rows: good, late, noticed, defaulted. Nothing follows from it by
itself: whether an account is suspended, an operator decides.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

import pandas as pd
import psycopg

from .query import table

STANDING = {"account_id": "int64", "standing": "str", "statement_number": "str", "since": "datetime64[s]"}


def standing(conn: psycopg.Connection, account_ids: Iterable[int], today: date) -> pd.DataFrame:
    """How each of the accounts stands on ``today`` (:data:`STANDING`), the worst statement that says so, and since
    when (blank: nothing was ever late).
    """
    return table(conn, _STANDING, {"ids": sorted({int(id) for id in account_ids}), "today": today}, STANDING)


_STANDING = """
    SELECT a.id, coalesce(t.standing, 'good'), coalesce(t.statement_number, ''), t.valid_from
    FROM account a LEFT JOIN account_standing t ON t.account_id = a.id
        AND t.valid_from <= %(today)s AND (t.valid_to IS NULL OR t.valid_to >= %(today)s)
    WHERE a.id = ANY(%(ids)s) ORDER BY a.id"""


def stand(conn: psycopg.Connection, worst: pd.DataFrame, day: date, at: datetime) -> int:
    """Let accounts stand as ``worst`` says (``account_id standing statement_number``) from ``day`` on, and all others
    well; how many changed. A day before the present row of an account changes nothing of it. Part of the caller's
    transaction, if it is in one.
    """
    values = {name: worst[name].tolist() for name in ("account_id", "standing", "statement_number")}
    with conn.transaction():
        conn.execute("LOCK TABLE account_standing IN SHARE ROW EXCLUSIVE MODE")
        changed = conn.execute(_CHANGED, values | {"day": day}).fetchall()
        ids = [id for id, _, _ in changed]
        conn.execute("DELETE FROM account_standing WHERE account_id = ANY(%s) AND valid_from = %s", [ids, day])
        conn.execute(_END, [day, ids])
        conn.cursor().executemany(_BEGIN, [[*row, day, at] for row in changed])
    return len(changed)


_CHANGED = """
    WITH given AS (
        SELECT * FROM unnest(%(account_id)s::bigint[], %(standing)s::text[], %(statement_number)s::text[])
            AS g (account_id, standing, statement_number)
    ), wanted AS (
        SELECT * FROM given
        UNION ALL SELECT account_id, 'good', '' FROM account_standing
            WHERE valid_to IS NULL AND standing <> 'good' AND account_id NOT IN (SELECT account_id FROM given)
    )
    SELECT w.account_id, w.standing, w.statement_number FROM wanted w
    LEFT JOIN account_standing t ON t.account_id = w.account_id AND t.valid_to IS NULL
    WHERE (t.id IS NULL OR t.valid_from <= %(day)s)
    AND (t.standing, t.statement_number) IS DISTINCT FROM (w.standing, w.statement_number)
    ORDER BY w.account_id"""
_END = "UPDATE account_standing SET valid_to = %s::date - 1 WHERE account_id = ANY(%s) AND valid_to IS NULL"
_BEGIN = """
    INSERT INTO account_standing (account_id, standing, statement_number, valid_from, recorded_at)
    VALUES (%s, %s, %s, %s, %s)"""
