"""The yardstick: a bare COPY of given rows into tables like the account tables, and nothing else.

The tables have the columns of the real ones but neither keys nor indexes, and the bytes are encoded beforehand: this is
what the server itself can take in, in one transaction, and what the whole path of a file is compared with.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd
from psycopg import sql

from loaders import bulk, db


@dataclass(frozen=True, slots=True)
class Copied:
    """Rows and bytes sent, and seconds from the first byte to the commit (encoding apart)."""

    rows: int
    bytes: int
    seconds: float
    encoding_seconds: float


def bare_copy(url: str, tables: Mapping[str, pd.DataFrame]) -> Copied:
    """COPY ``tables`` (account table name -> rows with the columns of that table) into empty twins in one transaction.

    The twins live in a schema of their own, which is dropped again.
    """
    begun = time.perf_counter()
    encoded = {}
    for name, frame in tables.items():
        rows = bulk.arrow(name, frame)
        encoded[name] = (rows.column_names, list(bulk.encode(rows)))
    encoding = time.perf_counter() - begun
    with db.connect(url, autocommit=True) as conn:
        conn.execute("DROP SCHEMA IF EXISTS bare_copy CASCADE")
        conn.execute("CREATE SCHEMA bare_copy")
        for name in tables:
            conn.execute(
                sql.SQL("CREATE TABLE bare_copy.{0} (LIKE public.{0} INCLUDING DEFAULTS)").format(sql.Identifier(name))
            )
        try:
            begun = time.perf_counter()
            with conn.transaction():
                for name, (columns, chunks) in encoded.items():
                    statement = sql.SQL("COPY bare_copy.{} ({}) FROM STDIN (FORMAT BINARY)").format(
                        sql.Identifier(name), sql.SQL(", ").join(map(sql.Identifier, columns))
                    )
                    with conn.cursor().copy(statement) as stream:
                        for chunk in chunks:
                            stream.write(chunk)
            seconds = time.perf_counter() - begun
        finally:
            conn.execute("DROP SCHEMA bare_copy CASCADE")
    sent = sum(len(chunk) for _, chunks in encoded.values() for chunk in chunks)
    return Copied(sum(map(len, tables.values())), sent, seconds, encoding)
