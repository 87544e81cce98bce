"""Writing: what we send can be read, and nothing that we quote breaks it."""

from __future__ import annotations

from datetime import datetime

import pytest
import x12_oracle as oracle
from hypothesis import given
from hypothesis import strategies as st

from parsers.x12.splitter import split
from parsers.x12.write import Group, Header, Repeated, Separators, Set, interchange, write

ODD = Separators("|", ">", "!", "\x15", "")
HEADER = Header("01", "US", "ZZ", "THEM", datetime(2026, 8, 20, 7, 5), 12)


def test_segments():
    lines = [
        ["N1", "ST", "", ["A", "", "B"], "", ""],
        ["REF"],
        ["CAS", Repeated(["1", ["2", "3", ""], ""]), "x"],
        [],
        [""],
    ]
    assert write(lines) == b"N1*ST**A::B~\nREF~\nCAS*1^2:3*x~\n"
    assert write(lines, ODD) == b"N1|ST||A>>B\x15REF\x15CAS|1!2>3|x\x15"


def test_an_interchange_counts_and_numbers_itself():
    bodies = [[["BIG", "20260820"], ["", "left out"]], []]
    groups = [Group("IN", "A1", "B1", 3, "004010", [Set("810", n, body) for n, body in enumerate(bodies, 1)])]
    groups.append(Group("FA", "A1", "B1", 4, "005010X231A1", [Set("999", 10_000, [["AK9"]], "005010X231A1")]))
    told = interchange(HEADER, groups, notes=[["TA1", "1"]])
    assert told.decode().splitlines() == [
        "ISA*00*          *00*          *01*US             *ZZ*THEM           *260820*0705*U*00401*000000012*0*P*:~",
        *("TA1*1~", "GS*IN*A1*B1*20260820*0705*3*X*004010~"),
        *("ST*810*0001~", "BIG*20260820~", "SE*3*0001~", "ST*810*0002~", "SE*2*0002~", "GE*2*3~"),
        *("GS*FA*A1*B1*20260820*0705*4*X*005010X231A1~", "ST*999*10000*005010X231A1~", "AK9~", "SE*3*10000~"),
        *("GE*1*4~", "IEA*2*000000012~"),
    ]


@pytest.mark.parametrize(("version", "eleventh"), [("00401", "U"), ("00402", "^"), ("00501", "^"), ("00200", "U")])
def test_isa_has_fixed_widths_whatever_it_holds(version, eleventh):
    header = Header("", "x" * 30, "LONG", "a*b~c\n", datetime(2026, 1, 2), 10**9 + 7, version, "T", True)
    told = interchange(header)
    assert len(told.splitlines()[0]) == 106
    assert told.decode().split("*")[5:] == [
        *("ZZ", "x" * 15, "LO", "a?b?c?         ", "260102", "0000", eleventh, version, "000000007", "1", "T"),
        *(":~\nIEA", "0", "000000007~\n"),
    ]


def test_what_would_break_the_envelope_is_replaced():
    assert write([["NTE", "a*b:c^d~e\x00f\r\ng\x7fh\xe9i\u20ac`"]]) == b"NTE*a?b?c?d?e?f??g?h?i??~\n"
    question = Separators(component="?")
    assert write([["NTE", "a?b*"]], question) == b"NTE*a.b.~\n"
    assert write([["NTE", "a?b*"]], Separators("?", ".", "-", "~", "")) == b"NTE?aXb*~"


@pytest.mark.parametrize("wrong", ["", "**", "A", "7", " ", "\u20ac", "~"])
def test_separators_that_can_not_be(wrong):
    with pytest.raises(ValueError, match="separator"):
        Separators(wrong)
    with pytest.raises(ValueError, match="line end"):
        Separators(newline="x")


CLEAN = st.text(st.characters(min_codepoint=32, max_codepoint=126, exclude_characters="*:^~|>!`"), max_size=6)
SEGMENTS = st.lists(
    st.tuples(st.sampled_from(["N1", "BIG", "TA1", "K9"]), st.lists(CLEAN, max_size=5)).map(lambda it: [it[0], *it[1]]),
    max_size=6,
)


def without_ends(segment: list[str]) -> list[str]:
    while segment and not segment[-1]:
        segment = segment[:-1]
    return segment


def cut(data: bytes) -> list[list[str]]:
    """The segments that the reader finds, elements as text."""
    found = split(data)
    ends = zip(found.element_start.tolist(), found.element_end.tolist(), strict=True)
    texts = [found.data[start:end].decode("latin-1") for start, end in ends]
    heads = [found.data[start : start + 3].decode("latin-1") for start in found.start.tolist()]
    return [
        [head.rstrip("*|~\x15\n"), *texts[first : first + count]]
        for head, first, count in zip(heads, found.first.tolist(), found.count.tolist(), strict=True)
    ]


@given(SEGMENTS, st.sampled_from([Separators(), ODD]))
def test_what_is_written_is_read(segments, separators):
    told = interchange(HEADER, [Group("IN", "A1", "B1", 3, "004010", [Set("810", 1, segments)])], separators)
    assert cut(told)[3:-3] == [without_ends(it) for it in segments]
    assert oracle.segments(told) == cut(told)


@given(st.lists(st.lists(st.text(), min_size=1, max_size=4), max_size=6), st.sampled_from([Separators(), ODD]))
def test_no_text_breaks_the_envelope(segments, separators):
    told = interchange(HEADER, [Group("IN", "A1", "B1", 3, "004010", [Set("810", 1, segments)])], separators)
    kept = [it for it in segments if it[0]]
    found = oracle.segments(told)
    assert [len(it) for it in found[3:-3]] == [len(without_ends(it)) for it in kept]
    assert found[-3] == ["SE", str(len(kept) + 2), "0001"]
