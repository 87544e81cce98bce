"""What was not paid on its day: marked late, its filer told, and the standing of the account recorded.

Nobody is suspended by this: an operator decides.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

import pandas as pd

from loaders import db, lateness, reference, standings, statements
from tidewaiter import database, month
from tidewaiter.settings import Settings
from transforms.statement import late as rules
from transforms.statement import notices


@dataclass(frozen=True, slots=True)
class Late:
    """The unpaid statements that are late (as :func:`transforms.statement.late.standing` tells of each, with
    ``statement_number`` and ``owed_cents``), numbers of those noticed now, and of accounts whose standing changed."""

    statements: pd.DataFrame
    noticed: list[str] = field(default_factory=list)
    changed: int = 0


def lateness_of(settings: Settings, day: date, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> Late:
    """Mark what is late on ``day``, send each notice that is due, once, and let every account stand as its worst
    statement does; one whose statements are paid stands well again."""
    calendar, rates = month.calendar(settings), interest_rates(settings)
    with closing(db.connect(database.url(settings), autocommit=True)) as conn, conn.transaction():
        at = now()
        found = lateness.late(conn, day, at)
        told = _standing(found, day, calendar, rates)
        # Notice is never later than its day: it goes out on the last working day until then.
        due = told["notice_on"] < pd.Timestamp(calendar.next_working(day + timedelta(days=1)))
        noticed = lateness.notice(conn, told.loc[due, "statement_number"], at)
        found["noticed_at"] = found["noticed_at"].mask(found["statement_number"].isin(noticed), at)
        told = _standing(found, day, calendar, rates)
        messages = pd.DataFrame(list(_notices(told, noticed, day)), columns=statements.DELIVERY)
        statements.deliver(conn, messages, noticed, at)
        changed = standings.stand(conn, rules.worst(told), day, at)
    return Late(told, noticed, changed)


def interest_rates(settings: Settings) -> pd.DataFrame:
    """The rates the operator has loaded; without any no interest is known."""
    none = pd.DataFrame(columns=["valid_from", "valid_to", "underpayment_pct"])
    return reference.snapshot(settings.home).tables.get("interest_rates", none)


def _standing(found: pd.DataFrame, day: date, calendar: rules.WorkingDays, rates: pd.DataFrame) -> pd.DataFrame:
    owed = found.assign(remaining_cents=found["owed_cents"])
    return found.drop(columns="interest_cents").join(rules.standing(owed, day, calendar, rates))


def _notices(told: pd.DataFrame, noticed: list[str], day: date) -> Iterator[tuple]:
    for _, row in told[told["statement_number"].isin(noticed)].iterrows():
        name, body = f"{row['statement_number']}.late.txt", notices.late(row, day).encode()
        yield row["statement_number"], "filer", "notice", name, body
        if row["importer_number"]:
            yield row["statement_number"], "importer", "notice", name, body
