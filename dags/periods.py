"""What timetables of working days have in common: a calendar, a time of day, and one run for each period.

The calendar is that of the home's reference snapshot, read anew when an operator loads holidays or published dates;
where there is no home or no table, the law's computed days. Start and end date of a DAG, and the range of a backfill,
are compared with logical dates: what they name is periods (months, days), whenever their runs fall.
"""

from __future__ import annotations

from abc import abstractmethod
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pendulum
from airflow.timetables.base import DagRunInfo, DataInterval, TimeRestriction, Timetable
from pendulum import DateTime

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


class Periods(Timetable):
    """One run for each period, each known by its logical date, the start of its data interval."""

    def __init__(self, hour: int, minute: int = 0, tz: str = NEW_YORK) -> None:
        if not (0 <= hour <= 23 and 0 <= minute <= 59):
            raise ValueError(f"{hour}:{minute:02} is no time of day")
        self.hour, self.minute, self.tz = hour, minute, tz
        self.description = f"On {self.summary} at {hour:02}:{minute:02} {tz}"

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

    def at(self, day: Any) -> DateTime:
        """The instant of a run on ``day``."""
        local = pendulum.datetime(day.year, day.month, day.day, self.hour, self.minute, tz=self.tz)
        return local.in_timezone("UTC")

    @abstractmethod
    def _from(self, instant: DateTime) -> DagRunInfo:
        """The first run whose logical date is not before ``instant``."""

    @abstractmethod
    def _after(self, interval: DataInterval) -> DagRunInfo:
        """The run that follows the one of ``interval``."""

    @abstractmethod
    def _latest(self, now: DateTime) -> DagRunInfo:
        """The last run whose time has come."""
