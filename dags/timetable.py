"""When a DAG of the month runs: on working days as customs counts them, at a time of day in New York."""

from __future__ import annotations

from typing import Any

from airflow.timetables.base import DagRunInfo, DataInterval
from pendulum import Date, DateTime

from dags.periods import NEW_YORK, Periods, calendar


class WorkingDay(Periods):
    """Once a month on its ``n``-th working day, with the calendar month before as its data interval.

    The 11th and the 15th are the days of the monthly statement's preliminary and of its payment: where customs
    published other dates (reference table ``statement_dates``), those are taken.
    """

    def __init__(self, n: int, hour: int, minute: int = 0, tz: str = NEW_YORK) -> None:
        if not 1 <= n <= 18:  # November has no more when it has two holidays and begins on a weekend
            raise ValueError(f"not every month has a working day number {n}")
        self.n = n
        super().__init__(hour, minute, tz)

    @property
    def summary(self) -> str:
        return f"working day {self.n} of each month"

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
        return DagRunInfo(run_after=self.at(day), data_interval=self._interval(month))


class EveryWorkingDay(Periods):
    """Once on each working day; the data interval is the instant of the run, its New York date the business day."""

    @property
    def summary(self) -> str:
        return "every working day"

    def infer_manual_data_interval(self, *, run_after: DateTime) -> DataInterval:
        return DataInterval.exact(run_after)

    def _from(self, instant: DateTime) -> DagRunInfo:
        day = self._day(instant)
        return self._run(day if self.at(day) >= instant else day.add(days=1))

    def _after(self, interval: DataInterval) -> DagRunInfo:
        return self._run(self._day(interval.end).add(days=1))

    def _latest(self, now: DateTime) -> DagRunInfo:
        day = self._day(now)
        day = day if self.at(day) <= now else day.subtract(days=1)
        return DagRunInfo.exact(self.at(calendar().add_working_days(day.add(days=1), -1)))

    def _day(self, instant: DateTime) -> Date:
        return instant.in_timezone(self.tz).date()

    def _run(self, day: Date) -> DagRunInfo:
        """The run on ``day``, or on the first working day after it."""
        return DagRunInfo.exact(self.at(calendar().next_working(day)))
