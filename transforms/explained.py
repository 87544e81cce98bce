"""A readable answer read back: each reason beside the record it speaks of, as that was sent.

The reasons file of :mod:`transforms.reasons` has the words; what was kept of each condition has its record, which the
physical line alone does not tell where a file has no line ends.
"""

from __future__ import annotations

import io
from itertools import groupby

import numpy as np
import pandas as pd

from parsers.catair.framing import Frames
from transforms import resend
from transforms.reasons import COLUMNS


def read(body: bytes) -> pd.DataFrame:
    """The rows of a reasons file (:data:`transforms.reasons.COLUMNS`, all text), with ``line_no``, ``start`` and
    ``end`` as numbers (0: the whole record)."""
    table = pd.read_csv(io.BytesIO(body), dtype="str", keep_default_na=False, encoding="utf-8")[[*COLUMNS]]
    table = table.apply(lambda column: column.str.replace(r"^'([=+\-@\t\r])", r"\1", regex=True))
    span = table["columns"].str.extract(r"^(\d+)(?:-(\d+))?$").astype("Int64")
    start = span[0].fillna(0).astype("int64")
    return table.assign(
        line_no=pd.to_numeric(table["line"], errors="coerce").fillna(0).astype("int64"),
        start=start,
        end=span[1].fillna(start).astype("int64"),
    )


def rows(frames: Frames, told: pd.DataFrame, known: pd.DataFrame) -> np.ndarray:
    """The row of ``frames`` (one file) that each reason speaks of, -1 where there is none.

    ``known`` are the conditions as kept: ``line_no``, ``start``, ``code`` and ``record`` (0: none of its own). The
    first reason of a code at a line and column is the first kept one, and so on.
    """
    keys = ["line_no", "start", "code"]
    known = known[known["record"] > 0].sort_values("record", kind="stable")
    numbered = known.assign(nth=known.groupby(keys).cumcount()).drop_duplicates([*keys, "nth"])
    wanted = told[keys].assign(nth=told.groupby(keys).cumcount())
    record = wanted.merge(numbered[[*keys, "nth", "record"]], how="left", on=[*keys, "nth"])["record"]
    row = record.fillna(0).to_numpy(np.int64) - 1
    at = np.searchsorted(frames.line_no, told["line_no"])  # else by the physical line: its first record
    by_line = np.where(at < len(frames), at, -1)
    return np.where((row >= 0) & (row < len(frames)), row, by_line)


def parts(frames: Frames, row: int, start: int, end: int) -> tuple[str, str, str]:
    """A record as sent, before, in and after the columns that are wrong (``start`` 0: all of it). A blank stays one."""
    text = resend.shown(frames, row)
    if not start:
        return "", text, ""
    if start > len(text):
        return text, "", ""
    return text[: start - 1], text[start - 1 : end], text[end:]


def changed(sent: tuple[str, str, str], mended: str) -> list[tuple[str, bool]]:
    """A corrected record in runs of characters, each with whether it differs from what was sent; empty for none."""
    if not mended:
        return []
    pairs = zip(mended, "".join(sent), strict=True)
    runs = [(list(run), differs) for differs, run in groupby(pairs, lambda pair: pair[0] != pair[1])]
    return [("".join(new for new, _ in run), differs) for run, differs in runs]
