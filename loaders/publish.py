"""Publish a computed shard: rows, versions, conditions, answers and deliveries in ONE transaction, or nothing.

The steps of :func:`publish` are the steps of the transaction. Everything large goes by COPY straight into its
table: nothing is visible before the commit, so a staging table would only write the same rows twice. What is
already there and must change (the present state of an entry that is replaced) goes through a temporary table and
one UPDATE.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd
import psycopg

from . import bulk, entries, ids, rows
from .arrivals import DELIVER_TO_SENDER
from .intake import LET_GO, Shard
from .schema import FACTS


@dataclass(frozen=True, slots=True)
class Publication:
    """What was computed of a shard. Every table is described in docs/architecture.md, section loaders.

    ``reference`` is the hash of the reference snapshot that was used (blank: none); ``at`` is an instant in UTC.
    """

    shard: Shard
    parsed: Any  # parsers.catair.read.Parsed, or anything with its frames, batches, blocks, transactions and faults
    header: pd.DataFrame
    dispositions: pd.DataFrame
    conditions: pd.DataFrame
    rows: Mapping[str, pd.DataFrame]
    acknowledgments: pd.DataFrame
    interchanges: pd.DataFrame
    reference: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Published:
    """Counts of what a publication committed."""

    transactions: int
    versions: int
    rows: int
    acknowledgments: int
    deliveries: int


def publish(
    conn: psycopg.Connection, publication: Publication, complete: Callable[[], Publication] | None = None
) -> Published | None:
    """Commit a shard, or do nothing and return ``None`` when it is no longer ours: answered before, or given back
    as dead.

    A dry run (``mode`` check) commits its answer and nothing that was filed. ``complete`` is called inside the
    transaction once the filings are on file, for what can only be decided then (messages about statements): it gives
    the publication with its answers, and what it writes on this connection is committed with them.

    Raises
        entries.StaleState: an entry changed since its state was read; nothing is committed. Read the state again
        and recompute.
        ValueError: a table or column that the database does not have; nothing is committed.
    """
    shard, files = publication.shard, publication.shard.interchanges["interchange_id"].to_numpy()
    if len(publication.interchanges) != len(files):
        raise ValueError(
            f"shard {shard.id} has {len(files)} interchanges, {len(publication.interchanges)} were computed"
        )
    if unknown := set(publication.rows) - {*FACTS, "entry_summary_version"}:
        raise ValueError(f"no facts table {', '.join(sorted(unknown))}; there are {', '.join(FACTS)}")
    if conn.info.transaction_status != psycopg.pq.TransactionStatus.IDLE:
        raise RuntimeError("publish must begin its own transaction, but the connection is inside one (use autocommit)")
    with conn.transaction():
        if not hold(conn, shard, files):
            return None
        filed = publication.rows if shard.mode == "file" else {}
        new_versions = filed.get("entry_summary_version", pd.DataFrame({"txn": [], "row": []}))
        parsed = publication.parsed
        counts = [len(parsed.batches), len(parsed.blocks), len(parsed.transactions), len(new_versions)]
        batch, block, transaction, version = ids.take(conn, counts)

        version_of = np.full(len(parsed.transactions), -1)
        version_of[new_versions["txn"].to_numpy(int)] = version
        made = rows.versions(publication, files, new_versions, transaction, version)
        made = entries.store(conn, publication, made, transaction) if shard.mode == "file" else made
        bulk.copy(conn, "entry_summary_version", made)
        facts = sum(
            bulk.copy(conn, name, rows.facts(publication, files, filed[name], version_of))
            for name in FACTS
            if name in filed and len(filed[name])
        )

        publication = complete() if complete else publication
        found, sent = rows.conditions(publication, files), _recipients(conn, publication)
        condition, acknowledgment = ids.take(conn, [len(found), len(sent)])
        bulk.copy(conn, "batch", rows.batches(parsed, files, batch))
        bulk.copy(conn, "block", rows.blocks(parsed, files, batch, block))
        bulk.copy(conn, "transaction", rows.transactions(publication, files, batch, block, transaction, version_of))
        bulk.copy(conn, "condition", rows.numbered(found, condition, batch, transaction))
        bulk.copy(conn, "acknowledgment", rows.acknowledgments(publication, files, sent, acknowledgment))
        deliveries = queue(conn, files.tolist())
        finish(conn, shard, publication.interchanges, publication.at)
    return Published(len(parsed.transactions), len(made), facts, len(sent), deliveries)


def hold(conn: psycopg.Connection, shard: Shard, files: np.ndarray) -> bool:
    """Lock the shard and its interchanges; ``False`` unless it is still claimed. The whole of exactly-once
    stands on this row lock.
    """
    state = conn.execute("SELECT state FROM shard WHERE id = %s FOR UPDATE", [shard.id]).fetchone()
    if state is None or state[0] != "claimed":
        return False
    conn.execute("SELECT FROM interchange WHERE id = ANY(%s) ORDER BY id FOR UPDATE", [files.tolist()])
    return True


def _recipients(conn: psycopg.Connection, publication: Publication) -> pd.DataFrame:
    """The acknowledgments with the ``account_id`` they go to. An importer without an account, and a dry run's
    importer, gets none.
    """
    sent, shard = publication.acknowledgments, publication.shard
    numbers = sent["importer_number"].unique().tolist()
    known: dict[str, int] = dict(
        conn.execute(
            "SELECT identifier, id FROM account WHERE kind = 'importer' AND identifier <> '' AND identifier = ANY(%s)",
            [numbers],
        ).fetchall()
        if shard.mode == "file"
        else []
    )
    sender = shard.interchanges["account_id"].to_numpy()[sent["file"].to_numpy(int)]
    account = sent["importer_number"].map(known).where(sent["importer_number"] != "", sender).astype("Int64")
    return sent.assign(account_id=account)[account.notna().to_numpy()]


def queue(conn: psycopg.Connection, files: list[int]) -> int:
    """Put the answers to interchanges into the outbox: the sender's for every time the file came, others' once."""
    own = conn.execute(DELIVER_TO_SENDER, {"interchanges": files, "arrival": None}).rowcount
    return own + conn.execute(_DELIVER_TO_OTHERS, [files]).rowcount


# An importer or exporter does not know the broker's file names, so its acknowledgment is named by the sender and the
# hash of the file.
_DELIVER_TO_OTHERS = """
    INSERT INTO delivery (arrival_id, acknowledgment_id, account_id, file_name)
    SELECT a.id, k.id, k.account_id, sender.number || '-' || left(i.sha256, 16) || k.suffix
    FROM interchange i JOIN account sender ON sender.id = i.account_id
    JOIN acknowledgment k ON k.interchange_id = i.id AND (k.kind = 'importer' OR k.account_id <> i.account_id)
    CROSS JOIN LATERAL (SELECT id FROM arrival WHERE interchange_id = i.id ORDER BY id LIMIT 1) a
    WHERE i.id = ANY(%s) ORDER BY k.id"""


def finish(conn: psycopg.Connection, shard: Shard, what: pd.DataFrame, at: datetime) -> None:
    """Say what became of the files of a shard (``what``: ``format state reason``, by position), and let their senders
    go. The last step of a publication."""
    files = shard.interchanges["interchange_id"].tolist()
    columns = [files, *(what[name].astype(object).tolist() for name in ("format", "state", "reason"))]
    conn.execute(_ANSWERED, [at, *columns, at])
    conn.execute(_ENDED, [at, shard.id])
    conn.execute(LET_GO, [[shard.id]])


_ANSWERED = """
    WITH done AS (
        UPDATE interchange SET format = f.format, state = f.state, reason = f.reason, answered_at = %s
        FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[]) AS f (id, format, state, reason)
        WHERE interchange.id = f.id RETURNING interchange.id, f.state, f.reason
    )
    INSERT INTO event (at, step, interchange_id, detail) SELECT %s, state, id, reason FROM done"""
_ENDED = "UPDATE shard SET state = 'answered', finished_at = %s WHERE id = %s"
