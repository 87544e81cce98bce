"""The sets that we send unasked (820) or instead of AX (350, 355): what they say, and that they are valid."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parsers.x12 import read, write
from tests.parsers import x12_oracle
from transforms.x12 import payment_advice, status

DAY = date(2026, 10, 15)
AT = datetime(2026, 10, 15, 12, tzinfo=UTC)
VERSION = {"004010": "00401", "004050": "00405", "005010": "00501"}


def valid(release: str, group: str, set_id: str, sets: list[list[list[str]]]) -> bytes:
    """The sets in an interchange, which every reader finds without fault."""
    header = write.Header("ZZ", "TIDEWAITER", "ZZ", "PARTNER", AT, 1, version=VERSION[release])
    numbered = [write.Set(set_id, n + 1, body) for n, body in enumerate(sets)]
    body = write.interchange(header, [write.Group(group, "TIDEWAITER", "PARTNER", 1, release, numbered)])
    for validator in ("compiled", "pyx12"):
        document = read.read(body, validator=validator)  # type: ignore[arg-type]
        assert not len(document.faults), document.faults[["segment_id", "element", "value", "expected"]]
        assert document.sets["set_id"].tolist() == [set_id] * len(sets)
    assert x12_oracle.faults(body, release) == []
    return body


def statement(status_: str = "P", total: int = 0, importer: str = "12-345678900") -> pd.Series:
    return pd.Series(
        {"statement_number": "2704610001P", "status": status_, "total_cents": total, "filer_code": "XYZ",
         "importer_number": importer}
    )  # fmt: skip


ENTRY = st.tuples(
    st.sampled_from(["2704A0001", "2704A0002"]), st.integers(0, 10**11), st.sampled_from(["", "REF~*1", "B" * 40])
)


@settings(max_examples=12, deadline=None)
@given(
    st.lists(ENTRY, max_size=5), st.sampled_from(["004010", "004050", "005010"]), st.sampled_from(["debit", "credit"])
)
def test_a_payment_advice_ties_out(entries: list[tuple], release: str, method: str) -> None:
    rows = pd.DataFrame(
        {
            "statement_number": pd.Series([it[0] for it in entries], dtype="str"),
            "filer_code": pd.Series(["XYZ"] * len(entries), dtype="str"),
            "entry_number": pd.Series([f"{n:08}" for n in range(len(entries))], dtype="str"),
            "broker_reference": pd.Series([it[2] for it in entries], dtype="str"),
            "due_cents": pd.Series([it[1] for it in entries], dtype="int64"),
        }
    )
    total = sum(it[1] for it in entries)
    payer = payment_advice.party("Cedar Foods", "12-345678900")
    payee = payment_advice.Party("CUSTOMS", "ZZ", "TIDEWAITER")
    how = {"payer": payer, "payee": payee, "method": method, "effective": DAY, "made": DAY}
    segments = payment_advice.advice(statement(total=total), rows, **how)
    body = valid(release, "RA", "820", [segments])
    told = x12_oracle.segments(body)
    of = {id: [it for it in told if it[0] == id] for id in ("BPR", "TRN", "N1", "ENT", "RMR", "REF")}
    assert round(float(of["BPR"][0][2]) * 100) == total == sum(round(float(it[4]) * 100) for it in of["RMR"])
    assert of["BPR"][0][3:5] == [{"debit": "D", "credit": "C"}[method], "ACH" if total else "NON"]
    assert of["TRN"][0][2] == "2704610001P" and of["N1"][0][1:] == ["PR", "Cedar Foods", "24", "12-345678900"]
    assert [it[2] for it in of["RMR"]] == [
        "XYZ" + n for n in rows.sort_values(["statement_number", "entry_number"])["entry_number"]
    ]
    assert len(of["ENT"]) == len({it[0] for it in entries})
    with pytest.raises(ValueError, match="expected"):
        payment_advice.advice(statement(total=total + 1), rows, **how)
    payment_advice.advice(statement("F", total + 1), rows, **how)  # something was taken off since it was printed


def test_numbers_of_payers() -> None:
    assert payment_advice.party("A", "123-45-6789").qualifier == "34"
    assert payment_advice.party("A", "XYZ").qualifier == "ZZ"
    assert [payment_advice.dollars(it) for it in (0, 5, 120, -5)] == ["0", "0.05", "1.20", "-0.05"]


def filed(*rows: tuple, conditions: tuple = (), faults: tuple = ()) -> status.File:
    """``rows``: (port, entry number, final, code, narrative, carrier); ``conditions``: (row, code, severity, text)."""
    columns = ["port", "entry_number", "final", "code", "narrative", "carrier"]
    t = pd.DataFrame(list(rows), columns=columns).astype("str")
    t = t.assign(filer_code="XYZ", severity="", mode="11", conveyance="NORTH STAR", trip="0123", occurrence=1)
    c = pd.DataFrame(list(conditions), columns=["at", "code", "severity", "narrative"])
    f = pd.DataFrame(list(faults), columns=["port", "code", "narrative"]).astype("str")
    return status.File(t, c.astype({"at": "int64", "code": "str", "severity": "str", "narrative": "str"}), f)


def told(segments: list[list[str]]) -> list[str]:
    return ["*".join(it).rstrip("*") for it in segments]


def test_acceptance_and_status_say_what_became_of_each() -> None:
    file = filed(
        ("2704", "12345678", "A", "995", "SUMMARY HAS BEEN ADDED", "MAEU"),
        ("2704", "87654321", "R", "998", "TRANSACTION DATA REJECTED", "MAEU"),
        conditions=((1, "429", "F", "FOREIGN PORT OF LADING MISSING, WHICH A VESSEL NEEDS"),),
    )
    (one,) = status.acceptance(file, DAY)
    assert told(one) == [
        "M10*MAEU*S*US**NORTH STAR*0123***Z",
        "P4*2704*20261015",
        "LX*1",
        "N9*6B*XYZ12345678",
        "K1*995 ACCEPTED SUMMARY HAS BEEN*ADDED",
        "LX*2",
        "N9*6B*XYZ87654321",
        "K1*998 REJECTED TRANSACTION DATA*REJECTED",
        "K1*429 F FOREIGN PORT OF LADING*MISSING, WHICH A VESSEL NEEDS",
        "K3*ACCEPTED 1 REJECTED 1 CONDITIONS 1 FAULTS 0",
    ]
    (two,) = status.status(file, DAY)
    assert told(two) == [
        "P4*2704*20261015",
        "N9*6B*XYZ12345678",
        "K1*995 ACCEPTED SUMMARY HAS BEEN*ADDED",
        "N9*6B*XYZ87654321",
        "K1*998 REJECTED TRANSACTION DATA*REJECTED",
        "K1*429 F FOREIGN PORT OF LADING*MISSING, WHICH A VESSEL NEEDS",
    ]
    for release in ("004010", "004050", "005010"):
        for set_id, sets in (("355", [one]), ("350", [two])):
            own = status.release(set_id, release)
            valid(own, status.GROUPS[set_id], set_id, sets)
    assert status.release("350", "005010") == "004050" and status.release("350", "") == "004010"


def test_what_has_no_place_finds_one() -> None:
    """Rejected batches, nothing at all, many ports, many conditions, unprintable words."""
    nothing = filed(faults=(("", "X01", "NO A RECORD"), ("", "X02", "\tÉ~*" * 30)))
    many = filed(
        *(((f"{n % 25:04}", f"{n:08}", "R", "998", "", "")) for n in range(30)),
        conditions=tuple((0, f"{n:03}", "F", "W" * 90) for n in range(25)),
    )
    blank = filed(("2704", "", "R", "998", "", "?"))
    for file, sets in ((nothing, 1), (many, 2), (blank, 1), (filed(), 1)):
        for set_id, make in (("355", status.acceptance), ("350", status.status)):
            made = make(file, DAY)
            assert len(made) == sets
            valid("004010", status.GROUPS[set_id], set_id, made)
    assert told(status.acceptance(nothing, DAY)[0])[0] == "M10*UNKN*ZZ*US**NONE*NONE***Z"
    lines = told(status.acceptance(many, DAY)[0])
    assert sum(line.startswith("N9*6B*XYZ00000000") for line in lines) == 3, "ten K1 a reference: it is said again"
    assert "K1*AND 23 MORE" in told(status.status(many, DAY)[0])
    assert "N9*55*1" in told(status.status(blank, DAY)[0])


@pytest.mark.parametrize(
    ("set_id", "agreed", "written"),
    [
        ("355", "005010", "005010"),
        ("350", "005010", "004050"),
        ("350", "004050", "004050"),
        ("350", "004010", "004010"),
        ("355", "", "004010"),
    ],
)
def test_a_set_is_written_in_the_agreed_release_or_the_latest_before_that_has_room(set_id, agreed, written):
    assert status.release(set_id, agreed) == written
