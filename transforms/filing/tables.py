"""The filing as files: CSV for spreadsheets, JSON and Parquet for programs. The same tables give the same bytes."""

from __future__ import annotations

import hashlib
import io
import json

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from transforms.money import in_dollars

_FORMULA = r"^([=+\-@\t\r])"
HUNDREDTHS = "quantity_1"


def csv(table: pd.DataFrame) -> bytes:
    """A table in UTF-8 with ``\\n``; money in dollars and cents (``duty_cents`` is ``duty``), quantities in their unit,
    dates as YYYY-MM-DD. No text begins with a character that a spreadsheet takes for a formula."""
    cells = pd.DataFrame({_shown(str(name)): _cell(str(name), table[name]) for name in table})
    return cells.to_csv(index=False, lineterminator="\n").encode()


def parquet(table: pd.DataFrame) -> bytes:
    """A table with its types: money int64 cents, quantities int64 hundredths, dates without a time."""
    arrow = pa.Table.from_pandas(table, preserve_index=False).replace_schema_metadata(None)
    for at, field in enumerate(arrow.schema):
        if pa.types.is_timestamp(field.type):
            arrow = arrow.set_column(at, field.name, arrow.column(at).cast(pa.date32()))
        elif pa.types.is_large_string(field.type):
            arrow = arrow.set_column(at, field.name, arrow.column(at).cast(pa.string()))
    out = io.BytesIO()
    pq.write_table(arrow, out, compression="zstd", version="2.6")
    return out.getvalue()


def json_document(tables: dict[str, pd.DataFrame], *, version: int) -> bytes:
    """The whole filing as one document: ``version``, ``sha256`` of its data, and a list of rows per table (one row of
    ``account`` and ``totals``); amounts are whole cents."""
    body: dict[str, object] = {"version": version, "sha256": digest(tables)}
    for name, table in tables.items():
        days = {
            str(c): table[c].dt.strftime("%Y-%m-%d") for c in table if pd.api.types.is_datetime64_any_dtype(table[c])
        }
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
        return column.dt.strftime("%Y-%m-%d").fillna("")
    if pd.api.types.is_numeric_dtype(column):
        return column.astype("str").where(column.notna(), "")
    text = column.astype("str").where(column.notna(), "")
    return text.str.replace(r"[\r\n]", " ", regex=True).str.replace(_FORMULA, r"'\1", regex=True)
