"""The code lists of TA1, 997 and 999: what each code says, and how it is said in a release whose list lacks it.

One row of ``answer_codes.csv`` is one code of our own fault table at its level; ``in_4010``, ``in_5010`` and ``in_999``
are the codes sent in a 997 before 005010, in a later 997, and in a 999. Lists: X12 data elements I18 (TA105), 716
(AK905), 718 (AK502; 618 in IK502), 720 (AK304; 620 in IK304) and 723 (AK403; 621 in IK403).
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from typing import Literal, NamedTuple

Level = Literal["interchange", "group", "set", "segment", "element"]
Dialect = Literal["in_4010", "in_5010", "in_999"]

#: AK905..AK909, AK502..AK506: so many codes fit.
MOST = 5
#: What is said of a code that no list has: each level's most general one.
GENERAL: dict[Level, str] = {"interchange": "024", "group": "1", "set": "5", "segment": "8", "element": "6"}


class Words(NamedTuple):
    """What a code means, and what the sender can do."""

    meaning: str
    mend: str


@cache
def _rows() -> dict[tuple[str, str], dict[str, str]]:
    text = (files("parsers.x12") / "answer_codes.csv").read_text("utf-8")
    return {(row["level"], row["code"]): row for row in csv.DictReader(text.splitlines())}


@cache
def _kinds() -> dict[tuple[str, str, str], dict[str, str]]:
    text = (files("parsers.x12") / "answer_kinds.csv").read_text("utf-8")
    return {(row["level"], row["code"], row["kind"]): row for row in csv.DictReader(text.splitlines())}


def words(level: Level, code: str, kind: str = "") -> Words:
    """The words of a code, where it stands for several things those of the one (``kind`` of a fault, answer_kinds.csv);
    blank for a code that is not of the list."""
    row = _kinds().get((level, code, kind)) or _rows().get((level, code))
    return Words(row["meaning"], row["mend"]) if row else Words("", "")


def said(level: Level, code: str, dialect: Dialect) -> str:
    """The code to be sent for ``code`` in that kind of answer."""
    row = _rows().get((level, code)) or _rows()[level, GENERAL[level]]
    return row[dialect]


def all_said(level: Level, codes: Iterable[str], dialect: Dialect) -> list[str]:
    """The codes of a group or a set as they are sent: each once, in order, at most five."""
    return list(dict.fromkeys(said(level, code, dialect) for code in codes))[:MOST]
