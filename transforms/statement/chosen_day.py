"""On which working day the monthly statement of an account is printed: the day it chose, at the latest the published
one (the Periodic Statement Calendar of chapter 05b: by the eleventh working day).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import pandas as pd

from transforms.statement.assemble import PERIODIC


def account(statement: pd.DataFrame) -> pd.Series:
    """Whose statement it is: the filer of type 6, the importer of record of types 7 and 8."""
    return statement["filer_code"].where(statement["payment_type"] == "6", statement["importer_number"])


def due(statement: pd.DataFrame, chosen: Mapping[str, date], day: date, published: date) -> pd.Series:
    """Which of the periodic daily statements of a month go onto monthly ones on ``day``: one boolean per row.

    From the published preliminary on, all that are left. Before it those of the accounts whose chosen day has come
    (``chosen``: filer code or importer number -> day) and that have no monthly statement yet: what is printed between
    an account's own day and the published one waits for the latter, so that nobody gets a statement every day.
    ``statement`` has the month's daily and monthly rows.
    """
    periodic = (statement["kind"] == "daily") & statement["payment_type"].isin(PERIODIC)
    if day >= published:
        return periodic
    whose = account(statement)
    had = set(whose[statement["kind"] == "monthly"])
    came = {number for number, own in chosen.items() if own <= day} - had
    return periodic & whose.isin(came)
