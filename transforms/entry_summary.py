"""Records become the facts of entry summaries: one table per kind of fact, named by the field's own terms.

Which record and field each column comes from is data (``facts.csv``: table, column, record, field, kind). ``#`` in a
field name stands for the repetition inside one record (32, 33, 34, 35, 42, 63, 89, CW02): such a table is *exploded*,
one row per filled repetition, numbered by ``slot``. ``kind`` is ``text``, ``date``, ``number`` (the wire's integer,
its implied decimals kept), ``cents`` (the wire already implies two decimals) or ``dollars`` (whole dollars on the
wire, multiplied by 100 here).
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from parsers.catair.read import Parsed

KEYS = ("txn", "row", "line", "tariff", "bill", "invoice")
QUOTA_TYPES = ("02", "07", "12", "32", "38")
MODES = {  # AE usage notes (g) and (h): the modes of transport by what their rules have in common
    "is_vessel": ("10", "11"),
    "is_border_water": ("12",),
    "is_rail": ("20", "21"),
    "is_truck": ("30", "31"),
    "is_air": ("40", "41"),
}
BLOCK_COLUMNS = {
    "block_port": "port",
    "block_filer": "filer",
    "preparer_port": "preparer_port",
    "preparer_filer": "preparer_filer",
    "preparer_office": "preparer_office",
    "preparer_indicator": "preparer_indicator",
}
OWN_KEY = {"22": "bill", "40": "line", "42": "invoice", "50": "tariff"}  # a row of these records is its own group
_BLANK: dict[str, Any] = {"text": "str", "date": "datetime64[s]"}


class Fact(NamedTuple):
    """One row of ``facts.csv``: where a column of a facts table comes from."""

    column: str
    record: str
    field: str
    kind: str


@dataclass
class EntrySummaries:
    """The facts of all transactions of a shard, one DataFrame per attribute (columns: ``docs/architecture.md``).

    Every table has the keys ``txn`` and ``row`` (position of its record in the shard) and ``line``, ``tariff``,
    ``bill``, ``invoice`` (positions in those tables, -1 for none). ``header`` has exactly one row per transaction, so
    its position is ``txn``; where a record of it was sent is told by ``row_10``, ``row_11`` and so on (-1 when it was
    not). Money is integer cents.
    """

    header: pd.DataFrame
    line: pd.DataFrame
    tariff: pd.DataFrame
    fee: pd.DataFrame
    header_fee: pd.DataFrame
    tax: pd.DataFrame
    other_revenue: pd.DataFrame
    party: pd.DataFrame
    bill_group: pd.DataFrame
    bill: pd.DataFrame
    bond: pd.DataFrame
    release: pd.DataFrame
    missing_document: pd.DataFrame
    psc_header_reason: pd.DataFrame
    psc_explanation: pd.DataFrame
    psc_line_reason: pd.DataFrame
    invoice: pd.DataFrame
    invoice_range: pd.DataFrame
    ruling: pd.DataFrame
    description: pd.DataFrame
    visa: pd.DataFrame
    license: pd.DataFrame
    adcvd: pd.DataFrame
    declaration: pd.DataFrame
    census_override: pd.DataFrame
    fee_total: pd.DataFrame
    other: pd.DataFrame
    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict, repr=False)  # the parsed records, by record id

    def of_header(self, table: str, column: str) -> pd.Series:
        """``header[column]`` as seen from each row of ``table``, e.g. ``es.of_header("line", "is_vessel")``."""
        return self._lift(self.header[column], getattr(self, table), "txn")

    def of_line(self, table: str, column: str) -> pd.Series:
        """``line[column]`` as seen from each row of ``table`` (blank for rows that belong to no line)."""
        return self._lift(self.line[column], getattr(self, table), "line")

    @staticmethod
    def _lift(values: pd.Series, table: pd.DataFrame, key: str) -> pd.Series:
        at = table[key].to_numpy()
        if len(at) and at.min() < 0:
            return pd.Series(_take(values, at, "text" if values.dtype == "str" else ""), index=table.index)
        return values.take(at).set_axis(table.index)

    def rate_date(self, today: date) -> pd.Series:
        """The date, per header, on which duty rates are chosen (``datetime64[s]``, never NaT).

        AE usage note (j), page ESF-159: quota types skip the in-bond date; an arrival date counts only when later
        than the day of receipt; no chosen date may lie more than 90 days ahead. Dates set by CBP itself are not on
        the wire.
        """
        header, received = self.header, pd.Timestamp(today)
        quota = header["entry_type"].isin(QUOTA_TYPES)
        arrival = header["arrival_date"].where(header["arrival_date"] > received)
        chosen = pd.Series(pd.NaT, index=header.index, dtype="datetime64[s]")
        in_transit = header["in_transit_date"].mask(quota)
        for candidate in (in_transit, header["entry_date"], header["statement_date"], arrival):
            chosen = chosen.fillna(candidate.where(candidate <= received + pd.Timedelta(days=90)))
        return chosen.fillna(received)

    def line_rate_date(self, today: date) -> pd.Series:
        """:meth:`rate_date` per line: goods of privileged foreign status in a zone (type 06) keep the date of that
        filing."""
        line = self.line
        privileged = (line["ftz_status"] == "P") & (self.of_header("line", "entry_type") == "06")
        of_header = self._lift(self.rate_date(today), line, "txn")
        return line["ftz_filing_date"].where(privileged).fillna(of_header)


@lru_cache
def mapping() -> Mapping[str, tuple[Fact, ...]]:
    """``facts.csv`` by facts table."""
    tables: dict[str, list[Fact]] = {}
    with Path(__file__).with_name("facts.csv").open(newline="") as rows:
        for row in csv.DictReader(rows):
            tables.setdefault(row.pop("table"), []).append(Fact(**row))
    return {name: tuple(facts) for name, facts in tables.items()}


@lru_cache
def table_of_record() -> Mapping[str, str]:
    """The facts table that a record id first feeds; ``other`` feeds from everything not named here."""
    homes: dict[str, str] = {}
    for table, facts in mapping().items():
        for fact in facts:
            homes.setdefault(fact.record, table)
    return homes


def facts(parsed: Parsed) -> EntrySummaries:
    """The facts of every transaction in ``parsed`` (transactions of rejected batches are not there)."""
    made = {name: _table(name, rows, parsed.tables) for name, rows in mapping().items() if name != "header"}
    header = _header(mapping()["header"], parsed)
    return EntrySummaries(header=header, **made, other=_other(parsed.tables), tables=parsed.tables)


def _table(name: str, rows: tuple[Fact, ...], tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    table = tables.get(rows[0].record)
    if table is None:
        return _empty(name).copy(deep=False)
    if any("#" in fact.field for fact in rows):
        return _exploded(table, rows)
    columns = _keys(table, rows[0].record)
    at = np.arange(len(table))
    for fact in rows:
        if fact.record == rows[0].record:
            columns[fact.column] = _column(table, fact, at)
        else:  # a record that follows at most once in the group of another: 41 after 40
            companion = tables.get(fact.record)
            where = _positions(companion, "line", len(table))
            columns[f"row_{fact.record}"] = _rows(companion, where)
            columns[fact.column] = _column(companion, fact, where)
    return pd.DataFrame(columns)


@lru_cache
def _empty(name: str) -> pd.DataFrame:
    """The table of a record that nobody sent."""
    none = np.empty(0, np.int64)
    columns: dict[str, Any] = dict.fromkeys(KEYS, none)
    for fact in mapping()[name]:
        if "#" in fact.field:
            columns["slot"] = none
        if fact.record != mapping()[name][0].record:
            columns[f"row_{fact.record}"] = none
        columns[fact.column] = _column(None, fact, none)
    return pd.DataFrame(columns)


def _header(rows: tuple[Fact, ...], parsed: Parsed) -> pd.DataFrame:
    """Records 10, 11, 20, 21, 30, 88 and 90 side by side, with the block's port, filer and preparer."""
    count = len(parsed.transactions)
    columns: dict[str, Any] = {"txn": np.arange(count)}
    places: dict[str, np.ndarray] = {}
    for record in dict.fromkeys(fact.record for fact in rows):
        places[record] = _positions(parsed.tables.get(record), "txn", count)
        columns[f"row_{record}"] = _rows(parsed.tables.get(record), places[record])
    columns["row"] = columns["row_10"]
    for fact in rows:
        columns[fact.column] = _column(parsed.tables.get(fact.record), fact, places[fact.record])
    block = parsed.transactions["block"].to_numpy()
    for column, source in BLOCK_COLUMNS.items():
        columns[column] = parsed.blocks[source].array.take(block)
    for column, codes in MODES.items():
        columns[column] = columns["mode_of_transport"].isin(codes)
    columns["is_informal"] = columns["entry_type"].isin(("11", "12"))
    return pd.DataFrame(columns)


def _exploded(table: pd.DataFrame, rows: tuple[Fact, ...]) -> pd.DataFrame:
    """One row per filled repetition, in the order of the record and then of ``slot``."""
    parts = []
    slot = 1
    while rows[0].field.replace("#", str(slot)) in table.columns:
        values = {fact.column: table[fact.field.replace("#", str(slot))] for fact in rows}
        blanks = [values[f.column] == "" if f.kind == "text" else values[f.column].isna() for f in rows]
        filled = np.flatnonzero(~np.logical_and.reduce([blank.to_numpy(bool) for blank in blanks]))
        columns = {key: keys[filled] for key, keys in _keys(table, rows[0].record).items()}
        columns["slot"] = np.full(len(filled), slot)
        columns |= {fact.column: values[fact.column].array.take(filled) for fact in rows}
        parts.append(pd.DataFrame(columns))
        slot += 1
    out = pd.concat(parts, ignore_index=True)
    order = np.lexsort((out["slot"].to_numpy(), out["row"].to_numpy()))
    return out.take(order).reset_index(drop=True)


def _other(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Keys of the records that are kept but not yet read (SE.., PG.., OI), with their record id."""
    known = table_of_record()
    parts = [
        pd.DataFrame(_keys(table, name) | {"record": pd.array([name] * len(table), dtype="str")})
        for name, table in tables.items()
        if name not in known and "-" not in name
    ]
    if not parts:
        return pd.DataFrame({**dict.fromkeys(KEYS, np.empty(0, np.int64)), "record": pd.Series([], dtype="str")})
    return pd.concat(parts, ignore_index=True).sort_values("row", ignore_index=True)


def _keys(table: pd.DataFrame, record: str) -> dict[str, Any]:
    keys = {key: table[key].to_numpy() for key in KEYS}
    return keys | {OWN_KEY[record]: np.arange(len(table))} if record in OWN_KEY else keys


def _positions(table: pd.DataFrame | None, key: str, count: int) -> np.ndarray:
    """For each of ``count`` parents the position of its row in ``table``, -1 for none."""
    where = np.full(count, -1, np.int64)
    if table is not None:
        where[table[key].to_numpy()] = np.arange(len(table))
    return where


def _rows(table: pd.DataFrame | None, at: np.ndarray) -> np.ndarray:
    if table is None or not len(table):
        return np.full(len(at), -1, np.int64)
    return np.where(at >= 0, table["row"].to_numpy()[at], -1)


def _column(table: pd.DataFrame | None, fact: Fact, at: np.ndarray) -> Any:
    """The field behind ``fact`` at positions ``at`` of its record's table (-1: blank)."""
    if table is None:
        table = pd.DataFrame({fact.field: pd.Series([], dtype=_BLANK.get(fact.kind, "Int64"))})
    values = _take(table[fact.field], at, fact.kind)
    return values * 100 if fact.kind == "dollars" else values


def _take(values: pd.Series, at: np.ndarray, kind: str) -> Any:
    array = values.array
    if len(at) == len(array) and (at == np.arange(len(at))).all():
        return array
    return array.take(at, allow_fill=True, fill_value="" if kind == "text" else None)
