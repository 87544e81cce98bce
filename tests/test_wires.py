"""The example wires of a third party, answered as customs' own test system answered them."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from loaders.intake import STATE
from tests.system.answers import read
from tidewaiter import answering, demonstration

FOLDER = Path(__file__).parents[2] / "shared" / "examples" / "wires"
DAY = date(2026, 8, 20)  # the wires' statement and arrival dates lie just after it
FINALS = {"accepted": {"995", "996", "997"}, "rejected": {"998", "999"}}


def verdicts() -> list[tuple[str, str, frozenset[str]]]:
    """Wire, ``accepted`` or ``rejected``, and the codes its answer must hold, from the table beside the wires."""
    path = FOLDER / "VERDICTS.md"
    rows = [line.strip("|\n ").split("|") for line in path.open() if line.startswith("|")] if path.exists() else []
    return [
        (name.strip(), verdict.split()[0].strip(), frozenset(re.findall(r"\b[0-9A-Z]{3}\b", codes)))
        for name, verdict, codes, _ in rows[2:]
    ]


def answered(name: str) -> answering.Answered:
    data = (FOLDER / f"{name}.txt").read_bytes()
    nothing = pd.DataFrame(columns=list(STATE)).astype(STATE)
    return answering.compute(
        [data],
        today=DAY,
        reference=demonstration.snapshot().tables,
        read_state=lambda keys: nothing,
        read_accounts=everybody,
    )


def everybody(numbers: list[str]) -> pd.DataFrame:
    """Every filer and importer that is asked for has an active account."""
    return pd.DataFrame(
        [(kind, it) for it in numbers for kind in ("broker", "importer")], columns=["kind", "identifier"]
    )


def test_every_wire_has_a_verdict(shared: Path) -> None:
    assert {name for name, _, _ in verdicts()} == {path.stem for path in FOLDER.glob("*.txt")}
    assert all(codes for _, _, codes in verdicts())


@pytest.mark.parametrize(("name", "verdict", "codes"), verdicts(), ids=[name for name, _, _ in verdicts()])
def test_verdict(name: str, verdict: str, codes: frozenset[str]) -> None:
    it = answered(name)
    (batch,) = read(it.answers[0])
    (final,) = batch.finals
    assert final.code in FINALS[verdict]
    assert codes <= batch.codes
    assert not it.unchecked, "an acceptance for want of a table would be none"


def test_a_census_warning_does_not_reject(shared: Path) -> None:
    (batch,) = read(answered("census_bait_232_replace").answers[0])
    (final,) = batch.finals
    assert (final.disposition, final.severity, final.code) == ("A", "W", "995")
