"""Small broken files, each with the codes it must be answered with."""

import pytest

from parsers.x12 import judge, read

ISA = "ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *261126*0512*U*00401*000000001*0*P*:~"
GS = "GS*FA*SENDER*RECEIVER*20261126*0512*1*X*004010~"
SET = "ST*997*0001~AK1*IN*1~AK9*A*1*1*1~SE*4*0001~"
END = "GE*1*1~IEA*1*000000001~"
WHOLE = ISA + GS + SET + END


def faults(text, **how):
    data = text.encode("latin-1") if isinstance(text, str) else text
    document = judge.judge(read.read(data, **how))
    found = document.faults
    places = [
        f"{level} {code}" + (f" {name}{element:02d}" if element else f" {name}" if name else "")
        for level, code, name, element in zip(
            found["level"], found["code"], found["segment_id"], found["element"], strict=True
        )
    ]
    return places, document


ENVELOPE = {
    "a good file": (WHOLE, [], "A", "A", "A"),
    "no terminator at the end": (WHOLE[:-1], ["interchange 023"], "E", "A", "A"),
    "text before and behind": ("Hello\n" + WHOLE + "Bye", ["interchange 022"] * 2, "E", "A", "A"),
    "an empty segment in a set": (WHOLE.replace("~AK9", "~~AK9"), ["set 5"], "A", "E", "E"),
    "an empty segment elsewhere": (WHOLE.replace("~GE", "~~GE"), ["interchange 022"], "E", "A", "A"),
    "IEA02 differs": (WHOLE[:-2] + "2~", ["interchange 001 IEA02"], "R", "R", "R"),
    "IEA02 without zeros": (WHOLE.replace("IEA*1*000000001", "IEA*1*1"), [], "A", "A", "A"),
    "sender short": (WHOLE.replace("SENDER         ", "SENDER"), ["interchange 006 ISA06"], "E", "A", "A"),
    "sender blank": (WHOLE.replace("SENDER         ", " " * 15), ["interchange 006 ISA06"], "R", "R", "R"),
    "qualifiers": (WHOLE.replace("*ZZ*", "*QQ*"), ["interchange 005 ISA05", "interchange 007 ISA07"], "E", "A", "A"),
    "authorization": (WHOLE.replace("ISA*00", "ISA*99"), ["interchange 010 ISA01"], "E", "A", "A"),
    "date": (WHOLE.replace("*261126*", "*260230*"), ["interchange 014 ISA09"], "E", "A", "A"),
    "time": (WHOLE.replace("*0512*U", "*2460*U"), ["interchange 015 ISA10"], "E", "A", "A"),
    "standard": (WHOLE.replace("*U*", "*^*"), ["interchange 016 ISA11"], "E", "A", "A"),
    "version unknown": (WHOLE.replace("*00401*", "*0A401*"), ["interchange 017 ISA12"], "R", "R", "R"),
    "version old": (WHOLE.replace("*00401*", "*00200*"), [], "A", "A", "A"),
    "version new": (WHOLE.replace("*U*00401", "*^*00602"), [], "A", "A", "A"),
    "control number": (
        WHOLE.replace("000000001*0", "00000000A*0"),
        ["interchange 018 ISA13", "interchange 001 IEA02"],
        "R",
        "R",
        "R",
    ),
    "acknowledgment": (WHOLE.replace("*0*P*", "*7*P*"), ["interchange 019 ISA14"], "E", "A", "A"),
    "usage": (WHOLE.replace("*0*P*", "*0*X*"), ["interchange 020 ISA15"], "R", "R", "R"),
    "number of groups": (WHOLE.replace("IEA*1", "IEA*2"), ["interchange 021 IEA01"], "R", "R", "R"),
    "number of groups is none": (WHOLE.replace("IEA*1", "IEA*x"), ["interchange 021 IEA01"], "R", "R", "R"),
    "no IEA": (WHOLE[: WHOLE.index("IEA")], ["interchange 023"], "R", "R", "R"),
    "only a header": (ISA, ["interchange 023"], "R", None, None),
    "component separator": (WHOLE.replace("*:~", "*A~"), ["interchange 027 ISA16"], "E", "A", "A"),
    "segment outside": (WHOLE.replace("GE*1", "ZZZ*1~GE*1"), ["interchange 024"], "E", "A", "A"),
    "set outside": (WHOLE.replace("GE*1*1~", "GE*1*1~" + SET), ["interchange 024"], "R", "R", "R"),
    "group date": (WHOLE.replace("20261126", "20261326"), ["interchange 024 GS04"], "E", "A", "A"),
    "group unknown": (WHOLE.replace("GS*FA", "GS*QO"), ["group 1 GS01"], "A", "R", "R"),
    "release unknown": (WHOLE.replace("004010", "009999"), ["group 2 GS08"], "A", "R", "R"),
    "no GE": (WHOLE.replace("GE*1*1~", ""), ["group 3"], "A", "R", "R"),
    "GE02 differs": (WHOLE.replace("GE*1*1", "GE*1*2"), ["group 4 GE02"], "A", "R", "R"),
    "number of sets": (WHOLE.replace("GE*1*1", "GE*3*1"), ["group 5 GE01"], "A", "R", "R"),
    "number of sets is none": (WHOLE.replace("GE*1*1", "GE*one*1"), ["group 5 GE01"], "A", "R", "R"),
    "group number": (
        WHOLE.replace("0512*1*X", "0512*N1*X").replace("GE*1*1", "GE*1*N1"),
        ["group 6 GS06"],
        "A",
        "R",
        "R",
    ),
    "set unknown": (WHOLE.replace("ST*997", "ST*850"), ["set 1 ST01"], "A", "R", "R"),
    "set not of the group": (WHOLE.replace("ST*997", "ST*810"), ["set 18 ST01"], "A", "R", "R"),
    "set without name": (WHOLE.replace("ST*997", "ST*"), ["set 6 ST01"], "A", "R", "R"),
    "set without number": (
        WHOLE.replace("ST*997*0001", "ST*997").replace("SE*4*0001", "SE*4"),
        ["set 7 ST02"],
        "A",
        "R",
        "R",
    ),
    "set number short": (
        WHOLE.replace("0001~AK", "1~AK").replace("SE*4*0001", "SE*4*1"),
        ["set 7 ST02"],
        "A",
        "E",
        "E",
    ),
    "no SE": (WHOLE.replace("SE*4*0001~", ""), ["set 2"], "A", "R", "R"),
    "SE02 differs": (WHOLE.replace("SE*4*0001", "SE*4*0002"), ["set 3 SE02"], "A", "R", "R"),
    "number of segments": (WHOLE.replace("SE*4", "SE*5"), ["set 4 SE01"], "A", "R", "R"),
    "number of segments is none": (WHOLE.replace("SE*4", "SE*four"), ["set 4 SE01"], "A", "R", "R"),
    "answers only": (ISA + "TA1*000000007*261126*0512*A*000~IEA*1*000000001~", [], "A", None, None),
    "small letters": (WHOLE.replace("AK9*", "ak9*"), ["segment 1 AK9"], "A", "E", "E"),
}


@pytest.mark.parametrize("case", ENVELOPE)
def test_envelope(case):
    text, expected, code, group, of_set = ENVELOPE[case]
    found, document = faults(text)
    assert found == expected
    assert document.interchanges["code"].tolist() == [code]
    assert document.interchanges["note"][0] == (expected[0].split()[1] if code != "A" else "000")
    assert document.groups["status"].tolist() == ([group] if group else [])
    assert document.sets["status"].tolist() == ([of_set] if of_set else [])
