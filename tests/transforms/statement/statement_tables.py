"""Small tables to build statements from."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from transforms.working_days import Calendar as Days

__all__ = ["GOLDEN", "Days", "fees", "golden", "payables", "remove", "typed"]
GOLDEN = Path(__file__).parent / "golden"
MONEY = ("duty_cents", "tax_cents", "ad_cents", "cvd_cents", "other_cents", "interest_cents", "bonded_cvd_cents")
DATES = ("print_date", "month", "entry_date", "removed_at")


def typed(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with the column types of the contract."""
    frame = frame.copy()
    for name in frame:
        if name in DATES:
            frame[name] = pd.to_datetime(frame[name]).astype("datetime64[s]")
        elif str(name).endswith("_id"):
            frame[name] = frame[name].astype("int64")
        elif name == "deferred":
            frame[name] = frame[name].isin(["Y", True])
        elif str(name).endswith("_cents"):
            frame[name] = pd.array(pd.to_numeric(frame[name]), dtype="Int64")
        elif frame[name].dtype == object:
            frame[name] = frame[name].astype("str")
    return frame.reset_index(drop=True)


def payables(rows: pd.DataFrame | list[dict]) -> pd.DataFrame:
    """Payables with whatever the rows do not say filled in; the n-th has version 100 + n and summary 500 + n."""
    rows_given = rows if isinstance(rows, list) else []
    rows = pd.DataFrame(rows)
    n = len(rows)
    usual = {
        "entry_summary_id": np.arange(n) + 500,
        "version_id": np.arange(n) + 100,
        "filer_code": "TW1",
        "entry_number": [f"{i:08d}" for i in range(n)],
        "entry_type": "01",
        "port": "2704",
        "importer_number": "12-3456789",
        "payment_type": "6",
        "print_date": "2026-10-06",
        "month": None,
        "branch": "",
        "broker_reference": "",
        "version_number": "00100",
        "entry_date": "2026-10-01",
        "surety": "123",
        "deferred": False,
        **dict.fromkeys(MONEY[:6], 0),
    }
    usual_ones = pd.DataFrame(usual, index=range(n)).astype(object)
    frame = usual_ones.assign(**{c: rows[c].where(rows[c].notna(), usual_ones.get(c)) for c in rows})
    explicit = [c for c in ("print_date", "month") if c in rows]
    for name in explicit:  # a date that is said to be blank stays blank
        said = pd.Series([name in row for row in rows_given], dtype=bool) if rows_given else rows[name].notna() | True
        frame[name] = frame[name].where(~said, rows[name])
    periodic = frame["payment_type"].isin(["6", "7", "8"]) & frame["month"].isna()
    frame["month"] = frame["month"].where(~periodic, "2026-11-01")
    return typed(frame)


def fees(payable: pd.DataFrame, rows: list[tuple[int, str, int]]) -> pd.DataFrame:
    """Fees from (position of the payable, class code, cents)."""
    at, code, cents = zip(*rows, strict=True) if rows else ((), (), ())
    version = payable["version_id"].to_numpy()[np.array(at, dtype=int)]
    code = pd.Series(code, dtype="str")
    return pd.DataFrame({"version_id": version, "class_code": code, "amount_cents": pd.array(cents, dtype="Int64")})


def golden(name: str) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """``payable``, ``fee`` and ``removed`` (by version) of a golden folder."""
    read = {f.stem: pd.read_csv(f, dtype="str", keep_default_na=False) for f in (GOLDEN / name).glob("*.csv")}
    payable = payables(read["payable"].replace("", None) if "month" in read["payable"] else read["payable"])
    version = payable.set_index("entry_number")["version_id"]
    told = [typed(read[f].assign(version_id=read[f]["entry_number"].map(version))) for f in ("fee", "removed")]
    return payable, told[0].drop(columns="entry_number"), told[1]


def remove(entry: pd.DataFrame, removed: pd.DataFrame) -> pd.DataFrame:
    """The entries with those of ``removed`` taken off."""
    removed = removed.set_index("version_id")
    at, by = entry["version_id"].map(removed["removed_at"]), entry["version_id"].map(removed["removed_by"])
    return entry.assign(removed_at=at.astype("datetime64[s]"), removed_by=by.fillna("").astype("str"))
