"""The filing's Parquet files give back the tables they were made from."""

from __future__ import annotations

from datetime import date, datetime

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.filing import tables
from transforms.filing.summarise import activity

#: One strategy for each type a table may have, and how a list of its values becomes a column.
INSTANTS = pd.DatetimeTZDtype("us", "UTC")
CELLS = {
    "str": st.text(st.characters(codec="utf-8"), max_size=6),
    "int64": st.integers(-(2**63), 2**63 - 1),
    "Int64": st.none() | st.integers(-(10**15), 10**15),
    "bool": st.booleans(),
    "datetime64[s]": st.none() | st.dates(date(1900, 1, 1), date(2100, 1, 1)),
    INSTANTS: st.none() | st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1)),
}


@st.composite
def frames(draw):
    rows = draw(st.integers(0, 5))
    kinds = draw(st.lists(st.sampled_from(list(CELLS)), min_size=1, max_size=6))
    columns = {
        f"c{at}": column(draw(st.lists(CELLS[kind], min_size=rows, max_size=rows)), kind)
        for at, kind in enumerate(kinds)
    }
    return pd.DataFrame(columns)


def column(values, kind):
    if kind == INSTANTS:
        return pd.Series(pd.to_datetime(values, utc=True)).astype(kind)
    return pd.Series(values, dtype=kind)


@given(st.dictionaries(st.sampled_from([*tables.ORDER, "later"]), frames(), max_size=3))
@settings(max_examples=100, deadline=None)
def test_reading_inverts_writing(made):
    made = {name: made[name] for name in [*tables.ORDER, "later"] if name in made}
    back = tables.read({f"{name}.parquet": tables.parquet(table) for name, table in made.items()})
    assert list(back) == list(made)
    for name, table in made.items():
        pd.testing.assert_frame_equal(back[name], table)


def test_a_filing_read_back_says_what_it_said(everyone):
    made = activity(everyone[1])
    back = tables.read(tables.files(made, version=4))
    assert tables.digest(back) == tables.digest(made)
    for name, table in made.items():
        pd.testing.assert_frame_equal(back[name], table)


def test_what_is_no_parquet_is_refused():
    with pytest.raises(ValueError, match="Parquet"):
        tables.read({"line.parquet": b"x" * 99})
