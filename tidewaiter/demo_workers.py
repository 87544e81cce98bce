"""Workers of the demonstration's month: shards are computed side by side in processes of their own, as Airflow's tasks
are. They end with the process that made them, however that ends.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from multiprocessing import get_context

from tidewaiter import intake, processes
from tidewaiter.settings import Settings

COUNT = 2
#: Computes and commits shards (their ids) at an instant.
Work = Callable[[Sequence[int], datetime], None]


@contextmanager
def together(settings: Settings) -> Iterator[Work]:
    """:data:`COUNT` shards at a time. The workers are made at once, so that they are there when the first file is."""
    context = get_context("spawn")
    with ProcessPoolExecutor(COUNT, context, initializer=_begin, initargs=(os.getpid(),)) as pool:
        for _ in range(COUNT):
            pool.submit(os.getpid)
        yield lambda shards, at: list(pool.map(partial(_process, settings, at), shards)).clear()


def _begin(parent: int) -> None:
    processes.die_with_parent(parent)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches who made us, and that ends us in order


def _process(settings: Settings, at: datetime, shard: int) -> None:
    intake.process(settings, shard, lambda: at)
