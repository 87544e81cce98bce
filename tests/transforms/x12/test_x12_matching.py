"""What a partner says of our messages, read from its sets."""

from __future__ import annotations

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
