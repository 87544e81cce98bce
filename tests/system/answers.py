"""An AX answer read the slow way, record by record, and held against the form every answer has.

Batch & Block chapter, output envelope: A or a blank one, blocks from B to Y with the count of what lies between in
columns 13 to 17 of the Y, Z. AE chapter: E0 references and E1 conditions inside; X0 and X1 where a batch is rejected.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

WIDTH = 80


class Said(NamedTuple):
    """One E1 or X1 record. ``disposition`` is blank unless it is the final word."""

    disposition: str
    severity: str
    code: str
    filer: str
    entry: str
    version: str


@dataclass
class Batch:
    """One A to Z grouping of an answer: its records, and what its E1 and X1 records say."""

    records: list[str]
    said: list[Said] = field(default_factory=list)

    @property
    def codes(self) -> set[str]:
        return {it.code for it in self.said}

    @property
    def finals(self) -> list[Said]:
        return [it for it in self.said if it.disposition]


def read(answer: bytes) -> list[Batch]:
    """The batches of an answer. Asserts that it is whole: 80 columns, envelopes closed, counts that tie, last words."""
    text = answer.decode("ascii")
    assert text.endswith("\n")
    records = text.split("\n")[:-1]
    assert records and all(len(record) == WIDTH for record in records)
    assert all(character.isprintable() for record in records for character in record)
    batches: list[Batch] = []
    inside = 0  # records since the last B; -1 outside a block
    for record in records:
        kind = record[0] if record[0] in "ABYZ" else record[:2]
        assert kind in ("A", "B", "Y", "Z", "E0", "E1", "X0", "X1"), record
        if kind == "A":
            batches.append(Batch([]))
            inside = -1
        batches[-1].records.append(record)
        if kind == "B":
            assert inside == -1, "a block begins inside another"
            inside = 0
        elif kind == "Y":
            assert int(record[12:17]) == inside, f"{inside} records stand before {record!r}"
            inside = -1
        elif kind == "Z":
            assert inside == -1, "a batch ends inside a block"
        elif kind not in "AZ":
            assert inside >= 0, f"outside a block: {record!r}"
            inside += 1
        if kind in ("E1", "X1"):
            batches[-1].said.append(_said(record))
    for batch in batches:
        assert batch.records[-1].startswith("Z")
        if "999" in batch.codes:
            assert [it.code for it in batch.finals] == ["999"] == [batch.said[-1].code], "a rejected batch says so last"
        summaries = sum(record.startswith("E0 SUMMRY") for record in batch.records)
        assert "999" in batch.codes or len(batch.finals) == summaries, "every filing has one last word"
    return batches


def _said(record: str) -> Said:
    return Said(record[2].strip(), record[3].strip(), record[4:7], record[50:53], record[55:63], record[63:68].strip())
