"""Numbers, dates and texts as columns, and what is wrong inside them."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.catair import layout, records

AE = layout.load("ae")


def decode(record: str, *texts: str) -> records.Decoded:
    data = "".join(f"{t:<80}" for t in texts).encode("latin-1")
    return records.decoder(AE[record]).decode(np.frombuffer(data, np.uint8).reshape(-1, 80))


def defects(found: records.Decoded) -> list[tuple[int, str, str]]:
    return sorted((int(at), f.name, kind) for at, f, kind in zip(found.at, found.field, found.kind, strict=True))


@given(st.integers(1, 16), st.integers(0, 64), st.data())
def test_digits_are_read_wherever_they_stand(width: int, start: int, data: st.DataObject) -> None:
    numbers = data.draw(st.lists(st.integers(0, 10**width - 1), min_size=1, max_size=4))
    cells = np.full((len(numbers), 80), ord("7"), np.uint8)
    for row, number in enumerate(numbers):
        fill = data.draw(st.sampled_from(["0", " "]))
        cells[row, start : start + width] = list(str(number).rjust(width, fill).encode())
    assert list(records.digits(cells.view("V80").ravel(), start, width)) == numbers


def test_zero_filled_and_blank_filled_numbers_are_the_same() -> None:
    found = decode("22", "2200000100CTNS", "22     100CTNS", "22        CTNS", "2200000000CTNS")
    assert list(found.columns["manifested_quantity"]) == [100, 100, pd.NA, 0]
    assert defects(found) == [(2, "manifested_quantity", "missing")]


@pytest.mark.parametrize("cell", ["100     ", "1 000100", "    1 00", "00001O00", "-0000100", "00010.00"])
def test_a_number_that_is_none_is_a_defect_and_missing(cell: str) -> None:
    found = decode("22", "2200000001CTNS", f"22{cell}CTNS")
    assert defects(found) == [(1, "manifested_quantity", "class")]
    assert list(found.columns["manifested_quantity"].isna()) == [False, True]


def test_a_strict_number_may_not_be_led_by_blanks() -> None:
    found = decode("41", "41P0102260000000012", "41P010226        12", "41P010226")
    assert defects(found) == [(1, "ftz_line_item_quantity", "class"), (2, "ftz_line_item_quantity", "missing")]


def test_dates() -> None:
    found = decode(
        "11", *(f"11{'X':<39}{d}" for d in ("022928", "022927", "010170", "123169", "1301 6", "      ", "000000"))
    )
    days = pd.Series(found.columns["estimated_entry_date"])
    assert list(days.dt.strftime("%Y-%m-%d").fillna("")) == ["2028-02-29", "", "1970-01-01", "2069-12-31", "", "", ""]
    assert [d for d in defects(found) if d[1] == "estimated_entry_date"] == [
        (1, "estimated_entry_date", "date"),
        (4, "estimated_entry_date", "class"),
        (6, "estimated_entry_date", "date"),
    ]


def test_texts_lose_their_padding_on_both_sides() -> None:
    found = decode("44", "44PARTS", "44   PARTS OF CARS ", "44" + "X" * 70, "44")
    assert list(found.columns["commercial_description_text"]) == ["PARTS", "PARTS OF CARS", "X" * 70, ""]
    assert defects(found) == [(3, "commercial_description_text", "missing")]
    assert str(pd.DataFrame(found.columns).dtypes.iloc[0]) == "str"


def test_the_cent_sign_is_text() -> None:
    found = decode("44", "44PRICE 5¢ EACH", "44PARTS")
    assert list(found.columns["commercial_description_text"]) == ["PRICE 5¢ EACH", "PARTS"]


def test_classes() -> None:
    found = decode("47", "47MDESAMCOM12BRE", "47S12-3456789", "47#DE")
    assert defects(found) == [(2, "article_party_type_code", "class")]
    found = decode("10", "101ZZ9  00001233 2704", "10AZ-9  00001233 2704")
    assert [d for d in defects(found) if d[2] == "class"] == [
        (0, "summary_filing_action_request_code", "class"),
        (1, "entry_filer_code", "class"),
    ]


def test_more_rows_than_a_chunk(monkeypatch: pytest.MonkeyPatch) -> None:
    some = ["22     100CTNS", "22", "2200000000", "2212345678PCS"]
    rows = np.arange(4 * 5000) % 4
    data = np.frombuffer("".join(f"{t:<80}" for t in some).encode(), np.uint8).reshape(-1, 80)
    found = records.decoder(AE["22"]).decode(data, rows)
    assert list(found.columns["manifested_quantity"][-4:]) == [100, pd.NA, 0, 12345678]
    assert list(found.columns["manifested_quantity_unit_of_measure_code"][:4]) == ["CTNS", "", "", "PCS"]
    assert len(found.at) == 5000 + 2 * 5000
