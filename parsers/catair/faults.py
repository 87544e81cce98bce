"""Faults: what makes a whole batch unreadable, with its place and its level."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from parsers.catair.framing import Ints

#: #: From the outermost inwards. A fault of one level leaves everything inside unread (Batch & Block Control, pages
#: 34-36).
LEVELS = ("batch", "block", "transaction")
#: Of several faults in one record of a transaction, which is told; loops exceeded stand between order and gaps.
_ORDER = {"X40": 0, "A00": 1, "X33": 1, "A02": 2, "X34": 2, "A04": 3, "X35": 3, "A22": 5, "X38": 5, "X39": 6}
#: These speak of the transaction that should have begun.
_UNBEGUN = ("A00", "X33")
_TYPES = dict.fromkeys(("batch", "block", "txn", "row", "column"), "int64") | dict.fromkeys(("code", "level"), "str")

NONE = pd.DataFrame({name: [] for name in ("batch", "block", "txn", "row", "column", "code", "level")}).astype(_TYPES)


def table(row: Ints, *, batch: Any, block: Any = -1, column: Any = 0, code: Any, level: Any) -> pd.DataFrame:
    """Faults, one per ``row``: ``batch block txn row column code level``. ``txn`` is 0 until :func:`told` knows it."""
    if not len(row):  # the usual case, and most of the time of a small file if it were built anew
        return NONE
    columns = {"batch": batch, "block": block, "txn": 0, "row": row, "column": column, "code": code, "level": level}
    return pd.DataFrame(columns, index=pd.RangeIndex(len(row))).astype(_TYPES)


def join(tables: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """All faults of ``tables`` in one, in their order."""
    some = [table for table in tables if len(table)]
    return pd.concat(some, ignore_index=True) if some else NONE


def told(faults: pd.DataFrame, headers: Ints, of_block: Ints) -> pd.DataFrame:
    """The faults an answer speaks of: of each batch those of its outermost level, and in transactions only the first,
    where checking stops (AE response usage note (a), page ESF-207).

    ``headers`` are the rows that begin a transaction, ``of_block`` gives the block of every row; from them comes
    ``txn``, the transaction's occurrence in its block. A00 and X33 speak of the transaction that should have begun.
    """
    if not len(faults):
        return NONE
    rank = faults["level"].map(LEVELS.index).astype("int64")
    faults = faults[rank == rank.groupby(faults["batch"]).transform("min")]
    inner = (faults["level"] == "transaction").to_numpy()
    first = faults[inner]
    first = first.assign(order=first["code"].map(_ORDER).fillna(4).astype("int64"))
    first = first.sort_values(["batch", "row", "order", "column"]).drop_duplicates("batch").drop(columns="order")
    row, block = first["row"].to_numpy(), first["block"].to_numpy()
    begin = np.full(int(of_block.max(initial=-1)) + 1, len(of_block))
    inside = np.flatnonzero(of_block >= 0)
    np.minimum.at(begin, of_block[inside], inside)
    begun = np.searchsorted(headers, row, "right") - np.searchsorted(headers, begin[block])
    first["txn"] = np.maximum(begun + first["code"].isin(_UNBEGUN).to_numpy(), 1)
    return pd.concat([faults[~inner], first]).sort_values(
        ["batch", "block", "code", "row", "column"], ignore_index=True
    )
