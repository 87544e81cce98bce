"""Statements, their update and their payment: the records as printed, and SU and RM batches as tables."""

import csv
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parsers.catair import envelope, envelope_checks, framing, layout, read, records, response, write
from tests.parsers.catair_files import NARRATIVES, SUMMARY, A, B, Y, Z, batch, lines
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


ANSWERED = ("AE", "SU", "RM")
UPDATE = "H2704ZZ9  000012336102126AA10"
PAYMENT = "PT01123456ZZ9 2725P10001"
NOT_PAID = "PT01      ZZ9 2725P10002Y"


def of(application: str, *records: str) -> bytes:
    """A batch of ``records`` of another message than AE."""
    a, b, y = (text.replace("AE", application) for text in (A, B, Y))
    return batch(*records, a=a, b=b, y=y)


def answer(data: bytes) -> list[str]:
    parsed = read.parse([data], ANSWERED)
    body, block = np.empty((0, 80), np.uint8), np.empty(0, np.int64)
    return response.respond(parsed, body, block, NARRATIVES)[0].decode("latin-1").splitlines()


def test_updates_and_payments_become_tables() -> None:
    data = [of("SU", UPDATE, "H2704ZZ9  000012411"), batch(), of("RM", PAYMENT, NOT_PAID)]
    parsed = read.parse(data, ANSWERED)
    assert not len(parsed.faults) and not len(parsed.defects)
    assert parsed.tables["H"].drop(columns=["preliminary_statement_print_date"]).to_dict("list") == {
        "row": [2, 3],
        "txn": [0, 1],
        **{key: [-1, -1] for key in ("line", "tariff", "bill", "invoice")},
        "district_port_of_entry_summary": ["2704", "2704"],
        "entry_filer_code": ["ZZ9", "ZZ9"],
        "entry_number": ["00001233", "00001241"],
        "payment_type_indicator": ["6", "1"],
        "client_branch_designation": ["AA", ""],
        "periodic_statement_month": ["10", ""],
    }
    assert [str(day)[:10] for day in parsed.tables["H"]["preliminary_statement_print_date"]] == ["2026-10-21", "NaT"]
    assert parsed.tables["PT"].drop(columns=["row"]).to_dict("list") == {
        "txn": [3, 4],
        **{key: [-1, -1] for key in ("line", "tariff", "bill", "invoice")},
        "payment_type_code": ["01", "01"],
        "payer_unit_number": ["123456", ""],
        "filer_code": ["ZZ9", "ZZ9"],
        "statement_number": ["2725P10001", "2725P10002"],
        "debit_negation_identifier": ["", "Y"],
    }
    assert list(parsed.transactions["batch"]) == [0, 0, 1, 2, 2]


def test_the_messages_of_a_shard_come_apart() -> None:
    parts = {"SU": of("SU", UPDATE, UPDATE), "AE": batch(), "RM": of("RM", PAYMENT)}
    together = read.parse([b"".join([*parts.values(), *parts.values()])], ANSWERED)
    for application, data in parts.items():
        mine, alone = together.only(application), read.parse([data, data], ANSWERED)
        assert list(mine.tables) == list(alone.tables)
        for record, table in mine.tables.items():
            pd.testing.assert_frame_equal(table.drop(columns="row"), alone.tables[record].drop(columns="row"))
            assert (together.frames.kind[table["row"]] == framing.KIND[record.split("-")[0]]).all()
        assert len(mine.transactions) == len(alone.transactions)
        assert set(together.batches["application"].iloc[mine.transactions["batch"]]) == {application}


def test_defects_go_with_their_message() -> None:
    data = batch(*SUMMARY[:1], "11") + of("SU", "H27X4ZZ9  000012336133126", UPDATE) + of("RM", PAYMENT[:13])
    parsed = read.parse([data], ANSWERED)
    assert [(d.field, d.kind) for d in parsed.only("SU").defects.itertuples()] == [
        ("district_port_of_entry_summary", "class"),
        ("preliminary_statement_print_date", "date"),
    ]
    assert list(parsed.only("RM").defects["field"]) == ["statement_number"]
    assert list(parsed.only("AE").defects["field"]) == ["importer_of_record_number"]


@pytest.fixture
def twin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """EQ becomes a message with the records of AE, whose syntax is answered by X codes."""
    known = layout.applications()
    both = {"AE": known["AE"], **known, "EQ": replace(known["AE"], id="EQ", syntax="X")}
    for module in (layout, envelope, envelope_checks, read, response):
        monkeypatch.setattr(module, "applications", lambda: both)
    caches = (layout.table_name, envelope_checks._fillers)
    for cache in caches:
        cache.cache_clear()
    yield
    for cache in caches:
        cache.cache_clear()


@pytest.mark.usefixtures("twin")
def test_a_record_of_two_messages_has_two_tables() -> None:
    parsed = read.parse([of("EQ", *SUMMARY, *SUMMARY) + batch()], ("AE", "EQ"))
    assert [len(parsed.tables[name]) for name in ("10", "EQ 10", "47", "EQ 47")] == [1, 2, 2, 4]
    assert list(parsed.only("EQ").tables["10"]["txn"]) == [0, 1]
    assert parsed.only("AE").tables["50"]["line"].tolist() == [0]
    assert parsed.only("EQ").tables["50"]["line"].tolist() == [0, 1]


@pytest.mark.usefixtures("twin")
def test_order_and_gaps_of_longer_messages() -> None:
    cases = {"X33": ("90", "11"), "X34": ("10", "QX"), "X35": ("10", "20", "11"), "X38": ("10", f"{'33':<4}02")}
    parsed = read.parse([of("EQ", SUMMARY[0], *records) for records in cases.values()], ("EQ",))
    assert [(f.code, f.row - parsed.batches["first"][f.batch] + 1, f.column) for f in parsed.faults.itertuples()] == [
        ("X33", 5, 0),
        ("X34", 5, 0),
        ("X35", 6, 0),
        ("X38", 5, 5),
    ]


def test_entry_summaries_keep_their_plain_names() -> None:
    assert all(layout.table_name("AE", record) == record for record in layout.load("ae"))


FAULTS = {
    "X33 first in its block": (of("SU", "10", UPDATE), ("X33", 1, 3, 0)),
    "X34 unknown record": (of("SU", UPDATE, UPDATE, "QX"), ("X34", 2, 5, 0)),
    "X34 a record of another message": (of("RM", PAYMENT, UPDATE), ("X34", 1, 4, 0)),
    "X34 a word": (of("SU", UPDATE, "HELLO"), ("X34", 1, 4, 0)),
    "X36 too many payments": (of("RM", *[PAYMENT] * 10_000), ("X36", 10_000, 2 + 10_000, 0)),
    "X39 data in filler": (of("SU", UPDATE, UPDATE + "      X"), ("X39", 2, 4, 36)),
    "X40 foreign character": (of("RM", PAYMENT[:20] + "\x07" + PAYMENT[21:]), ("X40", 1, 3, 21)),
}


@pytest.mark.parametrize("case", FAULTS)
def test_syntax_is_answered_by_block_transaction_and_condition(case: str) -> None:
    """The form of Batch & Block Control usage note (c), page 36; the column is 00 where a whole record is meant."""
    data, (code, txn, record, column) = FAULTS[case]
    application = data.decode("latin-1")[25:27]
    parsed = read.parse([data, of("SU", UPDATE)], ANSWERED)
    assert [(f.code, f.txn, f.row + 1, f.column) for f in parsed.faults.itertuples()] == [(code, txn, record, column)]
    assert list(parsed.transactions["batch"]) == [1]
    assert [line.rstrip() for line in answer(data)] == [
        "A2704ZZ9      100626                                       BATCH-0001",
        "B" + " " * 78 + "B",
        f"X0 BLOCK  000001 REF ID: 2704 ZZ9    {application} BLOCK-0001",
        f"X0 TRNACT {txn:06d} REF ID: {record:07d} {column:02d}",
        f"X1 F{code}   {NARRATIVES.get(code, '')}".rstrip(),
        "X1RF999   BATCH REJECTED",
        "Y           00004" + " " * 62 + "Y",
        "Z" + " " * 78 + "Z",
    ]


def test_payments_are_counted_in_their_block() -> None:
    full = [PAYMENT] * 9999
    a, b, y = (text.replace("AE", "RM") for text in (A, B, Y))
    parsed = read.parse([lines(a, b, *full, y, b, *full, y, Z), of("RM", *full)], ANSWERED)
    assert not len(parsed.faults)
    assert len(parsed.transactions) == 3 * 9999


def test_what_the_caller_has_no_answer_to_is_refused() -> None:
    parsed = read.parse([of("SU", UPDATE, "QX") + batch()])
    assert [(f.code, f.level, f.column) for f in parsed.faults.itertuples()] == [("X13", "batch", 26)]
    assert list(parsed.transactions["batch"]) == [1] and "H" not in parsed.tables


@given(at=st.integers(0, 81 * 5 - 1), byte=st.integers(0, 255))
@settings(deadline=None, max_examples=60)
def test_one_flipped_byte_is_answered(at: int, byte: int) -> None:
    data = bytearray(of("SU", UPDATE, UPDATE) if at % 2 else of("RM", PAYMENT, NOT_PAID))
    data[at] = byte
    heads = [text[:1] for text in answer(bytes(data))]
    assert heads.count("A") == heads.count("Z") >= 1
