"""The chapter's code lists (``codes.csv``), as sets of codes by list name."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

#: Where this package keeps its rules that are data.
HERE = Path(__file__).parent


def table(name: str) -> list[dict[str, str]]:
    """The rows of one CSV of this folder, every cell as text (a country may be called ``NA``)."""
    with (HERE / name).open(newline="", encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


@cache
def lists() -> dict[str, tuple[str, ...]]:
    """All lists: name -> codes in the chapter's order."""
    return {row["list"]: tuple(row["codes"].split()) for row in table("codes.csv")}


def codes(name: str) -> tuple[str, ...]:
    """The codes of one list. Raises ``KeyError`` for a list that does not exist."""
    return lists()[name]
