"""What the JSON API reads; whose rows these are is row-level security's to say.

Lists go on by key: ``after`` is the id of the last row seen, the latest row first.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

import psycopg

Conn = psycopg.Connection[dict]
Rows = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Slice:
    """Rows after the one with this id, at most so many."""

    after: int | None = None
    limit: int = 50


def accounts(conn: Conn, at: Slice) -> Rows:
    return conn.execute(_ACCOUNTS, asdict(at)).fetchall()


_ACCOUNTS = """
    SELECT a.id, a.public_id, a.kind, a.name, a.status, a.identifier, p.public_id AS parent,
        coalesce((SELECT s.standing FROM account_standing s WHERE s.account_id = a.id
            AND s.valid_to IS NULL), 'good') AS standing
    FROM account a LEFT JOIN account p ON p.id = a.parent_id
    WHERE %(after)s::bigint IS NULL OR a.id < %(after)s ORDER BY a.id DESC LIMIT %(limit)s"""


@dataclass(frozen=True, slots=True)
class WantedStatements:
    """``account`` is the public id of an importer's or filer's account."""

    kind: str = ""
    status: str = ""
    account: str = ""
    first: date | None = None
    last: date | None = None


_STATEMENT = """s.id, s.statement_number, s.kind, s.status, s.filer_code, a.public_id AS importer,
    s.importer_account_id, s.filer_account_id, s.port, s.print_date, s.month, s.due_date, s.entries, s.paid_at,
    s.duty_cents, s.tax_cents, s.ad_cents, s.cvd_cents, s.interest_cents, s.fee_cents, s.total_cents
    FROM statement s LEFT JOIN account a ON a.id = s.importer_account_id"""
_OF = "EXISTS (SELECT FROM account o WHERE o.public_id = %(account)s AND o.id IN ({0}))"


def statements(conn: Conn, wanted: WantedStatements, at: Slice) -> Rows:
    query = f"""SELECT {_STATEMENT} WHERE (%(kind)s = '' OR s.kind = %(kind)s)
        AND (%(status)s = '' OR s.status = %(status)s)
        AND (%(account)s = '' OR {_OF.format("s.importer_account_id, s.filer_account_id")})
        AND (%(first)s::date IS NULL OR s.print_date >= %(first)s)
        AND (%(last)s::date IS NULL OR s.print_date <= %(last)s)
        AND (%(after)s::bigint IS NULL OR s.id < %(after)s) ORDER BY s.id DESC LIMIT %(limit)s"""
    return conn.execute(query, asdict(wanted) | asdict(at)).fetchall()


def statement(conn: Conn, id: int) -> dict[str, Any] | None:
    """A statement with its ``summaries``."""
    row = conn.execute(f"SELECT {_STATEMENT} WHERE s.id = %s", [id]).fetchone()
    if row is None:
        return None
    lines = conn.execute(
        """SELECT e.id AS entry, e.filer_code, e.entry_number, x.due_cents, x.removed_at
        FROM statement_entry x JOIN entry_summary e ON e.id = x.entry_summary_id
        WHERE x.statement_id = %s ORDER BY e.filer_code, e.entry_number""",
        [id],
    ).fetchall()
    return row | {"summaries": lines}


def shares(conn: Conn, account_ids: list[int], at: Slice) -> Rows:
    """These importer accounts' own parts of daily statements, a filer's statements included."""
    return conn.execute(
        """SELECT s.id, s.statement_number, s.filer_code, a.public_id AS account, s.account_id, s.port, s.status,
        s.print_date, coalesce(s.parent_due_date, s.due_date) AS due_date, s.parent_number AS monthly_number,
        s.paid_at, s.entries, s.due_cents
        FROM importer_statement s JOIN account a ON a.id = s.account_id
        WHERE s.account_id = ANY(%(accounts)s) AND s.entries > 0 AND (%(after)s::bigint IS NULL OR s.id < %(after)s)
        ORDER BY s.id DESC, s.account_id LIMIT %(limit)s""",
        {"accounts": account_ids, **asdict(at)},
    ).fetchall()


@dataclass(frozen=True, slots=True)
class WantedEntries:
    """``number``: an entry number or its beginning, with or without its filer code; days are of entry or acceptance."""

    filer: str = ""
    number: str = ""
    port: str = ""
    status: str = ""
    account: str = ""
    hts: str = ""
    first: date | None = None
    last: date | None = None


_ENTRY = """e.id, e.filer_code, e.entry_number, e.status, e.control, e.sequence, e.entry_type, e.port_of_entry,
    e.broker_reference, a.public_id AS importer, e.importer_account_id, e.filer_account_id, e.accepted_at,
    e.statement_number, e.statement_date, e.paid_at, v.id AS version_id, v.entry_date, v.import_date,
    v.total_duty_cents, v.total_fee_cents, v.total_tax_cents, v.total_ad_cents, v.total_cvd_cents
    FROM entry_summary e JOIN entry_summary_version v ON v.id = e.version_id
    LEFT JOIN account a ON a.id = e.importer_account_id"""


def entries(conn: Conn, wanted: WantedEntries, at: Slice) -> Rows:
    query = f"""SELECT {_ENTRY} WHERE (%(filer)s = '' OR e.filer_code = %(filer)s)
        AND (%(number)s = '' OR e.entry_number LIKE %(number)s || '%%')
        AND (%(port)s = '' OR e.port_of_entry = %(port)s) AND (%(status)s = '' OR e.status = %(status)s)
        AND (%(account)s = '' OR {_OF.format("e.importer_account_id, e.filer_account_id")})
        AND (%(hts)s = '' OR EXISTS (
            SELECT FROM tariff t WHERE t.version_id = e.version_id AND t.hts_number LIKE %(hts)s || '%%'))
        AND (%(first)s::date IS NULL OR coalesce(v.entry_date, e.accepted_at::date) >= %(first)s)
        AND (%(last)s::date IS NULL OR coalesce(v.entry_date, e.accepted_at::date) <= %(last)s)
        AND (%(after)s::bigint IS NULL OR e.id < %(after)s) ORDER BY e.id DESC LIMIT %(limit)s"""
    return conn.execute(query, asdict(wanted) | asdict(at)).fetchall()


def entry(conn: Conn, id: int) -> dict[str, Any] | None:
    """An entry summary as it stands, with its ``goods``: a row for each tariff number of each line."""
    row = conn.execute(f"SELECT {_ENTRY} WHERE e.id = %s", [id]).fetchone()
    if row is None:
        return None
    goods = conn.execute(
        """SELECT l.line_id AS line, l.origin, t.hts_number, t.value_cents, t.duty_cents, t.record
        FROM tariff t JOIN line l ON l.version_id = t.version_id AND l.line = t.line
        WHERE t.version_id = %s ORDER BY t.record""",
        [row["version_id"]],
    ).fetchall()
    return row | {"goods": goods}


_FILING = """f.id, a.public_id AS account, f.account_id, f.month, f.version, f.state, f.filed_at, f.entries, f.lines,
    f.value_cents, f.duty_cents, f.tax_cents, f.fee_cents, f.ad_cents, f.cvd_cents, f.other_cents, f.total_cents
    FROM filing f JOIN account a ON a.id = f.account_id"""


def filings(conn: Conn, at: Slice) -> Rows:
    query = f"""SELECT {_FILING} WHERE %(after)s::bigint IS NULL OR f.id < %(after)s
        ORDER BY f.id DESC LIMIT %(limit)s"""
    return conn.execute(query, asdict(at)).fetchall()


def filing(conn: Conn, id: int) -> dict[str, Any] | None:
    """A monthly filing with its ``files``."""
    row = conn.execute(f"SELECT {_FILING} WHERE f.id = %s", [id]).fetchone()
    if row is None:
        return None
    files = "SELECT name, sha256, bytes FROM filing_file WHERE filing_id = %s ORDER BY name"
    return row | {"files": conn.execute(files, [id]).fetchall()}


_FILE = """i.id, i.mode, i.sha256, i.bytes, i.format, i.state, i.reason, i.received_at, i.answered_at,
    coalesce((SELECT r.name FROM arrival r WHERE r.interchange_id = i.id ORDER BY r.id LIMIT 1), '') AS name
    FROM interchange i WHERE i.account_id = ANY (%(accounts)s) AND i.mode <> 'statement'"""


def files(conn: Conn, account_ids: list[int], at: Slice) -> Rows:
    """Files that these accounts sent."""
    query = f"SELECT {_FILE} AND (%(after)s::bigint IS NULL OR i.id < %(after)s) ORDER BY i.id DESC LIMIT %(limit)s"
    return conn.execute(query, {"accounts": account_ids, **asdict(at)}).fetchall()


def file(conn: Conn, account_ids: list[int], id: int) -> dict[str, Any] | None:
    """A file with its ``filings`` in their order, and what became of each."""
    row = conn.execute(f"SELECT {_FILE} AND i.id = %(id)s", {"accounts": account_ids, "id": id}).fetchone()
    if row is None:
        return None
    filings = conn.execute(
        """SELECT record, action, filer_code, entry_number, final, code, severity, effect FROM transaction
        WHERE interchange_id = %s ORDER BY record""",
        [id],
    ).fetchall()
    return row | {"filings": filings}


@dataclass(frozen=True, slots=True)
class WantedExports:
    """``reference`` and ``itn`` may be beginnings; ``account`` is the public id of an exporter's or filer's account;
    days are of export."""

    reference: str = ""
    itn: str = ""
    status: str = ""
    destination: str = ""
    account: str = ""
    first: date | None = None
    last: date | None = None


_EXPORT = """f.id, f.reference, f.itn, f.status, f.sequence, f.export_date, f.destination, f.lines, f.value_cents,
    f.severity, f.days_late, f.accepted_at, f.changed_at, f.version_id, f.exporter_account_id, f.filer_account_id,
    x.public_id AS exporter, v.mode, v.port_of_export, v.carrier, v.code, v.consignee_name
    FROM export_filing f JOIN export_filing_version v ON v.id = f.version_id
    LEFT JOIN account x ON x.id = f.exporter_account_id"""


def export_filings(conn: Conn, wanted: WantedExports, at: Slice) -> Rows:
    query = f"""SELECT {_EXPORT} WHERE (%(reference)s = '' OR starts_with(f.reference, %(reference)s))
        AND (%(itn)s = '' OR starts_with(f.itn, %(itn)s)) AND (%(status)s = '' OR f.status = %(status)s)
        AND (%(destination)s = '' OR f.destination = %(destination)s)
        AND (%(account)s = '' OR {_OF.format("f.exporter_account_id, f.filer_account_id")})
        AND (%(first)s::date IS NULL OR f.export_date >= %(first)s)
        AND (%(last)s::date IS NULL OR f.export_date <= %(last)s)
        AND (%(after)s::bigint IS NULL OR f.id < %(after)s) ORDER BY f.id DESC LIMIT %(limit)s"""
    return conn.execute(query, asdict(wanted) | asdict(at)).fetchall()


def export_filing(conn: Conn, id: int) -> dict[str, Any] | None:
    """An export filing as it stands, with its ``commodities`` and what was said of its present version
    (``conditions``)."""
    row = conn.execute(f"SELECT {_EXPORT} WHERE f.id = %s", [id]).fetchone()
    if row is None:
        return None
    lines = conn.execute(
        """SELECT line, number, description, origin, quantity_1, unit_1, quantity_2, unit_2, weight, weight_unit,
        value_cents, license_code, license_number, eccn, record FROM export_line WHERE version_id = %s ORDER BY line""",
        [row["version_id"]],
    ).fetchall()
    said = conn.execute(
        """SELECT c.record, c.element, c.code, c.severity, c.narrative, c.why, c.mend, c.found FROM export_condition c
        JOIN export_filing_version v ON v.transaction_id = c.transaction_id WHERE v.id = %s ORDER BY c.ordinal""",
        [row["version_id"]],
    ).fetchall()
    return row | {"commodities": lines, "conditions": said}


@dataclass(frozen=True, slots=True)
class WantedInvoices:
    """``number`` may be a beginning; ``account`` is the public id of an importer's or filer's account; days are of the
    invoice."""

    number: str = ""
    match: str = ""
    status: str = ""
    account: str = ""
    first: date | None = None
    last: date | None = None


_INVOICE = """i.id, i.invoice_number, i.seller_name, i.status, i.sequence, i.invoice_date, i.currency, i.total_cents,
    i.lines, i.match_state, i.matched_lines, i.different_lines, i.missing_lines, i.uninvoiced_lines,
    i.difference_cents, i.accepted_at, i.changed_at, i.version_id, i.importer_account_id, i.filer_account_id,
    CASE i.currency WHEN 'USD' THEN '' ELSE 'not compared: no rate' END AS values_said, a.public_id AS importer
    FROM invoice i LEFT JOIN account a ON a.id = i.importer_account_id"""


def invoices(conn: Conn, wanted: WantedInvoices, at: Slice) -> Rows:
    query = f"""SELECT {_INVOICE} WHERE (%(number)s = '' OR starts_with(i.invoice_number, %(number)s))
        AND (%(match)s = '' OR i.match_state = %(match)s) AND (%(status)s = '' OR i.status = %(status)s)
        AND (%(account)s = '' OR {_OF.format("i.importer_account_id, i.filer_account_id")})
        AND (%(first)s::date IS NULL OR i.invoice_date >= %(first)s)
        AND (%(last)s::date IS NULL OR i.invoice_date <= %(last)s)
        AND (%(after)s::bigint IS NULL OR i.id < %(after)s) ORDER BY i.id DESC LIMIT %(limit)s"""
    return conn.execute(query, asdict(wanted) | asdict(at)).fetchall()


def invoice(conn: Conn, id: int) -> dict[str, Any] | None:
    """An invoice as it stands, each of its ``goods`` beside the declared line it fell to; of an entry summary that one
    may not see nothing is told."""
    row = conn.execute(f"SELECT {_INVOICE} WHERE i.id = %s", [id]).fetchone()
    if row is None:
        return None
    goods = conn.execute(
        """SELECT l.line, l.hts_number, l.origin, l.description, l.quantity, l.quantity_scale, l.unit, l.amount_cents,
        l.charges_cents, m.state, m.differences, m.entry_summary_id AS entry, m.declared_line, m.invoiced_cents,
        m.declared_cents, m.difference_cents FROM invoice_line l
        LEFT JOIN invoice_match m ON m.invoice_id = %s AND m.line = l.line WHERE l.version_id = %s ORDER BY l.line""",
        [id, row["version_id"]],
    ).fetchall()
    return row | {"goods": goods}
