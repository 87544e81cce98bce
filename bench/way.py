"""The way of a day of filings: files on disk to committed account tables and AX bytes, as a ratio to a bare COPY.

    python -m bench.way [--summaries 15000] [--seed 1] [--brokers N] [--workers 2] [--json]

The day lies in the archive and in the table of arrivals, as intake leaves it; then every shard is claimed, computed,
committed and answered, each stage with its share of the time. The yardstick runs on the same server in the same
process right after: the very rows that were committed, already encoded, sent by COPY into unindexed copies of their
tables, and nothing else.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import resource
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa

from bench import accounts
from bench.bare_copy import bare_copy
from bench.generate import DEFAULT_DAY, generate, population
from loaders import bulk, db, publish, server
from loaders import intake as registry
from loaders.archive import Archive
from parsers.catair import read
from tidewaiter import database, intake, start
from tidewaiter.settings import Settings
from transforms import account_rows, answer, entry_summary, lifecycle, reasons
from transforms.conditions import evaluate

#: Stage -> where its work begins; what a stage calls of another is not counted twice.
STAGES = {
    "read from the archive": (Archive, "get"),
    "parse": (read, "parse"),
    "facts": (entry_summary, "facts"),
    "conditions": (evaluate, "evaluate"),
    "life cycle": (lifecycle, "decide"),
    "AX": (answer, "ax"),
    "reasons": (reasons, "reasons"),
    "importers": (reasons, "importer_acknowledgments"),
    "rows": (account_rows, "rows"),
    "load, all but COPY": (publish, "publish"),
    "load, COPY": (bulk, "copy"),
}


#: When the files came and are worked on.
AT = datetime.combine(DEFAULT_DAY, datetime.min.time(), UTC) + timedelta(hours=16)


class Worked(NamedTuple):
    """What one worker did: seconds per stage, the rows it sent, files, peak memory in MB, and when it was done."""

    seconds: dict[str, float]
    sent: dict[str, list[pa.Table]]
    files: int
    peak: float
    ended: float


class Clock:
    """Seconds per stage, without those of the stages called inside it."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)
        self._running: list[str] = []
        self._since = time.perf_counter()

    def _turn(self) -> None:
        now = time.perf_counter()
        if self._running:
            self.seconds[self._running[-1]] += now - self._since
        self._since = now

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        self._turn()
        self._running.append(name)
        try:
            yield
        finally:
            self._turn()
            self._running.pop()

    def watch(self, owner: Any, name: str, stage: str) -> None:
        """Count every call of ``owner.name`` as ``stage``."""
        call = getattr(owner, name)

        def watched(*args: Any, **options: Any) -> Any:
            with self.stage(stage):
                return call(*args, **options)

        setattr(owner, name, watched)


def _prepare(folder: str, summaries: int, seed: int, brokers: int | None) -> tuple[Settings, str, int]:
    """A home with the day's accounts, and the day's files in the archive and registered; its database's URL, and
    bytes."""
    settings = start.initialise(folder, say=lambda line: None)
    toml = Path(folder) / "accounts.toml"
    toml.write_text(accounts.toml(population(summaries, seed, brokers)))
    url, size = database.url(settings), 0
    start.load_accounts(settings, toml)
    archive = Archive(settings.archive)
    with closing(db.connect(url)) as conn:
        for file in generate(DEFAULT_DAY, summaries, seed, brokers=brokers):
            sha256 = archive.put(file.data)
            registry.arrive(conn, f"B-{file.sender}", file.name, sha256, len(file.data), "file", AT)
            size += len(file.data)
        conn.execute("CHECKPOINT")
    return settings, url, size


def _work(settings: Settings, shards: list[int]) -> Worked:
    """Compute and commit some shards, as one worker does."""
    clock, sent, fit = Clock(), defaultdict(list), bulk.arrow

    def kept(table: str, frame: Any) -> pa.Table:
        sent[table].append(fit(table, frame))
        return sent[table][-1]

    bulk.arrow = kept
    for stage, (owner, name) in STAGES.items():
        clock.watch(owner, name, stage)
    files = 0
    with clock.stage("everything else"):
        for shard in shards:
            files += intake.process(settings, shard, now=lambda: AT)["files"]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return Worked(dict(clock.seconds), dict(sent), files, peak, time.perf_counter())


def measure(summaries: int, seed: int, brokers: int | None, workers: int) -> dict[str, Any]:
    """Seconds of the way and of the yardstick, their ratio, shares of the stages in percent, peak memory in MB."""
    with tempfile.TemporaryDirectory(prefix="tidewaiter-bench-") as folder:
        settings, url, size = _prepare(folder, summaries, seed, brokers)
        try:
            # Workers are forked from a process that has everything imported, as Airflow's scheduler forks them.
            with ProcessPoolExecutor(workers, multiprocessing.get_context("fork")) as pool:
                list(pool.map(abs, range(workers)))
                began = time.perf_counter()
                shards = [claimed["shard"] for claimed in intake.claim(settings)]
                lanes = [lane for n in range(workers) if (lane := shards[n::workers])]
                done = list(pool.map(_work, [settings] * len(lanes), lanes))
            way = max(it.ended for it in done) - began
            tables: dict[str, list[pa.Table]] = defaultdict(list)
            for it in done:
                for table, parts in it.sent.items():
                    tables[table] += parts
            yardstick = bare_copy(
                url, {table: pa.concat_tables(parts, promote_options="default") for table, parts in tables.items()}
            )
        finally:
            server.stop(settings.home)
    seconds: dict[str, float] = defaultdict(float)
    for it in done:
        for stage, spent in it.seconds.items():
            seconds[stage] += spent
    total = sum(seconds.values())
    return {
        "summaries": summaries,
        "megabytes": round(size / 1e6, 1),
        "files": sum(it.files for it in done),
        "shards": len(shards),
        "workers": workers,
        "rows": yardstick.rows,
        "way seconds": round(way, 2),
        "bare COPY seconds": round(yardstick.seconds, 2),
        "ratio": round(way / yardstick.seconds, 2),
        "megabytes a second": round(size / 1e6 / way, 1),
        "peak MB of a worker": round(max(it.peak for it in done)),
        "shares, percent": {
            name: round(100 * s / total, 1) for name, s in sorted(seconds.items(), key=lambda i: -i[1])
        },
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--summaries", type=int, default=15_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--brokers", type=int)
    parser.add_argument("--workers", type=int, default=2, help="worker processes, as many as cores (default 2)")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of a table")
    chosen = parser.parse_args()
    result = measure(chosen.summaries, chosen.seed, chosen.brokers, chosen.workers)
    if chosen.json:
        print(json.dumps(result))
        return
    shares = result.pop("shares, percent")
    for name, value in (result | {f"  {name}, percent": share for name, share in shares.items()}).items():
        print(f"{name:>34}  {value}")


if __name__ == "__main__":
    main()
