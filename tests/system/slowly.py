"""The archive read back the slow way, one record and one field at a time: the oracle for what the tables hold.

Only the layouts and the map of facts (data) are taken from the packages; cutting, numbers and dates are done here.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

import pandas as pd

from parsers.catair import layout
from transforms.account_rows import FEEDS, Feed
from transforms.entry_summary import Fact, mapping

AE = layout.load("ae")


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def records(data: bytes) -> list[str]:
    """The 80-column records of a file; record ``n`` of the file is element ``n - 1``. Filings are in upper case."""
    text = data.decode("latin-1").rstrip("\x1a\0")
    lines = re.split(r"\r\n|\r|\n", text) if re.search(r"[\r\n]", text) else re.findall(".{1,80}", text)
    return [line.ljust(80).upper() for line in lines if line.strip()]


def field(record: str, name: str, kind: str) -> Any:
    """A field's value: text, date, or an integer (``dollars`` as cents); None for a blank number or date."""
    it = AE.field(record[:4] if record[:4] in AE else record[:2], name)
    text = record[it.start - 1 : it.end].strip()
    if kind == "text":
        return text
    if not text:
        return None
    if kind == "date":
        return datetime.strptime(text, "%m%d%y").date()
    return int(text) * (100 if kind == "dollars" else 1)


def differences(table: str, rows: pd.DataFrame, files: dict[Any, list[str]]) -> Iterator[str]:
    """What rows of an account table (with ``file`` and ``record``) say otherwise than the record they name."""
    for row in rows.to_dict("records"):
        file = files[row["file"]]
        at = row["record"] - 1
        for column, expected in _expected(table, row, file, at):
            found = _plain(row[column])
            if found != expected:
                yield f"{table}.{column} of record {at + 1} is {found!r}, the file says {expected!r}: {file[at]!r}"


def _expected(table: str, row: dict[str, Any], file: list[str], at: int) -> Iterator[tuple[str, Any]]:
    if table == "other_record":
        yield "text", file[at].rstrip()
        yield "record_id", next(id for id in (file[at][:4], file[at][:2]) if id in AE)
        return
    if table == "entry_summary_version":
        block = next(record for record in reversed(file[:at]) if record[0] == "B")
        yield "block_port", block[3:7].strip()
        yield "block_filer", block[7:10].strip()
        feed = Feed(table, "header")
    else:
        fitting = [f for f in FEEDS if f.table == table and f.kind == row.get("kind", "")]
        feeds = [f for f in fitting if file[at].startswith(mapping()[f.facts][0].record)]
        assert len(feeds) == 1, f"a {table} row names {file[at]!r}"
        feed = feeds[0]
    facts = mapping()[feed.facts]
    for fact in facts:
        source = file[at] if fact.record == facts[0].record else _following(file, at, fact, facts[0])
        name = fact.field.replace("#", str(row.get("slot")))
        blank = "" if fact.kind == "text" else None
        yield feed.renamed.get(fact.column, fact.column), field(source, name, fact.kind) if source else blank


def _following(file: list[str], at: int, fact: Fact, first: Fact) -> str | None:
    """The record of a fact's kind in the same filing (or line item), after the record at ``at``."""
    for record in file[at + 1 :]:
        if record.startswith(fact.record):
            return record
        if record[0] == "Y" or record.startswith(first.record):
            return None
    return None


def _plain(value: Any) -> Any:
    """A table's value as Python's own."""
    if value is None or value is pd.NaT or value is pd.NA or value != value:
        return None
    if isinstance(value, datetime):
        return value.date()
    return value if isinstance(value, str | date) else int(value)
