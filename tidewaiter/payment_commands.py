"""The commands of payment: what each says, and how it ends (0: done, 1: something waits for an operator)."""

from __future__ import annotations

import argparse

from tidewaiter import database, payments
from tidewaiter.settings import Settings


def run(args: argparse.Namespace) -> int:
    """Run one of them; the exit code."""
    settings = Settings.load(args.home)
    with database.up(settings):
        match args.step:
            case "finals":
                told(payments.finalise(settings, args.day))
            case "settle":
                return settle(settings, args)
    return 0


def told(final: payments.Final) -> None:
    """Say what was made final."""
    print(f"{final.daily} daily and {final.monthly} monthly statements final, {final.deliveries} files to deliver")


def settle(settings: Settings, args: argparse.Namespace) -> int:
    """Record settlements; 1 when a statement they name is still short."""
    settled, final = payments.settle(settings, args.file)
    print(f"{settled.recorded} settlements recorded, {settled.repeated} on file before, {len(settled.paid)} paid")
    told(final)
    if settled.short:
        print(f"not covered yet: {' '.join(settled.short)}")
    return 1 if settled.short else 0
