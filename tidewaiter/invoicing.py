"""The desk of commercial invoices (810): decided inside the transaction that publishes their file, stored, and laid
beside the entry summaries that they belong to.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
import psycopg

from loaders import invoice_matching, invoices
from transforms.invoice import conditions, facts, importer, lifecycle, match
from transforms.x12.outcome import Context, Outcome

log = logging.getLogger(__name__)

#: How many invoices are compared in one transaction: together they cost little more than one, and lock more.
TOGETHER = 2_000
#: How far back the regular look goes for entry summaries that changed while nobody compared.
LOOKED_BACK = timedelta(days=1)


def decide(conn: psycopg.Connection, document: Any, context: Context) -> Outcome:
    """What becomes of the invoices of a file. A trial finds on file what stands there and stores nothing.

    An invoice that names its importer by nothing is the sender's, when the sender is an importer.
    """
    it = facts.invoices(document)
    account, active = _importers(conn, it, context)
    allowed = np.isin(account, list(invoices.principals(conn, context.account_id, context.today)))
    it, found = _held(it, account, active, allowed, context)
    good = lifecycle.sound(it, found)
    if not context.trial:
        invoices.hold(conn, account[good].tolist())
    known = invoices.on_file(conn, it.header[good])
    told, found = lifecycle.decide(document, it, found, known)
    if not context.trial:
        _store(conn, it, told, known, context)
    return Outcome(told, found)


def alone(document: Any, context: Context) -> Outcome:
    """What would become of the invoices of a file if nothing were on file, every importer had an active account, and
    the sender might send for it: what can be told without accounts."""
    it = facts.invoices(document)
    account = pd.factorize(pd.MultiIndex.from_frame(it.header[["importer_qualifier", "importer_identifier"]]))[0]
    yes = np.ones(len(account), bool)
    it, found = _held(it, account, yes, yes, context)
    return Outcome(*lifecycle.decide(document, it, found, lifecycle.no_invoices()))


def _held(
    it: facts.Invoices, account: np.ndarray, active: np.ndarray, allowed: np.ndarray, context: Context
) -> tuple[facts.Invoices, pd.DataFrame]:
    """The invoices with the importer's account of each, and what is wrong with them. One that names no seller is known
    by its sender."""
    header = it.header.assign(importer_account_id=account)
    it = facts.Invoices(header, it.party, it.reference, it.line, it.charge)
    countries = context.reference.get("countries", pd.DataFrame({"iso": []}))["iso"]
    found = conditions.evaluate(it, conditions.World(context.today, account, active, allowed, frozenset(countries)))
    header["seller"] = header["seller"].mask(header["seller"].eq(""), f"sender:{context.account_id}")
    return it, found


def _importers(conn: psycopg.Connection, it: facts.Invoices, context: Context) -> tuple[np.ndarray, np.ndarray]:
    """The importer's account of each invoice (-1 unknown), and whether it is active."""
    h = it.header
    named = list(zip(h["importer_qualifier"], h["importer_identifier"], strict=True))
    wanted = {pair: importer.candidates(*pair) for pair in dict.fromkeys(named)}
    known = invoices.importers(conn, [number for numbers in wanted.values() for number in numbers])
    by_number = {row.number: (row.id, row.active) for row in known.itertuples()}
    by_number |= {row.identifier: (row.id, row.active) for row in known.itertuples() if row.identifier}
    by_number.pop("", None)
    unknown = (-1, False)
    of = {pair: next((by_number[n] for n in numbers if n in by_number), unknown) for pair, numbers in wanted.items()}
    if ("", "") in of or any(not identifier for _, identifier in of):
        own = invoices.importer(conn, context.account_id)
        of |= {pair: own for pair in of if not pair[1]}
    found = [of[pair] for pair in named]
    return np.array([id for id, _ in found], np.int64), np.array([active for _, active in found], bool)


def _store(
    conn: psycopg.Connection, it: facts.Invoices, told: pd.DataFrame, known: pd.DataFrame, context: Context
) -> None:
    """Write what is accepted, and compare it."""
    h = it.header.merge(told[["set", "severity", "code", "effect", "sequence"]], on="set")
    h = h[h["effect"].ne("rejected")].reset_index(drop=True)
    accepted = h.assign(
        record=h["segment"] + 1,
        transaction_id=context.transaction_ids[h["set"].to_numpy(np.int64)],
        reference_number=match.number(h["invoice_number"]),
    )
    parts = {}
    tables = {"line": it.line, "party": it.party, "identifier": it.reference, "charge": it.charge}
    for name, table in tables.items():
        parts[f"invoice_{name}"] = table.assign(record=table["segment"] + 1).drop(columns=["segment"])
    parts["invoice_line"] = parts["invoice_line"].drop(columns="too_large")
    sender, file, at = context.account_id, context.interchange_id, context.at
    changed = invoices.store(conn, accepted, parts, known, account_id=sender, interchange_id=file, at=at)
    compare(conn, h["importer_account_id"].unique().tolist(), changed, context.at)


def compare(conn: psycopg.Connection, importers: list[int], invoice_ids: list[int], at: datetime) -> None:
    """Lay these invoices of some importers (account ids), and what shares entry summaries with them, beside these
    entries anew, all at once. In the caller's transaction."""
    it = invoice_matching.cluster(conn, importers, invoice_ids)
    declared = match.Declared(it.declared, it.tariff, it.reference, it.range)
    invoice = it.invoice[it.invoice["status"].eq("accepted")]
    result = match.match(invoice, it.line, it.link, declared)
    invoice_matching.replace(conn, it, result, at)


def compare_changed(conn: psycopg.Connection, since: datetime, at: datetime) -> int:
    """Compare anew whatever belongs to entry summaries that changed at ``since`` or later; how many invoices. Some
    :data:`TOGETHER` invoices share a transaction, all of an importer the same one."""
    count, touched = 0, list(invoice_matching.touched(conn, since).items())
    while touched:
        importers: list[int] = []
        ids: list[int] = []
        while touched and len(ids) < TOGETHER:
            importer, own = touched.pop()
            importers.append(importer)
            ids += own
        with conn.transaction():
            compare(conn, importers, ids, at)
        count += len(ids)
    return count


def follow(conn: psycopg.Connection, at: datetime) -> None:
    """:func:`compare_changed` after a shard was published ``at``. What fails here is logged and not raised: the answers
    are out, and :func:`refresh` makes up for it."""
    try:
        compare_changed(conn, at, at)
    except Exception:
        log.exception("invoices cannot be compared with what was filed")


def refresh(conn: psycopg.Connection, at: datetime) -> int:
    """:func:`compare_changed` for what an interrupted worker may have left, within :data:`LOOKED_BACK`."""
    return compare_changed(conn, at - LOOKED_BACK, at)
