"""What is payable: accepted entry summary versions with their statement data and what was reported as due on them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

import pandas as pd
import psycopg

from .query import snapshot, table

PAYABLE = {
    **dict.fromkeys(("entry_summary_id", "version_id"), "int64"),
    **dict.fromkeys(("filer_code", "entry_number", "entry_type", "port", "port_of_entry"), "str"),
    **dict.fromkeys(("importer_number", "payment_type"), "str"),
    **dict.fromkeys(("print_date", "month"), "datetime64[s]"),
    **dict.fromkeys(("branch", "broker_reference", "version_number"), "str"),
    "entry_date": "datetime64[s]",
    "surety": "str",
    "deferred": "bool",
    **dict.fromkeys(
        ("duty_cents", "tax_cents", "ad_cents", "cvd_cents", "other_cents", "interest_cents"),
        "int64",
    ),
    **dict.fromkeys(("bonded_ad_cents", "bonded_cvd_cents"), "int64"),
}
FEE = {"version_id": "int64", "class_code": "str", "amount_cents": "int64"}
#: The accounting class of interest on a reconciliation; no fee, though it comes among them.
INTEREST = "044"

Payable = tuple[pd.DataFrame, pd.DataFrame]


def payable(conn: psycopg.Connection, *, day: date | None = None, month: date | None = None) -> Payable:
    """What is on file and on no statement yet: to be printed on ``day``, or with the statement month that has ``month``
    in it, or (with neither) all of it.
    """
    first = month.replace(day=1) if month else None
    return _read(conn, _OPEN if day is None else _OF_DAY, {"day": day, "month": first})


def payable_of(conn: psycopg.Connection, keys: pd.DataFrame) -> Payable:
    """The present versions of the entries that ``keys`` (``filer_code entry_number``) names, on a statement or not;
    those that are not on file are absent.
    """
    unique = keys[["filer_code", "entry_number"]].drop_duplicates()
    values = {"filers": unique["filer_code"].tolist(), "entries": unique["entry_number"].tolist()}
    return _read(conn, _NAMED, values)


def payable_on(conn: psycopg.Connection, numbers: Iterable[str], *, importer: int | None = None) -> Payable:
    """The versions on daily statements, also those removed since, with the statement data they were printed with. One
    that was removed from one of them and stands on another is there once, with the data of that. With ``importer`` (an
    account id) only those that were filed for it.
    """
    chosen = _PRINTED.format(whose="" if importer is None else _FILED_FOR)
    return _read(conn, chosen, {"numbers": list(numbers), "importer": importer})


def _read(conn: psycopg.Connection, chosen: str, values: dict[str, Any]) -> Payable:
    with snapshot(conn):
        return (
            table(conn, _PAYABLE.format(chosen=chosen), values, PAYABLE),
            table(conn, _FEE.format(chosen=chosen), values, FEE),
        )


#: The first of the statement month: a filing states its number only, and it never lies before the print date.
_MONTH = """
    CASE WHEN v.statement_month ~ '^(0[1-9]|1[0-2])$' AND v.statement_date IS NOT NULL THEN make_date(
        extract(year FROM v.statement_date)::int
            + (v.statement_month::int < extract(month FROM v.statement_date))::int, v.statement_month::int, 1) END"""
#: Present versions with their statement data: as last moved, or as filed.
_PRESENT = f"""
    SELECT * FROM (
        SELECT e.id AS entry_summary_id, v.id AS version_id, e.statement_number, e.paid_at,
            CASE WHEN m.id IS NULL THEN v.payment_type ELSE m.payment_type END AS payment_type,
            CASE WHEN m.id IS NULL THEN v.statement_date ELSE m.print_date END AS print_date,
            CASE WHEN m.id IS NULL THEN {_MONTH} ELSE m.month END AS month,
            CASE WHEN m.id IS NULL THEN v.client_branch ELSE m.branch END AS branch
        FROM entry_summary e JOIN entry_summary_version v ON v.id = e.version_id
        LEFT JOIN {{moves}} m ON m.version_id = v.id
        WHERE e.status = 'accepted'{{named}}
    ) present"""
_ALL_MOVES = "(SELECT DISTINCT ON (version_id) * FROM statement_move ORDER BY version_id, id DESC)"
#: Looked up version by version, where few versions are asked for: the table of moves is not read as a whole.
_EACH_MOVE = "LATERAL (SELECT * FROM statement_move WHERE version_id = v.id ORDER BY id DESC LIMIT 1)"
_STILL_OPEN = """
    WHERE statement_number IS NULL AND paid_at IS NULL
    AND (%(day)s::date IS NULL OR print_date = %(day)s) AND (%(month)s::date IS NULL OR month = %(month)s)"""
_OPEN = _PRESENT.format(named="", moves=_ALL_MOVES) + _STILL_OPEN
#: What was filed for the day or moved to it: both are found by an index (and what was moved away is left out above).
_OF_DAY = (
    _PRESENT.format(
        named=""" AND e.id IN (
            SELECT entry_summary_id FROM entry_summary_version WHERE statement_date = %(day)s
            UNION ALL SELECT entry_summary_id FROM statement_move WHERE print_date = %(day)s)""",
        moves=_EACH_MOVE,
    )
    + _STILL_OPEN
)
_NAMED = _PRESENT.format(
    moves=_EACH_MOVE,
    named=" AND (e.filer_code, e.entry_number) IN (SELECT * FROM unnest(%(filers)s::text[], %(entries)s::text[]))",
)
_PRINTED = """
    SELECT DISTINCT ON (p.version_id) p.entry_summary_id, p.version_id, s.payment_type, s.print_date, s.month, s.branch
    FROM statement s JOIN statement_entry p ON p.statement_id = s.id WHERE s.statement_number = ANY(%(numbers)s){whose}
    ORDER BY p.version_id, p.removed_at DESC NULLS FIRST, s.id DESC"""
_FILED_FOR = """
    AND EXISTS (SELECT FROM entry_summary_version WHERE id = p.version_id AND importer_account_id = %(importer)s)"""

# Facts have a BRIN index on the version: its range, read from the chosen versions, skips most of the table.
_RANGE = "version_id BETWEEN (SELECT min(version_id) FROM chosen) AND (SELECT max(version_id) FROM chosen)"
_PAYABLE = f"""
    WITH chosen AS MATERIALIZED ({{chosen}})
    SELECT c.entry_summary_id, c.version_id, v.filer_code, v.entry_number, v.entry_type, v.block_port, v.port_of_entry,
        v.importer_number, c.payment_type, c.print_date, c.month, c.branch, v.broker_reference, v.version_number,
        v.entry_date, coalesce(b.surety, ''), v.deferred_tax <> '', coalesce(v.total_duty_cents, 0),
        coalesce(v.total_tax_cents, 0), coalesce(v.total_ad_cents, 0), coalesce(v.total_cvd_cents, 0),
        coalesce(v.total_other_cents, 0), coalesce(i.cents, 0), coalesce(v.bonded_ad_cents, 0),
        coalesce(v.bonded_cvd_cents, 0)
    FROM chosen c JOIN entry_summary_version v ON v.id = c.version_id
    LEFT JOIN (
        SELECT DISTINCT ON (version_id) version_id, surety FROM bond
        WHERE {_RANGE} AND surety <> '' ORDER BY version_id, record
    ) b ON b.version_id = v.id
    LEFT JOIN (
        SELECT version_id, sum(amount_cents)::bigint AS cents FROM fee_total
        WHERE {_RANGE} AND class_code = '{INTEREST}' GROUP BY version_id
    ) i ON i.version_id = v.id
    ORDER BY v.filer_code, v.entry_number, v.id"""
_FEE = f"""
    WITH chosen AS MATERIALIZED ({{chosen}})
    SELECT version_id, class_code, sum(coalesce(amount_cents, 0))::bigint
    FROM fee_total JOIN (SELECT version_id FROM chosen) c USING (version_id)
    WHERE {_RANGE} AND class_code <> '{INTEREST}' GROUP BY version_id, class_code ORDER BY version_id, class_code"""
