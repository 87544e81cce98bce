"""The intake DAG over a real SFTP server and the embedded PostgreSQL, in Airflow's own test run."""

import json
import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import paramiko
import pytest

from loaders import server as database
from sftp_drop.keys import KeysFile
from sftp_drop.server import SftpServer
from tidewaiter import airflow, keys, start
from tidewaiter.stack import AUTHORIZED

DAY = date(2026, 9, 15)
RUN = """
import json, sys
from tidewaiter.airflow_components import prepare
prepare()
from airflow.dag_processing.dagbag import DagBag
from airflow.models.xcom import XComModel
from airflow.utils.session import create_session
from sqlalchemy import select
run = DagBag(sys.argv[1]).dags["intake"].test()
with create_session() as session:
    passed = session.scalars(select(XComModel).where(XComModel.run_id == run.run_id, XComModel.key == "return_value"))
    passed = [(x.task_id, x.value) for x in passed]
from pathlib import Path
from tidewaiter import intake
def bug(*args, **options):
    raise ValueError("a bug of ours")
intake.process = bug
Path(sys.argv[2], "again").write_bytes(Path(sys.argv[3]).read_bytes() + b" ")
red = DagBag(sys.argv[1]).dags["intake"].test()
states = {task.task_id: task.state for task in red.get_task_instances()}
print("RESULT", json.dumps({"state": run.state, "passed": passed, "red": [red.state, states]}))
"""


@pytest.fixture
def day(tmp_path, made_home):
    """A home with one broker and the files it sends on one day."""
    accounts = pytest.importorskip("bench.accounts")
    generate = pytest.importorskip("bench.generate")
    settings = made_home.settings
    start.initialise(settings.home, say=lambda line: None)
    people = generate.population(4, 1, 1, 2, DAY)
    [code] = people.brokers["filer_code"]
    numbers = [f"B-{code}", *(f"I-{number}" for number in people.importers["number"])]
    public = {number: keys.ensure(tmp_path / "accounts", number) for number in numbers}
    (tmp_path / "accounts.toml").write_text(accounts.toml(people, public))
    start.load_accounts(settings, tmp_path / "accounts.toml")
    yield settings, f"B-{code}", list(generate.generate(DAY, 4, 1, brokers=1, importers=2))
    database.stop(settings.home)


@pytest.mark.airflow
def test_files_become_answers_and_only_ids_pass_between_tasks(day):
    settings, account, files = day
    inbox, outbox = (settings.homes / account / folder for folder in ("inbox", "outbox"))
    spare = settings.home / "spare.abi"
    spare.write_bytes(files[0].data)
    for file in files:
        (inbox / file.name).write_bytes(file.data)
    host_key = paramiko.PKey.from_path(settings.keys / keys.HOST_KEY)
    env = airflow.environment(settings, database.ensure(settings.home, "airflow"), 8080)
    login = KeysFile(settings.keys / AUTHORIZED)
    with SftpServer(settings.homes, host_key, settings.sftp_port, keys=login, operator=settings.sftp_operator):
        done = subprocess.run(
            [sys.executable, "-c", RUN, str(Path(airflow.DAGS)), str(inbox), str(spare)],
            env={**{k: v for k, v in os.environ.items() if not k.startswith("AIRFLOW")}, **env},
            capture_output=True,
            text=True,
            timeout=240,
        )
    result = next((line for line in done.stdout.splitlines() if line.startswith("RESULT ")), None)
    assert result, done.stdout[-3000:] + done.stderr[-3000:]
    result = json.loads(result.removeprefix("RESULT "))
    assert result["state"] == "success"
    state, tasks = result["red"]
    assert tasks["process"] == "failed" and tasks["deliver"] == "success"
    assert state == "failed", "answers leave whatever became of a shard, and the run shows red"

    assert [p for p in inbox.iterdir() if p.is_file()] == []
    for file in files:
        assert (outbox / f"{file.name}.receipt.json").exists()
        assert len((outbox / f"{file.name}.ax").read_bytes()) >= 80

    passed = dict(result["passed"])
    assert set(passed) == {"receive", "process", "deliver"}
    assert all(set(shard) == {"shard", "label"} for shard in passed["receive"])
    assert all(isinstance(value, int) for value in passed["process"].values())
    assert passed["process"]["files"] == len(files)
    assert passed["deliver"] >= len(files)
