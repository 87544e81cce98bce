"""Findings of elements: their kinds, and how many of them are gathered at a time.

:mod:`parsers.x12.elements` and :mod:`parsers.x12.leaves` tell them; :mod:`parsers.x12.validate` makes faults of them.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]

# Kinds of findings, in the order in which they are told of one element.
(
    REPEATED,
    TOO_MANY_COMPONENTS,
    TOO_MANY,
    INVALID_COMPOSITE,
    MISSING,
    UNUSED,
    SHORT,
    LONG,
    CONTROL,
    BLANKS,
    CHARACTER,
    DATE,
    TIME,
    NAMED_DATE,
    NAMED_TIME,
    CODE,
    PATTERN,
    NOTE,
) = range(18)


@dataclass(frozen=True)
class Findings:
    """What is wrong, one entry per finding in parallel arrays, in no order."""

    segment: Ints  # position in the run of segments
    element: Ints  # 1-based
    component: Ints  # 1-based, 0 for the element as a whole
    repetition: Ints  # 1-based, 0 for the element as a whole
    kind: Ints
    note: Ints  # row of the syntax note; -1 none
    start: Ints  # of the bytes meant; -1: nothing was sent
    end: Ints


class Found:
    """Gathers findings, many at a time."""

    def __init__(self) -> None:
        self.parts: list[tuple[npt.NDArray, ...]] = []

    def add(
        self,
        kind: int,
        segment: Ints,
        element: Ints,
        start: Ints | int,
        end: Ints | int,
        component: Ints | int = 0,
        repetition: Ints | int = 0,
        note: Ints | int = -1,
    ) -> None:
        """Findings of one kind; the columns are those of :class:`Findings`, a number stands for all of them."""
        if size := len(segment):
            rest = (np.broadcast_to(column, size) for column in (component, repetition, kind, note, start, end))
            self.parts.append((segment, element, *rest))

    def done(self) -> Findings:
        """All that were added."""
        none = np.zeros(0, np.int64)
        columns = zip(*self.parts, strict=True) if self.parts else [(none,)] * len(fields(Findings))
        return Findings(*(np.concatenate(column) for column in columns))
