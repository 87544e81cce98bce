"""Golden interchanges: what came, and what has to come back, byte for byte, worked out by hand.

``expected.997`` holds TA1, 997 and 999 of all interchanges of ``input.txt``.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from parsers.x12.acknowledge import acknowledge
from parsers.x12.judge import judge
from parsers.x12.read import read
from tests.parsers.x12_made import how

ROOT = Path(__file__).parents[3]
GOLDEN = sorted(it.parent for it in (ROOT / "tests/golden").glob("*/expected.997"))


@pytest.mark.parametrize("case", GOLDEN, ids=lambda path: path.name)
def test_golden(case: Path) -> None:
    document = judge(read((case / "input.txt").read_bytes()))
    told = b"".join(reply.body for reply in acknowledge(document, how()))
    assert told.decode() == (case / "expected.997").read_text()


def test_there_are_golden_interchanges() -> None:
    assert {it.name for it in GOLDEN} >= {"x12_envelope_faults"}
