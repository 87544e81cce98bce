"""The monthly export activity statement of each exporter account: read, added up, tied out, issued and delivered.

A month that does not tie out is not issued. The same content is issued once; what changed since is a new version.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from datetime import UTC, date, datetime

import pandas as pd
import psycopg

from loaders import accounts, db, export_statements
from loaders.archive import Archive
from tidewaiter import database
from tidewaiter.filing import Month
from tidewaiter.settings import Settings
from transforms.export import activity, statement
from transforms.filing import tables

Clock = Callable[[], datetime]
#: Forms that go to the account; all of them stay in the archive.
DELIVERED = ("statement.json", "goods.csv", "filing.csv", "line.csv", "statement.pdf")
KIND = "export"
#: Accounts whose month is read at a time.
TOGETHER = 200


def state_month(
    settings: Settings, month: date, now: Clock = lambda: datetime.now(UTC), *, account: str | None = None
) -> Month:
    """Issue the statement of ``month`` for every exporter account (or for one, by number) with something that left in
    it, or in its last statement of it. Doing it again issues only what has changed.

    Raises
        loaders.accounts.UnknownAccount: there is no such account.
    """
    done, archive = Month(), Archive(settings.archive)
    with closing(db.connect(database.url(settings), autocommit=True)) as conn:
        wanted = accounts.find(conn, account) if account else None
        ids = export_statements.busy(conn, month, wanted)
        for first in range(0, len(ids), TOGETHER):
            some = ids[first : first + TOGETHER]
            every = export_statements.activity(conn, some, month)
            for id in some:
                _state(conn, archive, id, every.of(id), month, now(), done)
    return done


def _state(
    conn: psycopg.Connection,
    archive: Archive,
    account_id: int,
    own: export_statements.Activity,
    month: date,
    at: datetime,
    done: Month,
) -> None:
    it = activity.Activity(pd.Timestamp(month.replace(day=1)).as_unit("s"), own.account, own.filing, own.line)
    made = activity.summarise(it)
    number = str(own.account["number"].iloc[0])
    if len(wrong := activity.tie_out(it, made)):
        done.open[number] = wrong
        return
    words = activity.written(made)
    said = tables.hashed(words)
    before = export_statements.statements(conn, account_id, month)
    if len(before) and before["hash"].iloc[-1] == said:
        done.unchanged += 1
        return
    last = int(before["version"].iloc[-1]) if len(before) else 0
    bodies = activity.forms(made, last + 1, words, statement.pdf(made, last + 1, said, last))
    kept = [(name, archive.put(body), len(body)) for name, body in bodies.items()]
    prefix = f"{month:%Y-%m}-{number}-export-v{last + 1}"
    total = made["totals"].iloc[0]
    _, new = export_statements.issue(
        conn,
        export_statements.Statement(
            account_id=account_id,
            month=month,
            hash=said,
            filings=int(total["filings"]),
            lines=int(total["lines"]),
            value_cents=int(total["value_cents"]),
            late=int(total["late"]),
            versions=own.filing["version_id"].tolist(),
            at=at,
            files=pd.DataFrame(kept, columns=["name", "sha256", "bytes"]),
            deliveries=pd.DataFrame(
                [(KIND, f"{prefix}.{name.removeprefix('statement.')}", bodies[name]) for name in DELIVERED],
                columns=["kind", "file_name", "body"],
            ),
        ),
    )
    done.filed, done.unchanged = done.filed + new, done.unchanged + (not new)
