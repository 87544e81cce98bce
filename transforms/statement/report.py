"""The printed statement: plain text pages of 132 columns, as chapters 05 (figures 1 to 4) and 05b describe them.

A page break is a form feed. The figures of chapter 05b are pictures: its fields (pages 22 to 25) are set in columns of
our own, under the same heading.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import NamedTuple

import numpy as np
import pandas as pd

from transforms.statement import pages, render, totals
from transforms.statement.instants import plain
from transforms.statement.monthly import after_presentation

_DAILY_COLUMNS = (
    f"{'ENTRY NUMBER':<16}{'REF NUM':<10}TP{'ESTIMATED DUTY':>18}{'ESTIMATED TAX':>17} {'ESTIMATED CVD':>13}"
    f"{'ESTIMATED ADD':>16}{'USER FEES/INT':>15} {'TOTAL AMT':>16} DTYFIS"
)
_MONTHLY_COLUMNS = (
    "STATEMENT #  PORT FLR IMPORTER     PRINTED  PRESENTD        TOTAL DUTY     TOTAL TAX     TOTAL ADD     TOTAL CVD"
    "    TOTAL AMOUNT DUE"
)


def daily(
    statement: pd.Series, entry: pd.DataFrame, payable: pd.DataFrame, fee: pd.DataFrame, name: str, processed: date
) -> str:
    """The report of one daily statement (a row of the statement table): the detail pages, one port of entry a page and
    39 lines at most (page 32), the totals, and on a final statement the entries deleted.

    ``name`` is the broker's for types 2 and 6, the importer's otherwise. The total of a line is what is due on it, so
    that the lines add up to the totals.
    """
    number = statement["statement_number"]
    final = [number] if statement["status"] == "F" else []
    return Dailies(entry[entry["statement_number"] == number], payable, fee, final).text(statement, name, processed)


class Dailies:
    """The reports of many daily statements, summed up at once: of all that ``entry`` names; ``final`` are the numbers
    of those that are final. ``payable`` and ``fee`` may hold more than is on them.
    """

    def __init__(self, entry: pd.DataFrame, payable: pd.DataFrame, fee: pd.DataFrame, final: Collection[str]) -> None:
        entry = entry.reset_index(drop=True)
        gone = entry["removed_at"].notna() & entry["statement_number"].isin(list(final))
        kept, self._payable = entry[~gone].reset_index(drop=True), payable
        self._first, self._last = (_Sums.of(table, payable, fee) for table in (entry, kept))
        lines = _lines(kept, payable, fee)
        self._lines = dict(list(lines.groupby("statement_number")))
        self._none = lines.iloc[:0]
        self._gone = dict(list(entry[gone].groupby("statement_number")))

    def text(self, statement: pd.Series, name: str, processed: date) -> str:
        """The report of one of them, as :func:`daily` gives it."""
        number, final = statement["statement_number"], statement["status"] == "F"
        title = "DAILY STATEMENT REPORT"
        out: list[list[str]] = []

        def heading(*extra: str) -> list[str]:
            return pages.heading(statement, title, name, processed, len(out) + 1, extra)

        for port, rows in self._lines.get(number, self._none).groupby("port", sort=True):
            for start in range(0, len(rows), pages.LINES):
                of = rows["text"].iloc[start : start + pages.LINES]
                out.append([*heading(f"PORT OF ENTRY:     {port}"), _DAILY_COLUMNS, *of])
        first, last = self._first.at(number), self._last.at(number) if final else None
        out.append([*heading(), *pages.compared(first, last)])
        if number in self._gone:
            out.append([*heading(), *_deleted(self._gone[number], self._payable)])
        return pages.text(out)


class _Sums(NamedTuple):
    """Totals and fees by class code of many statements."""

    amounts: pd.DataFrame
    fees: dict[str, pd.Series]

    @classmethod
    def of(cls, entry: pd.DataFrame, payable: pd.DataFrame, fee: pd.DataFrame) -> _Sums:
        fees = totals.fees_on_statements(entry, payable, fee).set_index("class_code")
        by_number = {str(n): t["amount_cents"] for n, t in fees.groupby("statement_number")}
        return cls(totals.on_statements(entry, payable, fee), by_number)

    def at(self, number: str) -> tuple[pd.Series, pd.Series]:
        """Those of one statement, zero where nothing is on it."""
        amounts = self.amounts.reindex([number], fill_value=0).iloc[0]
        return amounts, self.fees.get(number, pd.Series([], pd.Index([], dtype="str"), dtype="int64"))


def monthly(
    statement: pd.Series,
    daily: pd.DataFrame,
    entry: pd.DataFrame,
    payable: pd.DataFrame,
    fee: pd.DataFrame,
    name: str,
    processed: date,
) -> str:
    """The report of one monthly statement: its daily statements with their fees, the totals, and the entries deleted
    (chapter 05b, pages 22 to 25). ``daily`` and ``entry`` are as :func:`transforms.statement.monthly.batch` takes
    them."""
    final, number = statement["status"] == "F", statement["statement_number"]
    daily = daily[daily["parent_number"] == number].sort_values(["print_date", "port", "statement_number"])
    entry = entry[entry["statement_number"].isin(daily["statement_number"])].reset_index(drop=True)
    removed, printed = plain(entry["removed_at"]), statement.get("printed_at")
    moment = plain(pd.Series([printed])).iloc[0] if printed is not None else pd.NaT
    standing = removed.isna()
    at_print = standing | (removed > moment)
    title = "PERIODIC MONTHLY STATEMENT REPORT"
    out: list[list[str]] = []

    def heading(*extra: str) -> list[str]:
        return pages.heading(statement, title, name, processed, len(out) + 1, extra)

    rows = _daily_lines(daily, entry[standing if final else at_print], payable, fee)
    for start in range(0, len(rows), pages.LINES):
        due = f"DUE DATE:          {pages.day(statement['due_date'])}"
        out.append([*heading(due), _MONTHLY_COLUMNS, *rows[start : start + pages.LINES]])
    first = pages.amounts_of(number, entry[at_print], payable, fee)
    last = pages.amounts_of(number, entry[standing], payable, fee) if final else None
    out.append([*heading(), *pages.compared(first, last)])
    gone = after_presentation(entry, daily) & (~standing if final else ~at_print)
    if gone.any():
        out.append([*heading(), *_deleted(entry[gone], payable)])
    return pages.text(out)


def _lines(entry: pd.DataFrame, payable: pd.DataFrame, fee: pd.DataFrame) -> pd.DataFrame:
    """One line for each summary, in order, with its port of entry (figure 1)."""
    at = totals.positions(entry["version_id"], payable)
    row = payable.take(at).reset_index(drop=True)
    due = totals.due(payable, fee).take(at).reset_index(drop=True)
    shown = totals.cents(fee["amount_cents"]).groupby(fee["version_id"]).sum()
    fees, interest = totals.cents(row["version_id"].map(shown)), totals.cents(row["interest_cents"])
    tax, duty = totals.cents(row["tax_cents"]), totals.cents(row["duty_cents"]) + totals.cents(row["other_cents"])
    number = row["entry_number"]
    mark = np.where(row["deferred"].fillna(False).astype(bool) & (tax > 0), "D", " ")
    text = (row["filer_code"] + "-" + number.str[:7] + "-" + number.str[7:]).str.ljust(16)
    text += row["broker_reference"].str.ljust(10) + row["entry_type"]
    text += pages.money(duty).str.rjust(18) + pages.money(tax).str.rjust(17) + mark
    text += pages.money(totals.cents(row["cvd_cents"])).str.rjust(13)
    text += pages.money(totals.cents(row["ad_cents"])).str.rjust(16)
    text += pages.money(fees + interest).str.rjust(15) + np.where(interest > 0, "I", " ")
    text += pages.money(due["total_cents"]).str.rjust(16) + np.where(due["revenue"], "    ", " NR ")
    text += row["team"].str.rjust(3) if "team" in row else ""
    port = row["port_of_entry"] if "port_of_entry" in row else row["port"]
    statement = entry["statement_number"].to_numpy()
    lines = pd.DataFrame({"statement_number": statement, "port": port, "number": number, "text": text})
    return lines.sort_values(["statement_number", "port", "number"], ignore_index=True)


def _daily_lines(daily: pd.DataFrame, entry: pd.DataFrame, payable: pd.DataFrame, fee: pd.DataFrame) -> list[str]:
    """One line for each daily statement, and one below it for each five fee classes."""
    number = daily["statement_number"].reset_index(drop=True)
    made = totals.on_statements(entry, payable, fee).reindex(number, fill_value=0).reset_index(drop=True)
    row = daily.reset_index(drop=True)
    presented = row["presented_at"] if "presented_at" in row else pd.Series(pd.NaT, row.index)
    text = number + "   " + row["port"] + " " + row["filer_code"] + " " + row["importer_number"].str.ljust(12)
    text += " " + row["print_date"].dt.strftime("%m/%d/%y") + " "
    text += pd.to_datetime(presented).dt.strftime("%m/%d/%y").fillna(" " * 8)
    for column, width in (("duty_cents", 18), ("tax_cents", 14), ("ad_cents", 14), ("cvd_cents", 14)):
        text += pages.money(made[column]).str.rjust(width)
    text += pages.money(made["total_cents"]).str.rjust(20)
    fees = totals.fees_on_statements(entry, payable, fee)
    fees["line"] = fees.groupby("statement_number").cumcount() // render.FEES_IN_RECORD + 1
    fees["text"] = fees["class_code"] + pages.money(fees["amount_cents"]).str.rjust(15) + "   "
    below = fees.groupby(["statement_number", "line"])["text"].sum().reset_index()
    below["text"] = "             FEES  " + below["text"]
    head = pd.DataFrame({"statement_number": number, "line": 0, "text": text})
    both = pd.concat([head, below])
    order = pd.Series(range(len(number)), number)
    return both.assign(at=both["statement_number"].map(order)).sort_values(["at", "line"])["text"].to_list()


def _deleted(entry: pd.DataFrame, payable: pd.DataFrame) -> list[str]:
    """The entries deleted and who deleted them (figure 4)."""
    row = payable.take(totals.positions(entry["version_id"], payable))
    name = row["filer_code"].to_numpy() + "--" + row["entry_number"].to_numpy()
    source = entry["removed_by"].map(render.DELETE_SOURCE).to_numpy()
    told = entry["statement_number"].to_numpy()
    lines = pd.Series([f"{'':30}{d}{'':11}{n}         {s}" for d, n, s in zip(told, name, source, strict=True)])
    return [f"{'':30}STATEMENT #          ENTRIES DELETED   DELETE SOURCE", *lines.sort_values()]
