"""Binary COPY of whole tables, inside whatever transaction the connection is in.

The encoder (``pgpq``, Arrow to PostgreSQL's binary format) turns 2 to 9 million rows a second, several times what
the server takes in, and hands us bytes: so a COPY is part of the same transaction as everything else. Measured
against its rivals in docs/decisions/0003-bulk-load.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import pandas as pd
import psycopg
import pyarrow as pa
import pyarrow.compute as pc
from pgpq import ArrowToPostgresBinaryEncoder
from psycopg import sql
from sqlalchemy import BigInteger, Boolean, Date, DateTime, Integer, LargeBinary, SmallInteger, Text
from sqlalchemy.types import TypeEngine

from .schema import Base

#: Rows encoded at a time: bounds memory, and lets the server work while the next rows are encoded.
CHUNK = 16_384

_ARROW: tuple[tuple[type[TypeEngine], pa.DataType], ...] = (  # subclasses before their bases
    (BigInteger, pa.int64()),
    (SmallInteger, pa.int16()),
    (Integer, pa.int32()),
    (Boolean, pa.bool_()),
    (Date, pa.date32()),
    (DateTime, pa.timestamp("us", "UTC")),
    (LargeBinary, pa.large_binary()),
    (Text, pa.large_string()),
)


def copy(conn: psycopg.Connection, table: str, frame: pd.DataFrame | pa.Table, *, into: str | None = None) -> int:
    """COPY the columns of ``frame`` into ``table`` and return the number of rows.

    Columns are matched by name and may come in any order; table columns that ``frame`` lacks get their default.
    ``into`` names another table with these columns (a temporary one). A missing text is blank, any other missing
    value NULL.

    Raises
        ValueError: a column the table does not have, or values that do not fit its type: column, found, expected.
        psycopg.Error: what the server refuses (a NULL in a NOT NULL column, a duplicate key).
    """
    rows = arrow(table, frame)
    if not rows.num_rows:
        return 0
    columns = sql.SQL(", ").join(map(sql.Identifier, rows.column_names))
    statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT BINARY)").format(sql.Identifier(into or table), columns)
    with conn.cursor().copy(statement) as stream:
        for chunk in encode(rows):
            stream.write(chunk)
    return rows.num_rows


def encode(rows: pa.Table) -> Iterator[bytes]:
    """The bytes of a binary COPY of ``rows``, in chunks."""
    encoder = ArrowToPostgresBinaryEncoder(rows.schema)
    yield encoder.write_header()
    for batch in rows.to_batches(max_chunksize=CHUNK):
        yield encoder.write_batch(batch)
    yield encoder.finish()


def arrow(table: str, frame: pd.DataFrame | pa.Table) -> pa.Table:
    """``frame`` with the exact Arrow types of the columns of ``table``.

    Raises
        ValueError: see :func:`copy`.
    """
    types = _types(table)
    if unknown := [str(name) for name in frame.columns if name not in types] if isinstance(frame, pd.DataFrame) else []:
        raise ValueError(f"table {table} has no column {', '.join(unknown)}; it has {', '.join(types)}")
    source = pa.Table.from_pandas(frame, preserve_index=False) if isinstance(frame, pd.DataFrame) else frame
    columns = {name: _fit(table, name, source.column(name), types[name]) for name in source.column_names}
    return pa.table(columns)


def _fit(table: str, name: str, values: pa.ChunkedArray, to: pa.DataType) -> pa.ChunkedArray:
    try:
        if values.type != to:
            values = values.cast(to)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise ValueError(f"{table}.{name}: expected {to}, found {values.type} that does not fit: {error}") from error
    return pc.fill_null(values, "") if pa.types.is_large_string(to) and _blank(table, name) else values


@cache
def _types(table: str) -> dict[str, pa.DataType]:
    return {
        column.name: next(arrow for kind, arrow in _ARROW if isinstance(column.type, kind))
        for column in Base.metadata.tables[table].columns
    }


@cache
def _blank(table: str, name: str) -> bool:
    return not Base.metadata.tables[table].columns[name].nullable
