"""What happened to a file, an entry, a statement or an account's standing: every step with its time."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

import psycopg


@dataclass(frozen=True, slots=True)
class Event:
    """One step of the way of an interchange (see ``loaders.schema.interchange.Event``), or, for an entry, what a
    filing did: ``added``, ``replaced``, ``deleted``, ``implicitly_deleted``, ``rejected``. What happened to a statement
    or an account comes from no file; ``sender`` is then the filer's account, or the account itself.
    """

    at: datetime
    step: str
    sender: str
    sha256: str
    detail: str


def trace(conn: psycopg.Connection, what: str) -> list[Event]:
    """The events of ``what``, oldest first; empty if nothing is known of it.

    ``what`` is a file name, a sha256 (eight digits or more), a statement number, an account number, or an entry number,
    with its filer code (``ZZZ12345678``, ``ZZZ-1234567-8``) or without. An entry is told with the statements it was on,
    a daily statement with its monthly one. Of X12 it is a control number of an interchange or a group, or of an
    interchange of ours (then the file it answers), a shipment reference, an invoice number, or the internal transaction
    number of an export filing; what became of the set is told, too.
    """
    entry = what.replace("-", "").replace(" ", "").upper()
    values = {"name": what, "sha256": what.lower(), "statement": entry, "filer": entry[:-8], "entry": entry[-8:]}
    control = {"control": int(what) if re.fullmatch("[0-9]{9}", what) else None}
    return [Event(*row[:-1]) for row in conn.execute(_TRACE, values | control).fetchall()]


_TRACE = """
    WITH acts AS (
        SELECT * FROM transaction
        WHERE %(entry)s <> '' AND entry_number = %(entry)s AND (%(filer)s = '' OR filer_code = %(filer)s)
    ), sets AS (
        SELECT s.*, t.effect FROM x12_set s JOIN transaction t ON t.id = s.transaction_id
        WHERE (s.reference = %(name)s OR s.number = %(name)s) AND %(name)s <> ''
    ), meant AS (
        SELECT interchange_id FROM acts
        UNION SELECT interchange_id FROM sets
        UNION SELECT interchange_id FROM x12_interchange WHERE control_number = %(name)s AND %(name)s <> ''
        UNION SELECT interchange_id FROM x12_group WHERE control_number = %(name)s AND %(name)s <> ''
        UNION SELECT interchange_id FROM x12_sent WHERE interchange_number = %(control)s::bigint
        UNION SELECT interchange_id FROM arrival WHERE name = %(name)s
        UNION SELECT k.interchange_id
            FROM delivery d JOIN acknowledgment k ON k.id = d.acknowledgment_id WHERE d.file_name = %(name)s
        UNION SELECT id FROM interchange -- a prefix, by the index
            WHERE length(%(sha256)s) >= 8 AND sha256 >= %(sha256)s AND sha256 < %(sha256)s || 'g'
    ), steps AS (
        SELECT at, step, interchange_id, detail, id
        FROM event WHERE interchange_id IN (SELECT interchange_id FROM meant)
        UNION ALL
        SELECT i.answered_at, effect, i.id, concat_ws(' ', filer_code, entry_number, acts.code, version_number), NULL
        FROM acts JOIN interchange i ON i.id = acts.interchange_id
        UNION ALL
        SELECT i.answered_at, effect, i.id, concat_ws(' ', set_id, nullif(reference, ''), nullif(number, '')), NULL
        FROM sets JOIN interchange i ON i.id = sets.interchange_id
    ), entries AS (
        SELECT id FROM entry_summary WHERE entry_number = %(entry)s AND (%(filer)s = '' OR filer_code = %(filer)s)
    ), daily AS (
        SELECT id, parent_id FROM statement WHERE statement_number = %(statement)s
        UNION SELECT s.id, s.parent_id FROM statement_entry p JOIN statement s ON s.id = p.statement_id
            WHERE p.entry_summary_id IN (SELECT id FROM entries)
    ), named AS (
        SELECT * FROM statement WHERE id IN (SELECT id FROM daily UNION SELECT parent_id FROM daily)
    ), paying AS (
        SELECT t.at, 'statement ' || t.step AS step, a.number AS sender, t.id,
            concat_ws(' ', n.statement_number, nullif(t.detail, '')) AS detail
        FROM named n JOIN statement_event t ON t.statement_id = n.id LEFT JOIN account a ON a.id = n.filer_account_id
        WHERE t.entry_summary_id IS NULL OR t.entry_summary_id IN (SELECT id FROM entries)
            OR n.statement_number = %(statement)s
        UNION ALL
        SELECT t.recorded_at, 'account ' || t.standing, a.number, t.id,
            concat_ws(' ', 'from', t.valid_from, nullif(t.statement_number, ''))
        FROM account_standing t JOIN account a ON a.id = t.account_id
        WHERE a.number = %(name)s OR t.statement_number IN (SELECT statement_number FROM named)
    )
    SELECT s.at, s.step, account.number AS sender, i.sha256, s.detail, s.id
    FROM steps s JOIN interchange i ON i.id = s.interchange_id JOIN account ON account.id = i.account_id
    UNION ALL SELECT at, step, coalesce(sender, ''), '', detail, id FROM paying
    ORDER BY 1, 6 NULLS FIRST"""
