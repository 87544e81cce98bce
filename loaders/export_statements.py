"""The export activity statement of an exporter account and month: what it is made of, and its versions, which are never
overwritten.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime

import pandas as pd
import psycopg

from . import bulk, outgoing
from .query import table

ACCOUNT = {"account_id": "int64", "number": "str", "name": "str", "identifier": "str"}
FILING = {
    "account_id": "int64",
    "version_id": "int64",
    "reference": "str",
    "itn": "str",
    "filer": "str",
    "filer_name": "str",
    "export_date": "datetime64[s]",
    "mode": "str",
    "port_of_export": "str",
    "destination": "str",
    "consignee": "str",
    "option": "str",
    "days_late": "int64",
    "lines": "int64",
    "value_cents": "int64",
    "weight_kg": "int64",
}
LINE = {
    "account_id": "int64",
    "version_id": "int64",
    "line": "int64",
    "number": "str",
    "description": "str",
    "origin": "str",
    "unit": "str",
    "quantity": "Int64",
    "second_unit": "str",
    "second_quantity": "Int64",
    "value_cents": "int64",
    "weight_kg": "Int64",
    "license": "str",
}
#: A version of a statement, as :func:`statements` reads it.
STATEMENT = {
    "statement_id": "int64",
    "month": "datetime64[s]",
    "version": "int64",
    "state": "str",
    "hash": "str",
    "filings": "int64",
    "lines": "int64",
    "value_cents": "int64",
    "late": "int64",
    "issued_at": "datetime64[us, UTC]",
}


def busy(conn: psycopg.Connection, month: date, account_id: int | None = None) -> list[int]:
    """Ids of the accounts with a filing that leaves in the month, or whose last statement of it had one; of one account
    where one is named."""
    values = {"month": month.replace(day=1), "account": account_id}
    return [id for (id,) in conn.execute(_BUSY, values).fetchall()]


_OF_MONTH = """f.status = 'filed' AND f.export_date >= %(month)s
    AND f.export_date < %(month)s::date + interval '1 month'"""
_BUSY = f"""
    SELECT id FROM (
        SELECT exporter_account_id AS id FROM export_filing f WHERE {_OF_MONTH}
        UNION SELECT account_id FROM export_statement WHERE month = %(month)s AND state = 'issued' AND filings > 0
    ) b WHERE %(account)s::bigint IS NULL OR id = %(account)s ORDER BY id"""


@dataclass(frozen=True, slots=True)
class Activity:
    """A month of some accounts: tables :data:`ACCOUNT`, :data:`FILING`, :data:`LINE`."""

    account: pd.DataFrame
    filing: pd.DataFrame
    line: pd.DataFrame

    def of(self, account_id: int) -> Activity:
        """What is one account's, without its id."""
        own = (
            it[it["account_id"] == account_id].drop(columns="account_id").reset_index(drop=True)
            for it in (self.account, self.filing, self.line)
        )
        return Activity(*own)


def activity(conn: psycopg.Connection, account_ids: Iterable[int], month: date) -> Activity:
    """The month of these accounts, by date of export, in the versions that count now."""
    values = {"accounts": list(account_ids), "month": month.replace(day=1)}
    return Activity(
        table(conn, _ACCOUNT, values, ACCOUNT), table(conn, _FILING, values, FILING), table(conn, _LINE, values, LINE)
    )


_ACCOUNT = "SELECT id, number, name, identifier FROM account WHERE id = ANY(%(accounts)s) ORDER BY id"
_WHOSE = f"""
    FROM export_filing f JOIN export_filing_version v ON v.id = f.version_id
    WHERE f.exporter_account_id = ANY(%(accounts)s) AND {_OF_MONTH}"""
_FILING = f"""
    SELECT f.exporter_account_id, f.version_id, f.reference, f.itn, s.number, s.name, f.export_date, v.mode,
        v.port_of_export, v.destination, v.consignee_name, v."option", f.days_late, f.lines, f.value_cents, v.weight
    {_WHOSE.replace("WHERE", "JOIN account s ON s.id = f.filer_account_id WHERE", 1)}
    ORDER BY f.exporter_account_id, f.export_date, f.reference"""
_LINE = f"""
    SELECT f.exporter_account_id, l.version_id, l.line, l.number, l.description, l.origin, l.unit_1, l.quantity_1,
        l.unit_2, l.quantity_2, l.value_cents, l.weight, l.license_code
    {_WHOSE.replace("WHERE", "JOIN export_line l ON l.version_id = v.id WHERE", 1)}
    ORDER BY f.exporter_account_id, l.version_id, l.line"""


def statements(conn: psycopg.Connection, account_id: int, month: date | None = None) -> pd.DataFrame:
    """The statements of an account, of one month or all, every version (:data:`STATEMENT`), oldest first."""
    values = {"account": account_id, "month": month.replace(day=1) if month else None}
    return table(conn, _STATEMENTS, values, STATEMENT)


_STATEMENTS = """
    SELECT id, month, version, state, hash, filings, lines, value_cents, late, issued_at FROM export_statement
    WHERE account_id = %(account)s AND (%(month)s::date IS NULL OR month = %(month)s) ORDER BY month, version"""


def files(conn: psycopg.Connection, statement_id: int) -> pd.DataFrame:
    """``name sha256 bytes`` of the forms of a statement, by name; the archive has them under their sha256."""
    query = "SELECT name, sha256, bytes FROM export_statement_file WHERE statement_id = %(statement)s ORDER BY name"
    return table(conn, query, {"statement": statement_id}, {"name": "str", "sha256": "str", "bytes": "int64"})


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement to be issued. ``hash`` is over what it says; ``versions`` are those of the filings it is made of;
    ``files`` are ``name sha256 bytes`` of its forms, in the archive already; ``deliveries`` (``kind file_name body``)
    go to the account.
    """

    account_id: int
    month: date
    hash: str
    filings: int
    lines: int
    value_cents: int
    late: int
    versions: list[int]
    at: datetime
    files: pd.DataFrame
    deliveries: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=["kind", "file_name", "body"]))


def issue(conn: psycopg.Connection, it: Statement) -> tuple[int, bool]:
    """Issue a statement in one transaction: a new version that replaces the last one, unless that says the same. The
    version that counts, and whether it is new.

    Raises
        psycopg.errors.ForeignKeyViolation: there is no such account.
    """
    month = it.month.replace(day=1)
    with conn.transaction():
        conn.execute("SELECT FROM account WHERE id = %s FOR NO KEY UPDATE", [it.account_id])
        last = conn.execute(_LAST, [it.account_id, month]).fetchone()
        if last and last[2] == it.hash:
            return last[1], False
        version = last[1] + 1 if last else 1
        conn.execute("UPDATE export_statement SET state = 'replaced' WHERE id = %s", [last[0] if last else None])
        own = [it.account_id, month, version, it.hash, last[0] if last else None]
        row = conn.execute(_ISSUE, [*own, it.filings, it.lines, it.value_cents, it.late, it.at]).fetchone()
        assert row is not None
        filings = pd.DataFrame({"version_id": pd.Series(it.versions, dtype="int64")}).assign(statement_id=row[0])
        bulk.copy(conn, "export_statement_filing", filings)
        bulk.copy(conn, "export_statement_file", it.files.assign(statement_id=row[0]))
        if len(it.deliveries):
            outgoing.send(conn, it.deliveries.assign(account_id=it.account_id), it.at)
    return version, True


_LAST = """
    SELECT id, version, hash FROM export_statement WHERE account_id = %s AND month = %s ORDER BY version DESC LIMIT 1"""
_ISSUE = """
    INSERT INTO export_statement
        (account_id, month, version, hash, replaces_id, filings, lines, value_cents, late, issued_at)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s) RETURNING id"""
