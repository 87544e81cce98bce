"""The DAG of payments as Airflow sees it: what starts it, its order, its day, and what the intake tells it."""

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
def payments(bag):
    return bag.dags["payments"]


def test_finals_then_debits_then_late_and_what_was_made_leaves_in_any_case(payments):
    after = {task.task_id: task.downstream_task_ids for task in payments.tasks}
    assert after["finals"] == {"debits", "done"} and after["debits"] == {"late", "done"}
    assert after["late"] == {"deliver", "done"} and payments.get_task("deliver").is_teardown


def test_a_final_that_cannot_be_printed_keeps_no_money_back_and_shows(payments):
    assert payments.get_task("debits").trigger_rule == "all_done"
    assert payments.get_task("late").trigger_rule == "all_success", "nobody is late because we could not send debits"
    done = payments.get_task("done")
    assert done.trigger_rule == "all_success" and done.upstream_task_ids == {"finals", "debits", "late"}


def test_it_runs_at_seven_of_every_working_day_and_when_payments_are_due(payments, bag):
    from airflow.serialization.serialized_objects import DagSerialization
    from airflow.timetables.base import TimeRestriction

    timetable = DagSerialization.from_dict(DagSerialization.to_dict(payments)).timetable  # as the scheduler reads it
    span = TimeRestriction(pendulum.datetime(2026, 11, 25), pendulum.datetime(2026, 11, 28), True)
    runs, last = [], None
    while info := timetable.next_dagrun_info(last_automated_data_interval=last, restriction=span):
        last = info.data_interval
        runs.append(info.run_after.in_timezone("America/New_York"))
    assert [(run.day, run.hour) for run in runs] == [(25, 7), (27, 7)]
    (asset,) = [asset for _, asset in timetable.asset_condition.iter_assets()]
    assert asset.name == "payments_due"
    assert [outlet.name for outlet in bag.dags["intake"].get_task("deliver").outlets] == ["payments", "files_left"]


@pytest.mark.parametrize("context", ["data_interval_end", "run_after"])
def test_its_day_is_the_day_in_new_york_also_when_an_event_started_it(monkeypatch, context):
    from dags import payments as module

    late = pendulum.datetime(2026, 12, 1, 4, 30)  # half past eleven at night of 30 November in New York
    given = {"data_interval_end": late} if context == "data_interval_end" else {"data_interval_end": None}
    monkeypatch.setattr(module, "get_current_context", lambda: given | {"dag_run": SimpleNamespace(run_after=late)})
    assert module.business_day() == date(2026, 11, 30)


@pytest.mark.parametrize(("delivered", "waiting", "told"), [(3, True, True), (0, True, False), (3, False, False)])
@pytest.mark.parametrize("left", [True, False])
def test_the_intake_tells_of_payments_that_are_due_and_of_files_that_are_left(
    bag, monkeypatch, delivered, waiting, told, left
):
    from dags.assets import PAYMENTS, PAYMENTS_DUE
    from dags.intake import DROP, LEFT
    from tidewaiter import intake, payments, settings

    monkeypatch.setattr(settings.Settings, "load", lambda *_: None)
    monkeypatch.setattr(intake, "deliver", lambda _: delivered)
    monkeypatch.setattr(intake, "waiting", lambda _: left)
    monkeypatch.setattr(payments, "waiting", lambda _: waiting)
    due, again = [], []
    events = {PAYMENTS: SimpleNamespace(add=due.append), LEFT: SimpleNamespace(add=again.append)}
    bag.dags["intake"].get_task("deliver").python_callable(outlet_events=events)
    assert due == ([PAYMENTS_DUE] if told else [])
    assert again == ([DROP] if left else [])
