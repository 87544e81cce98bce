"""All conditions of all transactions of a shard, each at its place.

Two sources are merged: the functions of the :mod:`registry <transforms.conditions.registry>`, and the defects that
the parser found in single fields, which ``field_conditions.csv`` turns into published codes.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, cast

import numpy as np
import pandas as pd

from parsers.catair import layout
from transforms.conditions import dictionary
from transforms.conditions.registry import COLUMNS, REGISTRY, Condition, World, violations
from transforms.entry_summary import EntrySummaries, mapping, table_of_record

if TYPE_CHECKING:
    from parsers.catair.read import Parsed

#: What a damaged field is reported as when no code is published for it alone (Batch & Block Control chapter).
UNLISTED = {"missing": "X37", "class": "X40", "date": "X40"}


@dataclass(frozen=True, slots=True)
class Unchecked:
    """A condition that was skipped, and the reference tables (or ``state``, ``accounts``) that it lacked."""

    code: str
    why: str
    lacks: tuple[str, ...]


class Told(NamedTuple):
    """What one source says of all its finds."""

    code: str
    severity: str
    why: str
    mend: str


def evaluate(es: EntrySummaries, world: World, parsed: Parsed) -> tuple[pd.DataFrame, list[Unchecked]]:
    """Conditions found (:data:`COLUMNS`, in the order of the file) and the conditions that could not be checked.

    Row-wise ``at`` is the position in the facts table ``on``; ``row`` is the position of the record in the shard, with
    ``start`` and ``end`` its columns (0 when the place is a whole record, or a record that was not sent).
    """
    parts, unchecked = [], []
    for rule in REGISTRY:
        if lacks := tuple(need for need in rule.needs if not world.has(need)):
            unchecked.append(Unchecked(rule.code, rule.why, lacks))
        elif len(at := violations(es, world, rule)):
            parts.append(located(es, rule.on, at, rule.at, Told(rule.code, rule.severity, rule.why, rule.mend)))
    return ordered(_told_once(ordered(parts), ordered(list(_defects(es, parsed.defects))))), unchecked


def _told_once(rules: pd.DataFrame, defects: pd.DataFrame) -> list[pd.DataFrame]:
    """A field that cannot be read is judged no further (an unreadable date is not a missing one as well); damage that
    has no code of its own is left to the rule that noticed it."""
    place = ["row", "start", "end"]
    judged = pd.MultiIndex.from_frame(defects[place]).isin(pd.MultiIndex.from_frame(rules[place]))
    defects = defects[~(judged & defects["code"].isin(list(UNLISTED.values())).to_numpy())]
    unreadable = pd.MultiIndex.from_frame(defects.loc[defects["start"] > 0, place])
    return [rules[~pd.MultiIndex.from_frame(rules[place]).isin(unreadable)], defects]


def ordered(parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """The parts as one table in the order of the file; what two sources say of the same columns is said once."""
    found = pd.concat([part for part in parts if len(part)] or [located_nowhere()], ignore_index=True)
    found = found.sort_values(["txn", "row", "start", "code", "on", "at"], kind="stable")
    return found.drop_duplicates(["txn", "row", "start", "end", "code", "on", "at"], ignore_index=True)


def located(es: EntrySummaries, on: str, at: np.ndarray, place: tuple[str, str], told: Told) -> pd.DataFrame:
    """Finds of one source at positions ``at`` of the facts table ``on``, pointing at ``place`` (record, layout field).

    The field's ``#`` (or the 1 that stands for it) is the repetition that the row of an exploded table came from.
    """
    table: pd.DataFrame = getattr(es, on)
    record, name = place
    rows = table["row"].to_numpy()[at]
    of_record = table[f"row_{record}"].to_numpy()[at] if f"row_{record}" in table else rows
    present = (of_record >= 0) & (on == "other" or record in {fact.record for fact in mapping()[on]})
    slots = table["slot"].to_numpy()[at] if "slot" in table else np.ones(len(at), np.int64)
    field, start, end = _columns_of(record, name, slots)
    return _frame(
        txn=table["txn"].to_numpy()[at],
        on=on,
        at=at,
        told=told,
        record=record,
        field=field,
        row=np.where(of_record >= 0, of_record, rows),
        start=np.where(present, start, 0),
        end=np.where(present, end, 0),
    )


def located_nowhere() -> pd.DataFrame:
    """An empty table of conditions."""
    none = np.empty(0, np.int64)
    return _frame(
        txn=none, on="", at=none, told=Told("", "", "", ""), record="", field=[], row=none, start=none, end=none
    )


def _frame(*, told: Told, on: str, record: str, field: Sequence[str], **places: np.ndarray) -> pd.DataFrame:
    count = len(places["txn"])
    narrative = dictionary.narratives(pd.Series([told.code], dtype="str")).iloc[0]
    texts = {"on": on, "record": record, "narrative": narrative, **told._asdict()}
    columns = {name: pd.array([text] * count, dtype="str") for name, text in texts.items()}
    return pd.DataFrame({**places, **columns, "field": pd.array(list(field), dtype="str")})[list(COLUMNS)]


def _columns_of(record: str, name: str, slots: np.ndarray) -> tuple[list[str], np.ndarray, np.ndarray]:
    """Field name, first and last column for each slot; columns 0 when ``name`` is blank (the whole record)."""
    start, end = np.zeros(len(slots), np.int64), np.zeros(len(slots), np.int64)
    names = np.full(len(slots), name, dtype=object)
    for slot in np.unique(slots):
        own = _of_slot(record, name, int(slot))
        names[slots == slot] = own
        if own:
            place = layout.load("ae").field(record, own)
            start[slots == slot], end[slots == slot] = place.start, place.end
    return list(names), start, end


def _of_slot(record: str, name: str, slot: int) -> str:
    fields = {f.name for f in layout.load("ae").get(record, ())}
    for sought in (name.replace("#", str(slot)), name.replace("_1", f"_{slot}", 1)):
        if sought in fields:
            return sought
    return name


def _defects(es: EntrySummaries, defects: pd.DataFrame) -> Iterator[pd.DataFrame]:
    """The parser's defects as conditions. Of a deletion only the 10 record is read: the rest is refused as a whole."""
    homes = table_of_record()
    for key, group in defects.groupby(["record", "field", "kind"], sort=True):
        record, name, kind = map(str, cast(tuple, key))
        base = record.partition("-")[0]
        told, rows = field_condition(record, name, kind), group["row"].to_numpy()
        for on, at, which in _owners(es, base, homes.get(base, "other"), rows):
            txn = getattr(es, on)["txn"].to_numpy()[at]
            keep = (base == "10") | (es.header["action"].to_numpy()[txn] != "D")
            part = group.iloc[which[keep]]
            yield _frame(
                txn=txn[keep],
                on=on,
                at=at[keep],
                told=told,
                record=record,
                field=[name] * len(part),
                row=part["row"].to_numpy(),
                start=part["start"].to_numpy(),
                end=part["end"].to_numpy(),
            )


def _owners(es: EntrySummaries, record: str, on: str, rows: np.ndarray) -> Iterator[tuple[str, np.ndarray, np.ndarray]]:
    """Facts table, positions in it, and which of ``rows`` they are. A record whose repetitions are all blank left no
    row in its table: it is told at its line, or at its transaction."""
    table: pd.DataFrame = getattr(es, on)
    at = _at(table[f"row_{record}" if f"row_{record}" in table else "row"].to_numpy(), rows)
    yield on, at[at >= 0], np.flatnonzero(at >= 0)
    lost = np.flatnonzero(at < 0)
    if len(lost):
        sent = es.tables[record].iloc[_at(es.tables[record]["row"].to_numpy(), rows[lost])]
        line, txn = sent["line"].to_numpy(), sent["txn"].to_numpy()
        yield "line", line[line >= 0], lost[line >= 0]
        yield "header", txn[line < 0], lost[line < 0]


def _at(rows: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Position in ``rows`` (any order, the first of equals) of each wanted row; -1 where it is not there."""
    if not len(rows):
        return np.full(len(wanted), -1, np.int64)
    order = np.argsort(rows, kind="stable")
    place = np.minimum(np.searchsorted(rows[order], wanted), len(rows) - 1)
    return np.where(rows[order][place] == wanted, order[place], -1)


def field_condition(record: str, name: str, kind: str) -> Told:
    """What is said of a defect: the listed row of the field, of the record, of any record, else :data:`UNLISTED`."""
    listed = _field_conditions()
    for key in ((record, name, kind), (record, "", kind), ("", "", kind)):
        if key in listed:
            return listed[key]
    words = name.replace("_", " ")
    expected = {
        "missing": "is mandatory and was left blank",
        "class": "holds characters that its class does not allow",
        "date": "is not a day of the calendar as MMDDYY",
    }[kind]
    return Told(
        UNLISTED[kind], "F", f"the {words} {expected}", f"correct the {words} as the layout of record {record} says"
    )


@cache
def _field_conditions() -> dict[tuple[str, str, str], Told]:
    path = Path(__file__).with_name("field_conditions.csv")
    if not path.exists():
        return {}
    with path.open(newline="", encoding="utf-8") as rows:
        return {
            (row["record"], row["field"], row["kind"]): Told(
                row["code"], row.get("severity") or "F", row.get("why", ""), row.get("mend", "")
            )
            for row in csv.DictReader(rows)
        }


def unregistered(conditions: Sequence[Condition]) -> list[str]:
    """Codes that a rule uses and the dictionary does not publish (there should be none)."""
    return sorted({rule.code for rule in conditions} - set(dictionary.entry_summary_conditions().index))
