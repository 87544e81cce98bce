"""One export filing with its versions and what stands below each, or one action that was refused."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from loaders.portal.exporter.filings import MINE, WANTS_MENDING, Whose
from loaders.portal.importer.hub import Conn, Rows

_BELOW = ("export_line", "export_party", "export_vehicle", "export_mark", "export_reference", "export_equipment")


def filing(conn: Conn, whose: Whose, id: int) -> dict[str, Any] | None:
    """The present state of a filing, with the name and number of its exporter as far as who looks may know them; None:
    none of these accounts'."""
    query = f"""SELECT f.*, coalesce(a.name, '') AS exporter_name, coalesce(a.number, '') AS exporter_number,
            coalesce(a.identifier, '') AS exporter_identifier, {WANTS_MENDING} AS to_mend
        FROM export_filing f LEFT JOIN account a ON a.id = f.exporter_account_id
        WHERE f.id = %(id)s AND {MINE[whose.side]}"""
    return conn.execute(query, {"id": id, "accounts": list(whose.accounts)}).fetchone()


def versions(conn: Conn, id: int) -> Rows:
    """Every accepted version, the first one first."""
    return conn.execute(
        "SELECT * FROM export_filing_version WHERE export_filing_id = %s ORDER BY sequence", [id]
    ).fetchall()


def below(conn: Conn, versions: Sequence[int]) -> dict[int, dict[str, Rows]]:
    """Version -> table (without ``export_``: ``line party vehicle mark reference equipment``) -> its rows in order."""
    found: dict[int, dict[str, Rows]] = {id: {name.partition("_")[2]: [] for name in _BELOW} for id in versions}
    for name in _BELOW:
        query = f"SELECT * FROM {name} WHERE version_id = ANY(%s) ORDER BY version_id, line, record"
        for row in conn.execute(query, [list(versions)]).fetchall():
            found[row["version_id"]][name.partition("_")[2]].append(row)
    return found


def conditions(conn: Conn, transactions: Sequence[int]) -> dict[int, Rows]:
    """Transaction -> what was said of it, in its order."""
    rows = conn.execute(
        "SELECT * FROM export_condition WHERE transaction_id = ANY(%s) ORDER BY transaction_id, ordinal",
        [list(transactions)],
    ).fetchall()
    found: dict[int, Rows] = {id: [] for id in transactions}
    for row in rows:
        found[row["transaction_id"]].append(row)
    return found


def refusals(conn: Conn, account_id: int, reference: str) -> Rows:
    """Actions on a shipment reference number of an exporter that were refused, the first one first."""
    query = "SELECT * FROM export_refusal WHERE exporter_account_id = %s AND reference = %s ORDER BY id LIMIT 50"
    return conn.execute(query, [account_id, reference]).fetchall()


def refusal(conn: Conn, whose: Whose, id: int) -> dict[str, Any] | None:
    """An action that was refused, with ``filing_id``, ``itn`` and ``changed_at`` of what is on file under its reference
    number (None: nothing, or nothing that who looks may see)."""
    query = f"""SELECT f.*, coalesce(a.name, '') AS exporter_name, g.id AS filing_id, g.changed_at, g.itn
        FROM export_refusal f LEFT JOIN account a ON a.id = f.exporter_account_id
        LEFT JOIN export_filing g ON g.exporter_account_id = f.exporter_account_id AND g.reference = f.reference
        WHERE f.id = %(id)s AND {MINE[whose.side]}"""
    return conn.execute(query, {"id": id, "accounts": list(whose.accounts)}).fetchone()
