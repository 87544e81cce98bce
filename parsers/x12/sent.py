"""Elements as they were sent: stretches of the bytes of a file, beside the rows of the maps that they belong to."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Bytes = npt.NDArray[np.uint8]

PADDING = 16  # bytes behind the text that may be read but are not meant


@dataclass(frozen=True)
class Run:
    """Segments to be checked, in file order: ``text`` the bytes with :data:`PADDING` behind them; per segment ``node``
    its row in the columns (-1 none), ``first`` and ``count`` its elements in ``starts`` and ``ends`` (byte offsets);
    ``component`` and ``repetition`` the separators (bytes, -1 none)."""

    text: Bytes
    node: Ints
    first: Ints
    count: Ints
    starts: Ints
    ends: Ints
    component: int
    repetition: int = -1


@dataclass(frozen=True)
class Parts:
    """Elements or leaves that hold something, in parallel arrays."""

    segment: Ints
    place: Ints  # 0-based number of the element
    component: Ints  # 1-based, 0 none
    leaf: Ints  # row of the leaf, or -1 - row of the composite
    start: Ints
    end: Ints

    def take(self, rows: Ints | Flags) -> Parts:
        """Some of them."""
        return Parts(*(getattr(self, field.name)[rows] for field in fields(self)))


@dataclass(frozen=True)
class Sent:
    """The elements that were sent and that the map has: those of a segment lie behind each other."""

    before: Ints  # per segment: how many elements lie before its own
    used: Ints  # per segment
    start: Ints
    end: Ints

    def place(self, rows: Ints, element: Ints) -> tuple[Ints, Ints]:
        """The bytes of elements (1-based) of segments; -1 where they were not sent."""
        sent = element <= self.used[rows]
        at = np.where(sent, self.before[rows] + element - 1, -1)
        return np.append(self.start, -1)[at], np.append(self.end, -1)[at]
