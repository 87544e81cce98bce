"""Odd files as strangers send them, small and made by hand: what is read of each, and how it is answered.

A file is told by what is odd about it. Expected are the verdict of each interchange (TA104 with TA105), of each set
(AK501), and every fault: level, code, segment and element. Each interchange has one answer; it is valid by pyx12's own
maps and read back without a fault.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from itertools import count

import pytest
import x12_oracle as oracle

from parsers import identify
from parsers.x12 import acknowledge, judge, read

ISA = "ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *261126*0512*U*00401*000000001*0*P*>~"
GS = "GS*IN*SENDER*RECEIVER*20261126*0512*1*X*004010~"
SET = "ST*810*0001~BIG*20260901*INV-1~N1*SU*SELLER~IT1*1*10*EA*1.5**VP*A1~TDS*1500~CTT*1~SE*7*0001~"
GE, IEA = "GE*1*1~", "IEA*1*000000001~"
WHOLE = ISA + GS + SET + GE + IEA
LATE = WHOLE.replace("*U*00401*", "*^*00501*").replace("004010", "005010")
A, E = "A 000", "E {}".format
R = "R {}".format


def changed(*pairs: str, text: str = WHOLE) -> str:
    """The good file with texts replaced by others, each of which must occur."""
    for old, new in zip(pairs[::2], pairs[1::2], strict=True):
        assert old in text, old
        text = text.replace(old, new)
    return text


def numbered(number: int, text: str = WHOLE) -> str:
    return text.replace("000000001", f"{number:09}")


#: What is odd -> the file, verdicts of its interchanges, of its sets, and its faults.
FILES: dict[str, tuple[str | bytes, list[str], str, list[str]]] = {
    # how segments end
    "an apostrophe ends segments": (WHOLE.replace("~", "'"), [A], "A", []),
    "a file separator ends segments": (WHOLE.replace("~", "\x1c"), [A], "A", []),
    "a byte that is no character ends segments": (WHOLE.replace("~", "\xff").encode("latin-1"), [A], "A", []),
    "lines without an end of the last": (WHOLE.replace("~", "\n")[:-1], [A], "A", []),
    "lines, three interchanges after each other": (
        "".join(numbered(n, WHOLE.replace(GS + SET + GE, "").replace("IEA*1", "IEA*0")) for n in (1, 2, 3)).replace(
            "~", "\r"
        ),
        [A, A, A],
        "",
        [],
    ),
    "a line end in the middle of an element": (changed("SELLER", "SEL\r\nLER"), [A], "E", ["element 6 N102"]),
    "a terminator in a name": (
        changed("SELLER", "SELL~ER"),
        [A],
        "R",
        ["set 4 SE01", "segment 1 ER"],
    ),
    "tabs between elements": (WHOLE.replace("*", "\t"), [A], "A", []),
    "a header with a separator too many at its end": (
        changed("*>~GS", "*>*~GS"),
        [R("022")],
        "R",
        ["interchange 022 ISA"],
    ),
    # headers
    "a header of small letters": (WHOLE.replace("ISA", "isa"), [E("022")], "A", ["interchange 022 ISA"]),
    "a header that is too long": (
        changed("SENDER         ", "SENDER" + " " * 14),
        [E("006")],
        "A",
        ["interchange 006 ISA06"],
    ),
    "names that end in a segment's": (
        changed("SENDER         ", "FREIGHTEST", "RECEIVER       ", "BIGS"),
        [E("006")],
        "A",
        ["interchange 006 ISA06", "interchange 008 ISA08"],
    ),
    "a header of fifteen elements": (
        changed("*00*          *ZZ*S", "*00*ZZ*S"),
        [R("022")],
        "R",
        ["interchange 022 ISA"],
    ),
    "components separated like elements": (changed("*>~", "**~"), [R("022")], "R", ["interchange 022 ISA"]),
    "no version": (changed("*00401*", "*     *"), [R("017")], "R", ["interchange 017 ISA12"]),
    "U in a late version": (changed("*^*", "*U*", text=LATE), [A], "A", []),
    "a negative number of the interchange": (
        changed("000000001", "-00000001"),
        [R("018")],
        "R",
        ["interchange 018 ISA13"],
    ),
    "names of blanks": (
        changed("SENDER         ", " " * 15, "RECEIVER       ", " " * 15),
        [R("006")],
        "R",
        ["interchange 006 ISA06", "interchange 008 ISA08"],
    ),
    "a name that is no ASCII": (
        changed("RECEIVER       ", "R\u00c9CEPTEUR      ").encode("latin-1"),
        [R("008")],
        "R",
        ["interchange 008 ISA08"],
    ),
    "elements separated by a letter": (WHOLE.replace("*", "X"), [R("026")], "R", ["interchange 026 ISA"]),
    "elements separated by a letter of their own": (
        WHOLE.replace("*", "E").replace("~", "~\n"),
        [R("026")],
        "R",
        ["interchange 026 ISA"],
    ),
    "elements separated by a letter that segment ids have": (
        WHOLE.replace("*", "S"),
        [R("026")],
        "",
        ["interchange 026 ISA"],
    ),
    "elements separated by a digit": (
        LATE.replace("*", "0").encode("utf-16"),
        [R("026")],
        "R",
        ["interchange 026 ISA"],
    ),
    "elements separated by a letter in the second of three, between other text": (
        WHOLE + "\nHELLO\n" + numbered(2, changed("*00401*", "*00199*")).replace("*", "A") + numbered(3),
        [E("022"), R("026"), A],
        "ARA",
        ["interchange 022", "interchange 026 ISA", "interchange 017 ISA12"],
    ),
    # envelopes
    "no IEA before the next ISA": (
        ISA + GS + SET + GE + numbered(2),
        [R("023"), A],
        "RA",
        ["interchange 023"],
    ),
    "no GS": (ISA + SET + GE + IEA, [R("021")], "", ["interchange 021 IEA01", "interchange 024"]),
    "a GE alone": (ISA + GE + IEA, [R("021")], "", ["interchange 021 IEA01", "interchange 024"]),
    "two IEA": (WHOLE + IEA, [E("022")], "A", ["interchange 022"]),
    "an SE twice": (changed("SE*7*0001~", "SE*7*0001~SE*7*0001~"), [A], "R", ["group 5"]),
    "an ST before the SE": (
        changed("SE*7*0001~", SET.replace("0001", "0002"), "GE*1", "GE*2"),
        [A],
        "RA",
        ["set 2"],
    ),
    "a group of seven elements": (changed("*1*X*004010", "*1*X"), [A], "R", ["group 2 GS08"]),
    "codes of one character, filled up": (changed("SENDER*RECEIVER*2026", "S *R *2026"), [A], "A", []),
    "a group of a release from long ago": (changed("004010", "003070"), [A], "R", ["group 2 GS08"]),
    "a set of which nothing is said": (changed("ST*810*0001~", "ST~"), [A], "R", ["set 6 ST01", "set 7 ST02"]),
    "one broken of three": (
        WHOLE + numbered(2, changed("GE*1*1", "GE*9*1")) + numbered(3),
        [A, A, A],
        "ARA",
        ["group 5 GE01"],
    ),
    "what may stand between interchange and groups": (
        changed("*>~", "*>~ISB*1*0*0~ISE*1*1~TA3*ZZ*A*ZZ*B*261126*0512~"),
        [A],
        "A",
        [],
    ),
    "no ST03 in a late release": (LATE, [A], "A", []),
    "an ST03 in an early release": (changed("ST*810*0001", "ST*810*0001*004010X348"), [A], "A", []),
    # segments
    "binary data of the length said": (
        changed("CTT*1~", "BIN*9*~ISA*00*~~CTT*1~", "SE*7", "SE*8"),
        [A],
        "R",
        ["segment 1 BIN"],
    ),
    "binary data shorter than said": (
        changed("CTT*1~", "BIN*99*AB~CTT*1~", "SE*7", "SE*8"),
        [A],
        "R",
        ["segment 1 BIN"],
    ),
    "trailing separators": (changed("N1*SU*SELLER~", "N1*SU*SELLER**~"), [A], "A", []),
    "separators beyond the last element": (changed("CTT*1~", "CTT*1*******~"), [A], "E", ["element 3 CTT08"]),
    "a segment of separators alone": (changed("CTT*1~", "****~CTT*1~"), [A], "R", ["set 4 SE01", "segment 1"]),
    "blanks before segments": (WHOLE.replace("~", "~\r\n    "), [A], "A", []),
    "a segment in another's place": (changed("TDS*1500~CTT*1~", "CTT*1~TDS*1500~"), [A], "R", ["segment 7 TDS"]),
    "a segment in small letters": (changed("TDS*", "tds*"), [A], "E", ["segment 1 TDS"]),
    "a trailer in small letters": (changed("IEA*", "iea*"), [E("022")], "A", ["interchange 022 IEA"]),
    "an id that is none": (changed("CTT*1~", "{ctt}*1~"), [A], "R", ["segment 1 {CTT}"]),
    # elements
    "a NUL in a name": (changed("SELLER", "SEL\0LER"), [A], "E", ["element 6 N102"]),
    "a name of two bytes a letter": (changed("SELLER", "K\u00d6NIG").encode(), [A], "A", []),
    "a name of one byte a letter": (changed("SELLER", "K\u00d6NIG & S\u00d6HNE"), [A], "A", []),
    "a name in Greek": (changed("SELLER", "\u039a\u03a9").encode(), [A], "E", ["element 6 N102"]),
    "an accent in a number": (changed("TDS*1500", "TDS*15\u00e90"), [A], "R", ["element 6 TDS01"]),
    "a name of a hundred thousand letters": (changed("SELLER", "S" * 100_000), [A], "E", ["element 5 N102"]),
    "a name repeated": (changed("SELLER", "SELLER^KELLER", text=LATE), [A], "E", ["element 12 N102"]),
    "a month of 13": (changed("BIG*20260901", "BIG*20261332"), [A], "R", ["element 8 BIG01"]),
    "a date of six digits": (changed("BIG*20260901", "BIG*260901"), [A], "R", ["element 4 BIG01"]),
    "a date of nine": (changed("BIG*20260901", "BIG*202609011"), [A], "R", ["element 5 BIG01"]),
    "a price below zero": (changed("*EA*1.5*", "*EA*-1.5*"), [A], "A", []),
    "a price with an exponent": (changed("*EA*1.5*", "*EA*1.5E1*"), [A], "R", ["element 6 IT104"]),
    "a price with a comma": (changed("*EA*1.5*", "*EA*1,5*"), [A], "R", ["element 6 IT104"]),
    "a price with a plus": (changed("*EA*1.5*", "*EA*+1.5*"), [A], "R", ["element 6 IT104"]),
    "a point in an amount of cents": (changed("TDS*1500", "TDS*15.00"), [A], "R", ["element 6 TDS01"]),
    "an amount behind a blank": (changed("TDS*1500", "TDS* 1500"), [A], "R", ["element 6 TDS01"]),
    # around it
    "a mail around it": (
        "From: broker\r\nSubject: invoice\r\n\r\n" + WHOLE + "\r\n-- \r\nRegards\r\n",
        [E("022")],
        "A",
        ["interchange 022"] * 2,
    ),
    "in the middle of a line": ("payload=" + WHOLE, [E("022")], "A", ["interchange 022"]),
    "EBCDIC with its own line ends": (WHOLE.replace("~", "\x85").encode("cp037"), [A], "A", []),
    "UTF-16 in lines": (WHOLE.replace("~", "~\r\n").encode("utf-16"), [A], "A", []),
    "ended like a paper tape": (WHOLE + "\x1a" + "\0" * 100, [A], "A", []),
}


def told(document: read.Document) -> list[str]:
    return [
        f"{level} {code} {name}{element:02}" if element else f"{level} {code} {name}".strip()
        for level, code, name, element in document.faults[["level", "code", "segment_id", "element"]].itertuples(
            index=False, name=None
        )
    ]


@pytest.mark.parametrize("name", FILES)
def test_an_odd_file(name: str) -> None:
    text, interchanges, sets, faults = FILES[name]
    data = text if isinstance(text, bytes) else text.encode("latin-1")
    document = judge.judge(read.read(data))
    assert identify.identify(data) == "x12"
    assert told(document) == faults
    verdicts = document.interchanges[["code", "note"]].agg(" ".join, axis=1).tolist()
    assert (verdicts, "".join(document.sets["status"])) == (interchanges, sets)
    nothing_said = document.faults[(document.faults["expected"] == "") & (document.faults["code"] != "6")]
    assert not len(nothing_said), nothing_said.to_string()
    answered(document)


def answered(document: read.Document) -> None:
    """Each interchange once, validly, and in a way that we could read."""
    numbers = count(1)
    how = acknowledge.How(at=datetime(2026, 11, 26, tzinfo=UTC), numbers=lambda *_: next(numbers))
    replies = acknowledge.acknowledge(document, how)
    assert [reply.interchange for reply in replies] == list(range(len(document.interchanges)))
    for reply in replies:
        if reply.kind != "ta1":
            assert oracle.faults(reply.body) == []
    back = judge.judge(read.read(b"".join(reply.body for reply in replies)))
    assert len(back.interchanges) == len(replies)
    assert set(told(back)) <= {"group 2 GS08"}, "an answer in a release that we have no map of"


NO_X12 = {
    "a separator that is a letter, and letters for the date": changed("*261126*", "*26NO26*")
    .replace("*", "X")
    .encode(),
    "a separator that is a letter, and a name that is too long": changed("SENDER ", "SENDER  ")
    .replace("*", "X")
    .encode(),
    "a separator that is a letter, and nothing behind ISA16": ISA[:105].replace("*", "X").encode(),
    "elements in columns": WHOLE.replace("*", " ").encode(),
    "nothing": b"",
    "blanks": b" \r\n\t" * 1000,
    "EDIFACT": b"UNA:+.? 'UNB+UNOA:2+SENDER+RECEIVER+261126:0512+1'UNH+1+INVOIC:D:96A:UN'UNT+2+1'UNZ+1+1'",
    "XML": b'<?xml version="1.0"?><Interchange><ISA>00</ISA></Interchange>',
    "a zip archive": b"PK\x03\x04\x14\x00\x00\x00\x08\x00" + bytes(range(256)) * 4,
    "a group without a header": (GS + SET + GE).encode(),
    "blanks before every separator of the header": (re.sub(" *\\*", " *", ISA) + GS + SET + GE + IEA).encode(),
    "a set without an envelope": b"\xef\xbb\xbf" + SET.replace("~", "~\n").encode(),
    "a word that begins alike": b"ISABELLA SENT THIS IN THE MORNING\r\n",
}


@pytest.mark.parametrize("name", NO_X12)
def test_what_is_no_x12_holds_nothing(name: str) -> None:
    data = NO_X12[name]
    assert identify.identify(data) != "x12"
    document = judge.judge(read.read(data))
    assert not len(document.interchanges) and not len(document.sets)


@pytest.mark.parametrize(("separator", "kind"), [("T", "letter"), ("1", "digit")])
def test_a_letter_that_separates_elements_is_told_by_name_and_place(separator: str, kind: str) -> None:
    lines = (WHOLE + numbered(2)).replace("*", separator).replace("~", "~\n")
    document = judge.judge(read.read(("\n" + lines).encode()))
    assert document.interchanges[["sender", "receiver"]].to_numpy().tolist() == [["SENDER", "RECEIVER"]] * 2
    fault = document.faults.iloc[1]
    assert (fault["value"], fault["expected"]) == (separator, f"a sign such as *, not the {kind} {separator}")
    segment = document.segments.iloc[fault["segment"]]
    assert (segment["line"], segment["column"]) == (2 + WHOLE.count("~"), 1)
    assert (fault["start"] - segment["start"], fault["end"] - segment["start"]) == (3, 4)


def test_a_set_of_as_many_segments_as_there_may_be() -> None:
    lines = 99_999 - 7
    text = changed("TDS*1500~", "IT1*1*10*EA*1.5**VP*A1~" * lines + "TDS*1500~", "SE*7*", f"SE*{lines + 7}*")
    document = judge.judge(read.read(text.encode()))
    assert told(document) == [] and document.sets["status"].tolist() == ["A"]
    assert document.segments["position"].max() == 99_999
