"""Columns that rules share: a value from above repeated on each row below it, and sums and presence brought up again.

A rule on lines asks for the header's entry type; a rule on the header asks for the sum of its lines. Both are one
gather or one scatter over the row positions (``txn``, ``line``, ``tariff``, ``bill``, ``invoice``) that every facts
table carries.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Hashable
from functools import wraps
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from transforms.entry_summary import EntrySummaries

Mask = Any

INFORMAL = ("11", "12")
QUOTA = ("02", "07", "12", "32", "38")
WITHDRAWAL = ("31", "32", "34", "38")
AD_CVD = ("03", "07", "34", "38")  # types that exist for an AD/CVD case
AD_CVD_POSSIBLE = (*AD_CVD, "06", "21", "22", "23")  # types that may carry one


class Same:
    """Anything as an argument that is remembered by identity: the same object is the same argument."""

    def __init__(self, of: Any) -> None:
        self.of = of

    def __hash__(self) -> int:
        return id(self.of)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Same) and other.of is self.of


def per_shard(derive: Callable[..., Any]) -> Callable[..., Any]:
    """Remember ``derive(es, *args)`` for as long as the tables of ``es`` live: many rules ask for the same column."""
    remembered: dict[int, dict[Hashable, Any]] = {}

    @wraps(derive)
    def derived(es: EntrySummaries, *args: Hashable) -> Any:
        key = id(es.header)
        if key not in remembered:
            remembered[key] = {}
            weakref.finalize(es.header, remembered.pop, key, None)
        known = remembered[key]
        if args not in known:
            known[args] = derive(es, *args)
        return known[args]

    return derived


#: The column that points from any facts table to its row in the table above.
_KEY = {"header": "txn", "bill_group": "bill"}


def spread(es: EntrySummaries, on: str, values: pd.Series, above: str = "header") -> pd.Series:
    """``values`` (one per row of ``es.<above>``) on each row of ``es.<on>``; false or NA where nothing stands above."""
    at = getattr(es, on)[_KEY.get(above, above)].to_numpy()
    if len(at) and at.min() >= 0:
        return values.take(at).reset_index(drop=True)
    return values.astype("boolean" if values.dtype == bool else values.dtype).reindex(at).reset_index(drop=True)


def _places(es: EntrySummaries, on: str, by: str, where: Mask | None) -> tuple[np.ndarray, np.ndarray, int]:
    at = getattr(es, on)[_KEY.get(by, by)].to_numpy()
    keep = at >= 0
    if where is not None:
        keep &= truth(where, len(at))
    return at[keep], keep, len(getattr(es, by))


def truth(mask: Mask, length: int) -> np.ndarray:
    """``mask`` as a plain boolean vector; what is unknown is false."""
    if isinstance(mask, pd.Series) and mask.hasnans:
        mask = mask.fillna(False)
    return np.broadcast_to(np.asarray(mask, bool), (length,))


def count(es: EntrySummaries, on: str, where: Mask | None = None, *, by: str = "header") -> pd.Series:
    """How many rows of ``es.<on>`` (those ``where`` the mask holds) stand under each row of ``es.<by>``."""
    at, _, length = _places(es, on, by, where)
    return pd.Series(np.bincount(at, minlength=length))


def has(es: EntrySummaries, on: str, where: Mask | None = None, *, by: str = "header") -> pd.Series:
    """Whether any row of ``es.<on>`` (``where`` the mask holds) stands under each row of ``es.<by>``."""
    return count(es, on, where, by=by) > 0


def total(es: EntrySummaries, on: str, column: str, where: Mask | None = None, *, by: str = "header") -> pd.Series:
    """Sum of ``es.<on>.<column>`` under each row of ``es.<by>`` (Int64); NA where a part could not be read.

    What cannot be read is a condition of its own: a sum that it belongs to is not judged beside it.
    """
    at, keep, length = _places(es, on, by, where)
    parts = getattr(es, on)[column][keep]
    sums = np.zeros(length, np.int64)
    np.add.at(sums, at, parts.to_numpy(np.int64, na_value=0))
    unread = np.zeros(length, bool)
    unread[at[parts.isna().to_numpy()]] = True
    return pd.Series(pd.arrays.IntegerArray(sums, unread))


def repeated(es: EntrySummaries, on: str, *columns: str) -> pd.Series:
    """Rows whose ``columns`` stood together in an earlier row; a row with a blank among them repeats nothing."""
    table = getattr(es, on)
    filled = np.logical_and.reduce([table[c].ne("") for c in columns if table[c].dtype == "str"] or [True])
    return table.duplicated(list(columns)) & filled


def filled(column: pd.Series) -> pd.Series:
    """Whether there is anything: text that is not blank, a number or date that is given."""
    return column.ne("") if column.dtype == "str" else column.notna()


def percent_of(cents: pd.Series, rate: int, scale: int) -> pd.Series:
    """``cents * rate / scale`` rounded half up to the cent, in integers (usage note hh, standard rounding)."""
    return (cents * rate + scale // 2) // scale


def today(world: Any) -> pd.Timestamp:
    """The business date as the timestamp that date columns compare with."""
    return pd.Timestamp(world.today)
