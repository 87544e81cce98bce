"""What each entry of the month owes on its statement: the same rule as the statements', asked of the filing's lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from transforms.conditions.codes import codes
from transforms.filing.lines import amounts_of, find
from transforms.statement import totals

if TYPE_CHECKING:
    from transforms.filing.summarise import MonthFacts

FEE = "fee_"


def classes(line: pd.DataFrame) -> dict[str, str]:
    """Accounting class -> its column of the line table, user fees before taxes and other revenue."""
    return {c[4:7]: c for c in map(str, line) if c.startswith(FEE) and c != "fee_cents"}


def dues(facts: MonthFacts, line: pd.DataFrame) -> pd.DataFrame:
    """Per entry (position for position) the amounts due as a statement shows them, ``total_cents`` last.

    Estimates of warehouse and temporary entries, deferred tax and duty under bond are not due
    (:mod:`transforms.statement.totals`). A column ``deferred`` of the entries is heeded where there is one.
    """
    entry = facts.entry.reset_index(drop=True)
    bonded = _bonded(facts)
    payable = pd.DataFrame({"version_id": entry["version_id"], "entry_type": entry["entry_type"]})
    payable["deferred"] = entry["deferred"].fillna(False).astype(bool) if "deferred" in entry else False
    for column in ("duty_cents", "tax_cents", "other_cents"):
        payable[column] = amounts_of(entry, column)
    for column in ("ad_cents", "cvd_cents"):
        payable[column] = amounts_of(entry, column) - bonded[column]
    payable["interest_cents"] = 0
    once = payable.drop_duplicates("version_id", ignore_index=True)
    at = find(once["version_id"], payable["version_id"])
    return totals.due(once, _fees(line)).take(at).reset_index(drop=True)


def corrected(facts: MonthFacts) -> np.ndarray:
    """Which entries stand on their statement in another version than the present one: corrected after payment."""
    entry = facts.entry
    if "billed_version_id" not in entry:
        return np.zeros(len(entry), bool)
    return entry["billed_version_id"].ne(entry["version_id"]).fillna(False).to_numpy(dtype=bool)


def supplemental(facts: MonthFacts, due_cents: np.ndarray) -> np.ndarray:
    """What each entry owes beyond what its statement asked for it (less than nothing: a refund). A post summary
    correction carries no payment, so the statement stays with the version it was printed from, and the difference is
    billed or refunded by itself (AE usage note gg). Zero where nothing was corrected.
    """
    there = corrected(facts)
    return np.where(there, due_cents - amounts_of(facts.entry, "billed_cents"), 0) if there.any() else there * 0


def _bonded(facts: MonthFacts) -> dict[str, np.ndarray]:
    case = facts.adcvd
    at = find(facts.entry["version_id"], case["version_id"])
    countervailing = case["case_number"].str.startswith("C").to_numpy(dtype=bool)
    secured = (at >= 0) & case["claim"].eq("B").to_numpy(dtype=bool)
    out = {}
    for name, own in (("ad_cents", secured & ~countervailing), ("cvd_cents", secured & countervailing)):
        out[name] = np.zeros(len(facts.entry), np.int64)
        np.add.at(out[name], at[own], amounts_of(case, "duty_cents")[own])
    return out


def _fees(line: pd.DataFrame) -> pd.DataFrame:
    apart = (*codes("ir_tax"), *codes("other_revenue"))
    columns = {code: column for code, column in classes(line).items() if code not in apart}
    sums = line.groupby("version_id")[list(columns.values())].sum() if columns else pd.DataFrame()
    parts = [
        pd.DataFrame({"version_id": sums.index, "class_code": code, "amount_cents": sums[column].to_numpy()})
        for code, column in columns.items()
    ]
    if not parts:
        return pd.DataFrame({"version_id": [], "class_code": [], "amount_cents": []}).astype(
            {"version_id": "int64", "class_code": "str", "amount_cents": "int64"}
        )
    return pd.concat(parts, ignore_index=True)
