"""CSV files that operators bring from the bank: read as they are, and their faults told by line."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

import pandas as pd


class OperatorFileError(ValueError):
    """The file has faults: ``faults`` says of each its line, column, what was found and what was expected."""

    def __init__(self, name: str, faults: list[str]) -> None:
        self.faults = faults
        more = f"; and {len(faults) - 20} more" if len(faults) > 20 else ""
        super().__init__(f"{name}: {'; '.join(faults[:20])}{more}")


def rows(data: bytes, columns: Sequence[str], required: Sequence[str]) -> tuple[pd.DataFrame, list[str]]:
    """The rows as stripped text under ``columns`` (blank where the file lacks one), with their ``line_no``; and what
    is wrong with the file as a whole: when anything is, there are no rows.
    """
    empty = pd.DataFrame(columns=[*columns, "line_no"])
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return empty, [f"byte {error.start + 1}: not UTF-8"]
    if "\0" in text:
        return empty, [f"line {text[: text.index(chr(0))].count(chr(10)) + 1}: a NUL byte, expected text"]
    reader = csv.reader(io.StringIO(text, newline=""))
    try:
        header = [name.strip() for name in next(reader, [])]
        lines = [(reader.line_num, row) for row in reader if row]
    except csv.Error as error:
        return empty, [f"line {reader.line_num}: not CSV: {error}"]
    faults = [f"line 1: no column {name!r}" for name in required if name not in header]
    faults += [
        f"line 1: column {name!r}, expected one of {', '.join(columns)}" for name in header if name not in columns
    ]
    faults += [f"line 1: column {name!r} twice" for name in sorted({n for n in header if header.count(n) > 1})]
    faults += [f"line {n}: {len(row)} columns, expected {len(header)}" for n, row in lines if len(row) != len(header)]
    if faults:
        return empty, faults
    found = pd.DataFrame([row for _, row in lines], columns=header, dtype="str")
    found = found.reindex(columns=list(columns), fill_value="").apply(lambda column: column.str.strip())
    found["line_no"] = pd.array([n for n, _ in lines], dtype="int64")
    return found, []
