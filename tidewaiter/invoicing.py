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
from transforms.invoice import conditions, facts, importer, match
from transforms.x12.outcome import Context, Outcome, dispositions

log = logging.getLogger(__name__)

#: OTI01 (element 110): accepted, accepted with something to say, rejected.
ACCEPTED, WITH_ERROR, REJECTED = "TA", "TE", "TR"
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
    header = it.header.assign(importer_account_id=account)
    unnamed = header["seller"].eq("")
    it = facts.Invoices(header, it.party, it.reference, it.line, it.charge)
    allowed = np.isin(account, list(invoices.principals(conn, context.account_id, context.today)))
    countries = context.reference.get("countries", pd.DataFrame({"iso": []}))["iso"]
    world = conditions.World(context.today, account, active, allowed, frozenset(countries))
    found = conditions.evaluate(it, world)
    header["seller"] = header["seller"].mask(unnamed, f"sender:{context.account_id}")
    good = ~header["set"].isin(conditions.rejected(found)).to_numpy(bool)
    if not context.trial:
        invoices.hold(conn, account[good].tolist())
    known = invoices.on_file(conn, header[good])
    effect, sequence, more = _rounds(it, known, good)
    found = conditions.ordered([found, more, _without_beginning(document, header)])
    told = _told(document, header, effect, sequence, found)
    if not context.trial:
        _store(conn, it, told, known, context)
    return Outcome(told, found)


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


def _rounds(it: facts.Invoices, known: pd.DataFrame, good: np.ndarray) -> tuple[np.ndarray, np.ndarray, pd.DataFrame]:
    """Effect and sequence of each invoice, in rounds: the first about each invoice of the file, then the second, which
    finds on file what the first left there; and the conditions of that."""
    h = it.header
    effect, sequence = np.full(len(h), "rejected", dtype=object), np.zeros(len(h), np.int64)
    repeated, unreplaced, uncancelled = (np.zeros(len(h), bool) for _ in range(3))
    key = pd.MultiIndex.from_frame(h[invoices.KEY])
    there = pd.MultiIndex.from_frame(known[invoices.KEY])
    place = there.get_indexer(key) if len(known) else np.full(len(h), -1)
    on_file = (place >= 0) & np.append(known["status"].eq("accepted").to_numpy(bool), False)[place]
    last = np.where(place >= 0, np.append(known["sequence"].to_numpy(np.int64), 0)[place], 0)
    number = pd.factorize(key)[0] if len(h) else np.zeros(0, np.int64)
    accepted = np.zeros(number.max() + 1 if len(h) else 0, bool)
    count = np.zeros(len(accepted), np.int64)
    accepted[number], count[number] = on_file, last
    turn = pd.Series(number).where(good, -1).groupby(number).cumcount().to_numpy()
    replacing, cancelling = (
        h["purpose"].isin(which).to_numpy(bool) for which in (conditions.REPLACE, conditions.CANCEL)
    )
    for n in range(int(turn.max()) + 1 if len(h) else 0):
        at = np.flatnonzero(good & (turn == n))
        of = number[at]
        filed, is_new, gone = accepted[of], replacing[at], cancelling[at]
        repeated[at] = filed & ~is_new & ~gone
        unreplaced[at], uncancelled[at] = ~filed & is_new, ~filed & gone
        done = ~(repeated[at] | uncancelled[at])
        effect[at] = np.select([~done, gone, filed], ["rejected", "cancelled", "replaced"], "added")
        count[of] += done
        sequence[at] = np.where(done, count[of], 0)
        accepted[of] = np.where(done, ~gone, filed)
    return effect, sequence, conditions.on_file(it, repeated, unreplaced, uncancelled)


def _without_beginning(document: Any, header: pd.DataFrame) -> pd.DataFrame:
    """Sets of this kind that have no BIG segment, and so no row of the header."""
    sets = document.sets
    own = np.flatnonzero((sets["set_id"].eq(facts.SET) & sets["status"].ne("R")).to_numpy(bool))
    missing = own[~np.isin(own, header["set"].to_numpy(np.int64))]
    lost = pd.DataFrame({"set": missing, "segment": np.full(len(missing), -1)})
    return conditions.of("INV01", lost, lost["segment"], np.ones(len(missing), bool))


def _told(
    document: Any, header: pd.DataFrame, effect: np.ndarray, sequence: np.ndarray, found: pd.DataFrame
) -> pd.DataFrame:
    """A disposition for each invoice."""
    lost = found.loc[~found["set"].isin(header["set"]), "set"].unique()
    worst = found["severity"].map({"I": 1, "W": 2, "F": 3}).groupby(found["set"]).max()
    sets = np.append(header["set"].to_numpy(np.int64), lost.astype(np.int64))
    effects = np.append(effect, np.full(len(lost), "rejected", dtype=object))
    rank = pd.Series(sets).map(worst).fillna(0).astype(int).to_numpy()
    rejected = effects == "rejected"
    rows = {
        "set": sets,
        "final": np.where(rejected, "R", "A"),
        "severity": np.array(["", "I", "W", "F"], dtype=object)[rank],
        "code": np.select([rejected, rank > 0], [REJECTED, WITH_ERROR], ACCEPTED),
        "effect": effects,
        "kind": "invoice",
        "reference": np.append(
            header["invoice_number"].str.slice(0, conditions.MOST).to_numpy(object),
            np.full(len(lost), "", dtype=object),
        ),
        "number": "",
        "sequence": np.append(sequence, np.zeros(len(lost), np.int64)),
    }
    blank = dispositions()
    return pd.DataFrame(rows, columns=list(blank.columns)).astype(blank.dtypes).sort_values("set", ignore_index=True)


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
