"""Whole columns as rows of database tables, without an object for each value."""

from __future__ import annotations

from datetime import UTC, date, datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from bench.tables import Integers
from loaders.schema import Base


def pick(words: np.ndarray, at: Integers) -> pa.Array:
    """Words by their number, without an object for each."""
    vocabulary = pa.array(words.tolist(), pa.large_string())
    return pa.DictionaryArray.from_arrays(pa.array(at.astype(np.int32)), vocabulary).cast(pa.large_string())


def padded(number: Integers, width: int) -> pa.Array:
    """Numbers as text of a width, filled up with zeros."""
    return pc.utf8_lpad(pa.array(number).cast(pa.large_string()), width, "0")


def table(name: str, columns: dict[str, object]) -> pa.Table:
    """Rows of a database table: what is not given is blank (a text), none (a number or date that may be missing)."""
    rows = len(next(iter(columns.values())))  # type: ignore[arg-type]
    arrays: dict[str, pa.Array] = {}
    for column in Base.metadata.tables[name].columns:
        given = columns.get(column.name)
        if given is None and column.nullable:
            continue
        if given is None and column.server_default is not None:
            continue
        if isinstance(given, str | int | bool | datetime | type(None)):
            given = pa.repeat(pa.scalar("" if given is None else given), rows)
        arrays[column.name] = given if isinstance(given, pa.Array | pa.ChunkedArray) else pa.array(given)
    return pa.table(arrays)


def instants(day: np.datetime64, rows: int) -> pa.Array:
    """The begin of a day (UTC), so many times."""
    return pa.repeat(
        pa.scalar(datetime.combine(day.astype(date), datetime.min.time(), UTC), pa.timestamp("us", "UTC")), rows
    )
