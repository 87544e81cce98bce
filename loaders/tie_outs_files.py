"""Tie-outs of the way of a file: received is answered, set aside or in flight; what was accepted is on file, belongs
together and adds up; nothing lies about longer than it should.

Facts have a BRIN index and no foreign keys (docs/decisions/0003-bulk-load.md), and neither have versions and
transactions: here their orphans are looked for, all facts tables against the versions at once.
"""

from __future__ import annotations

from .schema import FACTS


def _since(instant: str) -> str:
    """``instant`` lies in the month or the one after it, in New York, where a check is bounded."""
    begin = "%(month)s::timestamp AT TIME ZONE 'America/New_York'"
    end = "(%(month)s + interval '2 months') AT TIME ZONE 'America/New_York'"
    return f"(%(month)s IS NULL OR ({instant} >= {begin} AND {instant} < {end}))"


def _span(column: str, key: str, table: str, instant: str) -> str:
    """``column`` lies among the keys of the rows of that time. The keys rise with time, and a BRIN index knows theirs;
    ``+ 0`` keeps the planner from walking the primary key for the smallest of them."""
    low, high = (f"(SELECT {end}({key} + 0) FROM {table} WHERE {_since(instant)})" for end in ("min", "max"))
    return f"(%(month)s IS NULL OR {column} BETWEEN {low} AND {high})"


def _versions(column: str) -> str:
    return _span(column, "id", "entry_summary_version", "accepted_at")


_FACTS = " UNION ALL ".join(
    f"SELECT '{name}' AS name, version_id, interchange_id FROM {name} WHERE {_versions('version_id')}" for name in FACTS
)


def _sums_up(total: str, table: str, column: str) -> str:
    """The total that a version states against the sum over its facts."""
    return f"""
        SELECT v.filer_code || ' ' || v.entry_number || ' version ' || v.id FROM entry_summary_version v LEFT JOIN (
            SELECT version_id, sum({column}) AS cents FROM {table} WHERE {_versions("version_id")} GROUP BY version_id
        ) f ON f.version_id = v.id
        WHERE {_versions("v.id")} AND coalesce(v.{total}, 0) <> coalesce(f.cents, 0)"""


#: A file may wait to be computed, an answer to be fetched by a drop that is away, but not for long.
_LONG = "interval '1 hour'"

CHECKS = {
    "a file waits, is computed, answered or set aside, as its shard says": f"""
        SELECT i.sha256 FROM interchange i LEFT JOIN shard s ON s.id = i.shard_id
        WHERE i.mode <> 'statement' AND {_since("i.received_at")} AND NOT coalesce(CASE i.state
            WHEN 'received' THEN i.shard_id IS NULL WHEN 'claimed' THEN s.state = 'claimed'
            WHEN 'answered' THEN s.state = 'answered' ELSE s.state IN ('quarantined', 'answered') END, false)""",
    "an answered file has its answer, and no other has": f"""
        SELECT i.sha256 FROM interchange i WHERE {_since("i.received_at")} AND (i.state = 'answered') <> EXISTS (
            SELECT FROM acknowledgment k WHERE k.interchange_id = i.id AND k.account_id = i.account_id)""",
    "an answer is in the outbox for every time its file came": f"""
        SELECT i.sha256 || ' ' || a.name FROM interchange i JOIN arrival a ON a.interchange_id = i.id
        JOIN acknowledgment k ON k.interchange_id = i.id AND k.account_id = i.account_id
        LEFT JOIN delivery d ON d.arrival_id = a.id AND d.acknowledgment_id = k.id
        WHERE i.state = 'answered' AND {_since("i.received_at")} AND d.id IS NULL""",
    "a transaction belongs to a batch of its file": f"""
        SELECT t.filer_code || ' ' || t.entry_number || ' transaction ' || t.id
        FROM transaction t LEFT JOIN batch b ON b.id = t.batch_id
        WHERE {_span("t.interchange_id", "id", "interchange", "received_at")}
        AND b.interchange_id IS DISTINCT FROM t.interchange_id""",
    "a condition speaks of a transaction of its file": f"""
        SELECT c.code || ' condition ' || c.id FROM condition c LEFT JOIN transaction t ON t.id = c.transaction_id
        WHERE {_span("c.interchange_id", "id", "interchange", "received_at")}
        AND c.transaction_id IS NOT NULL AND t.interchange_id IS DISTINCT FROM c.interchange_id""",
    "an accepted transaction has its version, and no other has": f"""
        SELECT t.filer_code || ' ' || t.entry_number || ' transaction ' || t.id
        FROM transaction t JOIN interchange i ON i.id = t.interchange_id
        LEFT JOIN entry_summary_version v ON v.id = t.version_id
        WHERE {_span("t.interchange_id", "id", "interchange", "received_at")} AND i.mode = 'file' AND i.format <> 'x12'
        AND (t.effect IN ('added', 'replaced')) <> (v.transaction_id IS NOT DISTINCT FROM t.id)""",
    "an X12 set is a transaction of its group, and a group a batch of its interchange": f"""
        SELECT i.sha256 FROM interchange i WHERE i.format = 'x12' AND i.state = 'answered' AND i.mode = 'file'
        AND {_since("i.received_at")} AND (
            (SELECT count(*) FROM transaction t WHERE t.interchange_id = i.id) <> (SELECT count(*) FROM x12_set s
                JOIN transaction t ON t.id = s.transaction_id AND t.batch_id = s.batch_id
                JOIN x12_group g ON g.batch_id = s.batch_id WHERE s.interchange_id = i.id)
            OR (SELECT count(*) FROM batch b WHERE b.interchange_id = i.id) <> (SELECT count(*) FROM x12_group g
                JOIN batch b ON b.id = g.batch_id JOIN x12_interchange x ON x.id = g.x12_interchange_id
                WHERE g.interchange_id = i.id AND x.interchange_id = i.id))""",
    "a control number of ours is on one message": f"""
        SELECT qualifier || '/' || identifier || ' ' || min(set_id) || ' ' || set_number FROM x12_sent
        WHERE set_number IS NOT NULL AND {_since("sent_at")}
        GROUP BY account_id, own_qualifier, own_id, qualifier, identifier, set_number HAVING count(*) > 1""",
    "a version belongs to a transaction of its file": f"""
        SELECT v.filer_code || ' ' || v.entry_number || ' version ' || v.id
        FROM entry_summary_version v LEFT JOIN transaction t ON t.id = v.transaction_id
        WHERE {_versions("v.id")}
        AND (t.version_id, t.interchange_id) IS DISTINCT FROM (v.id, v.interchange_id)""",
    "versions of an entry summary are counted without gap": f"""
        SELECT min(filer_code || ' ' || entry_number) FROM entry_summary_version WHERE {_versions("id")}
        GROUP BY entry_summary_id HAVING count(*) <> max(sequence) - min(sequence) + 1""",
    "an entry summary stands at its last version": f"""
        SELECT e.filer_code || ' ' || e.entry_number
        FROM entry_summary e LEFT JOIN entry_summary_version v ON v.id = e.version_id
        WHERE {_versions("e.version_id")} AND (v.entry_summary_id IS DISTINCT FROM e.id
            OR v.sequence <> e.sequence OR v.superseded_by IS NOT NULL)""",
    "a fact belongs to a version of its file": f"""
        SELECT f.name || ' of version ' || f.version_id FROM ({_FACTS}) f
        LEFT JOIN entry_summary_version v ON v.id = f.version_id
        WHERE v.interchange_id IS DISTINCT FROM f.interchange_id""",
    "the duty of a summary is the sum of its tariff lines": _sums_up("total_duty_cents", "tariff", "duty_cents"),
    "the fees of a summary are the sum of its classes": _sums_up("total_fee_cents", "fee_total", "amount_cents"),
    "a file is answered within the hour": f"""
        SELECT a.number || ' ' || i.sha256 FROM interchange i JOIN account a ON a.id = i.account_id
        WHERE i.state IN ('received', 'claimed') AND i.received_at < %(now)s - {_LONG} AND {_since("i.received_at")}""",
    "an answer is delivered within the hour, where there is a drop for it": f"""
        SELECT a.number || ' ' || d.file_name FROM delivery d JOIN acknowledgment k ON k.id = d.acknowledgment_id
        JOIN account a ON a.id = d.account_id
        WHERE d.state = 'pending' AND k.created_at < %(now)s - {_LONG} AND {_since("k.created_at")}
        AND EXISTS (SELECT FROM sftp_identity s WHERE s.account_id = d.account_id AND s.valid_from <= %(now)s::date
            AND (s.valid_to IS NULL OR s.valid_to >= %(now)s::date))""",
}

#: Working days of the last four weeks, and what was accepted on each; the last one is compared with those before it.
_DAYS = """
    SELECT (v.accepted_at AT TIME ZONE 'America/New_York')::date AS day, count(*) AS summaries,
        sum(coalesce(total_duty_cents, 0)) AS duty
    FROM entry_summary_version v, (SELECT (%(now)s AT TIME ZONE 'America/New_York')::date AS today) t
    WHERE v.accepted_at >= (today - 29)::timestamp AT TIME ZONE 'America/New_York'
    AND v.accepted_at < today::timestamp AT TIME ZONE 'America/New_York'
    GROUP BY 1 HAVING extract(isodow FROM (v.accepted_at AT TIME ZONE 'America/New_York')::date) < 6"""
WARNINGS = {
    "a working day brings between a third and three times what its month's days bring": f"""
        WITH days AS ({_DAYS}), last AS (
            SELECT * FROM days ORDER BY day DESC LIMIT 1
        ), before AS (
            SELECT avg(summaries) AS summaries, avg(duty) AS duty FROM days
            WHERE day < (SELECT day FROM last) HAVING count(*) >= 5
        )
        SELECT l.day || ': ' || x.found || ' ' || x.what || ', mean ' || round(x.mean)
        FROM last l, before b, LATERAL (VALUES
            ('entry summaries', l.summaries::numeric, b.summaries), ('cents of duty', l.duty::numeric, b.duty)
        ) AS x (what, found, mean)
        WHERE x.found < x.mean / 3 OR x.found > x.mean * 3""",
}
