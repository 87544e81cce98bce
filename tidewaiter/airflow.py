"""Airflow under our home folder: its environment, its start and its end.

Everything Airflow needs is said by environment variables, so there is no configuration file to edit or to go stale.
What was measured and why each figure is what it is: docs/decisions/0005-airflow.md.
"""

from __future__ import annotations

import json
import os
import secrets
import time
import urllib.request
from base64 import urlsafe_b64encode
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from sqlalchemy.engine import make_url

from tidewaiter import ports
from tidewaiter.processes import Child
from tidewaiter.settings import Settings

HOST = "127.0.0.1"
COMPONENTS = ("scheduler", "triggerer", "dag_processor")
#: Seconds until all is killed: more than the components have (tidewaiter.airflow_components).
GRACE = 12.0
INTAKE, FIRST_TASK = "intake", "receive"
DAGS = Path(__file__).parents[1] / "dags"


class AirflowDown(Exception):
    """Airflow did not come up; the message holds the end of its log."""


def folder(settings: Settings) -> Path:
    """AIRFLOW_HOME: logs, secrets, nothing else of value (state is in the metadata database)."""
    return settings.home / "airflow"


def environment(settings: Settings, database_url: str, port: int) -> dict[str, str]:
    """Environment variables of every Airflow process.

    Args:
        database_url: PostgreSQL URL of the metadata database, any driver.
        port: of the API server and user interface on the loopback interface.
    """
    home = folder(settings)
    url = make_url(database_url)
    kept = _kept(home)
    options: dict[str, dict[str, object]] = {
        "core": {
            "dags_folder": DAGS,
            "plugins_folder": home / "plugins",
            "load_examples": False,
            "executor": "LocalExecutor",
            "parallelism": 4,
            "max_map_length": 4096,
            "dags_are_paused_at_creation": False,
            "hostname_callable": "socket.gethostname",
            "fernet_key": kept["fernet_key"],
            "simple_auth_manager_passwords_file": home / "passwords.json",
            "execution_api_server_url": f"http://{HOST}:{port}/execution/",
        },
        "database": {
            "sql_alchemy_conn": url.set(drivername="postgresql+psycopg2"),
            "sql_alchemy_conn_async": url.set(drivername="postgresql+asyncpg"),
        },
        "api": {
            "host": HOST,
            "port": port,
            "base_url": f"http://{HOST}:{port}",
            "workers": 1,
            "secret_key": kept["secret_key"],
        },
        "api_auth": {"jwt_secret": kept["jwt_secret"]},
        # A quarter of a second of idle sleep is what a file waits for a scheduler that has nothing else to do.
        "scheduler": {
            "scheduler_idle_sleep_time": 0.25,
            "task_instance_heartbeat_timeout": 60,
            "orphaned_tasks_check_interval": 30,
        },
        "dag_processor": {"parsing_processes": 1, "min_file_process_interval": 300},
        "logging": {"base_log_folder": home / "logs", "colored_console_log": False, "fab_logging_level": "WARNING"},
    }
    return {
        **{
            f"AIRFLOW__{s}__{key}".upper(): _text(value)
            for s, option in options.items()
            for key, value in option.items()
        },
        "AIRFLOW_HOME": str(home),
        "TIDEWAITER_HOME": str(settings.home),
        "GX_ANALYTICS_ENABLED": "false",
    }


def address(settings: Settings) -> str:
    """Where Airflow's user interface is, or will be when it comes up."""
    return f"http://{HOST}:{ports.kept(folder(settings))}"


class Airflow:
    """The running Airflow of a home: API server, scheduler, triggerer and dag-processor as one tree of processes."""

    def __init__(self, settings: Settings, database_url: str) -> None:
        self.settings = settings
        self.port = ports.kept(folder(settings))
        self.url = f"http://{HOST}:{self.port}"
        self._since = datetime.now(UTC)
        self._token = self._first_run = ""
        log = folder(settings) / "logs" / "airflow.log"
        env = environment(settings, database_url, self.port)
        self._child = Child("tidewaiter.airflow_components", log=log, env=env)

    @property
    def pid(self) -> int:
        return self._child.pid

    def wait(self, *, timeout: float = 300, say: Callable[[str], None] = lambda step: None) -> None:
        """Return when every component is alive and a task has run; tell ``say`` each step as it is reached.

        The task is the first of an intake run of its own (harmless: it takes what lies in the drop). It proves the
        chain from scheduler to worker and back, and warms up what would otherwise make the first file wait.

        Raises:
            AirflowDown: a process ended, or ``timeout`` seconds passed.
        """
        steps: dict[str, Callable[[], bool]] = {"API server": self._answers}
        steps |= {component: partial(self._alive, component) for component in COMPONENTS}
        steps["first task"] = self._worked
        deadline = time.monotonic() + timeout
        while steps:
            for step in list(steps):
                if not self._now(steps[step]):
                    break
                del steps[step]
                say(step)
            if self._child.ended is not None or (steps and time.monotonic() > deadline):
                missing = ", ".join(steps) or "nothing more"
                raise AirflowDown(f"Airflow is not up, waiting for {missing}. Its log ends:\n{self._child.tail()}")
            time.sleep(0.1)

    def stop(self) -> None:
        """End all processes of Airflow; none is left when this returns."""
        self._child.stop(GRACE)

    def call(self, path: str, body: dict | None = None) -> dict:
        """Airflow's public REST API as the administrator: GET ``/api/v2/PATH``, or POST with a ``body``."""
        if not self._token:
            login = {"username": "admin", "password": password(self.settings)}
            self._token = _json(f"{self.url}/auth/token", login)["access_token"]
        return _json(f"{self.url}/api/v2/{path}", body, self._token)

    @staticmethod
    def _now(reached: Callable[[], bool]) -> bool:
        try:
            return reached()
        except (OSError, KeyError):  # OSError: not listening yet, or an HTTP error because something is not there yet
            return False

    def _answers(self) -> bool:
        return bool(_json(f"{self.url}/execution/health"))

    def _alive(self, component: str) -> bool:
        """A heartbeat since we started: the database still holds those of the run before."""
        beat = self.call("monitor/health")[component][f"latest_{component}_heartbeat"]
        return beat is not None and datetime.fromisoformat(beat) >= self._since

    def _worked(self) -> bool:
        if not self._first_run:
            parsed = self.call(f"dags/{INTAKE}")["last_parsed_time"]
            if parsed is None or datetime.fromisoformat(parsed) < self._since:
                return False
            self._first_run = self.call(f"dags/{INTAKE}/dagRuns", {"logical_date": None})["dag_run_id"]
        task = self.call(f"dags/{INTAKE}/dagRuns/{self._first_run}/taskInstances/{FIRST_TASK}")
        return task["state"] in ("success", "failed", "up_for_retry")


def password(settings: Settings) -> str:
    """The administrator's password for Airflow's user interface (user ``admin``)."""
    return json.loads((folder(settings) / "passwords.json").read_text())["admin"]


def _kept(home: Path) -> dict[str, str]:
    """Secrets, made once; they and the administrator's password are readable by the owner only."""
    home.mkdir(parents=True, exist_ok=True)
    (home / "plugins").mkdir(exist_ok=True)
    made = {
        "secrets.json": {
            "fernet_key": urlsafe_b64encode(secrets.token_bytes(32)).decode(),
            "secret_key": secrets.token_urlsafe(32),
            "jwt_secret": secrets.token_urlsafe(64),
        },
        "passwords.json": {"admin": secrets.token_urlsafe(12)},
    }
    for name, content in made.items():
        if not (home / name).exists():
            with os.fdopen(os.open(home / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                json.dump(content, file)
    return json.loads((home / "secrets.json").read_text())


def _text(value: object) -> str:
    """A setting as Airflow reads it: URLs with their password."""
    return value.render_as_string(hide_password=False) if hasattr(value, "render_as_string") else str(value)


def _json(url: str, body: dict | None = None, token: str = "") -> dict:
    request = urllib.request.Request(url, data=None if body is None else json.dumps(body).encode())
    request.add_header("Content-Type", "application/json")
    if token:
        request.add_header("Authorization", f"Bearer {token}")
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)
