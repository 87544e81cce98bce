"""Read a reference table from a CSV file (plain or gzipped) into our columns.

A file has our own columns (``loaders/reference_tables.csv``) or those of a known official export
(``loaders/reference_exports.csv``: which source column feeds ours, and how). ``1e4`` in the latter means: a decimal
number, times that power of ten, as an exact integer.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from .reference_columns import ReferenceColumn, definitions

#: Where a dated row has no first day, neither in the file nor given on loading.
EVER = date(1970, 1, 1)
#: Exports that carry only some of a table's rows: loading one keeps the others.
PARTIAL = {"chapter 99"}


class ReferenceError(ValueError):
    """A reference file has faults; ``faults`` says of each its line, column, what was found and what was expected."""

    def __init__(self, path: Path, faults: list[str]) -> None:
        self.faults = faults
        more = f"; and {len(faults) - 20} more" if len(faults) > 20 else ""
        super().__init__(f"{path}: {'; '.join(faults[:20])}{more}")


@dataclass(frozen=True, slots=True)
class Given:
    """The typed rows of a file in our columns, the export they came from, and which of our columns it carries."""

    rows: pd.DataFrame
    export: str
    carries: frozenset[str]

    @property
    def partial(self) -> bool:
        """Whether the file is one of those that carry only some of the table's rows."""
        return self.export in PARTIAL


@cache
def _exports() -> dict[str, dict[str, dict[str, tuple[str, str]]]]:
    """Table -> export -> our column -> source column and conversion."""
    found: dict[str, dict[str, dict[str, tuple[str, str]]]] = {}
    with (Path(__file__).parent / "reference_exports.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            columns = found.setdefault(row["table"], {}).setdefault(row["export"], {})
            columns[row["column"]] = (row["source"], row["convert"])
    return found


def read(table: str, path: Path, effective: date | None = None) -> Given:
    """The typed rows of ``path`` as rows of ``table``, sorted by key. ``effective`` is the first day of every row of a
    dated table that does not say its own.

    Raises
        ReferenceError: an unknown table or layout, or faulty cells.
        OSError: the file cannot be read.
    """
    if table not in definitions():
        raise ReferenceError(path, [f"no reference table {table!r}, expected one of {', '.join(definitions())}"])
    columns = definitions()[table]
    try:
        raw = pd.read_csv(path, dtype="str", keep_default_na=False, encoding="utf-8-sig")
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError) as error:
        raise ReferenceError(path, [f"not a CSV file: {error}"]) from error
    export, mapping = _layout(table, columns, list(raw.columns), path)
    faults: list[str] = []
    rows = pd.DataFrame({c.name: _column(c, mapping, raw, effective, faults) for c in columns})
    keys = [c.name for c in columns if c.key]
    if not faults:
        faults += _between_rows(rows, keys)
    if faults:
        raise ReferenceError(path, faults)
    return Given(rows.sort_values(keys, kind="stable", ignore_index=True), export, frozenset(mapping))


def _layout(
    table: str, columns: tuple[ReferenceColumn, ...], header: list[str], path: Path
) -> tuple[str, dict[str, tuple[str, str]]]:
    own = {c.name for c in columns}
    if {c.name for c in columns if c.key == "key"} <= set(header) <= own:
        return "", {c.name: (c.name, c.type) for c in columns if c.name in header}
    for export, mapping in _exports().get(table, {}).items():
        if {source for source, _ in mapping.values()} <= set(header):
            return export, mapping
    expected = ", ".join(c.name + ("*" if c.key == "key" else "") for c in columns)
    known = ", ".join(_exports().get(table, {})) or "none"
    raise ReferenceError(
        path, [f"line 1: found columns {', '.join(header)}; expected {expected} (* required), or an export: {known}"]
    )


def _column(
    column: ReferenceColumn,
    mapping: dict[str, tuple[str, str]],
    raw: pd.DataFrame,
    effective: date | None,
    faults: list[str],
) -> pd.Series:
    source, convert = mapping.get(column.name, ("", ""))
    cells = raw[source].str.strip() if source else pd.Series([""] * len(raw), dtype="str")
    if column.type == "text":
        values = _text(cells, convert)
        if column.key:
            _blame(faults, source, cells, values == "", "a value")
        return values
    if column.type == "date":
        days = pd.to_datetime(cells.where(cells != ""), format="%Y-%m-%d", errors="coerce").astype("datetime64[s]")
        _blame(faults, source, cells, days.isna() & (cells != ""), "a date as 2026-01-31")
        if column.key == "from":
            return days.fillna(pd.Timestamp(effective or EVER))
        if column.key:
            _blame(faults, source, cells, cells == "", "a date as 2026-01-31")
        return days
    places = int(convert[2:]) if convert.startswith("1e") else 0
    wrong = ~cells.str.fullmatch(rf"-?\d{{1,15}}(\.\d{{0,{places}}}0*)?" if places else r"-?\d{1,18}") & (cells != "")
    _blame(faults, source, cells, wrong, f"a number with at most {places} decimals" if places else "a whole number")
    return _scaled(cells.where((cells != "") & ~wrong), places)


def _text(cells: pd.Series, convert: str) -> pd.Series:
    if convert == "list":
        return cells.str.replace("|", " ")
    if convert == "numbers":
        return cells.str.replace(".", "").str.replace("|", " ")
    if convert == "kind":  # a rate in words: Free, 7.5%, or something longer
        free, plain = cells.str.lower() == "free", cells.str.fullmatch(r"[\d.]+%")
        return pd.Series(np.select([cells == "", free, plain], ["blank", "free", "ad_valorem"], "other"), dtype="str")
    return cells


def _scaled(cells: pd.Series, places: int) -> pd.Series:
    """Decimal text times ten to the ``places``, exactly; NA stays NA."""
    parts = cells.str.extract(r"^(-?\d+)\.?(\d*)$")
    digits = parts[0] + parts[1].str.slice(0, places).str.pad(places, "right", "0")
    whole = pa.array(digits, pa.large_string()).cast(pa.int64())
    return pd.Series(whole.to_pandas(types_mapper={pa.int64(): pd.Int64Dtype()}.get))


def _between_rows(rows: pd.DataFrame, keys: list[str]) -> list[str]:
    """Faults that only several cells show: a key that occurs twice, a range that ends before it begins."""
    faults: list[str] = []
    named = rows[keys].astype("str").agg(" ".join, axis=1) if len(rows) else pd.Series([], dtype="str")
    _blame(faults, "+".join(keys), named, rows.duplicated(keys), "each key once")
    if "valid_to" in rows:
        _blame(
            faults,
            "valid_to",
            rows["valid_to"].astype("str"),
            rows["valid_to"] < rows["valid_from"],
            "valid_from or later",
        )
    return faults


def _blame(faults: list[str], name: str, cells: pd.Series, wrong: pd.Series, expected: str) -> None:
    at = np.flatnonzero(wrong.fillna(False).to_numpy(bool))
    faults += [f"line {i + 2}, {name}: found {cells.iloc[i]!r}, expected {expected}" for i in at]
