"""Golden interchanges: what came, and what has to come back, byte for byte, worked out by hand.

``expected.997`` holds TA1, 997 and 999 of all interchanges of ``input.txt``, ``expected.reasons.csv`` says it in words.
``expected.824`` is what the rules on exports make of the filings that syntax has let through.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from parsers.x12.acknowledge import acknowledge
from parsers.x12.document import Document
from parsers.x12.judge import judge
from parsers.x12.read import read
from tests.parsers.x12_made import how
from tests.transforms.export import exported
from transforms.export import facts, lifecycle, registry
from transforms.export.rules import dates
from transforms.x12.advice import advices
from transforms.x12.outcome import DISPOSITIONS, Outcome
from transforms.x12.reasons import reasons

ROOT = Path(__file__).parents[3]
GOLDEN = sorted(it.parent for it in (ROOT / "tests/golden").glob("*/expected.997"))


def filed(document: Document) -> Outcome:
    """What becomes of its export filings where nothing is on file; numbers are the database's to give."""
    world, sent = exported.world(), facts.facts(document)
    found = registry.evaluate(sent, world)
    accounts = np.full(len(sent.shipment), exported.EXPORTER)
    decided = lifecycle.decide(sent, found, accounts, lifecycle.OnFile(), dates.days_late(sent, world))
    accepted = (decided.dispositions["final"] == "A").to_numpy()
    numbers = [f"X20260914{nth:06}" if taken else "" for nth, taken in zip(accepted.cumsum(), accepted, strict=True)]
    dispositions = decided.dispositions.assign(number=numbers)[[*DISPOSITIONS]].astype(DISPOSITIONS)
    return Outcome(dispositions, registry.ordered([found, decided.conditions]))


@pytest.mark.parametrize("case", GOLDEN, ids=lambda path: path.name)
def test_golden(case: Path) -> None:
    document = judge(read((case / "input.txt").read_bytes()))
    one = how()
    replies = acknowledge(document, one)
    assert b"".join(it.body for it in replies).decode() == (case / "expected.997").read_text()
    if (advice := case / "expected.824").exists():
        assert advices(document, filed(document), one).decode() == advice.read_text()
    if (words := case / "expected.reasons.csv").exists():
        assert reasons(document, None, replies).decode() == words.read_text()


def test_there_are_golden_interchanges() -> None:
    assert {it.name for it in GOLDEN} >= {"x12_810_997", "x12_601_824", "x12_envelope_faults"}
