"""Accepted filings as rows of the account tables, without database ids.

Every frame carries ``txn`` and ``row`` (position of its record in the shard), from which the loader knows file,
record and version. Which facts table feeds which account table, and under which names, is the table below; only
accepted adds and replacements are kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
import pandas as pd

from parsers.catair.read import Parsed
from transforms.entry_summary import EntrySummaries, mapping


class Feed(NamedTuple):
    """One facts table feeding an account table: its ``kind`` there, the keys it carries, and columns under other
    names."""

    table: str
    facts: str
    kind: str = ""
    keys: tuple[str, ...] = ()
    renamed: Mapping[str, str] = MappingProxyType({})


FEEDS = (
    Feed("line", "line", keys=("line",)),
    Feed("tariff", "tariff", keys=("line", "tariff")),
    Feed("fee", "header_fee", "header_fee", ("line", "slot")),
    Feed("fee", "tax", "tax", ("line", "slot")),
    Feed("fee", "other_revenue", "other_revenue", ("line", "slot")),
    Feed("fee", "fee", "fee", ("line", "slot")),
    Feed("fee_total", "fee_total", keys=("slot",)),
    Feed("party", "party", keys=("line",)),
    Feed("bill_group", "bill_group", keys=("bill_group",)),
    Feed("bill", "bill", keys=("bill_group",)),
    Feed("bond", "bond"),
    Feed("release", "release", keys=("slot",)),
    Feed("missing_document", "missing_document", keys=("slot",)),
    Feed("reason", "psc_header_reason", keys=("line", "slot")),
    Feed("reason", "psc_line_reason", keys=("line", "slot")),
    Feed("remark", "psc_explanation", "psc_explanation", ("line",)),
    Feed("remark", "description", "description", ("line",)),
    Feed("invoice_reference", "invoice", keys=("line",)),
    Feed("invoice_range", "invoice_range", keys=("line", "slot")),
    Feed("ruling", "ruling", keys=("line",)),
    Feed("license", "visa", "visa", ("line", "tariff"), {"visa_number": "license_number"}),
    Feed("license", "license", "license", ("line", "tariff")),
    Feed("adcvd", "adcvd", keys=("line", "tariff")),
    Feed("declaration", "declaration", keys=("line", "tariff")),
    Feed("census_override", "census_override", keys=("line", "slot")),
)


def rows(es: EntrySummaries, dispositions: pd.DataFrame, parsed: Parsed) -> dict[str, pd.DataFrame]:
    """Account table name -> rows. ``line``, ``tariff`` and ``bill_group`` are 1-based numbers within their summary,
    line and summary (0: none); ``slot`` is 1 where nothing repeats inside the record."""
    accepted = dispositions["code"].isin(("995", "996")).to_numpy()
    numbers = _numbers(es)
    parts: dict[str, list[pd.DataFrame]] = {"entry_summary_version": [_versions(es, dispositions)[accepted]]}
    for feed in FEEDS:
        table: pd.DataFrame = getattr(es, feed.facts)
        keep = accepted[table["txn"].to_numpy()]
        if keep.any():
            parts.setdefault(feed.table, []).append(_fed(feed, table, numbers)[keep])
    keep = accepted[es.other["txn"].to_numpy()]
    if keep.any():
        parts["other_record"] = [_others(es, numbers, parsed)[keep]]
    return {name: _joined(tables) for name, tables in parts.items()}


def _versions(es: EntrySummaries, dispositions: pd.DataFrame) -> pd.DataFrame:
    derived = [name for name in es.header if str(name).startswith(("row_", "is_"))]
    filed = es.header.drop(columns=derived)
    return filed.assign(
        **{name: dispositions[name] for name in ("sequence", "version_number", "severity", "code", "effect")}
    )


def _fed(feed: Feed, table: pd.DataFrame, numbers: dict[str, np.ndarray]) -> pd.DataFrame:
    columns = {"txn": table["txn"], "row": table["row"]}
    if feed.kind:
        columns["kind"] = pd.Series(pd.array([feed.kind] * len(table), dtype="str"))
    for key in feed.keys:
        if key != "slot":
            columns[key] = pd.Series(_numbered(table, key, numbers))
        else:
            columns[key] = table[key] if key in table else pd.Series(np.ones(len(table), np.int64))
    for fact in mapping()[feed.facts]:
        columns[feed.renamed.get(fact.column, fact.column)] = table[fact.column]
    if feed.table == "license" and feed.kind == "visa":
        columns["license_type"] = pd.Series(pd.array([""] * len(table), dtype="str"))
    return pd.DataFrame(columns)


def _others(es: EntrySummaries, numbers: dict[str, np.ndarray], parsed: Parsed) -> pd.DataFrame:
    """Records that are not read yet, kept as they came."""
    other = es.other
    lines = np.ascontiguousarray(parsed.frames.text[other["row"].to_numpy()]).view("S80").ravel()
    text = pd.Series(pd.array(np.char.decode(lines, "latin-1"), dtype="str"))
    return pd.DataFrame(
        {
            "txn": other["txn"],
            "row": other["row"],
            "line": _numbered(other, "line", numbers),
            "record_id": other["record"],
            "text": text,
        }
    )


def _numbers(es: EntrySummaries) -> dict[str, np.ndarray]:
    """1-based number of each line in its summary, of each tariff in its line, of each manifest group in its summary."""
    return {
        "line": es.line.groupby("txn").cumcount().to_numpy() + 1,
        "tariff": es.tariff.groupby("line").cumcount().to_numpy() + 1,
        "bill_group": es.bill_group.groupby("txn").cumcount().to_numpy() + 1,
    }


def _numbered(table: pd.DataFrame, key: str, numbers: dict[str, np.ndarray]) -> np.ndarray:
    at = table["bill" if key == "bill_group" else key].to_numpy()
    return np.append(numbers[key], 0)[at]  # -1, none, takes the zero at the end


def _joined(tables: list[pd.DataFrame]) -> pd.DataFrame:
    return pd.concat(tables, ignore_index=True).sort_values(["row"], kind="stable", ignore_index=True)
