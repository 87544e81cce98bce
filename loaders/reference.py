"""Reference data: load a table with one command, read an immutable snapshot without a server.

Each loaded table is an Arrow file ``HOME/reference/<sha256>.arrow``. A *snapshot* is a manifest of table -> hash,
``HOME/reference/<its own sha256>.json``; ``HOME/reference/current`` names the present one. Files never change, so
what was checked against a snapshot can be checked again years later; workers map the files instead of querying.
The database holds the present rows (``ref_<table>``) and the history of loads. The tables and their columns:
``loaders/reference_tables.csv``.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pyarrow as pa

from .reference_columns import definitions
from .reference_file import Given, ReferenceError, read

if TYPE_CHECKING:
    import psycopg

__all__ = ["Loaded", "ReferenceError", "Snapshot", "SnapshotMissing", "Tables", "load", "snapshot"]

_ARROW = {"text": pa.large_string(), "int": pa.int64(), "date": pa.timestamp("s")}
_PANDAS = {pa.large_string(): pd.StringDtype(na_value=float("nan")), pa.int64(): pd.Int64Dtype()}


class SnapshotMissing(LookupError):
    """There is no snapshot of this hash in this home, or nothing was loaded yet."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a load did: rows the table has now, the hash of its file, and the hash of the snapshot that is current
    now.
    """

    table: str
    rows: int
    hash: str
    snapshot: str


class Tables(Mapping[str, pd.DataFrame]):
    """Reference tables by name, each read when first asked for. Text is Arrow ``str``, numbers ``Int64``, dates
    ``datetime64[s]``. Do not change the frames: they are shared."""

    def __init__(self, folder: Path, manifest: Mapping[str, str]) -> None:
        self._folder, self._manifest = folder, manifest
        self._read: dict[str, pd.DataFrame] = {}

    def __getitem__(self, name: str) -> pd.DataFrame:
        if name not in self._read:
            self._read[name] = _frame(self._folder / f"{self._manifest[name]}.arrow")
        return self._read[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._manifest)

    def __len__(self) -> int:
        return len(self._manifest)

    def __contains__(self, name: object) -> bool:
        return name in self._manifest


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A set of reference tables. ``hash`` (blank: nothing was ever loaded) is what answers and versions name."""

    hash: str
    tables: Tables
    manifest: Mapping[str, str]


def load(
    conn: psycopg.Connection | None,
    home: Path | str,
    table: str,
    path: Path | str,
    effective: date | None = None,
    merge: bool = False,
) -> Loaded:
    """Load ``path`` (our columns or a known export) as reference table ``table`` and make a new snapshot current.

    The file replaces the table. With ``merge`` (always so for exports that carry only some rows) numbers that it does
    not name stay, and so do columns that it does not carry. With ``effective`` it amends a dated table: its rows hold
    from that day, older rows of the same numbers end the day before, everything else stays. Without a connection only
    the snapshot is made. Commits.

    Raises
        ReferenceError: faults in the file, named by line and column; nothing was changed.
    """
    folder, path = Path(home) / "reference", Path(path)
    given = read(table, path, effective)
    folder.mkdir(parents=True, exist_ok=True)
    with _locked(folder):
        before = snapshot(home)
        rows = given.rows
        if (effective or merge or given.partial) and table in before.tables:
            rows = _amended(table, before.tables[table], _completed(table, before.tables[table], given), effective)
        data = _bytes(table, rows)
        hash = hashlib.sha256(data).hexdigest()
        _keep(folder / f"{hash}.arrow", data)
        manifest = json.dumps({**before.manifest, table: hash}, sort_keys=True).encode()
        made = hashlib.sha256(manifest).hexdigest()
        _keep(folder / f"{made}.json", manifest)
        if conn is not None:
            _store(conn, table, rows, hash, made, manifest.decode(), path.name)
        _keep(folder / "current", made.encode())
    return Loaded(table, len(rows), hash, made)


def snapshot(home: Path | str, hash: str | None = None) -> Snapshot:
    """The current snapshot of ``home``, or the one called ``hash``. Needs no server. A home where nothing was
    loaded has an empty snapshot with a blank hash.

    Raises
        SnapshotMissing: no snapshot is called ``hash``.
    """
    folder = Path(home) / "reference"
    if hash is None:
        current = folder / "current"
        hash = current.read_text() if current.exists() else ""
    if not hash:
        return Snapshot("", Tables(folder, {}), {})
    path = folder / f"{hash}.json"
    if not re.fullmatch("[0-9a-f]{64}", hash) or not path.exists():
        raise SnapshotMissing(f"no reference snapshot {hash!r} in {folder}")
    manifest = json.loads(path.read_bytes())
    return Snapshot(hash, Tables(folder, manifest), manifest)


def _completed(table: str, old: pd.DataFrame, given: Given) -> pd.DataFrame:
    """The rows of a file, with what it does not carry (the official tariff names no class fees) as it stood for the
    same number before."""
    keys = [c for c in definitions()[table] if c.key]
    number = [c.name for c in keys if c.key == "key"] or [c.name for c in keys]
    carried = given.carries | {"valid_to"}
    missing = [c.name for c in definitions()[table] if not c.key and c.name not in carried]
    if not missing:
        return given.rows
    known = given.rows[number].merge(
        old.drop_duplicates(number, keep="last")[[*number, *missing]], how="left", on=number
    )
    return given.rows.assign(**{c: known[c].fillna(given.rows[c]).astype(given.rows[c].dtype) for c in missing})


def _amended(table: str, old: pd.DataFrame, new: pd.DataFrame, effective: date | None) -> pd.DataFrame:
    columns = definitions()[table]
    # A table known by its dates alone (interest rates) has one series: dates name its rows, and what holds from a new
    # day on ends all that went on.
    number = [c.name for c in columns if c.key == "key"]
    names = number or [c.name for c in columns if c.key]
    named = pd.MultiIndex.from_frame(old[names]).isin(pd.MultiIndex.from_frame(new[names]))
    named |= bool(effective and not number)
    kept = old
    if effective and "valid_from" in old:
        day = pd.Timestamp(effective)
        ends = named & ((old["valid_to"] >= day) | old["valid_to"].isna()).to_numpy()
        kept = old.assign(valid_to=old["valid_to"].mask(ends, day - pd.Timedelta(days=1)))
        kept = kept[~(named & (old["valid_from"] >= day).to_numpy())]
    else:
        kept = old[~named]
    keys = [c.name for c in columns if c.key]
    return pd.concat([kept, new], ignore_index=True).sort_values(keys, kind="stable", ignore_index=True)


def _bytes(table: str, rows: pd.DataFrame) -> bytes:
    columns = definitions()[table]
    schema = pa.schema([(c.name, _ARROW[c.type]) for c in columns])
    content = pa.Table.from_pandas(rows, schema=schema, preserve_index=False).replace_schema_metadata(None)
    sink = pa.BufferOutputStream()
    with pa.ipc.new_file(sink, schema) as writer:
        writer.write_table(content.combine_chunks())
    return sink.getvalue().to_pybytes()


def _frame(path: Path) -> pd.DataFrame:
    with pa.memory_map(str(path)) as source:
        return pa.ipc.open_file(source).read_all().to_pandas(types_mapper=_PANDAS.get)


def _store(
    conn: psycopg.Connection, table: str, rows: pd.DataFrame, hash: str, made: str, manifest: str, source: str
) -> None:
    from psycopg import sql  # here: whoever only reads snapshots needs no database

    from . import bulk

    now = datetime.now(UTC)
    with conn.transaction():
        conn.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(f"ref_{table}")))
        bulk.copy(conn, f"ref_{table}", rows)
        conn.execute(
            """INSERT INTO reference_snapshot (hash, table_name, rows, source, loaded_at) VALUES (%s, %s, %s, %s, %s)
            ON CONFLICT (hash, table_name) DO NOTHING""",
            [hash, table, len(rows), source, now],
        )
        conn.execute(
            """INSERT INTO reference_manifest (hash, tables, created_at) VALUES (%s, %s, %s)
            ON CONFLICT (hash) DO NOTHING""",
            [made, manifest, now],
        )


def _keep(path: Path, data: bytes) -> None:
    """Write a whole file or none."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".part-")
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    Path(name).chmod(0o644)
    Path(name).replace(path)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    with (folder / ".lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
