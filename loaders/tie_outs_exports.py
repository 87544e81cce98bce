"""Tie-outs of export filings: each is at its last version, adds up, and stands on the statements of its month."""

from __future__ import annotations

_OF_MONTH = "(%(month)s IS NULL OR date_trunc('month', f.export_date) = %(month)s)"
_STATED = "(%(month)s IS NULL OR s.month = %(month)s)"
_NAMED = "(SELECT number FROM account WHERE id = f.exporter_account_id) || ' ' || f.reference"

CHECKS = {
    "an export filing is at its last version, and they are numbered without gap": f"""
        SELECT {_NAMED} FROM export_filing f LEFT JOIN LATERAL (
            SELECT count(*) AS number, max(sequence) AS last, (array_agg(id ORDER BY sequence DESC))[1] AS id
            FROM export_filing_version v WHERE v.export_filing_id = f.id
        ) v ON true
        WHERE {_OF_MONTH}
        AND (f.sequence, f.version_id, f.sequence::bigint) IS DISTINCT FROM (v.last, v.id, v.number)""",
    "an export filing is the sum of its lines": f"""
        SELECT {_NAMED} FROM export_filing f LEFT JOIN LATERAL (
            SELECT count(*) AS lines, coalesce(sum(value_cents), 0) AS cents
            FROM export_line l WHERE l.version_id = f.version_id
        ) l ON true
        WHERE {_OF_MONTH} AND (f.lines::bigint, f.value_cents::numeric) IS DISTINCT FROM (l.lines, l.cents)""",
    "an export statement is the sum of its filings": f"""
        SELECT a.number || ' ' || s.month || ' version ' || s.version
        FROM export_statement s JOIN account a ON a.id = s.account_id LEFT JOIN LATERAL (
            SELECT count(*) AS filings, coalesce(sum(v.value_cents), 0) AS cents, coalesce(sum(v.lines), 0) AS lines
            FROM export_statement_filing p JOIN export_filing_version v ON v.id = p.version_id
            WHERE p.statement_id = s.id AND v.exporter_account_id = s.account_id
            AND date_trunc('month', v.export_date) = s.month
        ) v ON true
        WHERE {_STATED} AND (s.filings::bigint, s.value_cents::numeric, s.lines::bigint)
            IS DISTINCT FROM (v.filings, v.cents, v.lines)""",
    "the last version of an export statement counts, and no other": f"""
        SELECT a.number || ' ' || s.month || ' version ' || s.version
        FROM export_statement s JOIN account a ON a.id = s.account_id
        WHERE {_STATED} AND (s.state = 'issued') <> (s.version = (
            SELECT max(version) FROM export_statement t WHERE (t.account_id, t.month) = (s.account_id, s.month)))""",
}
