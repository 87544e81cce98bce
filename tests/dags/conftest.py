"""A throw-away Airflow configuration, set before anything imports Airflow, and homes with a drop."""

import os
import socket
import tempfile
from dataclasses import dataclass
from pathlib import Path

import pytest

_home = tempfile.TemporaryDirectory(prefix="tidewaiter-airflow-")
os.environ |= {
    "AIRFLOW_HOME": _home.name,
    "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
    "AIRFLOW__CORE__DAGS_FOLDER": str(Path(__file__).parents[2] / "dags"),
    "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{_home.name}/airflow.db",
    "AIRFLOW__LOGGING__LOGGING_LEVEL": "WARNING",
}

from sftp_drop import home as drop_home  # noqa: E402
from tidewaiter import keys  # noqa: E402
from tidewaiter.settings import Settings  # noqa: E402
from tidewaiter.stack import AUTHORIZED  # noqa: E402

ACCOUNT = "broker"


@dataclass
class Home:
    """A home with settings, keys and one account on the drop."""

    settings: Settings

    def upload(self, name: str, data: bytes = b"x") -> None:
        """What a client leaves behind after writing ``name`` (the last rename included)."""
        inbox = self.settings.homes / ACCOUNT / "inbox"
        (inbox / "rename.part").write_bytes(data)
        (inbox / "rename.part").rename(inbox / name)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


@pytest.fixture
def short_path():
    """A folder of our own: a socket's path must be short, and pytest closes its folders to the database's user."""
    with tempfile.TemporaryDirectory(prefix="tw-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.fixture
def made_home(short_path) -> Home:
    settings = Settings(home=short_path / "home", sftp_port=free_port(), stability_seconds=0.3, poll_seconds=0.1)
    settings.save()
    keys.ensure(settings.keys, keys.HOST_KEY)
    operator = keys.ensure(settings.keys, keys.OPERATOR_KEY)
    broker = keys.ensure(settings.keys, ACCOUNT)
    (settings.keys / AUTHORIZED).write_text(f"{settings.sftp_operator} {operator}\n{ACCOUNT} {broker}\n")
    drop_home.create(settings.homes, ACCOUNT)
    return Home(settings)
