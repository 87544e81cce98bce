"""Statements: the months, those of a month, what stands on one, and what it was delivered as. Of a broker's statement
with other importers on it only the account's own part is here."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from loaders.portal.importer.hub import Conn, Rows

#: The month a statement is shown under: the statement month of a periodic one, else that of its print date.
MONTH = "coalesce(month, date_trunc('month', print_date)::date)"


def months(conn: Conn, accounts: Sequence[int]) -> Rows:
    """Every month with a statement, the latest first: what was on its statements, and what of it is not paid."""
    return conn.execute(_MONTHS, {"accounts": list(accounts)}).fetchall()


_MONTHS = f"""
    SELECT {MONTH} AS month, count(DISTINCT coalesce(parent_id, id)) AS statements, sum(entries)::bigint AS entries,
        sum(due_cents)::bigint AS due_cents,
        coalesce(sum(due_cents) FILTER (WHERE paid_at IS NULL), 0)::bigint AS open_cents,
        bool_or(coalesce(parent_late_at, late_at) IS NOT NULL AND paid_at IS NULL) AS late
    FROM importer_statement WHERE account_id = ANY(%(accounts)s) AND entries > 0 GROUP BY 1 ORDER BY 1 DESC"""


def of_month(conn: Conn, accounts: Sequence[int], month: date) -> Rows:
    """The statements of a month: monthly ones, and daily ones that are on none, by due day."""
    return conn.execute(_OF_MONTH, {"accounts": list(accounts), "month": month}).fetchall()


_TOP = """
    SELECT coalesce(parent_id, id) AS id, CASE WHEN parent_id IS NULL THEN 'daily' ELSE 'monthly' END AS kind,
        coalesce(parent_number, statement_number) AS statement_number, filer_name, filer_code, whole,
        coalesce(parent_port, port) AS port, payment_type, month, coalesce(parent_status, status) AS status,
        coalesce(parent_print_date, print_date) AS print_date, coalesce(parent_due_date, due_date) AS due_date,
        coalesce(parent_late_at, late_at) AS late_at, coalesce(parent_noticed_at, noticed_at) AS noticed_at,
        CASE WHEN parent_id IS NULL THEN paid_at ELSE parent_paid_at END AS paid_at,
        min(settle_on) AS settle_on, count(*) AS dailies, sum(entries)::bigint AS entries,
        sum(due_cents)::bigint AS due_cents
    FROM importer_statement WHERE account_id = ANY(%(accounts)s)"""
_GROUPED = "GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15"
_OF_MONTH = f"{_TOP} AND {MONTH} = %(month)s {_GROUPED} ORDER BY 12 NULLS LAST, 11, 3"


def statement(conn: Conn, accounts: Sequence[int], id: int) -> dict[str, Any] | None:
    """A monthly statement, or a daily one, as the account has a part in it; None if it has none."""
    return conn.execute(_ONE, {"accounts": list(accounts), "id": id}).fetchone()


_ONE = f"""
    SELECT * FROM (
        {_TOP} AND parent_id = %(id)s {_GROUPED}
    ) monthly
    UNION ALL
    SELECT id, 'daily', statement_number, filer_name, filer_code, whole, port, payment_type, month, status,
        print_date, coalesce(parent_due_date, due_date), coalesce(parent_late_at, late_at),
        coalesce(parent_noticed_at, noticed_at), paid_at, min(settle_on), 1, sum(entries)::bigint,
        sum(due_cents)::bigint
    FROM importer_statement WHERE account_id = ANY(%(accounts)s) AND id = %(id)s
    GROUP BY 1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15"""


def parent(conn: Conn, accounts: Sequence[int], id: int) -> dict[str, Any] | None:
    """Id and number of the monthly statement that a daily one is on."""
    query = """SELECT parent_id AS id, parent_number AS statement_number FROM importer_statement
        WHERE account_id = ANY(%s) AND id = %s AND parent_id IS NOT NULL LIMIT 1"""
    return conn.execute(query, [list(accounts), id]).fetchone()


def dailies(conn: Conn, accounts: Sequence[int], id: int) -> Rows:
    """The daily statements on a monthly one."""
    return conn.execute(_DAILIES, {"accounts": list(accounts), "id": id}).fetchall()


_DAILIES = """
    SELECT id, statement_number, print_date, port, branch, status, final_at, paid_at, sum(entries)::bigint AS entries,
        sum(due_cents)::bigint AS due_cents
    FROM importer_statement WHERE account_id = ANY(%(accounts)s) AND parent_id = %(id)s
    GROUP BY 1, 2, 3, 4, 5, 6, 7, 8 ORDER BY print_date, statement_number"""


def entries(conn: Conn, accounts: Sequence[int], id: int, after: int, limit: int) -> Rows:
    """The account's entry summaries on a daily statement, those taken off it since included, from a version on."""
    values = {"accounts": list(accounts), "id": id, "after": after, "limit": limit}
    return conn.execute(_ENTRIES, values).fetchall()


_ENTRIES = """
    SELECT p.version_id, p.entry_summary_id, p.due_cents, p.removed_at, p.removed_by, v.filer_code, v.entry_number,
        v.broker_reference, v.entry_date, v.port_of_entry, v.deferred_tax <> '' AS deferred, v.version_number,
        coalesce(v.total_duty_cents, 0) AS duty_cents, coalesce(v.total_fee_cents, 0) AS fee_cents,
        coalesce(v.total_tax_cents, 0) AS tax_cents,
        coalesce(v.total_ad_cents, 0) + coalesce(v.total_cvd_cents, 0) AS case_cents,
        coalesce(v.total_other_cents, 0) AS other_cents
    FROM statement_entry p JOIN entry_summary_version v ON v.id = p.version_id
    WHERE p.statement_id = %(id)s AND v.importer_account_id = ANY(%(accounts)s) AND p.version_id > %(after)s
    ORDER BY p.version_id LIMIT %(limit)s"""


def printed(conn: Conn, id: int) -> dict[str, Any] | None:
    """What the preliminary print of a statement says, where the whole of it is the account's."""
    return conn.execute(
        """SELECT duty_cents, tax_cents, deferred_tax_cents, ad_cents, cvd_cents, interest_cents, fee_cents,
        total_cents, entries FROM statement WHERE id = %s AND importer_account_id IS NOT NULL""",
        [id],
    ).fetchone()


def fees(conn: Conn, id: int) -> Rows:
    """Its totals by accounting class, as printed."""
    query = "SELECT class_code, amount_cents FROM statement_fee WHERE statement_id = %s ORDER BY class_code"
    return conn.execute(query, [id]).fetchall()


def events(conn: Conn, id: int) -> Rows:
    """What happened to a statement of the account's own, oldest first."""
    query = "SELECT at, step, detail FROM statement_event WHERE statement_id = %s ORDER BY id LIMIT 200"
    return conn.execute(query, [id]).fetchall()


def delivered(conn: Conn, accounts: Sequence[int], number: str) -> Rows:
    """The files of a statement that went to the account: report and notice; the latest of each name."""
    names = [f"{number}.{part}.txt" for part in ("P", "F", "late")]
    return conn.execute(_DELIVERED, {"accounts": list(accounts), "names": names}).fetchall()


_DELIVERED = """
    SELECT DISTINCT ON (d.file_name) k.id, d.file_name, octet_length(k.body) AS bytes, k.created_at
    FROM delivery d JOIN acknowledgment k ON k.id = d.acknowledgment_id
    WHERE d.account_id = ANY(%(accounts)s) AND d.file_name = ANY(%(names)s) AND k.kind IN ('report', 'notice')
    ORDER BY d.file_name, k.id DESC"""


def file(conn: Conn, accounts: Sequence[int], id: int) -> dict[str, Any] | None:
    """Name and bytes of such a file."""
    return conn.execute(
        """SELECT d.file_name, k.body FROM acknowledgment k JOIN delivery d ON d.acknowledgment_id = k.id
        WHERE k.id = %s AND k.account_id = ANY(%s) AND d.account_id = k.account_id AND k.kind IN ('report', 'notice')
        LIMIT 1""",
        [id, list(accounts)],
    ).fetchone()
