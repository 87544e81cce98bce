"""The register of rules on export filings, and what they find as conditions (pattern of ``transforms.conditions``).

A rule is a pure function from the tables of :mod:`transforms.export.facts` and a :class:`World` to the rows of one
table that break it. Its code, severity and the text of the code stand in ``codes.csv``, with where the code is
published; a code of our own begins with T.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from transforms.export import facts, lists
from transforms.export.facts import Exports
from transforms.x12 import outcome

#: Which actions a rule is about: those that give a whole filing, those and changes, all but nothing.
WHOLE, GIVEN, ANY = ("add", "replace"), ("add", "replace", "change"), ("add", "replace", "change", "cancel", "")
#: What kinds of condition a filing is rejected for, and how AES calls the others (AESTIR Appendix A); the letter is
#: the severity we answer with.
KINDS = {"fatal": "F", "warning": "W", "verify": "W", "compliance": "W", "informational": "I"}

Mask = Any


@dataclass(frozen=True, slots=True)
class World:
    """What rules know beside the filing: the business date in New York, reference tables by name, and ``exporters``
    (``key account_id status``: who the filings' exporters are; ``may_file``: whether the sender may file for them;
    ``None`` when nobody is known). ``sender`` is the account that sent the file. ``worked`` keeps what several rules
    look at, for one evaluation.
    """

    today: date
    ref: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    exporters: pd.DataFrame | None = None
    sender: int = -1
    worked: dict[str, Any] = field(default_factory=dict)

    def has(self, need: str) -> bool:
        """Whether ``need`` (a reference table, or ``accounts``) is at hand."""
        return self.exporters is not None if need == "accounts" else need in self.ref


class Code(NamedTuple):
    """A row of ``codes.csv``."""

    kind: str
    narrative: str
    published: str
    source: str


@dataclass(frozen=True, slots=True)
class Rule:
    """A registered rule: it points at column ``at`` of the table ``on``."""

    code: str
    on: str
    at: str
    why: str
    mend: str
    source: str
    needs: tuple[str, ...]
    actions: tuple[str, ...]
    check: Callable[[Exports, World], Mask]


REGISTRY: list[Rule] = []


def rule(
    code: str,
    *,
    on: str,
    at: str,
    why: str,
    mend: str,
    source: str,
    needs: tuple[str, ...] = (),
    actions: tuple[str, ...] = GIVEN,
) -> Callable[[Callable[[Exports, World], Mask]], Callable[[Exports, World], Mask]]:
    """Register a function as the check behind ``code``: it gives a boolean for each row of table ``on``. Without the
    tables it ``needs`` it is skipped. ``source`` is where the rule stands."""

    def register(check: Callable[[Exports, World], Mask]) -> Callable[[Exports, World], Mask]:
        if code not in codes():
            raise LookupError(f"code {code} is not in codes.csv")
        if (on, at) not in facts.places():
            raise LookupError(f"{on}.{at} is no column with a place on the wire")
        REGISTRY.append(Rule(code, on, at, why, mend, source, needs, actions, check))
        return check

    return register


@cache
def codes() -> dict[str, Code]:
    """Every code of ``codes.csv``."""
    return {
        row["code"]: Code(row["kind"], row["narrative"], row["published"], row["source"])
        for row in lists.table("codes.csv")
    }


def evaluate(x: Exports, world: World) -> pd.DataFrame:
    """What all rules find, as conditions of :mod:`transforms.x12.outcome`, in the order of the file."""
    from transforms.export import rules  # noqa: F401  (registers them)

    world = replace(world, worked={})
    checked = [(it, broken(x, world, it)) for it in REGISTRY if all(map(world.has, it.needs))]
    return ordered([finds(x, it, at) for it, at in checked if len(at)])


def broken(x: Exports, world: World, it: Rule) -> np.ndarray:
    """The rows of table ``it.on`` that break a rule, of filings that it is about."""
    table: pd.DataFrame = getattr(x, it.on)
    if not len(table):
        return np.empty(0, np.int64)
    mask = it.check(x, world)
    if isinstance(mask, pd.Series):
        mask = mask.fillna(False)
    mask = np.broadcast_to(np.asarray(mask, dtype=bool), (len(table),))
    if it.actions != ANY:
        mask = mask & np.isin(x.of_shipment(it.on, "action").astype(str), it.actions)
    return np.flatnonzero(mask)


def finds(x: Exports, it: Rule, at: np.ndarray) -> pd.DataFrame:
    """The finds of a rule at rows of its table, each at its element; a segment that was not sent is told at the one
    that opens its loop, element 0."""
    table, place = getattr(x, it.on).iloc[at], facts.places()[it.on, it.at]
    sent = table[place.segment].to_numpy(np.int64)
    found = table[place.text].astype("str").to_numpy() if place.text in table else np.full(len(at), "")
    return conditions(
        it.code,
        table["set"].to_numpy(np.int64),
        np.where(sent >= 0, sent, table["segment"].to_numpy(np.int64)),
        np.where(sent >= 0, place.element, 0),
        it.why,
        it.mend,
        np.where(sent >= 0, found, ""),
    )


def conditions(
    code: str, sets: np.ndarray, segments: np.ndarray, elements: Any, why: str, mend: str, found: Any = ""
) -> pd.DataFrame:
    """Finds of one code as a table of conditions."""
    told = codes()[code]
    count = len(sets)
    columns = {
        "set": sets,
        "segment": segments,
        "element": np.broadcast_to(np.asarray(elements), (count,)),
        "component": np.zeros(count, np.int64),
        "code": [code] * count,
        "severity": [KINDS[told.kind]] * count,
        "narrative": [told.narrative] * count,
        "why": [why] * count,
        "mend": [mend] * count,
        "found": np.broadcast_to(np.asarray(found, dtype=object), (count,)),
    }
    return pd.DataFrame(columns).astype(outcome.CONDITIONS)


def ordered(parts: list[pd.DataFrame]) -> pd.DataFrame:
    """Parts as one table in the order of the file; what is said of the same place under one code is said once."""
    every = pd.concat([outcome.conditions(), *parts], ignore_index=True)
    every = every.sort_values(["set", "segment", "element", "code"], kind="stable", ignore_index=True)
    return every.drop_duplicates(["set", "segment", "element", "code", "found"], ignore_index=True)
