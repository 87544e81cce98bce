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
