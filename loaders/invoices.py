"""Invoices: whose they are, what is on file, and the versions that are accepted.

All of it happens inside the transaction that publishes the file. Invoices of one importer are decided one after the
other, whoever sends them (:func:`hold`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime

import numpy as np
import pandas as pd
import psycopg

from . import bulk, ids, rows
from .query import table
from .schema.invoice import PARTS

#: Invoices of an importer change, and are compared, one transaction at a time: advisory locks are 64-bit numbers shared
#: by all who use the database. Plus the id of the importer's account.
LOCK = 7111 << 40
KEY = ["importer_account_id", "seller", "invoice_number"]
#: What :func:`on_file` says of an invoice.
ON_FILE = {
    "importer_account_id": "int64",
    **dict.fromkeys(("seller", "invoice_number"), "str"),
    **dict.fromkeys(("invoice_id", "sequence", "version_id"), "int64"),
    "status": "str",
}
#: The header columns of a version.
HEADER = [
    *("invoice_number", "invoice_date", "purchase_order", "purchase_order_date", "transaction_type", "purpose"),
    *("currency", "currency_stated", "exchange_rate", "seller_name", "importer_name", "importer_identifier", "lines"),
    *("lines_cents", "charges_cents", "allowances_cents", "tax_cents", "total_cents"),
]


def importers(conn: psycopg.Connection, numbers: Iterable[str]) -> pd.DataFrame:
    """The importer accounts that have one of these numbers, as importer number or as account number: ``id identifier
    number active``."""
    types = {"id": "int64", "identifier": "str", "number": "str", "active": "bool"}
    return table(conn, _IMPORTERS, {"numbers": sorted(set(numbers) - {""})}, types)


_IMPORTERS = """
    SELECT id, identifier, number, status = 'active' FROM account
    WHERE kind = 'importer' AND (identifier = ANY(%(numbers)s) OR number = ANY(%(numbers)s)) ORDER BY id"""


def importer(conn: psycopg.Connection, account_id: int) -> tuple[int, bool]:
    """The account itself when it is an importer's (id and whether it is active), else -1."""
    query = "SELECT id, status = 'active' FROM account WHERE id = %s AND kind = 'importer'"
    row = conn.execute(query, [account_id]).fetchone()
    return (row[0], row[1]) if row else (-1, False)


def principals(conn: psycopg.Connection, account_id: int, today: date) -> set[int]:
    """The accounts an account may send invoices for: its own, those below it, and those that let one of these file for
    them or see their entries on ``today``."""
    rows = conn.execute(_PRINCIPALS, {"account": account_id, "today": today}).fetchall()
    return {id for (id,) in rows}


_PRINCIPALS = """
    WITH RECURSIVE tree AS (
        SELECT id FROM account WHERE id = %(account)s
        UNION SELECT a.id FROM account a JOIN tree ON a.parent_id = tree.id
    )
    SELECT id FROM tree
    UNION SELECT r.to_account_id FROM relationship r JOIN tree ON tree.id = r.from_account_id
    WHERE r.kind IN ('files_for', 'sees') AND r.valid_from <= %(today)s
    AND (r.valid_to IS NULL OR r.valid_to >= %(today)s)"""


def hold(conn: psycopg.Connection, account_ids: Iterable[int]) -> None:
    """Wait until nobody else works on invoices of these importers, and keep others waiting until the transaction
    ends."""
    for id in sorted(set(account_ids)):
        conn.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK + id])


def on_file(conn: psycopg.Connection, wanted: pd.DataFrame) -> pd.DataFrame:
    """Those of the invoices ``wanted`` (:data:`KEY`) that are on file (:data:`ON_FILE`)."""
    values = {name: wanted[name].tolist() for name in KEY}
    return table(conn, _ON_FILE, values, ON_FILE)


_ON_FILE = f"""
    SELECT DISTINCT i.{", i.".join(KEY)}, i.id, i.sequence, i.version_id, i.status
    FROM unnest(%(importer_account_id)s::bigint[], %(seller)s::text[], %(invoice_number)s::text[])
        AS k ({", ".join(KEY)})
    JOIN invoice i USING ({", ".join(KEY)}) ORDER BY i.id"""


def store(
    conn: psycopg.Connection,
    accepted: pd.DataFrame,
    parts: Mapping[str, pd.DataFrame],
    known: pd.DataFrame,
    *,
    account_id: int,
    interchange_id: int,
    at: datetime,
) -> list[int]:
    """Write accepted invoices as versions, and the present state of each; the ids of the invoices.

    ``accepted``: a row a version, in order: ``set record transaction_id sequence severity code effect seller
    reference_number`` and :data:`KEY` and :data:`HEADER`. ``parts``: the tables of ``PARTS`` with ``set`` and
    ``record``. ``known`` is what was on file (:func:`on_file`), under :func:`hold`. ``account_id`` sent the file.
    """
    if not len(accepted):
        return []
    broker = conn.execute("SELECT id FROM account WHERE id = %s AND kind = 'broker'", [account_id]).fetchone()
    filer = pd.Series(broker[0] if broker else None, accepted.index, dtype="Int64")
    new = accepted.merge(known[[*KEY, "invoice_id", "version_id"]], "left", KEY)
    first = new.drop_duplicates(KEY)
    unknown = first[first["invoice_id"].isna()][KEY]
    version, invoice = ids.take(conn, [len(new), len(unknown)])
    made = unknown.assign(made=invoice)
    new = new.merge(made, "left", KEY)
    new["invoice_id"] = new["invoice_id"].astype("Int64").fillna(new["made"].astype("Int64")).astype("int64")
    new["id"] = version
    before = new["version_id"].astype("Int64")
    later = new.groupby("invoice_id")["id"].shift(-1).astype("Int64")
    own = {"interchange_id": interchange_id, "accepted_at": at, "filer_account_id": filer.array}
    versions = new.assign(**own, superseded_by=later)
    last = versions.drop_duplicates("invoice_id", keep="last")
    present = last.assign(
        id=last["invoice_id"],
        version_id=last["id"],
        status=np.where(last["effect"].eq("cancelled"), "cancelled", "accepted"),
        sender_account_id=account_id,
        changed_at=at,
    )
    columns = [
        *("id", *KEY, "filer_account_id", "sender_account_id", "seller_name", "reference_number", "status"),
        *("version_id", "sequence", "invoice_date", "currency", "total_cents", "lines", "accepted_at", "changed_at"),
    ]
    added = present["made"].notna()
    bulk.copy(conn, "invoice", present.loc[added, columns])
    _advance(conn, present.loc[~added, columns])
    same = [
        *("id", "invoice_id", "interchange_id", "record", "transaction_id", "sequence", "severity", "code", "effect"),
        *("superseded_by", "accepted_at", "importer_account_id", "filer_account_id", *HEADER),
    ]
    bulk.copy(conn, "invoice_version", versions[same])
    superseded = versions.assign(before=before)[before.notna().to_numpy()].drop_duplicates("invoice_id")
    conn.execute(_SUPERSEDE, [superseded["before"].astype(int).tolist(), superseded["id"].tolist()])
    version_of = pd.Series(version, index=accepted["set"].to_numpy())
    for name in PARTS:
        part = parts[name]
        part = part[part["set"].isin(accepted["set"])]
        kept = part.drop(columns="set").assign(version_id=part["set"].map(version_of).to_numpy())
        bulk.copy(conn, name, kept)
    return present["id"].astype(int).tolist()


def _advance(conn: psycopg.Connection, present: pd.DataFrame) -> None:
    if not len(present):
        return
    conn.execute("CREATE TEMPORARY TABLE invoice_now (LIKE invoice INCLUDING DEFAULTS) ON COMMIT DROP")
    bulk.copy(conn, "invoice", present, into="invoice_now")
    taken = ", ".join(f"{name} = n.{name}" for name in present.columns if name not in ("id", *KEY))
    conn.execute(f"UPDATE invoice i SET {taken} FROM invoice_now n WHERE i.id = n.id")
    conn.execute("DROP TABLE invoice_now")


_SUPERSEDE = """
    UPDATE invoice_version v SET superseded_by = n.by FROM unnest(%s::bigint[], %s::bigint[]) AS n (id, by)
    WHERE v.id = n.id"""


def keys(ids_: pd.Series) -> pd.api.extensions.ExtensionArray:
    """Nullable keys: -1 is NULL."""
    return rows.keys(ids_.to_numpy(np.int64))
