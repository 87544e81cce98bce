"""Small broken files, each with the codes it must be answered with."""

import numpy as np
import pandas as pd
import pytest

from parsers.x12 import judge, pyx12_driver, read
from parsers.x12.maps import tables
from tests.parsers.test_x12_maps import SAMPLES

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


def made(set_id, body, release="004050", repetition="^"):
    """An interchange of one set, with counts that are right."""
    t = tables.transaction(release, set_id)
    head = ISA.replace("*U*00401", f"*{repetition}*00501")
    group = f"GS*{t.functional_ids[0]}*SENDER*RECEIVER*20261126*0512*1*X*{release}~"
    return head + group + f"ST*{set_id}*0001~{body}SE*{body.count('~') + 2}*0001~" + END


#: What is done to a good set -> the faults, position, element, component and value of the first, and the set's verdict.
CONTENT = {
    "unknown segment": ("601", "BA1*Y", "QQQ*1~BA1*Y", ["segment 1 QQQ"], (2, 0, 0, "QQQ"), "R"),
    "segment of other sets": ("601", "BA1*Y", "BIG*1~BA1*Y", ["segment 6 BIG"], (2, 0, 0, "BIG"), "R"),
    "segment out of place": ("601", "BA1*Y", "P5*L*D*2304~BA1*Y", ["segment 7 P5"], (2, 0, 0, "P5"), "R"),
    "segment missing": ("810", "TDS*62500~", "", ["segment 3 TDS"], (20, 0, 0, ""), "R"),
    "segment too often": ("355", "K3*BILLS 1~", "K3*BILLS 1~K3*X~", ["segment 5 K3"], (15, 0, 0, "K3"), "R"),
    "loop too often": (
        "601",
        "L13*B*87",
        "BA1*N*C*10*MX*X*****ABCD~L13*B*87",
        ["segment 4 BA1", "segment 3 N1"],
        (20, 0, 0, "BA1"),
        "R",
    ),
    "element missing": ("810", "BIG*20260301", "BIG*", ["element 1 BIG01"], (2, 1, 0, ""), "R"),
    "conditional missing": ("810", "N1*SU*LIEFERANT GMBH*92*S1", "N1*SU*X*92", ["element 2 N104"], (5, 4, 0, ""), "R"),
    "conditional missing the other way": ("810", "*92*S1", "**S1", ["element 2 N103"], (5, 3, 0, ""), "R"),
    "too many elements": ("810", "CTT*2", "CTT*2******9*8", ["element 3 CTT08"], (21, 8, 0, "8"), "E"),
    "too short text": ("810", "N4*BREMEN", "N4*B", ["element 4 N401"], (7, 1, 0, "B"), "E"),
    "too short code": ("820", "ACH*", "AC*", ["element 4 BPR04"], (2, 4, 0, "AC"), "R"),
    "too long text": ("810", "*PO-77~CUR", "*" + "P" * 23 + "~CUR", ["element 5 BIG04"], (2, 4, 0, "P" * 23), "E"),
    "too long number": ("601", "*26518*", "*" + "1" * 19 + "*", ["element 5 L1306"], (18, 6, 0, "1" * 19), "R"),
    "control character": ("810", "WEG 1", "WEG\x071", ["element 6 N301"], (6, 1, 0, "WEG\x071"), "E"),
    "letters in a number": ("601", "*26518*", "*2X518*", ["element 6 L1306"], (18, 6, 0, "2X518"), "R"),
    "trailing blank": ("810", "WEG 1", "WEG 1 ", ["element 6 N301"], (6, 1, 0, "WEG 1 "), "E"),
    "wrong code": ("601", "BA1*Y*1", "BA1*Q*1", ["element 7 BA101"], (2, 1, 0, "Q"), "R"),
    "no day": ("810", "BIG*20260301", "BIG*20260230", ["element 8 BIG01"], (2, 1, 0, "20260230"), "R"),
    "no time": ("824", "*1200~N1", "*2561~N1", ["element 9 BGN04"], (2, 4, 0, "2561"), "R"),
    "too often repeated": ("810", "*BREMEN**", "*BREMEN^X**", ["element 12 N401"], (7, 1, 0, "X"), "E"),
    "too many components": ("997", "AK4*2*", "AK4*2:1:1:1*", ["element 13 AK401"], (5, 1, 4, "1"), "E"),
    "components in a plain element": ("810", "WEG 1", "WEG:1", ["element 6 N301"], (6, 1, 0, "WEG:1"), "E"),
}


@pytest.mark.parametrize("validator", ["pyx12", "compiled"])
@pytest.mark.parametrize("case", CONTENT)
def test_content(case, validator):
    set_id, old, new, expected, place, verdict = CONTENT[case]
    body = SAMPLES[set_id][1]
    assert old in body
    found, document = faults(made(set_id, body.replace(old, new, 1)), validator=validator)
    assert found == expected
    assert document.sets["status"].tolist() == [verdict]
    if place:
        first = document.faults.iloc[0]
        assert (first["position"], first["element"], first["component"], first["value"]) == place
        quoted = document.data[first["start"] : first["end"]].decode("latin-1")
        assert quoted == place[3] or first["level"] == "segment"
        assert first["expected"] or first["code"] in ("1", "6", "7")


def test_a_strict_partner_is_refused_for_any_fault():
    data = made("810", SAMPLES["810"][1].replace("WEG 1", "WEG 1 ")).encode()
    lenient, strict = (judge.judge(read.read(data), strict=strict) for strict in (False, True))
    assert (lenient.sets["status"][0], lenient.groups["status"][0], lenient.groups["accepted"][0]) == ("E", "E", 1)
    assert (strict.sets["status"][0], strict.groups["status"][0], strict.groups["accepted"][0]) == ("R", "R", 0)


def test_a_group_is_accepted_in_part():
    text = ISA + GS + SET + SET.replace("0001", "0002").replace("AK9*A", "AK9*Q") + "GE*2*1~IEA*1*000000001~"
    _, document = faults(text)
    assert document.sets["status"].tolist() == ["A", "R"]
    assert document.groups[["status", "accepted", "received"]].to_numpy().tolist() == [["P", 1, 2]]


@pytest.mark.parametrize("validator", ["compiled", "pyx12"])
def test_a_release_without_maps_is_read_by_those_agreed_with_its_sender(validator):
    """Of its own sender alone; faults are those of the release it is read by; its own release is told as sent."""
    old = WHOLE.replace("*X*004010", "*X*003040").replace("AK9*A*1*1*1", "AK9*A*1*1*1*x")
    other = old.replace("SENDER         ", "STRANGER       ").replace("000000001", "000000002")
    asked = []

    def agreed(qualifier, identifier):
        asked.append((qualifier, identifier))
        return {"003040": "004010"} if identifier == "SENDER" else {"003040": "004090"}

    places, document = faults(old + other, validator=validator, read_as=agreed)
    assert asked == [("ZZ", "SENDER"), ("ZZ", "STRANGER")]
    assert places == ["group 2 GS08", "element 7 AK905"], "004090 has no maps either"
    assert document.groups[["release", "read_as"]].values.tolist() == [["003040", "004010"], ["003040", "004090"]]
    assert document.sets["map"].tolist() == ["997.004010", ""]
    assert document.groups["status"].tolist() == ["E", "R"]
    words = document.faults["expected"][0]
    assert words.startswith("one of the releases 004010, 004050, 005010; ") and "read_as" in words
    same = read.read(old.replace("003040", "004010").encode(), validator=validator)
    pd.testing.assert_frame_equal(same.faults, document.faults.iloc[[1]].reset_index(drop=True))
    assert document.table("AK1").equals(same.table("AK1"))


def test_numbers_are_unique_in_their_envelope():
    twice = WHOLE.replace(END, "GE*1*1~" + GS + SET + SET + "GE*2*1~IEA*2*000000001~")
    assert faults(twice)[0] == ["group 19 GS06", "set 23 ST02"]


def test_several_interchanges_have_each_their_own_verdict():
    text = WHOLE + WHOLE.replace("IEA*1", "IEA*9").replace("*", "|") + WHOLE
    assert faults(text)[1].interchanges["code"].tolist() == ["A", "R", "A"]


def test_an_exception_inside_pyx12_is_a_fault_of_its_set(monkeypatch):
    def broken(*_):
        raise RecursionError("deep")

    monkeypatch.setattr(pyx12_driver, "_load", broken)
    found, document = faults(WHOLE, validator="pyx12")
    assert found == ["set 5 ST"] and document.sets["status"].tolist() == ["R"]
    assert document.faults["kind"].tolist() == ["unread"]


def test_pyx12_takes_no_longer_for_many_sets_than_for_few():
    """Its own reader compares the number of each set with all before."""
    body = "AK1*IN*1~AK9*A*1*1*1~"
    text = ISA + GS + "".join(f"ST*997*{n:04d}~{body}SE*4*{n:04d}~" for n in range(1500)) + "GE*1500*1~IEA*1*000000001~"
    found, document = faults(text, validator="pyx12")
    assert not found and document.groups["accepted"].tolist() == [1500]


def test_tables_hold_the_segments_of_good_sets():
    good, bad = SAMPLES["810"][1], SAMPLES["810"][1].replace("BIG*20260301", "BIG*")
    text = made("810", good).replace(END, f"ST*810*0002~{bad}SE*{bad.count('~') + 2}*0002~GE*2*1~IEA*1*000000001~")
    _, document = faults(text)
    items = document.table("IT1")
    assert items["set"].tolist() == [0, 0] and items["IT102"].tolist() == ["10", "5"]
    assert [*items.columns][:4] == ["segment", "set", "IT101", "IT102"] and "IT125" in items
    assert document.table("IT1", rejected=True)["set"].tolist() == [0, 0, 1, 1]
    assert not len(document.table("IT1", "850")) and not len(document.table("ZZZ"))


def test_within_finds_the_opener_of_the_loop_around():
    _, document = faults(made("810", SAMPLES["810"][1]))
    names = document.segments["id"]
    within = document.within(np.arange(len(names)), "IT1")
    inside = {(name, names[row]) for name, row in zip(names, within.tolist(), strict=True) if row >= 0}
    assert inside == {(name, "IT1") for name in ("IT1", "TXI", "PID", "MEA", "SLN", "N1")}
    items = document.rows("IT1").tolist()
    assert within[document.rows("PID")].tolist() == [items[0]] and within[document.rows("TDS")].tolist() == [-1]
    assert document.within(document.rows("N1"), "N1").tolist() == document.rows("N1").tolist()


def test_faults_of_others_are_judged_with_ours():
    document = read.read(WHOLE.encode())
    more = document.with_faults(pd.DataFrame({"level": ["interchange"], "interchange": [0], "code": ["025"]}))
    judged = judge.judge(more)
    assert judged.interchanges[["code", "note"]].to_numpy().tolist() == [["R", "025"]]
    assert judged.sets["status"].tolist() == ["R"] and not len(document.faults)
