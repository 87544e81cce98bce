"""The goods of several months' filings, by tariff number."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import date
from typing import Any

import pandas as pd
import pyarrow.parquet as pq

COLUMNS = ["hts_number", "origin", "value_cents", "duty_cents"]


def by_number(files: Sequence[tuple[date, bytes]], most: int = 10) -> list[dict[str, Any]]:
    """The tariff numbers of most value: ``hts_number value_cents duty_cents origins first last`` (months).

    ``files``: a month, and the filing's table of goods (Parquet).

    Raises
        pyarrow.ArrowInvalid: a file is no Parquet.
    """
    read = [pq.read_table(io.BytesIO(data), columns=COLUMNS).to_pandas().assign(month=month) for month, data in files]
    if not read:
        return []
    table = pd.concat(read, ignore_index=True)
    groups = table.groupby("hts_number")
    made = groups[["value_cents", "duty_cents"]].sum().sort_values("value_cents", ascending=False, kind="stable")
    made = made.head(most).astype("int64")
    kept = table[table["hts_number"].isin(made.index)].groupby("hts_number")
    made["origins"] = kept["origin"].agg(lambda codes: " ".join(sorted(set(codes))))
    made["first"], made["last"] = kept["month"].min(), kept["month"].max()
    return [dict(zip(["hts_number", *made.columns], row, strict=True)) for row in made.reset_index().to_numpy(object)]
