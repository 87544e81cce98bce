"""What an entry type or mode of transport requires, as matrices (AE chapter, July 2026, notes e and g, ESF-134 to 146).

One row per data element, one column per entry type (mode of transport): ``M`` mandatory, ``A`` allowed, ``N`` not
allowed. ``missing`` is the code for a mandatory element that is not there, ``surplus`` the code for one that is not
allowed; ``unless`` names a header indicator that lifts the requirement. Elements whose condition hangs on more than
the type stand as ``A`` here and have a rule.
"""

from __future__ import annotations

import pandas as pd

from transforms.conditions.codes import table
from transforms.conditions.columns import filled, has
from transforms.conditions.registry import condition

_NOT_TYPES = ("element", "on", "column", "record", "field", "missing", "surplus", "unless", "why", "mend")


def _present(es, on: str, column: str) -> pd.Series:
    if column.startswith("row_"):
        return getattr(es, on)[column] >= 0
    if column == "bill_group":
        return has(es, "bill_group")
    return filled(getattr(es, on)[column])


def _of_header(es, on: str, column: str) -> pd.Series:
    return es.header[column] if on == "header" else es.of_header(on, column)


def _register(row: dict[str, str], key: str, code: str, wanted: str) -> None:
    types = tuple("" if t == "none" else t for t, mark in row.items() if t not in _NOT_TYPES and mark == wanted)

    @condition(code, "F", on=row["on"], at=(row["record"], row["field"]), why=row["why"], mend=row["mend"])
    def violated(es, world):
        concerned = _of_header(es, row["on"], key).isin(types)
        present = _present(es, row["on"], row["column"])
        if row["unless"]:
            concerned &= _of_header(es, row["on"], row["unless"]).ne("Y")
        return concerned & (present if wanted == "N" else ~present)


for _matrix in ("entry_type", "mode_of_transport"):
    for _row in table(f"requirements/{_matrix}.csv"):
        if _row["missing"]:
            _register(_row, _matrix, _row["missing"], "M")
        if _row["surplus"]:
            _register(_row, _matrix, _row["surplus"], "N")
