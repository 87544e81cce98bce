"""Batches and blocks, and one minimal example of every X condition that follows from the message alone."""

import pytest

from parsers.catair import read
from tests.parsers.catair_files import SUMMARY, A, B, Y, Z, batch, lines


def put(record: str, column: int, text: str) -> str:
    """``record`` with ``text`` from the 1-based ``column`` on."""
    wide = f"{record:<80}"
    return wide[: column - 1] + text + wide[column - 1 + len(text) :]


def found(data: bytes) -> list[tuple[str, str, int, int]]:
    """Code, level, record and column of every fault."""
    faults = read.parse([data]).faults
    return [(f.code, f.level, f.row + 1, f.column) for f in faults.itertuples()]


PREPARED = put(B, 47, "1232ZZ9  1")
CASES = {
    "X01 no batch header": (batch(a=""), [("X01", "batch", 1, 0)]),
    "X03 no block header": (batch(b=""), [("X03", "batch", 1, 0)]),
    "X03 nothing after the header": (lines(A), [("X03", "batch", 1, 0)]),
    "X03 a detail between blocks": (lines(A, B, *SUMMARY, Y, SUMMARY[0], Z), [("X03", "batch", 19, 0)]),
    "X04 an empty block": (lines(A, B, Y, Z), [("X04", "block", 2, 0)]),
    "X05 no block trailer": (batch(y=""), [("X05", "batch", 17, 0)]),
    "X05 before the next block": (lines(A, B, *SUMMARY, B, *SUMMARY, Y, Z), [("X05", "batch", 17, 0)]),
    "X06 no batch trailer": (batch(z=""), [("X06", "batch", 18, 0)]),
    "X07": (batch(a=put(A, 2, "    "), z=put(Z, 2, "    ")), [("X07", "batch", 1, 2)]),
    "X08": (batch(a=put(A, 6, "   "), z=put(Z, 6, "   ")), [("X08", "batch", 1, 6)]),
    "X10": (batch(a=put(A, 15, "133126"), z=put(Z, 15, "133126")), [("X10", "batch", 1, 15)]),
    "X11 in the batch": (batch(a=put(A, 26, "  ")), [("X11", "batch", 1, 26)]),
    "X11 in the block": (batch(b=put(B, 11, "  "), y=put(Y, 11, "  ")), [("X11", "block", 2, 11)]),
    "X12": (batch(a=put(A, 26, "EI")), [("X12", "batch", 1, 26)]),
    "X14": (batch(z=put(Z, 6, "ZZ8")), [("X14", "batch", 19, 0)]),
    "X15": (batch(b=put(B, 4, "    "), y=put(Y, 4, "    ")), [("X15", "block", 2, 4)]),
    "X16": (batch(b=put(B, 8, "   "), y=put(Y, 8, "   ")), [("X16", "block", 2, 8)]),
    "X19": (batch(b=put(B, 11, "SE"), y=put(Y, 11, "SE")), [("X19", "block", 2, 11)]),
    "X21": (batch(b=put(B, 56, "2")), [("X21", "block", 2, 56)]),
    "X22": (batch(b=put(PREPARED, 56, " ")), [("X22", "block", 2, 47)]),
    "X23": (
        batch("J1", a=put(A, 26, "EQ"), b=put(PREPARED, 11, "EQ"), y=put(Y, 11, "EQ")),
        [("X23", "block", 2, 47)],
    ),
    "X24": (batch(b=put(PREPARED, 47, "    ")), [("X24", "block", 2, 47)]),
    "X25": (batch(b=put(PREPARED, 51, "   ")), [("X25", "block", 2, 51)]),
    "X26": (batch(b=put(PREPARED, 51, "ZZ8")), [("X26", "block", 2, 51)]),
    "X32": (batch(y=put(Y, 8, "ZZ8")), [("X32", "block", 18, 0)]),
    "X39 in the header": (batch(a=put(A, 40, "X")), [("X39", "batch", 1, 40)]),
    "X39 in a block": (batch(b=put(B, 2, "X")), [("X39", "block", 2, 2)]),
    "X39 in a transaction": (batch(put(SUMMARY[0], 7, "X"), *SUMMARY[1:]), [("X39", "transaction", 3, 7)]),
    "X40 in the header": (batch(a=put(A, 60, "\x01")), [("X40", "batch", 1, 60)]),
    "X40 in a block": (batch(y=put(Y, 45, "\x01")), [("X32", "block", 18, 0), ("X40", "block", 18, 45)]),
    "X40 in a transaction": (batch(put(SUMMARY[0], 22, "é"), *SUMMARY[1:]), [("X40", "transaction", 3, 22)]),
    "X40 beyond the record": (batch(SUMMARY[0] + " " * 30 + "X"), [("X40", "transaction", 3, 81)]),
    "X42": (batch().replace(b"\n", b"")[:-5], [("X42", "batch", 19, 0)]),
}


@pytest.mark.parametrize("case", CASES)
def test_condition(case: str) -> None:
    data, expected = CASES[case]
    assert found(data) == expected


def test_sound_batches_have_no_fault() -> None:
    assert found(batch()) == []
    assert found(batch(b=PREPARED)) == []
    assert found(batch(a=put(A, 15, "      "), z=put(Z, 15, "      "))) == []


def test_the_case_of_envelope_codes_does_not_matter() -> None:
    assert found(batch(a=A.lower(), b=B.lower(), y=Y, z=Z)) == []
    parsed = read.parse([batch(a=A.lower())])
    assert parsed.batches.loc[0, ["sender", "application", "password"]].tolist() == ["ZZ9", "AE", "passwd"]


def test_an_outer_fault_hides_what_is_inside() -> None:
    data = batch(put(SUMMARY[0], 7, "X"), a=put(A, 6, "   "), y=put(Y, 8, "ZZ8"))
    assert {level for _, level, _, _ in found(data)} == {"batch"}


def test_neighbours_are_untouched() -> None:
    parsed = read.parse([batch() + batch(b="") + batch(), lines("10 stray") + batch(), b""])
    assert list(parsed.batches["rejected"]) == [False, True, False, True, False]
    assert list(parsed.batches["file"]) == [0, 0, 0, 1, 1]
    assert list(parsed.batches["occurrence"]) == [1, 2, 3, 1, 2]
    assert list(parsed.transactions["batch"]) == [0, 2, 4]
    assert all(len(t) % 3 == 0 for t in parsed.tables.values())


def test_records_after_the_end_are_a_batch_of_their_own() -> None:
    parsed = read.parse([batch() + lines(*SUMMARY[:3])])
    assert list(parsed.batches["row_a"]) == [0, -1]
    assert list(parsed.faults["code"]) == ["X01"]
    assert len(parsed.transactions) == 1


def test_other_applications_are_marked() -> None:
    parsed = read.parse([batch("J1", "J1\x07", a=put(A, 26, "EQ"), b=put(B, 11, "EQ"), y=put(Y, 11, "EQ"))])
    assert parsed.batches.loc[0, ["available", "rejected"]].tolist() == [False, False]
    assert not len(parsed.transactions)


def test_manifest_messages_use_the_fillers_of_their_trailers() -> None:
    qp = batch("10", a=put(A, 26, "QP"), b=put(B, 11, "QP"), y=put(Y, 11, "QP00001"), z=put(Z, 9, "PASSWD"))
    assert found(qp) == []
    assert found(batch(z=put(Z, 9, "PASSWD"))) == [("X39", "batch", 19, 9)]


def test_ten_thousand_blocks() -> None:
    block = lines(B, SUMMARY[0].replace("10A", "10D"), Y)
    parsed = read.parse([lines(A) + block * 10_000 + lines(Z)])
    assert not len(parsed.faults)
    assert len(parsed.blocks) == len(parsed.transactions) == 10_000
    assert parsed.blocks["occurrence"].iloc[-1] == 10_000
    assert (parsed.transactions["occurrence"] == 1).all()
