"""The 820 that goes with a monthly statement to a payer whose partner profile asks for it: written inside the
transaction that prints the statement, or makes it final, so that its control numbers are used if it is sent, and not
otherwise.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime

import pandas as pd
import psycopg

from loaders import accounts, outgoing, statement_settings, statements
from loaders.x12 import controls, partners
from tidewaiter import x12_out
from tidewaiter.settings import Settings
from transforms.calendar import business_date
from transforms.x12 import payment_advice as advice

KIND = "payment_advice"
SUFFIX = "820"
#: The payee's name where the operator gave none.
PAYEE = "CUSTOMS"


def sending(
    settings: Settings,
    statement: pd.DataFrame,
    below: pd.DataFrame,
    entry: pd.DataFrame,
    payable: pd.DataFrame,
    day: date,
    at: datetime,
) -> Callable[[psycopg.Connection], int]:
    """What ``loaders.statements.Printing.inside`` is given for monthly statements: ``below`` are the daily statements
    on them, with their ``entry`` and ``payable``; ``day`` is the business date, ``at`` the instant (UTC). It queues an
    820 to each payer that wants one and gives how many.
    """

    def send(conn: psycopg.Connection) -> int:
        if not len(statement):
            return 0
        wanted = {it.account_id: it for it in reversed(partners.all_(conn, day)) if it.payment_advice}
        payers = {number: who for number, who in _payers(conn, statement).items() if who in wanted}
        if not payers:
            return 0
        chosen = statement_settings.settings(conn, day).set_index("account_id")["method"]
        names = _names(conn, statement)
        rows = _entries(below, entry, payable)
        count = 0
        for _, row in statement.iterrows():  # a file a statement
            account = payers.get(row["statement_number"])
            if account is None:
                continue
            mine = rows[rows["parent_number"].eq(row["statement_number"])]
            number = row["importer_number"] or row["filer_code"]
            segments = advice.advice(
                row,
                mine,
                payer=advice.party(names.get(number, number), number),
                payee=advice.Party(PAYEE, "ZZ", settings.x12_id),
                method=chosen.get(account, "debit"),
                effective=_effective(row, day),
                made=day,
            )
            count += _sent(conn, settings, wanted[account], row, segments, at)
        return count

    return send


def _effective(row: pd.Series, day: date) -> date:
    """The day the money moves: the statement's due date, or, once it is paid, the day it was."""
    if "paid_at" in row and pd.notna(row["paid_at"]):
        return business_date(row["paid_at"].to_pydatetime())
    return row["due_date"].date() if pd.notna(row["due_date"]) else day


def _payers(conn: psycopg.Connection, statement: pd.DataFrame) -> dict[str, int]:
    """Statement number -> account that pays it: the importer of an importer statement, else the filer."""
    owners = statements.owners(conn, statement["statement_number"].tolist())
    by_importer = dict(zip(statement["statement_number"], statement["importer_number"].ne(""), strict=True))
    paid_by = {number: importer if by_importer[number] else filer for number, filer, importer in owners}
    return {number: account for number, account in paid_by.items() if account is not None}


def _names(conn: psycopg.Connection, statement: pd.DataFrame) -> dict[str, str]:
    numbers = [*statement["filer_code"].unique(), *statement["importer_number"].unique()]
    known = accounts.named(conn, numbers)
    return dict(zip(known["identifier"], known["name"], strict=True))


def _entries(below: pd.DataFrame, entry: pd.DataFrame, payable: pd.DataFrame) -> pd.DataFrame:
    """The entries that stand on the daily statements, each with the monthly statement it is paid with."""
    parent = below.set_index("statement_number")["parent_number"]
    rows = entry[entry["removed_at"].isna() & entry["statement_number"].isin(parent.index)]
    rows = rows.assign(parent_number=rows["statement_number"].map(parent).astype("str"))
    named = payable[["version_id", "filer_code", "entry_number", "broker_reference"]]
    return rows.merge(named, on="version_id")


def _sent(
    conn: psycopg.Connection,
    settings: Settings,
    partner: partners.Partner,
    row: pd.Series,
    segments: advice.Segments,
    at: datetime,
) -> int:
    agreed = partner.releases.get(advice.SET, "")
    release = agreed if agreed in x12_out.VERSIONS else advice.RELEASE
    given = controls.Controls(conn, partner.account_id)
    body, numbers = x12_out.interchange(settings, partner, release, advice.GROUP, [(advice.SET, segments)], given, at)
    given.store()
    name = f"{row['statement_number']}.{row['status']}.{SUFFIX}"
    message = {"account_id": [partner.account_id], "kind": [KIND], "file_name": [name], "body": [body]}
    (file,) = outgoing.send_each(conn, pd.DataFrame(message), at)
    x12_out.note(conn, numbers, file, partner.account_id, at)
    return 1
