"""What was read of an X12 file: segments, interchanges, functional groups, transaction sets and faults, as tables.

Positions are int64, -1 for none; text is pandas ``str``, blank ``""``; every table has a RangeIndex.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from parsers.x12 import texts
from parsers.x12.maps import tables
from parsers.x12.splitter import Split, pack

Ints = npt.NDArray[np.int64]

#: Columns of :attr:`Document.faults`. ``level`` decides the code list of ``code``: ``interchange`` TA105, ``group``
#: AK905, ``set`` AK502, ``segment`` AK304, ``element`` AK403 (element I18, 716, 718, 720, 723 as in the 997).
#: ``kind`` names what a code leaves open (faults.csv); blank where level and code say all.
FAULTS = {
    "level": "str",
    "interchange": "int64",
    "group": "int64",
    "set": "int64",
    "segment": "int64",
    "position": "int64",
    "segment_id": "str",
    "loop": "str",
    "element": "int64",
    "component": "int64",
    "repetition": "int64",
    "reference": "str",
    "code": "str",
    "value": "str",
    "expected": "str",
    "start": "int64",
    "end": "int64",
    "kind": "str",
}
#: So many characters of bad data are quoted (element 724 has 99).
QUOTED = 99
_NOTHING: dict[str, int | str] = {
    "interchange": -1,
    "group": -1,
    "set": -1,
    "segment": -1,
    "start": -1,
    "end": -1,
    "position": 0,
    "element": 0,
    "component": 0,
    "repetition": 0,
    "level": "",
    "segment_id": "",
    "loop": "",
    "reference": "",
    "code": "",
    "value": "",
    "expected": "",
    "kind": "",
}


def faults(rows: Iterable[Mapping[str, object]] = ()) -> pd.DataFrame:
    """A table of faults from rows; what is left out is "nothing"."""
    listed = list(rows)
    return joined([{name: [row.get(name, nothing) for row in listed] for name, nothing in _NOTHING.items()}])


def joined(parts: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """A table of faults from parts of it, each with columns of one length, or single values for all its rows; what is
    left out is "nothing"."""
    sizes = [next((len(column) for column in part.values() if np.ndim(column)), 1) for part in parts]
    return pd.DataFrame({name: _joined(parts, sizes, name) for name in FAULTS}) if sum(sizes) else _empty()


def _joined(parts: Sequence[Mapping[str, Any]], sizes: list[int], name: str) -> Any:
    nothing = _NOTHING[name]
    columns = [part.get(name, nothing) for part in parts]
    if isinstance(nothing, int):
        return np.concatenate(
            [np.broadcast_to(np.asarray(it, np.int64), n) for it, n in zip(columns, sizes, strict=True)]
        )
    return texts.column(
        pa.concat_arrays(
            [
                texts.constant(it, n) if isinstance(it, str) else texts.of(it)
                for it, n in zip(columns, sizes, strict=True)
            ]
        )
    )


@cache
def _empty() -> pd.DataFrame:
    return pd.DataFrame({name: [] for name in FAULTS}).astype(FAULTS)


def at(column: Any, rows: Ints, nothing: int) -> Any:
    """The values of a column at some rows, ``nothing`` where the row is -1."""
    return np.where(rows >= 0, column[rows], nothing) if len(column) else np.full(len(rows), nothing)


@cache
def _nothing_untold() -> pd.DataFrame:
    return pd.DataFrame({name: np.empty(0, np.int64) for name in ("interchange", "group", "set", "count")})


@dataclass(frozen=True)
class Document:
    """An X12 file that was read. ``data`` are the bytes that the offsets count in (:attr:`splitter.Split.data`).

    ``segments``: ``interchange group set`` (rows of those tables), ``position`` (1-based in its set, ST is 1; 0 outside
    sets), ``id`` (upper case), ``start end`` (``end`` excludes the terminator), ``line column`` (1-based), ``loop``
    (segment row of the opener of its innermost map loop, its own row for an opener, ST's directly under ST; -1 not
    matched), ``parent`` (the opener of the loop around that loop; -1 none), ``node`` (its place in
    ``maps.tables.Transaction.nodes``; -1 not matched).

    ``interchanges``: ``first last`` (segment rows, last exclusive), ``sender_qualifier sender receiver_qualifier
    receiver date time version control_number ack_requested usage element_separator component_separator
    repetition_separator terminator groups_declared code note only_acknowledgments``.
    ``groups``: ``interchange first last functional_id sender receiver date time control_number agency release read_as
    declared received accepted status codes`` (``read_as``: the release by whose maps it is read, blank: none).
    ``sets``: ``interchange group first last set_id control_number convention map status codes``. ``faults``:
    :data:`FAULTS`.

    ``untold`` (``interchange group set``, -1 none, ``count``): how many faults were left out of ``faults``
    (:mod:`parsers.x12.listed`).

    ``code note status codes accepted`` are filled by :func:`parsers.x12.judge.judge`.
    """

    split: Split
    segments: pd.DataFrame
    interchanges: pd.DataFrame
    groups: pd.DataFrame
    sets: pd.DataFrame
    faults: pd.DataFrame
    untold: pd.DataFrame = field(default_factory=_nothing_untold)

    @property
    def data(self) -> bytes:
        return self.split.data

    @property
    def text(self) -> str:
        """The data with one character a byte, so that offsets hold."""
        return self.split.data.decode("latin-1")

    @property
    def key(self) -> npt.NDArray[np.uint32]:
        """The id of each segment as a number: :func:`parsers.x12.splitter.pack`."""
        return self.split.key

    @property
    def first(self) -> Ints:
        """The first element of each segment in ``element_start`` and ``element_end``."""
        return self.split.first

    @property
    def count(self) -> Ints:
        """How many elements each segment has."""
        return self.split.count

    @property
    def element_start(self) -> Ints:
        return self.split.element_start

    @property
    def element_end(self) -> Ints:
        return self.split.element_end

    def rows(self, segment_id: str) -> Ints:
        """The rows of all segments of an id, rising."""
        return np.flatnonzero(self.split.key == pack(segment_id)).astype(np.int64)

    def place(self, rows: Ints, element: int | Ints) -> tuple[Ints, Ints]:
        """Where an element (1-based; one for all, or one each) of these segments begins and ends; an empty place at the
        segment's end where it was not sent, at 0 where the row is -1."""
        rows = np.asarray(rows, np.int64)
        sent = at(self.split.count, rows, 0) >= element
        end = at(self.split.end, rows, 0)
        if not sent.any():
            return end, end
        where = np.where(sent, self.split.first[rows] + element - 1, 0)
        return np.where(sent, self.split.element_start[where], end), np.where(sent, self.split.element_end[where], end)

    def cells(self, rows: Ints, element: int | Ints) -> texts.Text:
        """An element (1-based) of each of these segments as sent, blank where it was not."""
        return texts.cut(self.split.data, *self.place(rows, element))

    def fields(self, rows: Ints, elements: Sequence[int]) -> list[texts.Text]:
        """Several elements of each of these segments."""
        size = len(rows)
        every = self.cells(np.tile(rows, len(elements)), np.repeat(elements, size))
        return [every.slice(at * size, size) for at in range(len(elements))]

    def element(self, rows: Ints, element: int) -> pd.Series:
        """The same as a Series."""
        return pd.Series(texts.column(self.cells(rows, element)))

    def table(self, segment_id: str, set_id: str | None = None, *, rejected: bool = False) -> pd.DataFrame:
        """The segments of an id in sets that are not rejected (or in all): ``segment``, ``set``, and the elements as
        sent in columns such as ``BA101``, as many as the segment has in the releases at hand, or was sent with."""
        rows = self.rows(segment_id)
        of = self.segments["set"].to_numpy()[rows]
        good = of >= 0
        if not rejected:
            good &= np.append((self.sets["status"] != "R").to_numpy(), False)[of]
        if set_id is not None:
            good &= np.append((self.sets["set_id"] == set_id).to_numpy(), False)[of]
        rows, of = rows[good], of[good]
        width = max(self._width(segment_id), int(self.split.count[rows].max(initial=0)))
        elements = range(1, width + 1)
        sent = zip(elements, self.fields(rows, elements), strict=True)
        columns = {f"{segment_id}{element:02d}": texts.column(cells) for element, cells in sent}
        return pd.DataFrame({"segment": rows, "set": of, **columns})

    def within(self, rows: Ints, segment_id: str) -> Ints:
        """Of each of these segments the nearest opener of that id at or above it in the map, -1 where none is: joins
        tables of a loop to those of the loops around it."""
        loop = np.append(self.segments["loop"].to_numpy(), -1)
        parent = np.append(self.segments["parent"].to_numpy(), -1)
        wanted = np.append(self.split.key == pack(segment_id), True)  # -1, nothing, is at its goal
        at = loop[np.asarray(rows, np.int64)]
        while (on := ~wanted[at]).any():
            above = parent[at[on]]
            at[on] = np.where(above < at[on], above, -1)
        return at

    def with_faults(self, more: pd.DataFrame) -> Document:
        """The same with more faults (columns as :data:`FAULTS`, those left out mean nothing). Judge it anew."""
        if not len(more):
            return self
        return self.with_found([{str(name): more[name].array for name in more}])

    def with_found(self, parts: Sequence[Mapping[str, Any]]) -> Document:
        """The same with more faults, in parts as :func:`joined` takes them."""
        known = [{name: self.faults[name].array for name in FAULTS}] if len(self.faults) else []
        return replace(self, faults=joined([*known, *parts])) if parts else self

    def walked(self, loop: Ints, parent: Ints, node: Ints) -> Document:
        """The same with the place in the map that a validator found for each segment."""
        return replace(self, segments=self.segments.assign(loop=loop, parent=parent, node=node))

    def _width(self, segment_id: str) -> int:
        width = 0
        for release in map(str, self.groups["read_as"].unique()):
            if release:
                try:
                    width = max(width, len(tables.segment(release, segment_id).elements))
                except KeyError:
                    continue
        return width
