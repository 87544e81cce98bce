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
    made = {name: _table(name, rows, parsed) for name, rows in mapping().items()}
    return EntrySummaries(**made, other=_other(parsed.tables), tables=parsed.tables)


def _table(name: str, rows: tuple[Fact, ...], parsed: Parsed) -> pd.DataFrame:
    if name == "header":
        return _header(rows, parsed)
    table = parsed.tables.get(rows[0].record)
    if any("#" in fact.field for fact in rows):
        return _exploded(table, rows)
    out = _keys(table, rows[0].record)
    at = np.arange(len(out))
    for fact in rows:
        if fact.record == rows[0].record:
            out[fact.column] = _column(table, fact, at)
    companions = [fact for fact in rows if fact.record != rows[0].record]
    for fact in companions:  # a record that follows at most once in the group of another: 41 after 40
        companion = parsed.tables.get(fact.record)
        where = _positions(companion, "line", len(out))
        out[f"row_{fact.record}"] = _rows(companion, where)
        out[fact.column] = _column(companion, fact, where)
    return out


def _header(rows: tuple[Fact, ...], parsed: Parsed) -> pd.DataFrame:
    """Records 10, 11, 20, 21, 30, 88 and 90 side by side, with the block's port, filer and preparer."""
    count = len(parsed.transactions)
    columns: dict[str, object] = {"txn": np.arange(count)}
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
    header = pd.DataFrame(columns)
    for column, codes in MODES.items():
        header[column] = header["mode_of_transport"].isin(codes)
    header["is_informal"] = header["entry_type"].isin(("11", "12"))
    return header


def _exploded(table: pd.DataFrame | None, rows: tuple[Fact, ...]) -> pd.DataFrame:
    """One row per filled repetition, in the order of the record and then of ``slot``."""
    parts = []
    slots = _slots(table, rows) if table is not None else 0
    for slot in range(1, slots + 1):
        part = _keys(table, rows[0].record).assign(slot=np.int64(slot))
        filled = np.zeros(len(part), bool)
        for fact in rows:
            repetition = fact._replace(field=fact.field.replace("#", str(slot)))
            part[fact.column] = _column(table, repetition, np.arange(len(part)))
            blank = (part[fact.column] == "") if fact.kind == "text" else part[fact.column].isna()
            filled |= ~blank.to_numpy()
        parts.append(part[filled])
    if not parts:
        empty = _keys(None, "").assign(slot=np.empty(0, np.int64))
        return empty.assign(**{fact.column: _column(None, fact, np.empty(0, np.int64)) for fact in rows})
    out = pd.concat(parts, ignore_index=True)
    order = np.lexsort((out["slot"].to_numpy(), out["row"].to_numpy()))
    return out.take(order).reset_index(drop=True)


def _slots(table: pd.DataFrame, rows: tuple[Fact, ...]) -> int:
    slot = 0
    while rows[0].field.replace("#", str(slot + 1)) in table.columns:
        slot += 1
    return slot


def _other(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Keys of the records that are kept but not yet read (SE.., PG.., OI), with their record id."""
    known = table_of_record()
    names = [name for name in tables if name not in known and "-" not in name]
    parts = [
        _keys(tables[name], name).assign(record=pd.Series([name] * len(tables[name]), dtype="str")) for name in names
    ]
    if not parts:
        return _keys(None, "").assign(record=pd.Series([], dtype="str"))
    return pd.concat(parts, ignore_index=True).sort_values("row", ignore_index=True)


def _keys(table: pd.DataFrame | None, record: str) -> pd.DataFrame:
    if table is None:
        return pd.DataFrame({key: np.empty(0, np.int64) for key in KEYS})
    keys = table[list(KEYS)].reset_index(drop=True)
    return keys.assign(**{OWN_KEY[record]: np.arange(len(keys))}) if record in OWN_KEY else keys


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
        return array.copy()
    return array.take(at, allow_fill=True, fill_value="" if kind == "text" else None)
