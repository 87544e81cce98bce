"""Payer units: the bank accounts that debits may draw from, and whose they are (dated; an accounts file loads them)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import pandas as pd
import psycopg

from .query import table

PAYER_UNIT = {
    "number": "str",
    "account_id": "int64",
    **dict.fromkeys(("kind", "identifier", "routing_number", "account_number", "account_kind", "payer_name"), "str"),
}
#: The payer units on the day ``day``, of rows that overlap the one that began last, by the accounts that may use them:
#: the owner and the accounts below it.
ON_DAY = """
    SELECT u.payer_unit AS number, a.id AS account_id, a.kind, a.identifier, u.routing_number, u.account_number,
        u.account_kind, u.payer_name
    FROM (
        SELECT DISTINCT ON (payer_unit) * FROM payer_unit
        WHERE valid_from <= %(day)s AND (valid_to IS NULL OR valid_to >= %(day)s)
        ORDER BY payer_unit, valid_from DESC
    ) u JOIN account a ON u.account_id IN (a.id, a.parent_id)"""


def payer_units(conn: psycopg.Connection, numbers: Iterable[str], day: date) -> pd.DataFrame:
    """Those of the payer units ``numbers`` that are on file on ``day`` (:data:`PAYER_UNIT`), a row for each account
    that may use it: ``kind`` and ``identifier`` are that account's, a filer code (``broker``) or an importer number
    (``importer``).
    """
    return table(conn, _NAMED, {"numbers": sorted(set(numbers)), "day": day}, PAYER_UNIT)


_NAMED = f"""
    SELECT {", ".join(PAYER_UNIT)} FROM ({ON_DAY}) u WHERE number = ANY(%(numbers)s) ORDER BY number, account_id"""
