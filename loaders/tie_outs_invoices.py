"""Tie-outs of invoices: each is at its last version, adds up, and every line of it was compared once, with what its
entry summary says now."""

from __future__ import annotations

#: Of a month: invoices that came or changed in it and in the one after.
_OF_MONTH = """(%(month)s IS NULL OR (i.changed_at >= %(month)s::timestamp AT TIME ZONE 'America/New_York'
        AND i.changed_at < (%(month)s + interval '2 months')::timestamp AT TIME ZONE 'America/New_York'))"""
_NAMED = "(SELECT number FROM account WHERE id = i.importer_account_id) || ' ' || i.invoice_number"

CHECKS = {
    "an invoice is at its last version, and they are numbered without gap": f"""
        SELECT {_NAMED} FROM invoice i LEFT JOIN LATERAL (
            SELECT count(*) AS number, max(sequence) AS last, (array_agg(id ORDER BY sequence DESC))[1] AS id,
                bool_or(sequence < i.sequence AND superseded_by IS NULL) AS loose
            FROM invoice_version v WHERE v.invoice_id = i.id
        ) v ON true
        WHERE {_OF_MONTH} AND (v.loose OR (i.sequence, i.version_id, i.sequence::bigint)
            IS DISTINCT FROM (v.last, v.id, v.number))""",
    "an invoice is the sum of its lines and charges": f"""
        SELECT {_NAMED} FROM invoice i JOIN invoice_version v ON v.id = i.version_id LEFT JOIN LATERAL (
            SELECT count(*) AS lines, CASE WHEN count(*) = count(amount_cents)
                THEN coalesce(sum(amount_cents), 0) END AS cents
            FROM invoice_line l WHERE l.version_id = v.id
        ) l ON true LEFT JOIN LATERAL (
            SELECT coalesce(sum(amount_cents), 0) AS cents FROM invoice_charge c WHERE c.version_id = v.id
        ) c ON true
        WHERE {_OF_MONTH} AND (l.lines, l.cents, c.cents) IS DISTINCT FROM (v.lines::bigint,
            v.lines_cents::numeric, v.charges_cents::numeric - v.allowances_cents + v.tax_cents)""",
    "every line of an invoice was compared once": f"""
        SELECT {_NAMED} FROM invoice i LEFT JOIN LATERAL (
            SELECT count(*) AS rows, count(DISTINCT line) AS lines, coalesce(min(line), 1) AS first,
                coalesce(max(line), 0) AS last, count(*) FILTER (WHERE state = 'matched') AS matched,
                count(*) FILTER (WHERE state = 'different') AS different,
                count(*) FILTER (WHERE state = 'missing') AS missing
            FROM invoice_match m WHERE m.invoice_id = i.id
        ) m ON true
        WHERE {_OF_MONTH} AND (m.rows, m.lines, m.first, m.last, m.matched, m.different, m.missing)
            IS DISTINCT FROM (CASE i.status WHEN 'accepted' THEN i.lines ELSE 0 END::bigint,
                CASE i.status WHEN 'accepted' THEN i.lines ELSE 0 END::bigint, 1,
                CASE i.status WHEN 'accepted' THEN i.lines ELSE 0 END,
                i.matched_lines::bigint, i.different_lines::bigint, i.missing_lines::bigint)""",
    "an invoice was compared with what its entry summary says now": f"""
        SELECT {_NAMED} FROM invoice i JOIN invoice_entry k ON k.invoice_id = i.id
        JOIN entry_summary e ON e.id = k.entry_summary_id
        WHERE {_OF_MONTH} AND i.status = 'accepted' AND e.changed_at < %(now)s - interval '1 hour'
        AND (e.version_id <> k.entry_version_id OR e.status <> 'accepted'
            OR e.importer_account_id IS DISTINCT FROM i.importer_account_id)""",
}
