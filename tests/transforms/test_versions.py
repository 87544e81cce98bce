"""What changed between two versions."""

from __future__ import annotations

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.versions import COLUMNS, changes


def facts(values: dict[tuple[int, int], tuple[str, int | None]], port: str = "2704") -> dict[str, pd.DataFrame]:
    """A version: tariff details by line and tariff number of the line, each a number and a value."""
    rows = [(1, at, line, tariff, hts, value) for at, ((line, tariff), (hts, value)) in enumerate(values.items())]
    table = pd.DataFrame(rows, columns=["version_id", "record", "line", "tariff", "hts_number", "value_cents"])
    header = pd.DataFrame({"id": [1], "port_of_entry": [port], "sequence": [1]})
    return {"header": header, "tariff": table.astype({"value_cents": "Int64", "hts_number": "str"})}


VERSION = st.dictionaries(
    st.tuples(st.integers(1, 4), st.integers(1, 2)),
    st.tuples(st.sampled_from(["8708998180", "6109100012"]), st.none() | st.integers(0, 9_999)),
    max_size=6,
)


@settings(max_examples=30)
@given(VERSION, VERSION, st.sampled_from(["2704", "1704"]))
def test_putting_the_changes_into_the_old_version_gives_the_new_one(old, new, port):
    said, blank = changes(facts(old), facts(new, port)), {"hts_number": "", "value_cents": ""}
    assert list(said.columns) == COLUMNS
    rebuilt = {key: {"hts_number": hts, "value_cents": _text(value)} for key, (hts, value) in old.items()}
    for row in said[said["table"] == "tariff"].itertuples():
        key = (row.line, row.tariff)
        assert rebuilt.setdefault(key, dict(blank)).get(row.field, "") == row.before
        rebuilt[key][row.field] = row.after
        assert row.reason == ("added" if key not in old else "removed" if key not in new else "changed")
    wanted = {key: {"hts_number": hts, "value_cents": _text(value)} for key, (hts, value) in new.items()}
    assert {k: v for k, v in rebuilt.items() if v != blank} == {k: v for k, v in wanted.items() if v != blank}
    assert (said["table"] == "header").sum() == (port != "2704")


@settings(max_examples=15)
@given(VERSION)
def test_the_same_says_nothing(version):
    assert changes(facts(version), facts(version)).empty


def test_rows_that_repeat_under_one_key_are_told_apart_by_their_order():
    def version(*codes: str) -> dict[str, pd.DataFrame]:
        return {
            "release": pd.DataFrame(
                {"version_id": 1, "record": 1, "slot": range(len(codes)), "entry_number": list(codes)}
            )
        }

    said = changes(version("00000001", "00000002"), version("00000001", "00000003", "00000004"))
    assert said[["reason", "before", "after"]].to_numpy().tolist() == [
        ["changed", "00000002", "00000003"], ["added", "", "00000004"],
    ]  # fmt: skip


def _text(value: int | None) -> str:
    return "" if value is None else str(value)
