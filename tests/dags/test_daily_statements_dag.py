"""The DAG of the daily statements as Airflow sees it, and its day."""

from datetime import date
from pathlib import Path

import pendulum
import pytest

DAGS = Path(__file__).parents[2] / "dags"


@pytest.fixture(scope="module")
def statements():
    from airflow.dag_processing.dagbag import DagBag

    bag = DagBag(str(DAGS))
    assert bag.import_errors == {}
    return bag.dags["daily_statements"]


def test_daily_before_monthly_and_what_was_printed_leaves_in_any_case(statements):
    assert statements.get_task("daily").downstream_task_ids == {"monthly"}
    assert statements.get_task("monthly").downstream_task_ids == {"deliver", "done"}
    assert statements.get_task("deliver").is_teardown and statements.get_task("deliver").on_failure_fail_dagrun


def test_one_run_a_working_day_at_six_in_new_york(statements):
    from airflow.timetables.base import TimeRestriction

    span = TimeRestriction(pendulum.datetime(2026, 11, 23), pendulum.datetime(2026, 12, 2), True)
    runs, last = [], None
    while info := statements.timetable.next_dagrun_info(last_automated_data_interval=last, restriction=span):
        last = info.data_interval
        runs.append(info.run_after.in_timezone("America/New_York"))
    assert [run.day for run in runs] == [23, 24, 25, 27, 30, 1]  # not on Thanksgiving, not at the weekend
    assert {run.hour for run in runs} == {6}


def test_the_print_date_is_the_day_in_new_york(monkeypatch):
    from dags import daily_statements as module

    late = pendulum.datetime(2026, 12, 1, 4, 30)  # half past eleven at night of 30 November in New York
    monkeypatch.setattr(module, "get_current_context", lambda: {"data_interval_end": late})
    assert module.business_day() == date(2026, 11, 30)
