"""The messages about statements in a shard, SU (update) and RM (payment): what was asked, in the order it came, what
becomes of it, and that as rows of the tables that entry summaries share.

A transaction of these messages is one record. Each run of one message type is decided on what stands after the run
before it, so a payment that is authorised first forbids an update that follows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from parsers.catair import layout
from parsers.catair.read import Parsed
from transforms.conditions.registry import COLUMNS
from transforms.statement import payment, update

UPDATE, PAYMENT = "SU", "RM"
APPLICATIONS = (UPDATE, PAYMENT)
#: What became of an accepted request, by its code.
EFFECTS = {update.ACCEPTED: "updated", "T10": "authorised", "T11": "authorised", "T12": "withdrawn"}
_RECORD = {UPDATE: "H", PAYMENT: "PT"}


class Run(NamedTuple):
    """Requests of one message type that follow one another in one file; ``txn`` are their transactions."""

    application: str
    txn: np.ndarray
    requests: pd.DataFrame


class OnFile(NamedTuple):
    """What deciding a run must know: the daily statements named or stood on with the monthly ones above, the entries on
    them, and the present versions of the entries named (``statement``, ``statement_entry``, ``payable`` of the
    architecture page)."""

    statement: pd.DataFrame
    entry: pd.DataFrame
    payable: pd.DataFrame
    payer_units: pd.DataFrame | None = None


class Decision(NamedTuple):
    """``dispositions`` of a run, position for position; ``moves`` and ``payments`` to be applied."""

    run: Run
    dispositions: pd.DataFrame
    moves: pd.DataFrame | None = None
    payments: pd.DataFrame | None = None


Decide = Callable[[Run], Decision]


@dataclass(frozen=True, slots=True)
class Told:
    """Decided requests of a shard: ``txn`` (rising), ``header`` and ``dispositions`` (as those of entry summaries, for
    the columns that a request has) position for position, ``conditions`` in the columns of the registry, and the answer
    between B and Y: ``body`` ``(n, 80) uint8`` with the ``block`` of each record."""

    txn: np.ndarray
    header: pd.DataFrame
    dispositions: pd.DataFrame
    conditions: pd.DataFrame
    body: np.ndarray
    block: np.ndarray


def runs(parsed: Parsed) -> list[Run]:
    """The requests of a shard in the order they came."""
    application = parsed.batches["application"].to_numpy(dtype=object)[parsed.transactions["batch"].to_numpy()]
    parts = []
    for name, read in ((UPDATE, update.requests), (PAYMENT, payment.requests)):
        txn = np.flatnonzero(application == name)
        if not len(txn):
            continue
        mine = parsed.only(name)
        requests = read(mine)
        unreadable = mine.defects.loc[mine.defects["kind"] == "date", "row"]
        requests["bad_date"] = requests["row"].isin(unreadable)
        # A run ends where another message or file begins: transactions in between, or another file.
        file = parsed.transactions["file"].to_numpy()[txn]
        begins = np.flatnonzero((np.diff(txn, prepend=-2) != 1) | (np.diff(file, prepend=-1) != 0))
        for some in np.split(np.arange(len(txn)), begins[1:]):
            parts.append(Run(name, txn[some], requests.iloc[some].reset_index(drop=True)))
    return sorted(parts, key=lambda run: int(run.txn[0]))


def keys(asked: Sequence[Run]) -> pd.DataFrame:
    """``filer_code entry_number`` of the entry summaries that updates name."""
    named = [run.requests[["filer_code", "entry_number"]] for run in asked if run.application == UPDATE]
    return pd.concat(named, ignore_index=True) if named else nothing_on_file().payable[["filer_code", "entry_number"]]


def decide(run: Run, on_file: OnFile, calendar: update.Month, today: date) -> Decision:
    """What becomes of the requests of a run, given what is on file on the business date ``today``."""
    if run.application == UPDATE:
        dispositions, moves = update.decide(
            run.requests, on_file.statement, on_file.entry, on_file.payable, calendar, today
        )
        return Decision(run, dispositions, moves=moves)
    dispositions, payments = payment.decide(run.requests, on_file.statement, today, on_file.payer_units)
    return Decision(run, dispositions, payments=payments)


def nothing_on_file() -> OnFile:
    """For checking without accounts: every entry and statement named is unknown."""
    text, day, number = "str", "datetime64[s]", "int64"
    statement = dict.fromkeys(
        ("statement_number", "kind", "status", "filer_code", "payment_type", "parent_number"), text
    )
    statement |= dict.fromkeys(("due_date", "presented_at", "paid_at"), day) | {"remaining_cents": number}
    entry = {"statement_number": text, "version_id": number, "entry_summary_id": number, "due_cents": number}
    payable = dict.fromkeys(("filer_code", "entry_number", "port_of_entry", "broker_reference"), text)
    payable |= dict.fromkeys(("version_id", "entry_summary_id", "tax_cents"), number)
    return OnFile(_empty(statement), _empty(entry | {"removed_at": day, "removed_by": text}), _empty(payable))


def told(parsed: Parsed, decisions: Sequence[Decision]) -> Told:
    """The decisions on :func:`runs`, in their order, as rows and records."""
    bodies, blocks, headers, dispositions, conditions = [], [], [], [], [_empty(dict.fromkeys(COLUMNS, "object"))]
    for it in decisions:
        body, of = _answer(it)
        bodies.append(body)
        blocks.append(it.run.requests["block"].to_numpy()[of])
        headers.append(_header(it.run))
        dispositions.append(_disposition(it))
        conditions.append(_conditions(it))
    return Told(
        txn=np.concatenate([np.empty(0, np.int64), *(it.run.txn for it in decisions)]),
        header=pd.concat(headers, ignore_index=True),
        dispositions=pd.concat(dispositions, ignore_index=True),
        conditions=pd.concat(conditions[1:] or conditions, ignore_index=True),
        body=np.concatenate(bodies),
        block=np.concatenate(blocks),
    )


def _answer(it: Decision) -> tuple[np.ndarray, np.ndarray]:
    if it.run.application == UPDATE:
        return update.answer(it.run.requests, it.dispositions)
    amount = pd.Series(pd.NA, it.run.requests.index, dtype="Int64")
    if it.payments is not None:
        amount.loc[it.payments["request"]] = it.payments["amount_cents"].to_numpy()
    return payment.answer(it.run.requests, it.dispositions, amount)


def _header(run: Run) -> pd.DataFrame:
    asked = run.requests
    number = asked["entry_number"] if "entry_number" in asked else pd.Series("", asked.index, dtype="str")
    named = {"filer_code": asked["filer_code"], "entry_number": number, "row": asked["row"]}
    return pd.DataFrame(named).assign(action=pd.Series(run.application, asked.index, dtype="str"))


def _disposition(it: Decision) -> pd.DataFrame:
    code = it.dispositions["code"]
    effect = code.map(EFFECTS).fillna("rejected").astype("str")
    blank = pd.Series("", code.index, dtype="str")
    return pd.DataFrame(
        {
            "final": pd.Series(np.where(effect == "rejected", "R", "A"), dtype="str"),
            "severity": it.dispositions["severity"],
            "code": code,
            "version_number": blank,
            "sequence": 0,
            "effect": effect,
            "broker_reference": it.dispositions.get("broker_reference", blank),
        }
    )


def _conditions(it: Decision) -> pd.DataFrame:
    """Each refusal, at the field that it speaks of."""
    at = np.flatnonzero(~it.dispositions["code"].isin(list(EFFECTS)))
    refused = it.dispositions.take(at).reset_index(drop=True)
    record, words = _RECORD[it.run.application], _reasons().loc[it.run.application]
    said = words.reindex(refused["code"]).fillna("").reset_index(drop=True)
    layouts = layout.load(it.run.application.lower())
    places = [layouts.field(record, name) if name else None for name in said["field"]]
    return pd.DataFrame(
        {
            "txn": it.run.txn[at],
            "on": "header",
            "at": it.run.txn[at],
            "code": refused["code"],
            "severity": refused["severity"],
            "record": record,
            "field": said["field"],
            "row": it.run.requests["row"].to_numpy()[at],
            "start": np.array([place.start if place else 0 for place in places], np.int64),
            "end": np.array([place.end if place else 0 for place in places], np.int64),
            "narrative": refused["narrative"],
            "why": said["why"],
            "mend": said["mend"],
        }
    ).astype(dict.fromkeys(("on", "record"), "str"))[list(COLUMNS)]


@cache
def _reasons() -> pd.DataFrame:
    """``field why mend`` by message type and code."""
    rows = pd.read_csv(Path(__file__).with_name("reasons.csv"), dtype="str", keep_default_na=False)
    return rows.set_index(["application", "code"])


def _empty(types: dict[str, str]) -> pd.DataFrame:
    return pd.DataFrame({name: pd.Series([], dtype=kind) for name, kind in types.items()})
