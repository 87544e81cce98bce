"""The filing as files: CSV for spreadsheets, JSON and Parquet for programs. The same tables give the same bytes; the
Parquet files give the tables back.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from transforms.filing import cells
from transforms.filing.lines import OWNER
from transforms.filing.summarise import KEYS

PARQUET = ".parquet"
#: The order of the tables, which the digest goes by; others come after them by name.
ORDER = ("account", "totals", "goods", "fee_class", "case", "statement", "entry", "line", "charge")
#: Where the rows behind a row stand: table -> table below it, and the columns that both have. What is below adds up to
#: the row, but for the processing fee (see :mod:`transforms.filing.charges`).
OPENS = {
    "goods": ("line", list(KEYS)),
    "fee_class": ("charge", ["class_code"]),
    "case": ("charge", ["case_number", "claim"]),
    "statement": ("entry", ["statement_number"]),
    "entry": ("line", ["version_id"]),
    "line": ("charge", ["version_id", "line"]),
}


def csv(table: pd.DataFrame) -> bytes:
    """A table in UTF-8 with ``\\n``; money in dollars and cents (``duty_cents`` is ``duty``), quantities in their unit,
    dates as YYYY-MM-DD, instants in UTC. No text begins with a character that a spreadsheet takes for a formula."""
    return cells.heading(table) + cells.piece(cells.lines(table), 0, len(table))


def parquet(table: pd.DataFrame) -> bytes:
    """A table with its types: money int64 cents, quantities int64 hundredths, dates without a time, instants in UTC. A
    column of numbers that can be blank is nullable, one that cannot is required."""
    arrow = pa.Table.from_pandas(table, preserve_index=False).replace_schema_metadata(None)
    for at, field in enumerate(arrow.schema):
        if pa.types.is_timestamp(field.type) and field.type.tz is None:
            field = field.with_type(pa.date32())
        elif pa.types.is_large_string(field.type):
            field = field.with_type(pa.string())
        elif pa.types.is_integer(field.type):
            field = field.with_nullable(pd.api.types.is_extension_array_dtype(table[field.name]))
        arrow = arrow.set_column(at, field, arrow.column(at).cast(field.type))
    out = io.BytesIO()
    pq.write_table(arrow, out, compression="zstd", version="2.6")
    return out.getvalue()


def read(files: Mapping[str, bytes]) -> dict[str, pd.DataFrame]:
    """The tables of :func:`files`, exactly, from its Parquet files; other files are passed over.

    Raises
        pyarrow.ArrowInvalid: a file is no Parquet.
    """
    names = [name.removesuffix(PARQUET) for name in files if name.endswith(PARQUET)]
    known = [name for name in ORDER if name in names]
    return {name: _read(files[name + PARQUET]) for name in (*known, *sorted(set(names) - set(known)))}


def _read(data: bytes) -> pd.DataFrame:
    arrow = pq.read_table(io.BytesIO(data))
    columns = {}
    for field in arrow.schema:
        column = arrow.column(field.name)
        if pa.types.is_date32(field.type):
            column = column.cast(pa.timestamp("s"))
        elif pa.types.is_integer(field.type) and field.nullable:
            columns[field.name] = column.to_pandas(types_mapper={pa.int64(): pd.Int64Dtype()}.get)
            continue
        kind = "str" if pa.types.is_string(field.type) else None
        series = column.to_pandas()
        columns[field.name] = series.astype(kind) if kind else series
    return pd.DataFrame(columns)


def json_document(tables: dict[str, pd.DataFrame], *, version: int, sha256: str = "") -> bytes:
    """The whole filing as one document: ``version``, ``sha256`` of its data, ``opens`` (for each table the one that has
    the rows behind its rows, and the columns that join them, :data:`OPENS`), and a list of rows per table (one row of
    ``account`` and ``totals``); amounts are whole cents."""
    opens = {name: {"table": below, "by": by} for name, (below, by) in OPENS.items() if below in tables}
    body: dict[str, object] = {"version": version, "sha256": sha256 or digest(tables), "opens": opens}
    for name, table in tables.items():
        days = {str(c): cells.day(table[c]) for c in table if pd.api.types.is_datetime64_any_dtype(table[c])}
        text = table.assign(**days).to_json(orient="records", force_ascii=False)
        rows = json.loads(text or "[]")
        body[name] = rows[0] if name in ("account", "totals") else rows
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def files(
    tables: dict[str, pd.DataFrame], *, version: int, written: Mapping[str, bytes] | None = None
) -> dict[str, bytes]:
    """Every table as ``<name>.csv`` and ``<name>.parquet``, and ``filing.json``; the CSV files hash to the digest.
    ``written`` are the CSV files by table where they have been made already (:func:`written_of_each`)."""
    written = written or {name: csv(table) for name, table in tables.items()}
    out = {}
    for name, table in tables.items():
        out[f"{name}.csv"] = written[name]
        out[f"{name}.parquet"] = parquet(table)
    out["filing.json"] = json_document(tables, version=version, sha256=hashed(written))
    return out


def digest(tables: dict[str, pd.DataFrame]) -> str:
    """sha256 of the data: of the CSV files, one after the other, each behind a line with its name."""
    return hashed({name: csv(table) for name, table in tables.items()})


def hashed(written: Mapping[str, bytes]) -> str:
    """:func:`digest` of CSV files by table."""
    data = hashlib.sha256()
    for name, body in written.items():
        data.update(f"{name}.csv\n".encode())
        data.update(body)
    return data.hexdigest()


def written_of_each(tables: dict[str, pd.DataFrame], owners: Sequence[int]) -> Iterator[dict[str, bytes]]:
    """The CSV files of each account, by table, from the tables of all of them (``account_id`` in rising order): each
    column is put into words once, and the lines are cut apart."""
    heads, rows, edges = {}, {}, {}
    for name, table in tables.items():
        bare = table.drop(columns=OWNER)
        heads[name], rows[name] = cells.heading(bare), cells.lines(bare)
        at = np.searchsorted(table[OWNER].to_numpy(np.int64), np.asarray(owners, np.int64))
        edges[name] = [*at.tolist(), len(table)]
    for n in range(len(owners)):
        yield {name: heads[name] + cells.piece(rows[name], edges[name][n], edges[name][n + 1]) for name in tables}
