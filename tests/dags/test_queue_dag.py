"""The DAG of the officers' queue as Airflow sees it: when it runs, and of which day."""

from pathlib import Path

import pendulum
import pytest

DAGS = Path(__file__).parents[2] / "dags"


@pytest.fixture(scope="module")
def queue():
    from airflow.dag_processing.dagbag import DagBag

    bag = DagBag(str(DAGS / "queue.py"))
    assert bag.import_errors == {}
    return bag.dags["queue"]


def test_it_runs_at_five_of_every_working_day_and_does_not_make_up_for_past_ones(queue):
    from airflow.timetables.base import TimeRestriction

    span = TimeRestriction(pendulum.datetime(2026, 11, 25), pendulum.datetime(2026, 11, 28), True)
    runs, last = [], None
    while info := queue.timetable.next_dagrun_info(last_automated_data_interval=last, restriction=span):
        last = info.data_interval
        runs.append(info.run_after.in_timezone("America/New_York"))
    assert [(run.day, run.hour) for run in runs] == [(25, 5), (27, 5)], "the 26th is Thanksgiving Day"
    assert queue.catchup is False


def test_it_makes_the_queue_of_its_day(queue, monkeypatch, tmp_path):
    from tidewaiter import targeting
    from tidewaiter.settings import Settings

    Settings(home=tmp_path).save()
    monkeypatch.setenv("TIDEWAITER_HOME", str(tmp_path))
    asked = []
    made = queue.get_task("make").python_callable
    context = {"data_interval_end": pendulum.datetime(2026, 12, 1, 4)}
    monkeypatch.setitem(made.__globals__, "get_current_context", lambda: context)
    monkeypatch.setattr(
        targeting, "make_queue", lambda settings, day: asked.append(day) or targeting.Made(1, 7, {"first": 2}, {})
    )
    assert made() == {"entries": 7, "first": 2}
    assert [str(day) for day in asked] == ["2026-11-30"], "late in the evening of the 30th in New York"
