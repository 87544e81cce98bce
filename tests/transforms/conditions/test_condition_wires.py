"""Recorded transmissions get the conditions that the test system of customs gave them, and no others of ours."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from condition_filings import world

from parsers.catair import read
from transforms import entry_summary
from transforms.conditions.evaluate import evaluate

WIRES = Path(__file__).parents[3].parent / "shared" / "examples" / "wires"
needs_wires = pytest.mark.skipif(not WIRES.exists(), reason="../shared is not there")

#: Numbers the wires cite: units, rate per million, class fees. Facts of the 2026 schedule.
CITED = """
99030590||additional|0|
99038210||additional|150000|
99030574||additional|125000|
99030539||other||
99034110||additional|400000|
98206225||free||
8415820120|NO|ad_valorem|22000|
1902194000|KG|ad_valorem|64000|
0712311000|KG|other||
2002908020|KG|ad_valorem|116000|
6403599045|PRS|ad_valorem|100000|
"""


def _world():
    small = world()
    tariff = small.ref["tariff"]
    rows = [line.split("|") for line in CITED.strip().splitlines()]
    cited = pd.DataFrame(
        rows, columns=["hts_number", "unit_1", "general_kind", "ad_valorem", "fee_classes"], dtype="str"
    )
    cited["ad_valorem"] = pd.to_numeric(cited["ad_valorem"]).astype("Int64")
    cited["valid_from"] = tariff["valid_from"].iloc[0]
    joined = pd.concat([tariff, cited], ignore_index=True)
    text = joined.select_dtypes("str").columns
    joined[text] = joined[text].fillna("")
    census = small.ref["census"].assign(hts_number=pd.Series(["8415820120"], dtype="str"), high=1_000_000_000)
    return world(ref={**small.ref, "tariff": joined, "census": census.astype({"high": "Int64"})})


@needs_wires
@pytest.mark.parametrize(
    ("name", "codes"),
    [
        ("census_bait_232_replace", {"27D"}),
        ("gri3b_set_X_V", set()),
        ("delete_unknown_entry", set()),  # B25 is found where the life cycle is decided
        ("air_no_unlading_port", {"167"}),
        ("uom_on_zero_unit_ch99", {"441", "429"}),
        ("haiti_five_errors", {"441", "443", "657", "468", "429"}),
    ],
)
def test_recorded_verdict(name, codes):
    parsed = read.parse([(WIRES / f"{name}.txt").read_bytes()])
    conditions, _ = evaluate(entry_summary.facts(parsed), _world(), parsed)
    assert set(conditions.code) == codes
