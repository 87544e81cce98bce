"""The account tables of the entry summaries that a filing was made of, as they were filed: every fact of them."""

from __future__ import annotations

from functools import cache

import pandas as pd
import psycopg
from sqlalchemy import BigInteger, Boolean, Column, Date, Integer, SmallInteger, Text

from .query import snapshot, table
from .schema import FACTS, Base

VERSION = "entry_summary_version"
#: Kept of a version for ourselves, not facts of it.
_OURS = ("interchange_id", "transaction_id")


def facts(conn: psycopg.Connection, filing_id: int, filer_code: str) -> dict[str, pd.DataFrame]:
    """Table name -> rows of the entries of one filer, keyed by ``version_id``: ``entry_summary_version`` and the facts
    tables of docs/architecture.md; those without rows are there, too.
    """
    values = {"filing": filing_id, "filer": filer_code}
    with snapshot(conn):
        return {name: table(conn, query, values, types) for name, (query, types) in _queries().items()}


def filers(conn: psycopg.Connection, filing_id: int) -> list[str]:
    """The filers of a filing's entries."""
    query = f"""SELECT DISTINCT v.filer_code FROM filing_entry f JOIN {VERSION} v ON v.id = f.version_id
        WHERE f.filing_id = %s ORDER BY 1"""
    return [filer for (filer,) in conn.execute(query, [filing_id]).fetchall()]


@cache
def _queries() -> dict[str, tuple[str, dict[str, str]]]:
    """A query for each table, and the types of its columns."""
    return {name: _query(name) for name in (VERSION, *FACTS)}


def _query(name: str) -> tuple[str, dict[str, str]]:
    columns = [c for c in Base.metadata.tables[name].columns if c.name not in _OURS]
    key = "id" if name == VERSION else "version_id"
    types = {"version_id" if c.name == key else c.name: _type(c) for c in columns}
    chosen = ", ".join(f"t.{c.name}" for c in columns)
    order = ", ".join(f"t.{c.name}" for c in columns if c.name in (key, "record", "slot"))
    return (
        f"""WITH chosen AS MATERIALIZED (
            SELECT version_id FROM filing_entry f JOIN {VERSION} v ON v.id = f.version_id
            WHERE f.filing_id = %(filing)s AND v.filer_code = %(filer)s)
        SELECT {chosen} FROM {name} t JOIN chosen c ON c.version_id = t.{key}
        WHERE t.{key} BETWEEN (SELECT min(version_id) FROM chosen) AND (SELECT max(version_id) FROM chosen)
        ORDER BY {order}""",
        types,
    )


def _type(column: Column) -> str:
    if isinstance(column.type, Boolean):
        return "bool"
    if isinstance(column.type, BigInteger | Integer | SmallInteger):
        return "Int64" if column.nullable else "int64"
    if isinstance(column.type, Date):
        return "datetime64[s]"
    return "str" if isinstance(column.type, Text) else "datetime64[us, UTC]"
