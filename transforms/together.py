"""Transactions of several message types in one shard: tables of each, numbered by themselves, as tables of all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from parsers.catair.read import Parsed

_BLANK: dict[str, Any] = {"str": "", "bool": False, "int64": -1}


def places(parsed: Parsed, application: str) -> np.ndarray:
    """The transactions of one message type, as positions among all."""
    of = parsed.batches["application"].to_numpy(dtype=object)[parsed.transactions["batch"].to_numpy()]
    return np.flatnonzero(of == application)


def renumber(table: pd.DataFrame, txn: np.ndarray) -> pd.DataFrame:
    """The same rows, their transactions as positions among all."""
    return table.assign(txn=txn[table["txn"].to_numpy(np.int64)])


def join(
    txn: np.ndarray,
    count: int,
    table: pd.DataFrame,
    more_txn: np.ndarray | None = None,
    more: pd.DataFrame | None = None,
    blank: Mapping[str, Any] | None = None,
) -> pd.DataFrame:
    """A table with a row for each of ``count`` transactions: ``table`` at ``txn``, ``more`` (of some of its columns) at
    ``more_txn``, blank elsewhere. Column types stay."""
    blank = blank or {}
    columns = {}
    for name, values in table.items():
        nothing = blank.get(str(name), _BLANK.get(str(values.dtype)))
        column = values.set_axis(txn).reindex(range(count), fill_value=nothing)
        if more is not None and more_txn is not None and name in more:
            column.iloc[more_txn] = more[name].to_numpy()
        columns[name] = column.astype(values.dtype)
    joined = pd.DataFrame(columns)
    return joined.assign(txn=np.arange(count)) if "txn" in joined else joined
