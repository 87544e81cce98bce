"""What a filer is told in words when a statement was not paid: a debit that came back, a due day that passed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pandas as pd

from transforms.statement import pages

_UNKNOWN = "not known: no rate on file covers every day since the due day"


def returned(debit: pd.Series, statement: pd.Series, day: date) -> str:
    """The notice of a returned debit (``statement_number reason payer_unit amount_cents``) of a statement, told on
    ``day``."""
    return _page(
        "DEBIT RETURNED BY THE BANK",
        statement,
        day,
        {
            "PAYER UNIT": debit["payer_unit"],
            "AMOUNT": _dollars(debit["amount_cents"]),
            "REASON": debit["reason"],
            "DUE DATE": pages.day(statement["due_date"]),
        },
        (
            "The statement is not paid. Until its due date it can be authorized anew (RM);",
            "after that the amount is paid by ACH credit.",
        ),
    )


def late(statement: pd.Series, day: date) -> str:
    """The notice of a late statement, told on ``day``: a row with ``owed_cents`` and the columns of
    :func:`transforms.statement.late.standing`."""
    interest = statement["interest_cents"]
    return _page(
        "NOTICE OF LATE PAYMENT",
        statement,
        day,
        {
            "DUE DATE": pages.day(statement["due_date"]),
            "AMOUNT OWED": _dollars(statement["owed_cents"]),
            "DAYS LATE": str(statement["days_late"]),
            "INTEREST TO DATE": _UNKNOWN if pd.isna(interest) else _dollars(interest),
            "PAY BY": pages.day(statement["cure_by"]),
        },
        (
            "The statement was not paid on its due date. Pay it, or have it mended, by the day above;",
            "after that liquidated damages may be claimed and monthly payment may be suspended.",
        ),
    )


def _page(title: str, statement: pd.Series, day: date, told: dict[str, str], words: Sequence[str]) -> str:
    who = {"IMPRT REC#": statement["importer_number"]} if statement["importer_number"] else {}
    head = {"DATE": pages.day(day), "STATEMENT #": statement["statement_number"]}
    head |= {"BROKER/FILER#": statement["filer_code"], **who}
    lines = [title, "", *(f"{name + ':':<19}{value}" for name, value in (head | told).items()), "", *words]
    return "".join(f"{line}\n" for line in lines)


def _dollars(cents: int) -> str:
    return str(pages.money(pd.Series([cents], dtype="int64")).iloc[0])
