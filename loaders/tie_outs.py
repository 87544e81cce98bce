"""What the tables of the month must never show: each check is a query for the rows that break it.

For a checkpoint before a month is closed and every night; a healthy database gives no row at all.
"""

from __future__ import annotations

import pandas as pd
import psycopg

#: Check -> a query for what breaks it: one text that names the place.
CHECKS = {
    "an entry summary is on one statement at a time": """
        SELECT entry_summary_id::text FROM statement_entry WHERE removed_at IS NULL
        GROUP BY entry_summary_id HAVING count(*) > 1""",
    "every entry on a statement has its version": """
        SELECT s.statement_number || ' version ' || p.version_id FROM statement_entry p JOIN statement s
        ON s.id = p.statement_id LEFT JOIN entry_summary_version v ON v.id = p.version_id
        WHERE v.entry_summary_id IS DISTINCT FROM p.entry_summary_id""",
    "a daily statement is the sum of its entries, in number and in cents": """
        SELECT s.statement_number FROM statement s LEFT JOIN statement_entry p ON p.statement_id = s.id
        WHERE s.kind = 'daily' GROUP BY s.id
        HAVING s.entries <> count(p.version_id) OR s.total_cents <> coalesce(sum(p.due_cents), 0)""",
    "a total is the sum of its amounts": """
        SELECT statement_number FROM statement WHERE total_cents
        <> duty_cents + tax_cents + ad_cents + cvd_cents + interest_cents + fee_cents""",
    "fees are the sum of their classes": """
        SELECT s.statement_number FROM statement s LEFT JOIN statement_fee f ON f.statement_id = s.id
        GROUP BY s.id HAVING s.fee_cents <> coalesce(sum(f.amount_cents), 0)""",
    "a monthly statement is the sum of what stood on its daily ones when it was printed": """
        SELECT m.statement_number FROM statement m LEFT JOIN statement d ON d.parent_id = m.id
        LEFT JOIN statement_entry p ON p.statement_id = d.id AND (p.removed_at IS NULL OR (
            SELECT max(id) FROM statement_event
            WHERE statement_id = d.id AND entry_summary_id = p.entry_summary_id AND step = 'remove'
        ) > (SELECT min(id) FROM statement_event WHERE statement_id = m.id AND step = 'print'))
        WHERE m.kind = 'monthly' GROUP BY m.id
        HAVING m.entries <> count(p.version_id) OR m.total_cents <> coalesce(sum(p.due_cents), 0)""",
    "a daily statement is of the month of its monthly one": """
        SELECT d.statement_number FROM statement d JOIN statement m ON m.id = d.parent_id
        WHERE d.month IS DISTINCT FROM m.month OR d.kind <> 'daily' OR m.kind <> 'monthly'""",
    "an entry summary names the statement it stands on": """
        SELECT e.filer_code || ' ' || e.entry_number FROM entry_summary e
        FULL JOIN (SELECT p.entry_summary_id, s.statement_number FROM statement_entry p
            JOIN statement s ON s.id = p.statement_id WHERE p.removed_at IS NULL) p ON p.entry_summary_id = e.id
        WHERE e.statement_number IS DISTINCT FROM p.statement_number""",
    "what is printed is under customs control": """
        SELECT filer_code || ' ' || entry_number FROM entry_summary
        WHERE statement_number IS NOT NULL AND (control <> 'cbp' OR status <> 'accepted')""",
    "paid is covered by funds": """
        SELECT s.statement_number FROM statement s WHERE s.paid_at IS NOT NULL AND s.parent_id IS NULL AND (
            SELECT coalesce(sum(p.due_cents), 0) FROM statement d JOIN statement_entry p ON p.statement_id = d.id
            WHERE (d.id = s.id OR d.parent_id = s.id) AND p.removed_at IS NULL
        ) > (
            SELECT coalesce(sum(k.amount_cents), 0) FROM statement d JOIN settlement k ON k.statement_id = d.id
            WHERE d.id = s.id OR d.parent_id = s.id)""",
    "a paid statement has paid entries, and no other has": """
        SELECT e.filer_code || ' ' || e.entry_number FROM statement s JOIN statement_entry p ON p.statement_id = s.id
        JOIN entry_summary e ON e.id = p.entry_summary_id
        WHERE p.removed_at IS NULL AND (s.paid_at IS NULL) <> (e.paid_at IS NULL)""",
    "a queued payment is of what is due": """
        SELECT s.statement_number FROM payment y JOIN statement s ON s.id = y.statement_id
        WHERE y.state = 'queued' AND y.amount_cents <> (
            SELECT coalesce(sum(p.due_cents), 0) FROM statement d JOIN statement_entry p ON p.statement_id = d.id
            WHERE (d.id = s.id OR d.parent_id = s.id) AND p.removed_at IS NULL)""",
    "statement numbers are used without gap": """
        SELECT q.prefix FROM statement_sequence q LEFT JOIN statement s ON left(s.statement_number, 7) = q.prefix
        GROUP BY q.prefix, q.last HAVING q.last <> count(s.id)""",
    "a filing is the sum of its entries": """
        SELECT a.number || ' ' || f.month || ' version ' || f.version
        FROM filing f JOIN account a ON a.id = f.account_id
        LEFT JOIN filing_entry p ON p.filing_id = f.id LEFT JOIN entry_summary_version v ON v.id = p.version_id
        GROUP BY f.id, a.number HAVING f.entries <> count(v.id) OR f.duty_cents <> coalesce(sum(v.total_duty_cents), 0)
        OR f.fee_cents <> coalesce(sum(v.total_fee_cents), 0) OR f.tax_cents <> coalesce(sum(v.total_tax_cents), 0)""",
    "the last version of a filing is the one that counts": """
        SELECT a.number || ' ' || f.month FROM filing f JOIN account a ON a.id = f.account_id
        GROUP BY a.number, f.month HAVING count(*) FILTER (WHERE state = 'filed') <> 1
        OR max(version) FILTER (WHERE state = 'filed') <> max(version) OR max(version) <> count(*)""",
}


def broken(conn: psycopg.Connection) -> pd.DataFrame:
    """Everything that breaks a check: ``check at``; empty when all tie out."""
    found = [(check, at) for check, query in CHECKS.items() for (at,) in conn.execute(query).fetchall()]
    return pd.DataFrame(found, columns=["check", "at"]).astype("str")
