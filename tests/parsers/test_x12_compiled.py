"""Compiled maps against pyx12: generated interchanges, most of them broken, validated by both.

500 cases here; ``TIDEWAITER_X12_CASES=50000`` for more (``make soak``). The list of differences that are allowed is
empty: where pyx12 4.0.0 by itself would do otherwise (it dies of a composite with too many components and of a range of
dates with two dashes, and never looks at repetitions) :mod:`parsers.x12.pyx12_driver` gets round it."""

import os
import random
from concurrent.futures import ThreadPoolExecutor

import pytest
from pandas.testing import assert_frame_equal

from bench import x12_pyx12
from bench.x12_damage import case, shrunk
from bench.x12_files import Maker, Separators, interchange
from bench.x12_traffic import small_files
from parsers.x12 import columns, judge, read, validate, walk
from parsers.x12.maps import tables

CASES = int(os.environ.get("TIDEWAITER_X12_CASES", "500"))
TOGETHER = 25  # interchanges in one file, each with separators of its own
PARTS = 2


def difference(data: bytes) -> str:
    """What the two validators say differently of a file, blank if nothing."""
    oracle, ours = read.read(data, validator="pyx12"), read.read(data, validator="compiled")
    assert "unread" not in set(oracle.faults["kind"]), "pyx12 raised"
    try:
        assert_frame_equal(oracle.segments, ours.segments)
        assert_frame_equal(oracle.faults, ours.faults)
    except AssertionError as error:
        one, other = (set(map(tuple, doc.faults.itertuples(index=False))) for doc in (oracle, ours))
        return f"{error}\npyx12 only: {sorted(one - other)}\nours only: {sorted(other - one)}"
    return ""


@pytest.mark.parametrize("part", range(PARTS))
def test_the_same_faults_as_pyx12(part):
    for first in range(part * TOGETHER, CASES, PARTS * TOGETHER):
        seeds = range(first, min(first + TOGETHER, CASES))
        if not difference(b"".join(map(case, seeds))):
            continue
        for seed in seeds:
            found = difference(case(seed))
            assert not found, f"case {seed}: {found}\n{shrunk(case(seed))}"
        pytest.fail(f"cases {first} to {seeds[-1]} differ only together")


def test_small_files_are_measured_against_a_pyx12_that_looks_at_them():
    """pyx12 by itself finds what we find: nothing, and something where a mistake is made."""
    for release, data in small_files(6):
        assert judge.judge(read.read(data)).interchanges["code"].tolist() == ["A"]
        assert x12_pyx12.faults(data) == 0 and x12_pyx12.is_valid(data, release)
        wrong = data.replace(b"~\nSE*", b"~\nZZZ*1~\nSE*")
        assert judge.judge(read.read(wrong)).sets["status"].tolist() == ["R"]
        assert x12_pyx12.faults(wrong) and not x12_pyx12.is_valid(wrong, release)


def made(release: str, functional_id: str, set_id: str, *body: str, st: str = "") -> bytes:
    segments = [(st or f"ST*{set_id}*0001*C").split("*"), *(text.split("*") for text in body)]
    return interchange([[*segments, ["SE", str(len(segments) + 1), "0001"]]], release, functional_id)


AK = ("AK1*IN*1", "AK9*A*1*1*1")
DEFECTS = {
    "nothing": (made("004050", "FA", "997", *AK), []),
    "too many components": (
        made("004050", "FA", "997", AK[0], "AK2*810*0001", "AK3*N1*4", "AK4*1:2:3:4:5*98*7", AK[1]),
        ["13 AK401", "3 AK5"],
    ),
    "components that are too many only": (
        made("004050", "FA", "997", AK[0], "AK2*810*0001", "AK3*N1*4", "AK4*:::4*98*7", "AK5*A", AK[1]),
        ["13 AK401", "1 AK401"],
    ),
    "a range of dates with two dashes": (
        made(
            "004010",
            "RA",
            "820",
            "BPR*I*100*C*ACH",
            "LX*1",
            "NM1*QE*1",
            "AIN*AB*1*100",
            "DTP*150*RD8*20260101-2026-0131",
        ),
        ["8 DTP03"],
    ),
    "a range of dates": (made("004010", "RA", "820", "BPR*I*100*C*ACH", "DTM*007*20260101"), []),
    "blanks around the identifier of the set": (made("004050", "FA", "997", *AK, st="ST* 997 *0001"), []),
    "a TA1 in a set": (made("004050", "FA", "997", AK[0], "TA1*1", AK[1]), ["6 TA1"]),
    "repetitions": (made("005010", "FA", "997", "AK1*IN^IN*1", AK[1]), ["12 AK101"]),
    "a wrong value before a repetition": (made("005010", "FA", "997", "AK1*INN^IN*1", AK[1]), ["12 AK101", "5 AK101"]),
    "small letters": (made("004050", "FA", "997", AK[0].lower(), AK[1]), []),
}


@pytest.mark.parametrize("name", DEFECTS)
@pytest.mark.parametrize("validator", ["pyx12", "compiled"])
def test_what_pyx12_by_itself_would_not_survive_or_see(name, validator):
    data, expected = DEFECTS[name]
    faults = read.read(data, validator=validator).faults
    inner = faults[faults["level"].isin(["segment", "element"]) & (faults["kind"] == "")]
    told = [
        f"{code} {segment_id}" + (f"{element:02d}" if element else "")
        for code, segment_id, element in zip(inner["code"], inner["segment_id"], inner["element"], strict=True)
    ]
    assert told == expected
    assert not set(faults["kind"]) & {"unread"}


def test_threads_that_learn_the_same_maps_find_the_same():
    data = b"".join(map(case, range(40)))
    alone = read.read(data)
    walk.automaton.cache_clear()
    columns.columns.cache_clear()
    with ThreadPoolExecutor(4) as pool:
        for document in pool.map(read.read, [data] * 4):
            assert_frame_equal(document.faults, alone.faults)


def test_a_mistake_in_the_compiled_maps_leaves_the_verdict_to_pyx12(monkeypatch, caplog):
    data = case(3)
    alone = read.read(data, validator="pyx12")
    monkeypatch.setattr(validate, "validate", lambda _: 1 / 0)
    assert_frame_equal(read.read(data).faults, alone.faults)
    assert "could not validate" in caplog.text


def test_generated_cases_hold_every_kind_of_fault():
    faults = read.read(b"".join(map(case, range(200))), validator="compiled").faults
    found = {level: set(faults["code"][faults["level"] == level]) for level in ("segment", "element")}
    assert found["segment"] >= {"1", "3", "4", "5", "6", "7"}
    assert found["element"] >= {"1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "12", "13"}


def test_what_the_maps_allow_has_no_fault():
    rng = random.Random(7)
    for transaction in tables.transactions():
        maker = Maker(rng, 0.3, 0.3, 0.4)
        sets = [maker.set(transaction, f"{number:04d}") for number in range(1, 4)]
        for segments in sets:
            segments[-1][1] = str(len(segments))
        data = interchange(sets, transaction.release, transaction.functional_ids[0])
        assert read.read(data, validator="compiled").faults.empty, transaction


def many(lines: int) -> bytes:
    """A shipment whose lines, more than are checked at a time, are all alike but one."""
    body = [["ST", "601", "0001"], ["BA1", "N", "1", "11", "CA", "REF1"], ["N1", "EX", "ACME"], ["N4", "PARIS"]]
    return interchange([[*body, *([["L13", "B", "123", "KG", "1"]] * lines), ["SE", "1", "0001"]]], "004050", "SE")


def test_counts_and_offsets_hold_across_the_runs_of_a_large_file():
    ours = read.read(many(40_000), validator="compiled").faults
    often = ours[(ours["level"] == "segment") & (ours["code"] == "4")]
    assert len(often) == 40_000 - 999
    last = often.iloc[-1]
    assert last["position"] == 40_004
    assert many(40_000)[last["start"] : last["end"]] == b"L13*B*123*KG*1"


@pytest.mark.parametrize("separators", [Separators(), Separators("\x1d", "\x1f", "\x1e", "\x1c", "")])
def test_a_file_of_no_set_that_is_known_has_only_faults_of_its_envelope(separators):
    data = interchange([[["ST", "999", "1"], ["ZZ", "A:B"], ["SE", "3", "1"]]], "004010", "ZZ", separators)
    assert set(read.read(data, validator="compiled").faults["level"]) <= {"interchange", "group", "set"}
