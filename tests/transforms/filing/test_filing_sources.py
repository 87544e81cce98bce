"""Every total of the filing's files opens down to the records in the brokers' files."""

from __future__ import annotations

import json

import pandas as pd
import pytest

from bench import generate
from parsers.catair import framing
from tests.transforms.filing.conftest import DAYS
from transforms.filing import tables
from transforms.filing.charges import charges
from transforms.filing.summarise import activity

AMOUNTS = ["duty_cents", "fee_cents", "tax_cents", "ad_cents", "cvd_cents", "other_cents"]
#: What the rows below add up to: column of the table above -> column below.
ADDS = {
    "goods": {c: c for c in ["value_cents", "quantity_1", *AMOUNTS]},
    "fee_class": {"amount_cents": "amount_cents"},
    "case": {"duty_cents": "amount_cents"},
    "statement": {"account_due_cents": "due_cents"},
    "entry": {c: c for c in ["value_cents", *AMOUNTS]},
}


@pytest.fixture(scope="module")
def filed(busiest):
    made = activity(busiest) | {"charge": charges(busiest)}
    return json.loads(tables.json_document(made, version=1))


@pytest.mark.parametrize("name", ADDS)
def test_the_rows_behind_a_row_add_up_to_it(filed, name):
    above = pd.DataFrame(filed[name])
    below, by = pd.DataFrame(filed[filed["opens"][name]["table"]]), filed["opens"][name]["by"]
    if name == "fee_class":
        above = above[above["class_code"] != "499"]  # between a minimum and a maximum of the summary
    if name == "statement":
        above = above[above["kind"] == "daily"]
    assert len(above)
    sums = (
        below.groupby(by)[list(ADDS[name].values())]
        .sum()
        .reindex(pd.MultiIndex.from_frame(above[by]) if len(by) > 1 else above[by[0]])
    )
    for column, under in ADDS[name].items():
        assert sums[under].fillna(0).tolist() == above[column].tolist()


def test_every_charge_and_line_stands_where_it_says(filed):
    bytes_of = {f.name: f.data for day in DAYS for f in generate.generate(day, 200, 3, brokers=3, importers=12)}
    framed = {}
    amounts = {"line": [("hts_number", "duty_cents", "value_cents")], "charge": [("amount_cents",)]}
    for name, (columns,) in amounts.items():
        for row in pd.DataFrame(filed[name]).sample(60, random_state=2).to_dict("records"):
            source = row["file_name"]
            if source not in framed:
                framed[source] = framing.frame([bytes_of[source]])
            text = bytes(framed[source].text[row["record"] - 1]).decode()
            assert text.startswith(row.get("record_id", "50"))
            for column, place in zip(columns, row["columns"].split(), strict=True):
                first, last = map(int, place.split("-"))
                found = text[first - 1 : last].strip()
                stated = int(found or 0) * (100 if column == "value_cents" else 1) if column != "hts_number" else found
                counted = row[column] + row.get("component_value_cents", 0) if column == "value_cents" else row[column]
                assert stated == counted
