"""The segments that a readable answer speaks of, as they were sent.

``transforms.explained`` finds the row of each reason; what it needs of a file is here: its segments instead of its
records.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import pandas as pd

from parsers.x12 import splitter

#: So much of a segment is shown on either side of what is marked.
AROUND = 160
#: Rows of a reasons file that tell what became of an interchange or a set, and no fault.
_VERDICT = re.compile(r"(interchange|transaction set) (accepted( with errors| in part)?|rejected|not judged)")


@dataclass(frozen=True, slots=True)
class Segments:
    """The segments of a file; ``line_no`` is the physical line each begins on."""

    split: splitter.Split

    def __len__(self) -> int:
        return len(self.split.start)

    @property
    def line_no(self) -> np.ndarray:
        return self.split.line

    def parts(self, row: int, start: int, end: int) -> tuple[str, str, str]:
        """A segment before, in and after the columns of its line that are wrong (``start`` 0: all of it); what can not
        be printed is a ?, and of a long one only what is around the columns is shown. An element that was not sent is
        a gap where it would stand."""
        it = self.split
        first, last = int(it.start[row]), int(it.end[row])
        column = int(it.column[row])
        begin, stop = (first, last) if not start else (first + start - column, first + end - column + 1)
        begin, stop = min(max(begin, first), last), min(max(stop, first), last)
        before, marked, after = it.data[first:begin], it.data[begin:stop], it.data[stop:last]
        return _shown(before, -AROUND), _shown(marked, 2 * AROUND), _shown(after, AROUND)


def segments(data: bytes) -> Segments:
    """The segments of the bytes of a file, whatever they are."""
    return Segments(splitter.split(data))


def faults(told: pd.DataFrame) -> pd.DataFrame:
    """The rows of a reasons file (``transforms.explained.read``) without those that tell what became of something."""
    verdict = told["record"].isin(["ISA", "ST"]) & told["field"].isin(["ISA13", "ST02"])
    return told[~(verdict & told["narrative"].str.fullmatch(_VERDICT))].reset_index(drop=True)


def lines(body: bytes, most: int) -> list[str]:
    """The first ``most`` segments of a message of ours, one a line."""
    it = splitter.split(body)
    return [_shown(it.data[a:b], 400) for a, b in zip(it.start[:most].tolist(), it.end[:most].tolist(), strict=True)]


def _shown(part: bytes, most: int) -> str:
    text = "".join(c if c.isprintable() else "?" for c in part.decode("latin-1"))
    if len(text) <= abs(most):
        return text
    return "…" + text[most:] if most < 0 else text[:most] + "…"
