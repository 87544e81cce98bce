"""The statement desk: updates and payments of statements (SU, RM) decided on what is on file, and applied.

Called inside the transaction that publishes the file they came in, once its entry summaries are on file: so one that is
filed and moved in the same file is found, and what is answered and what is done are committed together.
"""

from __future__ import annotations

from datetime import date, datetime

import numpy as np
import pandas as pd
import psycopg

from loaders import payer_units, payments, statements
from parsers.catair.read import Parsed
from transforms.statement import messages
from transforms.working_days import Calendar


def reading(conn: psycopg.Connection, calendar: Calendar, today: date) -> messages.Decide:
    """Decides and does nothing: for dry runs."""

    def decide(run: messages.Run) -> messages.Decision:
        return messages.decide(run, _on_file(conn, run, today), calendar, today)

    return decide


def working(
    conn: psycopg.Connection,
    calendar: Calendar,
    today: date,
    parsed: Parsed,
    interchanges: np.ndarray,
    at: datetime,
    came: datetime,
) -> messages.Decide:
    """Decides and applies, in the caller's transaction; ``interchanges`` are the ids behind the files of the shard.
    ``came`` is the instant they were received: a statement is presented on that day, however long its RM waited.

    The returned function raises StaleState when a statement changed meanwhile: everything is to be read again.
    """
    read = reading(conn, calendar, today)

    def source(run: messages.Run, of: pd.DataFrame) -> pd.DataFrame:
        row = run.requests["row"].to_numpy()[of["request"].to_numpy()]
        return of.assign(interchange_id=interchanges[parsed.frames.file[row]], record=parsed.frames.record[row])

    def decide(run: messages.Run) -> messages.Decision:
        done = read(run)
        if done.moves is not None:
            payments.apply_moves(conn, source(run, done.moves), at)
        if done.payments is not None:
            payments.apply_payments(conn, source(run, done.payments), came)
        return done

    return decide


def _on_file(conn: psycopg.Connection, run: messages.Run, today: date) -> messages.OnFile:
    if run.application == messages.PAYMENT:
        statement, entry, _ = statements.statements(conn, numbers=run.requests["statement_number"].unique())
        units = payer_units.payer_units(conn, run.requests["payer_unit"].unique(), today)
        return messages.OnFile(statement, entry, messages.nothing_on_file().payable, units)
    statement, entry, _ = statements.standing(conn, run.requests)
    payable, _ = statements.payable_of(conn, run.requests)
    return messages.OnFile(statement, entry, payable)
