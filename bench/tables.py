"""What the generator knows of the world: its stated assumptions, its goods and the demonstration reference set."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from transforms.working_days import Calendar

HERE = Path(__file__).parent
DEMO = HERE.parent / "loaders" / "demo"

#: Days before and after the business day between which every tariff number drawn must be on file: filing dates of
#: privileged zone merchandise lie furthest back, entry dates furthest ahead.
REACH = (45, 20)

Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Columns = dict[str, np.ndarray]


class BadRequest(ValueError):
    """What was asked for cannot be generated; the message says why."""


@dataclass
class Draw:
    """Tables as dicts of equally long arrays: one ``summary`` a transaction, others below by ``txn`` or ``line``."""

    summary: Columns
    line: Columns
    tariff: Columns
    fee: Columns = field(default_factory=dict)
    case: Columns = field(default_factory=dict)
    bill: Columns = field(default_factory=dict)
    total: Columns = field(default_factory=dict)


def spread(values: Columns, at: Integers) -> Columns:
    """Every column taken at ``at``."""
    return {name: column[at] for name, column in values.items()}


def words(text: str) -> npt.NDArray[np.str_]:
    """The words of ``text`` as an array to draw from."""
    return np.array(text.split())


@cache
def read(name: str, folder: Path = HERE) -> pd.DataFrame:
    """The data file ``name``.csv, every cell as text; read once, so not to be changed in place."""
    return pd.read_csv(folder / f"{name}.csv", dtype="str", keep_default_na=False)


@cache
def assumptions() -> dict[str, float]:
    """Every stated assumption by name; the reasons stand beside them in ``assumptions.csv``."""
    table = read("assumptions")
    return dict(zip(table["name"], table["value"].astype(float), strict=True))


@cache
def shares(group: str) -> tuple[npt.NDArray[np.str_], Floats]:
    """The keys of ``group`` (``entry_type``, ``payment``, ...) and their probabilities, made to sum to one."""
    named = {k.partition(".")[2]: v for k, v in assumptions().items() if k.startswith(group + ".")}
    weights = np.array(list(named.values()))
    return np.array(list(named)), weights / weights.sum()


def on_file(table: pd.DataFrame, first: date, last: date) -> pd.Series:
    """Which rows of a dated table hold on every day from ``first`` to ``last``."""
    starts, ends = table["valid_from"], table["valid_to"].replace("", "9999-12-31")
    return (starts <= first.isoformat()) & (ends >= last.isoformat())


def goods(day: date) -> pd.DataFrame:
    """The goods that may be shipped around ``day``, by sector: their tariff columns, unit value (USD) and weight (kg).

    Rates are parts per million of value and millionths of a dollar per unit, as in the loader's tariff table. ``china``
    and ``remedy`` are chapter 99 numbers due on origin and on material, blank where they are not on file.
    """
    tariff = _tariff(day)
    table = read("goods").merge(tariff, on="hts_number")
    for column in ("china", "remedy"):
        table[column] = table[column].where(table[column].isin(tariff["hts_number"]), "")
    table[["unit_value_usd", "kg_per_unit"]] = table[["unit_value_usd", "kg_per_unit"]].astype(float)
    return table.sort_values(["sector", "hts_number"], ignore_index=True)


def chapter_99(day: date) -> dict[str, tuple[int, str]]:
    """Chapter 99 numbers on file around ``day``: the rate they add (parts per million) and their reporting unit."""
    tariff = _tariff(day)
    added = tariff[tariff["hts_number"].str.startswith("9903") & (tariff["unit_2"] == "")]
    return {n: (int(r), u) for n, r, u in zip(added["hts_number"], added["ad_valorem"], added["unit_1"], strict=True)}


def _tariff(day: date) -> pd.DataFrame:
    table = read("tariff", DEMO)
    back, ahead = (pd.Timedelta(days=d) for d in REACH)
    table = table[on_file(table, (pd.Timestamp(day) - back).date(), (pd.Timestamp(day) + ahead).date())].copy()
    for column in ("ad_valorem", "specific_rate"):
        table[column] = pd.to_numeric(table[column].replace("", "0")).astype("int64")
    return table


def fee(class_code: str, days: npt.NDArray[np.datetime64]) -> pd.DataFrame:
    """``rate`` (ppm), ``fixed_cents``, ``min_cents`` and ``max_cents`` of a fee on each of ``days``, one row a day."""
    table = read("fees", DEMO).query("class_code == @class_code").sort_values("valid_from")
    row = np.searchsorted(table["valid_from"].astype("datetime64[s]").to_numpy(), days, side="right") - 1
    if (row < 0).any():
        raise BadRequest(f"no fee of class {class_code} is known on {days[row < 0].min()}")
    amounts = table[["rate", "fixed_cents", "min_cents", "max_cents"]].replace("", "0").astype("int64")
    return amounts.iloc[row].reset_index(drop=True)


@cache
def _calendar() -> Calendar:
    return Calendar(read("holidays", DEMO))


def working_days(after: date, count: int) -> npt.NDArray[np.datetime64]:
    """The next ``count`` days after ``after`` that are neither weekend nor federal holiday."""
    start = np.datetime64(after, "D") + 1
    days = _calendar().busdays(after.year, after.year + 1)
    return np.busday_offset(start, np.arange(count), roll="forward", busdaycal=days)


def working_day(days: npt.NDArray[np.datetime64], n: int) -> npt.NDArray[np.datetime64]:
    """The ``n``-th working day after each of ``days``."""
    first, last = (int(day.astype(object).year) for day in (days.min(), days.max()))
    return np.busday_offset(days, n, roll="backward", busdaycal=_calendar().busdays(first, last + 1))


def bounds(month: date) -> tuple[np.datetime64, np.datetime64]:
    """The first and the last day of the month of a day."""
    first = np.datetime64(month, "M")
    return first.astype("datetime64[D]"), (first + 1).astype("datetime64[D]") - np.timedelta64(1, "D")
