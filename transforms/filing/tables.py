"""The filing as files: CSV for spreadsheets, JSON and Parquet for programs. The same tables give the same bytes; the
Parquet files give the tables back.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Mapping

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from transforms.filing.summarise import KEYS
from transforms.money import in_dollars

_FORMULA = r"^([=+\-@\t\r])"
HUNDREDTHS = "quantity_1"
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
    cells = pd.DataFrame({_shown(str(name)): _cell(str(name), table[name]) for name in table})
    return cells.to_csv(index=False, lineterminator="\n").encode()


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


def json_document(tables: dict[str, pd.DataFrame], *, version: int) -> bytes:
    """The whole filing as one document: ``version``, ``sha256`` of its data, ``opens`` (for each table the one that has
    the rows behind its rows, and the columns that join them, :data:`OPENS`), and a list of rows per table (one row of
    ``account`` and ``totals``); amounts are whole cents."""
    opens = {name: {"table": below, "by": by} for name, (below, by) in OPENS.items() if below in tables}
    body: dict[str, object] = {"version": version, "sha256": digest(tables), "opens": opens}
    for name, table in tables.items():
        days = {str(c): _day(table[c]) for c in table if pd.api.types.is_datetime64_any_dtype(table[c])}
        text = table.assign(**days).to_json(orient="records", force_ascii=False)
        rows = json.loads(text or "[]")
        body[name] = rows[0] if name in ("account", "totals") else rows
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def files(tables: dict[str, pd.DataFrame], *, version: int) -> dict[str, bytes]:
    """Every table as ``<name>.csv`` and ``<name>.parquet``, and ``filing.json``; the CSV files hash to the digest."""
    out = {}
    for name, table in tables.items():
        out[f"{name}.csv"] = csv(table)
        out[f"{name}.parquet"] = parquet(table)
    out["filing.json"] = json_document(tables, version=version)
    return out


def digest(tables: dict[str, pd.DataFrame]) -> str:
    """sha256 of the data: of the CSV files, one after the other, each behind a line with its name."""
    data = hashlib.sha256()
    for name, table in tables.items():
        data.update(f"{name}.csv\n".encode() + csv(table))
    return data.hexdigest()


def _shown(name: str) -> str:
    return name.removesuffix("_cents")


def _cell(name: str, column: pd.Series) -> pd.Series:
    if name.endswith("_cents"):
        return in_dollars(column)
    if name == HUNDREDTHS:
        return in_dollars(column)  # two decimals, like cents
    if pd.api.types.is_datetime64_any_dtype(column):
        return _day(column).fillna("")
    if pd.api.types.is_numeric_dtype(column):
        return column.astype("str").where(column.notna(), "")
    text = column.astype("str").where(column.notna(), "")
    return text.str.replace(r"[\r\n]", " ", regex=True).str.replace(_FORMULA, r"'\1", regex=True)


def _day(column: pd.Series) -> pd.Series:
    """A day as YYYY-MM-DD, an instant as ISO 8601 in UTC."""
    if isinstance(column.dtype, pd.DatetimeTZDtype):
        return column.dt.tz_convert("UTC").dt.strftime("%Y-%m-%dT%H:%M:%SZ")
    return column.dt.strftime("%Y-%m-%d")
