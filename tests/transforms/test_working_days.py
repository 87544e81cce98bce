"""Working days, observed holidays, and the days on which monthly statements print and fall due."""

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.working_days import Calendar, entry_month, federal_holidays, statement_month

DEMO = Path(__file__).parents[2] / "loaders" / "demo"
DAYS = st.dates(date(2005, 1, 1), date(2060, 12, 31))
#: Published for 2025 (preliminary, due).
PUBLISHED_2025 = (
    ("2025-01-16", "2025-01-23"),
    ("2025-02-18", "2025-02-24"),
    ("2025-03-17", "2025-03-21"),
    ("2025-04-15", "2025-04-21"),
    ("2025-05-15", "2025-05-21"),
    ("2025-06-16", "2025-06-23"),
    ("2025-07-16", "2025-07-22"),
    ("2025-08-15", "2025-08-21"),
    ("2025-09-16", "2025-09-22"),
    ("2025-10-16", "2025-10-22"),
    ("2025-11-18", "2025-11-24"),
    ("2025-12-15", "2025-12-19"),
)


def holidays(*days: str) -> pd.DataFrame:
    return pd.DataFrame({"date": pd.to_datetime(list(days)).astype("datetime64[s]")})


def overrides(*rows: tuple[str, str, str]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["month", "preliminary_date", "due_date"])
    return frame.apply(lambda column: pd.to_datetime(column).astype("datetime64[s]"))


def of_law(*years: int) -> pd.DataFrame:
    return holidays(*(str(day) for year in years for day in federal_holidays(year)))


@pytest.mark.parametrize(("preliminary", "due"), PUBLISHED_2025)
def test_every_published_date_of_2025_is_computed(preliminary: str, due: str) -> None:
    year, month = int(preliminary[:4]), int(preliminary[5:7])
    for calendar in (Calendar(), Calendar(of_law(2025)), Calendar(pd.read_csv(DEMO / "holidays.csv"))):
        assert (str(calendar.prelim(year, month)), str(calendar.due(year, month))) == (preliminary, due)
        assert calendar.warnings == ()


def test_a_published_date_overrides_the_computed_one_and_says_so() -> None:
    """2026 as reprinted: January prints on a holiday, July counts the Friday before the 4th as a working day."""
    printed = overrides(
        ("2026-01-01", "2026-01-19", "2026-01-23"),
        ("2026-02-01", "2026-02-16", "2026-02-20"),
        ("2026-07-01", "2026-07-15", ""),
    )
    calendar = Calendar(of_law(2026), printed)
    assert str(calendar.prelim(2026, 1)) == "2026-01-19" and str(calendar.due(2026, 1)) == "2026-01-23"
    assert str(calendar.prelim(2026, 2)) == "2026-02-16" and str(calendar.due(2026, 2)) == "2026-02-20"
    july = calendar.statement(2026, 7)
    assert str(july.preliminary) == "2026-07-15" and str(july.due) == "2026-07-22"  # what is not published is computed
    assert [w.text for w in july.warnings] == ["2026-07 preliminary: published 2026-07-15, computed 2026-07-16"]
    assert [(w.month, w.code) for w in calendar.warnings] == [(m, "dates_differ") for m in (1, 2, 2, 7)]
    assert calendar.statement(2026, 3).warnings == ()


def test_holidays_are_observed_on_working_days() -> None:
    assert date(2021, 12, 31) in federal_holidays(2021)  # 1 January 2022 is a Saturday
    assert date(2022, 1, 1) not in federal_holidays(2022)
    assert federal_holidays(2023)[date(2023, 1, 2)] == "New Year's Day"  # a Sunday
    assert date(2026, 7, 3) in federal_holidays(2026)  # 4 July is a Saturday
    assert date(2027, 7, 5) in federal_holidays(2027)  # 4 July is a Sunday
    assert date(2020, 6, 19) not in federal_holidays(2020)
    assert date(2021, 6, 18) in federal_holidays(2021)


@given(year=st.integers(1990, 2200))
def test_holidays_are_weekdays_nine_to_twelve_a_year(year: int) -> None:
    days = federal_holidays(year)
    assert all(day.weekday() < 5 and day.year == year for day in days)
    assert 9 <= len(days) <= 12
    assert list(days) == sorted(days)


def test_holidays_are_those_collected(shared: Path) -> None:
    theirs = pd.read_csv(shared / "reference" / "data" / "federal_holidays_2018_2028.csv")["date"]
    assert [str(day) for year in range(2018, 2029) for day in federal_holidays(year)] == list(theirs)


def test_published_dates_are_those_collected(shared: Path) -> None:
    """The demonstration table carries all of them; what the rule alone gives differs five times, in 2026."""
    theirs = pd.read_csv(shared / "reference" / "data" / "pms_dates_published.csv")
    by_rule, by_table = Calendar(), Calendar(None, pd.read_csv(DEMO / "statement_dates.csv"))
    differ = []
    for row in theirs.itertuples():
        year, month = int(row.month[:4]), int(row.month[5:])
        for name, told in (("prelim", row.prelim_11th), ("due", row.due_15th)):
            assert str(getattr(by_table, name)(year, month)) == told
            if str(getattr(by_rule, name)(year, month)) != told:
                differ.append((row.month, name))
    assert differ == [
        ("2026-01", "prelim"),
        ("2026-02", "prelim"),
        ("2026-02", "due"),
        ("2026-07", "prelim"),
        ("2026-07", "due"),
    ]
    assert len(by_table.warnings) == len(differ)


def test_a_year_the_table_misses_is_computed_and_said() -> None:
    calendar = Calendar(of_law(2025))
    assert str(calendar.due(2025, 12)) == "2025-12-19" and calendar.warnings == ()
    told = calendar.statement(2026, 7)
    assert str(told.due) == "2026-07-22"
    assert [(w.year, w.code) for w in told.warnings] == [(2026, "holidays_missing")]
    assert "2026" in told.warnings[0].text
    assert calendar.warnings == told.warnings


def test_only_the_years_that_were_used_are_spoken_of() -> None:
    calendar = Calendar(of_law(2025))
    assert calendar.add_working_days(date(2025, 12, 1), 21) == date(2025, 12, 31)
    assert calendar.warnings == ()
    assert calendar.add_working_days(date(2025, 12, 1), 22) == date(2026, 1, 2)
    assert [w.year for w in calendar.warnings] == [2026]
    assert calendar.next_working(date(2025, 1, 1)) == date(2025, 1, 2)


def test_a_table_that_disagrees_with_the_law_is_taken_and_said() -> None:
    """A day of mourning is loaded, Christmas is forgotten."""
    days = [day for day in federal_holidays(2025) if day.month != 12]
    calendar = Calendar(holidays("2025-01-09", *map(str, days)))
    assert not calendar.is_working(date(2025, 1, 9)) and calendar.is_working(date(2025, 12, 25))
    assert str(calendar.prelim(2025, 1)) == "2025-01-17"
    assert [w.code for w in calendar.warnings] == ["holidays_differ"]
    assert (
        "2025-01-09 only loaded" in calendar.warnings[0].text and "2025-12-25 only in law" in calendar.warnings[0].text
    )


def test_an_empty_table_is_a_table_that_misses_every_year() -> None:
    assert [w.code for w in Calendar(holidays()).statement(2025, 1).warnings] == ["holidays_missing"]


@given(day=DAYS)
def test_a_working_day_is_neither_weekend_nor_holiday(day: date) -> None:
    calendar = Calendar()
    assert calendar.is_working(day) == (day.weekday() < 5 and day not in federal_holidays(day.year))
    found = calendar.next_working(day)
    assert found >= day and calendar.is_working(found)
    assert not any(calendar.is_working(day + timedelta(i)) for i in range((found - day).days))


@given(day=DAYS, n=st.integers(-300, 300).filter(bool))
def test_working_days_are_counted_one_by_one(day: date, n: int) -> None:
    calendar, at, left, step = Calendar(), day, abs(n), 1 if n > 0 else -1
    while left:
        at += timedelta(step)
        left -= calendar.is_working(at)
    assert calendar.add_working_days(day, n) == at
    assert calendar.add_working_days(day, 0) == day


@given(year=st.integers(1990, 2080), month=st.integers(1, 12))
def test_the_days_of_a_month_are_numbered(year: int, month: int) -> None:
    calendar, day, found = Calendar(), date(year, month, 1), []
    while day.month == month:
        found += [day] if calendar.is_working(day) else []
        day += timedelta(1)
    assert [calendar.working_day(year, month, n) for n in range(1, len(found) + 1)] == found
    assert calendar.prelim(year, month) < calendar.due(year, month)
    for n in (-1, 0, len(found) + 1):
        with pytest.raises(ValueError, match="no working day"):
            calendar.working_day(year, month, n)


def test_whole_columns_are_counted_with_the_same_days() -> None:
    days = np.arange("2025-01-01", "2027-01-01", dtype="datetime64[D]")
    calendar = Calendar(None, None)
    found = np.busday_offset(days, 10, roll="backward", busdaycal=calendar.busdays(2025, 2027))
    assert [day.item() for day in found[::37]] == [calendar.add_working_days(day.item(), 10) for day in days[::37]]


def test_the_earlier_of_entry_and_release_decides_the_month() -> None:
    entry = pd.Series(pd.to_datetime(["2026-06-30", "2026-07-01", None, "2026-12-31", None])).astype("datetime64[s]")
    release = pd.Series(pd.to_datetime(["2026-07-02", "2026-06-30", "2026-05-31", "2027-01-04", None]))
    entry.index = release.index = pd.Index([3, 1, 4, 15, 9])
    of_entry = entry_month(entry, release.astype("datetime64[s]"))
    assert [str(day)[:7] for day in of_entry] == ["2026-06", "2026-06", "2026-05", "2026-12", "NaT"]
    of_statement = statement_month(entry, release)
    assert [str(day)[:10] for day in of_statement] == ["2026-07-01", "2026-07-01", "2026-06-01", "2027-01-01", "NaT"]
    assert str(of_statement.dtype) == "datetime64[s]" and list(of_statement.index) == [3, 1, 4, 15, 9]
