"""What 810s say, and what is wrong with them."""

from __future__ import annotations

from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parsers.x12 import judge
from parsers.x12 import read as read_x12
from tests.transforms.invoice.sets import PLAIN, document
from transforms.invoice import conditions, decimals, facts, importer

TODAY = date(2026, 9, 15)


def read(*sets: str) -> facts.Invoices:
    return facts.invoices(document(*sets))


def found(text: str, account: int = 5, active: bool = True, allowed: bool = True, countries: tuple = ()) -> list[str]:
    """The codes for one invoice, each with segment and element."""
    it = read(text)
    world = conditions.World(TODAY, np.array([account]), np.array([active]), np.array([allowed]), frozenset(countries))
    told = conditions.evaluate(it, world)
    ids = document(text).segments["id"]
    assert set(told["severity"]) <= {"F", "W", "I"} and told["why"].ne("").all() and told["mend"].ne("").all()
    return [
        f"{code} {ids.iloc[at]}{element:02d}"
        for code, at, element in zip(told["code"], told["segment"], told["element"], strict=True)
    ]


def but(*changes: tuple[str, str]) -> str:
    text = PLAIN
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return text


def test_each_segment_belongs_where_it_stands() -> None:
    it = read(PLAIN, PLAIN.replace("INV-1", "INV-2"))
    assert it.header["invoice_number"].tolist() == ["INV-1", "INV-2"]
    assert it.header["set"].tolist() == [0, 1]
    sums = it.header[["lines_cents", "charges_cents", "allowances_cents", "total_cents"]].to_numpy().tolist()
    assert sums == [[13204, 3500, 2000, 14704]] * 2
    assert it.line["charges_cents"].tolist() == [0, 1500] * 2, "SAC above TDS is a line's"
    assert it.charge["line"].tolist() == [2, 0, 0] * 2
    assert it.line["description"].tolist() == ["Portable computers", ""] * 2
    assert it.reference["value"].tolist()[:2] == ["AB112345678", "S0042"]
    assert it.party["country"].tolist()[:2] == ["", "CN"]
    assert it.header[["seller", "importer_role", "importer_identifier"]].iloc[0].tolist() == [
        "1:123456789", "IM", "12-3456789"]  # fmt: skip


def test_lines_may_say_more_below_themselves() -> None:
    text = but(
        ("SAC*C*D240***1500**********FREIGHT\nTDS", "REF*PO*PO-9\nN1*MF*Maker\nN3*a\nN4*Perth***AU\nSLN*1**I*1*EA*5\n"
         "SAC*C*D240***99\nREF*PO*no\nPID*F****part\nTXI*GS*5\nTDS"), ("*CH*AU", ""), ("14704", "13204"),
    )  # fmt: skip
    it = read(text)
    line = it.line.iloc[1]
    assert (line["origin"], line["order_number"], line["description"], line["charges_cents"]) == ("AU", "PO-9", "", 0)
    assert it.header["tax_cents"].tolist() == [0], "a tax of a line is in its price"


@pytest.mark.parametrize(
    ("it1", "cents"),
    [
        ("10*EA*12.5", 12500),
        ("3*EA*0.005", 2),  # 1.5 cents, half up
        ("1*EA*0.004", 0),
        ("-1*EA*0.005", -1),  # a credit is what was charged
        ("1000*EA*12.34*TP", 1234),
        ("250*EA*12*HP", 3000),
        ("24*EA*6*PD", 1200),
        ("5*EA**NC", 0),
        ("123456789012345*EA*.00000001", 123456789),
    ],
)
def test_a_line_amounts_to_quantity_times_price_half_up(it1: str, cents: int) -> None:
    assert read(f"BIG*20260901*X\nIT1*1*{it1}").line["amount_cents"].tolist() == [cents]


@settings(max_examples=25, deadline=None)
@given(st.decimals(-(10**6), 10**6, places=5), st.decimals(0, 10**6, places=7))
def test_amounts_are_exact(quantity: Decimal, price: Decimal) -> None:
    text = [pd.Series([f"{it:f}"], dtype="str") for it in (quantity, price)]
    cents = decimals.cents_of(decimals.parse(text[0]), decimals.parse(text[1]), np.array([1]))
    expected = (abs(quantity * price) * 100).quantize(Decimal(1), ROUND_HALF_UP)
    assert abs(int(cents.iloc[0])) == int(expected)


def test_numbers_that_are_none() -> None:
    text = pd.Series(
        ["", ".", "-", "1.2.3", "1,5", "abc", "1e3", "9" * 19, "٣", "0", "-0.0", "007", "+2.50"], dtype="str"
    )
    number = decimals.parse(text)
    assert number.known.tolist() == [False] * 9 + [True] * 4
    assert list(zip(number.units[9:], number.scale[9:], strict=True)) == [(0, 0), (0, 0), (7, 0), (25, 1)]
    assert decimals.implied(pd.Series(["1200", "12.5", "12.345", "", "9" * 16, "-5"], dtype="str")).tolist() == [
        1200, 1250, pd.NA, pd.NA, pd.NA, -5]  # fmt: skip


def test_what_ties_has_no_condition() -> None:
    assert found(PLAIN, countries=("CN", "AU")) == []


@pytest.mark.parametrize(
    ("changes", "codes"),
    [
        ([("BIG*20260901*INV-1", "BIG*20260901*")], ["INV01 BIG02"]),
        ([("INV-1", "N" * 51)], ["INV28 BIG02"]),
        ([("BIG*20260901", "BIG*20261301")], ["INV02 BIG01"]),
        ([("BIG*20260901", "BIG*20260916")], ["INV03 BIG01"]),
        ([("TDS*14704", "TDS*X")], ["INV04 TDS01"]),
        ([("TDS*14704", "TDS*14701")], ["INV05 TDS01"]),
        ([("TDS*14704", "TDS*14706")], ["INV06 TDS01"]),
        ([("CTT*2", "CTT*3")], ["INV07 CTT01"]),
        ([("N1*IM*Cedar Foods*24*12-3456789\n", "")], ["INV11 BIG01"]),
        ([("CUR*SE*USD\n", "")], ["INV15 BIG02"]),
        ([("*USD", "*US")], ["INV16 CUR02"]),
        ([("*USD", "*EUR")], ["INV29 CUR02"]),
        ([("*USD", "*EUR*1.1725")], ["INV29 CUR02"]),
        ([("*20260815*", "*20260902*")], ["INV17 BIG03"]),
        ([("IT1*2*3.5*KG*2.01", "IT1*2**KG*2.01")], ["INV20 IT104"]),
        ([("0201305055", "02013")], ["INV21 IT107"]),
        ([("*00\n", "*22\n")], ["INV23 BIG08"]),
        ([("AB1-1234567-8", "AB1-123")], ["INV24 REF02"]),
        ([("N1*SE*Guangzhou Tools Ltd*1*123456789", "N1*RI*Bank")], ["INV25 BIG01"]),
        ([("10*EA*12.5", "999999999999999*EA*99999")], ["INV26 IT102"]),
        ([("*DI*00", "*DI*01"), ("TDS*14704", "TDS*0"), ("CTT*2", "CTT*9")], []),
    ],
)
def test_each_condition_points_at_its_place(changes: list[tuple[str, str]], codes: list[str]) -> None:
    account = -1 if "INV11" in str(codes) else 5
    assert found(but(*changes), account) == codes


def test_conditions_of_accounts() -> None:
    assert found(PLAIN, -1) == ["INV12 N104"]
    assert found(PLAIN, 5, False) == ["INV13 N104"]
    assert found(PLAIN, 5, True, False) == ["INV14 N104"]
    assert found(PLAIN, countries=("CN",)) == ["INV22 IT107"]


def test_negative_amounts_are_credits() -> None:
    minus = but(("IT1*1*10*", "IT1*1*-10*"), ("IT1*2*3.5", "IT1*2*-3.5"), ("TDS*14704", "TDS*-11704"))
    assert found(minus) == ["INV27 IT102", "INV27 IT102", "INV18 TDS01"]
    assert found(minus.replace("*DI*", "*CR*")) == []


def test_every_code_has_its_source_and_is_used() -> None:
    text = Path(conditions.__file__).read_text()
    for code, it in conditions.codes().items():
        assert it.source and it.narrative.isupper() and len(it.narrative) <= 40, code
        assert f'"{code}"' in text, code


def test_numbers_of_importers() -> None:
    assert importer.candidates("24", "12-3456789") == ["12-345678900", "12-3456789"]
    assert importer.candidates("24", "123456789AB") == ["12-3456789AB"]
    assert importer.candidates("34", "123456789") == ["123-45-6789"]
    assert importer.candidates("94", "I-12") == ["I-12"]
    assert importer.candidates("1", "123456789") == [] and importer.candidates("", "") == []
    assert importer.candidates("ZZ", "26270412345") == ["26-270412345", "262704-12345", "26270412345"]


@settings(max_examples=12, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["BIG", "CUR", "REF", "N1", "N3", "N4", "IT1", "PID", "SAC", "TXI", "SLN", "TDS", "CTT"]),
            st.lists(
                st.sampled_from(["", "1", "-3.5", "x", "20260901", "HD", "6B", "A", "C", "\x00", "é"]), max_size=12
            ),
        ),
        max_size=14,
    )
)
def test_any_segments_in_any_order_are_read_and_judged(segments: list[tuple[str, list[str]]]) -> None:
    text = "\n".join("*".join([id, *elements]) for id, elements in segments)
    it = read(PLAIN, text, PLAIN)
    count = len(it.header)
    world = conditions.World(TODAY, np.full(count, 5), np.ones(count, bool), np.ones(count, bool))
    assert set(conditions.evaluate(it, world)["set"]) <= {1}
    ends = it.header.iloc[[0, -1]].drop(columns=[c for c in it.header if c.startswith("segment") or c == "set"])
    assert ends.iloc[0].equals(ends.iloc[1]), "a set says nothing of its neighbours"


def test_the_example_for_vendors_is_read_as_it_is_explained() -> None:
    page = (Path(__file__).parents[3] / "docs" / "x12-vendors.md").read_text()
    text = next(it for it in page.split("```x12") if "ST*810" in it).partition("```")[0]
    it = facts.invoices(judge.judge(read_x12.read(text.encode())))
    h = it.header.iloc[0]
    assert (h["total_cents"], h["lines_cents"], h["charges_cents"], h["currency"]) == (114000, 112500, 1500, "EUR")
    assert it.line["order_number"].tolist() == ["PO-77", "PO-78"] and it.line["origin"].tolist() == ["DE", "AT"]
    assert importer.candidates(h["importer_qualifier"], h["importer_identifier"]) == ["12-345678900"]
    world = conditions.World(TODAY, np.array([5]), np.array([True]), np.array([True]))
    assert conditions.evaluate(it, world)["code"].tolist() == ["INV29"], "euros, and no rate"
