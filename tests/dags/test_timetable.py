"""Ten years of runs: one a month, one a working day, on the days customs counts."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from unittest.mock import patch
from zoneinfo import ZoneInfo

import pendulum
import pytest
from airflow.sdk import DAG
from airflow.serialization.serialized_objects import DagSerialization
from airflow.timetables.base import TimeRestriction
from hypothesis import given
from hypothesis import strategies as st

from dags.timetable import EveryWorkingDay, WorkingDay
from loaders import reference
from tidewaiter.settings import Settings
from transforms.working_days import federal_holidays

ZONE = ZoneInfo("America/New_York")
FIRST, LAST = pendulum.datetime(2025, 1, 1, tz=ZONE), pendulum.datetime(2034, 12, 31, 23, 59, tz=ZONE)
CLOSED = {day for year in range(2024, 2037) for day in federal_holidays(year)}
#: Published by customs for 2025, month by month.
PRELIMINARY_2025 = [16, 18, 17, 15, 15, 16, 16, 15, 16, 16, 18, 15]
DUE_2025 = [23, 24, 21, 21, 21, 23, 22, 21, 22, 22, 24, 19]


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """A home where nothing is loaded; ``home(table, rows)`` loads a reference table as an operator does."""
    settings = Settings(home=tmp_path)
    settings.save()
    monkeypatch.setenv("TIDEWAITER_HOME", str(tmp_path))

    def load(table: str, text: str) -> None:
        (tmp_path / "given.csv").write_text(text)
        reference.load(None, tmp_path, table, tmp_path / "given.csv")

    return load


def runs(timetable, first=FIRST, last=LAST):
    """Every run of a DAG with these start and end dates that catches up, as the scheduler asks for them."""
    told, interval = [], None
    limits = TimeRestriction(first, last, True)
    while run := timetable.next_dagrun_info(last_automated_data_interval=interval, restriction=limits):
        told.append(run)
        interval = run.data_interval
    return told


def local(instant) -> datetime:
    return datetime.fromtimestamp(instant.timestamp(), ZONE)


def working(day: date) -> bool:
    return day.weekday() < 5 and day not in CLOSED


def test_every_month_of_ten_years_is_closed_once():
    closed = runs(WorkingDay(11, 6))
    months = [local(run.data_interval.start) for run in closed]
    assert [(m.year, m.month) for m in months] == [(y, m) for y in range(2025, 2035) for m in range(1, 13)]
    for run in closed:
        start, end, at = (local(i) for i in (*run.data_interval, run.run_after))
        assert (start.day, start.hour, end.day, end.hour) == (1, 0, 1, 0)
        assert (at.year, at.month, at.hour, at.minute) == (end.year, end.month, 6, 0)
        days = [end.date() + timedelta(n) for n in range(at.day)]
        assert working(at.date()) and sum(map(working, days)) == 11
        assert run.logical_date == run.data_interval.start


@pytest.mark.parametrize(("n", "days"), [(11, PRELIMINARY_2025), (15, DUE_2025)])
def test_the_days_published_for_2025_come_out(n, days):
    first = pendulum.datetime(2024, 12, 1, tz=ZONE)
    assert [local(run.run_after).day for run in runs(WorkingDay(n, 6), first, first.add(months=11))] == days


def test_every_working_day_of_ten_years_has_one_run_and_no_other_day():
    at = [local(run.run_after) for run in runs(EveryWorkingDay(17, 30))]
    every = (FIRST.date() + timedelta(n) for n in range((LAST.date() - FIRST.date()).days + 1))
    assert [moment.date() for moment in at] == [day for day in every if working(day)]
    assert {(moment.hour, moment.minute) for moment in at} == {(17, 30)}


def test_the_hour_in_new_york_stays_when_clocks_change():
    week = runs(EveryWorkingDay(6), pendulum.datetime(2026, 3, 6, tz=ZONE), pendulum.datetime(2026, 3, 9, 23, tz=ZONE))
    assert [run.run_after.in_timezone("UTC").hour for run in week] == [11, 10]


def test_a_month_whose_clocks_change_is_a_whole_month():
    (march,) = runs(WorkingDay(1, 6), pendulum.datetime(2026, 3, 1, tz=ZONE), pendulum.datetime(2026, 3, 31, tz=ZONE))
    assert [str(i) for i in march.data_interval] == ["2026-03-01 05:00:00+00:00", "2026-04-01 04:00:00+00:00"]


def test_published_dates_go_before_computed_ones_and_count_for_their_month_only(home):
    home("statement_dates", "month,preliminary_date,due_date\n2026-07-01,2026-07-15,2026-07-21\n")
    days = [pendulum.datetime(2026, 5, 1, tz=ZONE), pendulum.datetime(2026, 7, 1, tz=ZONE)]
    assert [local(r.run_after).day for r in runs(WorkingDay(11, 6), *days)] == [15, 15, 17]  # 16 July by law
    assert [local(r.run_after).day for r in runs(WorkingDay(15, 6), *days)] == [22, 21, 21]  # 22 July by law


def test_a_holiday_that_an_operator_loads_takes_effect_at_once(home):
    days = pendulum.datetime(2026, 9, 1, tz=ZONE), pendulum.datetime(2026, 9, 4, tz=ZONE)
    timetable = EveryWorkingDay(6)
    assert [local(run.run_after).day for run in runs(timetable, *days)] == [1, 2, 3]
    home("holidays", "date,name\n2026-09-02,Mourning\n2026-09-07,Labor Day\n")
    assert [local(run.run_after).day for run in runs(timetable, *days)] == [1, 3]


def test_a_table_of_holidays_that_lacks_a_year_does_not_stop_the_runs(home):
    home("holidays", "date,name\n2025-01-01,New Year\n")
    first = pendulum.datetime(2026, 1, 1, tz=ZONE)
    year = runs(EveryWorkingDay(6), first, first.add(years=1))
    assert date(2026, 1, 1) not in {local(run.run_after).date() for run in year}
    assert len(year) == 250  # 261 weekdays less eleven holidays, the fourth of July on Friday the third


def test_the_timetable_works_where_no_home_was_made(monkeypatch, tmp_path):
    monkeypatch.setenv("TIDEWAITER_HOME", str(tmp_path / "none"))
    assert len(runs(WorkingDay(11, 6), FIRST, FIRST.add(months=2))) == 3


instants = st.datetimes(datetime(2025, 1, 1), datetime(2034, 1, 1)).map(lambda t: pendulum.instance(t, tz="UTC"))


@given(now=instants, timetable=st.sampled_from([WorkingDay(11, 6), WorkingDay(1, 0), EveryWorkingDay(17, 30)]))
def test_without_catch_up_only_the_latest_missed_run_is_made_up(now, timetable):
    with patch("dags.periods.pendulum.now", return_value=now):
        limits = TimeRestriction(FIRST, None, False)
        run = timetable.next_dagrun_info(last_automated_data_interval=None, restriction=limits)
        then = timetable.next_dagrun_info(last_automated_data_interval=run.data_interval, restriction=limits)
    past = [r for r in runs(timetable, max(FIRST, now.subtract(months=3)), now) if r.run_after <= now]
    assert run == (past[-1] if past else runs(timetable, FIRST, FIRST.add(months=1))[0])
    assert then.run_after > max(now, run.run_after)


def backfill(timetable, first, last):
    """The days on which the runs of a backfill would have been, as Airflow lists them for the stored DAG."""
    dag = DagSerialization.from_dict(DagSerialization.to_dict(DAG("past", schedule=timetable, start_date=FIRST)))
    infos = dag.iter_dagrun_infos_between(*(datetime.fromisoformat(day).replace(tzinfo=ZONE) for day in (first, last)))
    return [str(local(run.run_after).date()) for run in infos]


def test_a_backfill_names_months_and_days_by_what_they_are_about():
    summer = backfill(WorkingDay(11, 6), "2026-06-01", "2026-08-31")
    assert summer == ["2026-07-16", "2026-08-17", "2026-09-16"]
    days = backfill(EveryWorkingDay(17, 30), "2026-07-01", "2026-07-08")
    assert days == ["2026-07-01", "2026-07-02", "2026-07-06", "2026-07-07"]


def test_a_run_by_hand_is_about_the_month_before():
    interval = WorkingDay(11, 6).infer_manual_data_interval(run_after=pendulum.datetime(2026, 1, 5, 12, tz=ZONE))
    assert [local(i).date() for i in interval] == [date(2025, 12, 1), date(2026, 1, 1)]


@pytest.mark.parametrize("timetable", [WorkingDay(11, 6, 15, "Europe/Berlin"), EveryWorkingDay(17, 30)])
def test_airflow_keeps_it_and_finds_it_again(timetable):
    dag = DAG("kept", schedule=timetable, start_date=datetime(2026, 1, 1, tzinfo=ZONE))
    kept = DagSerialization.from_dict(DagSerialization.to_dict(dag)).timetable
    assert type(kept) is type(timetable)
    assert (kept.serialize(), kept.description) == (timetable.serialize(), timetable.description)


@pytest.mark.parametrize("wrong", [(0, 6), (19, 6), (11, 24), (11, 6, 60)])
def test_what_is_no_day_or_time_is_refused(wrong):
    with pytest.raises(ValueError, match=r"working day|time of day"):
        WorkingDay(*wrong)
