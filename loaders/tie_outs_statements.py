"""Tie-outs of the month: statements against what stands on them, payments against statements, filings against their
entries, and all of them against their months.
"""

from __future__ import annotations


def _printed(print_date: str) -> str:
    """Of a statement printed in the month or the one after it, where a check is bounded."""
    return f"(%(month)s IS NULL OR ({print_date} >= %(month)s AND {print_date} < %(month)s + interval '2 months'))"


def _of(month: str) -> str:
    return f"(%(month)s IS NULL OR {month} = %(month)s)"


#: A summary names as its statement month this month or one of the next two (conditions of the AE chapter).
_STATEMENT_MONTH = """
    CASE WHEN s.payment_type NOT IN ('6', '7', '8') THEN s.month IS NULL
        WHEN s.kind = 'monthly' THEN s.month = date_trunc('month', s.print_date)
        ELSE s.month = date_trunc('month', s.month) AND s.month >= date_trunc('month', s.print_date)
            AND s.month <= date_trunc('month', s.print_date) + interval '2 months' END"""
#: The day that says which month an entry is of (loaders.activity).
_DAY = "coalesce(v.entry_date, v.arrival_date, (v.accepted_at AT TIME ZONE 'America/New_York')::date)"
#: What stands on a statement and, for a monthly one, on its daily ones.
_DUE = """
    SELECT coalesce(sum(p.due_cents), 0) FROM statement d JOIN statement_entry p ON p.statement_id = d.id
    WHERE (d.id = s.id OR d.parent_id = s.id) AND p.removed_at IS NULL"""

CHECKS = {
    "an entry summary is on one statement at a time": f"""
        SELECT p.entry_summary_id::text FROM statement_entry p JOIN statement s ON s.id = p.statement_id
        WHERE p.removed_at IS NULL AND {_printed("s.print_date")} GROUP BY p.entry_summary_id HAVING count(*) > 1""",
    "every entry on a statement has its version": f"""
        SELECT s.statement_number || ' version ' || p.version_id FROM statement_entry p JOIN statement s
        ON s.id = p.statement_id LEFT JOIN entry_summary_version v ON v.id = p.version_id
        WHERE {_printed("s.print_date")} AND v.entry_summary_id IS DISTINCT FROM p.entry_summary_id""",
    "a daily statement is the sum of its entries, in number and in cents": f"""
        SELECT s.statement_number FROM statement s LEFT JOIN statement_entry p ON p.statement_id = s.id
        WHERE s.kind = 'daily' AND {_printed("s.print_date")} GROUP BY s.id
        HAVING s.entries <> count(p.version_id) OR s.total_cents <> coalesce(sum(p.due_cents), 0)""",
    "a total is the sum of its amounts": f"""
        SELECT statement_number FROM statement WHERE {_printed("print_date")} AND total_cents
        <> duty_cents + tax_cents + ad_cents + cvd_cents + interest_cents + fee_cents""",
    "fees are the sum of their classes": f"""
        SELECT s.statement_number FROM statement s LEFT JOIN statement_fee f ON f.statement_id = s.id
        WHERE {_printed("s.print_date")} GROUP BY s.id HAVING s.fee_cents <> coalesce(sum(f.amount_cents), 0)""",
    "a monthly statement is the sum of what stood on its daily ones when it was printed": f"""
        SELECT m.statement_number FROM statement m LEFT JOIN statement d ON d.parent_id = m.id
        LEFT JOIN statement_entry p ON p.statement_id = d.id AND (p.removed_at IS NULL OR (
            SELECT max(id) FROM statement_event
            WHERE statement_id = d.id AND entry_summary_id = p.entry_summary_id AND step = 'remove'
        ) > (SELECT min(id) FROM statement_event WHERE statement_id = m.id AND step = 'print'))
        WHERE m.kind = 'monthly' AND {_printed("m.print_date")} GROUP BY m.id
        HAVING m.entries <> count(p.version_id) OR m.total_cents <> coalesce(sum(p.due_cents), 0)""",
    "a daily statement is of the month of its monthly one": f"""
        SELECT d.statement_number FROM statement d JOIN statement m ON m.id = d.parent_id
        WHERE {_printed("d.print_date")} AND (d.month IS DISTINCT FROM m.month
            OR d.kind <> 'daily' OR m.kind <> 'monthly')""",
    "a statement is printed within the rules of its month, and before it is due": f"""
        SELECT s.statement_number FROM statement s WHERE {_printed("s.print_date")}
        AND NOT coalesce({_STATEMENT_MONTH} AND s.due_date >= s.print_date, false)""",
    "an entry summary names the statement it stands on": f"""
        SELECT coalesce(e.filer_code || ' ' || e.entry_number, p.statement_number || ' ' || p.entry_summary_id)
        FROM (SELECT id, filer_code, entry_number, statement_number FROM entry_summary
            WHERE {_printed("statement_date")}) e
        FULL JOIN (SELECT p.entry_summary_id, s.statement_number FROM statement_entry p
            JOIN statement s ON s.id = p.statement_id
            WHERE p.removed_at IS NULL AND {_printed("s.print_date")}) p ON p.entry_summary_id = e.id
        WHERE e.statement_number IS DISTINCT FROM p.statement_number""",
    "what is printed is under customs control": f"""
        SELECT filer_code || ' ' || entry_number FROM entry_summary
        WHERE statement_number IS NOT NULL AND {_printed("statement_date")}
        AND (control <> 'cbp' OR status <> 'accepted')""",
    "paid is covered by funds": f"""
        SELECT s.statement_number FROM statement s
        WHERE s.paid_at IS NOT NULL AND s.parent_id IS NULL AND {_printed("s.print_date")} AND ({_DUE}) > (
            SELECT coalesce(sum(k.amount_cents), 0) FROM statement d JOIN settlement k ON k.statement_id = d.id
            WHERE d.id = s.id OR d.parent_id = s.id)""",
    "a paid statement has paid entries, and no other has": f"""
        SELECT e.filer_code || ' ' || e.entry_number FROM statement s JOIN statement_entry p ON p.statement_id = s.id
        JOIN entry_summary e ON e.id = p.entry_summary_id
        WHERE p.removed_at IS NULL AND {_printed("s.print_date")} AND (s.paid_at IS NULL) <> (e.paid_at IS NULL)""",
    "a queued payment is of what is due": f"""
        SELECT s.statement_number FROM payment y JOIN statement s ON s.id = y.statement_id
        WHERE y.state = 'queued' AND {_printed("s.print_date")} AND y.amount_cents <> ({_DUE})""",
    "a debit at the bank stands in a file": f"""
        SELECT s.statement_number FROM payment y JOIN statement s ON s.id = y.statement_id
        WHERE y.state = 'sent' AND y.debit_file_id IS NULL AND {_printed("s.print_date")}""",
    "a file of debits is the sum of its debits": f"""
        SELECT f.name FROM debit_file f LEFT JOIN payment y ON y.debit_file_id = f.id
        WHERE {_printed("f.created_on")} GROUP BY f.id
        HAVING f.debits <> count(y.id) OR f.amount_cents <> coalesce(sum(y.amount_cents), 0)""",
    "statement numbers are used without gap": f"""
        SELECT q.prefix FROM statement_sequence q LEFT JOIN statement s ON left(s.statement_number, 7) = q.prefix
        WHERE {_printed("q.period")} GROUP BY q.prefix, q.last HAVING q.last <> count(s.id)""",
    "a filing is the sum of its entries": f"""
        SELECT a.number || ' ' || f.month || ' version ' || f.version
        FROM filing f JOIN account a ON a.id = f.account_id
        LEFT JOIN filing_entry p ON p.filing_id = f.id LEFT JOIN entry_summary_version v ON v.id = p.version_id
        WHERE {_of("f.month")}
        GROUP BY f.id, a.number HAVING f.entries <> count(v.id) OR f.duty_cents <> coalesce(sum(v.total_duty_cents), 0)
        OR f.fee_cents <> coalesce(sum(v.total_fee_cents), 0) OR f.tax_cents <> coalesce(sum(v.total_tax_cents), 0)""",
    "an entry in a filing is of its account and its month": f"""
        SELECT a.number || ' ' || f.month || ' version ' || f.version || ': ' || v.filer_code || ' ' || v.entry_number
        FROM filing f JOIN account a ON a.id = f.account_id JOIN filing_entry p ON p.filing_id = f.id
        JOIN entry_summary_version v ON v.id = p.version_id
        WHERE {_of("f.month")} AND (v.importer_account_id IS DISTINCT FROM f.account_id
            OR date_trunc('month', {_DAY}::timestamp) <> f.month)""",
    "the last version of a filing is the one that counts": f"""
        SELECT a.number || ' ' || f.month FROM filing f JOIN account a ON a.id = f.account_id WHERE {_of("f.month")}
        GROUP BY a.number, f.month HAVING count(*) FILTER (WHERE state = 'filed') <> 1
        OR max(version) FILTER (WHERE state = 'filed') <> max(version) OR max(version) <> count(*)""",
}
