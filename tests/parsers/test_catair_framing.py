"""Every way to separate records gives the same records; what is wrong with the bytes is told with its place."""

import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.catair import framing, read
from tests.parsers.catair_files import SUMMARY, batch, lines

FRAMINGS = {
    "CRLF": lambda d: d.replace(b"\n", b"\r\n"),
    "CR": lambda d: d.replace(b"\n", b"\r"),
    "unbroken": lambda d: d.replace(b"\n", b""),
    "trimmed": lambda d: b"\n".join(line.rstrip() for line in d.split(b"\n")),
    "trimmed CRLF": lambda d: b"\r\n".join(line.rstrip() for line in d.split(b"\n")),
    "no final newline": lambda d: d[:-1],
    "blank lines": lambda d: b"\n\n" + d.replace(b"\n", b"\n  \n\n"),
    "blank records": lambda d: d.replace(b"\n", b"\n" + b" " * 80 + b"\n"),
    "blanks beyond column 80": lambda d: d.replace(b"\n", b"   \n"),
    "0x1A": lambda d: d + b"\x1a",
    "NULs": lambda d: d + b"\x00" * 500,
    "unbroken, padded with NULs": lambda d: d.replace(b"\n", b"") + b"\x00" * 11,
    "byte order mark": lambda d: b"\xef\xbb\xbf" + d,
    "lower case": lambda d: d[:162] + d[162:].lower(),
}


@pytest.mark.parametrize("name", FRAMINGS)
@pytest.mark.parametrize("copies", [1, 2])
def test_every_framing_says_the_same(name: str, copies: int) -> None:
    data = batch(*SUMMARY, *SUMMARY) * copies
    plain, other = read.parse([data]), read.parse([FRAMINGS[name](data)])
    assert len(plain.transactions) == 2 * copies
    assert not len(other.faults)
    assert np.array_equal(plain.frames.record, other.frames.record)
    if name != "lower case":
        assert np.array_equal(plain.frames.text, other.frames.text)
    assert plain.tables.keys() == other.tables.keys()
    for record, table in plain.tables.items():
        assert table.equals(other.tables[record]), record
    as_sent = ["user_text", "password"]
    assert plain.batches.drop(columns=as_sent).equals(other.batches.drop(columns=as_sent))


def test_lines_are_numbered_as_in_the_file() -> None:
    frames = framing.frame([b"\n\nA\n\n" + b"B" + b" " * 79 + b"10" + b" " * 78 + b"\nY"])
    assert list(frames.line_no) == [3, 5, 5, 6]
    assert list(frames.record) == [1, 2, 3, 4]
    assert list(frames.id) == [b"A", b"B", b"10", b"Y"]


def test_files_of_a_shard_stay_apart() -> None:
    frames = framing.frame([b"", b"A\nB\n", b"\n", b"Y"])
    assert list(frames.file) == [1, 1, 3]
    assert list(frames.record) == [1, 2, 1]
    assert frames.files == 4


@pytest.mark.parametrize(
    ("data", "faults"),
    [
        (lines("A", "10" + " " * 30 + "\x07"), [(1, 33, "X40")]),
        (lines("A", "10\tA\t"), [(1, 3, "X40")]),
        (lines("A", "10é"), [(1, 3, "X40")]),
        (lines("A", "44PRICE 5¢"), []),
        ("A\n44PRICE 5¢\n".encode(), []),
        (b"A\n10\rA\n", [(1, 3, "X40")]),
        (lines("A", "10" + "A" * 80, "90"), [(1, 81, "X40")]),
        (lines("A", "10" + " " * 90, "90"), []),
        (b"A" + b" " * 79 + b"B" + b" " * 79 + b"Z12", [(2, 0, "X42")]),
        (b"A" + b" " * 79 + b"B" + b" " * 79 + b"Z12\n", [(2, 0, "X42")]),
        (b"A2704\n", []),
    ],
)
def test_bad_bytes_are_placed(data: bytes, faults: list[tuple[int, int, str]]) -> None:
    found = framing.frame([data]).faults
    assert list(found.itertuples(index=False, name=None)) == faults


def test_envelope_keeps_its_case_and_transactions_do_not() -> None:
    frames = framing.frame([lines("a2704zz9", "B Block text", "10azz9", "se13 someone")])
    assert list(frames.id) == [b"A", b"B", b"10", b"SE13"]
    assert frames.cut(0, 1, 8) == "a2704zz9"
    assert frames.cut(1, 3, 12) == "Block text"
    assert frames.cut(2, 1, 6) == "10AZZ9"
    assert frames.cut(3, 1, 12) == "SE13 SOMEONE"


def test_unknown_ids() -> None:
    frames = framing.frame([lines("QX", "SE14", "SE99", "PG61", "PG60", "CW01", "CW02", "1", "9 ", "OI", "E1")])
    assert [i.decode() for i in frames.id] == ["", "", "", "", "PG60", "", "CW02", "", "", "OI", ""]
    assert list(framing.KINDS).count("10") == 1


@given(st.binary(max_size=400), st.integers(1, 3))
def test_no_visible_byte_is_lost(data: bytes, copies: int) -> None:
    frames = framing.frame([data] * copies)
    visible = [b for b in data.removeprefix(b"\xef\xbb\xbf") if 0x21 <= b <= 0x7E]
    shown = frames.text[(frames.text >= 0x21) & (frames.text <= 0x7E)]
    beyond = (frames.faults["column"] == 81).any()
    assert beyond or bytes(visible).upper() * copies == bytes(shown).upper()


def test_a_long_line_is_frames_at_a_price_that_grows_with_it() -> None:
    one = batch(*SUMMARY * 40).replace(b"\n", b"")
    sizes = [one * 20, one * 200]  # 1 and 10 MB
    taken = []
    for data in sizes:
        start = time.perf_counter()
        frames = framing.frame([data])
        taken.append(time.perf_counter() - start)
        assert len(frames) == len(data) // 80
    assert taken[1] < 100 * max(taken[0], 0.001)
    damaged = sizes[1][:1000] + b"\n" + sizes[1][1000:]
    assert len(framing.frame([damaged])) >= len(damaged) // 80
