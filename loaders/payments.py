"""What filers ask of printed statements: SU moves, RM authorises.

A debit waits (``queued``) until the due day, is ``sent`` to the bank, and ``settled`` or ``returned``. A statement is
paid when what came in for it, or for the monthly statement it is on, covers what is due on it now, and not before
(84 FR 46749: paid is when the transfer of funds is complete).
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pandas as pd
import psycopg

from .entries import StaleState


def apply_moves(conn: psycopg.Connection, moves: pd.DataFrame, at: datetime) -> int:
    """Give entry summaries other statement data, and take them off the printed statements they are on; how many.

    ``moves`` are ``version_id entry_summary_id statement_number payment_type print_date month branch removed_by`` and,
    where a message asked, its ``interchange_id`` and ``record``: a request that was applied is not applied again.
    What is queued to be debited is reduced by what was taken off. Part of the caller's transaction, if it is in one.

    Raises
        StaleState: an entry is not on that statement, is paid, or has another version; nothing is changed.
    """
    moves = _asked(moves.reset_index(drop=True))
    with conn.transaction():
        old = [n for (n,) in conn.execute(_MOVED_BEFORE, _given(moves)).fetchall()]
        moves = moves.drop(index=old)
        if not len(moves):
            return 0
        again = moves["entry_summary_id"].duplicated()  # moved on by a later request: it stands on no statement then
        held = len(conn.execute(_HOLD, _given(moves[~again])).fetchall())
        held += int((again & (moves["statement_number"] == "")).sum())
        if held != len(moves):
            raise StaleState(f"{len(moves) - held} of {len(moves)} entries are not where they are moved from")
        values = _given(moves) | {"at": at}
        conn.execute(_MOVED, values)
        conn.execute(_REDUCED, values)
        conn.execute(_REMOVED, values)
        conn.execute(_OFF, values)
    return len(moves)


_MOVE = [
    "version_id",
    "entry_summary_id",
    "statement_number",
    "payment_type",
    "print_date",
    "month",
    "branch",
    "removed_by",
]
_GIVEN = """
    WITH given AS (
        SELECT * FROM unnest(%(version_id)s::bigint[], %(entry_summary_id)s::bigint[], %(statement_number)s::text[],
            %(payment_type)s::text[], %(print_date)s::date[], %(month)s::date[], %(branch)s::text[],
            %(removed_by)s::text[], %(interchange_id)s::bigint[], %(record)s::int[]) WITH ORDINALITY
        AS g (version_id, entry_summary_id, statement_number, payment_type, print_date, month, branch, removed_by,
            interchange_id, record, n)
    )"""
_MOVED_BEFORE = f"""{_GIVEN}
    SELECT g.n - 1 FROM given g JOIN statement_move m USING (interchange_id, record) ORDER BY 1"""
# Statements before entries, like a final print, and in the order of their keys: two who do this wait, and none dies.
_HOLD = f"""{_GIVEN}, stood AS MATERIALIZED (
        SELECT id, statement_number FROM statement
        WHERE statement_number IN (SELECT statement_number FROM given) ORDER BY id FOR UPDATE
    )
    SELECT e.id FROM given g JOIN entry_summary e ON e.id = g.entry_summary_id
    LEFT JOIN stood s ON s.statement_number = g.statement_number
    WHERE e.version_id = g.version_id AND e.status = 'accepted' AND e.paid_at IS NULL
    AND coalesce(e.statement_number, '') = g.statement_number AND (s.id IS NOT NULL OR g.statement_number = '')
    ORDER BY e.id FOR UPDATE OF e"""
_MOVED = f"""{_GIVEN}
    INSERT INTO statement_move (version_id, entry_summary_id, statement_id, payment_type, print_date, month, branch,
        moved_by, at, interchange_id, record)
    SELECT g.version_id, g.entry_summary_id, s.id, g.payment_type, g.print_date, g.month, g.branch,
        coalesce(nullif(g.removed_by, ''), 'A'), %(at)s, g.interchange_id, g.record
    FROM given g LEFT JOIN statement s USING (statement_number) ORDER BY g.n"""
_REDUCED = f"""{_GIVEN}, less AS (
        SELECT of, sum(due_cents) AS cents FROM (
            SELECT unnest(ARRAY[s.id, s.parent_id]) AS of, p.due_cents
            FROM given g JOIN statement s USING (statement_number)
            JOIN statement_entry p ON p.statement_id = s.id AND p.version_id = g.version_id
        ) taken GROUP BY of
    )
    UPDATE payment SET amount_cents = amount_cents - less.cents, changed_at = %(at)s FROM less
    WHERE statement_id = less.of AND state = 'queued'"""
_REMOVED = f"""{_GIVEN}, removed AS (
        UPDATE statement_entry p SET removed_at = %(at)s, removed_by = g.removed_by
        FROM given g JOIN statement s USING (statement_number)
        WHERE p.statement_id = s.id AND p.version_id = g.version_id AND p.removed_at IS NULL
        RETURNING s.id, p.entry_summary_id, g.interchange_id, g.record, g.removed_by, g.n
    )
    INSERT INTO statement_event (statement_id, at, step, entry_summary_id, interchange_id, record, detail)
    SELECT id, %(at)s, 'remove', entry_summary_id, interchange_id, record, 'by ' || removed_by
    FROM removed ORDER BY n"""
_OFF = f"""{_GIVEN}
    UPDATE entry_summary e SET statement_status = 'removed', statement_number = NULL, statement_date = NULL,
        statement_month = NULL
    FROM given g WHERE e.id = g.entry_summary_id AND g.statement_number <> ''"""


def apply_payments(conn: psycopg.Connection, payments: pd.DataFrame, at: datetime) -> int:
    """Queue the payments that were authorised and withdraw those that were taken back; how many.

    ``payments`` are ``action`` (``authorise``, ``withdraw``) ``statement_number payer_unit method amount_cents
    settle_on`` and, where a message asked, its ``interchange_id`` and ``record``; a request that was applied is not
    applied again. They are applied in their order. Part of the caller's transaction, if it is in one.

    Raises
        StaleState: an authorised statement has a payment already or is paid, or there is nothing queued to withdraw;
            nothing is changed.
    """
    payments = _asked(payments.reset_index(drop=True))
    done = 0
    with conn.transaction():
        runs = (payments["action"] != payments["action"].shift()).cumsum()
        for _, run in payments.groupby(runs, sort=True):
            action = run["action"].iloc[0]
            values = {name: _values(run[name]) for name in _PAYMENT} | {"at": at, "step": action}
            asked = conn.execute(_ASKED_BEFORE, values).fetchone()
            expected = len(run) - (asked[0] if asked else 0)
            try:
                found = conn.execute(_PAY[action], values).rowcount
            except psycopg.errors.UniqueViolation as error:
                raise StaleState(f"a statement has a payment already: {error.diag.message_detail}") from error
            if found != expected:
                raise StaleState(f"{expected - found} of {expected} statements cannot {action}: see their payments")
            done += found
    return done


_PAYMENT = ["statement_number", "payer_unit", "method", "amount_cents", "settle_on", "interchange_id", "record"]
_WANTED = """
    WITH given AS (
        SELECT * FROM unnest(%(statement_number)s::text[], %(payer_unit)s::text[], %(method)s::text[],
            %(amount_cents)s::bigint[], %(settle_on)s::date[], %(interchange_id)s::bigint[], %(record)s::int[])
        WITH ORDINALITY AS g (statement_number, payer_unit, method, amount_cents, settle_on, interchange_id, record, n)
    ), asked AS (
        SELECT g.*, s.id AS statement_id, s.paid_at FROM given g JOIN statement s USING (statement_number)
        WHERE NOT EXISTS (
            SELECT FROM statement_event t WHERE t.statement_id = s.id AND t.step = %(step)s
            AND t.interchange_id = g.interchange_id AND t.record = g.record)
    )"""
_ASKED_BEFORE = f"""{_WANTED}
    SELECT (SELECT count(*) FROM given g JOIN statement s USING (statement_number)) - (SELECT count(*) FROM asked)"""
_EVENT = """
    INSERT INTO statement_event (statement_id, at, step, interchange_id, record, detail)
    SELECT statement_id, %(at)s, %(step)s, interchange_id, record, amount_cents || ' cents' FROM {0} ORDER BY {0}.n"""
_PAY = {
    "authorise": f"""{_WANTED}, made AS (
        INSERT INTO payment (statement_id, payer_unit, method, amount_cents, settle_on, authorised_at, changed_at,
            interchange_id, record)
        SELECT statement_id, payer_unit, method, amount_cents, settle_on, %(at)s, %(at)s, interchange_id, record
        FROM asked WHERE paid_at IS NULL RETURNING statement_id AS made
    ), told AS (SELECT asked.* FROM asked JOIN made ON made = statement_id)"""
    + _EVENT.format("told"),
    "withdraw": f"""{_WANTED}, taken AS (
        UPDATE payment p SET state = 'withdrawn', changed_at = %(at)s FROM asked
        WHERE p.statement_id = asked.statement_id AND p.state = 'queued' RETURNING asked.statement_id AS taken
    ), told AS (SELECT asked.* FROM asked JOIN taken ON taken = statement_id)"""
    + _EVENT.format("told"),
}


def _given(moves: pd.DataFrame) -> dict[str, Any]:
    return {name: _values(moves[name]) for name in (*_MOVE, "interchange_id", "record")}


def _asked(frame: pd.DataFrame) -> pd.DataFrame:
    """With the message that asked; NULL where it was no message."""
    missing = {
        name: pd.array([None] * len(frame), "Int64") for name in ("interchange_id", "record") if name not in frame
    }
    return frame.assign(**missing)


def _values(column: pd.Series) -> list:
    """Values as Python knows them: dates for times, None for what is missing."""
    if column.dtype.kind == "M":
        column = column.dt.date
    return column.astype(object).where(column.notna(), None).tolist()
