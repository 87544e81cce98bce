"""The register of conditions: a published code, and the function that finds the rows that violate it.

A condition is declared once, under its published code, beside a pure function from tables to a mask::

    @condition("429", "F", on="line", at=("40", "foreign_port_of_lading_code"),
               why="a vessel entry names its foreign port of lading",
               mend="give the Schedule K code of the port where the goods were loaded")
    def foreign_port_missing(es, world):
        return (es.line.lading_port == "") & es.line.txn.map(es.header.is_vessel)

``es`` is :class:`transforms.entry_summary.EntrySummaries`; ``world`` is :class:`World`. The mask has one element per
row of the facts table named by ``on``; no function ever looks at one row at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from transforms.entry_summary import EntrySummaries

Severity = Literal["F", "W", "P", "I"]
Scope = Literal["filing", "delete", "any"]
Mask = Any  # anything numpy reads as a boolean vector: a Series (NA counts as False), an array, a scalar

#: Columns of the table of conditions found (see docs/architecture.md).
COLUMNS = (
    *("txn", "on", "at", "code", "severity", "record", "field", "row", "start", "end", "narrative"),
    *("why", "mend"),  # the rule in words and how to satisfy it, for the readable answer
)


@dataclass(frozen=True, slots=True)
class World:
    """What rules must know beside the filing itself; read once per shard and handed over.

    ``ref`` maps a reference table name to its rows (a table that is not loaded is absent); ``state`` is the present
    state of the entries the shard names; ``accounts`` is ``None`` when checking without accounts; ``today`` is the
    business date in New York.
    """

    today: date
    ref: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    state: pd.DataFrame | None = None
    accounts: pd.DataFrame | None = None

    def has(self, need: str) -> bool:
        """Whether ``need`` (a reference table name, ``state`` or ``accounts``) is at hand."""
        if need == "accounts":
            return self.accounts is not None
        if need == "state":
            return self.state is not None
        return need in self.ref


@dataclass(frozen=True, slots=True)
class Condition:
    """One registered condition. ``at`` names the record and the layout field that its E1 and its caret point to."""

    code: str
    severity: Severity
    on: str
    at: tuple[str, str]
    why: str
    mend: str
    needs: tuple[str, ...]
    scope: Scope
    check: Callable[[EntrySummaries, World], Mask]


REGISTRY: list[Condition] = []


def condition(
    code: str,
    severity: Severity,
    *,
    on: str,
    at: tuple[str, str],
    why: str,
    mend: str,
    needs: tuple[str, ...] = (),
    scope: Scope = "filing",
) -> Callable[[Callable[[EntrySummaries, World], Mask]], Callable[[EntrySummaries, World], Mask]]:
    """Register a function as the check behind ``code``.

    ``scope`` says for which filing actions it runs: ``filing`` (add and replace), ``delete`` or ``any``. ``needs``
    names the reference tables (or ``state``, ``accounts``) without which it is skipped and reported as not checked.
    """

    def register(check: Callable[[EntrySummaries, World], Mask]) -> Callable[[EntrySummaries, World], Mask]:
        REGISTRY.append(Condition(code, severity, on, at, why, mend, needs, scope, check))
        return check

    return register


def violations(es: EntrySummaries, world: World, rule: Condition) -> np.ndarray:
    """Row positions in ``es.<rule.on>`` that violate ``rule``, within its scope."""
    table: pd.DataFrame = getattr(es, rule.on)
    if not len(table):
        return np.empty(0, np.int64)
    result = rule.check(es, world)
    if isinstance(result, pd.Series):
        result = result.fillna(False) if result.hasnans else result
    at = np.flatnonzero(np.broadcast_to(np.asarray(result, dtype=bool), (len(table),)))
    if rule.scope == "any" or not len(at):
        return at
    deleting = (es.header["action"].take(table["txn"].to_numpy()[at]) == "D").to_numpy()
    return at[deleting if rule.scope == "delete" else ~deleting]
