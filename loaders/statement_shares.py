"""An importer account's own share of statements: on a filer's statement, nothing of any other importer."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd
import psycopg

from .payables import FEE, PAYABLE, payable_on
from .query import snapshot, table
from .statement_tables import ENTRY

__all__ = ["FEE", "PAYABLE", "Share", "share"]


@dataclass(frozen=True, slots=True)
class Share:
    """``statement_entry``, ``payable`` and ``payable_fee`` (tables in docs/architecture.md) of one account."""

    entry: pd.DataFrame
    payable: pd.DataFrame
    fee: pd.DataFrame


def share(conn: psycopg.Connection, account_id: int, numbers: Iterable[str]) -> Share:
    """What was filed for the account on daily statements, also what was removed since. An entry that names another
    importer now belongs to each with the versions that were filed for it.
    """
    wanted = list(numbers)
    values = {"numbers": wanted, "importer": account_id}
    with snapshot(conn):
        entry = table(conn, _ENTRIES, values, ENTRY)
        return Share(entry, *payable_on(conn, wanted, importer=account_id))


_ENTRIES = """
    SELECT s.statement_number, e.version_id, e.entry_summary_id, e.due_cents, e.removed_at, e.removed_by
    FROM statement s JOIN statement_entry e ON e.statement_id = s.id
    JOIN entry_summary_version v ON v.id = e.version_id
    WHERE s.statement_number = ANY(%(numbers)s) AND v.importer_account_id = %(importer)s
    ORDER BY s.statement_number, e.version_id"""
