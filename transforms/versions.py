"""What changed from one version of an entry summary to the next: field by field, line by line."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

#: What a row is known by across versions, beside the line and the tariff it stands in; rows that are equal in it are
#: told apart by their order.
KEYS = {
    "fee": ["kind", "class_code"],
    "fee_total": ["class_code"],
    "party": ["party_type"],
    "bill_group": ["bill_group"],
    "bill": ["bill_group"],
    "license": ["kind"],
    "remark": ["kind"],
    "adcvd": ["case_number"],
    "declaration": ["declaration_type"],
    "other_record": ["record_id"],
}
#: Where a row stood in its file, and what we made of it: not what the filer said.
NOT_SAID = {
    *("id", "version_id", "interchange_id", "record", "slot", "entry_summary_id", "transaction_id", "sequence"),
    *("version_number", "severity", "code", "effect", "superseded_by", "accepted_at", "reference", "action"),
    *("importer_account_id", "filer_account_id"),
}
COLUMNS = ["table", "line", "tariff", "key", "reason", "field", "before", "after"]
ADDED, REMOVED, CHANGED = "added", "removed", "changed"

Facts = Mapping[str, pd.DataFrame]


def changes(old: Facts, new: Facts) -> pd.DataFrame:
    """The fields that differ (:data:`COLUMNS`), tables in the order of ``new``, then by line and tariff.

    ``old`` and ``new``: tables of one version each, ``header`` with one row. ``line`` and ``tariff`` are 0 where a
    field belongs to none; ``key`` is what else names the row; ``before`` and ``after`` are text, blank for nothing.
    """
    found = [_table(name, old.get(name), new.get(name)) for name in dict.fromkeys([*new, *old])]
    found = [table for table in found if len(table)]
    return pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=COLUMNS)


def _table(name: str, old: pd.DataFrame | None, new: pd.DataFrame | None) -> pd.DataFrame:
    known = [table for table in (old, new) if table is not None]
    said = [column for column in known[-1].columns if column not in NOT_SAID]
    keys = [column for column in ("line", "tariff") if column in said] + KEYS.get(name, [])
    values = [column for column in said if column not in keys]
    before, after = (_keyed(table, keys, values) for table in (old, new))
    both = before.add_suffix("_before").join(after.add_suffix("_after"), how="outer", sort=True)
    left, right = both["here_before"].eq("x").to_numpy(), both["here_after"].eq("x").to_numpy()
    reason = np.select([~left, ~right], [ADDED, REMOVED], CHANGED)
    rows = both.index.to_frame(index=False)
    out = []
    for at, column in enumerate(values):
        was, now = (both[f"{column}_{side}"].fillna("").astype("str").to_numpy(object) for side in ("before", "after"))
        differs = was != now
        if differs.any():
            out.append(
                pd.DataFrame(
                    {
                        "table": name,
                        "line": _number(rows, "line")[differs],
                        "tariff": _number(rows, "tariff")[differs],
                        "key": _key(rows, [k for k in keys if k not in ("line", "tariff")])[differs],
                        "reason": reason[differs],
                        "field": column,
                        "before": was[differs],
                        "after": now[differs],
                        "place": np.flatnonzero(differs),
                        "at": at,
                    }
                )
            )
    if not out:
        return pd.DataFrame(columns=COLUMNS)
    return pd.concat(out).sort_values(["line", "tariff", "place", "at"], kind="stable")[COLUMNS]


def _keyed(table: pd.DataFrame | None, keys: list[str], values: list[str]) -> pd.DataFrame:
    """The rows under their keys and their order among rows of the same keys; every value as text."""
    if table is None:
        table = pd.DataFrame(columns=[*keys, *values])
    out = pd.DataFrame({name: _text(table[name]) for name in values}, index=table.index).assign(here="x")
    index = {name: _order(table[name]) for name in keys}
    index["order"] = (table.groupby(keys, sort=False).cumcount() if keys else pd.Series(range(len(table)))).to_numpy()
    out.index = pd.MultiIndex.from_frame(pd.DataFrame(index))
    return out


def _order(values: pd.Series) -> np.ndarray:
    """Keys as they sort: numbers by value."""
    if pd.api.types.is_numeric_dtype(values):
        return values.fillna(0).astype("int64").to_numpy()
    return values.astype("str").fillna("").to_numpy(object)


def _text(values: pd.Series) -> np.ndarray:
    blank = values.isna()
    return values.astype("str").mask(blank, "").to_numpy(object)


def _number(rows: pd.DataFrame, name: str) -> np.ndarray:
    return rows[name].to_numpy("int64") if name in rows else np.zeros(len(rows), "int64")


def _key(rows: pd.DataFrame, names: list[str]) -> np.ndarray:
    if not names:
        return np.full(len(rows), "", dtype=object)
    return rows[names].astype("str").agg(" ".join, axis=1).to_numpy(object)
