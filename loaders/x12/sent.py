"""What we sent to partners, by its control numbers, and what they said of it."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

import numpy as np
import pandas as pd
import psycopg

from loaders import bulk, outgoing

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


class Statement(Protocol):
    """What a partner says (``transforms.x12.matching.Statement``): of an interchange (``level`` interchange, TA1), of a
    group or of a set in it (997, 999, 824). ``own`` and ``partner`` are qualifier and id of who sent what is spoken of
    and to whom; numbers are -1 where they are none. ``code`` is TA104, AK901, AK501 or OTI01, ``codes`` what follows
    it, ``of`` what is spoken of in words."""

    @property
    def level(self) -> str: ...
    @property
    def own(self) -> tuple[str, str]: ...
    @property
    def partner(self) -> tuple[str, str]: ...
    @property
    def interchange_number(self) -> int: ...
    @property
    def functional_id(self) -> str: ...
    @property
    def group_number(self) -> int: ...
    @property
    def set_id(self) -> str: ...
    @property
    def set_number(self) -> int: ...
    @property
    def code(self) -> str: ...
    @property
    def codes(self) -> str: ...
    @property
    def of(self) -> str: ...


#: TA104, AK501, AK901 and OTI01 that say that what we sent was not taken (data elements I17, 717, 715 and 110).
REJECTED = frozenset("RMWX") | {"TR", "GR"}
_SAID = ("level", "functional_id", "set_id", "code", "codes", "interchange_number", "group_number", "set_number")


def answered(conn: psycopg.Connection, account_id: int, said: Statement, file: int, at: datetime) -> list[str]:
    """Note what came back, and tell what it speaks of: ``as FILE`` or ``in answer to FILE``, as we sent it; empty when
    we sent no such thing. In the caller's transaction.

    What was said of a set by itself stands, whatever is said of its group, unless the group is rejected: nothing of it
    was taken then. What an application advice says (two letters) stands above what was acknowledged. That an
    interchange came well (TA1) says nothing yet of the sets in it. Each message that this tells something new of has a
    step of its own, ``acknowledged`` or ``refused``; so has, for operations, the file that refuses.
    """
    values = {
        "account": account_id,
        "own_qualifier": said.own[0],
        "own_id": said.own[1],
        "qualifier": said.partner[0],
        "identifier": said.partner[1],
        **{name: getattr(said, name) for name in _SAID},
        "state": "rejected" if said.code in REJECTED else "acknowledged",
        "step": "refused" if said.code in REJECTED else "acknowledged",
        "what": f"{said.of} ({' '.join(filter(None, (said.code, said.codes)))})",
        "advice": len(said.code) > 1,
        "unasked": outgoing.MODE,
        "file": file,
        "at": at,
    }
    values = {name: value.replace("\0", "") if isinstance(value, str) else value for name, value in values.items()}
    return [name for (name,) in conn.execute(_ANSWERED, values).fetchall()]


def _named(interchange: str) -> str:
    """SQL of the first name that a file bore."""
    return f"coalesce((SELECT name FROM arrival WHERE interchange_id = {interchange} ORDER BY id LIMIT 1), 'a file')"


# A dry run's numbers are not here, so what speaks of one finds nothing.
_WHICH = """
    account_id = %(account)s AND own_qualifier = %(own_qualifier)s AND own_id = %(own_id)s
    AND qualifier = %(qualifier)s AND identifier = %(identifier)s AND CASE %(level)s
        WHEN 'interchange' THEN interchange_number = %(interchange_number)s::bigint
        WHEN 'group' THEN group_number = %(group_number)s::bigint AND functional_id = %(functional_id)s
        ELSE group_number = %(group_number)s::bigint AND %(functional_id)s IN (functional_id, '')
            AND set_number = %(set_number)s::bigint AND set_id = %(set_id)s END"""
_ANSWERED = f"""
    WITH found AS (
        SELECT id, interchange_id, state FROM x12_sent WHERE {_WHICH}
    ), noted AS (
        UPDATE x12_sent SET state = %(state)s, code = %(code)s, codes = %(codes)s, answered_at = %(at)s,
            answered_by = %(file)s
        FROM found WHERE x12_sent.id = found.id
        AND (%(level)s = 'set' OR x12_sent.state = 'sent'
            OR %(level)s = 'group' AND %(state)s = 'rejected' AND x12_sent.state <> 'rejected')
        AND (%(advice)s OR length(x12_sent.code) < 2)
        AND NOT (%(level)s = 'interchange' AND %(state)s = 'acknowledged' AND group_number IS NOT NULL)
        RETURNING found.interchange_id
    ), told AS (
        INSERT INTO event (at, step, interchange_id, detail)
        SELECT %(at)s, %(step)s, interchange_id, concat_ws(' by ', %(what)s::text, {_named("%(file)s::bigint")})
        FROM (SELECT DISTINCT interchange_id FROM noted) n
        UNION ALL
        SELECT %(at)s, 'refused', %(file)s::bigint, %(what)s WHERE %(state)s = 'rejected' AND EXISTS (SELECT FROM noted)
    )
    SELECT DISTINCT CASE i.mode WHEN %(unasked)s THEN 'as ' ELSE 'in answer to ' END || {_named("f.interchange_id")}
    FROM found f LEFT JOIN interchange i ON i.id = f.interchange_id ORDER BY 1"""
