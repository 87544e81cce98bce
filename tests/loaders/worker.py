"""A worker to be killed: it computes and publishes what waits, and stands still (for a SIGKILL) at the named place.

``python worker.py URL PLACE``; PLACE is ``claimed``, ``taken``, a table just copied, ``committing`` or ``never``.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[2]), str(Path(__file__).parent)]

from shards import FILINGS, compute  # noqa: E402

from loaders import bulk, db, intake, publish  # noqa: E402


def halt(here: str) -> None:
    if here == sys.argv[2]:
        print("here", flush=True)
        time.sleep(600)


def main() -> None:
    copy, finish = bulk.copy, publish.finish

    def copy_and_halt(conn, table, frame, **into):
        rows = copy(conn, table, frame, **into)
        halt(table)
        return rows

    def finish_and_halt(*args):
        finish(*args)
        halt("committing")

    bulk.copy, publish.finish = copy_and_halt, finish_and_halt
    with db.connect(sys.argv[1], autocommit=True) as conn:
        for claimed in intake.claim(conn):
            halt("claimed")
            shard = intake.take(conn, claimed.id)
            halt("taken")
            publication = compute(conn, shard, FILINGS)
            halt("computed")
            publish.publish(conn, publication)
    print("done", flush=True)


if __name__ == "__main__":
    main()
