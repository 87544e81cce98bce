"""The consolidated monthly filing of each importer account (19 U.S.C. 1401(r), 1484): read, summed up, tied out, filed.

A month that does not tie out to the cent is not filed: what does not agree is told, for an operator. The same content
is filed once; what changed since is a new version beside the one before.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

import pandas as pd
import psycopg

from loaders import accounts, db, filings
from loaders.archive import Archive
from tidewaiter import database, filing_documents
from tidewaiter.settings import Settings
from transforms.filing import charges, owned, split, summarise, tables, tie_out

Clock = Callable[[], datetime]


@dataclass
class Month:
    """What became of a month: new filings, filings that say what was said before, and what does not tie out."""

    filed: int = 0
    unchanged: int = 0
    open: dict[str, pd.DataFrame] = field(default_factory=dict)  # account number -> differences


def file_month(settings: Settings, month: date, now: Clock = lambda: datetime.now(UTC)) -> Month:
    """File the month of ``month`` for every importer account with something entered in it. Doing it again files only
    what has changed.
    """
    done, archive = Month(), Archive(settings.archive)
    with closing(db.connect(database.url(settings), autocommit=True)) as conn:
        activity = filings.activity(conn, accounts.of_kind(conn, "importer"), month)
        for account_id, facts in split.by_account(activity):
            if not len(facts.entry):
                continue
            made = summarise.activity(facts)
            differences = tie_out.tie_out(facts, made)
            if len(differences):
                done.open[facts.account["number"]] = differences
            elif _file(conn, archive, account_id, facts, made, now()):
                done.filed += 1
            else:
                done.unchanged += 1
    return done


def _file(
    conn: psycopg.Connection,
    archive: Archive,
    account_id: int,
    facts: summarise.MonthFacts,
    made: dict[str, pd.DataFrame],
    at: datetime,
) -> bool:
    """File one account's month; whether that made a new version."""
    made = made | {"statement": owned.own(made["statement"]), "charge": charges.charges(facts)}
    said = tables.digest(made)
    before = filings.filings(conn, account_id, facts.month)
    if len(before) and before["hash"].iloc[-1] == said:
        return False
    earlier = filing_documents.before(conn, archive, before.iloc[-1]) if len(before) else None
    version = earlier.version + 1 if earlier else 1
    bodies = filing_documents.bodies(made, version, earlier, filing_documents.reports(conn, account_id, facts))
    kept = [(form, archive.put(body), len(body)) for form, body in bodies.items()]
    name = f"{facts.month:%Y-%m}-{facts.account['number']}-v{version}"
    total = made["totals"].iloc[0]
    filing = filings.Filing(
        account_id=account_id,
        month=facts.month,
        hash=said,
        totals={key: int(total[key]) for key in filings.TOTALS},
        versions=facts.entry["version_id"].tolist(),
        files=pd.DataFrame(kept, columns=["name", "sha256", "bytes"]),
        at=at,
        deliveries=filing_documents.deliveries(name, bodies),
    )
    return filings.publish_filing(conn, filing).new
