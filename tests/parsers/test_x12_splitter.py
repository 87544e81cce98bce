"""Bytes to segments: delimiters of any kind, padding of any kind, several interchanges, and no byte lost."""

import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parsers.x12 import delimiters, read, splitter

ISA = "ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *261126*0512*U*00401*000000001*0*P*:~"
REST = "GS*SE*SENDER*RECEIVER*20261126*0512*1*X*004050~ST*601*0001~BA1*N*2*A~SE*3*0001~GE*1*1~IEA*1*000000001~"
WHOLE = (ISA + REST).encode()


def segments(data):
    """The text of every segment, of every interchange."""
    found = splitter.split(data)
    return [found.data[a:b].decode("latin-1") for a, b in zip(found.start, found.end, strict=True)]


def elements(data):
    found = splitter.split(data)
    return [
        [found.data[found.element_start[e] : found.element_end[e]].decode("latin-1") for e in range(f, f + n)]
        for f, n in zip(found.first, found.count, strict=True)
    ]


PLAIN = [*(ISA + REST).split("~")][:-1]


@pytest.mark.parametrize(
    "made",
    [
        WHOLE,
        WHOLE.replace(b"~", b"\x15"),
        WHOLE.replace(b"~", b"~\r\n"),
        WHOLE.replace(b"~", b"\n"),
        WHOLE.replace(b"~", b"\r\n"),
        WHOLE.replace(b"~", b"\r"),
        WHOLE.replace(b"~", b"~\n\n  "),
        b"\xef\xbb\xbf" + WHOLE,
        b"\xff\xfe" + WHOLE.decode().encode("utf-16-le"),
        WHOLE.decode().encode("utf-16-be"),
        WHOLE.decode().encode("cp037"),
        b"\r\n \t\x00" + WHOLE + b"\x1a\x00\r\n",
        b"\r\n".join(WHOLE[at : at + 80] for at in range(0, len(WHOLE), 80)),
        WHOLE[:-1],
    ],
    ids=[
        *("plain", "0x15", "crlf-behind", "lf", "crlf", "cr", "blank-lines", "bom", "utf16", "utf16-bare", "ebcdic"),
        *("padding", "records", "open"),
    ],
)
def test_the_same_segments_however_written(made):
    assert segments(made) == PLAIN
    assert elements(made) == [text.split("*")[1:] for text in PLAIN]


def test_several_interchanges_each_with_its_delimiters():
    other = WHOLE.replace(b"*", b"|").replace(b"~", b"\n").replace(b":", b">")
    found = splitter.split(WHOLE + b"\r\n" + other + WHOLE)
    assert [(cut.element, cut.segment, cut.component) for cut in found.delimiters] == [
        (42, 126, 58),
        (124, 10, 62),
        (42, 126, 58),
    ]
    assert found.segment_first.tolist() == [0, 7, 14] and found.segment_last.tolist() == [7, 14, 21]
    assert not len(found.found)


def test_empty_segments_are_told_and_passed_over():
    found = splitter.split(WHOLE.replace(b"BA1", b"~~BA1"))
    assert segments(WHOLE.replace(b"BA1", b"~~BA1")) == PLAIN
    assert found.found[["kind", "segment"]].to_numpy().tolist() == [["empty", 2]]


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (ISA.replace("SENDER         ", "SENDER"), (42, 126, 58)),
        (ISA.replace("SENDER         ", "SENDER         " * 2), (42, 126, 58)),
        (ISA.replace("*:~", "*~"), (42, 126, -1)),
        (ISA.replace("*:~", "~"), (42, 126, -1)),
        (ISA.replace("*:~", "*:~\r\n").replace("00401", "0401"), (42, 126, 58)),
        (ISA.replace("~", "\n").replace("00401", "0401"), (42, 10, 58)),
        ("ISA*00*~", (42, 126, -1)),
        (ISA.replace("*:~", "*~\n"), (42, 126, -1)),
        (ISA.replace("*:~", "*{}~"), (42, 126, 123)),
        (ISA.replace("*:~", "*> \r\n"), (42, 13, 62)),
    ],
)
def test_delimiters_of_a_header_of_wrong_length(header, expected):
    found = splitter.split(header.encode() + REST.replace("~", chr(expected[1]) + "\n").encode())
    cut = found.delimiters[0]
    assert (cut.element, cut.segment, cut.component) == expected and not cut.exact
    assert len(found.start) == 7


def test_data_that_looks_like_a_header_is_data():
    quoted = WHOLE.replace(b"BA1*N*2*A", b"MSG*SEE ISA|00|X FOR ISA AND ISAAC").replace(b"SENDER    ", b"ISA-AGENCY")
    found = splitter.split(quoted)
    assert len(found.delimiters) == 1 and len(found.start) == 7


def test_a_header_cuts_off_an_interchange_that_has_no_end():
    found = splitter.split(WHOLE[:130] + WHOLE)
    assert found.segment_last.tolist() == [2, 9]


def test_binary_data_is_one_element_whatever_it_holds():
    data = WHOLE.replace(b"BA1*N*2*A", b"BIN*11*a~b*c~ISA*~")
    assert elements(data)[3] == ["11", "a~b*c~ISA*~"]


def test_text_outside_interchanges_is_told():
    found = splitter.split(b"Dear sir,\n" + WHOLE + b"-- \nsignature\n" + WHOLE + b"bye")
    told = found.found
    assert told["kind"].tolist() == ["outside"] * 3
    assert [found.data[a:b] for a, b in zip(told["start"], told["end"], strict=True)] == [
        b"Dear sir,",
        b"-- \nsignature",
        b"bye",
    ]
    assert len(found.start) == 14


@pytest.mark.parametrize(
    "data", [b"", b"ISA", b"isa*", b"ISA*~", b"GS*X~ST*1~", b"\xff\xfe", b"\xef\xbb\xbf", WHOLE[:80]]
)
def test_scraps(data):
    read.read(data)


NASTY = st.sampled_from(
    [
        *(
            b"ISA*",
            b"ISA|",
            b"ISA",
            b"IEA*1*1~",
            b"~",
            b"*",
            b"~~",
            b"\r\n",
            b"\x15",
            b"BIN*9*",
            b"GS*SE~",
            b"ST*601*1~",
        ),
        *(b"SE*", b"\xef\xbb\xbf", b"\xff\xfe", b"\x00", b" " * 70, ISA.encode(), REST.encode()),
        *(WHOLE, WHOLE.replace(b"*", b"|"), WHOLE.replace(b"~", b"\n")),
    ]
)


@settings(max_examples=int(os.environ.get("TIDEWAITER_SOAK_X12", 50)), deadline=None)
@given(st.lists(NASTY | st.binary(max_size=30), max_size=12).map(b"".join))
def test_every_byte_is_accounted_for(data):
    """Each byte is part of a segment, a terminator or padding, or stands in a range of ``found``; segments rise and do
    not overlap; elements and separators make up each segment."""
    found = splitter.split(data)
    covered = bytearray(len(found.data))
    at = 0
    for row, (a, b) in enumerate(zip(found.start.tolist(), found.end.tolist(), strict=True)):
        assert at <= a <= b
        at = b
        cut = found.delimiters[found.interchange[row]]
        covered[a : b + 1] = b"\1" * len(covered[a : b + 1])
        first, count = found.first[row], found.count[row]
        parts = [
            found.data[s:e]
            for s, e in zip(
                found.element_start[first : first + count], found.element_end[first : first + count], strict=True
            )
        ]
        if count:
            name = found.data[a : found.element_start[first] - 1]
            assert bytes([cut.element]).join([name, *parts]) == found.data[a:b]
    for a, b in zip(found.found["start"].tolist(), found.found["end"].tolist(), strict=True):
        covered[a:b] = b"\1" * (b - a)
    left = bytes(byte for byte, told in zip(found.data, covered, strict=True) if not told)
    cuts = {cut.segment for cut in found.delimiters} & {10, 13}
    assert not left.strip(delimiters.PADDING + readable_mark() + bytes(cuts))


def readable_mark():
    return b"\xef\xbb\xbf"
