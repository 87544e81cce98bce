"""The commands of payment: what each says, and how it ends (0: done, 1: something waits for an operator)."""

from __future__ import annotations

import argparse
import sys
from datetime import date

from tidewaiter import bank, database, lateness, payments
from tidewaiter.settings import Settings
from transforms.money import in_dollars


def run(args: argparse.Namespace) -> int:
    """Run one of them; the exit code."""
    settings = Settings.load(args.home)
    with database.up(settings):
        match args.step:
            case "finals":
                told(payments.finalise(settings, args.day))
            case "debits":
                return send_debits(settings, args.day)
            case "late":
                tell_late(lateness.lateness_of(settings, args.day))
            case "returns":
                done = payments.give_back(settings, args.file)
                print(f"{len(done.debits)} debits returned, {done.repeated} on file before")
            case "settle":
                return settle(settings, args)
    return 0


def told(final: payments.Final) -> None:
    """Say what was made final."""
    print(f"{final.daily} daily and {final.monthly} monthly statements final, {final.deliveries} files to deliver")


def send_debits(settings: Settings, day: date) -> int:
    """Send debits; 1 when some wait for an operator, with the reason."""
    done = payments.send_debits(settings, day)
    print(f"{done.debits} debits of {done.amount_cents // 100:,}.{done.amount_cents % 100:02} dollars sent")
    for name in done.files:
        print(bank.folder(settings.home) / name)
    for number, reason in done.left_out.items():
        print(f"the debit of statement {number} waits: {reason}", file=sys.stderr)
    return 1 if done.left_out else 0


def tell_late(late: lateness.Late) -> None:
    """Say what is late, how late, and what it costs."""
    of = late.statements
    interest = in_dollars(of["interest_cents"]).replace("", "not known")
    told = zip(
        of["statement_number"], of["standing"], in_dollars(of["owed_cents"]), of["days_late"], interest, strict=True
    )
    for number, standing, owed, days, cost in told:
        print(f"{number} {standing:9} {owed} owed, {days} days late, interest {cost}")
    print(f"{len(late.statements)} late, {len(late.noticed)} noticed now, {late.changed} accounts stand otherwise now")


def settle(settings: Settings, args: argparse.Namespace) -> int:
    """Record settlements; 1 when a statement they name is still short."""
    settled, final = payments.settle(settings, args.file)
    print(f"{settled.recorded} settlements recorded, {settled.repeated} on file before, {len(settled.paid)} paid")
    told(final)
    if settled.short:
        print(f"not covered yet: {' '.join(settled.short)}")
    return 1 if settled.short else 0
