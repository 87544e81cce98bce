"""A query as a table: COPY out, read column by column by Arrow. No Python object per row, so a month of millions of
rows takes seconds and little memory.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pandas as pd
import psycopg
import pyarrow as pa
import pyarrow.csv as pacsv

#: pandas type of a column -> what Arrow reads it as.
_ARROW = {
    "int64": pa.int64(),
    "Int64": pa.int64(),
    "str": pa.large_string(),
    "bool": pa.bool_(),
    "datetime64[s]": pa.date32(),
    "datetime64[us, UTC]": pa.timestamp("us", "UTC"),
}


def table(conn: psycopg.Connection, query: str, values: Mapping[str, Any], types: Mapping[str, str]) -> pd.DataFrame:
    """The rows of ``query``, whose columns are those of ``types`` in their order: ``int64``, ``Int64`` (NULL is NA),
    ``str``, ``bool``, ``datetime64[s]`` (a date) or ``datetime64[us, UTC]`` (an instant).

    Raises
        pyarrow.ArrowInvalid: a column is not of its type.
    """
    sink = io.BytesIO()
    with conn.cursor().copy(f"COPY ({query}) TO STDOUT (FORMAT csv)", values) as stream:
        for chunk in stream:
            sink.write(chunk)
    if not sink.tell():
        return pd.DataFrame({name: pd.Series([], dtype=kind) for name, kind in types.items()})
    sink.seek(0)
    convert = pacsv.ConvertOptions(
        column_types={name: _ARROW[kind] for name, kind in types.items()},
        null_values=[""],  # COPY quotes a blank text and does not quote NULL
        true_values=["t"],
        false_values=["f"],
        strings_can_be_null=True,
        quoted_strings_can_be_null=False,
    )
    read = pacsv.read_csv(
        sink,
        read_options=pacsv.ReadOptions(column_names=list(types)),
        parse_options=pacsv.ParseOptions(newlines_in_values=True),
        convert_options=convert,
    )
    columns = {name: _column(read.column(name), kind) for name, kind in types.items()}
    return pd.DataFrame(columns)


def _column(values: pa.ChunkedArray, kind: str) -> pd.Series:
    if kind == "datetime64[s]":
        values = values.cast(pa.timestamp("s"))
    elif kind == "Int64":
        return values.to_pandas(types_mapper={pa.int64(): pd.Int64Dtype()}.get)
    return values.to_pandas().astype(kind)


@contextmanager
def snapshot(conn: psycopg.Connection) -> Iterator[None]:
    """Several queries see one state of the database; inside a transaction, what that transaction sees."""
    idle = conn.info.transaction_status == psycopg.pq.TransactionStatus.IDLE
    with conn.transaction():
        if idle:
            conn.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield
