"""Closing a month on PostgreSQL, as a ratio to one plain GROUP BY over the same rows in the same run.

    python -m bench.close [--summaries 3000000] [--accounts 1100] [--brokers 150] [--workers 2] [--statements] [--json]

A home is filled by COPY with a synthetic month that ties out (:mod:`bench.month_tables`). The yardstick adds up the
month's rows by account, tariff number, origin, program, port and filer, as the goods of a filing do, in one statement
on the same server. The close is measured in its parts: reading the month and laying it out by chunks of accounts;
computing every account's tables, tying them out and putting them into words (the CSV files, and their hash);
committing the filings with their summaries. Not in it are the other forms (Parquet, JSON), the archive, and what is
sent: ``--forms`` makes the forms and a few PDFs and tells them apart. ``--statements`` prints the month's daily and
monthly statements first and tells them apart, too.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import resource
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from bench import month_fill, month_tables
from loaders import accounts, db, filings, server, tie_outs, tie_outs_files
from tidewaiter import database
from tidewaiter import month as statements
from tidewaiter.settings import Settings
from transforms.filing import document, tables, together

MONTH, AFTER = date(2026, 10, 1), date(2026, 11, 1)
AT = datetime(2026, 11, 17, 15, tzinfo=UTC)
DOCUMENTS = 12  # accounts whose PDF is set
YARDSTICK = """
    SELECT count(*) FROM (
        SELECT e.importer_account_id, t.hts_number, l.origin, l.spi, v.port_of_entry, v.filer_code,
            count(*), sum(t.value_cents), sum(t.duty_cents), sum(t.quantity_1), sum(f.amount_cents)
        FROM entry_summary e JOIN entry_summary_version v ON v.id = e.version_id
        JOIN tariff t ON t.version_id = v.id JOIN line l ON l.version_id = t.version_id AND l.line = t.line
        LEFT JOIN (SELECT version_id, line, sum(amount_cents) AS amount_cents FROM fee GROUP BY version_id, line) f
            ON f.version_id = t.version_id AND f.line = t.line
        WHERE e.status = 'accepted' AND v.entry_date >= %(first)s AND v.entry_date < %(after)s
        GROUP BY 1, 2, 3, 4, 5, 6) goods"""


class Seconds(dict[str, float]):
    """Seconds by what they were spent on."""

    def spend(self, name: str, call: Callable[..., Any], *args: Any, **options: Any) -> Any:
        begun = time.perf_counter()
        try:
            return call(*args, **options)
        finally:
            self[name] = self.get(name, 0.0) + time.perf_counter() - begun


def group_by(url: str, times: int = 3) -> float:
    """Seconds of the yardstick: the median of several, the first one having warmed the caches."""
    took = Seconds()
    with closing(db.connect(url)) as conn:
        for n in range(times + 1):
            took.spend(str(n), conn.execute, YARDSTICK, {"first": MONTH, "after": AFTER})
    return median(list(took.values())[1:])


def print_statements(settings: Settings) -> tuple[float, float, int]:
    """Seconds of printing the month's daily and then its monthly statements; how many summaries were printed."""
    took, printed = Seconds(), 0
    for day in month_tables.days(MONTH):
        printed += took.spend("daily", statements.print_daily, settings, day.item(), lambda: AT).entries
    took.spend("monthly", statements.print_monthly, settings, AFTER, lambda: AT, whole=True)
    return took["daily"], took["monthly"], printed


def lay_out(url: str, folder: Path, chunk: int) -> list[filings.Chunk]:
    with closing(db.connect(url)) as conn:
        return filings.lay_out(conn, accounts.of_kind(conn, "importer"), MONTH, folder, most=chunk)


def close(url: str, folder: Path, chunk: filings.Chunk) -> tuple[Seconds, dict[str, int], float]:
    """Close the accounts of one chunk without the forms: seconds, counts, and this process's peak memory in MB."""
    took, counts = Seconds(), {"accounts": 0, "records": 0, "bytes": 0, "open": 0}
    with closing(db.connect(url)) as conn:
        activity = took.spend("reading a chunk", filings.read, conn, chunk, MONTH, folder)
        for it in took.spend("computing", lambda: list(together.alike(activity))):
            made, sound = took.spend("computing", together.made, it)
            counts["open"] += 0 if sound else len(it.owners)
            words = took.spend("into words", lambda made=made, it=it: [
                (tables.hashed(written), sum(map(len, written.values())))
                for written in tables.written_of_each(made, it.owners)
            ])  # fmt: skip
            took.spend("committing", _commit, conn, it, made, [said for said, _ in words])
            counts["bytes"] += sum(size for _, size in words)
            counts["accounts"] += len(it.owners)
            counts["records"] += len(made["line"])
    return took, counts, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _commit(conn: Any, it: together.Together, made: together.Tables, said: list[str]) -> None:
    """The filings with their totals and their summaries; the same content is filed once."""
    total, entry = made["totals"], made["entry"]
    parts = entry["version_id"].groupby(entry["account_id"]).agg(list)
    filings.publish_filings(
        conn,
        [
            filings.Filing(row["account_id"], MONTH, hash, row, parts[row["account_id"]], filings.no_files(), AT)
            for row, hash in zip(total.to_dict("records"), said, strict=True)
        ],
    )


def forms(url: str, folder: Path, chunk: filings.Chunk) -> Seconds:
    """CSV, Parquet and JSON of the accounts of one chunk, and the PDF of a few of them; bytes of the forms."""
    took = Seconds()
    with closing(db.connect(url)) as conn:
        activity = filings.read(conn, chunk, MONTH, folder)
        for it in together.alike(activity):
            made, _ = together.made(it)
            for n, written in enumerate(tables.written_of_each(made, it.owners)):
                own = together.cut(made, it.owners, n)
                files = took.spend("forms", tables.files, own, version=1, written=written)
                took["forms, bytes"] = took.get("forms, bytes", 0) + sum(map(len, files.values()))
                if took.get("documents", 0) < DOCUMENTS:
                    took.spend("PDF", document.pdf, own, version=1)
                    took["documents"] = took.get("documents", 0) + 1
    return took


def measure(chosen: argparse.Namespace) -> dict[str, Any]:
    """Everything that was measured, in the order in which it is told."""
    with tempfile.TemporaryDirectory(prefix="tidewaiter-bench-") as home:
        out: dict[str, Any] = {"summaries": chosen.summaries, "accounts": chosen.accounts, "brokers": chosen.brokers}
        took = Seconds()
        settings, rows = took.spend(
            "fill", month_fill.fill, home, MONTH, chosen.summaries,
            importers=chosen.accounts, brokers=chosen.brokers, seed=chosen.seed,
        )  # fmt: skip
        try:
            url = database.url(settings)
            out |= {"rows": sum(rows.values()), "seconds of filling, not counted": round(took["fill"], 1)}
            yardstick = group_by(url)
            out["GROUP BY seconds"] = round(yardstick, 2)
            if chosen.statements:
                daily, monthly, printed = print_statements(settings)
                out |= {"summaries printed": printed, "daily statements seconds": round(daily, 2)}
                out |= {"monthly statements seconds": round(monthly, 2)}
                out["statements ratio"] = round((daily + monthly) / yardstick, 2)
            out |= _closed(url, Path(home), chosen, yardstick)
            with closing(db.connect(url)) as conn:
                broken = tie_outs.broken(conn)
            # the way of the files (their transactions and answers) is not drawn
            out["tie-outs of the month broken"] = int((~broken["check"].isin(tie_outs_files.CHECKS)).sum())
        finally:
            server.stop(settings.home)
    return out


def _closed(url: str, home: Path, chosen: argparse.Namespace, yardstick: float) -> dict[str, Any]:
    """The close by workers, forked one for each chunk, so that a peak is a chunk's."""
    folder, pool_of = home / "chunks", multiprocessing.get_context("fork")
    folder.mkdir()
    begun = time.perf_counter()
    with ProcessPoolExecutor(1, pool_of) as pool:
        chunks = pool.submit(lay_out, url, folder, chosen.chunk).result()
    reading = time.perf_counter() - begun
    largest_first = sorted(chunks, key=lambda it: -it.summaries)
    with ProcessPoolExecutor(chosen.workers, pool_of, max_tasks_per_child=None) as pool:
        done = list(pool.map(partial(close, url, folder), largest_first))
    seconds = time.perf_counter() - begun
    names = ("reading a chunk", "computing", "into words", "committing")
    spent = {name: round(sum(it[0].get(name, 0) for it in done), 2) for name in names}
    counts = {name: sum(it[1][name] for it in done) for name in done[0][1]} if done else {}
    out: dict[str, Any] = {"chunks": len(chunks), "summaries of the largest": largest_first[0].summaries}
    out |= {"filings": counts["accounts"], "of them in groups that do not tie out": counts["open"]}
    out |= {"records 50": counts["records"]}
    out |= {"reading seconds": round(reading, 2)} | {f"{name}, seconds of workers": s for name, s in spent.items()}
    out |= {"megabytes of words": round(counts["bytes"] / 1e6), "close seconds": round(seconds, 2)}
    out |= {"close ratio": round(seconds / yardstick, 2), "peak MB of a worker": round(max(it[2] for it in done))}
    if chosen.forms:
        begun = time.perf_counter()
        with ProcessPoolExecutor(chosen.workers, pool_of) as pool:
            made = list(pool.map(partial(forms, url, folder), largest_first))
        out["forms seconds"] = round(time.perf_counter() - begun, 2)
        out["forms megabytes"] = round(sum(it["forms, bytes"] for it in made) / 1e6)
        documents, spent_on = (sum(it.get(name, 0) for it in made) for name in ("documents", "PDF"))
        out["PDF documents a second and core"] = round(documents / spent_on, 2)
    return out


def options(arguments: list[str] | None = None) -> argparse.Namespace:
    """What was asked for on the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--summaries", type=int, default=3_000_000, help="entry summaries (default 3000000)")
    parser.add_argument("--accounts", type=int, default=1_100, help="importer accounts (default 1100)")
    parser.add_argument("--brokers", type=int, default=150, help="brokers that file for them (default 150)")
    parser.add_argument("--chunk", type=int, default=filings.CHUNK, help="summaries worked on at a time by a worker")
    parser.add_argument("--workers", type=int, default=2, help="worker processes, as many as cores (default 2)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--statements", action="store_true", help="print the month's statements, too")
    parser.add_argument("--forms", action="store_true", help="make the forms of the filings and some PDFs, too")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of a table")
    return parser.parse_args(arguments)


def main() -> None:
    chosen = options()
    result = measure(chosen)
    if chosen.json:
        print(json.dumps(result))
        return
    for name, value in result.items():
        print(f"{name:>40}  {value:,}" if isinstance(value, int) else f"{name:>40}  {value}")


if __name__ == "__main__":
    main()
