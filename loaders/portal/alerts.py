"""What an importer should look at: who files on its number for the first time, what is late, what is about to end."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import psycopg

#: So long something is news, and so long ahead an end is told; days.
NEWS, AHEAD = 90, 30
KINDS = ("filer", "late", "ending", "filing")


def alerts(conn: psycopg.Connection[dict], account_ids: Sequence[int], today: date) -> list[dict[str, Any]]:
    """What the accounts should look at, what is worst first: ``kind`` (of :data:`KINDS`), ``grave`` (it asks for
    something to be done), ``when``, ``words``, and ``address`` of the page that says more. Amounts are not told."""
    values = {"ids": list(account_ids), "today": today, "since": today - timedelta(days=NEWS),
              "until": today + timedelta(days=AHEAD), "filing_since": today - timedelta(days=AHEAD)}  # fmt: skip
    found = [_filer(row) for row in conn.execute(_FILERS, values).fetchall()]
    found += [_late(row) for row in conn.execute(_LATE, values).fetchall()]
    found += [_ending(row) for row in conn.execute(_ENDING, values).fetchall()]
    found += [_filing(row) for row in conn.execute(_FILINGS, values).fetchall()]
    return sorted(found, key=lambda it: (not it["grave"], KINDS.index(it["kind"]), -it["when"].toordinal()))


def _filer(row: dict[str, Any]) -> dict[str, Any]:
    who = f"{row['filer']} ({row['filer_code']})" if row["filer"] else f"The filer {row['filer_code']}"
    words = f"{who} filed on your number for the first time: entry {_spelt(row)}."
    grave = False
    if row["denied_at"]:
        words += f" You told customs on {row['denied_at']} that you do not know this filer."
    elif not row["held"]:
        grave = True
        words += " You had given it no authority. If it acts for you, give it one; if not, tell customs."
    return {"kind": "filer", "grave": grave, "when": row["day"], "words": words,
            "address": f"/importer/filers/{row['entry_summary_id']}"}  # fmt: skip


def _spelt(row: dict[str, Any]) -> str:
    """An entry number as the trade writes it."""
    return f"{row['filer_code']}-{row['entry_number'][:7]}-{row['entry_number'][7:]}"


def _late(row: dict[str, Any]) -> dict[str, Any]:
    words = (
        f"Statement {row['statement_number']} was due on {row['due_date']} and is not paid. Pay it, or ask who pays it."
    )
    return {"kind": "late", "grave": True, "when": row["due_date"], "words": words,
            "address": f"/importer/statements/{row['id']}"}  # fmt: skip


def _ending(row: dict[str, Any]) -> dict[str, Any]:
    may = "file for you" if row["kind"] == "files_for" else "see all filings on your number"
    words = (
        f"The authority of {row['agent']} to {may} ends on {row['valid_to']}. Change its last day if it should go on."
    )
    return {"kind": "ending", "grave": False, "when": row["valid_to"], "words": words,
            "address": f"/importer/authorities/{row['id']}"}  # fmt: skip


def _filing(row: dict[str, Any]) -> dict[str, Any]:
    month, version = f"{row['month']:%B %Y}", row["version"]
    words = f"The filing of {month} is ready." if version == 1 else (
        f"The filing of {month} has a new version, {version}: something was filed or changed after the one before."
    )  # fmt: skip
    return {"kind": "filing", "grave": False, "when": row["day"], "words": words,
            "address": f"/importer/filings/{row['id']}"}  # fmt: skip


# The first summary of each filer on each account, by jumping from filer to filer along an index (an account may have
# a hundred thousand summaries); with it whether the filer may file today, or might on the day.
_NEXT = """
        SELECT e.id AS entry_summary_id, e.filer_code, e.entry_number, e.importer_account_id, e.filer_account_id
        FROM entry_summary e WHERE e.importer_account_id = {account}{more} ORDER BY e.filer_code, e.id LIMIT 1"""
_FIRST = f"""
    SELECT j.*, (v.accepted_at AT TIME ZONE 'America/New_York')::date AS day FROM (
        WITH RECURSIVE jump AS (
            SELECT n.* FROM unnest(%(ids)s::bigint[]) AS a (id) CROSS JOIN LATERAL (
                {_NEXT.format(account="a.id", more="")}) n
            UNION ALL SELECT n.* FROM jump j CROSS JOIN LATERAL (
                {_NEXT.format(account="j.importer_account_id", more=" AND e.filer_code > j.filer_code")}) n
        ) SELECT * FROM jump
    ) j JOIN entry_summary_version v ON v.entry_summary_id = j.entry_summary_id AND v.sequence = 1"""
_TOLD = """
    SELECT f.*, coalesce(b.name, '') AS filer,
        EXISTS (SELECT FROM relationship r WHERE r.from_account_id = f.filer_account_id
            AND r.to_account_id = f.importer_account_id AND r.kind = 'files_for' AND (r.valid_to IS NULL
                OR r.valid_to >= greatest(r.valid_from, f.day))) AS held,
        (SELECT max((n.at AT TIME ZONE 'America/New_York')::date) FROM activity_note n
            WHERE n.account_id = f.importer_account_id AND starts_with(n.words, 'Filer ' || f.filer_code || ' denied:')
        ) AS denied_at
    FROM first f LEFT JOIN LATERAL portal_find_account('broker', f.filer_code) b ON true"""
_FILERS = f"WITH first AS ({_FIRST}) {_TOLD} WHERE f.day >= %(since)s"
_LATE = """
    SELECT s.id, s.statement_number, s.due_date FROM statement s
    WHERE s.importer_account_id = ANY(%(ids)s) AND s.due_date < %(today)s AND s.paid_at IS NULL AND s.parent_id IS NULL
    AND EXISTS (SELECT FROM statement d JOIN statement_entry e ON e.statement_id = d.id
        WHERE (d.id = s.id OR d.parent_id = s.id) AND e.removed_at IS NULL AND e.due_cents > 0
        AND NOT EXISTS (SELECT FROM payment p WHERE p.statement_id IN (d.id, s.id) AND p.state = 'sent'))"""
_ENDING = """
    SELECT r.id, r.kind, r.valid_to, a.name AS agent FROM relationship r JOIN account a ON a.id = r.from_account_id
    WHERE r.to_account_id = ANY(%(ids)s) AND r.valid_from <= %(today)s
    AND r.valid_to BETWEEN %(today)s AND %(until)s
    AND NOT EXISTS (SELECT FROM relationship n WHERE n.from_account_id = r.from_account_id
        AND n.to_account_id = r.to_account_id AND n.kind = r.kind AND n.valid_from = r.valid_to + 1)"""
_FILINGS = """
    SELECT id, month, version, (filed_at AT TIME ZONE 'America/New_York')::date AS day FROM filing
    WHERE account_id = ANY(%(ids)s) AND state = 'filed' AND filed_at >= %(filing_since)s"""


def filed(conn: psycopg.Connection[dict], account_ids: Sequence[int], entry_summary_id: int) -> dict[str, Any] | None:
    """A summary on one of the accounts' numbers with its filer: ``filer_code filer entry_number importer_account_id
    day held denied_at``, and of the filer's ``entries`` on the number how many there are, and the ``last_day``."""
    values = {"ids": list(account_ids), "id": entry_summary_id}
    return conn.execute(_FILED, values).fetchone()


_FILED = f"""
    WITH first AS (
        SELECT e.id AS entry_summary_id, e.filer_code, e.entry_number, e.importer_account_id, e.filer_account_id,
            (v.accepted_at AT TIME ZONE 'America/New_York')::date AS day
        FROM entry_summary e JOIN entry_summary_version v ON v.entry_summary_id = e.id AND v.sequence = 1
        WHERE e.importer_account_id = ANY(%(ids)s) AND e.id = %(id)s)
    SELECT t.*, n.* FROM ({_TOLD}) t, LATERAL (
        SELECT count(*) AS entries, max((accepted_at AT TIME ZONE 'America/New_York')::date) AS last_day
        FROM entry_summary WHERE importer_account_id = t.importer_account_id AND filer_code = t.filer_code) n"""


def deny(conn: psycopg.Connection[dict], filed: dict[str, Any], user_id: int, at: Any, words: str) -> None:
    """Tell customs that the account does not know the filer of a summary (:func:`filed`)."""
    said = f"Filer {filed['filer_code']} denied: entry {_spelt(filed)} of {filed['day']}."
    conn.execute(
        "INSERT INTO activity_note (account_id, at, user_id, words) VALUES (%s, %s, %s, %s)",
        [filed["importer_account_id"], at, user_id, f"{said} {words}".strip()],
    )
