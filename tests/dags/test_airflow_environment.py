"""What Airflow is told, and what it keeps."""

import json
import socket

import pytest
from sqlalchemy.engine import make_url

from tidewaiter import airflow, ports

URL = "postgresql://postgres:s%40fe@/airflow?host=/tmp/x"


@pytest.fixture
def environment(made_home):
    return airflow.environment(made_home.settings, URL, 8080)


def test_both_database_drivers_reach_the_same_database(environment):
    sync, non_blocking = (
        make_url(environment[f"AIRFLOW__DATABASE__{key}"]) for key in ("SQL_ALCHEMY_CONN", "SQL_ALCHEMY_CONN_ASYNC")
    )
    assert (sync.drivername, non_blocking.drivername) == ("postgresql+psycopg2", "postgresql+asyncpg")
    assert sync.set(drivername="x") == non_blocking.set(drivername="x") == make_url(URL).set(drivername="x")
    assert sync.password == "s@fe"


def test_it_listens_on_the_loopback_interface_only(environment):
    assert environment["AIRFLOW__API__HOST"] == "127.0.0.1"
    assert environment["AIRFLOW__CORE__EXECUTION_API_SERVER_URL"] == "http://127.0.0.1:8080/execution/"


def test_secrets_are_made_once_and_are_the_owners_only(environment, made_home):
    folder = airflow.folder(made_home.settings)
    assert airflow.environment(made_home.settings, URL, 8080) == environment
    for name in ("secrets.json", "passwords.json"):
        assert (folder / name).stat().st_mode & 0o777 == 0o600
    assert airflow.password(made_home.settings) == json.loads((folder / "passwords.json").read_text())["admin"]


def test_two_homes_share_no_secret(environment, made_home, tmp_path):
    other = type(made_home.settings)(home=tmp_path / "other")
    mine = set(json.loads((airflow.folder(made_home.settings) / "secrets.json").read_text()).values())
    airflow.environment(other, URL, 8080)
    assert mine.isdisjoint(json.loads((airflow.folder(other) / "secrets.json").read_text()).values())


def test_the_port_is_kept_while_it_is_free(tmp_path):
    first = ports.kept(tmp_path)
    assert ports.kept(tmp_path) == first
    with socket.create_server(("127.0.0.1", first)):
        assert ports.kept(tmp_path) != first
