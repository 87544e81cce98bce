"""What accounts chose for their month, as dated rows: read for a day, and changed from a day on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import pandas as pd
import psycopg

from .query import table

SETTING = {
    "account_id": "int64",
    **dict.fromkeys(("number", "kind", "identifier", "scope", "port"), "str"),
    "preliminary_day": "Int64",
    **dict.fromkeys(("payer_unit", "method"), "str"),
}


@dataclass(frozen=True, slots=True)
class Setting:
    """``scope`` is ``national`` (then ``port`` prepares the statement) or ``port`` (one for each);
    ``preliminary_day`` the working day, 1 to 11, on which the monthly statement is printed (None: the eleventh);
    ``method`` ``debit`` or ``credit``.
    """

    scope: str = "port"
    port: str = ""
    preliminary_day: int | None = None
    payer_unit: str = ""
    method: str = "debit"


def settings(conn: psycopg.Connection, day: date) -> pd.DataFrame:
    """What every account that chose has chosen for ``day`` (:data:`SETTING`); ``identifier`` is the importer number or
    filer code.
    """
    return table(conn, _SETTINGS, {"day": day}, SETTING)


_SETTINGS = """
    SELECT a.id, a.number, a.kind, a.identifier, s.scope, s.port, s.preliminary_day, s.payer_unit, s.method
    FROM statement_setting s JOIN account a ON a.id = s.account_id
    WHERE s.valid_from <= %(day)s AND (s.valid_to IS NULL OR s.valid_to >= %(day)s) ORDER BY a.number"""


def choose(conn: psycopg.Connection, account_id: int, setting: Setting, valid_from: date) -> None:
    """Let ``setting`` hold for an account from ``valid_from`` on; what held until then ends the day before, what was
    to begin later is dropped. Commits.

    Raises
        psycopg.errors.CheckViolation: a value that is none of the choices (the constraint says which column).
        psycopg.errors.ForeignKeyViolation: there is no such account.
    """
    own = [getattr(setting, name) for name in Setting.__slots__]
    with conn.transaction():
        conn.execute("SELECT FROM account WHERE id = %s FOR NO KEY UPDATE", [account_id])
        conn.execute(
            "DELETE FROM statement_setting WHERE account_id = %s AND valid_from >= %s", [account_id, valid_from]
        )
        conn.execute(_END, [valid_from - timedelta(days=1), account_id, valid_from])
        conn.execute(_BEGIN, [account_id, valid_from, *own])


_END = """
    UPDATE statement_setting SET valid_to = %s
    WHERE account_id = %s AND (valid_to IS NULL OR valid_to >= %s)"""
_BEGIN = """
    INSERT INTO statement_setting (account_id, valid_from, scope, port, preliminary_day, payer_unit, method)
    VALUES (%s, %s, %s, %s, %s, %s, %s)"""
