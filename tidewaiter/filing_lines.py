"""`tidewaiter filing-lines`: the records behind a total of a filing, in the brokers' files."""

from __future__ import annotations

import argparse
import json
import sys
from contextlib import closing
from datetime import date
from typing import Any

import pandas as pd
import psycopg

from loaders import accounts, db, filings
from tidewaiter import database
from tidewaiter.settings import Settings
from transforms.filing import opened
from transforms.money import in_dollars

#: Options that choose records: name of the option -> key of :func:`loaders.filings.drill`.
CHOICES = {"hts": "hts_number", "origin": "origin", "program": "spi", "port": "port", "filer": "filer_code"}


class NotFiled(LookupError):
    """There is no such filing."""


def run(settings: Settings, args: argparse.Namespace) -> int:
    """Print what was asked for; 1 when no record fits."""
    with database.up(settings) as url, closing(db.connect(url, autocommit=True)) as conn:
        filing = chosen(conn, args.account, args.month, args.version)
        parts = records(conn, int(filing["filing_id"]), args)
    if args.json:
        print(json.dumps({"filing": _named(filing), "totals": opened.totals(parts), "records": _plain(parts)}))
    elif not len(parts):
        print("no record of this filing fits", file=sys.stderr)
    else:
        for line in _lines(parts):
            print(line)
        for name, cents in opened.totals(parts).items():
            print(f"{name} {dollars(cents)}", file=sys.stderr)
    return 0 if len(parts) else 1


def chosen(conn: psycopg.Connection, account: str, month: date, version: int | None = None) -> pd.Series:
    """The filing of an account (its number) and month: the version that counts, or the one asked for.

    Raises
        NotFiled: there is none.
        UnknownAccount: there is no such account.
    """
    table = filings.filings(conn, accounts.find(conn, account), month)
    if version is not None:
        table = table[table["version"] == version]
    if not len(table):
        what = f"no version {version} of the filing" if version is not None else "no filing"
        raise NotFiled(f"{account} has {what} of {month:%Y-%m}; `tidewaiter filing {month:%Y-%m-01}` files that month")
    return table.iloc[-1]


def records(conn: psycopg.Connection, filing_id: int, args: argparse.Namespace) -> pd.DataFrame:
    """The records that fit the options, each with its figures and columns."""
    keys: dict[str, Any] = {key: getattr(args, name) for name, key in CHOICES.items() if getattr(args, name)}
    if "hts_number" in keys:
        keys["hts_number"] = keys["hts_number"].replace(".", "")
    if args.entry:
        entry = args.entry.replace("-", "").upper()
        keys |= {"entry_number": entry[-8:]} | ({"filer_code": entry[:-8]} if entry[:-8] else {})
    if args.case:
        return filings.drill(conn, filing_id, case_number=args.case.replace("-", "").upper(), **keys)
    if args.class_code:
        stated = opened.stated(args.class_code)
        return filings.drill(conn, filing_id, class_code=args.class_code, stated=stated, **keys)
    return opened.counted(filings.drill(conn, filing_id, **keys))


def _named(filing: pd.Series) -> dict[str, Any]:
    return {"account": filing["number"], "month": f"{filing['month']:%Y-%m}", "version": int(filing["version"])}


def _plain(found: pd.DataFrame) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads(found.to_json(orient="records", force_ascii=False) or "[]")
    return rows


def _lines(found: pd.DataFrame) -> list[str]:
    """One aligned line for each record, with a heading; money in dollars."""
    entry = found["entry_number"]
    shown: dict[str, pd.Series] = {
        "entry": found["filer_code"] + "-" + entry.str[:7] + "-" + entry.str[7:],
        "line": found["line"].astype("str"),
        **{name: found[name] for name in ("hts_number", "origin", "spi", "class_code") if name in found},
        **{c[:-6]: in_dollars(found[c]) for c in map(str, found) if c.endswith("_cents")},
        "sender": found["sender"],
        "file": found["file_name"],
        "record": found["record"].astype("str"),
        "columns": opened.columns(found),
    }
    right = {"line", "record", *(c[:-6] for c in map(str, found) if c.endswith("_cents"))}
    line = pd.Series("", range(len(found) + 1), dtype="str")
    for name, column in shown.items():
        text = pd.concat([pd.Series([name]), column.astype("str")], ignore_index=True)
        line += text.str.pad(int(text.str.len().max()), "left" if name in right else "right") + "  "
    return line.str.rstrip().tolist()


def dollars(cents: int) -> str:
    """Dollars and cents with thousands."""
    return f"{'-' if cents < 0 else ''}{abs(cents) // 100:,}.{abs(cents) % 100:02}"
