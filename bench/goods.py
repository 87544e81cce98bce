"""The goods of a day, and which of them may be drawn for which purpose."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from bench import tables
from bench.tables import Integers


class Goods:
    """The goods of a day and, for each purpose and sector, which of them may be drawn."""

    def __init__(self, day: date) -> None:
        self.table = tables.goods(day)
        self.chapter_99 = tables.chapter_99(day)
        self.sectors = np.unique(self.table["sector"].to_numpy(dtype="U12"))
        cheap = (self.table["unit_value_usd"] <= 200) & (self.table["fee_classes"] == "")
        under_case = (self.table[["ad_flag", "cvd_flag"]] == "Y").any(axis=1)
        self._usual, self._cheap = self._pools(~under_case), self._pools(~under_case & cheap)
        self._case = np.flatnonzero(under_case)

    def _pools(self, allowed: pd.Series) -> list[Integers]:
        sector = self.table["sector"].to_numpy(dtype="U12")
        every = np.flatnonzero(allowed)
        return [p if len(p := np.flatnonzero(allowed & (sector == s))) else every for s in self.sectors]

    def choose(self, entry_type: np.ndarray, sector: np.ndarray, taste: Integers) -> Integers:
        """Rows of ``table``: an importer's few articles (``taste``), of its sector and fit for the entry type."""
        sector = np.searchsorted(self.sectors, sector)
        out = _pick(self._usual, sector, taste)
        out = np.where(entry_type == "11", _pick(self._cheap, sector, taste), out)
        return np.where(entry_type == "03", self._case[taste % len(self._case)], out)


def _pick(pools: list[Integers], which: Integers, taste: Integers) -> Integers:
    size = np.array([len(p) for p in pools])
    start = np.cumsum(size) - size
    return np.concatenate(pools)[start[which] + taste % size[which]]
