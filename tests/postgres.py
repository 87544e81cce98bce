"""Servers that tests throw away: they need survive no power cut, do not outlive the tests, and copy their databases."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg

from loaders import db, server

ROOT = Path(__file__).parents[1]
STOP = "import sys; from loaders import server; server.stop(sys.argv[1])"


@contextmanager
def home() -> Iterator[Path]:
    """A home with its embedded server running."""
    folder = Path(tempfile.mkdtemp(prefix="tw-", dir="/tmp"))  # PostgreSQL's user must be able to come here
    try:
        with finally_run(sys.executable, "-c", STOP, str(folder), cwd=ROOT):
            _hasten(server.ensure(folder))
            yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def finally_run(*command: str, **options: Any) -> Iterator[None]:
    """Run a command at the end of the block, even if that is the SIGKILL of this process: a worker that hangs or is
    no longer wanted gets one. ``options`` are those of ``Popen``."""
    wait = 'trap "" INT TERM; cat; exec "$@" >/dev/null 2>&1'
    with subprocess.Popen(
        ["/bin/sh", "-c", wait, "sh", *command], stdin=subprocess.PIPE, start_new_session=True, **options
    ) as guard:
        yield
    assert guard.returncode == 0, command


def copy(conn: psycopg.Connection, template: str, name: str) -> None:
    """Make database ``name`` as a copy of ``template``. Where nobody waits for the disk, copying its files is several
    times quicker than writing its pages to the log first."""
    strategy = "FILE_COPY" if conn.execute("SHOW fsync").fetchone() == ("off",) else "WAL_LOG"
    conn.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY {strategy}")


def _hasten(url: str) -> None:
    """Let the server leave writing to the disk to the system. What a killed process leaves behind is the same, and
    tests kill nothing but processes."""
    with closing(db.connect(url, autocommit=True)) as conn:
        conn.execute("ALTER SYSTEM SET fsync = off")
        conn.execute("SELECT pg_reload_conf()")
