"""What happened to a file or an entry: every step with its time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import psycopg
from psycopg.rows import class_row


@dataclass(frozen=True, slots=True)
class Event:
    """One step of the way of an interchange (see ``loaders.schema.interchange.Event``), or, for an entry, what a
    filing did: ``added``, ``replaced``, ``deleted``, ``implicitly_deleted``, ``rejected``.
    """

    at: datetime
    step: str
    sender: str
    sha256: str
    detail: str


def trace(conn: psycopg.Connection, what: str) -> list[Event]:
    """The events of ``what``, oldest first; empty if nothing is known of it.

    ``what`` is a file name, a sha256 (eight digits or more), or an entry number, with its filer code
    (``ZZZ12345678``, ``ZZZ-1234567-8``) or without.
    """
    entry = what.replace("-", "").replace(" ", "").upper()
    values = {"name": what, "sha256": what.lower(), "filer": entry[:-8], "entry": entry[-8:]}
    with conn.cursor(row_factory=class_row(Event)) as cursor:
        return cursor.execute(_TRACE, values).fetchall()


_TRACE = """
    WITH acts AS (
        SELECT * FROM transaction WHERE entry_number = %(entry)s AND (%(filer)s = '' OR filer_code = %(filer)s)
    ), meant AS (
        SELECT interchange_id FROM acts
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
    )
    SELECT s.at, s.step, account.number AS sender, i.sha256, s.detail
    FROM steps s JOIN interchange i ON i.id = s.interchange_id JOIN account ON account.id = i.account_id
    ORDER BY s.at, s.id NULLS FIRST"""
