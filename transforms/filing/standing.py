"""How a statement stands, in words, and what is owed when."""

from __future__ import annotations

import pandas as pd

NEW_YORK = "America/New_York"
NUMBERS = 3  # statement numbers that are named in a row of what is owed
ROWS = 9  # rows of what is owed; smaller amounts beyond them stand in one
SUPPLEMENTAL = "Supplemental, after corrections of what was paid"
SINGLE = "Single payments, and entries on no statement yet"


def standings(statement: pd.DataFrame) -> pd.Series:
    """``paid 10/22/26``, ``late``, ``authorized 10/15/26``, ``final`` or ``open`` for each statement; a daily statement
    on a monthly one stands as that."""
    paid, late = (_days(statement, c) for c in ("paid_at", "late_at"))
    presented = _days(statement, "presented_at")
    status = statement["status"] if "status" in statement else pd.Series("P", statement.index)
    said = pd.Series("open", statement.index, dtype="str").mask(status == "F", "final")
    said = said.mask(presented.notna(), "authorized " + presented.dt.strftime("%m/%d/%y"))
    said = said.mask(late.notna(), "late").mask(paid.notna(), "paid " + paid.dt.strftime("%m/%d/%y"))
    above = statement["parent_number"].map(dict(zip(statement["statement_number"], said, strict=True)))
    return said.where(above.isna() | paid.notna(), above).astype("str")


def paid_cents(statement: pd.DataFrame) -> int:
    """What of this account's due is paid: on statements that are, a daily one on a monthly one counted with that."""
    top = statement[~statement["parent_number"].isin(statement["statement_number"])]
    paid = standings(statement).reindex(top.index).str.startswith("paid")
    return int(top.loc[paid, "account_due_cents"].sum())


def owed(statement: pd.DataFrame, entry: pd.DataFrame) -> pd.DataFrame:
    """``due_date what standing due_cents``: monthly statements and daily ones that are on none, by due day and how they
    stand, and last (without a day) what is on no statement and what corrections of paid summaries added (below zero: a
    refund). The amounts are this account's and add up to what is due.
    Beyond :data:`ROWS` the smallest are one row.
    """
    top = statement[~statement["parent_number"].isin(statement["statement_number"])]
    told = top.assign(standing=standings(statement).reindex(top.index), what=top["statement_number"])
    told = told.sort_values(["due_date", "kind", "statement_number"], kind="stable")
    grouped = told.groupby(["due_date", "kind", "standing"], dropna=False, sort=True)
    rows = grouped.agg(what=("what", _listed), due_cents=("account_due_cents", "sum")).reset_index()
    rows["what"] = rows["kind"].map({"monthly": "Monthly statement ", "daily": "Daily statement "}) + rows["what"]
    rows = _largest(rows[["due_date", "what", "standing", "due_cents"]])
    alone = ~entry["statement_number"].isin(statement["statement_number"])
    beside = {SINGLE: entry.loc[alone, "due_cents"], SUPPLEMENTAL: entry.loc[~alone, "supplemental_cents"]}
    for what, amounts in beside.items():
        if cents := int(amounts.sum()):
            last = pd.DataFrame({"due_date": [pd.NaT], "what": what, "standing": "", "due_cents": cents})
            rows = pd.concat([rows, last.astype(rows.dtypes.to_dict())], ignore_index=True)
    return rows


def _largest(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows with the largest amounts in their order, and the others as one, without a day."""
    if len(rows) <= ROWS:
        return rows
    kept = rows["due_cents"].sort_values(ascending=False, kind="stable").index[: ROWS - 1]
    rest = rows.drop(kept)
    what = f"{len(rest):,} further days, see the statements of the month"
    others = pd.DataFrame({"due_date": [pd.NaT], "what": what, "standing": "", "due_cents": rest["due_cents"].sum()})
    return pd.concat([rows.loc[sorted(kept)], others.astype(rows.dtypes.to_dict())], ignore_index=True)


def _listed(numbers: pd.Series) -> str:
    shown, more = ", ".join(numbers.iloc[:NUMBERS]), len(numbers) - NUMBERS
    return shown + (f" and {more:,} more" if more > 0 else "")


def _days(statement: pd.DataFrame, column: str) -> pd.Series:
    """An instant as the day it was in New York; a day as it is; NaT throughout where there is no such column."""
    if column not in statement:
        return pd.Series(pd.NaT, statement.index, dtype="datetime64[s]")
    found = statement[column]
    if isinstance(found.dtype, pd.DatetimeTZDtype):
        return found.dt.tz_convert(NEW_YORK).dt.tz_localize(None).dt.normalize()
    return found
