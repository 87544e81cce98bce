"""Which reference tables there are, and their columns: ``loaders/reference_tables.csv`` as Python reads it.

Apart from the schema, so that reading a snapshot (`tidewaiter check`) loads nothing of the database.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path


@dataclass(frozen=True, slots=True)
class ReferenceColumn:
    """``type`` is ``text``, ``int`` or ``date``; ``key`` is ``key``, ``from`` (part of the key, may be given
    on loading) or blank.
    """

    name: str
    type: str
    key: str
    note: str


@cache
def definitions() -> dict[str, tuple[ReferenceColumn, ...]]:
    """Reference table name -> its columns, in order."""
    tables: dict[str, list[ReferenceColumn]] = {}
    with Path(__file__).with_name("reference_tables.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            column = ReferenceColumn(row["column"], row["type"], row["key"], row["note"])
            tables.setdefault(row["table"], []).append(column)
    return {name: tuple(columns) for name, columns in tables.items()}
