"""One entry summary: its versions, its figures with the place each was read from, its bills, and where it stands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from loaders.portal.importer.hub import Conn, Rows


def entry(conn: Conn, accounts: Sequence[int], id: int) -> dict[str, Any] | None:
    """The present state, with the broker's name and the statement it is on."""
    return conn.execute(_ENTRY, {"accounts": list(accounts), "id": id}).fetchone()


_ENTRY = """
    SELECT e.*, coalesce(b.name, e.filer_code) AS filer_name, s.id AS statement_id, s.due_cents AS on_statement_cents,
        s.parent_id, s.parent_number, coalesce(s.parent_due_date, s.due_date) AS due_date,
        coalesce(s.parent_late_at, s.late_at) AS late_at
    FROM entry_summary e LEFT JOIN broker_name b USING (filer_code)
    LEFT JOIN LATERAL (
        SELECT i.* FROM statement_entry p JOIN importer_statement i ON i.id = p.statement_id
        WHERE p.entry_summary_id = e.id AND p.removed_at IS NULL AND i.account_id = ANY(%(accounts)s) LIMIT 1
    ) s ON true
    WHERE e.id = %(id)s AND e.importer_account_id = ANY(%(accounts)s)"""


def versions(conn: Conn, accounts: Sequence[int], id: int) -> Rows:
    """Every accepted version that was filed for the account, the first one first."""
    query = """SELECT * FROM entry_summary_version
        WHERE entry_summary_id = %s AND importer_account_id = ANY(%s) ORDER BY sequence"""
    return conn.execute(query, [id, list(accounts)]).fetchall()


def facts(conn: Conn, version_id: int) -> dict[str, Rows]:
    """The tables of a version: ``line tariff fee fee_total adcvd bill bond``, each row with its record."""
    return {name: conn.execute(query, {"version": version_id}).fetchall() for name, query in _FACTS.items()}


_FACTS = {
    name: f"SELECT {columns} FROM {name} WHERE version_id = %(version)s ORDER BY record{', slot' * slotted}"
    for name, columns, slotted in (
        ("line", "line, record, origin, export_country, spi, set_indicator, charges_cents, lading_port", False),
        (
            "tariff",
            "line, tariff, record, hts_number, duty_cents, value_cents, quantity_1, unit_1, quantity_2, unit_2",
            False,
        ),
        ("fee", "line, record, slot, kind, class_code, amount_cents", True),
        ("fee_total", "record, slot, class_code, amount_cents", True),
        ("adcvd", "line, tariff, record, case_number, claim, duty_cents", False),
        ("bill", "bill_group, record, component, issuer, identifier", False),
        ("bond", "record, bond_type, surety, amount_cents", False),
        ("remark", "line, record, kind, text", False),
    )
}


def history(conn: Conn, id: int) -> Rows:
    """What happened to an entry summary on statements: put on, moved, taken off, oldest first."""
    return conn.execute(_HISTORY, {"id": id}).fetchall()


_STOOD = """
        SELECT i.printed_at AS at, 'printed' AS step, i.statement_number, i.print_date, p.due_cents
        FROM statement_entry p JOIN importer_statement i ON i.id = p.statement_id WHERE p.entry_summary_id = %(id)s"""
_HISTORY = f"""
    SELECT * FROM ({_STOOD} AND p.removed_at IS NULL
        UNION ALL {_STOOD} AND p.removed_at IS NOT NULL
        UNION ALL
        SELECT p.removed_at, 'removed', i.statement_number, i.print_date, p.due_cents
        FROM statement_entry p JOIN importer_statement i ON i.id = p.statement_id
        WHERE p.entry_summary_id = %(id)s AND p.removed_at IS NOT NULL
        UNION ALL
        SELECT m.at, 'moved', '', m.print_date, NULL FROM statement_move m
        WHERE m.version_id IN (SELECT id FROM entry_summary_version WHERE entry_summary_id = %(id)s)
    ) steps ORDER BY at, step"""


def source(conn: Conn, version_id: int) -> dict[str, Any] | None:
    """The file a version was read from and the records of its transaction in it (first and last, 1-based)."""
    return conn.execute("SELECT * FROM portal_source(%s)", [version_id]).fetchone()
