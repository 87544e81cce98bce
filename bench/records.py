"""Records from drawn columns, through the writer of ``parsers.catair``, in the order of the AE structure map."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from bench.tables import Integers
from parsers.catair import layout, write

Matrix = npt.NDArray[np.uint8]
Text = npt.NDArray[np.str_]
#: Records of one kind: their text, the transaction of each and its place inside the transaction.
Part = tuple[Matrix, Integers, Any]

#: Places: a line starts at LINE times its number (and the header's room); what belongs to it follows within LINE.
LINE, HEADER, TOTALS, TRANSACTION = 64, 15, 1 << 17, 1 << 18


@dataclass
class Records:
    """``text`` (N, 80) and ``txn``, the transaction of each row, in order."""

    text: Matrix
    txn: Integers

    @classmethod
    def gathered(cls, parts: list[Part]) -> Records:
        """All ``(text, txn, place)`` parts in one table, in the order of their places."""
        txn = np.concatenate([t for _, t, _ in parts])
        key = txn * TRANSACTION + np.concatenate([np.broadcast_to(place, len(t)) for _, t, place in parts])
        order = np.argsort(key, kind="stable")
        return cls(np.concatenate([text for text, _, _ in parts])[order], txn[order])


def digits(number: Any, width: int) -> Text:
    """``number`` as ``width`` decimal digits, zero filled."""
    values = np.asarray(number, np.int64)
    places = values[:, None] // 10 ** np.arange(width - 1, -1, -1, dtype=np.int64) % 10
    return (places + ord("0")).astype("<u4").view(f"<U{width}").ravel()


def entry_numbers(filer: Text, serial: Integers) -> Text:
    """Seven digits and the check digit (Appendix E), for filer codes of letters and digits."""
    letters = filer.astype("<U3").view("<u4").reshape(-1, 3).astype(np.int64)
    value = np.select(
        [letters < 58, letters < 74, letters < 83], [letters - 48, letters - 64, letters - 73], letters - 81
    )
    tens = np.concatenate([value, serial[:, None] // 10 ** np.arange(6, -1, -1) % 10], axis=1)
    doubled = tens[:, 1::2] * 2
    total = (doubled - 9 * (doubled > 9)).sum(axis=1) + tens[:, ::2].sum(axis=1)
    return digits(serial * 10 + -total % 10, 8)


def record(record: str, txn: Integers, place: Any, **columns: Any) -> Part:
    if not len(txn):
        return np.empty((0, layout.WIDTH), np.uint8), txn, place
    return write.write(layout.load("ae"), record, columns), txn, place


def where(condition: np.ndarray, numbers: Integers) -> Any:
    """``numbers`` where ``condition`` holds, blank elsewhere."""
    return pd.arrays.IntegerArray(np.ascontiguousarray(numbers, np.int64), ~np.asarray(condition, bool))
