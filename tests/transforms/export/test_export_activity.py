"""The export activity statement adds up, whatever the month holds, and says so when it does not."""

from __future__ import annotations

import io
import json
import os
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.export import activity, statement

MANY = settings(max_examples=200 if "TIDEWAITER_SOAK_X12" in os.environ else 25)
MONTH = pd.Timestamp("2026-09-01").as_unit("s")
LINE = st.tuples(
    st.sampled_from(["0409000035", "0808100065"]),
    st.sampled_from(["KG", "EA"]),
    st.integers(0, 10**12),
    st.integers(1, 10**11),
)
FILING = st.tuples(
    st.sampled_from(["DE", "MX"]),
    st.sampled_from(["F-1", "X-1"]),
    st.integers(0, 9),
    st.lists(LINE, min_size=1, max_size=3),
)


def month(filings: list[Any]) -> activity.Activity:
    rows, lines = [], []
    for n, (destination, filer, late, some) in enumerate(filings):
        value = sum(it[3] for it in some)
        rows.append((n, f"R{n}", f"X{n}", filer, filer, MONTH, "11", "2704", destination, "C", "predeparture", late,
                     len(some), value, 1000 * len(some)))  # fmt: skip
        for at, (number, unit, quantity, cents) in enumerate(some, 1):
            lines.append((n, at, number, "HONEY", "D", unit, quantity, "", None, cents, 1000, "C33"))
    filing = pd.DataFrame(rows, columns=["version_id", "reference", "itn", "filer", "filer_name", "export_date", "mode",
                                         "port_of_export", "destination", "consignee", "option", "days_late", "lines",
                                         "value_cents", "weight_kg"])  # fmt: skip
    columns = (
        "version_id line number description origin unit quantity second_unit second_quantity value_cents weight_kg"
    )
    line = pd.DataFrame(lines, columns=[*columns.split(), "license"])
    filing = filing.astype({"days_late": "int64", "lines": "int64", "value_cents": "int64", "weight_kg": "int64",
                            "export_date": "datetime64[s]"})  # fmt: skip
    line = line.astype({"quantity": "Int64", "second_quantity": "Int64", "weight_kg": "Int64", "value_cents": "int64"})
    account = pd.DataFrame({"number": ["X-1"], "name": ["Pacific Pumps Inc"], "identifier": ["12345678900"]})
    return activity.Activity(MONTH, account, filing, line)


@MANY
@given(st.lists(FILING, max_size=6))
def test_every_month_ties_out(filings: list[Any]) -> None:
    it = month(filings)
    made = activity.summarise(it)
    assert not len(activity.tie_out(it, made))
    total = made["totals"].iloc[0]
    cents = sum(line[3] for *_, some in filings for line in some)
    assert (total["value_cents"], total["filings"]) == (cents, len(filings))
    words = activity.written(made)
    for name in ("goods", "destination", "filer", "filing", "line"):
        table = pd.read_csv(io.BytesIO(words[name]), dtype="str", keep_default_na=False)
        dollars = table["value"].str.replace(".", "").astype("int64") if len(table) else pd.Series([], dtype="int64")
        assert dollars.sum() == cents, name
    said = json.loads(activity.document(made, 1, "0"))
    assert said["totals"]["value_cents"] == cents and len(said["filing"]) == len(filings)


@pytest.mark.parametrize(
    ("table", "column", "check"),
    [("filing", "value_cents", "filing"), ("filing", "lines", "filing"), ("line", "value_cents", "filing"),
     ("line", "version_id", "no filing")],
)  # fmt: skip
def test_what_does_not_agree_is_told(table: str, column: str, check: str) -> None:
    it = month([("DE", "F-1", 0, [("0409000035", "KG", 1000, 500)]), ("MX", "X-1", 2, [("0808100065", "EA", 5, 700)])])
    getattr(it, table).loc[0, column] += 7
    found = activity.tie_out(it, activity.summarise(it))
    assert check in set(found["check"]) and (found["expected"] != found["found"]).all()


def test_the_document_is_the_same_for_the_same_month_and_shows_what_was_added_up() -> None:
    it = month([("DE", "F-1", 3, [("0409000035", "KG", 1500, 123456)])])
    made = activity.summarise(it)
    one = statement.pdf(made, 1, "abc")
    assert one.startswith(b"%PDF") and one == statement.pdf(made, 1, "abc")
    said = statement.content(made, 2, "abc", 1)
    assert ["Value at the port of export", "1,234.56"] in said["totals"] and ["Filed late", "1"] in said["totals"]
    titles = [it["title"] for it in said["tables"]]
    assert titles == ["By destination", "By filer", "By Schedule B number and destination", "Filings"]
    assert said["tables"][2]["rows"] == [["0409.00.0035", "DE", "1", "1.5", "KG", "1,234.56"]]
    empty = activity.summarise(month([]))
    assert statement.content(empty, 1, "")["tables"] == [] and statement.pdf(empty, 1, "").startswith(b"%PDF")
    assert np.array_equal(empty["totals"].to_numpy(), [[0, 0, 0, 0, 0]])
