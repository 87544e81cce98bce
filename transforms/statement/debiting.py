"""Which debits of a day go into which file for the bank, and why others stay behind."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import numpy as np
import pandas as pd

from transforms.statement import nacha

#: What tells the files created on one day apart.
MODIFIERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
LEFT_OUT = ["statement_number", "reason"]


def left_out(debits: pd.DataFrame) -> pd.DataFrame:
    """The debits that no file can hold: ``statement_number reason``, one row each. Account numbers are not repeated.

    ``debits`` are those of :func:`nacha.file` with their ``payer_unit``; one whose ``routing_number`` is blank has no
    bank account on file.
    """
    unknown = debits["routing_number"] == ""
    unit = debits.loc[unknown, "payer_unit"]
    without = pd.DataFrame(
        {
            "statement_number": debits.loc[unknown, "statement_number"],
            "reason": "payer unit '" + unit + "' is not on file for the filer or the importer of the statement",
        }
    )
    found = nacha.faults(debits[~unknown])
    found = found[found["statement_number"] != ""]
    hidden = found["column"].eq("account_number")
    told = ("'" + found["found"] + "'").mask(hidden, "of payer unit " + found["statement_number"].map(_units(debits)))
    reason = found["column"] + " " + told + ", expected " + found["expected"]
    refused = pd.DataFrame({"statement_number": found["statement_number"], "reason": reason})
    both = pd.concat([without, refused]).groupby("statement_number", sort=True)["reason"].agg("; ".join)
    return both.reset_index().astype("str") if len(both) else pd.DataFrame(columns=LEFT_OUT, dtype="str")


def files(debits: pd.DataFrame) -> Iterator[pd.DataFrame]:
    """The debits cut into as few files as hold them, in their order."""
    while len(debits):
        fits = (debits["amount_cents"].cumsum() <= nacha.LARGEST_TOTAL).to_numpy() & (
            np.arange(len(debits)) < nacha.MOST
        )
        yield debits[fits].reset_index(drop=True)
        debits = debits[~fits]


def modifier(used: set[str]) -> str:
    """The first that is free; blank when a day has used them all."""
    return next((it for it in MODIFIERS if it not in used), "")


def name(created_on: date, modifier: str) -> str:
    """What a file is called."""
    return f"debits-{created_on}-{modifier}.ach"


def _units(debits: pd.DataFrame) -> dict[str, str]:
    return dict(zip(debits["statement_number"], debits["payer_unit"], strict=True))
