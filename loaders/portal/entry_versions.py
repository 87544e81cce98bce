"""An entry summary with all its versions, for officers: what stands on file, and what was told of it."""

from __future__ import annotations

from typing import Any

import pandas as pd
import psycopg
from psycopg import sql

from loaders.schema import FACTS, EntrySummaryVersion


def entry_list(conn: psycopg.Connection[dict], *, number: str, account_id: int | None, filer: str, entry_type: str,
               before: int, limit: int) -> list[dict]:  # fmt: skip
    """Entry summaries, the latest filed first: by number (with or without its filer code), importer or filer account,
    filer code, entry type. ``before``: the id to go on from, 0 for the first page."""
    asked = "".join(c for c in number.upper() if c.isalnum())
    values = {"code": asked[:-8] if len(asked) > 8 else "", "digits": asked[-8:], "account": account_id,
              "filer": filer, "type": entry_type, "before": before, "limit": limit}  # fmt: skip
    return conn.execute(_LIST, values).fetchall()


_LIST = """
    SELECT e.id, e.filer_code, e.entry_number, e.status, e.entry_type, e.port_of_entry, e.importer_number, e.sequence,
        e.accepted_at, e.changed_at, a.name, a.public_id
    FROM entry_summary e LEFT JOIN account a ON a.id = e.importer_account_id
    WHERE (%(digits)s = '' OR e.entry_number = %(digits)s) AND (%(code)s = '' OR e.filer_code = %(code)s)
    AND (%(account)s::bigint IS NULL OR e.importer_account_id = %(account)s OR e.filer_account_id = %(account)s)
    AND (%(filer)s = '' OR e.filer_code = %(filer)s) AND (%(type)s = '' OR e.entry_type = %(type)s)
    AND (%(before)s = 0 OR e.id < %(before)s) ORDER BY e.id DESC LIMIT %(limit)s"""


def summary(conn: psycopg.Connection[dict], entry_id: int) -> dict | None:
    """The present state of an entry summary, and the accounts it belongs to."""
    return conn.execute(
        """SELECT e.*, i.name AS importer_name, i.public_id AS importer_public_id, f.name AS filer_name,
            f.public_id AS filer_public_id
        FROM entry_summary e LEFT JOIN account i ON i.id = e.importer_account_id
        LEFT JOIN account f ON f.id = e.filer_account_id WHERE e.id = %s""",
        [entry_id],
    ).fetchone()


def facts(conn: psycopg.Connection[dict], entry_id: int) -> list[dict[str, pd.DataFrame]]:
    """The versions of an entry summary, the first first, of many the last 25: header (one row) and facts by table."""
    header = pd.DataFrame(
        conn.execute(
            """SELECT * FROM (SELECT * FROM entry_summary_version WHERE entry_summary_id = %s
            ORDER BY sequence DESC LIMIT 25) last ORDER BY sequence""",
            [entry_id],
        ).fetchall(),
        columns=list(EntrySummaryVersion.__table__.columns.keys()),
    )
    return [
        {"header": header[header["id"] == id].reset_index(drop=True), **{name: _rows(conn, name, id) for name in FACTS}}
        for id in header["id"].tolist()
    ]


def _rows(conn: psycopg.Connection[dict], name: str, version_id: int) -> pd.DataFrame:
    """One version at a time: of several the planner would rather make a table of all versions a viewer may see."""
    columns = list(FACTS[name].__table__.columns.keys())
    query = sql.SQL("SELECT * FROM {} WHERE version_id = %s ORDER BY record").format(sql.Identifier(name))
    return pd.DataFrame(conn.execute(query, [version_id]).fetchall(), columns=columns)


def told(conn: psycopg.Connection[dict], filer_code: str, entry_number: str) -> list[dict[str, Any]]:
    """Every filing action on an entry, refused ones included, each with the conditions it was answered with."""
    actions = conn.execute(
        """SELECT t.id, t.action, t.final, t.code, t.severity, t.effect, t.version_number, t.amount_cents,
            i.received_at FROM transaction t JOIN interchange i ON i.id = t.interchange_id
        WHERE (t.filer_code, t.entry_number) = (%s, %s) AND i.mode = 'file' ORDER BY t.id""",
        [filer_code, entry_number],
    ).fetchall()
    conditions = conn.execute(
        """SELECT transaction_id, code, severity, narrative, record_id, record FROM condition
        WHERE transaction_id = ANY(%s) AND severity <> 'I' ORDER BY id""",
        [[it["id"] for it in actions]],
    ).fetchall()
    return [{**it, "conditions": [c for c in conditions if c["transaction_id"] == it["id"]]} for it in actions]
