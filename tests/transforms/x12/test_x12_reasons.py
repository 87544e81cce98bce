"""The readable answer to an X12 file: verdicts first, then what is wrong, where, in words."""

from __future__ import annotations

import csv
import io

import pytest

from parsers.x12.acknowledge import Party, Reply
from tests.parsers.x12_made import document
from tests.transforms.x12.test_x12_advice import DECIDED, FOUND
from transforms.explained import read
from transforms.reasons import COLUMNS
from transforms.x12.outcome import Outcome
from transforms.x12.reasons import reasons

#: ISA GS ST BIG SE ST BA1 SE GE IEA, a line each.
SEGMENTS = [
    {"id": id_, "position": position, "group": group, "set": set_, "start": 10 * n, "end": 10 * n + 8, "line": n + 1}
    | {"column": 1}
    for n, (id_, group, set_, position) in enumerate(
        [
            *(("ISA", -1, -1, 0), ("GS", 0, -1, 0), ("ST", 0, 0, 1), ("BIG", 0, 0, 2), ("SE", 0, 0, 3)),
            *(("ST", 0, 1, 1), ("BIG", 0, 1, 2), ("SE", 0, 1, 3), ("GE", 0, -1, 0), ("IEA", -1, -1, 0)),
        ]
    )
]
PLACES = {"interchange": {"first": 0}, "group": {"first": 1}, "sets": [{"first": 2}, {"first": 5}]}


def came(interchange=None, group=None, sets=({}, {}), faults=()):
    numbered = [{"control_number": f"000{n}"} for n in (1, 2)]
    rows = [a | b | c for a, b, c in zip(PLACES["sets"], numbered, sets, strict=True)]
    return document(
        [PLACES["interchange"] | (interchange or {})], [PLACES["group"] | (group or {})], rows, faults, SEGMENTS
    )


def told(body: bytes) -> list[dict[str, str]]:
    rows = list(csv.DictReader(io.StringIO(body.decode())))
    assert list(read(body)[[*COLUMNS]].columns) == list(COLUMNS), "it is read like any other"
    return rows


def brief(rows: list[dict[str, str]]) -> list[tuple[str, str, str, str]]:
    return [(it["line"], it["record"], it["code"], it["what_is_wrong"]) for it in rows]


def test_an_accepted_file_says_so():
    rows = told(reasons(came()))
    assert brief(rows) == [
        ("1", "ISA", "A", "interchange 000000007 from SENDER is accepted: 1 functional group, 2 transaction sets"),
        ("3", "ST", "A", "transaction set 810 0001 is accepted"),
        ("6", "ST", "A", "transaction set 810 0002 is accepted"),
    ]
    assert [it["found"] for it in rows] == ["000000007", "0001", "0002"]
    assert [(it["batch"], it["block"], it["transaction"]) for it in rows] == [
        ("", "", ""),
        ("1", "1", "1"),
        ("1", "1", "2"),
    ]
    assert {it["severity"] for it in rows} == {""} and {it["filer_code"] for it in rows} == {"SENDER"}


def test_what_is_wrong_stands_under_its_set():
    faults = [
        {
            "level": "interchange",
            "set": -1,
            "group": -1,
            "segment": 9,
            "position": 0,
            "segment_id": "IEA",
            "code": "021",
        },
        {"set": 1, "segment": 6, "element": 1, "value": "=2026\n13", "expected": "CCYYMMDD", "start": 64, "end": 68},
        {
            "level": "set",
            "set": 1,
            "segment": -1,
            "position": 0,
            "segment_id": "SE",
            "code": "2",
            "start": -1,
            "end": -1,
        },
    ]
    given = came({"code": "E", "note": "021"}, {"status": "P"}, [{}, {"status": "R", "codes": "5 2"}], faults)
    rows = told(reasons(given))
    assert brief(rows) == [
        (
            *("1", "ISA", "E"),
            "interchange 000000007 from SENDER is accepted with errors (021: the number of groups (IEA01) is not the "
            "number that came): 1 functional group, 2 transaction sets, rejected: 1",
        ),
        ("3", "ST", "A", "transaction set 810 0001 is accepted"),
        (
            *("6", "ST", "R"),
            "transaction set 810 0002 is rejected (one or more segments are in error; the trailer of the set (SE) is "
            "missing)",
        ),
        ("6", "SE", "2", "SE (Transaction Set Trailer): the trailer of the set (SE) is missing"),
        ("7", "BIG", "8", "BIG01 (Date), at position 2 of the set: the date is no day; expected: CCYYMMDD"),
        (
            "10",
            "IEA",
            "021",
            "IEA (Interchange Control Trailer): the number of groups (IEA01) is not the number that came",
        ),
    ]
    at = rows[4]
    assert (at["columns"], at["field"], at["found"], at["severity"]) == ("5-8", "BIG01", "'=2026?13", "F")
    assert (at["batch"], at["transaction"]) == ("1", "2")
    assert [it["severity"] for it in rows] == ["W", "", "F", "F", "F", "W"]


def test_business_is_told_in_the_same_file():
    decided = DECIDED[DECIDED["set"] < 2].assign(final=["A", "R"], effect=["replaced", "rejected"], severity=["I", "F"])
    found = FOUND[FOUND["set"] == 1].assign(segment=6)
    rows = told(reasons(came(), Outcome(decided, found)))
    assert brief(rows)[1:] == [
        (
            *("3", "ST", "A"),
            "transaction set 810 0001 (SRN1) is accepted: replaces what was on file, with a notice; its number is "
            "X20260820000001",
        ),
        ("6", "ST", "R", "transaction set 810 0002 (SRN2) is rejected: nothing changed"),
        ("7", "BIG", "107", "the country is not known"),
    ]
    assert (
        rows[3]["field"] == "BIG04" and rows[3]["entry_number"] == "SRN2" and rows[3]["narrative"] == "COUNTRY UNKNOWN"
    )
    assert [it["severity"] for it in rows] == ["", "I", "F", "W"]


def test_secrets_are_not_shown():
    secret = {"level": "interchange", "set": -1, "group": -1, "segment": 0, "position": 0, "segment_id": "ISA"}
    rows = told(reasons(came(faults=[secret | {"element": n, "code": "011", "value": "PASSWORD"} for n in (2, 4, 6)])))
    assert [it["found"] for it in rows[1:4]] == ["*", "*", "PASSWORD"]


def test_what_an_acknowledgment_has_no_room_for_is_said():
    rows = told(
        reasons(came(), None, [Reply(0, "997", b"", Party("ZZ", "US"), 7), Reply(0, "997", b"", Party("ZZ", "US"))])
    )
    assert brief(rows)[1] == ("1", "ISA", "", "7 more errors than the 997 can hold: the lines here name them all")


@pytest.mark.parametrize("size", [0, 200, 100_000])
def test_what_is_shown_is_short(size):
    rows = told(reasons(came(faults=[{"segment": 3, "code": "6", "value": "x" * size}])))
    assert len(rows[2]["found"]) == min(size, 200)


def test_nothing_came():
    assert reasons(document([], [], [])).decode() == ",".join(COLUMNS) + "\n"


def test_a_set_may_be_rejected_with_its_group_or_its_interchange():
    both = [{"status": "R"}, {"status": "R", "codes": "4"}]
    group = told(reasons(came(None, {"status": "R", "codes": "5"}, both)))
    assert [it["what_is_wrong"] for it in group[1:]] == [
        "transaction set 810 0001 is rejected with its group (the number of sets (GE01) is not the number that came)",
        "transaction set 810 0002 is rejected (the number of segments (SE01) is not the number that came)",
    ]
    whole = told(reasons(came({"code": "R", "note": "025"}, {"status": "R"}, both)))
    assert [it["what_is_wrong"] for it in whole[:2]] == [
        "interchange 000000007 from SENDER is rejected (025: this control number (ISA13) has come before): "
        "1 functional group, 2 transaction sets",
        "transaction set 810 0001 is rejected with its interchange",
    ]
