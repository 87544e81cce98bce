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
    return frame(_parsed(sink.getbuffer(), types, newlines=True), types)


def batches(
    conn: psycopg.Connection, query: str, values: Mapping[str, Any], types: Mapping[str, str], size: int = 8 << 20
) -> Iterator[pa.Table]:
    """The rows of :func:`table` as Arrow, some ``size`` bytes of text at a time: memory does not grow with the rows. No
    text of the query may have a line break in it. :func:`frame` makes what :func:`table` gives of a batch.
    """
    sink = bytearray()
    with conn.cursor().copy(f"COPY ({query}) TO STDOUT (FORMAT csv)", values) as stream:
        for row in stream:
            sink += row
            if len(sink) >= size:
                yield _parsed(sink, types)
                sink = bytearray()
    if sink:
        yield _parsed(sink, types)


def frame(rows: pa.Table, types: Mapping[str, str]) -> pd.DataFrame:
    """Rows of :func:`batches` with the pandas types of :func:`table`."""
    return pd.DataFrame({name: _column(rows.column(name), kind) for name, kind in types.items()})


def schema(types: Mapping[str, str]) -> pa.Schema:
    """The Arrow types of :func:`batches`."""
    return pa.schema([(name, _ARROW[kind]) for name, kind in types.items()])


def _parsed(text: Any, types: Mapping[str, str], newlines: bool = False) -> pa.Table:
    convert = pacsv.ConvertOptions(
        column_types={name: _ARROW[kind] for name, kind in types.items()},
        null_values=[""],  # COPY quotes a blank text and does not quote NULL
        true_values=["t"],
        false_values=["f"],
        strings_can_be_null=True,
        quoted_strings_can_be_null=False,
    )
    return pacsv.read_csv(
        pa.BufferReader(pa.py_buffer(text)),
        read_options=pacsv.ReadOptions(column_names=list(types)),
        parse_options=pacsv.ParseOptions(newlines_in_values=newlines),
        convert_options=convert,
    )


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
