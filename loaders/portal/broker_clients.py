"""The firms a broker files for: its authorities, and the close of a month for each of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import psycopg

from loaders.portal.broker import MENDED

Conn = psycopg.Connection[dict]


def authorities(
    conn: Conn, accounts: Sequence[int], today: date, *, name: str = "", client: str = "", ended: bool = False,
    after: str = "", limit: int = 50,
) -> list[dict[str, Any]]:  # fmt: skip
    """Relationships to the accounts ``accounts`` (what each may do for whom, from when to when), by client.

    ``name`` is a part of the client's name, ``client`` its public id, ``ended`` takes those that are over too,
    ``after`` is the public id of the client to go on from. ``limit`` counts clients.
    """
    values = {
        "accounts": list(accounts),
        "today": today,
        "name": name.lower(),
        "client": client,
        "ended": ended,
        "after": after,
        "limit": limit,
    }
    return conn.execute(_AUTHORITIES, values).fetchall()


_HELD = """
    SELECT r.id, r.kind, r.sees_money, r.valid_from, r.valid_to, p.id AS client_id, p.public_id, p.name, p.number,
        p.identifier, p.kind AS client_kind, p.status, (lower(p.name), p.id) AS place,
        CASE WHEN r.valid_from > %(today)s THEN 'later' WHEN r.valid_to < %(today)s THEN 'ended' ELSE 'now' END AS holds
    FROM relationship r JOIN account p ON p.id = r.to_account_id
    WHERE r.from_account_id = ANY(%(accounts)s) AND (%(ended)s OR r.valid_to IS NULL OR r.valid_to >= %(today)s)
    AND (%(name)s = '' OR strpos(lower(p.name), %(name)s) > 0) AND (%(client)s = '' OR p.public_id = %(client)s)"""
_AUTHORITIES = f"""
    WITH held AS ({_HELD}), clients AS (
        SELECT DISTINCT client_id, place FROM held
        WHERE %(after)s = '' OR place > (SELECT (lower(name), id) FROM account WHERE public_id = %(after)s)
        ORDER BY place LIMIT %(limit)s
    )
    SELECT id, kind, sees_money, valid_from, valid_to, public_id, name, number, identifier, client_kind, status, holds
    FROM held JOIN clients USING (client_id) ORDER BY held.place, kind, valid_from"""


def client(conn: Conn, accounts: Sequence[int], number: str) -> str | None:
    """The public id of the client that has ``number`` (importer of record, or of the account); None: no client has."""
    row = conn.execute(
        """SELECT p.public_id FROM account p WHERE %s IN (p.identifier, p.number) AND %s <> ''
        AND EXISTS (SELECT FROM relationship r WHERE r.to_account_id = p.id AND r.from_account_id = ANY(%s))""",
        [number, number, list(accounts)],
    ).fetchone()
    return row["public_id"] if row else None


def clients(conn: Conn, accounts: Sequence[int], filers: Sequence[int], first: date) -> list[dict[str, Any]]:
    """The month of each client: summaries accepted in it, what they add up to (cents), those on no statement yet, those
    that customs sent back, and its monthly filing as far as it is filed. Clients with nothing are absent."""
    return conn.execute(_CLIENTS, {"accounts": list(accounts), "filers": list(filers), "first": first}).fetchall()


_MONTH = """{0} >= %(first)s::timestamp AT TIME ZONE 'America/New_York'
    AND {0} < (%(first)s::date + interval '1 month') AT TIME ZONE 'America/New_York'"""
_TOTAL = " + ".join(f"coalesce(v.total_{name}_cents, 0)" for name in ("duty", "fee", "tax", "ad", "cvd", "other"))
_CLIENTS = f"""
    SELECT e.importer_account_id, a.public_id, coalesce(a.name, nullif(e.importer_number, ''), 'not named') AS name,
        count(*) FILTER (WHERE e.status = 'accepted') AS filings,
        count(*) FILTER (WHERE e.status = 'deleted') AS deleted,
        count(*) FILTER (WHERE e.status = 'accepted' AND e.rejected) AS returned,
        count(*) FILTER (WHERE e.status = 'accepted' AND e.statement_number IS NULL AND v.payment_type <> '1') AS open,
        coalesce(sum({_TOTAL}) FILTER (WHERE e.status = 'accepted'), 0)::bigint AS cents,
        max(f.version) AS version, max(f.filed_at) AS filed_at
    FROM entry_summary e JOIN entry_summary_version v ON v.id = e.version_id
    LEFT JOIN account a ON a.id = e.importer_account_id
    LEFT JOIN portal_filed_months(%(first)s) f ON f.account_id = e.importer_account_id
    WHERE e.filer_account_id = ANY(%(filers)s) AND {_MONTH.format("e.accepted_at")}
    GROUP BY 1, 2, 3 ORDER BY 3"""


def statements(conn: Conn, filers: Sequence[int], first: date) -> list[dict[str, Any]]:
    """The filer's statements of a month: the monthly ones of it with their daily ones, and the daily ones printed in it
    that go on none. ``state``: open, returned (the bank sent the debit back), authorised, final, paid; ``late``: not
    paid on its day; ``due_cents``: what is due on it now. Daily statements are authorised (RM names no other); a
    monthly one is when all of its daily ones are on which something is due."""
    found = conn.execute(_STATEMENTS, {"filers": list(filers), "first": first}).fetchall()
    wanting = {it["monthly"] for it in found if it["state"] in ("open", "returned") and it["due_cents"] > 0}
    for it in found:
        if it["kind"] == "monthly" and it["state"] == "open" and it["statement_number"] not in wanting:
            it["state"] = "authorised"
    return found


_STATEMENTS = """
    SELECT s.id, s.statement_number, s.kind, s.status, s.payment_type, s.port, s.print_date, s.due_date, s.total_cents,
        s.entries, s.late_at IS NOT NULL AND s.paid_at IS NULL AS late, s.late_at, s.final_at, s.paid_at,
        coalesce(a.name, nullif(s.importer_number, ''), 'all clients') AS client, m.statement_number AS monthly,
        live.settle_on, live.payer_unit, live.method,
        CASE WHEN s.paid_at IS NOT NULL THEN 'paid' WHEN s.final_at IS NOT NULL THEN 'final'
            WHEN live.state IS NOT NULL THEN 'authorised' WHEN last.state = 'returned' THEN 'returned'
            ELSE 'open' END AS state,
        (SELECT coalesce(sum(p.due_cents), 0)::bigint FROM statement_entry p WHERE p.removed_at IS NULL
            AND p.statement_id IN (SELECT s.id UNION ALL SELECT d.id FROM statement d WHERE d.parent_id = s.id)
        ) AS due_cents
    FROM statement s LEFT JOIN statement m ON m.id = s.parent_id LEFT JOIN account a ON a.id = s.importer_account_id
    LEFT JOIN LATERAL (SELECT * FROM payment WHERE statement_id = s.id
        AND state IN ('queued', 'sent', 'settled') LIMIT 1) live ON true
    LEFT JOIN LATERAL (SELECT state FROM payment WHERE statement_id = s.id ORDER BY id DESC LIMIT 1) last ON true
    WHERE s.filer_account_id = ANY(%(filers)s) AND (s.month = %(first)s
        OR (s.month IS NULL AND s.print_date >= %(first)s AND s.print_date < %(first)s + interval '1 month'))
    ORDER BY coalesce(m.statement_number, s.statement_number), s.kind DESC, s.print_date, s.statement_number
    LIMIT 500"""


def unmended(conn: Conn, accounts: Sequence[int], first: date, limit: int = 100) -> list[dict[str, Any]]:
    """Filings of the month's files that were rejected and are not accepted since: ``filer_code entry_number action``,
    with the file's ``file_id`` and ``name``. Files are those that came in the month."""
    values = {"accounts": list(accounts), "first": first, "limit": limit}
    return conn.execute(_UNMENDED, values).fetchall()


_UNMENDED = f"""
    WITH files AS (
        SELECT i.id FROM interchange i
        WHERE i.account_id = ANY(%(accounts)s) AND i.mode = 'file' AND {_MONTH.format("i.received_at")}
    ), refused AS (
        SELECT DISTINCT c.transaction_id FROM files JOIN condition c ON c.interchange_id = files.id
        WHERE c.severity = 'F' AND c.transaction_id IS NOT NULL
    ), told AS (
        SELECT DISTINCT ON (t.filer_code, left(t.entry_number, 7)) t.* FROM refused r
        JOIN transaction t ON t.id = r.transaction_id
        WHERE t.final <> 'A' AND t.entry_number <> '' AND NOT {MENDED}
        ORDER BY t.filer_code, left(t.entry_number, 7), t.id DESC
    )
    SELECT t.id, t.filer_code, t.entry_number, t.action, t.effect, t.interchange_id AS file_id,
        (SELECT name FROM arrival WHERE interchange_id = t.interchange_id ORDER BY id LIMIT 1) AS name
    FROM told t ORDER BY t.id LIMIT %(limit)s"""


def refused_batches(conn: Conn, accounts: Sequence[int], first: date) -> list[dict[str, Any]]:
    """Files of the month with batches that were rejected whole: ``file_id``, ``name``, ``batches``."""
    return conn.execute(_BATCHES, {"accounts": list(accounts), "first": first}).fetchall()


_BATCHES = f"""
    SELECT i.id AS file_id, count(*) AS batches,
        (SELECT name FROM arrival WHERE interchange_id = i.id ORDER BY id LIMIT 1) AS name
    FROM interchange i JOIN batch b ON b.interchange_id = i.id AND b.rejected
    WHERE i.account_id = ANY(%(accounts)s) AND i.mode = 'file' AND {_MONTH.format("i.received_at")}
    GROUP BY i.id ORDER BY i.id LIMIT 100"""


def sent(conn: Conn, accounts: Sequence[int], first: date, limit: int = 200) -> list[dict[str, Any]]:
    """What was sent unasked in a month (statements and notices), the latest first: ``id kind file_name size created_at
    delivered_at``."""
    return conn.execute(_SENT, {"accounts": list(accounts), "first": first, "limit": limit}).fetchall()


_SENT = f"""
    SELECT k.id, k.kind, d.file_name, length(k.body) AS size, k.created_at, d.delivered_at
    FROM interchange i JOIN acknowledgment k ON k.interchange_id = i.id AND k.account_id = i.account_id
    JOIN delivery d ON d.acknowledgment_id = k.id
    WHERE i.account_id = ANY(%(accounts)s) AND i.mode = 'statement' AND {_MONTH.format("i.received_at")}
    ORDER BY i.id DESC LIMIT %(limit)s"""


def sent_file(conn: Conn, accounts: Sequence[int], id: int) -> dict[str, Any] | None:
    """One of :func:`sent` with its ``body``."""
    row = conn.execute(
        """SELECT k.id, k.kind, k.body, d.file_name FROM acknowledgment k JOIN interchange i ON i.id = k.interchange_id
        JOIN delivery d ON d.acknowledgment_id = k.id
        WHERE k.id = %s AND k.account_id = ANY(%s) AND i.mode = 'statement' LIMIT 1""",
        [id, list(accounts)],
    ).fetchone()
    return row | {"body": bytes(row["body"])} if row else None
