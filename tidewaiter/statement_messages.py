"""What is sent of statements, preliminary and final: the batch to the filer, and the statement as people read it.

A batch (PF, MS) holds all statements of one filer that are sent together, and is named after the first of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pandas as pd
import psycopg

from loaders import accounts
from loaders.statements import DELIVERY
from transforms.statement import daily as pf
from transforms.statement import monthly as ms
from transforms.statement import report


def daily(
    conn: psycopg.Connection,
    statement: pd.DataFrame,
    entry: pd.DataFrame,
    payable: pd.DataFrame,
    fee: pd.DataFrame,
    day: date,
) -> pd.DataFrame:
    """The deliveries of daily statements, whose ``status`` says P or F, sent on ``day``: PF and a readable report to
    their filers, the report also to the importer of an importer statement.

    Raises :class:`~transforms.statement.errors.Unprintable`.
    """
    return pd.DataFrame(list(_daily(conn, statement, entry, payable, fee, day)), columns=DELIVERY)


def monthly(
    conn: psycopg.Connection,
    statement: pd.DataFrame,
    below: pd.DataFrame,
    entry: pd.DataFrame,
    payable: pd.DataFrame,
    fee: pd.DataFrame,
    day: date,
) -> pd.DataFrame:
    """The same of monthly statements, as MS; ``below`` are the daily statements on them, with their ``entry``."""
    return pd.DataFrame(list(_monthly(conn, statement, below, entry, payable, fee, day)), columns=DELIVERY)


def _daily(
    conn: psycopg.Connection,
    statement: pd.DataFrame,
    entry: pd.DataFrame,
    payable: pd.DataFrame,
    fee: pd.DataFrame,
    day: date,
) -> Iterator[tuple]:
    names, sites = _who(conn, statement, day)
    final = statement.loc[statement["status"] == "F", "statement_number"]
    dailies = report.Dailies(entry, payable, fee, final)
    for filer, mine in statement.groupby("filer_code"):
        number = mine["statement_number"].iloc[0]
        on = entry[entry["statement_number"].isin(mine["statement_number"])]
        site = sites.get(str(filer)) or mine["port"].iloc[0]
        body = pf.batch(mine, on, payable, fee, site=site, sent=day)
        yield number, "filer", "statement", _file(mine, "pf"), body
    for _, row in statement.iterrows():  # one page set a statement, as it is printed
        yield from _reports(row, dailies.text(row, _name(names, row), day))


def _monthly(
    conn: psycopg.Connection,
    statement: pd.DataFrame,
    below: pd.DataFrame,
    entry: pd.DataFrame,
    payable: pd.DataFrame,
    fee: pd.DataFrame,
    day: date,
) -> Iterator[tuple]:
    names, sites = _who(conn, statement, day)
    for filer, mine in statement.groupby("filer_code"):
        number = mine["statement_number"].iloc[0]
        under = below[below["parent_number"].isin(mine["statement_number"])]
        on = entry[entry["statement_number"].isin(under["statement_number"])]
        site = sites.get(str(filer)) or mine["port"].iloc[0]
        body = ms.batch(mine, under, on, payable, fee, site=site, sent=day)
        yield number, "filer", "statement", _file(mine, "ms"), body
    for _, row in statement.iterrows():
        under = below[below["parent_number"] == row["statement_number"]].reset_index(drop=True)
        on = entry[entry["statement_number"].isin(under["statement_number"])].reset_index(drop=True)
        yield from _reports(row, report.monthly(row, under, on, payable, fee, _name(names, row), day))


def _reports(row: pd.Series, text: str) -> Iterator[tuple]:
    """The readable statement: to its filer, and to the importer when it is the importer's."""
    number, name, body = row["statement_number"], f"{row['statement_number']}.{row['status']}.txt", text.encode()
    yield number, "filer", "report", name, body
    if row["importer_number"]:
        yield number, "importer", "report", name, body


def _file(statement: pd.DataFrame, kind: str) -> str:
    """The name of a batch of statements, all of one status."""
    first = statement.iloc[0]
    return f"{first['statement_number']}.{first['status']}.{kind}"


def _who(conn: psycopg.Connection, statement: pd.DataFrame, day: date) -> tuple[dict[str, str], dict[str, str]]:
    """Names of filers and importers by their number, and the site each filer transmits from."""
    known = accounts.named(conn, [*statement["filer_code"].unique(), *statement["importer_number"].unique()])
    names = dict(zip(known["identifier"], known["name"], strict=True))
    filers = known[known["kind"] == "broker"].set_index("account_id")["identifier"]
    sites = accounts.access(conn, filers.index, day).transmitters.drop_duplicates("account_id")
    return names, {filers[id]: site for id, site in zip(sites["account_id"], sites["site"], strict=True)}


def _name(names: dict[str, str], row: pd.Series) -> str:
    number = row["importer_number"] or row["filer_code"]
    return names.get(number, number)
