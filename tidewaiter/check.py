"""`tidewaiter check`: what would be answered, without a server. The answer goes to stdout, the faults in words to
stderr."""

from __future__ import annotations

import argparse
import csv
import io
import json
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

from loaders import reference
from tidewaiter import answering, demonstration
from tidewaiter.checked import ACCEPTED, NOT_EDI, REJECTED, Checked
from tidewaiter.settings import NotInitialised, Settings
from transforms.calendar import business_date
from transforms.statement import messages
from transforms.working_days import Calendar

#: What rules need that is no reference table, but known where there are accounts.
OF_ACCOUNTS = ("state", "accounts", "statement_accounts")
NO_ACCOUNTS = (
    "Checked as if nothing were on file; not checked without accounts: who may send (X09 X17 X18 X20), "
    "who may pay monthly (209 210); of X12 repeated numbers, partners and whose account it is."
)
SMALL = (
    "There is no home, so the reference tables are the project's small demonstration set: a tariff number or port "
    "that is unknown here may be in the official tables."
)
BATCH_REJECTED = (b"X1R", b"E1R")


def command(args: argparse.Namespace) -> int:
    """Check the files one after the other; the gravest exit code of them: 0 accepted, 1 rejected, 2 not readable as
    EDI."""
    today = args.as_of or business_date(datetime.now(UTC))
    snapshot, small = _snapshot(args.home)
    documents, worst = [], ACCEPTED
    for name in args.files:
        data = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
        it = _of(args, data, today, snapshot)
        worst = max(worst, it.code)
        if args.into:
            _write(args.into, "stdin" if name == "-" else Path(name).name, it)
        if args.json:
            documents.append({"file": name, "exit": it.code, **it.told})
            continue
        for body in it.messages:
            sys.stdout.buffer.write(body)
        sys.stdout.flush()
        for line in _in_words(name, data, it):
            print(line, file=sys.stderr)
    if args.json:
        head = {"as_of": str(today), "reference": snapshot.hash, "demonstration": small}
        json.dump({**head, "files": documents}, sys.stdout, indent=1)
        print()
        return worst
    if not args.with_accounts:
        print(NO_ACCOUNTS, file=sys.stderr)
    if small:
        print(SMALL, file=sys.stderr)
    return worst


def _of(args: argparse.Namespace, data: bytes, today: date, snapshot: reference.Snapshot) -> Checked:
    if answering.x12(data):
        from tidewaiter import x12_check

        return x12_check.check(data, args.home, args.with_accounts or "", today, snapshot.tables)
    it = _computed(args, data, today, snapshot)
    rows = list(csv.DictReader(io.StringIO(it.reasons[0].decode())))
    suffixes = answering.SUFFIXES
    lacking = sorted({need for one in it.unchecked for need in one.lacks if need not in OF_ACCOUNTS})
    return Checked(
        code=_exit_code(it),
        answers={suffixes["ax"]: it.answers[0], suffixes["reasons"]: it.reasons[0]},
        rows=rows,
        said=_said(it),
        told=_told(it, rows),
        lacking=lacking,
    )


def _exit_code(it: answering.Answered) -> int:
    """0: all accepted; 1: something rejected; 2: not readable as EDI."""
    if it.formats[0] != "catair":
        return NOT_EDI
    return REJECTED if any(line[:3] in BATCH_REJECTED for line in it.answers[0].splitlines()) else ACCEPTED


def _told(it: answering.Answered, rows: list[dict[str, str]]) -> dict:
    """Everything about one file as plain data."""
    dispositions = it.dispositions.assign(
        **{column: it.facts.header[column] for column in ("action", "filer_code", "entry_number")}
    )
    return {
        "format": it.formats[0],
        "filings": json.loads(dispositions.to_json(orient="records")),
        "reasons": rows,
        "not_checked": [{"code": it.code, "lacks": list(it.lacks), "why": it.why} for it in it.unchecked],
        "answer": it.answers[0].decode("latin-1").splitlines(),
    }


def _said(it: answering.Answered) -> str:
    finals = Counter(it.dispositions["effect"])
    said = ", ".join(f"{count} {effect.replace('_', ' ')}" for effect, count in sorted(finals.items()))
    batches = int(it.parsed.batches["rejected"].sum())
    said = ", ".join(filter(None, (said, f"{batches} batch{'es' * (batches > 1)} rejected" if batches else "")))
    return said or "not readable as EDI"


def _write(folder: Path, name: str, it: Checked) -> None:
    """Each answer as a file, called as in an outbox."""
    folder.mkdir(parents=True, exist_ok=True)
    for suffix, body in it.answers.items():
        (folder / f"{name}{suffix}").write_bytes(body)


def _computed(args: argparse.Namespace, data: bytes, today: date, snapshot: reference.Snapshot) -> answering.Answered:
    if not args.with_accounts:
        return answering.compute(
            [data], today=today, reference=snapshot.tables, decide=_unknown(Calendar.of(snapshot.tables), today)
        )
    from contextlib import closing

    from loaders import accounts, db, intake
    from tidewaiter import database, desk

    with database.up(Settings.load(args.home)) as url, closing(db.connect(url, autocommit=True)) as conn:
        account = accounts.find(conn, args.with_accounts, today)
        return answering.compute(
            [data],
            today=today,
            reference=snapshot.tables,
            access=accounts.access(conn, [account], today),
            senders=[account],
            read_state=lambda keys: intake.read_state(conn, keys),
            read_accounts=lambda numbers: accounts.active(conn, numbers),
            decide=desk.reading(conn, Calendar.of(snapshot.tables), today),
        )


def _unknown(calendar: Calendar, today: date) -> messages.Decide:
    """Messages about statements, with no statement and no entry on file."""
    return lambda run: messages.decide(run, messages.nothing_on_file(), calendar, today)


def _snapshot(home: str | None) -> tuple[reference.Snapshot, bool]:
    """The reference tables of the home, or, where there is no home, the demonstration set that comes with the
    project (True)."""
    try:
        return reference.snapshot(Settings.load(home).home), False
    except NotInitialised:
        if home:
            raise
        return demonstration.snapshot(), True


def _in_words(name: str, data: bytes, it: Checked) -> Iterator[str]:
    """Each condition: place and code, the line as sent, a caret under the columns, what is wrong and how to mend it."""
    lines = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
    for row in it.rows:
        place = ":".join(filter(None, (name, row["line"], row["columns"])))
        about = " ".join(
            filter(None, (row["filer_code"], row["entry_number"], row["line_item"] and f"line item {row['line_item']}"))
        )
        yield f"{place}: {row['severity']} {row['code']} {row['narrative']}{f'  ({about})' if about else ''}"
        at = int(row["line"] or 0)
        if row["record"] != "A" and 0 < at <= len(lines) and len(lines[at - 1]) <= 200:
            yield "    " + _printable(lines[at - 1])
            if row["columns"]:
                start, _, end = row["columns"].partition("-")
                yield "    " + " " * (int(start) - 1) + "^" * (int(end or start) - int(start) + 1)
        yield "  " + row["what_is_wrong"] + (f"; {row['how_to_mend']}" if row["how_to_mend"] else "")
    yield f"{name}: {it.said}"
    if it.lacking:
        yield f"{name}: not checked for want of reference tables: {', '.join(it.lacking)}"


def _printable(line: bytes) -> str:
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in line.decode("latin-1"))
