"""Statements made final: which ones it is time for, and once only."""

from __future__ import annotations

from datetime import date

import psycopg

from .entries import StaleState
from .statements import TOLD, Printed, Printing, deliver


def ready(conn: psycopg.Connection, kind: str, day: date) -> list[str]:
    """Numbers of the preliminary statements of a kind (``daily``, ``monthly``) that are to be final on ``day``.

    A periodic daily statement is final after the end of the day on which it was presented, every other statement when
    its funds came in (chapter 05, page 6; 84 FR 46749). A paid statement is final in any case.
    """
    return [n for (n,) in conn.execute(_READY, {"kind": kind, "day": day}).fetchall()]


def of_nothing(conn: psycopg.Connection, day: date) -> list[str]:
    """Numbers of the unpaid statements on which nothing is due and that were presented before ``day``: that completes
    their collection (chapter 05, page 6). A monthly statement is presented by its daily ones.
    """
    return [n for (n,) in conn.execute(_OF_NOTHING, {"day": day}).fetchall()]


_PRESENTED = """EXISTS (
        SELECT FROM payment p WHERE p.statement_id = {of}.id AND p.state IN ('queued', 'sent', 'settled')
        AND (p.authorised_at AT TIME ZONE 'America/New_York')::date < %(day)s)"""
_READY = f"""
    SELECT statement_number FROM statement s WHERE kind = %(kind)s AND status = 'P' AND (paid_at IS NOT NULL
        OR (kind = 'daily' AND payment_type IN ('6', '7', '8') AND {_PRESENTED.format(of="s")}))
    ORDER BY statement_number"""
_OF_NOTHING = f"""
    SELECT statement_number FROM statement s WHERE paid_at IS NULL AND NOT EXISTS (
        SELECT FROM statement d JOIN statement_entry e ON e.statement_id = d.id
        WHERE (d.id = s.id OR d.parent_id = s.id) AND e.removed_at IS NULL AND e.due_cents > 0)
    AND ({_PRESENTED.format(of="s")} OR (kind = 'monthly' AND NOT EXISTS (
        SELECT FROM statement d WHERE d.parent_id = s.id AND d.paid_at IS NULL AND NOT {_PRESENTED.format(of="d")})))
    ORDER BY statement_number"""


def finalise(conn: psycopg.Connection, printing: Printing) -> Printed:
    """Make preliminary statements final and send what was printed of them, in one transaction. When all of them are
    final already, nothing changes and nothing is sent.

    ``printing.statement`` names them; ``printing.statement_entry`` is what the final print of the daily ones was
    computed from.

    Raises
        StaleState: an entry was removed from one of them meanwhile, one is not on file, or some are final already (a
            batch tells of several); nothing is committed.
    """
    names = printing.statement["statement_number"].tolist()
    with conn.transaction():
        found = conn.execute(_HOLD, [names]).fetchall()
        if len(found) != len(set(names)):
            raise StaleState(f"{len(set(names)) - len(found)} of the statements are not on file")
        entry = printing.statement_entry
        open_ = entry[entry["removed_at"].isna()]["version_id"].tolist()
        if conn.execute(_OPEN, [names]).fetchone() != (len(open_),) or (
            conn.execute(_OPEN + " AND e.version_id = ANY(%s)", [names, open_]).fetchone() != (len(open_),)
        ):
            raise StaleState("an entry summary was removed from a statement meanwhile")
        new = [(id, number) for id, number, status in found if status == "P"]
        if not new:
            return Printed()
        if len(new) < len(found):
            raise StaleState(f"{len(found) - len(new)} of {len(found)} statements were made final meanwhile")
        own = [id for id, _ in new]
        conn.execute("UPDATE statement SET status = 'F', final_at = %s WHERE id = ANY(%s)", [printing.at, own])
        count = conn.execute(_FINAL, [own]).rowcount
        conn.execute(TOLD, {"ids": own, "at": printing.at, "step": "finalise"})
        sent = deliver(conn, printing.deliveries, [number for _, number in new], printing.at)
        sent += printing.inside(conn)
    return Printed(len(new), count, sent)


_HOLD = "SELECT id, statement_number, status FROM statement WHERE statement_number = ANY(%s) ORDER BY id FOR UPDATE"
_OPEN = """
    SELECT count(*) FROM statement s JOIN statement_entry e ON e.statement_id = s.id
    WHERE s.statement_number = ANY(%s) AND e.removed_at IS NULL"""
_FINAL = """
    UPDATE entry_summary e SET statement_status = 'final' FROM statement_entry p
    WHERE p.statement_id = ANY(%s) AND p.removed_at IS NULL AND e.id = p.entry_summary_id
    AND e.statement_status = 'preliminary'"""
