"""The requirement matrices hold for every entry type and mode, and the check digit for every entry number."""

from __future__ import annotations

import pandas as pd
import pytest
from condition_filings import apply, base, found, number, world
from hypothesis import given
from hypothesis import strategies as st

from transforms.conditions.codes import codes, table
from transforms.conditions.header import check_digit

#: How to take each element away from the base, and how to add it, in steps.
ELEMENTS = {
    "mode_of_transport": ("10.mode_of_transportation_mot_code=", "10.mode_of_transportation_mot_code=11"),
    "consignee_number": ("11.consignee_number=", ""),
    "destination_state": ("11.us_state_of_destination_code=", ""),
    "ftz_id": ("", "11.foreign_trade_zone_identifier=02600A001"),
    "location_of_goods": ("", "20.location_of_goods_code=A123"),
    "entry_date": ("11.estimated_entry_date=", ""),
    "import_date": ("11.date_of_importation=", ""),
    "export_country": ("40.country_of_export_code=", ""),
    "export_date": ("40.date_of_exportation=", ""),
    "related_party": ("40.related_party_indicator=", ""),
    "psc": ("", "10.post_summary_correction_indicator=Y"),
    "deferred_tax": ("", "10.deferred_tax_payment_code=1"),
    "consolidated": ("", "10.consolidated_summary_indicator=Y"),
    "nonreimbursement": ("", "40.ad_case_nonreimbursement_statement=Y"),
}


@pytest.fixture(scope="module")
def by_entry_type():
    """(column, entry type, present) -> codes found."""
    asked = [(c, t, here) for c in ELEMENTS for t in codes("entry_type") for here in (False, True)]
    wires = [apply(list(base("vessel")), f"{ELEMENTS[c][here]} | 10.entry_type_code={t}") for c, t, here in asked]
    return dict(zip(asked, (set(conditions.code) for conditions in found(wires, world())), strict=True))


@pytest.mark.parametrize("row", [r for r in table("requirements/entry_type.csv") if r["column"] in ELEMENTS], ids=str)
def test_entry_type_matrix(by_entry_type, row):
    for entry_type in codes("entry_type"):
        absent, present = (by_entry_type[row["column"], entry_type, here] for here in (False, True))
        if row["missing"]:
            assert (row["missing"] in absent) == (row[entry_type] == "M"), entry_type
            assert row["missing"] not in present, entry_type
        if row["surplus"]:
            assert (row["surplus"] in present) == (row[entry_type] == "N"), entry_type
            assert row["surplus"] not in absent, entry_type


@given(st.integers(0, 9_999_999), st.sampled_from(["ZZZ", "B76", "N01", "9AX"]), st.integers(0, 7), st.integers(1, 9))
def test_a_slip_in_one_digit_is_noticed(seven, filer, place, slip):
    sound = number(seven, filer)
    digit = str((int(sound[place]) + slip) % 10)
    slipped = sound[:place] + digit + sound[place + 1 :]
    expected = check_digit(pd.Series([filer], dtype="str"), pd.Series([slipped], dtype="str"))[0]
    assert str(expected) != slipped[7]


def test_the_published_example():
    assert number(324527, "B76")[-1] == "8"
