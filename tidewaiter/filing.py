"""The consolidated monthly filing of each importer account (19 U.S.C. 1401(r), 1484): read, summed up, tied out, filed.

A month that does not tie out to the cent is not filed: what does not agree is told, for an operator. The same content
is filed once; what changed since is a new version beside the one before.
"""

from __future__ import annotations

import multiprocessing
import tempfile
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
import psycopg

from loaders import accounts, db, filings
from loaders.archive import Archive
from tidewaiter import database, filing_documents
from tidewaiter.settings import Settings
from transforms.filing import split, summarise, tables, tie_out, together

#: Bytes sent with the filings that one transaction commits, if not with one alone.
TOGETHER = 32 << 20

Clock = Callable[[], datetime]


@dataclass
class Month:
    """What became of a month: new filings, filings that say what was said before, and what does not tie out."""

    filed: int = 0
    unchanged: int = 0
    open: dict[str, pd.DataFrame] = field(default_factory=dict)  # account number -> differences


def file_month(
    settings: Settings,
    month: date,
    now: Clock = lambda: datetime.now(UTC),
    *,
    chunk: int = filings.CHUNK,
    workers: int = 1,
) -> Month:
    """File the month of ``month`` for every importer account with something entered in it, or in its last filing. Doing
    it again files only what has changed.

    The month is read once and laid out on disk (in the system's temporary folder, about 200 bytes a line); accounts
    with ``chunk`` summaries together are then worked on at a time, by each of ``workers`` processes. What is filed does
    not depend on either.
    """
    done = Month()
    with tempfile.TemporaryDirectory(prefix="tidewaiter-month-") as folder:
        with closing(db.connect(database.url(settings), autocommit=True)) as conn:
            ids = accounts.of_kind(conn, "importer")
            chunks = filings.lay_out(conn, ids, month, Path(folder), most=chunk)
        work = partial(_file_chunk, settings, month, now, Path(folder))
        if workers == 1 or len(chunks) < 2:
            parts = list(map(work, chunks))
        else:
            largest_first = sorted(chunks, key=lambda it: -it.summaries)
            with ProcessPoolExecutor(workers, multiprocessing.get_context("fork")) as pool:
                parts = list(pool.map(work, largest_first))
    busy = [id for chunk in chunks for id in chunk.accounts]
    parts.append(_file_emptied(settings, month, now, busy))
    for part in parts:
        done.filed, done.unchanged = done.filed + part.filed, done.unchanged + part.unchanged
        done.open |= part.open
    return done


def _file_chunk(settings: Settings, month: date, now: Clock, folder: Path, chunk: filings.Chunk) -> Month:
    """File the accounts of one chunk."""
    done, archive = Month(), Archive(settings.archive)
    with closing(db.connect(database.url(settings), autocommit=True)) as conn:
        activity = filings.read(conn, chunk, month, folder)
        unsound: set[int] = set()
        for it in together.alike(activity):
            made, sound = together.made(it)
            if not sound:
                unsound |= set(it.owners)
                continue
            words = tables.written_of_each(made, it.owners)
            _publish(conn, (_filing(conn, archive, it, made, n, said, now()) for n, said in enumerate(words)), done)
        if unsound:  # somewhere among them: one by one, to tell whose and what
            _file_each(conn, archive, activity, unsound, now, done)
    return done


def _file_emptied(settings: Settings, month: date, now: Clock, busy: list[int]) -> Month:
    """A new version, of nothing, for the accounts that filed the month and have nothing in it any more: every summary
    was deleted since, or corrected into another month or account. ``busy`` are those that have something.
    """
    done, archive = Month(), Archive(settings.archive)
    with closing(db.connect(database.url(settings), autocommit=True)) as conn:
        for id in filings.filed_without(conn, month, busy):
            activity = filings.activity(conn, id, month)
            if len(activity.entry):  # filed meanwhile: the next run has it
                continue
            own: dict[str, Any] = {name: getattr(activity, name) for name in ("entry", *split.OF_ENTRY)}
            statement = activity.statement.assign(account_id=0)
            facts = summarise.MonthFacts(account={}, month=activity.month, statement=statement, **own)
            it = together.Together(activity.account, facts)
            made, _ = together.made(it)
            (said,) = tables.written_of_each(made, it.owners)
            _publish(conn, [_filing(conn, archive, it, made, 0, said, now())], done)
    return done


def _file_each(
    conn: psycopg.Connection, archive: Archive, activity: filings.Activity, ids: set[int], now: Clock, done: Month
) -> None:
    """File those of some accounts that tie out, and tell of the others what does not."""
    for account_id, facts in split.by_account(activity):
        if account_id not in ids:
            continue
        own: dict[str, Any] = {name: getattr(facts, name) for name in ("entry", "statement", *split.OF_ENTRY)}
        account = activity.account[activity.account["account_id"] == account_id]
        alone = replace(activity, account=account, **own)
        (it,) = together.alike(alone)
        made, sound = together.made(it)
        if not sound:
            done.open[facts.account["number"]] = tie_out.tie_out(facts, summarise.activity(facts))
        else:
            (said,) = tables.written_of_each(made, it.owners)
            _publish(conn, [_filing(conn, archive, it, made, 0, said, now())], done)


def _publish(conn: psycopg.Connection, made: Iterable[filings.Filing | None], done: Month) -> None:
    """File what is to be filed, some together: a transaction an account would wait for the disk as often."""
    waiting: list[filings.Filing] = []
    size = 0
    for filing in made:
        if filing is None:
            done.unchanged += 1
            continue
        waiting.append(filing)
        size += sum(map(len, filing.deliveries["body"]))
        if size > TOGETHER:
            _publish_now(conn, waiting, done)
            waiting, size = [], 0
    _publish_now(conn, waiting, done)


def _publish_now(conn: psycopg.Connection, waiting: list[filings.Filing], done: Month) -> None:
    for filed in filings.publish_filings(conn, waiting):
        done.filed, done.unchanged = done.filed + filed.new, done.unchanged + (not filed.new)


def _filing(
    conn: psycopg.Connection,
    archive: Archive,
    it: together.Together,
    all_made: dict[str, pd.DataFrame],
    which: int,
    written: dict[str, bytes],
    at: datetime,
) -> filings.Filing | None:
    """The filing of one account's month, its files in the archive; none where it says what the last one does."""
    account_id, said = it.owners[which], tables.hashed(written)
    before = filings.filings(conn, account_id, it.facts.month)
    if len(before) and before["hash"].iloc[-1] == said:
        return None
    made, facts = together.cut(all_made, it.owners, which), together.part(it, which)
    earlier = filing_documents.before(conn, archive, before.iloc[-1]) if len(before) else None
    version = earlier.version + 1 if earlier else 1
    bodies = filing_documents.bodies(made, version, earlier, filing_documents.reports(conn, account_id, facts), written)
    kept = [(form, archive.put(body), len(body)) for form, body in bodies.items()]
    name = f"{facts.month:%Y-%m}-{facts.account['number']}-v{version}"
    total = made["totals"].iloc[0]
    return filings.Filing(
        account_id=account_id,
        month=facts.month,
        hash=said,
        totals={key: int(total[key]) for key in filings.TOTALS},
        versions=facts.entry["version_id"].tolist(),
        files=pd.DataFrame(kept, columns=["name", "sha256", "bytes"]),
        at=at,
        deliveries=filing_documents.deliveries(name, bodies),
    )
