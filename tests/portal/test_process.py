"""The portal as a process, and the operator's commands for its people and its log."""

from __future__ import annotations

import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import pytest
from psycopg.rows import dict_row

from loaders import db, server
from loaders.portal import audit, users
from tests.portal.conftest import PASSWORD, Portal, csrf, sign_in
from tests.system.conftest import builder
from tidewaiter import cli
from tidewaiter.settings import Settings


class Running:
    """``tidewaiter portal`` on a home."""

    def __init__(self, home: Path) -> None:
        self.top = subprocess.Popen(
            [sys.executable, "-m", "tidewaiter", "--home", str(home), "portal"], stdout=subprocess.PIPE, text=True
        )
        assert self.top.stdout is not None
        self.address = self.top.stdout.readline().split()[-1]
        assert self.top.stdout.readline().startswith("Up.")
        self.processes = [psutil.Process(self.top.pid), *psutil.Process(self.top.pid).children(recursive=True)]

    def get(self, path: str, **headers: str) -> int:
        try:
            asked = urllib.request.Request(self.address + path, headers=headers)
            with urllib.request.urlopen(asked, timeout=60) as answer:
                return answer.status
        except urllib.error.HTTPError as refused:
            return refused.code

    def listens(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", urlsplit(self.address).port)) == 0


@pytest.fixture
def start() -> Iterator[Callable[[Path], Running]]:
    """Runs ``tidewaiter portal`` on a home; whatever the test says, it ends."""
    runs: list[Running] = []

    def make(home: Path) -> Running:
        runs.append(Running(home))
        return runs[-1]

    yield make
    for run in runs:
        run.top.kill()
        run.top.wait()


@pytest.fixture
def empty() -> Iterator[Path]:
    home = Path(tempfile.mkdtemp(prefix="tw-", dir="/tmp"))
    Settings(home=home, portal_port=0).save()
    yield home
    server.stop(home)
    shutil.rmtree(home, ignore_errors=True)


def test_it_brings_the_database_up_and_ends_with_all_it_started(empty: Path, start: Callable[[Path], Running]) -> None:
    """Asked to end, and killed: nothing is left; the address is that of last time."""
    first = start(empty)
    assert first.get("/sign-in") == 200
    assert server.running(empty) and len(first.processes) >= 3
    server.stop(empty)  # the database goes away under it, and comes back
    assert first.get("/me", cookie=f"__Host-tidewaiter={'a' * 64}") == 503
    server.ensure(empty)
    assert first.get("/sign-in") == 200
    first.top.send_signal(signal.SIGTERM)
    assert first.top.wait(30) == 0
    assert psutil.wait_procs(first.processes, timeout=10)[1] == []
    assert not server.running(empty) and not first.listens()
    second = start(empty)
    assert second.address == first.address
    second.top.kill()
    second.top.wait()
    assert psutil.wait_procs(second.processes, timeout=20)[1] == []
    assert not server.running(empty) and not second.listens()


@pytest.fixture
def home(template: Path, tmp_path: Path) -> Iterator[tuple[str, Portal]]:
    """A home of a test's own with one account, and its portal."""
    for build in builder(template, tmp_path):
        house = build()
        house.load('[[account]]\nnumber = "I-1"\nkind = "importer"\nname = "One"\nidentifier = "12-3456789MX"\n')
        house.now = datetime.now(UTC)  # the commands ask the machine's clock
        yield str(house.settings.home), Portal(house, None)


def run(home: str, *command: str) -> int:
    return cli.main(["--home", home, *command])


def test_an_operator_invites_resets_and_disables(home: tuple[str, Portal], capsys) -> None:
    folder, portal = home
    assert run(folder, "user", "add", "Ann@example.test", "Ann Gray", "--account", "I-1", "--role", "owner") == 0
    link = capsys.readouterr().out.strip()
    assert re.fullmatch(r"http://localhost:\d+/invitation/[0-9a-f]{64}", link)
    with portal.client() as client:
        path = urlsplit(link).path
        data = {"csrf": csrf(client, path), "password": PASSWORD, "again": PASSWORD}
        assert client.post(path, data=data).status_code == 303
    # From here on as somebody who has signed in before.
    portal.enrol("ann", None)
    assert run(folder, "user", "add", "ann@example.test", "Ann", "--account", "I-1", "--role", "reader") == 0
    assert "no invitation" in capsys.readouterr().err
    with portal.client("ann") as client:
        assert client.get("/", follow_redirects=False).headers.get("location") == "/importer"
        assert run(folder, "user", "reset", "ann@example.test") == 0
        link = capsys.readouterr().out.strip()
        assert client.get("/").headers["location"] == "/sign-in", "the session has ended"
        data = {"csrf": csrf(client, "/sign-in"), "email": "ann@example.test", "password": PASSWORD}
        assert client.post("/sign-in", data=data).status_code == 401
    with closing(db.connect(portal.house.settings.database_url)) as conn:
        conn.row_factory = dict_row
        user = users.by_email(conn, "ann@example.test")
        assert user and (user.status, user.password_hash, user.totp_secret) == ("invited", "", "")
    told = [row[0] for row in portal.house.ask("SELECT action FROM audit WHERE detail LIKE 'by the operator%%'")]
    assert told == ["user added", "user added", "sign-in reset"]
    assert run(folder, "user", "disable", "ann@example.test") == 0
    with portal.client() as client:
        path = urlsplit(link).path
        data = {"csrf": csrf(client, path), "password": PASSWORD, "again": PASSWORD}
        assert client.post(path, data=data).status_code == 404, "a link lets nobody back in who was disabled"


def test_what_cannot_be_is_said(home: tuple[str, Portal], capsys) -> None:
    folder, _ = home
    person = ("user", "add", "b@example.test", "B")
    for command, words in (
        ((*person, "--account", "I-9", "--role", "owner"), "I-9"),
        ((*person, "--account", "I-1", "--role", "officer"), "kind importer"),
        (("user", "add", "no address", "B", "--account", "I-1", "--role", "owner"), "no e-mail address"),
        (("user", "reset", "nobody@example.test"), "nobody in the portal"),
        (("user", "disable", "nobody@example.test"), "nobody in the portal"),
    ):
        assert run(folder, *command) == 2
        assert words in capsys.readouterr().err
    assert run(folder, *person, "--account", "I-1", "--role", "owner") == 0
    assert run(folder, "user", "add", "c@example.test", "C", "--account", "I-1", "--role", "owner") == 2
    assert "an owner already" in capsys.readouterr().err


def test_the_log_is_verified(home: tuple[str, Portal], capsys) -> None:
    folder, portal = home
    portal.enrol("dan", portal.account("I-1")[0])
    with portal.client() as client:
        sign_in(client, "dan", portal.code)
    assert run(folder, "audit", "verify") == 0
    head = capsys.readouterr().out.split()[-1]
    with portal.client("dan"):
        pass
    assert run(folder, "audit", "verify", "--head", head) == 0, "it has grown, and the head is still in it"
    portal.conn.execute("DELETE FROM audit WHERE id = (SELECT max(id) FROM audit)")
    last = audit.head(portal.conn)[1]
    assert run(folder, "audit", "verify", "--head", "0" * 64) == 1
    assert "cut off" in capsys.readouterr().err
    portal.conn.execute("UPDATE audit SET action = 'nothing' WHERE id = (SELECT min(id) FROM audit)")
    assert run(folder, "audit", "verify", "--head", last) == 1
    assert "its words were changed" in capsys.readouterr().err
