"""The intake DAG as Airflow sees it: it loads, survives serialisation, and retries only what may pass."""

import subprocess
import sys
from importlib import import_module
from pathlib import Path

import psycopg
import pytest

from loaders.entries import StaleState
from loaders.intake import ShardBusy
from sftp_drop import errors

DAGS = Path(__file__).parents[2] / "dags"


@pytest.fixture(scope="module")
def bag():
    from airflow.dag_processing.dagbag import DagBag

    return DagBag(str(DAGS))


@pytest.fixture(scope="module")
def intake(bag):
    return bag.dags["intake"]


def test_every_dag_file_loads(bag):
    assert bag.import_errors == {}
    names = {"daily_statements", "intake", "monthly_filing", "payments", "queue", "rollup", "tie_outs"}
    assert set(bag.dags) == names


def test_shards_are_mapped_between_receiving_and_delivering(intake):
    assert intake.get_task("receive").downstream_task_ids == {"process"}
    assert intake.get_task("process").downstream_task_ids == {"deliver", "done"}
    assert intake.get_task("process").is_mapped


def test_answers_leave_even_when_a_shard_failed_and_the_run_still_shows_red(intake):
    deliver = intake.get_task("deliver")
    assert deliver.is_teardown and deliver.on_failure_fail_dagrun
    assert deliver.trigger_rule == "all_done_setup_success" and not any(t.is_setup for t in intake.tasks)


def test_the_drop_is_read_and_written_by_one_task_at_a_time_and_shards_by_many(intake):
    at_once = {t.task_id: t.max_active_tis_per_dag for t in intake.tasks}
    assert at_once == {"receive": 1, "process": None, "deliver": 1, "done": None}


def test_operators_find_an_explanation_and_every_task_can_be_repeated(intake):
    assert "quarantine" in intake.doc_md
    assert {t.retries for t in intake.tasks} == {5}


@pytest.mark.parametrize(
    ("problem", "action"),
    [
        (errors.Unreachable("no connection"), "retry"),
        (errors.NoRoom("outbox full"), "retry"),
        (psycopg.OperationalError("server closed the connection"), "retry"),
        (ShardBusy("held by another worker"), "retry"),
        (StaleState("somebody else filed"), "retry"),
        (OSError(28, "no space left on device"), "retry"),
        (ConnectionResetError(), "retry"),
        (TimeoutError(), "retry"),
        (errors.HostKeyRefused("another key"), "fail"),
        (errors.KeyRefused("unknown"), "fail"),
        (psycopg.errors.UniqueViolation("a bug of ours"), "fail"),
        (ValueError("a bug of ours"), "fail"),
    ],
    ids=lambda v: type(v).__name__ if isinstance(v, Exception) else v,
)
def test_only_what_may_pass_is_tried_again(intake, problem, action):
    for name in ("receive", "deliver"):
        policy = intake.get_task(name).retry_policy
        assert policy.evaluate(problem, try_number=1, max_tries=5).action.value == action


def test_tries_are_ever_further_apart(intake):
    policy = intake.get_task("receive").retry_policy
    delays = [policy.evaluate(TimeoutError(), number, 5).retry_delay.total_seconds() for number in range(1, 9)]
    assert delays == [2, 4, 8, 16, 32, 60, 60, 60]


def test_it_survives_serialisation_with_its_watcher(intake):
    from airflow.serialization.serialized_objects import DagSerialization

    stored = DagSerialization.to_dict(intake)
    assert DagSerialization.from_dict(stored).task_dict.keys() == intake.task_dict.keys()
    [drop] = stored["dag"]["timetable"]["__var"]["asset_condition"]["objects"]
    [watcher] = drop["watchers"]
    module, _, name = watcher["trigger"]["classpath"].rpartition(".")
    assert getattr(import_module(module), name)(**watcher["trigger"]["kwargs"]).serialize()[0].endswith(name)


def test_parsing_loads_none_of_the_heavy_packages():
    """The DAG file is read again for every task and every few minutes; tasks import what they need themselves."""
    code = f"""
import sys
import airflow.sdk
before = set(sys.modules)
import runpy; runpy.run_path({str(DAGS / "intake.py")!r})
print(*sorted((set(sys.modules) - before) & {{"pandas", "numpy", "pyarrow", "paramiko", "great_expectations"}}))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
