"""Ledgers as spreadsheets write them."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parsers import ledger
from parsers.ledger import LedgerError, amounts, dates, entry_numbers, read

WAYS = {
    "plain": (b"Entry Number,Duty,Fees,Total,Date,Reference\nABC-1234567-8,1200.50,25.00,1225.50,2026-09-15,PO 1\n"),
    "semicolons": (
        b"Entry No.;Duty;MPF;HMF;Total due;Entry date;Ref\nABC 1234567 8;1.200,50;20,00;5,00;1.225,50;15.09.2026;PO 1\n"
    ),
    "byte order mark": (
        "\ufeffEntry #\tDuty paid\tFees\tAmount\tDate\tInvoice no\n"
        "abc12345678\t$1,200.50\t25\t1,225.5\t09/15/2026\tPO 1\r\n"
    ).encode(),
    "utf-16": ("Entry;Duties;Fee;Duty and fees;Date;Document\n'ABC-12345678;1200,5;25;1225,50;20260915;PO 1\n").encode(
        "utf-16"
    ),
    "quotes and titles": (
        b'Customs ledger 2026\n\n"Entry Summary Number","Duty","Fees","Total","Date","Voucher"\n'
        b'"ABC-1234567-8","1,200.50","25.00","1,225.50","9/15/2026","PO 1"\n'
    ),
}


@pytest.mark.parametrize("way", WAYS)
def test_the_same_ledger_in_every_dress(way: str) -> None:
    told = read(WAYS[way])
    assert told.faults.empty and told.left_out == 0
    row = told.rows.iloc[0]
    assert (row["entry"], row["duty_cents"], row["fee_cents"], row["total_cents"], row["reference"]) == (
        "ABC12345678", 120050, 2500, 122550, "PO 1")  # fmt: skip
    assert row["date"] == pd.Timestamp("2026-09-15")
    assert row["line"] == WAYS[way].decode("utf-16" if way == "utf-16" else "utf-8").strip().count("\n") + 1


def test_bad_lines_are_told_by_line_and_column_and_the_others_go_on() -> None:
    told = read(
        b'Entry,Total,Date\nABC-1234567-8,10.00,2026-09-01\n\nABC-123,10.00,\nABC-1234567-8,ten,\n"ABC-1234567-8","1\n2",x\n'
        b"ABC-1234567-8,1,2,3,4\nABC-1234567-8,5,soon\nTotal,99.00,\n"
    )
    assert told.rows["line"].tolist() == [2, 9] and told.left_out == 5
    assert [(f.line, f.column) for f in told.faults.itertuples()] == [
        (4, "Entry"), (5, "Total"), (6, "Total"), (8, "(all)"), (9, "Date"), (10, "Entry"),
    ]  # fmt: skip
    assert told.faults["found"].tolist()[0] == "ABC-123"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "No column"),
        (b"Name,Amount\nx,1\n", "The first line is: Name,Amount"),
        (b"Entry number,Duty\n", "no lines"),
        (b"PK\x03\x04xxxx", "no text"),
        (b"Entry\0", "no text"),
    ],
)
def test_what_is_no_ledger_is_said(data: bytes, words: str) -> None:
    with pytest.raises(LedgerError, match=words):
        read(data)


def test_too_many_lines_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger, "MOST_LINES", 3)
    with pytest.raises(LedgerError, match="more than 3 lines"):
        read(b"Entry\n" + b"ABC12345678\n" * 9)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300))
def test_whatever_is_sent_is_read_or_refused(data: bytes) -> None:
    for sent in (data, b"Entry,Duty,Date\n" + data):
        try:
            told = read(sent)
        except LedgerError:
            continue
        assert len(told.rows) + told.left_out <= sent.count(b"\n") + sent.count(b"\r") + 1


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(-(10**12), 10**12), min_size=1, max_size=20), st.booleans(), st.booleans())
def test_an_amount_written_is_the_amount_read(cents: list[int], comma: bool, thousands: bool) -> None:
    text = [f"{'-' if c < 0 else ''}{abs(c) // 100:{',' if thousands else ''}}.{abs(c) % 100:02}" for c in cents]
    if comma:
        text = [t.translate(str.maketrans(",.", ".,")) for t in text]
    value, bad = amounts(pd.Series(text, dtype="str"))
    assert not bad.any() and value.tolist() == cents


@pytest.mark.parametrize(
    ("text", "cents"),
    [("(12.50)", -1250), ("12.50-", -1250), ("$ 1 234.5", 123450), ("USD 7", 700), ("-", 0), ("1,234", 123400),
     ("1.234", 123400), ("1.2345", None), ("12.345,6,7", None), ("1e5", None), ("9" * 16, None), ("1,23,456", None)],
)  # fmt: skip
def test_amounts_of_people(text: str, cents: int | None) -> None:
    value, bad = amounts(pd.Series([text], dtype="str"))
    assert bad.tolist() == [cents is None] and (cents is None or value.tolist() == [cents])


def test_thousands_that_might_be_cents_are_not_guessed() -> None:
    value, bad = amounts(pd.Series(["10.50", "1.234", "1,234.00"], dtype="str"))
    assert bad.tolist() == [False, True, False] and value[2] == 123400


def test_a_day_first_column_is_known_by_its_days() -> None:
    found, bad = dates(pd.Series(["02/03/2026", "31/03/2026", "", "31/31/2026"], dtype="str").iloc[:3])
    assert found.dt.month.tolist()[:2] == [3, 3] and not bad.any()
    assert dates(pd.Series(["02/30/2026"], dtype="str"))[1].tolist() == [True]


def test_entry_numbers_in_any_spelling() -> None:
    spelt = [
        "abc-1234567-8",
        "ABC 12345678",
        "Entry No. ABC/1234567/8",
        "'ABC12345678",
        "ABC1234567",
        "",
        "ABCD1234567",
    ]
    assert entry_numbers(pd.Series(spelt, dtype="str")).tolist() == ["ABC12345678"] * 4 + [""] * 3
