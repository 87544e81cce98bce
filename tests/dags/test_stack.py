"""The whole system, for real: up, ended in every way there is, and up again on the same home."""

import contextlib
import importlib.util
import signal
import socket
import subprocess
import sys
import time

import psutil
import pytest

from loaders import server
from tidewaiter import stack
from tidewaiter.settings import Settings

PATIENCE = 300.0


class Running:
    """``tidewaiter up`` on a home, and every process that belongs to it."""

    def __init__(self, settings):
        self.settings, self.log = settings, settings.home / "up.log"
        with self.log.open("w") as out:
            self.top = subprocess.Popen(
                [sys.executable, "-m", "tidewaiter", "--home", str(settings.home), "up"],
                stdout=out,
                stderr=out,
                # Tests that a shell runs in the background ignore Ctrl-C, and so would what they start.
                preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
            )

    def wait(self, for_line="Up. "):
        deadline = time.monotonic() + PATIENCE
        while for_line not in self.log.read_text():
            assert self.top.poll() is None and time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.1)
        return self

    def processes(self):
        pid = int((self.settings.home / "pg" / "postmaster.pid").read_text().split()[0])
        tops = [psutil.Process(self.top.pid), psutil.Process(pid)]
        return tops + [p for top in tops for p in top.children(recursive=True)]

    def ports(self):
        """Port -> whether anybody listens: the drop's, the portal's and Airflow's."""
        listening = {}
        kept = [int((self.settings.home / part / "port").read_text()) for part in ("portal", "airflow")]
        for port in (self.settings.sftp_port, *kept):
            with socket.socket() as probe:
                listening[port] = probe.connect_ex(("127.0.0.1", port)) == 0
        return listening


@pytest.fixture
def up(made_home):
    runs = []

    def start():
        runs.append(Running(made_home.settings))
        return runs[-1]

    yield start
    for run in runs:
        run.top.kill()
        run.top.wait()
    assert _until_gone(made_home.settings.home)


def _until_gone(home, seconds=20.0):
    deadline = time.monotonic() + seconds
    while server.running(home):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def gone(processes, seconds=20.0):
    return psutil.wait_procs(processes, timeout=seconds)[1] == []


@pytest.mark.airflow
@pytest.mark.skipif(
    not importlib.util.find_spec("tidewaiter.intake"), reason="the intake's use cases are not there yet"
)
def test_up_killed_up_crashed_up_and_down_in_order(up):
    first = up().wait()
    assert all(first.ports().values())
    everything = first.processes()
    assert len(everything) > 10

    # SIGKILL of the top: the kernel and the guard end the rest.
    first.top.kill()
    first.top.wait()
    assert gone(everything), "left over after SIGKILL of the top"
    assert not any(first.ports().values())

    # SIGKILL of everything at once, PostgreSQL and guard included, in the middle of coming up.
    second = up().wait("Airflow API server")
    everything = second.processes()
    for process in everything:
        with contextlib.suppress(psutil.NoSuchProcess):  # the kernel was quicker: its parent has just died
            process.kill()
    second.top.wait()
    assert gone(everything)

    # A component that dies is started again; Ctrl-C ends everything in order.
    third = up().wait()
    everything = third.processes()
    children = psutil.Process(third.top.pid).children()
    [components] = [p for p in children if "tidewaiter.airflow_components" in p.cmdline()]
    before = {p.pid for p in components.children()}
    psutil.Process(max(before)).kill()
    deadline = time.monotonic() + 20
    while len({p.pid for p in components.children()} - before) < 1:
        assert time.monotonic() < deadline, "the dead component was not started again"
        time.sleep(0.1)
    everything += [p for p in third.processes() if p not in everything]
    third.top.send_signal(signal.SIGINT)
    assert third.top.wait(60) == 0
    assert gone(everything, seconds=2.0), "left over after Ctrl-C"
    assert not any(third.ports().values())


def test_a_second_system_on_the_same_home_is_refused(made_home):
    home = made_home.settings.home
    with stack._lock(home), pytest.raises(stack.AlreadyRunning, match=str(home)):
        stack._lock(home, patience=0)


def test_the_database_does_not_outlive_a_killed_holder(short_path):
    """The guard alone: no Airflow needed to see that it does its duty."""
    code = f"""
import time
from pathlib import Path
from loaders import server
from tidewaiter import stack
home = Path({str(short_path)!r})
with stack._lock(home) as lock, stack._guarded(home, lock.fileno()):
    server.ensure(home)
    print("up", flush=True)
    time.sleep(60)
"""
    holder = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert holder.stdout.readline() == "up\n"
    assert server.running(short_path)
    holder.kill()
    holder.wait()
    stack._lock(short_path).close()  # waits for the guard, as the next start does
    assert not server.running(short_path)


def test_an_sftp_server_that_cannot_start_says_why(made_home):
    with socket.create_server(("127.0.0.1", made_home.settings.sftp_port)), pytest.raises(stack.NotUp, match="in use"):
        stack._sftp(made_home.settings)


def test_a_port_is_chosen_once(made_home):
    unset = Settings(home=made_home.settings.home)
    chosen = stack._with_port(unset)
    assert chosen.sftp_port and Settings.load(unset.home).sftp_port == chosen.sftp_port
    assert stack._with_port(chosen) is chosen
