"""The export activity of an account in a month, added up: totals, goods, destinations, filers, and all behind them.

A month is that of the date of export. Filings that were cancelled, and actions that were refused, are not in it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

import numpy as np
import pandas as pd

from transforms.export.facts import THOUSANDTHS
from transforms.filing import tables as files
from transforms.x12 import decimals

#: Columns in thousandths of a unit.
QUANTITIES = ("quantity", "second_quantity", "weight_kg")
DIFFERENCES = {"check": "str", "at": "str", "what": "str", "expected": "int64", "found": "int64"}


@dataclass(frozen=True, slots=True)
class Activity:
    """A month of one account. ``account``: ``number name identifier``, one row. ``filing``: one row a filing, in its
    present version (``version_id reference itn filer filer_name export_date mode port_of_export destination consignee
    option days_late lines value_cents weight_kg``). ``line``: ``version_id line number description origin unit quantity
    second_unit second_quantity value_cents weight_kg license``.
    """

    month: pd.Timestamp
    account: pd.DataFrame
    filing: pd.DataFrame
    line: pd.DataFrame


def summarise(it: Activity) -> dict[str, pd.DataFrame]:
    """The tables of a statement: ``account`` and ``totals`` (one row each), ``goods`` (by Schedule B number,
    destination and units), ``destination``, ``filer``, ``filing``, ``line``. Cents, and thousandths of quantities."""
    first = it.month
    account = it.account.assign(month=first, closes=first + pd.offsets.MonthEnd(0))
    filing = it.filing.sort_values(["export_date", "reference"], ignore_index=True)
    place = filing[["version_id", "reference", "destination", "filer"]]
    line = it.line.merge(place, on="version_id", how="left")
    line = line.sort_values(["reference", "line"], ignore_index=True)
    totals = pd.DataFrame(
        {
            "filings": [len(filing)],
            "lines": [len(line)],
            "value_cents": [int(line["value_cents"].sum())],
            "weight_kg": [int(line["weight_kg"].fillna(0).sum())],
            "late": [int((filing["days_late"] > 0).sum())],
        }
    )
    late = filing.assign(late=(filing["days_late"] > 0).astype("int64"))
    return {
        "account": account,
        "totals": totals,
        "goods": _goods(line),
        "destination": _by(late, ["destination"]),
        "filer": _by(late, ["filer", "filer_name"]),
        "filing": filing.drop(columns="version_id"),
        "line": line[
            [
                *("reference", "line", "number", "description", "destination", "origin", "unit", "quantity"),
                *("second_unit", "second_quantity", "value_cents", "weight_kg", "license", "filer"),
            ]
        ],
    }


def _goods(line: pd.DataFrame) -> pd.DataFrame:
    keys = ["number", "destination", "unit", "second_unit"]
    known = line.assign(**{name: line[name].fillna(0).astype("int64") for name in QUANTITIES})
    rows = known.groupby(keys, as_index=False, sort=True).agg(
        filings=("reference", "nunique"),
        lines=("line", "size"),
        quantity=("quantity", "sum"),
        second_quantity=("second_quantity", "sum"),
        value_cents=("value_cents", "sum"),
        weight_kg=("weight_kg", "sum"),
    )
    return rows.astype({"filings": "int64", "lines": "int64"})


def _by(filing: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    rows = filing.groupby(keys, as_index=False, sort=True).agg(
        filings=("reference", "size"), lines=("lines", "sum"), value_cents=("value_cents", "sum"), late=("late", "sum")
    )
    return rows.astype({"filings": "int64"})


def tie_out(it: Activity, made: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """What does not agree (:data:`DIFFERENCES`, amounts in cents); empty when lines, filings, goods, destinations and
    filers all add up to the totals."""
    total = made["totals"].iloc[0]
    found = []
    lines = it.line.groupby("version_id")
    for name, sums in {"lines": lines.size(), "value_cents": lines["value_cents"].sum()}.items():
        of = sums.reindex(it.filing["version_id"]).fillna(0).to_numpy(np.int64)
        said = it.filing[name].to_numpy(np.int64)
        for n in np.flatnonzero(of != said):
            found.append(("filing", it.filing["reference"].iloc[n], name, int(said[n]), int(of[n])))
    lost = set(it.line["version_id"]) - set(it.filing["version_id"])
    found += [("no filing", str(version), "lines", 0, 1) for version in sorted(lost)]
    for name in ("goods", "destination", "filer", "filing"):
        for what in ("lines", "value_cents"):
            there = int(made[name][what].sum())
            if there != total[what]:
                found.append((name, "total", what, int(total[what]), there))
    for name in ("destination", "filer"):
        for what in ("filings", "late"):
            if int(made[name][what].sum()) != total[what]:
                found.append((name, "total", what, int(total[what]), int(made[name][what].sum())))
    return pd.DataFrame(found, columns=list(DIFFERENCES)).astype(DIFFERENCES)


def written(made: dict[str, pd.DataFrame]) -> dict[str, bytes]:
    """The tables as CSV files by table: dollars and cents, quantities in their units, days as YYYY-MM-DD."""
    out = {}
    for name, table in made.items():
        shown = {it: decimals.shown(table[it], THOUSANDTHS) for it in QUANTITIES if it in table}
        out[name] = files.csv(table.assign(**shown))
    return out


def document(made: dict[str, pd.DataFrame], version: int, sha256: str) -> bytes:
    """The statement as one JSON document: rows by table, amounts in cents, quantities in thousandths."""
    body: dict[str, object] = {"version": version, "sha256": sha256}
    for name, table in made.items():
        days = {
            str(c): table[c].dt.strftime("%Y-%m-%d") for c in table if pd.api.types.is_datetime64_any_dtype(table[c])
        }
        rows = json.loads(table.assign(**days).to_json(orient="records", force_ascii=False) or "[]")
        body[name] = rows[0] if name in ("account", "totals") else rows
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def forms(made: dict[str, pd.DataFrame], version: int, words: dict[str, bytes], pdf: bytes) -> dict[str, bytes]:
    """Every form of a statement by name."""
    out = {f"{name}.csv": body for name, body in words.items()}
    out["statement.json"] = document(made, version, files.hashed(words))
    out["statement.pdf"] = pdf
    return out
