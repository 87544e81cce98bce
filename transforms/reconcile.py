"""A firm's own ledger against its customs account, line by line: matched, different, missing on either side.

Money is integer cents. Nothing is tolerated: a cent is a difference.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

AMOUNTS = ("duty", "fee", "total")
#: State of a line -> in words, in the order of a report.
STATES = {
    "different": "different",
    "missing_here": "missing on our side",
    "missing_ledger": "missing in the ledger",
    "matched": "matched",
}


@dataclass(frozen=True, slots=True)
class Reconciled:
    """``rows``: every line of the ledger once, in its order, then every entry that the ledger lacks.

    ``rows`` columns: ``line`` (of the file; NA for an entry that the ledger lacks), ``entry``, ``state`` (of
    :data:`STATES`), ``lines`` (how many the ledger has of the entry), ``first`` (the line that carries the entry's
    amounts on our side), ``reference``, ``date``, ``entry_summary_id``, ``our_date``, and for each amount
    ``NAME_ledger``, ``NAME_ours``, ``NAME_difference`` (ledger less ours; of all lines of the entry, told at the first;
    NA where the ledger states nothing). ``compared``: the amounts there are.
    """

    rows: pd.DataFrame
    compared: tuple[str, ...]

    def totals(self) -> pd.DataFrame:
        """Per state, and ``all``: ``lines`` (of the ledger), ``entries``, and the sums of each amount's columns.
        ``NAME_unstated`` is what we have where the ledger states nothing, so that
        ``ledger - ours + unstated = difference`` in every row.
        """
        rows = self.rows.assign(
            in_ledger=self.rows["line"].notna(),
            **{
                f"{name}_unstated": self.rows[f"{name}_ours"].where(self.rows[f"{name}_difference"].isna())
                for name in self.compared
            },
        )
        sums = [f"{name}_{what}" for name in self.compared for what in ("ledger", "ours", "unstated", "difference")]
        by = rows.groupby("state", observed=False)
        told = by[["in_ledger", "first", *sums]].sum().reindex(list(STATES), fill_value=0)
        told.loc["all"] = told.sum()
        return told.rename(columns={"in_ledger": "lines", "first": "entries"}).astype("int64")


def reconcile(ledger: pd.DataFrame, account: pd.DataFrame, amounts: Sequence[str] = AMOUNTS) -> Reconciled:
    """``ledger``: ``line entry reference date`` and ``NAME_cents`` (nullable) of the ``amounts`` it has. ``account``:
    ``entry entry_summary_id date`` and ``NAME_cents`` of all ``amounts``; an entry is there once. Several lines of the
    ledger on one entry are added up and compared with it as one.
    """
    compared = tuple(name for name in amounts if f"{name}_cents" in ledger)
    cents = [f"{name}_cents" for name in compared]
    ours = account.set_index("entry")[["entry_summary_id", "date", *cents]].astype(
        dict.fromkeys(["entry_summary_id", *cents], "Int64")
    )
    lines = ledger.reset_index(drop=True)
    first = ~lines["entry"].duplicated()
    summed = lines.groupby("entry", sort=False)[cents].transform("sum", min_count=1) if cents else lines
    known = lines["entry"].isin(ours.index)
    # Row by row beside the ledger, by the index: a map would pass cents through floats where an entry is unknown.
    beside = ours.reindex(lines["entry"]).reset_index(drop=True)
    rows = pd.DataFrame(
        {
            "line": lines["line"].astype("Int64"),
            "entry": lines["entry"],
            "lines": lines.groupby("entry")["entry"].transform("size").astype("int64"),
            "first": first,
            "reference": lines["reference"],
            "date": lines["date"],
            "entry_summary_id": beside["entry_summary_id"],
            "our_date": beside["date"],
        }
    )
    differs = pd.Series(False, index=rows.index)
    for name in compared:
        column = f"{name}_cents"
        mine = beside[column]
        rows[f"{name}_ledger"] = lines[column].astype("Int64")
        rows[f"{name}_ours"] = mine.where(first & known)
        difference = summed[column].astype("Int64") - mine.where(known, 0)
        differs |= (difference != 0).fillna(False).astype(bool)
        rows[f"{name}_difference"] = difference.where(first)
    rows["state"] = np.select([~known, differs], ["missing_here", "different"], "matched")

    absent = account[~account["entry"].isin(lines["entry"])].sort_values("entry")
    lacking = pd.DataFrame(
        {
            "line": pd.Series(pd.NA, absent.index, dtype="Int64"),
            "entry": absent["entry"],
            "lines": 0,
            "first": True,
            "reference": "",
            "date": pd.Series(pd.NaT, absent.index, dtype=lines["date"].dtype),
            "entry_summary_id": absent["entry_summary_id"].astype("Int64"),
            "our_date": absent["date"],
            "state": "missing_ledger",
        }
    )
    for name in compared:
        mine = absent[f"{name}_cents"].astype("Int64")
        lacking[f"{name}_ledger"] = pd.Series(pd.NA, absent.index, dtype="Int64")
        lacking[f"{name}_ours"], lacking[f"{name}_difference"] = mine, -mine
    return Reconciled(pd.concat([rows, lacking[rows.columns]], ignore_index=True), compared)
