"""`tidewaiter filing-abi`: a month's releases of one filer as consolidated entry summaries, an AE batch (ABI).

It is offered to whoever asks and never delivered unasked, and not kept with the filing: the releases are on file with
an entry summary each, so a broker's system that sent on what lies in its outbox would file and pay everything twice.
And three things in it are the broker's alone: entry numbers out of its own range (a consolidating summary may not have
the number of a release, usage note z), the day on which it wants to be debited, and the password of its A record,
which we do not know (only its hash) and leave blank.
"""

from __future__ import annotations

import argparse
import sys
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime

import pandas as pd
import psycopg

from loaders import accounts, db, filing_facts, reference
from tidewaiter import answering, database, filing_lines
from tidewaiter.settings import Settings
from transforms import entry_numbers
from transforms.calendar import business_date
from transforms.filing import consolidated
from transforms.working_days import Calendar

MOST = 10_000  # summaries a filer's month may give: more than the entries of any that was measured


class NotTheirs(LookupError):
    """A filing has no entry of this filer."""


class NotWritten(ValueError):
    """What cannot be written as a batch: too few entry numbers, or a sum that does not fit its columns."""


@dataclass(frozen=True, slots=True)
class Made:
    """``data``: the batch, empty if nothing can be consolidated. ``told``: every entry (``filer_code entry_number
    summary_number reason``) with the summary it stands in or the reason why it does not. ``conditions`` are what our
    own rules say of the batch (``code severity`` and the place)."""

    data: bytes
    told: pd.DataFrame
    conditions: pd.DataFrame
    accepted: int


def run(settings: Settings, args: argparse.Namespace) -> int:
    """Write ``consolidated-<FILER>.abi`` and ``.csv`` into a folder; 1 when nothing can be consolidated or our own
    rules would reject it."""
    today = business_date(datetime.now(UTC))
    with database.up(settings) as url, closing(db.connect(url, autocommit=True)) as conn:
        filing = filing_lines.chosen(conn, args.account, args.month, args.version)
        made = make(settings, conn, filing, args.filer, args.number, args.print_date, today)
    args.into.mkdir(parents=True, exist_ok=True)
    for end, body in (("abi", made.data), ("csv", made.told.to_csv(index=False, lineterminator="\n").encode())):
        if body:
            path = args.into / f"consolidated-{args.filer}.{end}"
            path.write_bytes(body)
            print(path)
    left = int((made.told["reason"] != "").sum())
    print(f"{made.accepted} summaries for {len(made.told) - left} releases, {left} left out", file=sys.stderr)
    for row in made.conditions.itertuples():
        print(f"our own rules say {row.code} ({row.severity})", file=sys.stderr)
    return 0 if made.data and not (made.conditions["severity"] == "F").any() else 1


def make(
    settings: Settings,
    conn: psycopg.Connection,
    filing: pd.Series,
    filer: str,
    number: int,
    print_date: date | None,
    today: date,
) -> Made:
    """The entries of a filing (a row of :func:`loaders.filings.filings`) that ``filer`` filed, consolidated, with entry
    numbers from the seven digits ``number`` on, to be paid on a statement of ``print_date`` (default: the next working
    day) and of the month after the filing's, or that of the print date if it is later.

    Raises
        NotTheirs: the filing has no entry of this filer.
        NoSuchNumbers: there are no such numbers of this filer.
        NotWritten: the numbers run out, or a sum does not fit its columns.
    """
    known = filing_facts.filers(conn, int(filing["filing_id"]))
    if filer not in known:
        raise NotTheirs(
            f"{filing['number']} {filing['month']:%Y-%m} has no entry of {filer}, but of {', '.join(known)}"
        )
    tables, snapshot = filing_facts.facts(conn, int(filing["filing_id"]), filer), reference.snapshot(settings.home)
    printed = print_date or Calendar.of(snapshot.tables).add_working_days(today, 1)
    site, offset = _transmits(conn, filer, today)
    sender = consolidated.Sender(
        filer_code=filer,
        port=site or tables[filing_facts.VERSION]["block_port"].iloc[0],
        password="",
        today=today,
        print_date=printed,
        month=f"{max(_next(filing['month']), printed.replace(day=1)):%m}",
    )
    count = min(MOST, entry_numbers.LAST - number + 1)
    numbers = entry_numbers.following(filer, number, max(count, 1), offset)
    try:
        it = consolidated.wire(tables, sender, numbers, snapshot.tables)
    except ValueError as problem:
        raise NotWritten(str(problem)) from problem
    said = answering.compute([it.data], today=today, reference=snapshot.tables)
    in_it = it.releases[["filer_code", "entry_number", "summary_number"]].assign(reason="")
    out = it.left_out[["filer_code", "entry_number", "reason"]].assign(summary_number="")
    told = pd.concat([in_it, out[list(in_it)]], ignore_index=True).sort_values("entry_number", ignore_index=True)
    accepted = int(said.dispositions["code"].isin(("995", "996")).sum()) if it.data else 0
    return Made(it.data, told, said.conditions if it.data else said.conditions.iloc[:0], accepted)


def _next(month: pd.Timestamp) -> date:
    return (month + pd.offsets.MonthBegin(1)).date()


def _transmits(conn: psycopg.Connection, filer: str, today: date) -> tuple[str, int]:
    """The site that a filer transmits from, and the offset of its check digits."""
    known = accounts.named(conn, [filer])
    ids = known.loc[known["kind"] == "broker", "account_id"]
    access = accounts.access(conn, ids, today)
    site = access.transmitters["site"]
    offset = access.filers.loc[access.filers["filer_code"] == filer, "check_digit_offset"]
    return (site.iloc[0] if len(site) else ""), (int(offset.iloc[0]) if len(offset) else 0)
