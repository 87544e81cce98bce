"""The commands about people of the portal and about its log: what each says, and how it ends."""

from __future__ import annotations

import argparse
import sys
from contextlib import closing
from datetime import UTC, datetime

import psycopg
from psycopg.rows import dict_row

from loaders import db
from loaders.portal import audit, people
from tidewaiter import database, portal_process
from tidewaiter.settings import Settings
from transforms.calendar import business_date


def run(args: argparse.Namespace) -> int:
    """Run one of them; the exit code."""
    settings = Settings.load(args.home)
    with database.up(settings) as url, closing(db.connect(url)) as conn:
        if args.command == "audit":
            return verify(conn, args.head)
        conn.row_factory = dict_row  # type: ignore[assignment]
        return user(settings, conn, args)  # type: ignore[arg-type]


def user(settings: Settings, conn: psycopg.Connection[dict], args: argparse.Namespace) -> int:
    """Add, disable or reset a person."""
    now = datetime.now(UTC)
    match args.step:
        case "add":
            path = people.add(
                conn,
                args.email,
                args.name,
                args.account,
                args.role,
                today=business_date(now),
                now=now,
                sees_money=not args.no_money,
            )
            if path:
                print(f"{portal_process.origin(settings)}{path}")
            else:
                print(f"{args.email} has signed in before and needs no invitation", file=sys.stderr)
        case "disable":
            print(f"{people.disable(conn, args.email, now)} sessions ended", file=sys.stderr)
        case "reset":
            print(f"{portal_process.origin(settings)}{people.reset(conn, args.email, now)}")
    return 0


def verify(conn: psycopg.Connection, head: str) -> int:
    """Verify the log; 1 when an entry was changed, one is missing, or a head noted earlier is not in it."""
    wrong = [f"entry {id}: {what}" for id, what in audit.broken(conn)]
    if head and not audit.holds(conn, head):
        wrong.append(f"no entry has the hash {head}: the end was cut off, or the log written anew")
    for words in wrong:
        print(words, file=sys.stderr)
    count, last = audit.head(conn)
    print(f"{count} entries, head {last or 'none'}")
    return 1 if wrong else 0
