"""What a partner sent, made to fit the element that quotes it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from parsers.x12 import fit

AT = datetime(2026, 8, 20, 12, 34, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("0001", "0001"),
        (" 1 ", "1   "),
        ("", "0000"),
        ("   ", "0000"),
        ("1234567890", "123456789"),
        ("12345678 X", "12345678"),
    ],
)
def test_text(value, told):
    assert fit.text(value, 4, 9, "0000") == told
    assert fit.text("", 4, 9) == "", "what need not be sent is not"


def test_what_stands_in_for_a_text_is_cut_like_it():
    assert [fit.text(" ", 1, 3, instead) for instead in ("ABCDE", "AB DE", "A", "")] == ["ABC", "AB", "A", ""]


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("000101", "000101"),
        ("41 ", "41"),
        ("12345678901", "345678901"),
        ("", "0"),
        ("-1", "0"),
        ("1.0", "0"),
        ("\xb2", "0"),
    ],
)
def test_number(value, told):
    assert fit.number(value, 9) == told
    assert fit.control(value, 9) == told.rjust(9, "0")


def test_count():
    assert [fit.count(it, 2) for it in (-1, 0, 99, 100)] == ["0", "0", "99", "99"]


@pytest.mark.parametrize("value", ["261301", "260229", "26030", "2603011", "", "26 301", "x" * 6, "\xb226030"])
def test_what_is_no_day_becomes_that_of_the_answer(value):
    assert fit.date(value, "%y%m%d", AT) == "260820"
    assert fit.time(value, AT) == "1234"
    assert not fit.is_day(value)


def test_days_and_times():
    assert fit.date("240229", "%y%m%d", AT) == "240229"
    assert fit.time("2359", AT) == "2359"
    assert [fit.is_day(it) for it in ("20240229", "20230229", "17990101", "00000000")] == [True, False, False, False]
    good, bad = ("0000", "235959", "2359599", "23595999"), ("2400", "12345", "236000", "235960", "23595", "235959999")
    assert [fit.is_time(it) for it in (*good, *bad)] == [True] * 4 + [False] * 6


@pytest.mark.parametrize(
    ("gs08", "release"),
    [
        *(("004010", "004010"), ("004010VICS", "004010"), ("005010X222A1", "005010"), ("006020", "006020")),
        *(("4010", "004010"), ("00405", "004050"), ("003040", "004010"), ("", "004010"), ("X", "004010")),
        *(("009010", "004010"), ("004011", "004010"), ("004090", "004010"), ("0040", "004010")),
    ],
)
def test_release(gs08, release):
    assert fit.release(gs08) == release


def test_version():
    known = ("00401", "00405", "00501", "00701")
    assert [fit.version(it) for it in (*known, "00304", "401", "", "00501 ")] == [*known, *["00401"] * 4]
