"""What passes between the intake of X12 and the desks that know what a transaction set means.

A desk is asked once for all sets of its kind in a file, inside the transaction that publishes the file:
``decide(conn, document, context) -> Outcome``. Sets that syntax or envelope have rejected are not its affair.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

#: What became of a set at its desk: ``final`` A or R; ``severity`` blank, I, W or F; ``effect`` added, replaced,
#: changed, cancelled or rejected; ``kind`` export or invoice; ``reference`` the sender's (shipment reference, invoice
#: number); ``number`` ours (the internal transaction number of an export filing); ``sequence`` our count of the
#: accepted versions of the same thing (0 none). ``set`` is a row of ``Document.sets``, each at most once.
DISPOSITIONS = {
    "set": "int64",
    "final": "str",
    "severity": "str",
    "code": "str",
    "effect": "str",
    "kind": "str",
    "reference": "str",
    "number": "str",
    "sequence": "int64",
}
#: What a desk found: ``segment`` is a row of ``Document.segments`` (-1: nowhere in particular), ``element`` and
#: ``component`` are 1-based (0 none), ``narrative`` is the text that belongs to the code, ``why`` and ``mend`` say it
#: in plain words, ``found`` is what stood there.
CONDITIONS = {
    "set": "int64",
    "segment": "int64",
    "element": "int64",
    "component": "int64",
    "code": "str",
    "severity": "str",
    "narrative": "str",
    "why": "str",
    "mend": "str",
    "found": "str",
}
#: Files for others than the sender: the exporter's own acknowledgment. ``body`` is bytes; ``kind`` and ``suffix`` as in
#: the table of acknowledgments, one of a kind for each account.
COPIES = {"account_id": "int64", "kind": "str", "suffix": "str", "body": "object"}


def table(columns: Mapping[str, str], rows: Iterable[Any] = ()) -> pd.DataFrame:
    """A table of these columns and their types, from rows of tuples in their order; empty without."""
    rows = list(rows)
    return _typed(rows, columns) if rows else _empty(tuple(columns.items())).copy()


def _typed(rows: list[Any], columns: Mapping[str, str]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=list(columns)).astype(dict(columns))


@cache
def _empty(columns: tuple[tuple[str, str], ...]) -> pd.DataFrame:
    """Made once: a file has a dozen of these."""
    return _typed([], dict(columns))


def dispositions(rows: Iterable[Any] = ()) -> pd.DataFrame:
    """A table of :data:`DISPOSITIONS`."""
    return table(DISPOSITIONS, rows)


def conditions(rows: Iterable[Any] = ()) -> pd.DataFrame:
    """A table of :data:`CONDITIONS`."""
    return table(CONDITIONS, rows)


def copies(rows: Iterable[Any] = ()) -> pd.DataFrame:
    """A table of :data:`COPIES`."""
    return table(COPIES, rows)


@dataclass(frozen=True, slots=True)
class Context:
    """What a desk must know beside the document.

    ``account_id`` is who sent the file, ``interchange_id`` the file in the database, ``at`` the instant of the answer
    in UTC, ``today`` the day the file came in New York, ``reference`` the reference tables by name. A ``trial``
    stores nothing: the desk decides as if it did and writes nothing. ``transaction_ids`` has the database's key of
    each row of ``Document.sets`` (-1 in a trial).
    """

    account_id: int
    interchange_id: int
    at: datetime
    today: date
    reference: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    trial: bool = False
    transaction_ids: np.ndarray = field(default_factory=lambda: np.zeros(0, np.int64))


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a desk decided: tables of :data:`DISPOSITIONS`, :data:`CONDITIONS` and :data:`COPIES`."""

    dispositions: pd.DataFrame = field(default_factory=dispositions)
    conditions: pd.DataFrame = field(default_factory=conditions)
    copies: pd.DataFrame = field(default_factory=copies)

    @staticmethod
    def of(outcomes: Iterable[Outcome]) -> Outcome:
        """Several desks' outcomes as one, dispositions in the order of the sets."""
        all_ = [Outcome(), *outcomes]
        return Outcome(
            pd.concat([it.dispositions for it in all_]).sort_values("set", kind="stable", ignore_index=True),
            pd.concat([it.conditions for it in all_]).sort_values(["set", "segment"], kind="stable", ignore_index=True),
            pd.concat([it.copies for it in all_], ignore_index=True),
        )
