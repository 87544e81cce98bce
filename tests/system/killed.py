"""A worker that dies by SIGKILL at a named place: ``python -m tests.system.killed``, one order a line on stdin.

An order is JSON: ``home``, ``now`` (an instant), ``place`` (``module:attribute``), ``when`` (``called`` or
``returned``) and ``time`` (the how-manieth call). For each the process forks; the child goes the whole way of a file,
or with ``work`` ``debits`` sends the debits of the day, and kills itself at the place. The answer is the signal that
ended the child, or 0 when it never came there. Forking spares importing everything again for each death; nothing has
started a thread before.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import sys
from collections.abc import Callable
from datetime import datetime
from functools import reduce
from typing import Any

import transforms.account_rows  # noqa: F401 (imported before the fork)
from loaders import publish  # noqa: F401
from sftp_drop import client  # noqa: F401
from tidewaiter import intake, payments
from tidewaiter.settings import Settings
from transforms.calendar import business_date


def deadly(work: Callable, when: str, time: int) -> Callable:
    """``work``, but the process ends with its ``time``-th call, before or after it did anything."""
    calls = 0

    def wrapped(*args: Any, **kwargs: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == time and when == "called":
            os.kill(os.getpid(), signal.SIGKILL)
        result = work(*args, **kwargs)
        if calls == time:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    return wrapped


def arm(place: str, when: str, time: int) -> None:
    """Put a deadly function in its place."""
    module, _, path = place.partition(":")
    *outer, name = path.split(".")
    owner = reduce(getattr, outer, importlib.import_module(module))
    setattr(owner, name, deadly(getattr(owner, name), when, time))


def walk(home: str, now: datetime) -> None:
    """All seven steps, once."""
    settings = Settings.load(home)
    intake.receive(settings, lambda: now)
    for shard in intake.claim(settings):
        intake.process(settings, shard["shard"], lambda: now)
    intake.deliver(settings)


def send_debits(home: str, now: datetime) -> None:
    """The debits that are due, to the bank."""
    payments.send_debits(Settings.load(home), business_date(now), lambda: now)


WORK = {"files": walk, "debits": send_debits}


def main() -> None:
    for line in sys.stdin:
        order = json.loads(line)
        child = os.fork()
        if child == 0:
            try:
                arm(order["place"], order["when"], order["time"])
                WORK[order.get("work", "files")](order["home"], datetime.fromisoformat(order["now"]))
            finally:
                os._exit(0)
        _, status = os.waitpid(child, 0)
        print(status & 0x7F, flush=True)


if __name__ == "__main__":
    main()
