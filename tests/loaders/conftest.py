"""Databases to test on: the embedded server always; Debian's PostgreSQL and a server by URL where they are to be
had.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from loaders import db, migrate, server
from tests import postgres

SERVER_URL = "TIDEWAITER_TEST_SERVER_URL"
SHARED = Path(__file__).parents[2].parent / "shared"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of official exports beside the repository."""
    if not SHARED.exists():
        pytest.skip(f"{SHARED} is not there")
    return SHARED


@pytest.fixture(scope="session")
def embedded() -> Iterator[str]:
    """URL of a database on an embedded server of this session."""
    with postgres.home() as home:
        yield server.url(home)


@pytest.fixture(scope="session")
def debian() -> Iterator[str]:
    """URL of a database on Debian's own PostgreSQL, started here on a unix socket."""
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    if not installed:
        pytest.skip("no PostgreSQL under /usr/lib/postgresql (apt-get install postgresql)")
    binaries = installed[-1].parent
    folder = Path(tempfile.mkdtemp(prefix="tw-pg-", dir="/tmp"))
    user = "postgres" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
    if os.geteuid() == 0:
        shutil.chown(folder, user)

    options: dict[str, Any] = {"cwd": folder}
    if os.geteuid() == 0:
        options |= {"user": user, "group": user, "extra_groups": []}

    def run(*command: str) -> None:
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT, **options)

    data = str(folder / "data")
    run(str(binaries / "initdb"), "-A", "trust", "-U", "postgres", "-E", "UTF8", "-D", data, "--no-sync")
    control = str(binaries / "pg_ctl")
    run(control, "-w", "-D", data, "-l", str(folder / "log"), "-o", f"-h '' -k {folder} -c fsync=off", "start")
    try:
        with postgres.finally_run(control, "-w", "-D", data, "-m", "fast", "stop", **options):
            yield f"postgresql://postgres@/postgres?host={folder}"
    finally:
        shutil.rmtree(folder, ignore_errors=True)


#: Servers each test runs on: the embedded one, Debian's PostgreSQL (skipped where it is not installed), and the
#: one that TIDEWAITER_TEST_SERVER_URL names, if it names one.
SERVERS = ["embedded", *(pytest.param(name, marks=pytest.mark.server) for name in ("debian", "by_url"))]
if not os.environ.get(SERVER_URL):
    SERVERS.pop()


@pytest.fixture(scope="session", params=SERVERS)
def migrated(request: pytest.FixtureRequest) -> Iterator[tuple[str, str]]:
    """A server's URL, and the name of a migrated template database on it."""
    if request.param == "by_url":
        url = os.environ[SERVER_URL]
    else:
        url = request.getfixturevalue(request.param)
    name = f"template_{uuid.uuid4().hex[:8]}"
    with db.connect(url, autocommit=True) as conn:
        conn.execute(f"CREATE DATABASE {name}")
        migrate.upgrade(_on(url, name))
        try:
            yield url, name
        finally:
            conn.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def url(migrated: tuple[str, str]) -> Iterator[str]:
    """URL of a migrated, empty database of this test alone."""
    server_url, template = migrated
    name = f"test_{uuid.uuid4().hex[:8]}"
    with db.connect(server_url, autocommit=True) as conn:
        postgres.copy(conn, template, name)
        try:
            yield _on(server_url, name)
        finally:
            conn.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def conn(url: str) -> Iterator[psycopg.Connection]:
    """A connection to the test's database."""
    with db.connect(url, autocommit=True) as conn:
        yield conn


def _on(url: str, database: str) -> str:
    parts = psycopg.conninfo.conninfo_to_dict(url) | {"dbname": database}
    host, user = parts.pop("host"), parts.get("user", "postgres")
    password = f":{parts['password']}" if parts.get("password") else ""
    if str(host).startswith("/"):
        return f"postgresql://{user}{password}@/{database}?host={host}"
    return f"postgresql://{user}{password}@{host}:{parts.get('port', 5432)}/{database}"
