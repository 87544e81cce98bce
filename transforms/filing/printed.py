"""The statements of a filing as they are printed (chapter 05), with nothing on them of any other importer.

A statement of an importer (types 3, 5, 7, 8) is that importer's whole. One of a filer (types 2, 6) has the entries of
many: here it shows those of one account alone, says so under whose name it stands, and its totals are theirs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import pandas as pd

from transforms.statement import report
from transforms.statement.pages import PAGE_BREAK

NEW_YORK = "America/New_York"


class Printed(NamedTuple):
    """A statement's printed report; its pages are divided by form feeds."""

    statement_number: str
    text: str


def reports(
    statement: pd.DataFrame,
    entry: pd.DataFrame,
    payable: pd.DataFrame,
    fee: pd.DataFrame,
    *,
    names: Mapping[str, str],
    account: str,
) -> Iterator[Printed]:
    """The reports of an account's statements: monthly ones before the daily ones below them.

    ``entry``, ``payable`` and ``fee`` are the account's share (``statement_entry``, ``payable``, ``payable_fee``);
    statements it has nothing on are passed over. ``names`` are those of filers and importers by their number,
    ``account`` is the name of the account.
    """
    on = set(entry["statement_number"])
    final = statement.loc[statement["status"] == "F", "statement_number"]
    dailies = report.Dailies(entry, payable, fee, final)
    table = statement.sort_values(["kind", "print_date", "statement_number"], ascending=[False, True, True])
    for _, row in table.iterrows():  # one page set a statement, as it is printed
        number, day = row["statement_number"], _day(row)
        name = _whose(row, names, account)
        if row["kind"] == "daily":
            if number in on:
                yield Printed(number, dailies.text(row, name, day))
            continue
        below = statement[(statement["parent_number"] == number) & statement["statement_number"].isin(list(on))]
        if len(below):
            mine = entry[entry["statement_number"].isin(below["statement_number"])].reset_index(drop=True)
            of, charged = _of(mine, payable, fee)
            text = report.monthly(row, below.reset_index(drop=True), mine, of, charged, name, day)
            yield Printed(number, text)


def _of(entry: pd.DataFrame, payable: pd.DataFrame, fee: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """What is payable on one statement: a report looks through all it is given, again and again."""
    own = [table[table["version_id"].isin(entry["version_id"])].reset_index(drop=True) for table in (payable, fee)]
    return own[0], own[1]


def text(printed: Sequence[Printed]) -> bytes:
    """All reports, one after the other, as one text file."""
    return PAGE_BREAK.join(it.text for it in printed).encode()


def _day(row: pd.Series) -> pd.Timestamp:
    """The day it was printed: that of the final, or the print date."""
    final = row.get("final_at", pd.NaT)
    if row["status"] == "F" and not pd.isna(final):
        return pd.Timestamp(final).tz_convert(NEW_YORK).tz_localize(None).normalize()
    return row["print_date"]


def _whose(row: pd.Series, names: Mapping[str, str], account: str) -> str:
    number = row["importer_number"] or row["filer_code"]
    name = names.get(number, number)
    return name if row["importer_number"] else f"{name} (ENTRIES OF {account.upper()} ONLY)"
