"""Working days, and the days of the month on which statements print and fall due.

A working day is a Monday to Friday that is no national holiday (19 CFR 101.6(a)). The holidays are those of 5 U.S.C.
6103(a), observed on Friday when they fall on a Saturday (6103(b)(1)) and on Monday when on a Sunday (E.O. 11582): a New
Year's Day on a Saturday closes the 31 December before it. An operator's table of holidays replaces the computed ones of
the years it names; a table of published dates replaces the computed dates of statements. Whatever does not agree is
told in :attr:`Calendar.warnings`; nothing falls back in silence.

A one-off closure by executive order moves no statement date unless the operator loads it: 9 January 2025 counted as a
working day in the calendar published for 2025.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

import numpy as np
import pandas as pd

#: A monthly statement is preliminary by this working day of its month, and due on that one (19 U.S.C. 1505(a); periodic
#: monthly statement test, 90 FR 48314).
PRELIMINARY_BY, DUE_ON = 11, 15


class Holiday(NamedTuple):
    """A holiday of 5 U.S.C. 6103(a): on ``day`` of ``month``, or on its ``nth`` ``weekday`` (Monday 0; -1 the last
    one), ``since`` a year."""

    name: str
    month: int
    day: int = 0
    nth: int = 0
    weekday: int = 0
    since: int = 0


#: As the law stands; for years before 1978 other days were kept.
FEDERAL = (
    Holiday("New Year's Day", 1, day=1),
    Holiday("Birthday of Martin Luther King, Jr.", 1, nth=3, since=1986),
    Holiday("Washington's Birthday", 2, nth=3),
    Holiday("Memorial Day", 5, nth=-1),
    Holiday("Juneteenth National Independence Day", 6, day=19, since=2021),
    Holiday("Independence Day", 7, day=4),
    Holiday("Labor Day", 9, nth=1),
    Holiday("Columbus Day", 10, nth=2),
    Holiday("Veterans Day", 11, day=11),
    Holiday("Thanksgiving Day", 11, nth=4, weekday=3),
    Holiday("Christmas Day", 12, day=25),
)


def federal_holidays(year: int) -> dict[date, str]:
    """The holidays observed on days of ``year``, in order: day -> name."""
    kept = ((_observed(_falls(h, y)), h.name) for y in (year, year + 1) for h in FEDERAL if y >= h.since)
    return dict(sorted((day, name) for day, name in kept if day.year == year))


def _falls(holiday: Holiday, year: int) -> date:
    if holiday.day:
        return date(year, holiday.month, holiday.day)
    first = date(year, holiday.month, 1)
    first += timedelta((holiday.weekday - first.weekday()) % 7)
    days = [day for week in range(5) if (day := first + timedelta(7 * week)).month == holiday.month]
    return days[holiday.nth - (holiday.nth > 0)]


def _observed(day: date) -> date:
    return day + timedelta({5: -1, 6: 1}.get(day.weekday(), 0))


def entry_month(entry: pd.Series, release: pd.Series) -> pd.Series:
    """The month an entry belongs to, as its first day: that of the earlier of entry and release (19 U.S.C. 1505(a)).

    Both are ``datetime64`` columns; a blank one gives way to the other, and two blanks are NaT.
    """
    earlier = np.fmin(entry.to_numpy("datetime64[s]"), release.to_numpy("datetime64[s]"))
    return pd.Series(earlier.astype("datetime64[M]").astype("datetime64[s]"), index=entry.index)


def statement_month(entry: pd.Series, release: pd.Series) -> pd.Series:
    """The month of the periodic monthly statement, as its first day: the one after :func:`entry_month`."""
    month = entry_month(entry, release).to_numpy("datetime64[M]") + 1
    return pd.Series(month.astype("datetime64[s]"), index=entry.index)


@dataclass(frozen=True, slots=True, order=True)
class CalendarWarning:
    """Something an operator should know of a date that was given.

    ``code`` is ``holidays_missing`` (the table has no day of the year; the computed ones were taken),
    ``holidays_differ`` (table and law disagree; the table was taken) or ``dates_differ`` (published and computed date
    disagree; the published one was taken). ``month`` 0 is the whole year.
    """

    year: int
    month: int
    code: str
    text: str


class StatementDates(NamedTuple):
    """Of a monthly statement: the last day for its preliminary, the day it is due, and what there is to say of them."""

    preliminary: date
    due: date
    warnings: tuple[CalendarWarning, ...]


class Calendar:
    """Working days and statement dates.

    ``holidays`` has a column ``date``; ``overrides`` has ``month`` (its first day), ``preliminary_date`` and
    ``due_date`` (a blank one is computed). None stands for a table that is not loaded: what is computed then is the
    default and no warning. Days are :class:`datetime.date`.
    """

    def __init__(self, holidays: pd.DataFrame | None = None, overrides: pd.DataFrame | None = None) -> None:
        self._loaded: dict[int, list[date]] | None = None
        if holidays is not None:
            days = sorted({day for day in _dates(holidays["date"]) if day})
            self._loaded = {year: [day for day in days if day.year == year] for year in {day.year for day in days}}
        columns = ("month", "preliminary_date", "due_date")
        rows = [] if overrides is None else zip(*(_dates(overrides[c]) for c in columns), strict=True)
        self._published = {(m.year, m.month): (preliminary, due) for m, preliminary, due in rows if m}
        self._of_year: dict[int, list[date]] = {}
        self._busdays: dict[tuple[int, int], np.busdaycalendar] = {}
        self._warnings: set[CalendarWarning] = set()

    @classmethod
    def of(cls, reference: Mapping[str, pd.DataFrame]) -> Calendar:
        """The calendar of a reference snapshot: its tables ``holidays`` and ``statement_dates``, where loaded."""
        return cls(reference.get("holidays"), reference.get("statement_dates"))

    @property
    def warnings(self) -> tuple[CalendarWarning, ...]:
        """All that is to be said of the dates this calendar has given so far, in order."""
        return tuple(sorted(self._warnings))

    def holidays(self, year: int) -> list[date]:
        """The days of ``year`` that are holidays here, in order."""
        if year not in self._of_year:
            self._of_year[year] = self._choose(year)
        return self._of_year[year]

    def busdays(self, first: int, last: int) -> np.busdaycalendar:
        """The same for numpy's whole-column functions (``np.busday_offset``), from year ``first`` to ``last``."""
        if (first, last) not in self._busdays:
            days = [day for year in range(first, last + 1) for day in self.holidays(year)]
            self._busdays[first, last] = np.busdaycalendar(holidays=np.array(days, "datetime64[D]"))
        return self._busdays[first, last]

    def is_working(self, day: date) -> bool:
        """Whether ``day`` is a working day."""
        return bool(np.is_busday(np.datetime64(day, "D"), busdaycal=self.busdays(day.year, day.year)))

    def next_working(self, day: date) -> date:
        """``day`` itself when it is a working day, otherwise the first one after it."""
        return self._offset(day, 0, "forward")

    def add_working_days(self, day: date, n: int) -> date:
        """The ``n``-th working day after ``day``, which itself does not count; before it when ``n`` is negative;
        ``day`` when ``n`` is 0."""
        return self._offset(day, n, "backward" if n > 0 else "forward") if n else day

    def working_day(self, year: int, month: int, n: int) -> date:
        """The ``n``-th working day of a month, from 1. Raises ValueError when the month has no such day."""
        day = self._offset(date(year, month, 1), n - 1, "forward") if n > 0 else None
        if day is None or (day.year, day.month) != (year, month):
            raise ValueError(f"{year}-{month:02} has no working day number {n}")
        return day

    def prelim(self, year: int, month: int) -> date:
        """The last day on which the preliminary of the monthly statement prints: as published, or the 11th working
        day."""
        return self.statement(year, month).preliminary

    def due(self, year: int, month: int) -> date:
        """The day the monthly statement is due: as published, or the 15th working day."""
        return self.statement(year, month).due

    def statement(self, year: int, month: int) -> StatementDates:
        """Both dates of a statement month and the warnings that touch them."""
        computed = [self.working_day(year, month, n) for n in (PRELIMINARY_BY, DUE_ON)]
        published = self._published.get((year, month), (None, None))
        for name, told, found in zip(("preliminary", "due"), published, computed, strict=True):
            if told is not None and told != found:
                text = f"{year}-{month:02} {name}: published {told}, computed {found}"
                self._warnings.add(CalendarWarning(year, month, "dates_differ", text))
        preliminary, due = (told or found for told, found in zip(published, computed, strict=True))
        mine = tuple(w for w in self.warnings if w.year == year and w.month in (0, month))
        return StatementDates(preliminary, due, mine)

    def _choose(self, year: int) -> list[date]:
        computed = list(federal_holidays(year))
        if self._loaded is None:
            return computed
        if year not in self._loaded:
            text = f"the table of holidays has none of {year}: those of 5 U.S.C. 6103 are taken"
            self._warnings.add(CalendarWarning(year, 0, "holidays_missing", text))
            return computed
        loaded = self._loaded[year]
        if loaded != computed:
            more, less = sorted(set(loaded) - set(computed)), sorted(set(computed) - set(loaded))
            told = [f"{day} only {where}" for days, where in ((more, "loaded"), (less, "in law")) for day in days]
            text = f"holidays of {year}: {', '.join(told)}; the table is taken"
            self._warnings.add(CalendarWarning(year, 0, "holidays_differ", text))
        return loaded

    def _offset(self, day: date, n: int, roll: str) -> date:
        """numpy's offset with the holidays of exactly the years that are crossed: of no other year is there a
        warning."""
        first = last = day.year
        while True:
            found: date = np.busday_offset(
                np.datetime64(day, "D"),
                n,
                roll=roll,  # type: ignore[call-overload]
                busdaycal=self.busdays(first, last),
            ).item()
            if first <= found.year <= last:
                return found
            first, last = min(first, found.year), max(last, found.year)


def _dates(column: pd.Series) -> list[date | None]:
    return [None if pd.isna(day) else day.date() for day in pd.to_datetime(column)]
