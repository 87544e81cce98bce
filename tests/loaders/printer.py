"""A printer of statements to be killed: it stands still (for a SIGKILL) at the named place.

``python printer.py URL PLACE``; PLACE is a table just copied, or ``committing``.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[2]), str(Path(__file__).parent)]

from month import daily  # noqa: E402

from loaders import bulk, db, statements  # noqa: E402


def halt(here: str) -> None:
    if here == sys.argv[2]:
        print("here", flush=True)
        time.sleep(600)


def main() -> None:
    copy, deliver = bulk.copy, statements.deliver

    def copy_and_halt(conn, table, frame, **into):
        rows = copy(conn, table, frame, **into)
        halt(table)
        return rows

    def deliver_and_halt(*args):
        deliver(*args)
        halt("committing")

    bulk.copy, statements.deliver = copy_and_halt, deliver_and_halt
    with db.connect(sys.argv[1]) as conn:
        statements.publish_statements(conn, daily(conn))


if __name__ == "__main__":
    main()
