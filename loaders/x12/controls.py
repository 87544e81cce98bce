"""Our control numbers: ISA13, GS06 and ST02 of what we send, a sequence for each partner and level.

A number is given out inside the transaction that commits what carries it: the row is locked until then, so two
publications to one partner wait for each other, a rollback gives its numbers back, and none is ever on two documents.
The sequence ends at 999999999 (nine digits, X12.5 on I12): it does not begin again, for a partner takes a number it has
seen for a repetition and drops what carries it. At a file a minute that is after 1,900 years.
"""

from __future__ import annotations

from dataclasses import dataclass

import psycopg

LAST = 999_999_999


class UsedUp(RuntimeError):
    """The nine digits are used up; the partner must be given another id of ours or its own (docs/x12.md)."""


@dataclass(frozen=True, slots=True, order=True)
class Line:
    """Who sends to whom: our qualifier and id, the partner's, as ISA05 to ISA08 of what we send."""

    own_qualifier: str
    own_id: str
    qualifier: str
    identifier: str


def take(
    conn: psycopg.Connection, account_id: int, line: Line, level: str, count: int = 1, *, trial: bool = False
) -> int:
    """The first of ``count`` new numbers of a level (``interchange``, ``group``, ``set``). In the caller's transaction.

    Raises
        UsedUp: there are not so many left.
    """
    values = {
        "account": account_id,
        **{name: getattr(line, name) for name in line.__slots__},
        "level": level,
        "count": count,
        "trial": trial,
    }
    row = conn.execute(_TAKE, values | {"most": LAST}).fetchone()
    if row is None:
        raise UsedUp(
            f"no {level} control numbers are left for partner {line.qualifier}/{line.identifier} of {line.own_id}: "
            f"agree on another id with it"
        )
    return row[0] - count + 1


_TAKE = """
    INSERT INTO x12_control AS c (account_id, own_qualifier, own_id, qualifier, identifier, level, trial, last)
    VALUES (%(account)s, %(own_qualifier)s, %(own_id)s, %(qualifier)s, %(identifier)s, %(level)s, %(trial)s, %(count)s)
    ON CONFLICT (account_id, own_qualifier, own_id, qualifier, identifier, level, trial)
    DO UPDATE SET last = c.last + EXCLUDED.last WHERE c.last + EXCLUDED.last <= %(most)s
    RETURNING last"""


def last(conn: psycopg.Connection, account_id: int) -> dict[tuple[str, str], int]:
    """The last numbers given out to an account's partners, dry runs left out: (identifier, level) -> number."""
    rows = conn.execute(_LAST, [account_id]).fetchall()
    return {(identifier, level): number for identifier, level, number in rows}


_LAST = """
    SELECT identifier, level, max(last) FROM x12_control WHERE account_id = %s AND NOT trial GROUP BY 1, 2"""
