"""CTX of a 999: which business unit a fault is in, and what made an element necessary. X12 005010X231A1."""

from __future__ import annotations

import pytest
import x12_oracle as oracle
from x12_made import how

from parsers.x12 import findings, judge, read
from parsers.x12.acknowledge import acknowledge
from parsers.x12.write import Group, Header, Separators, Set, interchange

INVOICE = [["BIG", "20260301", "INV-7"], ["TDS", "10000"]]
SHIPMENT = [
    ["BA1", "N", "A", "V", "DE", "SRN-1", "12345", "US", "CA", "2", "SCAC"],
    ["N1", "EX", "ACME", "24", "123456789"],
]


def answered(set_id: str, segments: list, *, gs01: str = "IN", acknowledgment="999", release: str = "005010") -> list:
    """The segments from AK2 to the trailer of the set in the answer to one set."""
    body = interchange(
        Header("01", "SENDER", "ZZ", "TIDEWAITER", how().at, 7, "00501"),
        [Group(gs01, "S", "R", 1, release, [Set(set_id, 1, segments)])],
        Separators(),
    )
    (reply,) = acknowledge(judge.judge(read.read(body)), how(acknowledgment=acknowledgment))
    assert oracle.faults(reply.body) == []
    if acknowledgment == "999":
        assert oracle.faults(reply.body, "005010") == [], "our own map of the 999"
    said = ["*".join(it) for it in oracle.segments(reply.body)]
    begin = next(n for n, it in enumerate(said) if it.startswith("AK2"))
    return [it for it in said[begin:] if it[:3] in ("AK2", "IK3", "CTX", "IK4", "IK5", "AK3", "AK4", "AK5")]


def test_a_relation_names_the_element_that_started_it():
    fob = ["FOB", "CC", "", "NEW YORK"]  # C0302: FOB02 with FOB03
    assert answered("810", [INVOICE[0], fob, INVOICE[1]]) == [
        "AK2*810*0001",
        "IK3*FOB*3**8",
        "CTX*BIG02:INV-7",
        "IK4*2*309*2",
        "CTX*SITUATIONAL TRIGGER*FOB*3**3*352",
        "IK5*R*5",
    ]


def test_the_trigger_stands_in_its_loop():
    line = ["IT1", "1", "5", "", "1.00"]  # P020304: quantity, unit and price, all or none
    told = answered("810", [INVOICE[0], line, INVOICE[1]])
    assert told[1:5] == ["IK3*IT1*3*IT1*8", "CTX*BIG02:INV-7", "IK4*3*355*2", "CTX*SITUATIONAL TRIGGER*IT1*3*IT1*2*358"]


def test_a_composite_has_no_number():
    told = answered("810", [INVOICE[0], ["MEA", "", "", "", ["KG"], "", "", "", "", "", "", "", "PS"], INVOICE[1]])
    at = told.index("IK4*12*1271*10*PS")
    assert told[at + 1] == "CTX*SITUATIONAL TRIGGER*MEA*3**4"


def test_the_oracle_judges_contexts():
    fob = interchange(
        Header("01", "SENDER", "ZZ", "TIDEWAITER", how().at, 7, "00501"),
        [Group("IN", "S", "R", 1, "005010", [Set("810", 1, [INVOICE[0], ["FOB", "CC", "", "NEW YORK"], INVOICE[1]])])],
    )
    (reply,) = acknowledge(judge.judge(read.read(fob)), how(acknowledgment="999"))
    assert not oracle.faults(reply.body)
    for right, wrong in ((b"BIG02:", b"BIG03:"), (b"SITUATIONAL", b"SITUATION"), (b"*FOB*3**3*352", b"*FOB***3*352")):
        assert right in reply.body
        assert oracle.faults(reply.body.replace(right, wrong)), wrong


def test_a_shipment_is_named_by_its_reference_and_each_segment_in_error_once():
    bad = [*SHIPMENT, ["N4", "LOS ANGELES", "C"], ["L13", "XX", "X"]]
    told = answered("601", bad, gs01="SE")
    assert [it for it in told if it.startswith("CTX*BA")] == ["CTX*BA105:SRN-1"] * sum(it[:3] == "IK3" for it in told)
    assert told[2] == "CTX*BA105:SRN-1"


@pytest.mark.parametrize(
    ("number", "told"),
    [
        ("INV-7", ["CTX*BIG02:INV-7"]),
        ("N" * 40, ["CTX*BIG02:" + "N" * 35]),
        ("", []),
        ("INV\x07", []),
    ],
)
def test_a_unit_whose_own_number_is_at_fault_is_not_named(number, told):
    segments = [["BIG", "20261301", number], INVOICE[1]]
    body = answered_raw(segments, number)
    assert [it for it in body if it.startswith("CTX")] == told
    assert any(it.startswith("IK4*1*") for it in body), "the date is at fault in every case"


def answered_raw(segments: list, number: str) -> list:
    """The answer to an invoice whose number a writer of ours would not let through."""
    body = interchange(
        Header("01", "SENDER", "ZZ", "TIDEWAITER", how().at, 7, "00501"),
        [Group("IN", "S", "R", 1, "005010", [Set("810", 1, [["BIG", "20261301", "@@"], *segments[1:]])])],
    ).replace(b"@@", number.encode())
    (reply,) = acknowledge(judge.judge(read.read(body)), how(acknowledgment="999"))
    assert oracle.faults(reply.body) == []
    return ["*".join(it) for it in oracle.segments(reply.body)]


def test_a_missing_segment_has_its_unit_and_no_trigger():
    assert answered("810", [INVOICE[0]])[1:3] == ["IK3*TDS*3**3", "CTX*BIG02:INV-7"]
    assert not [it for it in answered("810", [INVOICE[1]]) if it.startswith("CTX")], "no BIG, no number"


def test_a_997_has_no_context():
    told = answered("810", [INVOICE[0], ["FOB", "CC", "", "NEW YORK"], INVOICE[1]], acknowledgment="997")
    assert told == ["AK2*810*0001", "AK3*FOB*3**8", "AK4*2*309*2", "AK5*R*5"]


@pytest.mark.parametrize(
    ("rule", "present", "trigger"),
    [
        ("C0302", {3}, 3),
        ("C0302", {2, 3}, 0),
        ("C0302", {2}, 0),
        ("P0304", {4}, 4),
        ("P0304", {3, 4}, 0),
        ("P0304", set(), 0),
        ("R0203", set(), 0),
        ("E0204", {2, 4}, 2),
        ("E0204", {4}, 0),
        ("L050412", {5}, 5),
        ("L050412", {5, 12}, 0),
    ],
)
def test_only_a_broken_relation_has_a_trigger(rule, present, trigger):
    assert findings.note_trigger(rule, present) == trigger
