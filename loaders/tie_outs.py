"""What the account tables must never show: each check is a query for the rows that break it.

For a checkpoint before a month is closed and every night; a healthy database gives no row at all, except for
:data:`WARNINGS`, which tell what is unusual and not what is wrong. Each is one statement, so it sees one state of the
database while the intake goes on.

A check may be bounded to a month (any day of it), so that closing one reads as much when ten years are on file as when
one is. Then it looks at files received, versions accepted and statements printed in that month and the one after it,
and at the filings of the month. Checks that need a clock find nothing without one.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime

import pandas as pd
import psycopg
from psycopg import sql

from . import tie_outs_exports, tie_outs_files, tie_outs_invoices, tie_outs_statements

#: Check -> a query for what breaks it, one text that names the place; with ``%(month)s`` and ``%(now)s``.
CHECKS: dict[str, str] = {
    **tie_outs_files.CHECKS,
    **tie_outs_files.WARNINGS,
    **tie_outs_statements.CHECKS,
    **tie_outs_exports.CHECKS,
    **tie_outs_invoices.CHECKS,
}
WARNINGS = frozenset(tie_outs_files.WARNINGS)
#: How many places of a broken check are told.
FIRST = 20


def queries(month: date | None = None, now: datetime | None = None) -> Iterator[tuple[str, str]]:
    """Each check and its query without parameters."""
    first = month.replace(day=1) if month else None
    values = {"month": (first, "date"), "now": (now, "timestamptz")}
    for check, query in CHECKS.items():
        for name, (value, kind) in values.items():
            literal = sql.Literal(value.isoformat() if value else None).as_string()
            query = query.replace(f"%({name})s", f"{literal}::{kind}")
        yield check, query


def counted(query: str, first: int = FIRST) -> str:
    """``query`` for its first rows and their number: columns ``at`` and ``broken``; no row when there is none."""
    return f"SELECT at, count(*) OVER () AS broken FROM ({query}) AS found (at) ORDER BY at LIMIT {first}"


def broken(conn: psycopg.Connection, month: date | None = None, now: datetime | None = None) -> pd.DataFrame:
    """Everything that breaks a check: ``check at``; empty when all tie out."""
    found = [(check, at) for check, query in queries(month, now) for (at,) in conn.execute(query).fetchall()]
    return pd.DataFrame(found, columns=["check", "at"]).astype("str")
