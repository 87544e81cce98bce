"""The present state of entry summaries: created, advanced to a new version, marked deleted, all entries of a
shard at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import psycopg

from . import bulk, ids, rows

if TYPE_CHECKING:
    from .publish import Publication

KEY = ["filer_code", "entry_number"]
#: What the present state takes over from its version.
CURRENT = [
    *("sequence", "version_number", "entry_type", "port_of_entry", "broker_reference"),
    *("importer_number", "importer_account_id", "filer_account_id"),
]
GONE = ("deleted", "implicitly_deleted")


class StaleState(RuntimeError):
    """An entry is not in the state that the shard was decided on: somebody else filed for it meanwhile.
    Transient: recompute.
    """


def store(
    conn: psycopg.Connection, publication: Publication, versions: pd.DataFrame, transaction: np.ndarray
) -> pd.DataFrame:
    """Bring ``entry_summary`` to the state after the shard; return ``versions`` with their remaining keys.

    Raises
        StaleState: see there.
    """
    versions = versions.assign(**_accounts(conn, versions))
    effect = publication.dispositions["effect"].to_numpy(object)
    acting = np.flatnonzero(effect != "rejected")
    if not len(acting):
        return versions.assign(entry_summary_id=np.empty(0, np.int64), superseded_by=_none(0))
    # One row per entry: the last transaction that had an effect decides whether it is on file afterwards.
    entry = (
        publication.header[KEY].iloc[acting].assign(changed_by=transaction[acting], gone=np.isin(effect[acting], GONE))
    )
    entry = entry.groupby(KEY, sort=False).last().reset_index()
    entry = entry.merge(_on_file(conn, entry), how="left", on=KEY)

    order = versions.sort_values([*KEY, "sequence"])
    first = (
        order.groupby(KEY, sort=False)[["id", "sequence"]]
        .first()
        .rename(columns={"id": "first_id", "sequence": "first"})
    )
    entry = entry.merge(first, how="left", left_on=KEY, right_index=True)
    _agree(entry)
    known, added = entry["id"].notna().to_numpy(), entry["first"].notna().to_numpy()
    entry["id"] = entry["id"].astype("Int64")
    entry.loc[~known, "id"] = ids.take(conn, [int((~known).sum())])[0]

    versions = versions.merge(entry[[*KEY, "id"]].rename(columns={"id": "entry_summary_id"}), how="left", on=KEY)
    versions["superseded_by"] = (
        versions.sort_values("sequence").groupby(KEY, sort=False)["id"].shift(-1).astype("Int64")
    )
    latest = versions.sort_values("sequence").groupby(KEY, sort=False).last().rename(columns={"id": "version_id"})
    now = entry.merge(
        latest[["version_id", *CURRENT]], how="left", left_on=KEY, right_index=True, suffixes=("_before", "")
    )
    now = now.assign(
        status=np.where(now["gone"], "deleted", "accepted"), accepted_at=publication.at, changed_at=publication.at
    )
    columns = ["id", *KEY, "status", "version_id", *CURRENT, "accepted_at", "changed_at", "changed_by"]
    try:
        bulk.copy(conn, "entry_summary", now.loc[added & ~known, columns])
    except psycopg.errors.UniqueViolation as error:
        raise StaleState(f"an entry new to this shard was filed meanwhile: {error.diag.message_detail}") from error
    _replace(conn, now[added & known], columns)
    _delete(conn, now[~added & known], publication)
    return versions


def _accounts(conn: psycopg.Connection, versions: pd.DataFrame) -> dict[str, Any]:
    """Whose the versions are: the importer's account by its number, the filer's by its filer code; NULL where
    there is none.
    """

    def owners(kind: str, identifiers: pd.Series) -> pd.Series:
        query = "SELECT identifier, id FROM account WHERE kind = %s AND identifier <> '' AND identifier = ANY(%s)"
        return identifiers.map(dict(conn.execute(query, [kind, identifiers.unique().tolist()]).fetchall())).astype(
            "Int64"
        )

    if not len(versions):
        return {"importer_account_id": _none(0), "filer_account_id": _none(0)}
    return {
        "importer_account_id": owners("importer", versions["importer_number"]),
        "filer_account_id": owners("broker", versions["filer_code"]),
    }


def _on_file(conn: psycopg.Connection, entry: pd.DataFrame) -> pd.DataFrame:
    """Present id, sequence, version and status of the entries that are on file, locked in the order of their ids."""
    found = conn.execute(_LOCK, [entry["filer_code"].tolist(), entry["entry_number"].tolist()]).fetchall()
    types = {"id": "Int64", "sequence_before": "Int64", "version_before": "Int64", "status_before": "str"}
    return pd.DataFrame(found, columns=[*KEY, *types]).astype({**dict.fromkeys(KEY, "str"), **types})


_LOCK = """
    SELECT e.filer_code, e.entry_number, e.id, e.sequence, e.version_id, e.status
    FROM unnest(%s::text[], %s::text[]) AS k (filer_code, entry_number)
    JOIN entry_summary e USING (filer_code, entry_number) ORDER BY e.id FOR UPDATE OF e"""


def _agree(entry: pd.DataFrame) -> None:
    """Versions continue the sequence on file, and what is only deleted is there to be deleted; else the state
    was stale.
    """
    continues = (entry["first"] == entry["sequence_before"].fillna(0) + 1) | entry["first"].isna()
    there = entry["first"].notna() | (entry["status_before"] == "accepted")
    stale = entry[~(continues & there)]
    if len(stale):
        named = ", ".join((stale["filer_code"] + " " + stale["entry_number"]).head(3))
        raise StaleState(f"{len(stale)} entries changed since their state was read: {named}")


def _replace(conn: psycopg.Connection, now: pd.DataFrame, columns: list[str]) -> None:
    if not len(now):
        return
    conn.execute("CREATE TEMPORARY TABLE entry_now (LIKE entry_summary INCLUDING DEFAULTS) ON COMMIT DROP")
    bulk.copy(conn, "entry_summary", now[columns], into="entry_now")
    taken = ", ".join(f"{name} = n.{name}" for name in columns if name not in ("id", *KEY))
    conn.execute(f"UPDATE entry_summary e SET {taken}, {_HANDED_OVER} FROM entry_now n WHERE e.id = n.id")
    conn.execute(_SUPERSEDE, [now["version_before"].tolist(), now["first_id"].tolist()])
    conn.execute("DROP TABLE entry_now")


#: What was handed back to the filer is no longer; what it took off its statement stays its own until the next print.
_HANDED_OVER = """rejected = false,
    statement_status = CASE e.statement_status WHEN 'removed' THEN 'refiled' ELSE e.statement_status END"""
_SUPERSEDE = """
    UPDATE entry_summary_version v SET superseded_by = n.by FROM unnest(%s::bigint[], %s::bigint[]) AS n (id, by)
    WHERE v.id = n.id"""


def _delete(conn: psycopg.Connection, now: pd.DataFrame, publication: Publication) -> None:
    if len(now):
        conn.execute(_DELETE, [publication.at, now["id"].tolist(), now["changed_by"].tolist()])


_DELETE = """
    UPDATE entry_summary e SET status = 'deleted', changed_at = %s, changed_by = n.by
    FROM unnest(%s::bigint[], %s::bigint[]) AS n (id, by) WHERE e.id = n.id"""


def _none(count: int) -> pd.api.extensions.ExtensionArray:
    return rows.keys(np.full(count, -1))
