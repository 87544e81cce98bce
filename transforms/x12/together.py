"""Work on many columns in one go: the smaller a file, the more it counts how often a column is touched."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pandas as pd


def together(work: Callable[[pd.Series], pd.Series], columns: Sequence[pd.Series]) -> list[pd.Series]:
    """``work``, which looks at each value by itself, done on columns of one length and type; their indexes are new."""
    if not columns:
        return []
    size, done = len(columns[0]), work(pd.concat(columns, ignore_index=True)).array
    return [pd.Series(done[n * size : (n + 1) * size]) for n in range(len(columns))]
