"""The consolidated monthly filing of an importer account (19 U.S.C. 1401(r)): versions that are never overwritten,
and the way from each of their totals down to the record it came from.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

import pandas as pd
import psycopg

from . import bulk, ids, outgoing
from .activity import Activity, activity
from .drill import drill
from .query import table

__all__ = ["Activity", "Filed", "Filing", "activity", "drill", "files", "filings", "publish_filing"]

TOTALS = (
    *("entries", "lines", "value_cents", "duty_cents", "tax_cents", "fee_cents"),
    *("ad_cents", "cvd_cents", "other_cents", "total_cents"),
)
#: A version of a filing, as :func:`filings` reads it.
FILING = {
    "filing_id": "int64",
    "number": "str",
    "month": "datetime64[s]",
    "version": "int64",
    **dict.fromkeys(("state", "hash"), "str"),
    "replaces_id": "Int64",
    "filed_at": "datetime64[us, UTC]",
    **dict.fromkeys(TOTALS, "int64"),
}


def _no_lines() -> pd.DataFrame:
    return pd.DataFrame(columns=["section", "ordinal"])


def _no_deliveries() -> pd.DataFrame:
    return pd.DataFrame(columns=["kind", "file_name", "body"])


@dataclass(frozen=True, slots=True)
class Filing:
    """A filing to be made. ``hash`` is over its content; ``totals`` has :data:`TOTALS`; ``versions`` are the entry
    summary versions it is made of; ``lines`` are aggregates with columns of the table ``filing_line``; ``files`` are
    ``name sha256 bytes`` of its forms, in the archive already; ``deliveries`` (``kind file_name body``) go to the
    account.
    """

    account_id: int
    month: date
    hash: str
    totals: Mapping[str, int]
    versions: Sequence[int]
    files: pd.DataFrame
    at: datetime
    lines: pd.DataFrame = field(default_factory=_no_lines)
    deliveries: pd.DataFrame = field(default_factory=_no_deliveries)
    reference: str = ""


@dataclass(frozen=True, slots=True)
class Filed:
    """The version that counts now; ``new`` unless the same content was filed before."""

    id: int
    version: int
    new: bool


def publish_filing(conn: psycopg.Connection, filing: Filing) -> Filed:
    """File, in one transaction: a new version that replaces the last one, unless the last one says the same.

    Raises
        ValueError: a total or a column is missing or unknown; nothing is committed.
        psycopg.errors.ForeignKeyViolation: there is no such account.
    """
    if missing := [name for name in TOTALS if name not in filing.totals]:
        raise ValueError(f"a filing has totals {', '.join(TOTALS)}; {', '.join(missing)} missing")
    month = filing.month.replace(day=1)
    with conn.transaction():
        conn.execute("SELECT FROM account WHERE id = %s FOR NO KEY UPDATE", [filing.account_id])
        last = conn.execute(_LAST, [filing.account_id, month]).fetchone()
        if last and last[2] == filing.hash:
            return Filed(last[0], last[1], new=False)
        (new,) = ids.take(conn, [1])
        id, version = int(new[0]), last[1] + 1 if last else 1
        conn.execute("UPDATE filing SET state = 'replaced' WHERE id = %s", [last[0] if last else None])
        own = {name: int(filing.totals[name]) for name in TOTALS}
        row = {"id": id, "account_id": filing.account_id, "month": pd.Timestamp(month), "version": version}
        row |= {"hash": filing.hash, "filed_at": filing.at, "reference": filing.reference}
        replaces = pd.array([last[0] if last else None], dtype="Int64")
        bulk.copy(conn, "filing", pd.DataFrame([row | own]).assign(replaces_id=replaces))
        entries = pd.DataFrame({"version_id": pd.Series(filing.versions, dtype="int64")})
        bulk.copy(conn, "filing_entry", entries.assign(filing_id=id))
        bulk.copy(conn, "filing_line", filing.lines.assign(filing_id=id))
        bulk.copy(conn, "filing_file", filing.files.assign(filing_id=id))
        outgoing.send(conn, filing.deliveries.assign(account_id=filing.account_id), filing.at)
        said = f"version {version} of {month:%Y-%m}" + (f" replaces version {last[1]}" if last else "")
        conn.execute(_TOLD, {"names": filing.deliveries["file_name"].tolist(), "at": filing.at, "detail": said})
    return Filed(id, version, new=True)


_LAST = """
    SELECT id, version, hash FROM filing WHERE account_id = %s AND month = %s ORDER BY version DESC LIMIT 1"""


#: What is delivered is made in this transaction, so its interchanges are those that have no event yet.
_TOLD = """
    INSERT INTO event (at, step, interchange_id, detail)
    SELECT %(at)s, 'filed', interchange_id, %(detail)s FROM arrival a
    WHERE name = ANY(%(names)s::text[]) AND received_at = %(at)s
    AND NOT EXISTS (SELECT FROM event WHERE interchange_id = a.interchange_id) ORDER BY id"""


def filings(conn: psycopg.Connection, account_id: int, month: date | None = None) -> pd.DataFrame:
    """The filings of an account, of one month or all, every version (:data:`FILING`), oldest first."""
    values = {"account": account_id, "month": month.replace(day=1) if month else None}
    return table(conn, _FILINGS, values, FILING)


_FILINGS = f"""
    SELECT f.id, a.number, f.month, f.version, f.state, f.hash, f.replaces_id, f.filed_at,
        {", ".join(f"f.{name}" for name in TOTALS)}
    FROM filing f JOIN account a ON a.id = f.account_id
    WHERE f.account_id = %(account)s AND (%(month)s::date IS NULL OR f.month = %(month)s) ORDER BY f.month, f.version"""


def files(conn: psycopg.Connection, filing_id: int) -> pd.DataFrame:
    """``name sha256 bytes`` of the forms of a filing, by name; the archive has them under their sha256."""
    query = "SELECT name, sha256, bytes FROM filing_file WHERE filing_id = %(filing)s ORDER BY name"
    return table(conn, query, {"filing": filing_id}, {"name": "str", "sha256": "str", "bytes": "int64"})
