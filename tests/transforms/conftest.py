"""A small, sound entry summary to be bent by the tests, and the way from its bytes to its answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import pandas as pd
import pytest

from parsers.catair.read import Parsed, parse
from transforms import answer, lifecycle
from transforms.conditions.evaluate import evaluate, ordered
from transforms.conditions.registry import World
from transforms.entry_summary import EntrySummaries, facts

TODAY = date(2026, 10, 6)
#: Entry numbers of filer TW1 whose check digit is right.
NUMBERS = ("00001233", "00001241", "00001258", "00001266", "00001274")
DETAIL = {
    "11": "1112-3456789  12-3456789                 100826100626       CA",
    "20": "20ABCD2704100626    LADY OF THE TIDE",
    "22": "2200000100CTNS",
    "23": "23MABCD123456789012",
    "31": "318B 123",
    "40": "40  001 DEDE091826        0000000500428700000001200    N",
    "44": "44BRASS LAMPS",
    "47M": "47MDESAMCOM12BRE",
    "47S": "47S12-3456789",
    "50": "508708998180 0000025000 0000010000 000000120000KG",
    "62a": "6249900003464",
    "62b": "6250100001250",
    "89": "894990000000346450100000001250",
    "90": "9000000025000 00000004714 00000000000 00000000000 00000000000 00000000000",
}


def summary(
    number: str = NUMBERS[0], action: str = "A", reference: str = "REF-1", filer: str = "TW1", **change: str | None
):
    """The records of one filing; ``_40="..."`` replaces a record of :data:`DETAIL`, None leaves it out."""
    header = f"10{action}{filer}  {number} 2704{reference:<9}   "
    if action == "D":
        return [f"10{action}{filer}  {number} 2704" + " " * 12 + "01"]
    detail = dict(sorted((DETAIL | {key.removeprefix("_"): text for key, text in change.items()}).items()))
    return [header + "0111 X           2102026", *(text for text in detail.values() if text is not None)]


def block(*summaries: list[str], filer: str = "TW1", text: str = "BLOCK-1") -> list[str]:
    records = [record for one in summaries for record in one]
    return [f"B  2704{filer}AE" + " " * 47 + text, *records, f"Y  2704{filer}AE"]


def batch(*blocks: list[str], password: str = "SECRET") -> bytes:
    head = f"A2704TW1{password:<6}100626     AE" + " " * 32 + "BATCH-1"
    records = [head, *(record for one in blocks for record in one), "Z2704TW1      100626"]
    return "".join(f"{record:<80}\n" for record in records).encode("latin-1")


@dataclass
class Read:
    """A shard, read and judged."""

    parsed: Parsed
    es: EntrySummaries
    conditions: pd.DataFrame
    dispositions: pd.DataFrame

    def ax(self) -> list[str]:
        return [body.decode("latin-1") for body in answer.ax(self.es, self.parsed, self.conditions, self.dispositions)]


def judge(*files: bytes, state: pd.DataFrame | None = None, more: Sequence[pd.DataFrame] = ()) -> Read:
    """What becomes of the files, with nothing loaded but the chapter's own rules; ``more`` adds conditions to them."""
    parsed = parse(files)
    es = facts(parsed)
    found, _ = evaluate(es, World(TODAY, state=state), parsed)
    found = ordered([found, *more])
    dispositions, further = lifecycle.decide(es, found, state)
    return Read(parsed, es, ordered([found, further]), dispositions)


def on_file(**columns: object) -> pd.DataFrame:
    """The state of one entry, accepted and in trade control unless said otherwise."""
    row = {
        "filer_code": "TW1",
        "entry_number": NUMBERS[0],
        "status": "accepted",
        "control": "trade",
        "broker_reference": "REF-1",
        "importer_number": "12-3456789",
        "sequence": 1,
        "version_number": "00100",
        "rejected": False,
    }
    return pd.DataFrame([row | columns])


@pytest.fixture
def make():
    """``make.summary``, ``make.block``, ``make.batch``, ``make.judge``, ``make.on_file``, ``make.numbers``."""

    class Make:
        numbers = NUMBERS

    for function in (summary, block, batch, judge, on_file):
        setattr(Make, function.__name__, staticmethod(function))
    return Make
