"""What the demonstration's month came to, in words and tables for people, and where its documents lie."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import psycopg

from loaders import db, statements, summary, tie_outs
from tidewaiter import database, lateness, month
from tidewaiter.demo_month import Cycle
from tidewaiter.demo_parties import STATEMENTS, login
from tidewaiter.settings import Settings
from transforms.calendar import business_date
from transforms.statement import late
from transforms.statement.instants import business_day


def dollars(cents: int) -> str:
    """Cents as people read them."""
    return f"{cents // 100:,}.{cents % 100:02}"


def report(settings: Settings, cycle: Cycle, late_payer: str, output: Path, *, kept: bool) -> bool:
    """Print the month of every importer account, one of them in detail, and where its documents lie (a copy in
    ``output``); whether everything ties out."""
    with closing(db.connect(database.url(settings), autocommit=True)) as conn:
        told = summary.months(conn, cycle.month)
        standing = _standing(conn, settings, cycle)
        print(f"\n{cycle.month:%B %Y}, account by account (dollars; paid through the statements of {cycle.due:%B})")
        print(
            f"  {'importer account':18} {'entries':>7} {'value':>15} {'duty':>13} {'fees':>11}"
            f" {'on statements':>14} {'paid':>14}  standing"
        )
        for it in told:
            money = f"{dollars(it.value_cents):>15} {dollars(it.duty_cents):>13} {dollars(it.fee_cents):>11}"
            paid = f"{dollars(it.due_cents):>14} {dollars(it.paid_cents):>14}"
            own = standing[standing["importer_number"] == it.number.removeprefix("I-")]
            print(f"  {it.number:18} {it.entries:>7} {money} {paid}  {_words(own)}")
        number = _shown(told, standing, late_payer)
        shown = next((it for it in told if it.number == number), None)
        if shown is not None:
            _detail(settings, conn, cycle, shown, standing, output, kept)
        broken = tie_outs.broken(conn, now=datetime.now(UTC))
    broken = broken[~broken["check"].isin(tie_outs.WARNINGS)]
    if len(broken):
        print(f"\n{broken['check'].nunique()} checks are broken:\n{broken.to_string(index=False)}\n")
    else:
        print(f"\nEverything ties out: {len(tie_outs.CHECKS)} checks over files, entries, statements and filings\n")
    return broken.empty


def _standing(conn: psycopg.Connection, settings: Settings, cycle: Cycle) -> pd.DataFrame:
    """The monthly statements of the month and how each was paid."""
    table, _, _ = statements.statements(conn, kind="monthly", month=cycle.statement_month)
    rates = lateness.interest_rates(settings)
    told = late.standing(table, business_date(datetime.now(UTC)), month.calendar(settings), rates)
    return pd.concat([table.drop(columns=[c for c in told if c in table]), told], axis=1)


def _words(own: pd.DataFrame) -> str:
    """How an importer's own monthly statements were paid."""
    if own.empty:
        return "paid through its broker's statements"
    tardy = own[own["days_late"] > 0]
    if tardy.empty:
        return "paid in time" if own["paid_at"].notna().all() else "open"
    cents = tardy["interest_cents"]
    interest = "unknown (no rate on file)" if cents.isna().any() else dollars(int(cents.sum()))
    return f"{int(tardy['days_late'].max())} days late, interest {interest}"


def _shown(told: list[summary.MonthTotals], standing: pd.DataFrame, late_payer: str) -> str:
    """The account shown in detail: the largest with monthly statements of its own that pays in time."""
    own = [it.number for it in told if it.number.removeprefix("I-") in set(standing["importer_number"])]
    return next((n for n in own if n != f"I-{late_payer}"), (own or [it.number for it in told] or [""])[0])


def _detail(
    settings: Settings,
    conn: psycopg.Connection,
    cycle: Cycle,
    shown: summary.MonthTotals,
    standing: pd.DataFrame,
    output: Path,
    kept: bool,
) -> None:
    """One importer's month: its daily statements, the monthly one, its payment, the filing and its files."""
    monthly = standing[standing["importer_number"] == shown.number.removeprefix("I-")]
    print(f"\n{shown.number} {shown.name}: {cycle.month:%B %Y}")
    daily, _, _ = statements.statements(conn, parents=monthly["statement_number"])
    for row in daily.sort_values("print_date").to_dict("records"):
        presented = f"presented {row['presented_at']:%d %b}" if pd.notna(row["presented_at"]) else "not presented"
        print(
            f"  {row['print_date']:%d %b}  daily statement   {row['statement_number']}  {row['entries']:>3} entries"
            f" {dollars(row['total_cents']):>14}  {presented}"
        )
    paid = business_day(monthly["paid_at"])
    for row, on in zip(monthly.to_dict("records"), paid, strict=True):
        words = f"paid {on:%d %b}" if pd.notna(on) else "not paid"
        print(
            f"  {row['print_date']:%d %b}  monthly statement {row['statement_number']}  {row['entries']:>3} entries"
            f" {dollars(row['total_cents']):>14}  due {row['due_date']:%d %b}, {words}"
        )
    print(
        f"  filed by {cycle.filed:%d %b}, now version {shown.version}: {shown.entries} entries, value"
        f" {dollars(shown.value_cents)}, duty {dollars(shown.duty_cents)}, fees {dollars(shown.fee_cents)}"
    )
    _documents(settings, cycle, shown, output, kept)


def _documents(settings: Settings, cycle: Cycle, shown: summary.MonthTotals, output: Path, kept: bool) -> None:
    """Fetch the filing as its importer would, into ``output``."""
    prefix = f"{cycle.month:%Y-%m}-{shown.number}-v{shown.version}."
    output.mkdir(parents=True, exist_ok=True)
    with login(settings, shown.number) as session:
        names = sorted(name for name in session.listdir(STATEMENTS) if name.startswith(prefix))
        for name in names:
            with session.open(f"{STATEMENTS}/{name}", "rb") as remote:
                (output / name).write_bytes(remote.read())
    print("  as the importer finds it in outbox/statements, fetched over SFTP:")
    for name in sorted(names, key=lambda name: not name.endswith(".pdf")):
        print(f"    {(output / name).absolute()}")
    home = settings.homes / shown.number / STATEMENTS if kept else "run `make demo ARGS='--keep demo-home'`"
    print(f"  {'all its files: ' if kept else 'to keep all files and accounts: '}{home}")
