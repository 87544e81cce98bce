"""What we sent to partners, by its control numbers, and what they said of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pandas as pd
import psycopg

from loaders import bulk

from .controls import Line

#: Columns of what goes out, a row a set (or an interchange of a TA1 alone: set TA1, no group).
SENT = {
    **dict.fromkeys(("own_qualifier", "own_id", "qualifier", "identifier"), "str"),
    "interchange_number": "int64",
    "functional_id": "str",
    "group_number": "Int64",
    "set_id": "str",
    "set_number": "Int64",
}


def table(rows: list[tuple] | None = None) -> pd.DataFrame:
    """A table of :data:`SENT`."""
    return pd.DataFrame(rows or [], columns=list(SENT)).astype(SENT)


def store(
    conn: psycopg.Connection, sent: pd.DataFrame, ids: np.ndarray, file: int, account_id: int, at: datetime
) -> int:
    """Note what goes out to an account in answer to a file. In the caller's transaction."""
    if not len(sent):
        return 0
    return bulk.copy(
        conn, "x12_sent", sent.assign(id=ids, interchange_id=file, account_id=account_id, sent_at=at, state="sent")
    )


@dataclass(frozen=True, slots=True)
class Answer:
    """What a partner says of something of ours: of an interchange (``level`` interchange, by TA1), of a group or of a
    set in it (997, 999). ``line`` is who sent what is spoken of: ourselves to the partner. ``code`` is TA104, AK901 or
    AK501, ``codes`` what follows it."""

    level: str
    line: Line
    interchange_number: int | None
    functional_id: str
    group_number: int | None
    set_id: str
    set_number: int | None
    code: str
    codes: str = ""

    @property
    def state(self) -> str:
        return "rejected" if self.code in ("R", "M", "W", "X") else "acknowledged"


def answered(conn: psycopg.Connection, account_id: int, answer: Answer, file: int, at: datetime) -> list[str]:
    """Note what came back, and say which of our answers it speaks of: names of their files; empty when we sent no such
    thing. In the caller's transaction.

    Of a group the word of its sets stands where they were spoken of by themselves (``P``: some are rejected).
    """
    values = {
        "account": account_id,
        **{name: getattr(answer.line, name) for name in answer.line.__slots__},
        **{name: getattr(answer, name) for name in ("level", "functional_id", "set_id", "code", "codes", "state")},
        **{name: getattr(answer, name) for name in ("interchange_number", "group_number", "set_number")},
        "file": file,
        "at": at,
    }
    return [name for (name,) in conn.execute(_ANSWERED, values).fetchall()]


# A dry run's numbers are not here, so what speaks of one finds nothing.
_WHICH = """
    account_id = %(account)s AND own_qualifier = %(own_qualifier)s AND own_id = %(own_id)s
    AND qualifier = %(qualifier)s AND identifier = %(identifier)s AND CASE %(level)s
        WHEN 'interchange' THEN interchange_number = %(interchange_number)s::bigint
        WHEN 'group' THEN group_number = %(group_number)s::bigint AND functional_id = %(functional_id)s
        ELSE group_number = %(group_number)s::bigint AND functional_id = %(functional_id)s
            AND set_number = %(set_number)s::bigint AND set_id = %(set_id)s END"""
_ANSWERED = f"""
    WITH found AS (
        SELECT id, interchange_id, state FROM x12_sent WHERE {_WHICH}
    ), noted AS (
        UPDATE x12_sent SET state = %(state)s, code = %(code)s, codes = %(codes)s, answered_at = %(at)s,
            answered_by = %(file)s
        FROM found WHERE x12_sent.id = found.id
        AND (%(level)s = 'set' OR x12_sent.state = 'sent' OR x12_sent.answered_by <> %(file)s)
        AND NOT (%(level)s = 'group' AND %(code)s = 'P')
    )
    SELECT DISTINCT coalesce((SELECT a.name FROM arrival a WHERE a.interchange_id = f.interchange_id
        ORDER BY a.id LIMIT 1), '') FROM found f ORDER BY 1"""
