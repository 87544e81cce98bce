"""The way of an X12 file, from its bytes to the commit (docs/x12.md): what ``tidewaiter.intake`` does with one.

1. read       segments, envelope and syntax, for all interchanges of the file
2. judge      whom it is from and to, which numbers are repeated or missing, what is accepted  \\
3. desks      what the accepted sets mean: one for each kind of set                             |  one call in
4. match      what partners acknowledge of what we sent                                         |  x12_answering
5. answer     TA1 and 997 or 999, 824, the reasons in words                                    /
6. load       rows, numbers, answers and deliveries

Steps 2 to 6 are ONE transaction (``loaders.x12.publish``): what a number or an entry is checked against stands still.
"""

from __future__ import annotations

import logging
from datetime import datetime
from functools import partial
from importlib import import_module

import pandas as pd
import psycopg

from loaders import intake as registry
from loaders import reference
from loaders.intake import Shard
from loaders.x12 import controls, partners, publish, rows, seen, sent
from parsers.x12.read import read
from tidewaiter import x12_answering
from tidewaiter.settings import Settings
from transforms.calendar import business_date
from transforms.x12 import agreed, findings, going_out, numbers, outcome
from transforms.x12.outcome import Context

log = logging.getLogger(__name__)


def process(
    conn: psycopg.Connection, settings: Settings, shard: Shard, data: bytes, at: datetime
) -> publish.Published | None:
    """Read, answer and commit the one file of a shard; None when the shard is no longer ours, or the file was set aside
    for want of control numbers."""
    file = shard.interchanges.iloc[0]
    account, interchange = int(file["account_id"]), int(file["interchange_id"])
    # The day a file counts for is the day it came, so that a restart after midnight answers the same.
    today = business_date(file["received_at"].to_pydatetime())
    trial, snapshot = shard.mode == "check", reference.snapshot(settings.home)
    profiles = partners.of(conn, [account], today)
    document = read(data, read_as=agreed.reading(profiles))

    def compute(keys: rows.Keys) -> publish.Publication:
        context = Context(account, interchange, at, today, snapshot.tables, trial, keys.set)
        given = controls.Controls(conn, account, trial=trial)
        it = x12_answering.answer(
            document,
            x12_answering.With(
                at=at,
                own=x12_answering.own(settings),
                profiles=profiles,
                next_number=lambda us, them, level: given.next(controls.Line(*us, *them), level),
                decide=lambda desk, judged: import_module(desk).decide(conn, judged, context),
                seen=numbers.Seen(*(partial(ask, conn, account) for ask in ON_FILE)),
                matched=lambda said: [] if trial else sent.answered(conn, account, said, interchange, at),
            ),
        )
        given.store()
        return publish.Publication(
            document=it.document,
            dispositions=it.dispositions,
            findings=findings.findings(it.document, it.outcome.conditions),
            acknowledgments=acknowledgments(it, account, trial),
            sent=sent.table(going_out.numbers(it.answers)),
            events=[("gap", words) for words in it.gaps],
        )

    try:
        return publish.publish(conn, shard, document, compute, reference=snapshot.hash, at=at)
    except controls.UsedUp as problem:  # nothing is wrong with the file, and the others of its sender need not wait
        log.warning("set aside: %s", problem)
        registry.quarantine(conn, shard.id, str(problem), at)
        return None


ON_FILE = (seen.interchanges, seen.last, seen.groups, seen.sets)


def acknowledgments(it: x12_answering.Answered, account: int, trial: bool) -> pd.DataFrame:
    """What goes out: the sender's answers, and, unless it is a dry run, copies for others."""
    mine = [(account, kind, x12_answering.SUFFIXES[kind], body) for kind, body in it.answers.items()]
    made = outcome.copies(mine)
    return made if trial else pd.concat([made, it.outcome.copies], ignore_index=True)
