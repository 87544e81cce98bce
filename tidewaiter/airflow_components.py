"""All processes of Airflow out of one: import once, prepare, fork each component, fork anew what dies.

Importing Airflow takes seconds of processor time. Four commands would each pay them, here they are paid once; and what
the scheduler has imported before it forks its workers, no task imports again. Runs as
``python -m tidewaiter.airflow_components`` in the environment of ``tidewaiter.airflow.environment``.
"""

from __future__ import annotations

import importlib
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

#: The component that the others talk to.
SERVER = "api-server"
COMMANDS = {
    SERVER: [SERVER],
    "scheduler": ["scheduler", "--skip-serve-logs"],
    "triggerer": ["triggerer", "--skip-serve-logs"],
    "dag-processor": ["dag-processor"],
}
# What tasks import: loaded by the scheduler before it forks its workers, it is there when a task begins.
TASK_IMPORTS = ("tidewaiter.intake",)
GRACE_SECONDS, SERVER_GRACE_SECONDS = 8.0, 2.0


def run_component(name: str) -> None:
    """Become one of Airflow's commands, its output in a log of its own."""
    log = Path(os.environ["AIRFLOW_HOME"]) / "logs" / f"{name}.log"
    out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(out, 1)
    os.dup2(out, 2)
    if name == "scheduler":
        for module in TASK_IMPORTS:
            importlib.import_module(module)
    from airflow.__main__ import main

    sys.argv = ["airflow", *COMMANDS[name]]
    main()


def prepare() -> None:
    """Bring the metadata database to this Airflow's schema, and end in it what a crash has ended.

    Airflow would believe the components of a killed system alive for another 30 s, and until then neither watch the
    drop nor start the tasks again that died with it. A home has one system at a time: whatever runs there does not.
    """
    from airflow._shared.timezones.timezone import utcnow
    from airflow.jobs.job import Job, JobState
    from airflow.utils.db import initdb
    from airflow.utils.session import create_session
    from sqlalchemy import update

    initdb()
    with create_session() as session:
        session.execute(update(Job).where(Job.end_date.is_(None)).values(state=JobState.FAILED, end_date=utcnow()))


def fork(work: Callable[..., None], *args: str) -> int:
    """Run ``work`` in a forked child; returns its process id."""
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_DFL)
        work(*args)
        code = 0
    except SystemExit as done:
        code = done.code if isinstance(done.code, int) else 1
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


class Stop(Exception):
    """We were asked to end."""


def _stop(*_: object) -> None:
    raise Stop


def main() -> int:
    import airflow.__main__  # noqa: F401  imported before the forks: that is the point

    signal.signal(signal.SIGTERM, _stop)
    signal.signal(signal.SIGINT, _stop)
    running: dict[int, str] = {}
    try:
        if os.waitpid(fork(prepare), 0)[1]:
            return 1
        running |= {fork(run_component, name): name for name in COMMANDS}
        while True:
            pid, status = os.wait()
            if name := running.pop(pid, ""):
                print(f"{name} ended ({os.waitstatus_to_exitcode(status)}), starting it again", flush=True)
                time.sleep(1)
                running[fork(run_component, name)] = name
    except Stop:
        return 0
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        end(running)


def end(running: dict[int, str]) -> None:
    """SIGTERM to all, SIGKILL after the grace; what they forked dies with them (tidewaiter.processes).

    The API server goes last: a worker that ends reports to it, and would try for longer than the grace.
    """
    servers = {pid for pid, name in running.items() if name == SERVER}
    for some, grace in ((running.keys() - servers, GRACE_SECONDS), (servers, SERVER_GRACE_SECONDS)):
        for pid in some:
            os.kill(pid, signal.SIGTERM)
        deadline = time.monotonic() + grace
        while late := some & running.keys():
            pid, _ = os.waitpid(-1, os.WNOHANG)
            running.pop(pid, "")
            if not pid and time.monotonic() > deadline:
                break
            time.sleep(0.02)
        for pid in late:
            print(f"{running.pop(pid)} did not end within {grace:.0f} s and is killed", flush=True)
            os.kill(pid, signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(main())
