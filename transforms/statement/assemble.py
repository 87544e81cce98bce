"""Payables become daily statements, daily statements become monthly ones.

What goes onto one statement (chapter 05, pages 6, 7 and 11; chapter 05b, page 5): the summaries of one filer, one
processing port, one print date and one payment type; for importer statements (3, 5, 7, 8) also of one importer of
record, whose suffix counts for 3 and 7 and does not for 5 and 8; of one client branch, where branches are used (5, 8);
and of one statement month, since a periodic daily statement belongs to exactly one monthly statement. Payment type 1
is on none. The order of statements and of what stands on them depends on nothing but the rows themselves.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import NamedTuple, Protocol

import numpy as np
import pandas as pd

from transforms.statement import numbers as numbering
from transforms.statement import totals
from transforms.statement.instants import look_up

DAILY = ("2", "3", "5")
PERIODIC = ("6", "7", "8")
OF_IMPORTER = ("3", "5", "7", "8")
OF_BRANCH = ("5", "8")
#: Entry summaries on one daily, and daily statements on one monthly statement (structure maps, 05 page 9, 05b page 6).
DAILY_LIMIT = 2_000
MONTHLY_LIMIT = 9_999
_DAYS_TO_PAY = 10
_WITH_SUFFIX = re.compile(r"^(\d{2}-\d{7}).{0,2}$")  # an employer number and its two characters of suffix
_DAILY_KEY = ["port", "payment_type", "filer_code", "importer_number", "branch", "month"]
_MONTHLY_KEY = ["payment_type", "filer_code", "importer_number", "branch", "port"]
#: The columns of ``statement``; the amounts are the original ones of the preliminary and never change.
COLUMNS = (
    *("statement_number", "kind", "status", "filer_code", "importer_number", "port", "branch", "payment_type"),
    *("print_date", "month", "due_date", "parent_number", "sequence"),
    *(*totals.AMOUNTS, "total_cents", *totals.COUNTS),
)


class WorkingDays(Protocol):
    """What assembling asks of a calendar (19 CFR 101.6)."""

    def add_working_days(self, day: date, n: int) -> date: ...
    def due(self, year: int, month: int) -> date: ...


class Assembled(NamedTuple):
    """``statement``, ``statement_entry`` and ``statement_fee`` rows; the totals are those of the preliminary.

    The entries of a monthly statement are those of its daily statements under its own number; what is kept of them is
    only :func:`parents`, since an entry summary is on one open daily statement at a time.
    """

    statement: pd.DataFrame
    entry: pd.DataFrame
    fee: pd.DataFrame


def account_number(payment_type: pd.Series, importer: pd.Series) -> pd.Series:
    """The importer of a statement: blank on filer statements, without its suffix for types 5 and 8."""
    bare = importer.str.replace(_WITH_SUFFIX, r"\1", regex=True)
    return importer.where(~payment_type.isin(OF_BRANCH), bare).where(payment_type.isin(OF_IMPORTER), "").astype("str")


def daily(
    payable: pd.DataFrame,
    fee: pd.DataFrame,
    day: date,
    numbers: Mapping[str, int],
    calendar: WorkingDays,
) -> Assembled:
    """The statements to be printed on ``day``: payables of that print date with a statement payment type.

    ``numbers`` maps the prefix of a statement number to the last sequence used. A periodic daily statement is due with
    its month (15th working day), another ten working days after the earliest entry date on it (19 CFR 142.12(b)), but
    not before it is printed: what was filed or moved too late for that can be paid on its print date.
    Raises ValueError when a version is payable twice.
    """
    on = payable["payment_type"].isin((*DAILY, *PERIODIC)) & payable["print_date"].eq(pd.Timestamp(day))
    chosen = payable[on].copy()
    chosen["importer_number"] = account_number(chosen["payment_type"], chosen["importer_number"])
    chosen["branch"] = chosen["branch"].where(chosen["payment_type"].isin(OF_BRANCH), "")
    chosen["month"] = chosen["month"].where(chosen["payment_type"].isin(PERIODIC))
    place = chosen["port_of_entry"] if "port_of_entry" in chosen else chosen["port"]
    chosen = chosen.assign(_place=place).sort_values([*_DAILY_KEY, "_place", "entry_number", "version_id"])
    statement, of = _cut(chosen, _DAILY_KEY, DAILY_LIMIT)
    statement["print_date"] = pd.Series(pd.Timestamp(day), statement.index, dtype="datetime64[s]")
    prefix = numbering.daily_prefix(statement["port"], statement["print_date"])
    statement["statement_number"], statement["sequence"] = numbering.assign(prefix, dict(numbers))
    earliest = chosen["entry_date"].groupby(of).min() if "entry_date" in chosen else pd.Series(dtype="datetime64[s]")
    statement["due_date"] = _due(statement, earliest.reindex(statement.index), calendar)
    return _finish(statement, "daily", _entries(chosen, of, statement, payable, fee), payable, fee)


def monthly(
    statement: pd.DataFrame,
    entry: pd.DataFrame,
    payable: pd.DataFrame,
    fee: pd.DataFrame,
    month: date,
    national: Mapping[str, str],
    numbers: Mapping[str, int],
    print_date: date,
    due_date: date,
) -> Assembled:
    """The monthly statements over the periodic daily ``statement`` rows of ``month`` that have no monthly one yet.

    ``national`` maps the accounts that chose one statement for all ports (filer code for type 6, importer number for 7
    and 8) to the port that prepares it; the others get one for each port. ``entry`` and ``payable`` are those of the
    daily statements: entries removed before today are on no monthly statement. :func:`parents` tells which daily
    statement went onto which.
    """
    open_ = (statement["kind"] == "daily") & (statement["parent_number"] == "") & statement["month"].eq(_first(month))
    standing = entry[entry["removed_at"].isna()]
    left = statement["statement_number"].isin(standing["statement_number"])  # not those whose every summary was removed
    rows = statement[open_ & left & statement["payment_type"].isin(PERIODIC)].copy()
    account = rows["filer_code"].where(rows["payment_type"] == "6", rows["importer_number"])
    rows["port_of_daily"], rows["port"] = rows["port"], account.map(dict(national)).astype("str").fillna(rows["port"])
    rows = rows.sort_values([*_MONTHLY_KEY, "print_date", "port_of_daily", "statement_number"])
    upper, of = _cut(rows, _MONTHLY_KEY, MONTHLY_LIMIT)
    for name, day in (("month", _first(month)), ("print_date", print_date), ("due_date", due_date)):
        upper[name] = pd.Series(pd.Timestamp(day), upper.index, dtype="datetime64[s]")
    prefix = numbering.monthly_prefix(upper["port"], upper["month"])
    upper["statement_number"], upper["sequence"] = numbering.assign(prefix, dict(numbers))
    parent = pd.Series(upper["statement_number"].to_numpy()[of], index=rows["statement_number"].to_numpy())
    listed = standing[standing["statement_number"].isin(parent.index)].reset_index(drop=True)
    listed["statement_number"] = listed["statement_number"].map(parent).astype("str")
    return _finish(upper, "monthly", listed, payable, fee)


def parents(monthly_entry: pd.DataFrame, daily_entry: pd.DataFrame) -> pd.Series:
    """Daily statement number -> number of the monthly statement that its entries went onto."""
    both = daily_entry.merge(monthly_entry[["version_id", "statement_number"]], on="version_id", suffixes=("", "_of"))
    pairs = both.drop_duplicates("statement_number")
    return pd.Series(pairs["statement_number_of"].to_numpy(), index=pairs["statement_number"].to_numpy(), dtype="str")


def _cut(rows: pd.DataFrame, key: list[str], limit: int) -> tuple[pd.DataFrame, np.ndarray]:
    """One row for each statement (its key columns) and the statement of each of the sorted ``rows``."""
    group = rows.groupby(key, dropna=False, sort=False)
    piece = pd.DataFrame({"group": group.ngroup(), "piece": group.cumcount() // limit})
    first = ~piece.duplicated()
    return rows.loc[first, key].reset_index(drop=True), first.cumsum().to_numpy(np.int64) - 1


def _due(statement: pd.DataFrame, earliest: pd.Series, calendar: WorkingDays) -> pd.Series:
    """The due day of each daily statement; one look at the calendar for each month and each earliest entry date."""
    of_month = look_up(statement["month"], lambda month: calendar.due(month.year, month.month))
    filed_late = look_up(earliest, lambda day: calendar.add_working_days(day, _DAYS_TO_PAY))
    return of_month.fillna(filed_late.where(~(filed_late < statement["print_date"]), statement["print_date"]))


def _entries(
    chosen: pd.DataFrame, of: np.ndarray, statement: pd.DataFrame, payable: pd.DataFrame, fee: pd.DataFrame
) -> pd.DataFrame:
    entry = chosen[["version_id", "entry_summary_id"]].reset_index(drop=True)
    entry.insert(0, "statement_number", statement["statement_number"].astype("str").to_numpy()[of])
    entry["statement_number"] = entry["statement_number"].astype("str")
    due = totals.due(payable, fee)["total_cents"]
    entry["due_cents"] = due.to_numpy(np.int64)[totals.positions(entry["version_id"], payable)]
    entry["removed_at"] = pd.Series(pd.NaT, entry.index, dtype="datetime64[s]")
    entry["removed_by"] = pd.Series("", entry.index, dtype="str")
    return entry


def _finish(
    statement: pd.DataFrame, kind: str, entry: pd.DataFrame, payable: pd.DataFrame, fee: pd.DataFrame
) -> Assembled:
    """The statement rows with their totals, in the columns of the contract."""
    text = {"kind": kind, "status": "P", "parent_number": ""}
    for name, value in text.items():
        statement[name] = pd.Series(value, statement.index, dtype="str")
    sums = totals.on_statements(entry, payable, fee).reindex(statement["statement_number"].to_numpy())
    for name in (*totals.AMOUNTS, "total_cents", *totals.COUNTS):
        statement[name] = sums[name].to_numpy(dtype=np.int64)
    return Assembled(statement[list(COLUMNS)], entry, totals.fees_on_statements(entry, payable, fee))


def _first(month: date) -> pd.Timestamp:
    return pd.Timestamp(month).replace(day=1)
