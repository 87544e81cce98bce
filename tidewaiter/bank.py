"""Files of debits where an operator's bank program finds them: ``bank/out/`` in the home.

The program takes whatever does not end in ``.part``, and may remove it at once. So a file must appear once, whatever
is killed when: it is written whole as ``.part``, then noted as written, then renamed. A ``.part`` that is noted has
not been renamed yet; one that is not noted is written anew.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import psycopg

from loaders import debits
from loaders.archive import Archive

PART = ".part"


def folder(home: Path) -> Path:
    """Where the files lie; made if need be, for nobody but us."""
    path = home / "bank" / "out"
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    return path


def hand_over(conn: psycopg.Connection, archive: Archive, out: Path, now: Callable[[], datetime]) -> list[str]:
    """Give the bank's program every file on record that it was not given; their names. Nobody else may be at it
    (:func:`loaders.debits.alone`)."""
    for file in debits.unplaced(conn):
        _write(out / (file.name + PART), archive.get(file.sha256))
        _keep(out)
        debits.placed(conn, file.id, now())
    waiting = {path.name.removesuffix(PART) for path in out.glob("*" + PART)}
    given = sorted(debits.ours(conn, waiting))
    for name in given:
        (out / (name + PART)).rename(out / name)
    _keep(out)
    return given


def _write(path: Path, data: bytes) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _keep(out: Path) -> None:
    """What was named in the folder survives a power cut."""
    handle = os.open(out, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
