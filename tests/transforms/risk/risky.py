"""Tables as the risk functions are given them, small ones by hand and large ones by chance."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

DAY = np.datetime64("2026-09-15", "s")


def entries(count: int, **columns: Any) -> pd.DataFrame:
    """``count`` candidates of account 1, $1,000 each; ``columns`` says what is otherwise."""
    ids = np.arange(1, count + 1)
    table = {
        "entry_summary_id": ids,
        "version_id": ids,
        "account_id": np.ones(count, "int64"),
        "filer_account_id": np.full(count, 9),
        "filer_code": pd.array(["ABC"] * count, dtype="str"),
        "entry_number": pd.array([f"{id:08}" for id in ids], dtype="str"),
        "importer_number": pd.array(["12-3456789"] * count, dtype="str"),
        "port": pd.array(["2704"] * count, dtype="str"),
        "accepted_on": np.full(count, DAY),
        "value_cents": np.full(count, 100_000),
        "duty_cents": np.full(count, 5_000),
        "adcvd_value_cents": np.zeros(count, "int64"),
        "single_bond_cents": pd.array([pd.NA] * count, dtype="Int64"),
    } | columns
    return pd.DataFrame(table)


def before(**columns: Any) -> pd.DataFrame:
    """What was accepted before of importers: none, or one row for each value given."""
    table = pd.DataFrame({"importer_number": [], "began": [], "since": [], "ended": []} | columns)
    for name in ("began", "ended"):
        table[name] = pd.to_datetime(table[name]).astype("datetime64[s]")
    return table.astype({"importer_number": "str", "since": "int64"})


def lines(prices: Any, of: Any = None, number: str = "6109100012", origin: str = "CN") -> pd.DataFrame:
    """A line for each price (cents for a unit), a hundred units each."""
    prices = np.asarray(prices, "float64")
    count = len(prices)
    return pd.DataFrame(
        {
            "of": np.arange(count) if of is None else of,
            "line": np.ones(count, "int64"),
            "hts_number": pd.array([number] * count, dtype="str"),
            "origin": pd.array([origin] * count, dtype="str"),
            "unit_1": pd.array(["NO"] * count, dtype="str"),
            "value_cents": pd.array(np.rint(prices * 100).astype("int64"), dtype="Int64"),
            "quantity_1": pd.array([10_000] * count, dtype="Int64"),
        }
    )


def accounts(count: int, **columns: Any) -> pd.DataFrame:
    """``count`` accounts in good standing, nothing refused, no members."""
    table = {
        "account_id": np.arange(1, count + 1),
        "kind": pd.array(["importer"] * count, dtype="str"),
        "actions": np.zeros(count, "int64"),
        "refused": np.zeros(count, "int64"),
        "standing": pd.array(["good"] * count, dtype="str"),
        "late": np.zeros(count, "int64"),
        "tier": pd.array([pd.NA] * count, dtype="Int64"),
    } | columns
    return pd.DataFrame(table)


def decisions(*findings: str, account: int = 1) -> pd.DataFrame:
    """Decisions of an account in the order of time."""
    return pd.DataFrame(
        {
            "account_id": np.full(len(findings), account),
            "at": pd.date_range("2026-01-01", periods=len(findings), tz="UTC"),
            "finding": pd.array(list(findings), dtype="str"),
        }
    )


def months(account: int, values: Any, last: str = "2026-09-01") -> pd.DataFrame:
    """The months of an account up to ``last``, in dollars; a month of 0 has no row."""
    when = pd.date_range(end=last, periods=len(values), freq="MS").astype("datetime64[s]")
    table = pd.DataFrame(
        {"account_id": account, "month": when, "value_cents": np.rint(np.asarray(values) * 100).astype("int64")}
    )
    return table[table["value_cents"] > 0].reset_index(drop=True)
