"""Statements, their update and their payment: the records as printed, and SU and RM batches as tables."""

import csv
import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parsers.catair import layout, records, write
from tests.parsers.test_catair_write import canonical

NAMES = ("pf", "ms", "su", "sq", "rm", "pz")
ALL = [(name, record) for name in NAMES for record in layout.load(name)]
SHARED = Path(__file__).parents[2].parent / "shared"
CHAPTERS = {"pf": "05-daily-statement.txt", "ms": "05b-periodic-monthly-statement.txt"}
FACTS = SHARED / "reference" / "statements" / "statement_records.csv"


@pytest.mark.parametrize(("name", "record"), ALL)
def test_every_layout_tiles_the_record(name: str, record: str) -> None:
    fields = layout.load(name)[record]
    assert [c for f in fields for c in range(f.start, f.end + 1)] == list(range(1, 81))
    assert len({f.name for f in fields}) == len(fields)
    assert {f.type for f in fields} <= {"text", "int", "date", "filler"}
    head = "".join(f.constant for f in fields if f.end <= 2)
    assert head == record.split("-")[0]


@pytest.mark.parametrize(("name", "record"), ALL)
@given(data=st.data())
@settings(max_examples=8, deadline=None)
def test_round_trip(name: str, record: str, data: st.DataObject) -> None:
    chosen = layout.load(name)
    one = st.tuples(*(canonical(f) for f in chosen[record])).map("".join)
    texts = data.draw(st.lists(one, min_size=1, max_size=5))
    matrix = np.frombuffer("".join(texts).encode("latin-1"), np.uint8).reshape(-1, 80)
    columns = records.decoder(chosen[record]).decode(matrix).columns
    assert write.to_bytes(write.write(chosen, record, columns), b"").decode("latin-1") == "".join(texts)


@pytest.mark.skipif(not SHARED.is_dir(), reason="the chapters are not beside the repository")
@pytest.mark.parametrize("name", CHAPTERS)
def test_the_columns_are_the_printed_ones(name: str) -> None:
    """Class, columns and designation of every printed row; where we deviate on purpose, ``note`` says so."""
    printed: dict[str, set[tuple[int, int, str, str]]] = {}
    record = ""
    for line in (SHARED / "spec" / CHAPTERS[name]).read_text("utf-8").splitlines():
        if head := re.match(r"\s*(?:Record Identifier\s+)?(Q\w)(?:\s*\(Output\))?\s*$", line):
            record = head[1]
        if row := re.search(r"\s\d+(AN|A|N|X|S)\s+(\d+)(?:-(\d+))?\s+([MC])\s", line):
            printed.setdefault(record, set()).add((int(row[2]), int(row[3] or row[2]), row[1], row[4]))
    noted = {(r["record"], int(r["start"])) for r in layout.rows(name) if r["note"]}
    for record, fields in layout.load(name).items():
        known = {(f.start, f.end, f.cls.replace("D", "N"), f.designation) for f in fields}
        assert len(printed[record]) > 0.8 * len(fields)
        assert not {p for p in printed[record] - known if (record, p[0]) not in noted}


@pytest.mark.skipif(not FACTS.is_file(), reason="the table of statement records is not beside the repository")
@pytest.mark.parametrize("name", ("pf", "ms", "su", "sq"))
def test_the_columns_are_those_collected(name: str) -> None:
    with FACTS.open(newline="") as file:
        theirs = [r for r in csv.DictReader(file) if r["application_id"] == name.upper()]
    places = {(r["record_id"], int(r["start"]), int(r["end"]), r["implied_decimals"] or "0") for r in theirs}
    ours = {(f.record, f.start, f.end, str(f.decimals)) for fields in layout.load(name).values() for f in fields}
    assert ours == places
