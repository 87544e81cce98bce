"""Record layouts: what stands where in an 80-column record, read from ``layouts/*.csv``.

A layout is data. One row is one field: its columns (1-based, inclusive), the class of the Record Layout Key (Batch &
Block Control, page 7), the designation, the implied decimals and, where the wire is known to differ from print, a note
with its evidence. The decoder (:mod:`parsers.catair.records`) and the writer (:mod:`parsers.catair.write`) are compiled
from the same rows.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

WIDTH = 80
BLANK = 0x20


@dataclass(frozen=True, slots=True)
class Field:
    """One field of one record. ``start`` and ``end`` are 1-based and inclusive; ``decimals`` are implied (0 unless
    ``type`` is int)."""

    record: str
    name: str
    start: int
    end: int
    cls: str
    designation: str
    decimals: int
    constant: str
    type: str

    @property
    def columns(self) -> slice:
        """The field's columns as a 0-based slice of a record."""
        return slice(self.start - 1, self.end)

    @property
    def width(self) -> int:
        return self.end - self.start + 1

    @property
    def carries_data(self) -> bool:
        """Whether the field becomes a column of its record's table: neither filler nor the record's own identifier."""
        return self.type != "filler" and self.name != "control_identifier"


class Layout(Mapping[str, tuple[Field, ...]]):
    """A mapping from record id to its fields in column order. An overlay of a record is listed as
    ``<id>-<overlay>``."""

    def __init__(self, name: str, records: Mapping[str, tuple[Field, ...]]) -> None:
        self.name = name
        self._records = dict(records)
        self._fields = {(f.record, f.name): f for fields in records.values() for f in fields}

    def __getitem__(self, record: str) -> tuple[Field, ...]:
        return self._records[record]

    def __iter__(self) -> Iterator[str]:
        return iter(self._records)

    def __len__(self) -> int:
        return len(self._records)

    def field(self, record: str, name: str) -> Field:
        """The field ``name`` of ``record``. Raises KeyError when there is none."""
        return self._fields[record, name]

    def overlays(self, record: str) -> tuple[str, ...]:
        """The overlays of ``record`` (``54`` has ``54-01`` ... ``54-12``), in order."""
        return tuple(r for r in self._records if r.startswith(record + "-"))


def rows(name: str) -> list[dict[str, str]]:
    """The rows of the data file ``layouts/<name>.csv``."""
    text = (files("parsers.catair") / "layouts" / f"{name}.csv").read_text("utf-8")
    return list(csv.DictReader(text.splitlines()))


@cache
def load(name: str) -> Layout:
    """The layout ``layouts/<name>.csv``. Raises ValueError when a record does not tile columns 1 to 80."""
    records: dict[str, list[Field]] = {}
    for row in rows(name):
        field = Field(
            record=row["record"],
            name=row["field"],
            start=int(row["start"]),
            end=int(row["end"]),
            cls=row["class"],
            designation=row["designation"],
            decimals=int(row["decimals"] or 0),
            constant=row["constant"],
            type=row["type"],
        )
        records.setdefault(field.record, []).append(field)
    for record, fields in records.items():
        edges = [0, *(f.end for f in fields)]
        if edges[-1] != WIDTH or any(f.start != end + 1 for f, end in zip(fields, edges, strict=False)):
            raise ValueError(f"layout {name}: record {record} does not tile columns 1 to {WIDTH}")
    return Layout(name, {record: tuple(fields) for record, fields in records.items()})


@dataclass(frozen=True, slots=True)
class Application:
    """A message type of the Batch & Block Control chapter (A-record note 3): its response and what the parser knows of
    it."""

    id: str
    response: str
    preparer: bool  # preparer codes may be used in the B record (B-record note 4)
    manifest: bool  # an e-manifest message: password repeated in Z, record count in Y
    layout: str  # name of the record layouts, "" when not available yet
    grammar: str  # name of the structure map, "" when not available yet
    syntax: str  # codes that answer its faults of syntax: A (those of AE) or X (those of the envelope)


@cache
def applications() -> dict[str, Application]:
    """All input message types by their application identifier."""
    return {
        r["application"]: Application(
            r["application"],
            r["response"],
            r["preparer"] == "Y",
            r["manifest"] == "Y",
            r["layout"],
            r["grammar"],
            r["syntax"],
        )
        for r in rows("applications")
    }


@cache
def table_name(application: str, record: str) -> str:
    """What the table of a message's record is called: its record id, or ``<application> <id>`` when a message listed
    before it has a record of that id."""
    owner = next(a.id for a in applications().values() if a.layout and record in load(a.layout))
    return record if owner == application else f"{application} {record}"
