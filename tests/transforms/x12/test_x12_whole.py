"""All of X12 together, without a database: whatever the bytes, there is one answer that is valid, and rows to keep."""

from __future__ import annotations

import os
import random
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.x12_damage import case
from loaders import bulk
from loaders.x12 import rows, sent
from parsers.x12.read import read
from tests.system.x12_files import interchange, invoice, shipment
from tidewaiter import x12_answering
from transforms.x12 import agreed, findings, going_out, numbers
from transforms.x12.outcome import Outcome

AT = datetime(2026, 9, 15, 16, tzinfo=UTC)
OWN = agreed.Own("ZZ", "TIDEWAITER", "TIDEWAITER")


@dataclass(frozen=True)
class Profile:
    qualifier: str = "ZZ"
    identifier: str = "ACME"
    group_id: str = ""
    releases: dict[str, str] = field(default_factory=dict)
    read_as: dict[str, str] = field(default_factory=dict)
    strict: bool = False
    acknowledgment: str = "auto"
    separators: str = ""


def answer(data: bytes, *profiles: Profile, seen: numbers.Seen | None = None) -> x12_answering.Answered:
    given_ = count(1)
    how = x12_answering.With(
        at=AT,
        own=OWN,
        profiles=profiles,
        next_number=lambda *line: next(given_),
        decide=lambda desk, document: Outcome(),
        **({"seen": seen} if seen else {}),
    )
    return x12_answering.answer(read(data, read_as=agreed.reading(profiles)), how)


def kept(it: x12_answering.Answered) -> None:
    """Every row that it leads to fits its table."""
    d = it.document
    ids = rows.Keys(*(np.arange(len(t)) + 1 for t in (d.interchanges, d.groups, d.groups, d.sets)))
    found = findings.findings(d, it.outcome.conditions)
    made = {
        "x12_interchange": rows.interchanges(d, 1, 1, ids),
        "x12_group": rows.groups(d, 1, 1, ids),
        "x12_set": rows.sets(d, it.dispositions, 1, 1, ids),
        "batch": rows.batches(d, 1, ids),
        "block": rows.blocks(d, 1, ids),
        "transaction": rows.transactions(d, it.dispositions, 1, ids),
        "condition": rows.conditions(d, found, 1, np.arange(len(found)), ids),
        "x12_sent": sent.table(going_out.numbers(it.answers)),
    }
    for table, frame in made.items():
        text = bulk.arrow(table, frame)
        for column in text.column_names:
            if str(text.schema.field(column).type) == "large_string":
                assert not any("\0" in value for value in text.column(column).to_pylist()), (table, column)


def mutated(seed: int, changes: list[tuple[int, int]]) -> bytes:
    data = bytearray(case(seed))
    for at, byte in changes:
        data[at % len(data)] = byte
    return bytes(data)


@settings(max_examples=int(os.environ.get("TIDEWAITER_SOAK_X12", 20)), deadline=None)
@given(
    st.lists(
        st.builds(
            mutated, st.integers(0, 5000), st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 255)), max_size=6)
        ),
        min_size=1,
        max_size=3,
    ),
    st.booleans(),
)
def test_whatever_comes_has_one_answer_that_is_valid(files: list[bytes], strict: bool) -> None:
    it = answer(b"".join(files), *([Profile(strict=True)] if strict else []))
    x = it.document.interchanges
    wanted = ~x["only_acknowledgments"] | x["ack_requested"]
    (body,) = [it.answers[kind] for kind in it.answers if kind != "reasons"] or [b""]
    back = read(body)
    assert len(back.interchanges) == wanted.sum(), "one for each that came, none for what only acknowledges"
    echoed = {("interchange", "005"), ("interchange", "007"), ("group", "2")}  # their qualifier, a release without map
    found = back.faults[[it not in echoed for it in zip(back.faults["level"], back.faults["code"], strict=True)]]
    assert not len(found), found.to_string()
    kept(it)


@pytest.mark.parametrize("data", [b"ISA", b"ISA*", b"ISA*\0", b"\xef\xbb\xbfISA|||~", b"ISA*" * 50, b"ISA~ISA~ISA~"])
def test_what_hardly_begins_is_answered(data: bytes) -> None:
    it = answer(data)
    assert it.answers["reasons"].startswith(b"line,columns,")
    kept(it)


def on_file(**taken: list[tuple]) -> numbers.Seen:
    """Numbers that are taken: a table for each question, ``interchanges`` ``last`` ``groups`` ``sets``."""

    def table(name: str, *own: str) -> numbers.Ask:
        at = pd.Timestamp(2026, 9, 1, tzinfo=UTC)
        more = [] if name == "last" else ["file", "at"]
        made = [(*row, *(["first.edi", at] if more else [])) for row in taken.get(name, [])]
        frame = pd.DataFrame(made, columns=[*numbers.PARTIES, *own, *more])
        if more:
            frame["at"] = pd.to_datetime(frame["at"], utc=True)
        return lambda wanted: frame

    return numbers.Seen(
        table("interchanges", "number"),
        table("last", "number"),
        table("groups", "functional_id", "number"),
        table("sets", "set_id", "control_number"),
    )


LINE = ("ZZ", "ACME", "ZZ", "TIDEWAITER")


def test_numbers_that_are_taken_and_numbers_that_are_missing() -> None:
    data = interchange(("810", invoice()), number=7) + interchange(("810", invoice()), number=9)
    it = answer(data + data, seen=on_file(interchanges=[(*LINE, 7)], last=[(*LINE, 7)]))
    assert it.document.interchanges["code"].tolist() == ["R", "A", "R", "R"]
    assert it.document.interchanges["note"].tolist() == ["025", "000", "025", "025"]
    wanted = it.document.faults["expected"].tolist()
    assert "it came in first.edi on 2026-09-01" in wanted[0] and "it came before in this file, on line" in wanted[2]
    assert it.gaps == ["interchange control numbers 8 of ZZ/ACME have not come"]


@pytest.mark.parametrize("strict", [False, True])
def test_groups_and_sets_are_held_against_what_came_by_strict_partners_only(strict: bool) -> None:
    seen = on_file(groups=[(*LINE, "IN", 3)], sets=[(*LINE, "810", "0002")])
    data = interchange(("810", invoice()), number=3) + interchange(("810", invoice()), number=4, first=2)
    it = answer(data, Profile(strict=strict), seen=seen)
    assert it.document.groups["status"].tolist() == (["R", "R"] if strict else ["A", "A"])
    assert it.document.groups["codes"].tolist() == (["19", ""] if strict else ["", ""])
    assert it.document.sets["codes"].tolist()[1] == ("23" if strict else "")


@pytest.mark.parametrize(
    ("profile", "sent_by", "verdict"),
    [
        (Profile(), {}, ("A", "000")),
        (Profile(identifier="OTHER"), {}, ("R", "006")),
        (Profile(qualifier="01"), {}, ("E", "005")),
        (Profile(qualifier="01", strict=True), {}, ("R", "005")),
        (Profile(), {"receiver": "SOMEBODY"}, ("A", "000")),
        (Profile(strict=True), {"receiver": "SOMEBODY"}, ("R", "008")),
    ],
)
def test_who_sends_and_to_whom(profile: Profile, sent_by: dict, verdict: tuple[str, str]) -> None:
    it = answer(interchange(("810", invoice()), **sent_by), profile)
    assert (it.document.interchanges["code"][0], it.document.interchanges["note"][0]) == verdict


@pytest.mark.parametrize(("strict", "status"), [(False, "A"), (True, "R")])
def test_a_release_that_was_not_agreed(strict: bool, status: str) -> None:
    agreed_ = Profile(strict=strict, releases={"601": "005010"})
    it = answer(interchange(("601", shipment()), release="004050"), agreed_)
    assert it.document.groups["status"][0] == status
    assert b"agreed for 601" in it.answers["reasons"]


@pytest.mark.parametrize(("strict", "releases"), [(False, {}), (True, {"810": "004020"})])
def test_a_release_without_maps_is_read_as_the_profile_says(strict: bool, releases: dict[str, str]) -> None:
    data = interchange(("810", invoice()), release="004020")
    it = answer(data, Profile(strict=strict, releases=releases, read_as={"004020": "004010"}))
    assert it.document.groups["status"][0] == "A" and it.document.sets["map"][0] == "810.004010"
    assert b"the group is in release 004020, which is read by the maps of 004010, as agreed" in it.answers["reasons"]
    assert b"*X*004020~" in it.answers["997"] and b"agreed for 810" not in it.answers["reasons"]
    kept(it)
    other = answer(data, Profile(strict=strict, releases=releases, read_as={"004030": "004010"}))
    assert (other.document.groups["status"][0], other.document.groups["codes"][0]) == ("R", "2")
    assert other.answers["997"].count(b"AK9*R*1*1*0*2~") == 1


def test_what_was_agreed_holds_however_the_release_is_written() -> None:
    """GS08 00405 is 004050, as everywhere."""
    data = interchange(("601", shipment()), release="004050").replace(b"*X*004050", b"*X*00405")
    it = answer(data, Profile(strict=True, releases={"601": "004050"}))
    assert it.document.groups["status"][0] == "A"


def test_partners_of_one_file_are_judged_each_by_their_own_profile() -> None:
    """The same small fault, a text too long: strict refuses it, lenient notes it."""
    long = invoice().replace("LIEFERANT GMBH", "L" * 70)
    data = b"".join(interchange(("810", long), sender=name, number=1) for name in ("HARD", "SOFT", "HARD2"))
    hard = [Profile(identifier=name, strict=True) for name in ("HARD", "HARD2")]
    it = answer(data, *hard, Profile(identifier="SOFT"))
    assert it.document.sets["status"].tolist() == ["R", "E", "R"]
    assert it.dispositions["final"].tolist() == ["R", "A", "R"]


def test_the_answers_numbers_are_read_from_them() -> None:
    rng = random.Random(1)
    it = answer(interchange(("810", invoice()), number=rng.randrange(1, 99)) + interchange(number=100))
    table = sent.table(going_out.numbers(it.answers))
    assert table["set_id"].tolist() == ["TA1", "997"] and table["own_id"].unique().tolist() == ["TIDEWAITER"]
    assert table["group_number"].isna().tolist() == [True, False]


def test_a_file_of_faults_has_an_answer_that_ends_and_says_so() -> None:
    """More faults than are listed: the verdict is right, the rest is counted, in words and in what is kept."""
    lines = "\n".join("IT1*1*1000*EA*x**VP*ABC-1" for _ in range(2_500))
    body = invoice().replace("TDS*", lines + "\nTDS*")
    it = answer(interchange(("810", body)))
    assert it.document.sets["status"].tolist() == ["R"] and it.document.sets["codes"].tolist() == ["5"]
    assert it.answers["997"].count(b"AK4*") == 1_000
    words = it.answers["reasons"].decode()
    assert words.count("ABC-1") == 0 and words.count("\n") < 1_010
    assert "1500 more faults of this transaction set than are listed here" in words
    assert "1500 more errors than the 997 can hold," in words
    kept(it)
