"""What a new version of a filing changed, line by line."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from transforms.filing import tables

#: A line is known by its entry, its number there and the number of its tariff detail.
KEY = ["filer_code", "entry_number", "line", "tariff"]
COMPARED = (
    *("hts_number", "origin", "spi", "port", "entry_type", "statement_number", "quantity_1", "unit_1"),
    *("value_cents", "duty_cents", "fee_cents", "tax_cents", "ad_cents", "cvd_cents", "other_cents"),
)
OWED = ("duty_cents", "fee_cents", "tax_cents", "ad_cents", "cvd_cents", "other_cents")
ADDED, REMOVED, AMOUNT, DETAIL = "added", "removed", "amount changed", "detail changed"


def between(old: dict[str, pd.DataFrame], new: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """The lines that differ between two versions, in order: :data:`KEY`, ``reason``, ``fields`` (what differs,
    separated by spaces), value and total before and after, and ``difference_cents``.

    ``reason`` is ``added``, ``removed``, ``amount changed`` or ``detail changed`` (no amount, but what it stands for).
    The differences add up to the difference of the two filings' totals.
    """
    before, after = _keyed(old["line"]), _keyed(new["line"])
    both = before.add_suffix("_before").join(after.add_suffix("_after"), how="outer", sort=True)
    left, right = both["here_before"].eq(True), both["here_after"].eq(True)
    fields = np.full(len(both), "", dtype=object)
    amount = np.zeros(len(both), bool)
    for column in COMPARED:
        differs = (left & right & both[f"{column}_before"].ne(both[f"{column}_after"])).to_numpy(dtype=bool)
        fields[differs] += column + " "
        if column.endswith("_cents"):
            amount |= differs
    reason = np.select([~left, ~right, amount, fields != ""], [ADDED, REMOVED, AMOUNT, DETAIL], "")
    out = both.index.to_frame(index=False)
    out["reason"] = pd.array(reason, dtype="str")
    out["fields"] = pd.Series(fields, dtype="str").str.strip()
    for side in ("before", "after"):
        for column in ("value_cents", "total_cents"):
            out[f"{column[:-6]}_{side}_cents"] = both[f"{column}_{side}"].fillna(0).astype("int64").to_numpy()
    out["difference_cents"] = out["total_after_cents"] - out["total_before_cents"]
    return out[out["reason"] != ""].reset_index(drop=True)


def differing(old: Mapping[str, pd.DataFrame], new: Mapping[str, pd.DataFrame]) -> list[str]:
    """Names of the tables that say something else than before, in the order of the new ones."""
    return [name for name in new if name not in old or tables.csv(old[name]) != tables.csv(new[name])]


def _keyed(line: pd.DataFrame) -> pd.DataFrame:
    table = line[[*KEY, *COMPARED]].assign(total_cents=line[list(OWED)].sum(axis=1), here=True)
    return table.drop_duplicates(KEY, keep="last").set_index(KEY)
