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
from .activity_chunks import CHUNK, Chunk, lay_out, read
from .drill import drill
from .query import table

__all__ = [
    "CHUNK",
    "Activity",
    "Chunk",
    "Filed",
    "Filing",
    "activity",
    "drill",
    "filed_without",
    "files",
    "filings",
    "lay_out",
    "publish_filing",
    "read",
]

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


def no_files() -> pd.DataFrame:
    """No forms, as :class:`Filing` has them."""
    return pd.DataFrame({"name": [], "sha256": [], "bytes": []}).astype(
        {"name": "str", "sha256": "str", "bytes": "int64"}
    )


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
    return publish_filings(conn, [filing])[0]


def publish_filings(conn: psycopg.Connection, many: Sequence[Filing]) -> list[Filed]:
    """:func:`publish_filing` for many accounts (each once) in one transaction, all of them or none; in their order."""
    for filing in many:
        if missing := [name for name in TOTALS if name not in filing.totals]:
            raise ValueError(f"a filing has totals {', '.join(TOTALS)}; {', '.join(missing)} missing")
    accounts = [filing.account_id for filing in many]
    with conn.transaction():
        conn.execute("SELECT FROM account WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE", [accounts])
        months = [filing.month.replace(day=1) for filing in many]
        last = {account: said for account, *said in conn.execute(_LAST, [accounts, months])}
        new = [n for n, it in enumerate(many) if it.account_id not in last or last[it.account_id][2] != it.hash]
        made: dict[int, Filed] = {}
        if new:
            (taken,) = ids.take(conn, [len(new)])
            for n, id in zip(new, taken.tolist(), strict=True):
                before = last.get(many[n].account_id)
                made[n] = Filed(id, before[1] + 1 if before else 1, new=True)
            _put(conn, [many[n] for n in new], [made[n] for n in new], last)
    for n, it in enumerate(many):
        if n not in made:
            made[n] = Filed(last[it.account_id][0], last[it.account_id][1], new=False)
    return [made[n] for n in range(len(many))]


def _put(conn: psycopg.Connection, many: Sequence[Filing], made: Sequence[Filed], last: Mapping[int, list]) -> None:
    """The rows of new versions, and what is sent of them."""
    before = [last.get(it.account_id) for it in many]
    conn.execute("UPDATE filing SET state = 'replaced' WHERE id = ANY(%s)", [[it[0] for it in before if it]])
    rows = [
        {"id": new.id, "account_id": it.account_id, "month": pd.Timestamp(it.month.replace(day=1))}
        | {"version": new.version, "hash": it.hash, "filed_at": it.at, "reference": it.reference}
        | {name: int(it.totals[name]) for name in TOTALS}
        for it, new in zip(many, made, strict=True)
    ]
    replaces = pd.array([it[0] if it else None for it in before], dtype="Int64")
    bulk.copy(conn, "filing", pd.DataFrame(rows).assign(replaces_id=replaces))
    both = list(zip(many, made, strict=True))
    entries = [
        pd.DataFrame({"version_id": pd.Series(it.versions, dtype="int64")}).assign(filing_id=new.id) for it, new in both
    ]
    bulk.copy(conn, "filing_entry", pd.concat(entries, ignore_index=True))
    for name in ("lines", "files"):
        tables = [getattr(it, name).assign(filing_id=new.id) for it, new in both if len(getattr(it, name))]
        if tables:
            bulk.copy(
                conn, {"lines": "filing_line", "files": "filing_file"}[name], pd.concat(tables, ignore_index=True)
            )
    for (it, new), replaced in zip(both, before, strict=True):
        if not len(it.deliveries):
            continue
        outgoing.send(conn, it.deliveries.assign(account_id=it.account_id), it.at)
        said = f"version {new.version} of {it.month:%Y-%m}" + (f" replaces version {replaced[1]}" if replaced else "")
        conn.execute(_TOLD, {"names": it.deliveries["file_name"].tolist(), "at": it.at, "detail": said})


_LAST = """
    SELECT DISTINCT ON (f.account_id) f.account_id, f.id, f.version, f.hash
    FROM unnest(%s::bigint[], %s::date[]) AS k (account_id, month) JOIN filing f USING (account_id, month)
    ORDER BY f.account_id, f.version DESC"""


#: What is delivered is made in this transaction, so its interchanges are those that have no event yet.
_TOLD = """
    INSERT INTO event (at, step, interchange_id, detail)
    SELECT %(at)s, 'filed', interchange_id, %(detail)s FROM arrival a
    WHERE name = ANY(%(names)s::text[]) AND received_at = %(at)s
    AND NOT EXISTS (SELECT FROM event WHERE interchange_id = a.interchange_id) ORDER BY id"""


def filed_without(conn: psycopg.Connection, month: date, accounts: Sequence[int]) -> list[int]:
    """Ids of the accounts, other than these, whose filing of the month that counts has entries."""
    rows = conn.execute(_FILED_WITHOUT, {"month": month.replace(day=1), "accounts": list(accounts)})
    return [id for (id,) in rows.fetchall()]


_FILED_WITHOUT = """
    SELECT account_id FROM filing WHERE month = %(month)s AND state = 'filed' AND entries > 0
    AND account_id <> ALL(%(accounts)s) ORDER BY account_id"""


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
