"""The code lists of the answers, and that the documentation has them all."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest
import x12_oracle as oracle

from parsers.x12 import answer_codes

ROOT = Path(__file__).parents[2]
ROWS = list(csv.DictReader((ROOT / "parsers/x12/answer_codes.csv").open(encoding="utf-8")))
#: X12's lists, as pyx12's maps have them: 997 of 004010, and 999 (without the codes of implementation guides).
LISTS = {
    "in_4010": {
        "interchange": [f"{n:03d}" for n in range(32)],
        "group": [*map(str, (1, 2, 3, 4, 5, 6, *range(10, 19), *range(23, 27)))],
        "set": [*map(str, (*range(1, 14), 15, 16, 17, *range(23, 28)))],
        "segment": [*map(str, range(1, 9))],
        "element": [*map(str, range(1, 11))],
    },
    "in_999": {
        "group": [*map(str, (1, 2, 3, 4, 5, 6, *range(10, 20), *range(23, 27)))],
        "set": [*map(str, (*range(1, 14), *range(15, 20), *range(23, 28)))],
        "element": [*map(str, (*range(1, 11), 12, 13))],
    },
}


@pytest.mark.parametrize("dialect", ["in_4010", "in_5010", "in_999"])
@pytest.mark.parametrize("level", ["interchange", "group", "set", "segment", "element"])
def test_what_is_sent_is_in_the_list(dialect, level):
    later = LISTS["in_999"] if dialect != "in_4010" else {}
    allowed = later.get(level, LISTS["in_4010"][level])
    codes = [row["code"] for row in ROWS if row["level"] == level]
    assert set(codes) == set(LISTS["in_999"].get(level, LISTS["in_4010"][level])), "a code of X12 is missing"
    assert {answer_codes.said(level, code, dialect) for code in codes} <= set(allowed)
    assert answer_codes.said(level, "no such code", dialect) in allowed


def test_every_code_has_words():
    assert [row for row in ROWS if not row["meaning"] or not row["mend"]] == ROWS[:1], "only 000 asks for nothing"
    assert answer_codes.words("set", "no such code") == ("", "")


def test_every_code_that_is_judged_can_be_told():
    judged = list(csv.DictReader((ROOT / "parsers/x12/verdicts.csv").open(encoding="utf-8")))
    assert {(row["level"], row["code"]) for row in judged} <= {(row["level"], row["code"]) for row in ROWS}
    kinds = [row for row in judged if row["kind"] and row["level"] != "element"]
    told = [answer_codes.words(row["level"], row["code"], row["kind"]) for row in kinds]
    assert not [it for it, row in zip(told, kinds, strict=True) if it == answer_codes.words(row["level"], row["code"])]


def test_at_most_five_and_each_once():
    assert answer_codes.all_said("set", ["18", "19", "1", "5", "6", "7", "23", "2"], "in_4010") == [
        "1",
        "5",
        "6",
        "7",
        "23",
    ]


def test_the_documentation_has_them():
    text = (ROOT / "docs/x12.md").read_text(encoding="utf-8")
    told = [
        row for row in ROWS if "security" not in row["mend"] and row["code"] not in ("000", "028", "029", "030", "031")
    ]
    assert [row for row in told if f"| {row['code']} | {row['meaning']}" not in text] == []


def test_the_samples_of_the_documentation_are_valid():
    chapter = (ROOT / "docs/x12.md").read_text(encoding="utf-8").partition("## Answers")[2]
    acknowledgment, advice, implementation = re.findall(r"```x12\n(.*?)```", chapter, re.S)
    assert oracle.faults(acknowledgment.encode()) == []
    isa, gs, *_ = acknowledgment.replace("*FA*", "*AG*").replace("*X*004010", "*X*004050").splitlines(keepends=True)
    whole = isa + gs + advice + "GE*1*17~\nIEA*1*000000017~\n"
    assert oracle.faults(whole.encode(), "004050") == []
    whole = (
        isa.replace("*U*00401*", "*^*00501*")
        + gs.replace("*AG*", "*FA*").replace("*X*004050", "*X*005010X231A1")
        + f"ST*999*0017*005010X231A1~\nAK1*IN*101*005010~\n{implementation}AK9*R*1*1*0~\nSE*10*0017~\n"
        + "GE*1*17~\nIEA*1*000000017~\n"
    )
    assert oracle.faults(whole.encode()) == []
