"""The small reference set that comes with the project (``loaders/demo/*.csv``), until an operator loads the official
exports."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from loaders import reference

if TYPE_CHECKING:
    import psycopg


def tables() -> list[Path]:
    """The tables of the set, named as the reference tables they fill."""
    return sorted(Path(str(files("loaders"))).joinpath("demo").glob("*.csv"))


def load_missing(conn: psycopg.Connection, home: Path) -> Iterator[reference.Loaded]:
    """Load each table of the set that this home has never loaded."""
    present = set(reference.snapshot(home).tables)
    for path in tables():
        if path.stem not in present:
            yield reference.load(conn, home, path.stem, path)


def snapshot() -> reference.Snapshot:
    """The set as a snapshot for whoever has no home, made once and kept in the user's cache folder."""
    fingerprint = hashlib.sha256(b"".join(path.read_bytes() for path in tables())).hexdigest()[:16]
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = cache / "tidewaiter" / f"demonstration-{fingerprint}"
    done = folder / "complete"
    try:
        if not done.exists():
            _make(folder)
            done.touch()
        return reference.snapshot(folder)
    except OSError:  # no cache folder to write to: make it for this once
        folder = Path(tempfile.mkdtemp(prefix="tidewaiter-"))
        _make(folder)
        return reference.snapshot(folder)


def _make(folder: Path) -> None:
    for path in tables():
        reference.load(None, folder, path.stem, path)
