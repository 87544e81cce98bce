"""The exporter's own acknowledgment: what became of each filing made on its account, whoever filed it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from transforms.export.facts import Exports
from transforms.filing import tables
from transforms.x12 import outcome

KIND, SUFFIX = "exporter", ".ack.csv"


def acknowledgments(
    document: Any, x: Exports, accounts: pd.Series, dispositions: pd.DataFrame, conditions: pd.DataFrame, filer: str
) -> pd.DataFrame:
    """One file (:data:`transforms.x12.outcome.COPIES`) for each exporter's account: a row a condition, or one a filing
    that has none. ``accounts`` is the exporter's account of each shipment (-1: none), ``filer`` the number of the
    account that sent the file, ``conditions`` all that was found."""
    told = dispositions.set_index("set").loc[x.shipment["set"]].reset_index()
    rows = pd.DataFrame(
        {
            "account_id": accounts.to_numpy(),
            "set": x.shipment["set"],
            "shipment_reference_number": x.shipment["reference"],
            "internal_transaction_number": told["number"],
            "effect": told["effect"],
            "disposition": told["code"],
            "filer": filer,
            "export_date": x.shipment["export_date"],
            "destination": x.shipment["destination"],
            "value_cents": x.commodity.groupby("shipment")["value_cents"].sum().reindex(x.shipment.index).fillna(0),
        }
    ).astype({"value_cents": "int64", "filer": "str", "effect": "str", "disposition": "str"})
    rows = rows[rows["account_id"] >= 0]
    segment = document.segments
    at = conditions["segment"].to_numpy()
    found = pd.DataFrame(
        {
            "set": conditions["set"],
            "code": conditions["code"],
            "severity": conditions["severity"],
            "narrative": conditions["narrative"],
            "file_line": segment["line"].to_numpy()[at] if len(at) else pd.Series([], dtype="int64"),
            "element": places(document, conditions),
            "found": conditions["found"],
            "why": conditions["why"],
            "mend": conditions["mend"],
        }
    )
    every = rows.merge(found, on="set", how="left").drop(columns="set")
    text = ["code", "severity", "narrative", "element", "found", "why", "mend"]
    every[text] = every[text].fillna("").astype("str")
    every["file_line"] = every["file_line"].astype("Int64")
    made = []
    for account in sorted(every["account_id"].unique().tolist()):
        own = every[every["account_id"] == account].drop(columns="account_id").reset_index(drop=True)
        made.append((account, KIND, SUFFIX, tables.csv(own)))
    return outcome.copies(made)


def places(document: Any, conditions: pd.DataFrame) -> pd.Series:
    """Where conditions are, as X12 calls it: ``BA108``, or the segment alone; blank: nowhere in particular."""
    names = np.append(document.segments["id"].to_numpy(dtype=object), "")
    at = conditions["segment"].to_numpy(np.int64)
    number = conditions["element"].astype("str").str.zfill(2).where(conditions["element"] > 0, "")
    return pd.Series(names[np.where(at < 0, -1, at)], conditions.index, dtype="str") + number
