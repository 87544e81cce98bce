"""The way of a file, start to commit to delivery (docs/architecture.md): what the DAG's tasks and the command line
call.

1. receive   complete files are read from the drop, archived, registered, receipted, and only then removed
2. identify  \\
3. parse      | one call each in tidewaiter.answering, for all files of a shard at once (X12: tidewaiter.x12_intake)
4. validate   |
5. normalise /
6. load      rows, conditions and answers in ONE transaction
7. deliver   from the outbox table to the drop; repeating is harmless

Whatever is killed when, the file is still on the drop, or its arrival is on record with its bytes in the archive, or
its answer is in the outbox: each step starts from what the one before it has made durable.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

import psycopg

from loaders import accounts, db, outbox, outgoing, publish, reference
from loaders import intake as registry
from loaders.archive import Archive
from loaders.entries import StaleState
from loaders.x12 import publish as x12_publish
from sftp_drop import home, names
from sftp_drop.client import Drop, Found
from sftp_drop.errors import DropError, NoRoom, NotAllowed, Unreachable
from tidewaiter import answering, database, desk, drop, invoicing, x12_intake, x12_status
from tidewaiter.settings import Settings
from transforms.calendar import business_date
from transforms.working_days import Calendar

log = logging.getLogger(__name__)

#: Seconds for which a worker goes on with the senders of its shard: answers go out when all workers of a run are done.
STRETCH = 20.0
MODES = {"inbox": "file", "check": "check"}
#: The longest that follows a file's name in the name of an answer.
LONGEST_ANSWER = ".00000000" + answering.SUFFIXES["reasons"]
#: A file's own time is believed if it is this near to ours; a client may set any (``put -p`` keeps that of its own
#: disk).
BELIEVABLE = timedelta(minutes=10)
TRANSIENT = (psycopg.OperationalError, OSError, MemoryError, registry.ShardBusy)
#: Of these what may be the file's own doing: such a try counts (loaders.intake.TRIES).
ITS_DOING = (MemoryError, psycopg.errors.OutOfMemory)


def receive(settings: Settings, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> list[int]:
    """Step 1 for every complete file in the drop; the ids of the arrivals.

    A file that cannot be taken now (it changed meanwhile, its account is unknown, it cannot be read) stays where it is
    and does not hold up the others.

    Raises:
        sftp_drop.errors.Unreachable: the drop is gone; what was taken before is safe.
    """
    archive = Archive(settings.archive)
    arrivals = []
    with closing(drop.connect(settings)) as there, closing(db.connect(database.url(settings), autocommit=True)) as conn:
        for found in there.scan():
            try:
                data = there.read(found)
                sha256 = archive.put(data)
                received_at = _received_at(found, now())
                arrival = registry.arrive(
                    conn,
                    found.account,
                    stem(found.name),
                    sha256,
                    len(data),
                    MODES[found.folder],
                    received_at,
                    alone=answering.alone(data),
                )
                arrivals.append(arrival)
                _take_over(there, found, sha256, received_at)
            except Unreachable:
                raise
            except (DropError, registry.UnknownSender) as problem:
                log.warning("left on the drop: %s", problem)
    return arrivals


def _take_over(there: Drop, found: Found, sha256: str, received_at: datetime) -> None:
    """Give the receipt and delete the file, in this order: after a crash between them the receipt is given again.

    Where there is no room for a receipt the file makes some; if that is not enough there is none, and no reason to
    keep waiting what is safely on record.
    """
    try:
        there.receipt(found, sha256, received_at.isoformat())
    except NoRoom as full:
        log.warning("%s", full)
        there.remove(found)
        with suppress(NoRoom):
            there.receipt(found, sha256, received_at.isoformat())
    else:
        there.remove(found)


def claim(settings: Settings) -> list[dict]:
    """Cut what waits into shards, after giving back those of dead workers: ``shard`` (id) and ``label`` (for
    people)."""
    limits = registry.Limits(bytes=settings.shard_bytes, files=settings.shard_files)
    with closing(db.connect(database.url(settings), autocommit=True)) as conn:
        registry.recover(conn)
        return [{"shard": shard.id, "label": shard.label} for shard in registry.claim(conn, limits)]


def process(settings: Settings, shard_id: int, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> dict:
    """Steps 2 to 6 for one shard; counts of what was committed.

    A shard that was already answered, or given to somebody else, is left alone. A file that our own code cannot digest
    is set aside with the reason (quarantine) and does not hold up the others; of a shard that cannot be stored every
    file is computed alone the next time, and only the one at fault is set aside.

    Raises:
        psycopg.OperationalError, OSError, ShardBusy, StaleState: transient, try again.
    """
    with closing(db.connect(database.url(settings), autocommit=True)) as conn:
        shard = registry.take(conn, shard_id)
        if shard is None:
            return {"shard": shard_id, "files": 0}
        at = now()
        try:
            published = _published(conn, settings, shard, at)
        except (*TRANSIENT, StaleState) as passing:
            if not (conn.broken or isinstance(passing, ITS_DOING)):
                registry.spare(conn, shard_id)
            raise
        except Exception as bug:
            log.exception("shard %s cannot be stored", shard_id)
            reason = f"{type(bug).__name__}: {bug}"
            if len(shard.interchanges) > 1:
                registry.part(conn, shard_id, reason)
            else:
                registry.quarantine(conn, shard_id, reason)
            raise
        finally:
            if not conn.broken:  # a broken session has let go by itself
                registry.release(conn, shard_id)
        if published and shard.mode == "file":
            invoicing.follow(conn, at)
    counts = {name: getattr(published, name) for name in published.__slots__} if published else {}
    return {"shard": shard_id, "files": len(shard.interchanges), **counts}


def process_on(settings: Settings, shard_id: int, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> dict:
    """:func:`process` a shard, then what else waits of its senders, for :data:`STRETCH` seconds at most; the sums of
    what was committed. A sender whose files are computed one by one (X12, statement updates) does not wait for a run
    for each of them.

    Raises:
        psycopg.OperationalError, OSError, ShardBusy, StaleState: transient, try again.
    """
    limits = registry.Limits(bytes=settings.shard_bytes, files=settings.shard_files)
    until = time.monotonic() + STRETCH
    sums = Counter(process(settings, shard_id, now))
    with closing(db.connect(database.url(settings), autocommit=True)) as conn:
        senders = registry.senders(conn, shard_id)
        while time.monotonic() < until and (more := registry.claim(conn, limits, senders=senders)):
            for shard in more:
                sums.update(process(settings, shard.id, now))
    return {**sums, "shard": shard_id}


def waiting(settings: Settings) -> bool:
    """Whether files are on record that a new run could compute at once."""
    with closing(db.connect(database.url(settings), autocommit=True)) as conn:
        return registry.waiting(conn)


def deliver(settings: Settings) -> int:
    """Step 7: write what waits in the outbox table into the accounts' outbox folders; how many files were written.

    An outbox that takes nothing more (full, gone) keeps its files waiting and does not hold up the others. An account
    without a home on the drop is no failure of ours: what is for it waits until it has one.

    Raises:
        sftp_drop.errors.DropError: nothing at all could be delivered.
    """
    made = 0
    with closing(db.connect(database.url(settings), autocommit=True)) as conn, outbox.alone(conn):
        due = outbox.pending(conn)
        if not due:
            return 0
        with closing(drop.connect(settings)) as there:
            while due:
                done = []
                refused: DropError | None = None
                for it in due:
                    try:
                        there.deliver(it.account, it.file_name, it.body, FOLDERS[it.mode])
                    except DropError as problem:
                        outbox.failed(conn, it.id, str(problem))
                        refused = refused if isinstance(problem, NotAllowed) else problem
                    else:
                        done.append(it.id)
                outbox.delivered(conn, done)
                made += len(done)
                if refused and not made:
                    raise refused
                due = outbox.pending(conn) if len(done) == len(due) else []
    return made


#: Where answers go, by the mode of what they answer; statements answer nothing.
FOLDERS = {mode: home.ANSWERS[folder] for folder, mode in MODES.items()} | {outgoing.MODE: home.STATEMENTS}


def stem(name: str) -> str:
    """What the answers to a file are named after: its name, in a form that is safe in a path and leaves room for their
    endings."""
    return names.answer(name, LONGEST_ANSWER).removesuffix(LONGEST_ANSWER)


def _received_at(found: Found, now: datetime) -> datetime:
    at = datetime.fromtimestamp(found.mtime, UTC)
    return at if abs(now - at) < BELIEVABLE else now.replace(microsecond=0)


def _published(
    conn: psycopg.Connection, settings: Settings, shard: registry.Shard, at: datetime
) -> publish.Published | x12_publish.Published | None:
    """Steps 2 to 6. What is asked of statements is decided last, in the transaction that commits. X12 has a way of its
    own, for each file by itself; put back by an operator, or from before they were read, they may come with others."""
    archive = Archive(settings.archive)
    files = [archive.get(sha256) for sha256 in shard.interchanges["sha256"]]
    if any(answering.x12(data) for data in files):
        if len(files) == 1:
            return x12_intake.process(conn, settings, shard, files[0], at)
        registry.part(conn, shard.id, "an X12 file is computed by itself")
        return None
    # The day a filing counts for is the day it came, so that a restart after midnight answers the same.
    came = shard.interchanges["received_at"].min().to_pydatetime()
    today = business_date(came)
    snapshot = reference.snapshot(settings.home)
    senders = shard.interchanges["account_id"].tolist()
    it = answering.compute_apart(
        files,
        transient=TRANSIENT,
        today=today,
        reference=snapshot.tables,
        access=accounts.access(conn, senders, today),
        senders=senders,
        trial=shard.mode == "check",
        read_state=lambda keys: registry.read_state(conn, keys),
        read_accounts=lambda numbers: accounts.active(conn, numbers),
    )

    def publication(it: answering.Answered) -> publish.Publication:
        return publish.Publication(
            shard=shard,
            parsed=it.parsed,
            header=it.facts.header,
            dispositions=it.dispositions,
            conditions=it.conditions,
            rows=answering.rows(it),
            acknowledgments=answering.acknowledgments(it),
            interchanges=answering.outcome(it),
            reference=snapshot.hash,
            at=at,
        )

    x12 = x12_status.wanted(conn, senders, today)

    def answered(it: answering.Answered) -> publish.Publication:
        made, trial = publication(it), shard.mode == "check"
        told = partial(x12_status.answers, profiles=x12, shard=shard.interchanges, today=today, at=at, trial=trial)
        return replace(made, acknowledgments=told(conn, settings, it, made.acknowledgments)) if x12 else made

    if not it.asked:
        return publish.publish(conn, publication(it), (lambda: answered(it)) if x12 else None)
    calendar = Calendar.of(snapshot.tables)
    decide = desk.reading(conn, calendar, today)
    if shard.mode == "file":
        interchanges = shard.interchanges["interchange_id"].to_numpy()
        decide = desk.working(conn, calendar, today, it.parsed, interchanges, at, came)
    return publish.publish(conn, publication(it), lambda: answered(answering.complete(it, decide)))
