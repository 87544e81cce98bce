"""What an importer account entered or had released in a month: present versions and their facts, each row with the
file and record it was read from. One query a table, for as many accounts as are asked for at once.

The month of an entry is that of the earlier of entry and release (19 U.S.C. 1505(a)). A filing states the date of
entry; the date of release is not in it and counts as later. Without an entry date the arrival counts, and without
that the day the summary was accepted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import pandas as pd
import psycopg

from . import of_month
from .query import snapshot, table
from .statement_tables import statements

_PLACE = {"version_id": "int64", "record": "int64", "file_name": "str"}
ACCOUNT = {"account_id": "int64", **dict.fromkeys(("number", "name", "importer_number", "parent"), "str")}
ENTRY = {
    **dict.fromkeys(("account_id", "entry_summary_id"), "int64"),
    **_PLACE,
    "interchange": "str",
    **dict.fromkeys(("filer_code", "entry_number", "version_number", "entry_type", "port", "importer_number"), "str"),
    **dict.fromkeys(("entry_date", "import_date"), "datetime64[s]"),
    **dict.fromkeys(("statement_number", "statement_status", "payment_type"), "str"),
    "deferred": "bool",
    **dict.fromkeys(("duty_cents", "fee_cents", "tax_cents", "ad_cents", "cvd_cents", "other_cents"), "int64"),
    **dict.fromkeys(("billed_version_id", "billed_cents"), "Int64"),
}
LINE = _PLACE | {
    "line": "int64",
    **dict.fromkeys(("line_id", "set_indicator", "origin", "export_country", "spi"), "str"),
}
TARIFF = {
    **_PLACE,
    "line_no": "Int64",
    **dict.fromkeys(("line", "tariff"), "int64"),
    "hts_number": "str",
    **dict.fromkeys(("duty_cents", "value_cents", "quantity_1"), "Int64"),
    "unit_1": "str",
}
FEE = _PLACE | {"kind": "str", "line": "int64", "slot": "int64", "class_code": "str", "amount_cents": "Int64"}
FEE_TOTAL = {"version_id": "int64", "class_code": "str", "amount_cents": "int64"}
ADCVD = {
    **_PLACE,
    **dict.fromkeys(("line", "tariff"), "int64"),
    **dict.fromkeys(("case_number", "claim"), "str"),
    **dict.fromkeys(("rate", "value_cents", "duty_cents"), "Int64"),
}


@dataclass(frozen=True, slots=True)
class Activity:
    """The tables a filing is made from (``transforms.filing``); ``account`` has a row for each account. ``line_no`` is
    blank: the physical line is not kept, ``record`` is.
    """

    account: pd.DataFrame
    month: date
    entry: pd.DataFrame
    line: pd.DataFrame
    tariff: pd.DataFrame
    fee: pd.DataFrame
    adcvd: pd.DataFrame
    fee_total: pd.DataFrame
    statement: pd.DataFrame
    statement_entry: pd.DataFrame


def activity(conn: psycopg.Connection, accounts: int | Sequence[int], month: date) -> Activity:
    """The activity of importer accounts (ids) in the month of ``month``, read from one state of the database."""
    ids = [accounts] if isinstance(accounts, int) else list(accounts)
    values = {"accounts": ids, "month": month.replace(day=1)}
    with snapshot(conn):
        entry = table(conn, _ENTRY, values, ENTRY)
        on = entry.loc[entry["statement_number"] != "", "statement_number"].unique().tolist()
        statement, statement_entry, _ = statements(conn, numbers=on)
        above = set(statement["parent_number"]) - {""}
        if above:
            statement, statement_entry, _ = statements(conn, numbers=[*on, *above])
        return Activity(
            account=table(conn, of_month.ACCOUNT, values, ACCOUNT),
            month=month.replace(day=1),
            entry=entry,
            line=table(conn, _facts(LINE, "line"), values, LINE),
            tariff=table(conn, _facts(TARIFF, "tariff"), values, TARIFF),
            fee=table(conn, _facts(FEE, "fee"), values, FEE),
            adcvd=table(conn, _facts(ADCVD, "adcvd"), values, ADCVD),
            fee_total=table(conn, _FEE_TOTAL, values, FEE_TOTAL),
            statement=statement,
            statement_entry=statement_entry,
        )


_CHOSEN = f"""
    WITH chosen AS MATERIALIZED (
        SELECT e.id AS entry_summary_id, v.id AS version_id {of_month.FROM}
    ), named AS MATERIALIZED (
        SELECT interchange_id, (array_agg(name ORDER BY id))[1] AS file_name FROM arrival
        WHERE interchange_id IN (
            SELECT interchange_id FROM entry_summary_version WHERE id IN (SELECT version_id FROM chosen))
        GROUP BY interchange_id
    )"""
_OWN = of_month.ENTRY | {"file_name": "coalesce(n.file_name, '')", "interchange": "i.sha256"}
_ENTRY = f"""{_CHOSEN}
    SELECT {", ".join(_OWN.get(column, f"v.{column}") for column in ENTRY)}
    FROM chosen c JOIN entry_summary_version v ON v.id = c.version_id JOIN entry_summary e ON e.id = c.entry_summary_id
    JOIN interchange i ON i.id = v.interchange_id LEFT JOIN named n ON n.interchange_id = v.interchange_id
    ORDER BY v.filer_code, v.entry_number"""
_RANGE = "f.version_id BETWEEN (SELECT min(version_id) FROM chosen) AND (SELECT max(version_id) FROM chosen)"
_FEE_TOTAL = f"""{_CHOSEN}
    SELECT f.version_id, f.class_code, coalesce(f.amount_cents, 0) FROM fee_total f JOIN chosen c USING (version_id)
    WHERE {_RANGE} ORDER BY f.version_id, f.record, f.slot"""


def _facts(types: dict[str, str], name: str) -> str:
    own = {"file_name": "coalesce(n.file_name, '')", "line_no": "NULL::bigint"}
    columns = ", ".join(own.get(column, f"f.{column}") for column in types)
    return f"""{_CHOSEN}
    SELECT {columns} FROM {name} f JOIN chosen c USING (version_id)
    LEFT JOIN named n ON n.interchange_id = f.interchange_id WHERE {_RANGE} ORDER BY f.version_id, f.record"""
