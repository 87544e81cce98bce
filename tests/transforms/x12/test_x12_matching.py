"""What a partner says of our messages, read from its sets."""

from __future__ import annotations

import pytest

from parsers.x12 import judge, read
from tests.system.x12_files import interchange
from transforms.x12 import matching


def spoken(*sets: tuple[str, str], **more) -> list[tuple]:
    found = matching.statements(judge.judge(read.read(interchange(*sets, **more))))
    return [(it.level, it.code, it.codes, it.functional_id, it.group_number, it.set_id, it.set_number) for it in found]


def test_an_advice_speaks_of_sets_and_groups_each_with_its_own_errors():
    advice = (
        "BGN*11*A*20260915\nOTI*TR*6D*S1*****7*0001*820\nTED*007*WHAT\nTED*012*MORE\nTED*007*AGAIN\n"
        "OTI*TA*6D*S2*****7*0002*820\nOTI*GR*TN*7*****8\nTED*848*GROUP\nOTI*IR*TN*9*****7*0001*820\nTED*1*ITEM"
    )
    assert spoken(("824", advice)) == [
        ("set", "TR", "007 012", "", 7, "820", 1),
        ("set", "TA", "", "", 7, "820", 2),
        ("group", "GR", "848", "", 8, "", -1),
    ], "an item is no message"


def test_an_advice_without_numbers_speaks_of_nothing_that_was_sent():
    ((level, code, _, _, group, _, number),) = spoken(("824", "BGN*11*A*20260915\nOTI*TE*6D*S1"))
    assert (level, code, group, number) == ("set", "TE", -1, -1)


def test_a_rejected_advice_says_nothing():
    assert spoken(("824", "OTI*TR*6D*S1*****7*0001*820")) == [], "its BGN is missing"


OF = "AK1*RA*7*005010\n"
#: Of 999s that partners send of a group of ours with one payment advice, or two: the segments between ST and SE.
IMPLEMENTATION = {
    "accepted": (OF + "AK2*820*0001*005010\nIK5*A\nAK9*A*1*1*1", [("A", "")], ("A", "")),
    "accepted with errors": (
        OF + "AK2*820*0001\nIK3*N1*9**8\nCTX*TRN02>S1\nIK4*2*93*6*?\nIK5*E*5\nAK9*E*1*1*1",
        [("E", "5")],
        ("E", ""),
    ),
    "rejected, each error with its contexts": (
        OF + "AK2*820*0001\nIK3*RMR*12*ENT*8\nCTX*ENT01>1\nIK4*2*127*I12*X\nCTX*SITUATIONAL TRIGGER*RMR*12*ENT*1*128\n"
        "IK4*4>1*782*10\nCTX*SITUATIONAL TRIGGER*RMR*12**4>1>1\nIK3*ADX*13*ENT*I6\nIK5*R*I5*5\nAK9*R*1*1*0",
        [("R", "I5 5")],
        ("R", ""),
    ),
    "partly accepted": (
        OF + "AK2*820*0001\nIK5*A\nAK2*820*0002\nIK3*BPR*2**8\nIK4*16*373*8*20261301\nIK5*R*I5\nAK9*P*2*2*1",
        [("A", ""), ("R", "I5")],
        ("P", ""),
    ),
    "of the group alone": (OF + "AK9*R*2*1*0*4*5", [], ("R", "4 5")),
}


@pytest.mark.parametrize("validator", ["compiled", "pyx12"])
@pytest.mark.parametrize("name", IMPLEMENTATION)
def test_what_a_999_says_of_sets_and_groups(name, validator):
    body, sets, group = IMPLEMENTATION[name]
    data = interchange(("999", body), release="005010X231A1")
    document = judge.judge(read.read(data, validator=validator), strict=True)
    assert document.faults[["segment_id", "element", "code", "value"]].values.tolist() == [], "also from the strictest"
    assert [(it.level, it.code, it.codes, it.set_number) for it in matching.statements(document)] == [
        *(("set", *said, number) for number, said in enumerate(sets, 1)),
        ("group", *group, -1),
    ]
    assert {(it.functional_id, it.group_number) for it in matching.statements(document)} == {("RA", 7)}


def test_a_999_of_several_groups_and_numbers_that_are_none():
    one, two = "AK2*355*0003\nIK5*A\n", "AK2*355*NONE\nIK5*R*I6\nAK2*355*0005\nIK5*X*15\n"
    sets = [("999", f"AK1*{group}\n{said}AK9*P*3*3*1") for group, said in (("AZ*8", one), ("SO*9", two))]
    assert spoken(*sets, release="005010X231A1") == [
        ("set", "A", "", "AZ", 8, "355", 3),
        ("group", "P", "", "AZ", 8, "", -1),
        ("set", "R", "I6", "SO", 9, "355", -1),
        ("set", "X", "15", "SO", 9, "355", 5),
        ("group", "P", "", "SO", 9, "", -1),
    ]


@pytest.mark.parametrize(
    ("code", "words"),
    [
        *(("A", "accepts"), ("E", "accepts with errors"), ("P", "accepts in part"), ("TE", "accepts with errors")),
        *((code, "rejects") for code in ("R", "M", "W", "X", "TR", "GR")),
        *(("TC", "acknowledges"), ("", "acknowledges")),
    ],
)
def test_each_verdict_has_its_word(code, words):
    it = matching.Statement("set", 0, 0, ("ZZ", "US"), ("ZZ", "ACME"), code, "", -1, "RA", 7, "820", 1)
    (why,) = matching.told([it], lambda it: ["as S1.P.820"])["why"]
    assert why == f"{words} our 820 1 in group 7 ({code}), sent as S1.P.820"


def test_what_is_said_in_words():
    def sent(it):
        return ["as S1.P.820"] if it.set_number == 1 else []

    document = judge.judge(
        read.read(interchange(("824", "BGN*11*A*20260915\nOTI*TR*6D*S1*****7*0001*820\nOTI*TP*6D*S2*****7*0002*820")))
    )
    told = matching.told(matching.statements(document), sent)
    assert told["why"].tolist() == [
        "rejects our 820 1 in group 7 (TR), sent as S1.P.820",
        "accepts in part 820 2 in group 7 (TP), which we did not send to ACME",
    ]
