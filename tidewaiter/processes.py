"""Child processes that cannot outlive us, however we end.

The kernel does the keeping (prctl PR_SET_PDEATHSIG): a child asks to be killed when its parent dies, and so does
everything it forks, so a SIGKILL of the top takes the whole tree with it. An orderly stop is a SIGTERM to the child,
and a SIGKILL to what is left of its tree after a time of grace. Airflow moves tasks into process groups of their own,
so signalling a group would miss them.
"""

from __future__ import annotations

import ctypes
import os
import runpy
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import psutil

PARENT = "TIDEWAITER_PARENT"
_PR_SET_PDEATHSIG = 1


def die_with_parent(parent: int | None = None) -> None:
    """Ask the kernel to kill this process when the thread that made it ends. Linux only; elsewhere it does nothing.

    Args:
        parent: process id expected as parent; if it is gone already, this process ends at once.
    """
    if sys.platform != "linux":
        return
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if parent is not None and os.getppid() != parent:
        os._exit(1)


class Child:
    """A Python module running as a process of its own (``python -m MODULE ARGS``), with its output in a log file.

    Start it from a thread that lives as long as the child should: the kernel watches the thread.
    """

    def __init__(self, module: str, *args: str, log: Path, env: Mapping[str, str] | None = None) -> None:
        self.name, self.log = module, log
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as out:
            self._begin = out.tell()
            # A session of its own: Ctrl-C at the terminal reaches only us, and we end the child in order.
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "tidewaiter.processes", module, *args],
                env={**os.environ, **(env or {}), PARENT: str(os.getpid())},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def ended(self) -> int | None:
        """Its exit code, None while it runs."""
        return self._process.poll()

    def output(self) -> str:
        """What it has written to its log since it began."""
        with self.log.open("rb") as file:
            file.seek(self._begin)
            return file.read().decode(errors="replace")

    def tail(self, lines: int = 15) -> str:
        """The end of its output, for the message that says why it did not come up."""
        return "\n".join(self.output().splitlines()[-lines:])

    def stop(self, grace: float = 10.0) -> None:
        """End it and everything it started: SIGTERM, at most ``grace`` seconds, SIGKILL. Returns when all are gone."""
        tree = family(self.pid) if self.ended is None else []
        if self.ended is None:
            self._process.terminate()
        try:
            self._process.wait(grace)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        end(tree)


def family(pid: int) -> list[psutil.Process]:
    """All descendants of a process."""
    try:
        return psutil.Process(pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def end(processes: Sequence[psutil.Process], grace: float = 0.5) -> None:
    """See processes gone: those that do not end by themselves within ``grace`` seconds are killed."""
    _, left = psutil.wait_procs(processes, timeout=grace)
    for process in left:
        process.kill()
    psutil.wait_procs(left, timeout=5)


if __name__ == "__main__":
    die_with_parent(int(os.environ.pop(PARENT)))
    os.register_at_fork(after_in_child=die_with_parent)
    del sys.argv[0]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
