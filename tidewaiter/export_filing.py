"""The desk of export filings: sets 601 are read, held against the rules and the exporter's account, and kept there.

Called inside the transaction that publishes the file. The exporters' accounts are held until it ends, so no two files
decide about the same filing at once.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import psycopg

from loaders import export_refusals, exports
from transforms.export import acknowledgment, facts, lifecycle, registry, sets
from transforms.export.rules import dates
from transforms.x12 import outcome
from transforms.x12.outcome import Context, Outcome


def decide(conn: psycopg.Connection, document: Any, context: Context) -> Outcome:
    """What becomes of the file's sets 601; a trial decides alike and writes nothing (what it adds gets no number).

    Raises
        loaders.exports.NumbersExhausted: the day's internal transaction numbers are used up.
    """
    x = facts.facts(document)
    if not len(x.shipment):
        return Outcome(sets.without_shipment(x), sets.faults(document, x))
    known = exports.exporters(conn, x.shipment["exporter_account_key"].unique(), context.account_id, context.today)
    world = registry.World(context.today, context.reference, known, context.account_id)
    found = registry.ordered([sets.faults(document, x), registry.evaluate(x, world)])
    accounts = _accounts(x, known)
    if not context.trial:
        exports.hold(conn, accounts[accounts >= 0])
    decided = lifecycle.decide(x, found, accounts, _on_file(conn, x, accounts), dates.days_late(x, world))
    dispositions, filings = decided.dispositions, decided.filings
    if not context.trial:
        filings = _numbered(conn, decided, context)
        given = np.append(filings["itn"].to_numpy(dtype=object), "")[dispositions["filing"].to_numpy()]
        dispositions = dispositions.assign(number=pd.array(given, dtype="str"))
        _store(conn, decided, filings, context)
    every = registry.ordered([found, decided.conditions])
    if not context.trial:
        export_refusals.say(conn, _said(document, x, accounts, dispositions, every, context))
    copies = outcome.copies()
    if not context.trial:
        sender = exports.number(conn, context.account_id)
        copies = acknowledgment.acknowledgments(document, x, pd.Series(accounts), dispositions, every, sender)
    return Outcome(_whole(dispositions, x), every, copies)


def alone(document: Any, context: Context) -> Outcome:
    """What would become of the file's sets 601 if nothing were on file and the sender might file for every exporter:
    what can be told without accounts. What is added gets no number."""
    x = facts.facts(document)
    world = registry.World(context.today, context.reference)
    found = registry.ordered([sets.faults(document, x), registry.evaluate(x, world)])
    account = pd.factorize(x.shipment["exporter_account_key"])[0]
    decided = lifecycle.decide(x, found, account, lifecycle.OnFile(), dates.days_late(x, world))
    every = registry.ordered([found, decided.conditions])
    return Outcome(_whole(decided.dispositions, x), every)


def _whole(dispositions: pd.DataFrame, x: facts.Exports) -> pd.DataFrame:
    """The dispositions of all sets, those without a shipment included."""
    told = dispositions.drop(columns="filing").astype(outcome.DISPOSITIONS)
    return pd.concat([told, sets.without_shipment(x)]).sort_values("set", ignore_index=True)


def _accounts(x: facts.Exports, known: pd.DataFrame) -> np.ndarray:
    """The exporter's account of each shipment; -1 where there is none."""
    of_key = known.drop_duplicates("key").set_index("key")["account_id"]
    return of_key.reindex(x.shipment["exporter_account_key"]).fillna(-1).to_numpy(np.int64)


def _on_file(conn: psycopg.Connection, x: facts.Exports, accounts: np.ndarray) -> lifecycle.OnFile:
    """What is on file of the filings that the file names."""
    keys = lifecycle.named(x, accounts)
    filings = exports.on_file(conn, keys)
    changed = filings.merge(keys[keys["changed"]], on=["account_id", "reference"])["filing_id"]
    if not len(changed):
        return lifecycle.OnFile(filings)
    header, below = exports.present(conn, changed)
    place = pd.Series(filings.index, index=filings["filing_id"])
    return lifecycle.OnFile(
        filings, _placed(header, place), {name: _placed(table, place) for name, table in below.items()}
    )


def _said(
    document: Any,
    x: facts.Exports,
    accounts: np.ndarray,
    dispositions: pd.DataFrame,
    conditions: pd.DataFrame,
    context: Context,
) -> export_refusals.Saying:
    """What exporters should hear of the file: actions that were refused, those that were not, and what was found of
    any."""
    sets = x.shipment["set"]
    value = x.commodity.groupby("shipment")["value_cents"].sum().reindex(x.shipment.index).fillna(0).astype("int64")
    lines = x.commodity.groupby("shipment").size().reindex(x.shipment.index).fillna(0).astype("int64")
    told = dispositions.set_index("set").loc[sets].reset_index()
    keys = context.transaction_ids[sets.to_numpy(np.int64)]
    actions = x.shipment.assign(
        exporter_account_id=accounts, transaction_id=keys, record=x.shipment["segment"] + 1, code=told["code"],
        lines=lines, value_cents=value,
    )  # fmt: skip
    known, refused = accounts >= 0, told["final"].eq("R").to_numpy(bool)
    place = pd.Series(np.arange(len(sets)), index=sets)
    at = place.reindex(conditions["set"]).fillna(-1).to_numpy(np.int64)
    at = np.where((at >= 0) & (np.append(accounts, -1)[at] >= 0), at, -1)
    found = conditions.assign(
        exporter_account_id=np.append(accounts, -1)[at],
        transaction_id=np.append(keys, -1)[at],
        record=conditions["segment"] + 1,
        element=acknowledgment.places(document, conditions),
    )
    return export_refusals.Saying(
        actions[known & refused],
        actions[known & ~refused],
        found[at >= 0],
        context.account_id,
        context.interchange_id,
        context.at,
    )


def _placed(table: pd.DataFrame, place: pd.Series) -> pd.DataFrame:
    at = place.reindex(table["filing_id"]).to_numpy(np.int64)
    return table.drop(columns="filing_id").assign(filing=at)


def _numbered(conn: psycopg.Connection, decided: lifecycle.Decided, context: Context) -> pd.DataFrame:
    """The filings with numbers for those that are new."""
    filings = decided.filings
    new = (filings["touched"] & (filings["itn"] == "")).to_numpy()
    itn = filings["itn"].to_numpy(dtype=object).copy()
    itn[new] = exports.numbers(conn, int(new.sum()), context.today)
    return filings.assign(itn=pd.array(itn, dtype="str"))


def _store(conn: psycopg.Connection, decided: lifecycle.Decided, filings: pd.DataFrame, context: Context) -> None:
    touched = filings.index[filings["touched"]]
    place = pd.Series(np.arange(len(touched)), index=touched)
    versions = decided.versions
    if not len(versions):
        return
    own = context.transaction_ids[versions["set"].to_numpy(np.int64)]
    versions = versions.assign(filing=place.loc[versions["filing"]].to_numpy(np.int64), transaction_id=own)
    storing = exports.Storing(
        filings.loc[touched].reset_index(drop=True),
        versions,
        decided.children,
        context.account_id,
        context.interchange_id,
        context.at,
    )
    exports.store(conn, storing)
