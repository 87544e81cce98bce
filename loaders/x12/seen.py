"""What partners' control numbers have been seen: which are taken, which was the last, which are missing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
import psycopg

from loaders.query import table

#: Who numbers: a sender's interchanges to a receiver.
PARTIES = ("sender_qualifier", "sender", "receiver_qualifier", "receiver")
_PLACE = {"file": "str", "at": "datetime64[us, UTC]", "occurrence": "int64"}
_WHERE = " AND ".join(f"x.{name} = k.{name}" for name in PARTIES)
_KEYS = ", ".join(f"unnest(%({name})s::text[]) AS {name}" for name in PARTIES)


def _values(account_id: int, wanted: pd.DataFrame, columns: Mapping[str, type]) -> dict:
    own = {name: [_storable(kind(value)) for value in wanted[name]] for name, kind in columns.items()}
    return {"account": account_id, **own}


def _storable(value: Any) -> Any:
    """As it would stand on file (``rows.clean``)."""
    return value.replace("\0", "\N{REPLACEMENT CHARACTER}") if isinstance(value, str) else value


def interchanges(conn: psycopg.Connection, account_id: int, wanted: pd.DataFrame) -> pd.DataFrame:
    """Of the interchanges ``wanted`` (:data:`PARTIES` and ``number``) those whose number is taken: the same columns,
    and where it stands: ``file`` (name), ``at`` (received), ``occurrence`` in the file."""
    types = dict.fromkeys(PARTIES, "str") | {"number": "int64"} | _PLACE
    values = _values(account_id, wanted, dict.fromkeys(PARTIES, str) | {"number": int})
    return table(conn, _INTERCHANGES, values, types)


_NAME = "coalesce((SELECT name FROM arrival WHERE interchange_id = i.id ORDER BY id LIMIT 1), i.sha256)"
_INTERCHANGES = f"""
    SELECT {", ".join(f"x.{name}" for name in PARTIES)}, x.number, {_NAME}, i.received_at, x.occurrence
    FROM (SELECT DISTINCT {_KEYS}, unnest(%(number)s::bigint[]) AS number) k
    JOIN x12_interchange x ON x.account_id = %(account)s AND x.counted AND {_WHERE} AND x.number = k.number
    JOIN interchange i ON i.id = x.interchange_id"""


def last(conn: psycopg.Connection, account_id: int, wanted: pd.DataFrame) -> pd.DataFrame:
    """The highest number taken by each of ``wanted`` (:data:`PARTIES`): these and ``number``; absent: none yet."""
    values = _values(account_id, wanted.drop_duplicates(list(PARTIES)), dict.fromkeys(PARTIES, str))
    return table(conn, _HIGHEST, values, dict.fromkeys(PARTIES, "str") | {"number": "int64"})


_HIGHEST = f"""
    SELECT {", ".join(f"k.{name}" for name in PARTIES)}, h.number FROM (SELECT {_KEYS}) k
    JOIN LATERAL (SELECT max(x.number) AS number FROM x12_interchange x
        WHERE x.account_id = %(account)s AND x.counted AND {_WHERE}) h ON h.number IS NOT NULL"""


def groups(conn: psycopg.Connection, account_id: int, wanted: pd.DataFrame) -> pd.DataFrame:
    """Of the groups ``wanted`` (:data:`PARTIES`, ``functional_id``, ``number``) those whose number is taken, and where.

    AK1 names a group by its functional identifier and its number, so these together must not repeat.
    """
    own = dict.fromkeys((*PARTIES, "functional_id"), str) | {"number": int}
    types = dict.fromkeys((*PARTIES, "functional_id"), "str") | {"number": "int64"} | _PLACE
    return table(conn, _GROUPS, _values(account_id, wanted, own), types)


_GROUPS = f"""
    SELECT {", ".join(f"x.{name}" for name in PARTIES)}, g.functional_id, g.number, {_NAME}, i.received_at,
        x.occurrence
    FROM (SELECT DISTINCT {_KEYS}, unnest(%(functional_id)s::text[]) AS functional_id,
        unnest(%(number)s::bigint[]) AS number) k
    JOIN x12_group g ON g.account_id = %(account)s AND g.counted AND g.number = k.number
        AND g.functional_id = k.functional_id
    JOIN x12_interchange x ON x.id = g.x12_interchange_id AND {_WHERE}
    JOIN interchange i ON i.id = g.interchange_id"""


def sets(conn: psycopg.Connection, account_id: int, wanted: pd.DataFrame) -> pd.DataFrame:
    """Of the sets ``wanted`` (:data:`PARTIES`, ``set_id``, ``control_number``) those whose number is taken, and
    where."""
    own = dict.fromkeys((*PARTIES, "set_id", "control_number"), str)
    return table(conn, _SETS, _values(account_id, wanted, own), dict.fromkeys(own, "str") | _PLACE)


_SETS = f"""
    SELECT {", ".join(f"x.{name}" for name in PARTIES)}, s.set_id, s.control_number, {_NAME}, i.received_at,
        x.occurrence
    FROM (SELECT DISTINCT {_KEYS}, unnest(%(set_id)s::text[]) AS set_id,
        unnest(%(control_number)s::text[]) AS control_number) k
    JOIN x12_set s ON s.account_id = %(account)s AND s.counted AND s.control_number = k.control_number
        AND s.set_id = k.set_id
    JOIN x12_group g ON g.batch_id = s.batch_id
    JOIN x12_interchange x ON x.id = g.x12_interchange_id AND {_WHERE}
    JOIN interchange i ON i.id = s.interchange_id"""


#: Columns of :func:`gaps`.
GAP = dict.fromkeys(("account", *PARTIES), "str") | {"after": "int64", "before": "int64"}


def gaps(conn: psycopg.Connection, account_id: int | None = None) -> pd.DataFrame:
    """Interchange numbers that are missing between two that came: ``account`` (number), :data:`PARTIES`, ``after`` and
    ``before``. A file that comes late closes its gap."""
    return table(conn, _GAPS, {"account": account_id}, GAP)


_GAPS = f"""
    SELECT a.number, {", ".join(PARTIES)}, n.after, n.before FROM (
        SELECT account_id, {", ".join(PARTIES)}, number AS after,
            lead(number) OVER (PARTITION BY account_id, {", ".join(PARTIES)} ORDER BY number) AS before
        FROM x12_interchange WHERE counted AND (%(account)s::bigint IS NULL OR account_id = %(account)s)
    ) n JOIN account a ON a.id = n.account_id WHERE n.before > n.after + 1
    ORDER BY a.number, {", ".join(PARTIES)}, n.after"""

#: Columns of :func:`lines`.
LINE = dict.fromkeys(("account", *PARTIES), "str") | {"interchanges": "int64", "number": "int64"}


def lines(conn: psycopg.Connection) -> pd.DataFrame:
    """Who has sent X12: ``account``, :data:`PARTIES`, how many interchanges hold a number, and the highest."""
    return table(conn, _LINES, {}, LINE)


_LINES = f"""
    SELECT a.number, {", ".join(PARTIES)}, count(*), max(x.number) FROM x12_interchange x
    JOIN account a ON a.id = x.account_id WHERE x.counted GROUP BY a.number, {", ".join(PARTIES)}
    ORDER BY a.number, {", ".join(PARTIES)}"""
