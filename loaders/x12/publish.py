"""Publish an X12 file: groups, sets, conditions, numbers, answers and deliveries in ONE transaction, or nothing.

As ``loaders.publish`` does for entry summaries, whose lock, outbox and end it shares; but what is decided here is
decided inside the transaction (which control numbers are taken, what a desk finds on file), so the computation is
handed in as a function of the keys that its rows will have.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd
import psycopg

from loaders import bulk, ids
from loaders import publish as way
from loaders.intake import Shard

from . import rows, sent
from .rows import Keys


@dataclass(frozen=True, slots=True)
class Publication:
    """What was computed of a file.

    ``document`` is judged. ``dispositions`` has a row for each of its sets, in their order: ``final severity code
    effect kind reference number sequence``. ``findings``: ``transforms.x12.findings.COLUMNS``. ``acknowledgments``:
    ``account_id kind suffix body``. ``sent`` are the numbers of what goes out (:data:`loaders.x12.sent.SENT`),
    ``answers`` what came back for what went out before (:data:`loaders.x12.sent.ANSWERS`). ``events``: ``step`` and
    ``detail`` of what operations should see (gaps).
    """

    document: Any
    dispositions: pd.DataFrame
    findings: pd.DataFrame
    acknowledgments: pd.DataFrame
    sent: pd.DataFrame = field(default_factory=lambda: sent.table())
    events: list[tuple[str, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Published:
    """Counts of what a publication committed."""

    interchanges: int
    transactions: int
    acknowledgments: int
    deliveries: int


def publish(
    conn: psycopg.Connection,
    shard: Shard,
    document: Any,
    compute: Callable[[Keys], Publication],
    *,
    reference: str,
    at: datetime,
) -> Published | None:
    """Commit an X12 file, or do nothing and return ``None`` when its shard is no longer ours.

    ``document`` says how many rows there will be, ``compute`` is called inside the transaction with their keys; what it
    writes on this connection is committed with the rest. A dry run commits its answers alone, and its keys are -1.
    ``at`` is an instant in UTC, ``reference`` the hash of the reference snapshot.

    Raises
        ValueError: the shard has more than one file, or a table does not fit; nothing is committed.
    """
    if len(shard.interchanges) != 1:
        raise ValueError(f"shard {shard.id} has {len(shard.interchanges)} files, expected one X12 file")
    if conn.info.transaction_status != psycopg.pq.TransactionStatus.IDLE:
        raise RuntimeError("publish must begin its own transaction, but the connection is inside one (use autocommit)")
    files = shard.interchanges["interchange_id"].to_numpy()
    file, account = int(files[0]), int(shard.interchanges["account_id"].iloc[0])
    counts = [len(document.interchanges), len(document.groups), len(document.groups), len(document.sets)]
    filed = shard.mode == "file"
    with conn.transaction():
        if not way.hold(conn, shard, files):
            return None
        keys = Keys(*(ids.take(conn, counts) if filed else [np.full(count, -1) for count in counts]))
        it = compute(keys)
        answers = it.acknowledgments
        condition, acknowledgment, out = ids.take(
            conn, [len(it.findings) if filed else 0, len(answers), len(it.sent) if filed else 0]
        )
        if filed:
            bulk.copy(conn, "x12_interchange", rows.interchanges(it.document, file, account, keys))
            bulk.copy(conn, "x12_group", rows.groups(it.document, file, account, keys))
            bulk.copy(conn, "x12_set", rows.sets(it.document, it.dispositions, file, account, keys))
            bulk.copy(conn, "batch", rows.batches(it.document, file, keys))
            bulk.copy(conn, "block", rows.blocks(it.document, file, keys))
            bulk.copy(conn, "transaction", rows.transactions(it.document, it.dispositions, file, keys))
            bulk.copy(conn, "condition", rows.conditions(it.document, it.findings, file, condition, keys))
            sent.store(conn, it.sent, out, file, account, at)
            for step, detail in it.events:
                conn.execute(_EVENT, [at, step, file, detail])
        bulk.copy(conn, "acknowledgment", rows.acknowledgments(answers, file, acknowledgment, reference, at))
        deliveries = way.queue(conn, files.tolist())
        way.finish(conn, shard, pd.DataFrame({"format": ["x12"], "state": ["answered"], "reason": [""]}), at)
    return Published(len(document.interchanges), len(document.sets), len(answers), deliveries)


_EVENT = "INSERT INTO event (at, step, interchange_id, detail) VALUES (%s, %s, %s, %s)"
