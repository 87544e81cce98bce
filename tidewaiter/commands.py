"""The smaller commands: process, trace, requeue, partners, reference, statement, filing, export-statement, tie-out,
queue, rollup, account."""

from __future__ import annotations

import argparse
import sys
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path

from loaders import accounts, db, intake, outbox, quarantine, reference, trace
from loaders.archive import Archive
from tidewaiter import (
    answering,
    checkpoint,
    database,
    export_statement,
    filing,
    filing_abi,
    filing_lines,
    month,
    rollup,
    start,
    targeting,
    x12_partners,
)
from tidewaiter import intake as way
from tidewaiter.settings import Settings
from transforms.calendar import business_date
from transforms.risk import select


def run(args: argparse.Namespace) -> int:
    """Run one of them; the exit code."""
    settings = Settings.load(args.home)
    match args.command:
        case "process":
            return process(settings, Path(args.file), args.sender)
        case "trace":
            return show_trace(settings, args.what)
        case "requeue":
            return requeue(settings, args.what)
        case "account":
            for table, count in start.load_accounts(settings, args.file).items():
                print(f"{table:20} {count}")
        case "partners":
            return x12_partners.show(settings)
        case "statement":
            with database.up(settings):
                if args.step == "daily":
                    done = month.print_daily(settings, args.day)
                else:
                    done = month.print_monthly(settings, args.day, whole=True)
            print(
                f"{done.statements} statements over {done.entries} entry summaries, {done.deliveries} files to deliver"
            )
            for warning in month.calendar(settings).warnings:
                print(f"calendar: {warning}", file=sys.stderr)
        case "queue":
            return make_queue(settings, args.day)
        case "tie-out":
            return tie_out(settings, args.month)
        case "filing":
            return file_month(settings, args.month)
        case "export-statement":
            return state_exports(settings, args.month, args.account)
        case "rollup":
            with database.up(settings):
                summed = rollup.refresh(settings)
            print(f"{summed.entries} entry summaries touched, {summed.months} months of accounts added up anew")
        case "filing-abi":
            return filing_abi.run(settings, args)
        case "filing-lines":
            return filing_lines.run(settings, args)
        case "reference" if args.step == "load":
            with database.up(settings) as url, closing(db.connect(url, autocommit=True)) as conn:
                loaded = reference.load(
                    conn, settings.home, args.table, args.file, args.effective, merge=not args.replace
                )
            print(f"{loaded.table}: {loaded.rows} rows, sha256 {loaded.hash}")
        case "reference":
            snapshot = reference.snapshot(settings.home)
            print(f"snapshot {snapshot.hash}")
            for name, rows in sorted(snapshot.tables.items()):
                print(f"{name:12} {len(rows):>8} rows")
    return 0


def file_month(settings: Settings, month: date) -> int:
    """File a month; 1 when some account's month does not tie out, with what does not agree."""
    with database.up(settings):
        done = filing.file_month(settings, month)
    print(f"{done.filed} filings made, {done.unchanged} unchanged, {len(done.open)} not filed")
    for number, differences in done.open.items():
        print(f"{number} does not tie out:\n{differences.to_string(index=False)}", file=sys.stderr)
    return 1 if done.open else 0


def state_exports(settings: Settings, month: date, account: str | None) -> int:
    """Issue export activity statements; 1 when some account's month does not tie out, with what does not agree."""
    with database.up(settings):
        done = export_statement.state_month(settings, month, account=account)
    print(f"{done.filed} statements issued, {done.unchanged} unchanged, {len(done.open)} not issued")
    for number, differences in done.open.items():
        print(f"{number} does not tie out:\n{differences.to_string(index=False)}", file=sys.stderr)
    return 1 if done.open else 0


def make_queue(settings: Settings, day: date | None) -> int:
    """Make the officers' queue, and say what is in it."""
    with database.up(settings):
        made = targeting.make_queue(settings, day or business_date(datetime.now(UTC)))
    lanes = ", ".join(f"{made.lanes.get(name, 0)} {name}" for name in select.LANES)
    print(f"{sum(made.lanes.values())} items of {made.entries} entry summaries: {lanes}")
    return 0


def tie_out(settings: Settings, month: date | None) -> int:
    """Run the checkpoint; 1 when something does not tie out, with where."""
    with database.up(settings):
        found = checkpoint.run(settings, month, now=datetime.now(UTC))
    for kind, checks in (("broken", found.broken), ("unusual", found.warnings)):
        for it in checks:
            print(f"{kind}: {it.check} ({it.count})", *it.places, sep="\n    ")
    print("everything ties out" if found.ok else f"{len(found.broken)} checks are broken", file=sys.stderr)
    print(checkpoint.docs(settings) / found.page, file=sys.stderr)
    return 0 if found.ok else 1


def process(settings: Settings, path: Path, sender: str) -> int:
    """Take a file as if it had come over the drop; its answers are written beside it and stay in the outbox for the
    drop, too. 1 when there is no answer, because the file was set aside."""
    data, now = path.read_bytes(), datetime.now(UTC)
    with database.up(settings) as url, closing(db.connect(url, autocommit=True)) as conn:
        account = accounts.find(conn, sender)
        number = accounts.access(conn, [account], business_date(now)).accounts["number"].iloc[0]
        sha256 = Archive(settings.archive).put(data)
        alone = answering.alone(data)
        arrival = intake.arrive(conn, number, way.stem(path.name), sha256, len(data), "file", now, alone=alone)
        while shards := way.claim(settings):  # what waited before this file goes first
            for shard in shards:
                counts = way.process(settings, shard["shard"])
                told = ", ".join(f"{count} {name}" for name, count in counts.items() if name != "shard")
                print(told, file=sys.stderr)
        answers = outbox.of_arrival(conn, arrival)
        for it in answers:
            target = path.parent / it.file_name
            target.write_bytes(it.body)
            print(target)
        if not answers:
            last = trace.trace(conn, sha256)[-1]
            print(f"no answer: {last.step} {last.detail}", file=sys.stderr)
    return 0 if answers else 1


def show_trace(settings: Settings, what: str) -> int:
    """Print every step of a file, a sha256 or an entry; 1 when nothing is known of it."""
    with database.up(settings) as url, closing(db.connect(url, autocommit=True)) as conn:
        events = trace.trace(conn, what)
    for it in events:
        print(f"{it.at:%Y-%m-%d %H:%M:%S.%f}Z  {it.step:18} {it.sender:12} {it.sha256[:12]}  {it.detail}")
    if not events:
        print(f"nothing is known of {what!r}", file=sys.stderr)
    return 0 if events else 1


def requeue(settings: Settings, what: str) -> int:
    """Put the files of ``what`` back that are in quarantine, or list all that are; 1 when none is."""
    with database.up(settings) as url, closing(db.connect(url, autocommit=True)) as conn:
        aside = quarantine.quarantined(conn, what)
        if what:
            intake.requeue(conn, aside["interchange_id"].tolist())
    for account, sha256, name, reason in aside[["account", "sha256", "name", "reason"]].astype(object).to_numpy():
        print(f"{account:12} {sha256[:12]}  {name}  {reason}")
    if what:
        print(f"{len(aside)} put back" if len(aside) else f"nothing called {what!r} is in quarantine", file=sys.stderr)
    return 0 if len(aside) or not what else 1
