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
LEVELS = ("interchange", "group", "set")


class UsedUp(RuntimeError):
    """The nine digits are used up; the partner must be given another id of ours or its own (docs/x12.md)."""


@dataclass(frozen=True, slots=True, order=True)
class Line:
    """Who sends to whom: our qualifier and id, the partner's, as ISA05 to ISA08 of what we send."""

    own_qualifier: str
    own_id: str
    qualifier: str
    identifier: str


class Controls:
    """Gives out the numbers of one publication to one account's partners. In the caller's transaction: the first number
    of a sequence locks its row, :meth:`store` writes how far each was counted.

    Raises UsedUp where no number is left.
    """

    def __init__(self, conn: psycopg.Connection, account_id: int, *, trial: bool = False) -> None:
        self._conn, self._account, self._trial = conn, account_id, trial
        self._last: dict[tuple[Line, str], int] = {}

    def next(self, line: Line, level: str) -> int:
        """A number of a level (``interchange``, ``group``, ``set``) that was not given out before."""
        key = (line, level)
        if key not in self._last:
            row = self._conn.execute(_HOLD, self._values(key) | {"last": 0}).fetchone()
            assert row is not None
            self._last[key] = row[0]
        if self._last[key] >= LAST:
            raise UsedUp(
                f"no {level} control numbers are left for partner {line.qualifier}/{line.identifier}: "
                "agree on another id with it"
            )
        self._last[key] += 1
        return self._last[key]

    def store(self) -> None:
        """Keep how far was counted."""
        for key, number in sorted(self._last.items()):
            self._conn.execute(_STORE, self._values(key) | {"last": number})

    def _values(self, key: tuple[Line, str]) -> dict:
        line, level = key
        own = {name: getattr(line, name).replace("\0", "") for name in line.__slots__}
        return {"account": self._account, **own, "level": level, "trial": self._trial}


_HOLD = """
    INSERT INTO x12_control AS c (account_id, own_qualifier, own_id, qualifier, identifier, level, trial, last)
    VALUES (%(account)s, %(own_qualifier)s, %(own_id)s, %(qualifier)s, %(identifier)s, %(level)s, %(trial)s, %(last)s)
    ON CONFLICT (account_id, own_qualifier, own_id, qualifier, identifier, level, trial)
    DO UPDATE SET last = c.last RETURNING last"""
_STORE = """
    UPDATE x12_control SET last = %(last)s WHERE account_id = %(account)s AND own_qualifier = %(own_qualifier)s
    AND own_id = %(own_id)s AND qualifier = %(qualifier)s AND identifier = %(identifier)s AND level = %(level)s
    AND trial = %(trial)s"""


def last(conn: psycopg.Connection) -> dict[tuple[str, str, str, str], int]:
    """The last numbers given out, dry runs left out: (account number, qualifier and id of the partner, level) ->
    number."""
    return {tuple(key): number for *key, number in conn.execute(_LAST).fetchall()}


_LAST = """
    SELECT a.number, c.qualifier, c.identifier, c.level, max(c.last) FROM x12_control c
    JOIN account a ON a.id = c.account_id WHERE NOT c.trial GROUP BY 1, 2, 3, 4"""
