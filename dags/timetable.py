"""When a DAG of the month runs: on working days as customs counts them, at a time of day in New York.

Airflow finds these classes by the entry point ``airflow.plugins`` of this package (setup.cfg): wherever the package is
installed, scheduler, dag-processor and API server know them, the embedded ones and those of a cluster, and no file
needs to be laid into a plugins folder. The calendar is that of the home's reference snapshot, read anew when an
operator loads holidays or published dates; where there is no home or no table, the law's computed days.
"""

from __future__ import annotations

from abc import abstractmethod
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pendulum
from airflow.plugins_manager import AirflowPlugin
from airflow.timetables.base import DagRunInfo, DataInterval, TimeRestriction, Timetable
from pendulum import Date, DateTime

from tidewaiter.settings import NotInitialised, Settings

if TYPE_CHECKING:
    from transforms.working_days import Calendar

NEW_YORK = "America/New_York"


def calendar() -> Calendar:
    """The calendar of the home (TIDEWAITER_HOME) as it stands now."""
    from loaders.reference import snapshot
    from transforms.working_days import Calendar

    try:
        home = Settings.load().home
    except NotInitialised:
        return Calendar()
    return _calendar(home, snapshot(home).hash)


@lru_cache(maxsize=4)
def _calendar(home: Path, hash: str) -> Calendar:
    from loaders.reference import snapshot
    from transforms.working_days import Calendar

    return Calendar.of(snapshot(home, hash or None).tables)


def _period(run: DagRunInfo) -> DateTime:
    assert run.data_interval is not None, "every run of ours has one"
    return run.data_interval.start


class _OnWorkingDays(Timetable):
    """One run for each period (a month, a day), each known by its logical date, the start of its data interval.

    Start and end date of a DAG, and the range of a backfill, are compared with logical dates: what they name is
    periods, whenever their runs fall.
    """

    def __init__(self, hour: int, minute: int = 0, tz: str = NEW_YORK) -> None:
        if not (0 <= hour <= 23 and 0 <= minute <= 59):
            raise ValueError(f"{hour}:{minute:02} is no time of day")
        self.hour, self.minute, self.tz = hour, minute, tz

    @classmethod
    def deserialize(cls, data: dict[str, Any]) -> Timetable:
        return cls(**data)

    def serialize(self) -> dict[str, Any]:
        return {"hour": self.hour, "minute": self.minute, "tz": self.tz}

    def next_dagrun_info(
        self, *, last_automated_data_interval: DataInterval | None, restriction: TimeRestriction
    ) -> DagRunInfo | None:
        """The run of the next period. Without catch-up, that of the latest whose time has come if it is later."""
        earliest, latest, catchup = restriction
        runs = [] if earliest is None else [self._from(earliest)]
        if last_automated_data_interval is not None:
            runs.append(self._after(last_automated_data_interval))
        if not runs:
            return None
        if not catchup:
            runs.append(self._latest(pendulum.now("UTC")))
        run = max(runs, key=_period)
        return None if latest is not None and _period(run) > latest else run

    def _at(self, day: Any) -> DateTime:
        """The instant of a run on ``day``."""
        local = pendulum.datetime(day.year, day.month, day.day, self.hour, self.minute, tz=self.tz)
        return local.in_timezone("UTC")

    def _time(self) -> str:
        return f"at {self.hour:02}:{self.minute:02} {self.tz}"

    @abstractmethod
    def _from(self, instant: DateTime) -> DagRunInfo:
        """The first run whose logical date is not before ``instant``."""

    @abstractmethod
    def _after(self, interval: DataInterval) -> DagRunInfo:
        """The run that follows the one of ``interval``."""

    @abstractmethod
    def _latest(self, now: DateTime) -> DagRunInfo:
        """The last run whose time has come."""


class WorkingDay(_OnWorkingDays):
    """Once a month on its ``n``-th working day, with the calendar month before as its data interval.

    The 11th and the 15th are the days of the monthly statement's preliminary and of its payment: where customs
    published other dates (reference table ``statement_dates``), those are taken.
    """

    def __init__(self, n: int, hour: int, minute: int = 0, tz: str = NEW_YORK) -> None:
        super().__init__(hour, minute, tz)
        if not 1 <= n <= 18:  # November has no more when it has two holidays and begins on a weekend
            raise ValueError(f"not every month has a working day number {n}")
        self.n = n
        self.description = f"On working day {n} of each month {self._time()}"

    @property
    def summary(self) -> str:
        return f"working day {self.n}"

    def serialize(self) -> dict[str, Any]:
        return {"n": self.n, **super().serialize()}

    def infer_manual_data_interval(self, *, run_after: DateTime) -> DataInterval:
        return self._interval(self._month(run_after).subtract(months=1))

    def _from(self, instant: DateTime) -> DagRunInfo:
        month = self._month(instant)
        return self._run(month if month >= instant else month.add(months=1))

    def _after(self, interval: DataInterval) -> DagRunInfo:
        return self._run(self._month(interval.start).add(months=1))

    def _latest(self, now: DateTime) -> DagRunInfo:
        run = self._run(self._month(now).subtract(months=1))
        return run if run.run_after <= now else self._run(self._month(now).subtract(months=2))

    def _month(self, instant: DateTime) -> DateTime:
        return instant.in_timezone(self.tz).start_of("month")

    def _interval(self, month: DateTime) -> DataInterval:
        return DataInterval(month.in_timezone("UTC"), month.add(months=1).in_timezone("UTC"))

    def _run(self, month: DateTime) -> DagRunInfo:
        """The run that closes ``month``: it falls in the next one."""
        from transforms.working_days import DUE_ON, PRELIMINARY_BY

        year, number = (following := month.add(months=1)).year, following.month
        days = calendar()
        published = {PRELIMINARY_BY: days.prelim, DUE_ON: days.due}.get(self.n)
        day = published(year, number) if published else days.working_day(year, number, self.n)
        return DagRunInfo(run_after=self._at(day), data_interval=self._interval(month))


class EveryWorkingDay(_OnWorkingDays):
    """Once on each working day; the data interval is the instant of the run, its New York date the business day."""

    def __init__(self, hour: int, minute: int = 0, tz: str = NEW_YORK) -> None:
        super().__init__(hour, minute, tz)
        self.description = f"On every working day {self._time()}"

    @property
    def summary(self) -> str:
        return "working days"

    def infer_manual_data_interval(self, *, run_after: DateTime) -> DataInterval:
        return DataInterval.exact(run_after)

    def _from(self, instant: DateTime) -> DagRunInfo:
        day = self._day(instant)
        return self._run(day if self._at(day) >= instant else day.add(days=1))

    def _after(self, interval: DataInterval) -> DagRunInfo:
        return self._run(self._day(interval.end).add(days=1))

    def _latest(self, now: DateTime) -> DagRunInfo:
        day = self._day(now)
        day = day if self._at(day) <= now else day.subtract(days=1)
        return DagRunInfo.exact(self._at(calendar().add_working_days(day.add(days=1), -1)))

    def _day(self, instant: DateTime) -> Date:
        return instant.in_timezone(self.tz).date()

    def _run(self, day: Date) -> DagRunInfo:
        """The run on ``day``, or on the first working day after it."""
        return DagRunInfo.exact(self._at(calendar().next_working(day)))


class Timetables(AirflowPlugin):
    """What makes Airflow know the timetables of this package."""

    name = "tidewaiter_timetables"
    timetables: list[Any] = [WorkingDay, EveryWorkingDay]  # noqa: RUF012  (as Airflow declares it)
