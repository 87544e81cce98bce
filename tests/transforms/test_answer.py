"""The AX answer: golden transmissions, and what must hold of every answer."""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from transforms import answer
from transforms.conditions.evaluate import Told, located

ROOT = Path(__file__).parents[2]
GOLDEN = sorted(expected.parent for expected in (ROOT / "tests/golden").glob("*/expected.ax"))
SAMPLES = ROOT.parent / "shared/reference/catair/samples"


@pytest.mark.parametrize("case", GOLDEN, ids=lambda path: path.name)
def test_golden(case, make):
    assert make.judge((case / "input.txt").read_bytes()).ax() == [(case / "expected.ax").read_text()]


@pytest.mark.skipif(not SAMPLES.exists(), reason="no ../shared beside the repository")
@pytest.mark.parametrize("name", ["accept", "reject"])
def test_printed_samples(name, make):
    sent = (SAMPLES / f"ae_{name}_in.txt").read_bytes()
    assert make.judge(sent).ax() == [(SAMPLES / f"ax_{name}_out.txt").read_text()]


def test_a_census_warning_leads_to_line_and_tariff_and_colours_the_final_word(make):
    sent = make.batch(make.block(make.summary()))
    warning = Told("27D", "W", "", "")
    more = located(make.judge(sent).es, "tariff", np.array([0]), ("50", "value_of_goods_amount"), warning)
    assert make.judge(sent, more=[more]).ax()[0].splitlines()[2:7] == [
        f"{record:<80}"
        for record in (
            "E0 SUMMRY 000001 REF ID: TW1 00001233 REF-1",
            "E0 LINITM 000001 REF ID: 001",
            "E0 TARIFF 000001 REF ID: 8708998180",
            "E1 W27D   *CENSUS* OR-HI VAL/QTY (1)              TW1  00001233     REF-1",
            "E1AW995   SUMMARY HAS BEEN ADDED                  TW1  0000123300100REF-1",
        )
    ]


def test_conditions_of_one_place_share_its_references(make):
    sent = make.batch(make.block(make.summary()))
    es = make.judge(sent).es
    places = [located(es, "line", np.array([0]), ("40", ""), Told(code, "I", "", "")) for code in ("465", "551")]
    records = make.judge(sent, more=places).ax()[0].splitlines()
    assert [record[:9].rstrip() for record in records[2:7]] == [
        "E0 SUMMRY",
        "E0 LINITM",
        "E1 I465",
        "E1 I551",
        "E1AI995",
    ]


def test_a_message_that_is_not_edi_gets_one_generated_rejection():
    records = answer.not_edi().decode().splitlines()
    assert all(len(record) == 80 for record in records)
    assert [record[:7] for record in records] == ["A      ", "B      ", "X1 FX01", "X1RF999", "Y      ", "Z      "]
    assert records[4][12:17] == "00002"


BENT = st.sampled_from(
    [
        {},
        {"action": "R"},
        {"action": "D"},
        {"reference": "OTHER"},
        {"_11": None},
        {"_40": "40  001 DEDE091826        00000005004287000000012OO    N"},
        {"_90": None},
        {"_23": "23XABCD123456789012"},
    ]
)
BLOCKS = st.lists(st.lists(st.tuples(st.integers(0, 4), BENT), min_size=1, max_size=4), min_size=1, max_size=3)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(files=st.lists(BLOCKS, min_size=1, max_size=3))
def test_every_answer_mirrors_its_file(files, make):
    def text(i: int, j: int) -> str:
        return f"FILE {i} BLOCK {j}"

    sent = [
        make.batch(
            *(
                make.block(*(make.summary(make.numbers[n], **bend) for n, bend in block), text=text(i, j))
                for j, block in enumerate(blocks)
            )
        )
        for i, blocks in enumerate(files)
    ]
    read = make.judge(*sent)
    answers = read.ax()
    assert len(answers) == len(files)
    for i, (blocks, body) in enumerate(zip(files, answers, strict=True)):
        records = body.splitlines()
        assert all(len(record) == 80 for record in records)
        assert (records[0][0], records[-1][0]) == ("A", "Z")
        inside, seen = 0, []
        for record in records[1:-1]:
            if record[0] == "B":
                seen.append(record[59:].strip())
                inside = 0
                numbers = [make.numbers[n] for n, _ in blocks[len(seen) - 1]]
            elif record[0] == "Y":
                assert int(record[12:17]) == inside
                assert not numbers
            else:
                inside += 1
                if record[:9] == "E0 SUMMRY":
                    assert int(record[10:16]) == len(blocks[len(seen) - 1]) - len(numbers) + 1
                    assert record[29:37] == numbers[0]
                if record[2] in "AR" and record[:2] == "E1":
                    assert record[55:63] == numbers.pop(0)
        assert seen == [text(i, j) for j in range(len(blocks))]
    printed = Counter(record[4:7] for body in answers for record in body.splitlines() if record[:3] in ("E1A", "E1R"))
    assert printed == Counter(read.dispositions["code"])
