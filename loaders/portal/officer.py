"""What officers read of accounts: the list, the tree, and one account at a glance. Needs an officer's scope."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import psycopg

KINDS = ("importer", "exporter", "broker")


def account_list(conn: psycopg.Connection[dict], *, words: str, kind: str, status: str, standing: str,
                 looked_after_by: int | None, since: date, after: str, limit: int) -> list[dict]:  # fmt: skip
    """Accounts by name: those whose name, number or identifier holds ``words``; value and entries since ``since``, how
    they stand with their payments. ``after``: the public id to go on from."""
    like = "%" + words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
    values = {"words": words, "like": like, "kind": kind, "status": status, "standing": standing,
              "officer": looked_after_by, "since": since, "after": after, "limit": limit}  # fmt: skip
    return conn.execute(_LIST, values).fetchall()


_LIST = """
    WITH page AS (
        SELECT a.id, a.public_id, a.number, a.name, a.kind, a.status, a.identifier,
            coalesce(t.standing, 'good') AS standing, count(*) OVER () AS found
        FROM account a LEFT JOIN account_standing t ON t.account_id = a.id AND t.valid_to IS NULL
        WHERE a.kind <> 'office' AND (%(words)s = '' OR a.name ILIKE %(like)s OR a.number ILIKE %(like)s
            OR a.identifier ILIKE %(like)s)
        AND (%(kind)s = '' OR a.kind = %(kind)s) AND (%(status)s = '' OR a.status = %(status)s)
        AND (%(standing)s = '' OR coalesce(t.standing, 'good') = %(standing)s)
        AND (%(officer)s::bigint IS NULL
            OR a.id IN (SELECT p.account_id FROM portfolio p WHERE p.user_id = %(officer)s))
    ), shown AS (
        SELECT * FROM page WHERE %(after)s = ''
            OR (name, id) > (SELECT b.name, b.id FROM account b WHERE b.public_id = %(after)s)
        ORDER BY name, id LIMIT %(limit)s
    )
    SELECT s.*, m.value_cents, m.entries FROM shown s LEFT JOIN LATERAL (
        SELECT sum(value_cents)::bigint AS value_cents, sum(entries)::bigint AS entries FROM account_month m
        WHERE m.account_id = s.id AND m.month >= %(since)s
    ) m ON true ORDER BY s.name, s.id"""


def account(conn: psycopg.Connection[dict], public_id: str) -> dict | None:
    """An account by its public id, with its parent."""
    return conn.execute(
        """SELECT a.id, a.public_id, a.number, a.kind, a.name, a.identifier, a.status, a.owner, a.created_at,
            p.public_id AS parent_public_id, p.name AS parent_name
        FROM account a LEFT JOIN account p ON p.id = a.parent_id WHERE a.public_id = %s AND a.kind <> 'office'""",
        [public_id],
    ).fetchone()


def tree(conn: psycopg.Connection[dict], account_id: int) -> list[dict]:
    """An account and all below it, ``depth`` from 0."""
    return conn.execute(
        """WITH RECURSIVE tree AS (
            SELECT id, public_id, number, name, kind, status, 0 AS depth, ARRAY[name, number] AS way FROM account
            WHERE id = %s
            UNION ALL SELECT a.id, a.public_id, a.number, a.name, a.kind, a.status, depth + 1, way || a.name || a.number
            FROM account a JOIN tree t ON a.parent_id = t.id WHERE depth < 20
        ) SELECT id, public_id, number, name, kind, status, depth FROM tree ORDER BY way""",
        [account_id],
    ).fetchall()


#: What a month is broken down by -> the column of ``account_month``.
BY = {"origin": "origin", "port": "port", "chapter": "chapter", "filer": "filer_code"}


def months(conn: psycopg.Connection[dict], ids: Sequence[int], filers: Sequence[str], since: date, by: str = "",
           of: str = "") -> list[dict]:  # fmt: skip
    """Value, duty and entries by month, of importer accounts (``ids``) or of filers; of one origin, port, chapter or
    filer (``by``, ``of``) if given."""
    column = BY.get(by, "''")
    return conn.execute(
        f"""SELECT month, sum(value_cents)::bigint AS value_cents, sum(duty_cents)::bigint AS duty_cents,
            sum(entries)::bigint AS entries, sum(lines)::bigint AS lines
        FROM account_month WHERE {_whose(filers)} AND month >= %(since)s AND (%(of)s = '' OR {column} = %(of)s)
        GROUP BY month ORDER BY month""",
        {"ids": list(ids), "filers": list(filers), "since": since, "of": of if by in BY else ""},
    ).fetchall()


def parts(conn: psycopg.Connection[dict], ids: Sequence[int], filers: Sequence[str], since: date, recent: date,
          most: int = 10) -> dict[str, list[dict]]:  # fmt: skip
    """Months, and the largest origins, ports, chapters and filers (:data:`BY`) since ``since``, each as ``key`` with
    value, duty, entries, lines, the value since ``recent``, the value of all, and the first month; in one scan."""
    columns = ["month", *BY.values()]
    rows = conn.execute(
        f"""SELECT grouping({", ".join(columns)}) AS which, {", ".join(f"{it} AS {it}" for it in columns)},
            sum(value_cents)::bigint AS value_cents, sum(duty_cents)::bigint AS duty_cents,
            sum(entries)::bigint AS entries, sum(lines)::bigint AS lines,
            coalesce(sum(value_cents) FILTER (WHERE month >= %(recent)s), 0)::bigint AS recent_cents,
            min(month) AS first
        FROM account_month WHERE {_whose(filers)} AND month >= %(since)s
        GROUP BY GROUPING SETS ({", ".join(f"({it})" for it in columns)})""",
        {"ids": list(ids), "filers": list(filers), "since": since, "recent": recent},
    ).fetchall()
    every = (1 << len(columns)) - 1
    out = {}
    for at, (name, column) in enumerate({"month": "month", **BY}.items()):
        mine = [row for row in rows if row["which"] == every - (1 << (len(columns) - 1 - at))]
        whole = sum(row["value_cents"] for row in mine)
        told = [{**row, "key": row[column], "all_cents": whole} for row in mine]
        if name == "month":
            out[name] = sorted(told, key=lambda row: row["key"])
        else:
            out[name] = sorted(told, key=lambda row: (-row["value_cents"], row["key"]))[:most]
    return out


def _whose(filers: Sequence[str]) -> str:
    return "filer_code = ANY(%(filers)s)" if filers else "account_id = ANY(%(ids)s)"


def exports(conn: psycopg.Connection[dict], ids: Sequence[int], since: date, most: int = 10) -> dict[str, list[dict]]:
    """What exporter accounts (``ids``) filed that leaves since ``since``: ``month``, and the largest ``destination``,
    ``number`` (Schedule B or tariff number) and ``agent``, each as ``key`` with ``filings value_cents late`` and
    ``all_cents``; agents with ``public_id``, and ``refused`` actions."""
    values = {"ids": list(ids), "since": since, "most": most}
    found = {name: conn.execute(query, values).fetchall() for name, query in _EXPORTS.items()}
    whole = sum(row["value_cents"] for row in found["month"])
    return {name: [row | {"all_cents": whole} for row in rows] for name, rows in found.items()}


_FILED = """FROM export_filing f WHERE f.exporter_account_id = ANY(%(ids)s) AND f.status = 'filed'
    AND f.export_date >= %(since)s"""
_SUMS = """count(*) AS filings, coalesce(sum(f.value_cents), 0)::bigint AS value_cents,
    count(*) FILTER (WHERE f.days_late > 0) AS late"""
_EXPORTS = {
    "month": f"SELECT date_trunc('month', f.export_date)::date AS key, {_SUMS} {_FILED} GROUP BY 1 ORDER BY 1",
    "destination": f"SELECT f.destination AS key, {_SUMS} {_FILED} GROUP BY 1 ORDER BY 3 DESC, 1 LIMIT %(most)s",
    "number": f"""SELECT l.number AS key, count(DISTINCT f.id) AS filings, sum(l.value_cents)::bigint AS value_cents,
        count(DISTINCT f.id) FILTER (WHERE f.days_late > 0) AS late
        {_FILED.replace("WHERE", "JOIN export_line l ON l.version_id = f.version_id WHERE", 1)}
        GROUP BY 1 ORDER BY 3 DESC, 1 LIMIT %(most)s""",
    "agent": f"""SELECT a.name AS key, a.public_id, s.filings, s.value_cents, s.late, s.refused FROM (
            SELECT id, sum(filings)::bigint AS filings, sum(value_cents)::bigint AS value_cents,
                sum(late)::bigint AS late, sum(refused)::bigint AS refused FROM (
                SELECT f.filer_account_id AS id, {_SUMS}, 0 AS refused {_FILED} GROUP BY 1
                UNION ALL
                SELECT r.filer_account_id, 0, 0, 0, count(*) FROM export_refusal r
                WHERE r.exporter_account_id = ANY(%(ids)s) AND r.refused_at >= %(since)s GROUP BY 1
            ) parts GROUP BY 1
        ) s JOIN account a ON a.id = s.id ORDER BY s.value_cents DESC, a.name LIMIT %(most)s""",
}


def goods_files(conn: psycopg.Connection[dict], ids: Sequence[int], since: date) -> list[dict]:
    """The tables of goods of the monthly filings since ``since``: ``month``, ``sha256``."""
    return conn.execute(
        """SELECT f.month, g.sha256 FROM filing f JOIN filing_file g ON g.filing_id = f.id
        WHERE f.account_id = ANY(%s) AND f.month >= %s AND f.state = 'filed' AND g.name = 'goods.parquet'
        ORDER BY f.month""",
        [list(ids), since],
    ).fetchall()


def statements(conn: psycopg.Connection[dict], ids: Sequence[int], filers: bool, limit: int = 24) -> list[dict]:
    """The latest statements, and how they were paid: of ``filers`` as they were printed; else each on which entry
    summaries of the importers stand, with their part of it. A daily one is paid when its monthly one is."""
    return conn.execute(_OF_FILERS if filers else _OF_IMPORTERS, {"ids": list(ids), "limit": limit}).fetchall()


_FACE = """s.id, coalesce(u.statement_number, s.statement_number) AS statement_number, s.filer_code,
    coalesce(u.month, s.month) AS month, s.print_date, coalesce(u.due_date, s.due_date) AS due_date,
    coalesce(u.paid_at, s.paid_at) AS paid_at, coalesce(u.late_at, s.late_at) AS late_at,
    coalesce(u.noticed_at, s.noticed_at) AS noticed_at"""
_OF_FILERS = f"""
    SELECT {_FACE}, s.total_cents, s.entries FROM statement s LEFT JOIN statement u ON u.id = s.parent_id
    WHERE s.filer_account_id = ANY(%(ids)s) AND s.parent_id IS NULL ORDER BY s.print_date DESC, s.id DESC
    LIMIT %(limit)s"""
_OF_IMPORTERS = f"""
    SELECT {_FACE}, x.total_cents, x.entries FROM (
        SELECT p.statement_id, sum(p.due_cents)::bigint AS total_cents, count(*) AS entries FROM entry_summary e
        JOIN statement_entry p ON p.entry_summary_id = e.id AND p.removed_at IS NULL
        WHERE e.importer_account_id = ANY(%(ids)s) GROUP BY 1
    ) x JOIN statement s ON s.id = x.statement_id LEFT JOIN statement u ON u.id = s.parent_id
    ORDER BY s.print_date DESC, s.id DESC LIMIT %(limit)s"""


def standing(conn: psycopg.Connection[dict], ids: Sequence[int], today: date) -> list[dict]:
    """How the accounts stand and stood with their payments, the latest first; none: always well."""
    return conn.execute(
        """SELECT t.standing, t.statement_number, t.valid_from, t.valid_to FROM account_standing t
        WHERE t.account_id = ANY(%s) ORDER BY t.valid_from DESC LIMIT 24""",
        [list(ids)],
    ).fetchall()


def findings(conn: psycopg.Connection[dict], ids: Sequence[int], since: date, limit: int = 15) -> list[dict]:
    """Conditions told to filers of entry summaries of these accounts (importers', or filers' own) since ``since``,
    refused attempts included: code, how often, how often it refused, the first and the latest day."""
    return conn.execute(
        """SELECT c.code, c.severity, max(c.narrative) AS narrative, count(*) AS times,
            count(*) FILTER (WHERE t.final = 'R') AS refused, min(i.received_at) AS first, max(i.received_at) AS last
        FROM entry_summary e JOIN transaction t ON (t.filer_code, t.entry_number) = (e.filer_code, e.entry_number)
        JOIN condition c ON c.transaction_id = t.id JOIN interchange i ON i.id = t.interchange_id
        WHERE (e.importer_account_id = ANY(%(ids)s) OR e.filer_account_id = ANY(%(ids)s))
        AND e.accepted_at >= %(since)s AND c.severity IN ('F', 'W', 'P') AND i.mode = 'file'
        GROUP BY c.code, c.severity ORDER BY times DESC, c.code LIMIT %(limit)s""",
        {"ids": list(ids), "since": since, "limit": limit},
    ).fetchall()


def programme(conn: psycopg.Connection[dict], ids: Sequence[int]) -> dict[str, Any] | None:
    """What the firm said of the security programme when it applied, where that was accepted."""
    return conn.execute(
        """SELECT reference, ctpat, ctpat_number, ctpat_tier, evidence, industry, decided_at FROM application
        WHERE account_id = ANY(%s) AND status IN ('qualified', 'active') ORDER BY id DESC LIMIT 1""",
        [list(ids)],
    ).fetchone()


def filer_names(conn: psycopg.Connection[dict], codes: Sequence[str]) -> dict[str, dict]:
    """Names and public ids of the filers behind codes."""
    rows = conn.execute(
        "SELECT identifier, name, public_id FROM account WHERE kind = 'broker' AND identifier = ANY(%s)", [list(codes)]
    )
    return {row["identifier"]: row for row in rows}


def agents(conn: psycopg.Connection[dict], account_id: int, today: date) -> list[dict]:
    """Who may act for an account, and from when to when."""
    return conn.execute(
        """SELECT a.name, a.public_id, r.kind, r.sees_money, r.valid_from, r.valid_to FROM relationship r
        JOIN account a ON a.id = r.from_account_id WHERE r.to_account_id = %s
        AND (r.valid_to IS NULL OR r.valid_to >= %s) ORDER BY a.name, r.kind, r.valid_from""",
        [account_id, today],
    ).fetchall()


def in_portfolio(conn: psycopg.Connection[dict], account_id: int) -> list[dict]:
    """The officers who look after an account."""
    return conn.execute(
        """SELECT u.id, u.name FROM portfolio p JOIN portal_user u ON u.id = p.user_id WHERE p.account_id = %s
        ORDER BY u.name""",
        [account_id],
    ).fetchall()
