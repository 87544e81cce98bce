"""The activity of a whole month, read in one pass and laid out on disk by chunks of importer accounts.

An account's rows are strewn over all of a month, so reading account by account would read the month as often as there
are accounts, and reading all at once needs memory for all. Here every table is read once, as it comes, and each row is
written to the file of the chunk its account is in; then a chunk is read with memory for that chunk alone. What grows
with the month is ten bytes a summary (which chunk a version is in), the names of its files and its statements.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import psycopg
import pyarrow as pa

from . import of_month
from .activity import ACCOUNT, ADCVD, ENTRY, FEE, FEE_TOTAL, LINE, TARIFF, Activity
from .query import batches, frame, schema, snapshot, table
from .statement_tables import headings

#: Entry summaries of a chunk, unless one account alone has more: what bounds the memory of whoever reads it.
CHUNK = 50_000
STATEMENT_ENTRY = {
    "statement_number": "str",
    **dict.fromkeys(("version_id", "due_cents"), "int64"),
    "removed_at": "datetime64[us, UTC]",
}
#: Tables laid out, with the columns that :class:`loaders.activity.Activity` has of them.
TABLES = {
    "entry": ENTRY,
    "line": LINE,
    "tariff": TARIFF,
    "fee": FEE,
    "adcvd": ADCVD,
    "fee_total": FEE_TOTAL,
    "statement_entry": STATEMENT_ENTRY,
}
_FILES, _STATEMENTS = "file.parquet", "statement.pickle"
_FILE = {"interchange_id": "int64", "file_name": "str", "interchange": "str"}


@dataclass(frozen=True, slots=True)
class Chunk:
    """Accounts (ids) whose entry summaries of a month, so many, lie in files numbered ``number`` of a folder."""

    number: int
    accounts: tuple[int, ...]
    summaries: int


def lay_out(
    conn: psycopg.Connection, accounts: Sequence[int], month: date, folder: Path, *, most: int = CHUNK
) -> list[Chunk]:
    """Read the activity of importer accounts (ids) in the month of ``month`` from one state of the database into
    ``folder``, which is to be empty. Accounts with nothing in the month are in no chunk; the others are in the order of
    their numbers, so many together that a chunk has at most ``most`` summaries or one account.
    """
    values = {"accounts": list(accounts), "month": month.replace(day=1)}
    with snapshot(conn):
        counts = table(conn, _COUNTS, values, {"account_id": "int64", "summaries": "int64"})
        chunks = _chunks(counts, most)
        owner = pd.Series({id: chunk.number for chunk in chunks for id in chunk.accounts}, dtype="int16")
        version, at, numbers = _entries(conn, values, folder, chunks, owner)
        order = np.argsort(version)
        version, at = version[order], at[order]
        bounds = {"low": int(version[0]), "high": int(version[-1])} if len(version) else {"low": 0, "high": -1}
        for name in list(TABLES)[1:]:
            with _Writer(folder, name, len(chunks)) as out:
                for rows in batches(conn, _query(name), bounds, _sent(TABLES[name])):
                    out.write(rows, _look_up(version, at, rows.column("version_id").to_numpy()))
        table(conn, _NAMES, bounds, _FILE).to_parquet(folder / _FILES, index=False)
        statement = headings(conn, numbers)
        above = sorted(set(statement["parent_number"]) - {""})
        headings(conn, [*numbers, *above]).to_pickle(folder / _STATEMENTS)
    return chunks


def read(conn: psycopg.Connection, chunk: Chunk, month: date, folder: Path) -> Activity:
    """The activity of the accounts of a chunk: what :func:`loaders.activity.activity` gives of them, but for the order
    of the rows, the entries of other accounts on their statements, and statements no account of theirs has part in.
    """
    known = pd.read_parquet(folder / _FILES).astype({"file_name": "str", "interchange": "str"})
    names = known.set_index("interchange_id")
    tables = {}
    for name, types in TABLES.items():
        rows = frame(_stored(folder, name, chunk.number), _sent(types))
        if "interchange_id" in rows:
            at = names.index.get_indexer(pd.Index(rows["interchange_id"]))
            for column in ("file_name", "interchange"):
                if column in types:
                    rows[column] = names[column].take(at).array
        if "line_no" in types:
            rows["line_no"] = pd.array([pd.NA], dtype="Int64").repeat(len(rows))
        tables[name] = rows[list(types)]
    account = table(conn, of_month.ACCOUNT, {"accounts": list(chunk.accounts)}, ACCOUNT)
    statement = pd.read_pickle(folder / _STATEMENTS)
    return Activity(account=account, month=month.replace(day=1), statement=statement, **tables)


def _chunks(counts: pd.DataFrame, most: int) -> list[Chunk]:
    """Neighbours together until they are too many."""
    out: list[Chunk] = []
    accounts: list[int] = []
    summaries = 0
    for id, many in zip(counts["account_id"].tolist(), counts["summaries"].tolist(), strict=True):
        if accounts and summaries + many > most:
            out.append(Chunk(len(out), tuple(accounts), summaries))
            accounts, summaries = [], 0
        accounts.append(id)
        summaries += many
    return [*out, Chunk(len(out), tuple(accounts), summaries)] if accounts else out


def _entries(
    conn: psycopg.Connection, values: dict, folder: Path, chunks: list[Chunk], owner: pd.Series
) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """The version of each entry, the chunk it is in, and the numbers of the statements they are on."""
    version, at, numbers = [], [], set()
    with _Writer(folder, "entry", len(chunks)) as out:
        for rows in batches(conn, _ENTRY, values, _sent(ENTRY)):
            own = owner.reindex(rows.column("account_id").to_numpy()).to_numpy(dtype=np.int16)
            out.write(rows, own)
            version.append(rows.column("version_id").to_numpy())
            at.append(own)
            numbers |= set(rows.column("statement_number").unique().to_pylist()) - {""}
    none = np.zeros(0, np.int64)
    return np.concatenate([none, *version]), np.concatenate([none.astype(np.int16), *at]), sorted(numbers)


def _look_up(keys: np.ndarray, values: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """The value of each wanted key (``keys`` rise), -1 where there is none."""
    at = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    return np.where(keys[at] == wanted, values[at], np.int16(-1))


class _Writer(ExitStack):
    """The files of one table, one a chunk: Arrow, read back whole."""

    def __init__(self, folder: Path, name: str, chunks: int) -> None:
        super().__init__()
        self._schema = schema(_sent(TABLES[name]))
        self._files = [
            self.enter_context(pa.ipc.new_stream(str(_path(folder, name, n)), self._schema)) for n in range(chunks)
        ]

    def write(self, rows: pa.Table, chunk: np.ndarray) -> None:
        """Each row to its chunk; nowhere where that is -1."""
        order = np.argsort(chunk, kind="stable")
        edges = np.searchsorted(chunk[order], np.arange(len(self._files) + 1))
        rows = rows.take(order)
        for file, begin, end in zip(self._files, edges, edges[1:], strict=False):
            if end > begin:
                file.write_table(rows.slice(begin, end - begin))


def _path(folder: Path, name: str, number: int) -> Path:
    return folder / f"{name}-{number}.arrow"


def _stored(folder: Path, name: str, number: int) -> pa.Table:
    with pa.memory_map(str(_path(folder, name, number))) as source:
        return pa.ipc.open_stream(source).read_all()


def _sent(types: dict[str, str]) -> dict[str, str]:
    """The columns that are read row by row: the key of a file in place of its name and hash, and no blank column."""
    if "file_name" not in types:
        return types
    return {"interchange_id": "int64"} | {c: k for c, k in types.items() if c not in (*_FILE, "line_no")}


def _query(name: str) -> str:
    if name == "statement_entry":
        return """
            SELECT s.statement_number, e.version_id, e.due_cents, e.removed_at
            FROM statement_entry e JOIN statement s ON s.id = e.statement_id
            WHERE e.version_id BETWEEN %(low)s AND %(high)s"""
    own = {"amount_cents": "coalesce(amount_cents, 0)"} if name == "fee_total" else {}
    columns = ", ".join(own.get(column, column) for column in _sent(TABLES[name]))
    return f"SELECT {columns} FROM {name} WHERE version_id BETWEEN %(low)s AND %(high)s"


_COUNTS = f"""
    SELECT a.id, c.summaries FROM (
        SELECT e.importer_account_id AS id, count(*) AS summaries {of_month.FROM} GROUP BY e.importer_account_id
    ) c JOIN account a USING (id) ORDER BY a.number"""
_ENTRY = f"""
    SELECT {", ".join(of_month.ENTRY.get(column, f"v.{column}") for column in _sent(ENTRY))}
    {of_month.FROM}"""
_NAMES = """
    SELECT i.id, coalesce((SELECT name FROM arrival WHERE interchange_id = i.id ORDER BY id LIMIT 1), ''), i.sha256
    FROM interchange i WHERE i.id IN (
        SELECT interchange_id FROM entry_summary_version WHERE id BETWEEN %(low)s AND %(high)s)"""
