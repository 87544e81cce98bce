"""The running system: PostgreSQL, the SFTP server, the portal, Airflow; up in order, down in reverse, nothing left.

What is embedded is ours to start and stop, what the settings name by URL or host is not. However this process ends,
SIGKILL included, the rest ends too: the kernel kills our children with it (``tidewaiter.processes``), and a guard,
waiting on a pipe that only we hold open, shuts PostgreSQL down.
"""

from __future__ import annotations

import fcntl
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from pathlib import Path

from loaders import server
from tidewaiter import airflow, portal_process
from tidewaiter.airflow import Airflow, folder
from tidewaiter.keys import HOST_KEY
from tidewaiter.processes import Child
from tidewaiter.settings import Settings

AUTHORIZED = "authorized"
LOCK = "running.lock"


class AlreadyRunning(Exception):
    """A system runs in this home; there can be one."""


class NotUp(Exception):
    """A part of the system did not come up; the message says which and why."""


class Stack:
    """The system of one home, for the time of a ``with`` block. Enter it from a thread that lives as long as the block.

    Attributes:
        settings: as given, with the SFTP port that was chosen if it was 0 (and then saved: tasks read it there).
        airflow: the running Airflow; with ``airflow=False`` there is none until :meth:`start_airflow`.
        portal: the portal's address, blank when there is none.
    """

    airflow: Airflow
    portal: str = ""

    def __init__(self, settings: Settings, say: Callable[[str], None] | None = None, *, airflow: bool = True) -> None:
        self.settings = settings
        self._airflow = airflow
        self._say = say or (lambda step: None)
        self._exit = ExitStack()

    def __enter__(self) -> Stack:
        """Bring everything up.

        Raises:
            AlreadyRunning: another process has the system of this home.
            NotUp, PortalDown, AirflowDown: with the end of the log of what failed; what had come up is down again.
        """
        with ExitStack() as undo:
            undo.enter_context(_asked_to_end())
            lock = undo.enter_context(closing(_lock(self.settings.home)))
            if not (self.settings.database_url and self.settings.airflow_database_url):
                undo.enter_context(_guarded(self.settings.home, lock.fileno()))
                server.ensure(self.settings.home)
                self._say("PostgreSQL")
            if self.settings.sftp_embedded:
                self.settings = _with_port(self.settings)
                undo.callback(_sftp(self.settings).stop)
                self._say(f"SFTP server on {self.settings.sftp_host}:{self.settings.sftp_port}")
            if reason := portal_process.possible(self.settings):
                self._say(f"no portal: {reason}")
            else:
                portal, self.portal = portal_process.start(self.settings, airflow.address(self.settings))
                undo.callback(portal.stop)
                self._say(f"portal on {self.portal}")
            if self._airflow:
                self._start_airflow(undo)
            self._exit = undo.pop_all()
        return self

    def start_airflow(self) -> None:
        """Bring Airflow up, in a system that was entered without. Raises AirflowDown."""
        self._start_airflow(self._exit)

    def _start_airflow(self, undo: ExitStack) -> None:
        database = self.settings.airflow_database_url or server.url(self.settings.home, "airflow")
        self.airflow = Airflow(self.settings, database)
        undo.callback(self.airflow.stop)
        self.airflow.wait(say=lambda step: self._say(f"Airflow {step}"))

    def __exit__(self, *_: object) -> None:
        self._exit.close()


def up(home: str | Path | None) -> int:
    """Run the system of ``home`` until Ctrl-C or SIGTERM; the exit code."""
    began = time.monotonic()

    def say(step: str) -> None:
        print(f"[{time.monotonic() - began:5.1f} s] {step}", flush=True)

    settings = Settings.load(home)
    try:
        with Stack(settings, say) as stack:
            print(f"Drop     sftp -P {stack.settings.sftp_port} ACCOUNT@{stack.settings.sftp_host}")
            if stack.portal:
                print(f"Portal   {stack.portal}")
            print(f"Airflow  {stack.airflow.url}  (user admin, password in {folder(settings) / 'passwords.json'})")
            print("Up. Ctrl-C ends everything.", flush=True)
            while True:
                signal.pause()
    except KeyboardInterrupt:
        say("down")
    return 0


def portal(home: str | Path | None) -> int:
    """Run the portal of ``home`` alone until Ctrl-C or SIGTERM; the exit code. An embedded database that is not up is
    brought up, and ends with us."""
    settings = Settings.load(home)
    try:
        with ExitStack() as undo:
            undo.enter_context(_asked_to_end())
            if not settings.database_url and not server.running(settings.home):
                lock = undo.enter_context(closing(_lock(settings.home)))
                undo.enter_context(_guarded(settings.home, lock.fileno()))
                server.ensure(settings.home)
            child, address = portal_process.start(settings)
            undo.callback(child.stop)
            print(f"Portal   {address}\nUp. Ctrl-C ends it.", flush=True)
            while child.ended is None:
                time.sleep(0.5)
            raise portal_process.PortalDown(f"the portal ended by itself. Its log ends:\n{child.tail()}")
    except KeyboardInterrupt:
        print("down", flush=True)
    return 0


@contextmanager
def _asked_to_end() -> Iterator[None]:
    """SIGTERM means the same as Ctrl-C: leave the block in order."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _lock(home: Path, patience: float = 15.0):
    """The open lock file of ``home``; a guard that is still shutting down after a crash is waited for."""
    home.mkdir(parents=True, exist_ok=True)
    file = (home / LOCK).open("w")
    deadline = time.monotonic() + patience
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return file
        except BlockingIOError:
            if time.monotonic() > deadline:
                file.close()
                raise AlreadyRunning(f"a system already runs in {home}") from None
            time.sleep(0.1)


@contextmanager
def _guarded(home: Path, lock: int) -> Iterator[None]:
    """The embedded PostgreSQL of ``home`` does not outlive us; the guard keeps our lock until it is down."""
    guard = subprocess.Popen(
        [sys.executable, "-P", "-m", "tidewaiter.stack", str(home)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        pass_fds=[lock],
        start_new_session=True,
    )
    try:
        yield
    finally:
        guard.communicate()


def _with_port(settings: Settings) -> Settings:
    if settings.sftp_port:
        return settings
    with socket.create_server((settings.sftp_host, 0)) as probe:
        settings = replace(settings, sftp_port=probe.getsockname()[1])
    settings.save()
    return settings


def _sftp(settings: Settings, timeout: float = 15.0) -> Child:
    options = {
        "--homes": settings.homes,
        "--host": settings.sftp_host,
        "--port": settings.sftp_port,
        "--host-key": settings.keys / HOST_KEY,
        "--keys": settings.keys / AUTHORIZED,
        "--operator": settings.sftp_operator,
    }
    arguments = [str(word) for option in options.items() for word in option]
    child = Child("sftp_drop.server", *arguments, log=settings.home / "logs" / "sftp.log")
    deadline = time.monotonic() + timeout
    while child.ended is None and time.monotonic() < deadline:
        if "listening on " in child.output():
            return child
        time.sleep(0.05)
    child.stop()
    raise NotUp(f"the SFTP server is not up. Its log ends:\n{child.tail()}")


if __name__ == "__main__":  # the guard
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    sys.stdin.read()
    server.stop(sys.argv[1])
