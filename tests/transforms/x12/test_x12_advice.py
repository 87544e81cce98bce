"""The 824: what it says of each set, and that it is valid in every release, whatever it quotes."""

from __future__ import annotations

import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.parsers import x12_oracle as oracle
from tests.parsers.x12_made import document, how
from transforms.x12.advice import advices
from transforms.x12.outcome import CONDITIONS, DISPOSITIONS, Outcome, conditions, dispositions

RELEASES = ("004010", "004050", "005010")
SEGMENTS = [{"id": "ST", "position": 1}, {"id": "BA1", "position": 2}, {"id": "L13", "position": 9}]


def filed(release: str = "004050", **interchange):
    """Three export filings in a group."""
    numbers = ("0001", "0002", "0003")
    return document(
        [interchange],
        [{"functional_id": "SE", "release": release}],
        [{"set_id": "601", "control_number": it} for it in numbers],
        segments=SEGMENTS,
    )


DECIDED = dispositions(
    [
        (0, "A", "", "974", "added", "export", "SRN1", "X20260820000001", 1),
        (1, "A", "W", "971", "added", "export", "SRN2", "X20260820000002", 1),
        (2, "R", "F", "970", "rejected", "export", "SRN3", "", 0),
    ]
)
FOUND = conditions(
    [
        (1, 1, 4, 0, "107", "W", "COUNTRY UNKNOWN", "the country is not known", "send a code of ISO 3166", "XX"),
        (2, 2, 3, 2, "077", "F", "LINE ITEM MISSING", "", "", "A*B"),
        (2, -1, 0, 0, "LONGER", "F", "NOT OF THIS LENGTH", "w " * 60, "mend it", ""),
    ]
)


def said(body: bytes) -> list[str]:
    return ["*".join(it) for it in oracle.segments(body)[1:-1]]


def test_each_set_is_told_what_became_of_it():
    body = advices(filed(), Outcome(DECIDED, FOUND), how())
    assert oracle.faults(body, "004050") == []
    group = "SENDERGS*TIDEGS*20260820*1130*41"
    assert said(body) == [
        "GS*AG*TIDEGS*SENDERGS*20260820*1234*1*X*004050",
        "ST*824*0001",
        "BGN*11*000000001-1*20260820*1234*UT*000000007",
        f"OTI*TA*SI*SRN1*{group}*0001*601*004050",
        "REF*F8*X20260820000001",
        "TED*974*SHIPMENT ADDED",
        f"OTI*TE*SI*SRN2*{group}*0002*601*004050",
        "REF*F8*X20260820000002",
        "TED*971*SHIPMENT ADDED; MUST CORRECT WARNINGS",
        "TED*107*COUNTRY UNKNOWN*BA1*2*4*26*XX",
        "NTE*ADD*THE COUNTRY IS NOT KNOWN. SEND A CODE OF ISO 3166",
        f"OTI*TR*SI*SRN3*{group}*0003*601*004050",
        "TED*970*SHIPMENT REJECTED; RESOLVE & RETRANSMIT",
        "TED*077*LINE ITEM MISSING*L13*9*3:2*355*A?B",
        "TED*ZZZ*LONGER NOT OF THIS LENGTH",
        "NTE*ADD*" + ("W " * 40).strip(),
        "NTE*ADD*" + ("W " * 20).strip() + ". MEND IT",
        "SE*17*0001",
        "GE*1*1",
    ]


def test_before_004050_ted_has_no_composites():
    body = advices(filed("004010"), Outcome(DECIDED, FOUND), how())
    assert oracle.faults(body, "004010") == []
    assert "TED*077*LINE ITEM MISSING*L13*9*3*355*A?B" in said(body)


def test_nobody_is_advised_of_nothing():
    assert advices(filed(), Outcome(), how()) == b""
    assert advices(document([], [], []), Outcome(), how()) == b""


def test_every_interchange_and_group_gets_its_own():
    given = document(
        [{}, {"sender": "OTHER", "usage": "T", "control_number": "000000008"}, {}],
        [{}, {"interchange": 1, "sender": "O1"}, {"interchange": 1, "sender": "O2"}, {"interchange": 2}],
        [{}, {"group": 1}, {"group": 2}, {"group": 2, "control_number": "0002"}, {"group": 3}],
    )
    row = ("A", "", "TA", "added", "invoice", "INV", "", 1)
    body = advices(given, Outcome(dispositions([(n, *row) for n in range(4)])), how())
    first, second = (b"ISA" + it for it in body.split(b"ISA")[1:])
    assert [it for it in said(first) if it.startswith("OTI")] == [
        "OTI*TA*IV*INV*SENDERGS*TIDEGS*20260820*1130*41*0001*810*004010"
    ]
    assert oracle.segments(second)[0][8].strip() == "OTHER"
    assert [it for it in said(second) if it[:3] in ("GS*", "GE*") or it.startswith("SE")] == [
        *("GS*AG*TIDEGS*O1*20260820*1234*1*X*004010", "SE*4*0001", "GE*1*1"),
        *("GS*AG*TIDEGS*O2*20260820*1234*2*X*004010", "SE*5*0002", "GE*1*2"),
    ]
    for one in (first, second):
        assert oracle.faults(one, "004010") == []


@pytest.mark.parametrize(("gs08", "release"), [("003040", "004010"), ("004060", "004050"), ("006020", "005010")])
def test_the_release_is_the_nearest_that_has_a_map(gs08, release):
    body = advices(filed(gs08), Outcome(DECIDED, FOUND), how())
    assert said(body)[0].endswith(f"*X*{release}")
    assert oracle.faults(body, release) == []


@st.composite
def outcomes(draw) -> Outcome:
    text = st.text(max_size=30)
    fixed = {"set": None, "final": st.sampled_from("AR"), "segment": st.integers(-1, 5), "code": st.text(max_size=4)}
    fixed["element"] = fixed["component"] = st.integers(0, 120)

    def row(columns: dict, set_: int) -> tuple:
        return tuple(
            set_ if name == "set" else draw(fixed.get(name, text if kind == "str" else st.integers(0, 9)))
            for name, kind in columns.items()
        )

    of = draw(st.sets(st.integers(0, 2), min_size=1))
    found = draw(st.lists(st.sampled_from(sorted(of)), max_size=4))
    return Outcome(dispositions(row(DISPOSITIONS, it) for it in of), conditions(row(CONDITIONS, it) for it in found))


@given(outcomes(), st.sampled_from(RELEASES), st.text(max_size=12))
@settings(max_examples=int(os.environ.get("TIDEWAITER_SOAK_X12", 30)))
def test_whatever_is_advised_is_valid(outcome, release, anything):
    came = filed(release, control_number=anything, sender=anything)
    came.groups["sender"] = came.groups["control_number"] = came.groups["date"] = anything
    came.sets["control_number"] = came.sets["set_id"] = anything
    assert oracle.faults(advices(came, outcome, how()), release) == []
