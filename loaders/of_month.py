"""Which entry summaries an importer account's month has, in SQL: for reading an account's, and all accounts'.

Asked with ``accounts`` (ids) and ``month`` (its first day). The day of an entry is that of entry, else of arrival, else
of acceptance in New York; the expression is that of the index ``brin_entry_summary_version_day``.
"""

from __future__ import annotations

DAY = "coalesce(v.entry_date, v.arrival_date, (v.accepted_at AT TIME ZONE 'America/New_York')::date)"
FROM = f"""
    FROM entry_summary e JOIN entry_summary_version v ON v.id = e.version_id
    WHERE e.importer_account_id = ANY(%(accounts)s) AND e.status = 'accepted'
    AND {DAY} >= %(month)s::date AND {DAY} < (%(month)s::date + interval '1 month')::date"""
#: Columns of an entry (``loaders.activity.ENTRY``) that are not a column of its version under that name. What stands on
#: a statement becomes another version by a post summary correction only: then ``billed`` is the one that stands there.
ENTRY = {
    "account_id": "e.importer_account_id",
    "entry_summary_id": "e.id",
    "version_id": "v.id",
    "port": "v.port_of_entry",
    "statement_number": "coalesce(e.statement_number, '')",
    "statement_status": "coalesce(e.statement_status, '')",
    "deferred": "v.deferred_tax <> ''",
    **{f"{kind}_cents": f"coalesce(v.total_{kind}_cents, 0)" for kind in ("duty", "fee", "tax", "ad", "cvd", "other")},
    **{
        f"billed_{name}": f"""CASE WHEN v.psc = 'Y' THEN (
        SELECT p.{column} FROM statement_entry p WHERE p.entry_summary_id = e.id AND p.removed_at IS NULL) END"""
        for name, column in {"version_id": "version_id", "cents": "due_cents"}.items()
    },
}
ACCOUNT = """
    SELECT a.id, a.number, a.name, a.identifier, coalesce(p.number, '')
    FROM account a LEFT JOIN account p ON p.id = a.parent_id WHERE a.id = ANY(%(accounts)s) ORDER BY a.number"""
