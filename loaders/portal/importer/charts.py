"""An account's months as charts need them, out of ``account_month``."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from loaders.portal.importer.hub import Conn, Rows

#: What months can be broken down by, and narrowed to.
BY = {"origin": "origin", "chapter": "chapter", "broker": "filer_code", "port": "port"}
_SUMS = """sum(entries)::bigint AS entries, sum(lines)::bigint AS lines, sum(value_cents)::bigint AS value_cents,
    sum(duty_cents)::bigint AS duty_cents, sum(fee_cents)::bigint AS fee_cents, sum(tax_cents)::bigint AS tax_cents"""


def months(conn: Conn, accounts: Sequence[int], first: date, last: date, narrowed: dict[str, str]) -> Rows:
    """One row a month from ``first`` to ``last`` that has something, oldest first."""
    where, values = _where(accounts, first, last, narrowed)
    return conn.execute(
        f"SELECT month, {_SUMS} FROM account_month WHERE {where} GROUP BY 1 ORDER BY 1", values
    ).fetchall()


def parts(conn: Conn, accounts: Sequence[int], first: date, last: date, narrowed: dict[str, str], by: str) -> Rows:
    """The same broken down by one of :data:`BY`, the largest value first."""
    where, values = _where(accounts, first, last, narrowed)
    query = f"""SELECT {BY[by]} AS part, {_SUMS} FROM account_month WHERE {where}
        GROUP BY 1 ORDER BY value_cents DESC, 1"""
    return conn.execute(query, values).fetchall()


def choices(conn: Conn, accounts: Sequence[int], first: date, last: date) -> dict[str, list[str]]:
    """What the months have of each of :data:`BY`."""
    where, values = _where(accounts, first, last, {})
    columns = ", ".join(f"array_agg(DISTINCT {column}) AS {name}" for name, column in BY.items())
    row = conn.execute(f"SELECT {columns} FROM account_month WHERE {where}", values).fetchone()
    return {name: sorted((row or {}).get(name) or []) for name in BY}


def made_at(conn: Conn, accounts: Sequence[int]):
    """When the months were last added up."""
    row = conn.execute(
        "SELECT max(made_at) AS at FROM account_month WHERE account_id = ANY(%s)", [list(accounts)]
    ).fetchone()
    return row["at"] if row else None


def _where(accounts: Sequence[int], first: date, last: date, narrowed: dict[str, str]) -> tuple[str, dict]:
    parts = ["account_id = ANY(%(accounts)s)", "month BETWEEN %(first)s AND %(last)s"]
    parts += [f"{BY[name]} = %({name})s" for name in narrowed]
    return " AND ".join(parts), {"accounts": list(accounts), "first": first, "last": last, **narrowed}
