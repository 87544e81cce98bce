"""What is written is read back, and what was read is written back: for every record of every layout."""

from datetime import datetime

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parsers.catair import layout, records, write

ALL = [(name, record) for name in ("envelope_in", "envelope_out", "ae", "ax") for record in layout.load(name)]
ALPHABETS = {
    "A": "ABCXYZ",
    "AN": "AZ09 ",
    "N": "0123456789",
    "X": "AZ09 !@#$%^&*()-_=+[{]}\\|;:'\",<.>/?`~¢",
}


def canonical(field: layout.Field) -> st.SearchStrategy[str]:
    """What the writer itself would put: left-justified text, zero-filled numbers, real dates; blank where allowed to
    be."""
    blank = st.just(" " * field.width)
    if field.constant:
        return st.just(field.constant.ljust(field.width))
    if field.type == "filler":
        return blank
    if field.type == "int":
        return blank | st.integers(0, 10**field.width - 1).map(lambda n: str(n).zfill(field.width))
    if field.type == "date":
        days = st.datetimes(datetime(1970, 1, 1), datetime(2069, 12, 31))
        return blank | days.map(lambda d: d.strftime("%m%d%y"))
    return st.text(ALPHABETS[field.cls], max_size=field.width).map(lambda s: s.strip().ljust(field.width))


@pytest.mark.parametrize(("name", "record"), ALL)
@given(data=st.data())
@settings(max_examples=8, deadline=None)
def test_round_trip(name: str, record: str, data: st.DataObject) -> None:
    chosen = layout.load(name)
    one = st.tuples(*(canonical(f) for f in chosen[record])).map("".join)
    texts = data.draw(st.lists(one, min_size=1, max_size=5))
    matrix = np.frombuffer("".join(texts).encode("latin-1"), np.uint8).reshape(-1, 80)
    columns = records.decoder(chosen[record]).decode(matrix).columns
    assert write.to_bytes(write.write(chosen, record, columns), b"").decode("latin-1") == "".join(texts)


def test_blank_and_zero_stay_different() -> None:
    ae = layout.load("ae")
    text = write.write(ae, "22", {"manifested_quantity": pd.array([0, None], "Int64")})
    assert [bytes(r[:10]) for r in text] == [b"2200000000", b"22        "]
    assert list(records.decoder(ae["22"]).decode(text).columns["manifested_quantity"].isna()) == [False, True]


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("manifested_quantity", 10**8),
        ("manifested_quantity", -1),
        ("manifested_quantity_unit_of_measure_code", "CARTON"),
    ],
)
def test_what_does_not_fit_is_refused(column: str, value: object) -> None:
    with pytest.raises(ValueError, match=column):
        write.write(layout.load("ae"), "22", {column: [value]})


def test_unknown_names_are_refused() -> None:
    ae = layout.load("ae")
    with pytest.raises(KeyError, match="no field colour"):
        write.write(ae, "22", {"colour": ["RED"]})
    with pytest.raises(KeyError, match="no record 99"):
        write.write(ae, "99", {})
    with pytest.raises(KeyError, match="filler"):
        write.write(ae, "22", {"filler_1": ["X"]})
    with pytest.raises(ValueError, match="single bytes"):
        write.write(ae, "44", {"commercial_description_text": ["€"]})


def test_newlines() -> None:
    matrix = write.write(layout.load("envelope_out"), "Z-ACEGEN", {"ace_generated_record_indicator": ["Z", "Z"]})
    frame = b"Z" + b" " * 78 + b"Z"
    assert write.to_bytes(matrix) == (frame + b"\n") * 2
    assert write.to_bytes(matrix, b"\r\n") == (frame + b"\r\n") * 2
    assert write.to_bytes(matrix, b"") == frame * 2
