"""The embedded server: started by anyone, found by everyone, gone after stop."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil
import psycopg
import pytest

from loaders import db, server


@pytest.fixture
def home():
    home = Path(tempfile.mkdtemp(prefix="tw-", dir="/tmp"))
    yield home
    server.stop(home)
    shutil.rmtree(home, ignore_errors=True)


def processes(home: Path) -> list[psutil.Process]:
    found = []
    for process in psutil.process_iter():
        try:
            if process.cwd().startswith(str(home)):
                found.append(process)
        except psutil.Error:
            continue
    return found


def test_one_server_for_all_and_nothing_left_after_stop(home):
    start = "import sys; from loaders import server; print(server.ensure(sys.argv[1]))"
    runs = [
        subprocess.Popen([sys.executable, "-W", "ignore", "-c", start, str(home)], stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    assert len({run.communicate(timeout=60)[0] for run in runs}) == 1
    url = server.ensure(home)
    with db.connect(url) as conn, db.connect(server.ensure(home, "airflow")) as other:
        assert conn.execute("SELECT current_database()").fetchone() == ("tidewaiter",)
        assert other.execute("SHOW listen_addresses").fetchone() == ("",)
        conn.execute("CREATE TABLE kept (n int)")
    assert server.url(home, "airflow", "psycopg2").startswith("postgresql+psycopg2://postgres:@/airflow?host=")
    assert server.running(home) and processes(home)
    assert server.stop(home)
    assert not server.running(home) and not processes(home)
    assert not server.stop(home)
    with pytest.raises(RuntimeError, match="no embedded PostgreSQL runs"):
        server.url(home)
    with db.connect(server.ensure(home)) as conn:
        assert conn.execute("SELECT count(*) FROM kept").fetchone() == (0,)


def test_it_starts_again_after_kill_9(home):
    with db.connect(server.ensure(home), autocommit=True) as conn:
        conn.execute("CREATE TABLE kept AS SELECT 1 AS n")
    pid = int((home / "pg" / "postmaster.pid").read_text().split()[0])
    os.kill(pid, signal.SIGKILL)
    deadline = time.monotonic() + 20
    while processes(home) and time.monotonic() < deadline:
        time.sleep(0.05)
    with db.connect(server.ensure(home)) as conn:
        assert conn.execute("SELECT n FROM kept").fetchone() == (1,)


def test_a_stale_pid_file_never_stops_a_stranger(home):
    (home / "pg").mkdir()
    (home / "pg" / "postmaster.pid").write_text(f"{os.getpid()}\n{home}/pg\n0\n5432\n{home}/pg\n\n0 0\nready\n")
    assert not server.running(home)
    assert not server.stop(home)


def test_an_unknown_database_is_refused(home):
    with pytest.raises(ValueError, match="expected one of tidewaiter, airflow"):
        server.ensure(home, "other")
    with pytest.raises(psycopg.OperationalError):
        db.connect(f"postgresql://postgres@/tidewaiter?host={home}")
