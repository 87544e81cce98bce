"""The DAGs of the close as Airflow sees them: order, timetable, who is asked and what an answer leads to."""

from datetime import date
from pathlib import Path
from types import SimpleNamespace

import pendulum
import pytest

DAGS = Path(__file__).parents[2] / "dags"


@pytest.fixture(scope="module")
def bag():
    from airflow.dag_processing.dagbag import DagBag

    bag = DagBag(str(DAGS))
    assert bag.import_errors == {}
    return bag


@pytest.fixture(scope="module")
def filing(bag):
    return bag.dags["monthly_filing"]


def test_nothing_is_filed_before_the_check_and_what_is_filed_leaves_in_any_case(filing):
    way = {task.task_id: task.downstream_task_ids for task in filing.tasks}
    assert way["wait"] >= {"check"} and way["check"] >= {"file"} and way["file"] == {"ask", "done"}
    assert way["ask"] == {"file_others", "try_again", "leave_open"}
    assert {frozenset(way[task]) for task in way["ask"]} == {frozenset({"deliver", "done"})}
    deliver = filing.get_task("deliver")
    assert deliver.is_teardown and deliver.on_failure_fail_dagrun


def test_every_answer_leads_to_its_task(filing):
    ask = filing.get_task("ask")
    assert ask.options == ["file the others", "try again", "leave open"]
    assert set(ask.options_mapping.values()) == ask.downstream_task_ids
    assert filing.get_task("try_again").trigger_dag_id == filing.dag_id


def test_a_month_is_closed_on_the_eleventh_working_day_of_the_next_from_the_month_of_opening(filing):
    from airflow.timetables.base import TimeRestriction

    assert filing.start_date.day == 1 and filing.catchup
    span = TimeRestriction(pendulum.datetime(2026, 9, 1), pendulum.datetime(2026, 11, 1, 12), True)
    runs, last = [], None
    while info := filing.timetable.next_dagrun_info(last_automated_data_interval=last, restriction=span):
        last = info.data_interval
        ran = info.run_after.in_timezone("America/New_York")
        runs.append((last.start.in_timezone("America/New_York").month, ran.month, ran.day, ran.hour))
    assert runs == [(9, 10, 16, 8), (10, 11, 17, 8), (11, 12, 15, 8)]


@pytest.mark.parametrize(
    ("asked", "start", "month"),
    [
        (None, pendulum.datetime(2026, 9, 1, 4), date(2026, 9, 1)),
        ("2026-07-15", pendulum.datetime(2026, 9, 1, 4), date(2026, 7, 1)),
        (None, None, date(2026, 9, 1)),
    ],
)
def test_a_run_closes_the_month_asked_for_else_that_of_its_interval_else_the_one_before(asked, start, month):
    from dags.ask import month_of

    run = SimpleNamespace(run_after=pendulum.datetime(2026, 10, 16, 12))
    assert month_of({"params": {"month": asked}, "data_interval_start": start, "dag_run": run}) == month


def test_the_tie_outs_run_at_night_and_lead_to_their_page(bag):
    tie_outs = bag.dags["tie_outs"]
    checkpoint = tie_outs.get_task("checkpoint")
    assert checkpoint.strict and [link.name for link in checkpoint.operator_extra_links] == ["Data Docs"]
    assert tie_outs.timetable.expression == "0 2 * * *" and tie_outs.timetable.timezone == "America/New_York"
    assert "Data Docs" in tie_outs.doc_md


def test_they_survive_serialisation_with_their_links(bag):
    from airflow.serialization.serialized_objects import DagSerialization

    for name, task in (("tie_outs", "checkpoint"), ("monthly_filing", "check")):
        again = DagSerialization.from_dict(DagSerialization.to_dict(bag.dags[name]))
        assert again.get_task(task).extra_links == ["Data Docs"]
