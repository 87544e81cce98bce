"""Reference tables: what an operator loads, what rules see, what stays the same for ever."""

from __future__ import annotations

import gzip
from datetime import date
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loaders import reference, reference_file
from loaders.reference_columns import definitions

HEADER = "hts_number,valid_from,valid_to,unit_1,ad_valorem\n"


def write(folder: Path, text: str, name: str = "table.csv") -> Path:
    path = folder / name
    path.write_text(text)
    return path


def rows(home: Path, table: str = "tariff") -> list[tuple]:
    frame = reference.snapshot(home).tables[table]
    return [
        (n, str(a.date()), "" if pd.isna(b) else str(b.date()), None if pd.isna(r) else r)
        for n, a, b, r in frame[["hts_number", "valid_from", "valid_to", "ad_valorem"]].itertuples(index=False)
    ]


def test_a_loaded_table_is_what_rules_see(tmp_path):
    path = write(tmp_path, HEADER + "8708295060,2020-01-01,,NO,25000\n9903880100,2018-07-06,2030-12-31,,\n")
    loaded = reference.load(None, tmp_path, "tariff", path)
    snapshot = reference.snapshot(tmp_path)
    assert (loaded.rows, loaded.snapshot) == (2, snapshot.hash)
    assert "tariff" in snapshot.tables and "ports" not in snapshot.tables
    tariff = snapshot.tables["tariff"]
    assert [str(t) for t in tariff[["hts_number", "valid_from", "ad_valorem"]].dtypes] == [
        "str",
        "datetime64[s]",
        "Int64",
    ]
    assert tariff["unit_1"].tolist() == ["NO", ""]
    assert rows(tmp_path) == [("8708295060", "2020-01-01", "", 25000), ("9903880100", "2018-07-06", "2030-12-31", None)]


def test_a_snapshot_never_changes_and_the_same_rows_have_the_same_hash(tmp_path):
    path = write(tmp_path, HEADER + "2,2020-01-01,,NO,1\n1,2020-01-01,,NO,1\n")
    first = reference.load(None, tmp_path, "tariff", path)
    reordered = write(tmp_path, HEADER + "1,2020-01-01,,NO,1\n2,2020-01-01,,NO,1\n")
    assert reference.load(None, tmp_path, "tariff", reordered) == first
    reference.load(None, tmp_path, "tariff", write(tmp_path, HEADER + "3,2020-01-01,,NO,1\n"))
    assert len(reference.snapshot(tmp_path, first.snapshot).tables["tariff"]) == 2
    assert len(reference.snapshot(tmp_path).tables["tariff"]) == 1


def test_an_amendment_begins_on_its_day_and_ends_what_it_replaces(tmp_path):
    base = "1,2020-01-01,,NO,100\n2,2020-01-01,,NO,100\n3,2020-01-01,2021-12-31,NO,100\n4,2027-01-01,,NO,100\n"
    reference.load(None, tmp_path, "tariff", write(tmp_path, HEADER + base))
    amended = write(tmp_path, "hts_number,unit_1,ad_valorem\n1,NO,200\n3,NO,200\n4,NO,200\n5,NO,200\n")
    reference.load(None, tmp_path, "tariff", amended, effective=date(2026, 3, 1))
    assert rows(tmp_path) == [
        ("1", "2020-01-01", "2026-02-28", 100),
        ("1", "2026-03-01", "", 200),
        ("2", "2020-01-01", "", 100),
        ("3", "2020-01-01", "2021-12-31", 100),
        ("3", "2026-03-01", "", 200),
        ("4", "2026-03-01", "", 200),
        ("5", "2026-03-01", "", 200),
    ]


@pytest.mark.parametrize(
    ("effective", "kept"),
    [
        (None, [("2025-01-01", "2025-06-30", 7), ("2025-07-01", "", 6), ("2026-01-01", "", 5)]),
        (date(2026, 1, 1), [("2025-01-01", "2025-06-30", 7), ("2025-07-01", "2025-12-31", 8), ("2026-01-01", "", 5)]),
    ],
)
def test_a_table_known_by_its_dates_alone_is_amended_by_them(tmp_path, effective, kept):
    head = "valid_from,valid_to,underpayment_pct\n"
    path = write(tmp_path, head + "2025-01-01,2025-06-30,7\n2025-07-01,,8\n")
    reference.load(None, tmp_path, "interest_rates", path)
    more = "" if effective else "2025-07-01,,6\n"
    path = write(tmp_path, head + more + "2026-01-01,,5\n")
    reference.load(None, tmp_path, "interest_rates", path, effective, merge=True)
    frame = reference.snapshot(tmp_path).tables["interest_rates"]
    found = zip(frame["valid_from"], frame["valid_to"], frame["underpayment_pct"], strict=True)
    assert [(str(a.date()), "" if pd.isna(b) else str(b.date()), rate) for a, b, rate in found] == kept


def test_merging_keeps_what_the_file_does_not_name(tmp_path):
    reference.load(None, tmp_path, "tariff", write(tmp_path, HEADER + "1,2020-01-01,,NO,1\n2,2020-01-01,,NO,1\n"))
    reference.load(None, tmp_path, "tariff", write(tmp_path, HEADER + "2,2020-01-01,,NO,9\n"), merge=True)
    assert [row[3] for row in rows(tmp_path)] == [1, 9]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (HEADER + "1,2020-13-01,,NO,1\n", "line 2, valid_from: found '2020-13-01', expected a date as 2026-01-31"),
        (HEADER + "1,,,NO,1\n1,,,NO,1\n", "line 3, hts_number+valid_from: found '1 1970-01-01', expected each"),
        (HEADER + "1,,,NO,2.5\n", "line 2, ad_valorem: found '2.5', expected a whole number"),
        (HEADER + "1,,,NO,1\n,,,NO,1\n", "line 3, hts_number: found '', expected a value"),
        (
            HEADER + "1,2020-01-02,2020-01-01,NO,1\n",
            "line 2, valid_to: found '2020-01-01', expected valid_from or later",
        ),
        ("number,unit\n1,NO\n", "line 1: found columns number, unit; expected hts_number*"),
        ("", "not a CSV file"),
        ('a,b\n1,2,3\n1,2\n"', "not a CSV file"),
    ],
)
def test_faults_are_named_and_nothing_is_loaded(tmp_path, text, fault):
    with pytest.raises(reference.ReferenceError) as caught:
        reference.load(None, tmp_path, "tariff", write(tmp_path, text))
    assert fault in str(caught.value)
    assert reference.snapshot(tmp_path).hash == ""


def test_an_unknown_table_or_snapshot_is_said(tmp_path):
    with pytest.raises(reference.ReferenceError, match="no reference table 'tarif', expected one of tariff, ports"):
        reference.load(None, tmp_path, "tarif", write(tmp_path, HEADER))
    with pytest.raises(reference.SnapshotMissing):
        reference.snapshot(tmp_path, "../../etc/passwd")


@given(st.lists(st.decimals(min_value=-99_999, max_value=99_999, places=4).map(lambda d: f"{d:f}"), max_size=20))
def test_decimals_are_scaled_exactly(texts):
    found = reference_file._scaled(pd.Series(texts, dtype="str"), 4)
    assert found.tolist() == [int(Decimal(text) * 10_000) for text in texts]


def test_the_database_holds_the_present_rows(conn, tmp_path):
    path = tmp_path / "t.csv.gz"
    path.write_bytes(gzip.compress((HEADER + "1,2020-01-01,,NO,1\n2,2020-01-01,2021-01-01,,\n").encode()))
    first = reference.load(conn, tmp_path, "tariff", path)
    reference.load(conn, tmp_path, "tariff", write(tmp_path, HEADER + "2,2020-01-01,2021-01-01,,\n"))
    assert conn.execute("SELECT hts_number, valid_to, unit_1, ad_valorem FROM ref_tariff").fetchall() == [
        ("2", date(2021, 1, 1), "", None)
    ]
    assert conn.execute("SELECT rows FROM reference_snapshot WHERE hash = %s", [first.hash]).fetchone() == (2,)
    assert conn.execute("SELECT count(*) FROM reference_manifest").fetchone() == (2,)


EXPORTS = {
    "tariff": ("hts.csv.gz", "hts_ch99.csv"),
    "ports": ("ports_schedule_d.csv",),
    "countries": ("countries_cbp.csv",),
    "fees": ("fees_by_date.csv",),
    "holidays": ("federal_holidays_2018_2028.csv",),
    "sureties": ("sureties.csv",),
    "class_codes": ("class_codes.csv",),
    "spi": ("spi.csv",),
    "entry_types": ("entry_types.csv",),
    "modes": ("mot.csv",),
}


def test_official_exports_load_by_one_command_each(shared, tmp_path):
    for table, files in EXPORTS.items():
        for file in files:
            reference.load(None, tmp_path, table, shared / "reference" / "data" / file)
    tables = reference.snapshot(tmp_path).tables
    tariff = tables["tariff"].set_index("hts_number")
    assert len(tariff) == 24_638
    mushroom = tariff.loc["0712311000"]  # 1.3 cents a kilogram and 1.8 %
    assert (mushroom["general_kind"], mushroom["ad_valorem"], mushroom["specific_rate"]) == ("compound", 18_000, 13_000)
    fees = tables["fees"].query("class_code == '499'").set_index("valid_from")
    assert fees.loc["2025-10-01", ["rate", "min_cents", "max_cents"]].tolist() == [3464, 3358, 65150]
    assert np.isin(["2704", "5301"], tables["ports"]["port_code"]).all()


def test_the_demonstration_set_is_in_our_columns(tmp_path):
    files = sorted((Path(reference.__file__).parent / "demo").glob("*.csv"))
    assert {file.stem for file in files} <= definitions().keys()
    for file in files:
        assert reference.load(None, tmp_path, file.stem, file).rows
