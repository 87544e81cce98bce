"""The close of a month: filed when everything ties out, else what stands against it is put before an operator.

An account whose month does not tie out is never filed. When the account tables do not hold together, or files that came
before the close are still in flight, nothing is filed until a person says so.
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime

import pandas as pd

from loaders import db, summary
from tidewaiter import checkpoint, database, export_statement, filing
from tidewaiter.settings import Settings

#: How many of a kind a question names; the others are counted.
FIRST = 10
Clock = filing.Clock


@dataclass(frozen=True, slots=True)
class Closed:
    """What became of a close: filings made, filings that say what was said before, and what is to be asked (blank:
    nothing is)."""

    filed: int
    unchanged: int
    question: str


def in_flight(settings: Settings, before: datetime) -> list[str]:
    """The files that came before an instant and are neither answered nor set aside."""
    with closing(db.connect(database.url(settings), autocommit=True)) as conn:
        return summary.in_flight(conn, before)


def close(
    settings: Settings, month: date, before: datetime, page: str, now: Clock = lambda: datetime.now(UTC)
) -> Closed:
    """File ``month`` unless something stands against it: files that came ``before`` the close and are in flight, or
    what the checkpoint of ``page`` found broken. Doing it again files only what has changed.
    """
    waiting, found = in_flight(settings, before), checkpoint.recall(settings, page)
    done = filing.Month() if waiting or not found.ok else _file(settings, month, now)
    return Closed(done.filed, done.unchanged, question(month, waiting, found.broken, done.open))


def file_others(settings: Settings, month: date, now: Clock = lambda: datetime.now(UTC)) -> Closed:
    """File ``month`` for every account that ties out, whatever else stands against it: a person said so."""
    done = _file(settings, month, now)
    return Closed(done.filed, done.unchanged, question(month, [], [], done.open))


def _file(settings: Settings, month: date, now: Clock) -> filing.Month:
    """The filings of importers, and the export activity statements of exporters."""
    imports, exports = filing.file_month(settings, month, now), export_statement.state_month(settings, month, now)
    return filing.Month(
        imports.filed + exports.filed, imports.unchanged + exports.unchanged, imports.open | exports.open
    )


def question(
    month: date, waiting: list[str], broken: list[checkpoint.Broken], differences: dict[str, pd.DataFrame]
) -> str:
    """What an operator must know to decide, as Markdown; blank when there is nothing to decide."""
    parts = [
        _part("{} came before the close and {} not answered yet; nothing is filed", "file", waiting),
        _part("{} of the account tables {} broken; nothing is filed", "check", [_check(it) for it in broken]),
        _part(
            "{} {} not tie out and {} not filed",
            "account",
            [_account(number, table) for number, table in differences.items()],
            verbs=(("does", "do"), ("is", "are")),
        ),
    ]
    told = [part for part in parts if part]
    return "\n\n".join([f"**{month:%B %Y} is not closed.**", *told]) if told else ""


def _part(words: str, noun: str, items: list[str], verbs: tuple[tuple[str, str], ...] = (("is", "are"),)) -> str:
    if not items:
        return ""
    several = len(items) > 1
    count = f"{len(items):,} {noun}{'s' if several else ''}"
    more = [f"and {len(items) - FIRST:,} more"] if len(items) > FIRST else []
    head = words.format(count, *(verb[several] for verb in verbs))
    return "\n".join([f"{head}:", "", *(f"- {it}" for it in [*items[:FIRST], *more])])


def _check(it: checkpoint.Broken) -> str:
    return f"{it.check}: {it.count:,} ({_first(it.places)})"


def _account(number: str, table: pd.DataFrame) -> str:
    rows = table[["check", "at", "what", "expected", "found"]].head(FIRST).astype(object).to_numpy()
    told = [f"{check} {at}: {what} {found}, expected {expected}" for check, at, what, expected, found in rows]
    return f"{number}: {len(table):,} ({_first(told, 3, '; ')})"


def _first(places: list[str], count: int = 5, sign: str = ", ") -> str:
    return sign.join(places[:count]) + (" ..." if len(places) > count else "")
