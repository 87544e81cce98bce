"""Records to facts: one header row per transaction, cents, repetitions, and the date that rates are chosen on."""

from datetime import date

import pandas as pd
import pytest

from transforms.entry_summary import EntrySummaries, mapping

RELEASES = "32TW1  00001241TW1  00001258"


def test_header_has_one_row_per_transaction_and_knows_what_was_not_sent(make):
    es = make.judge(make.batch(make.block(make.summary(), make.summary(make.numbers[1], "D")))).es
    assert list(es.header["txn"]) == [0, 1]
    assert list(es.header["importer_number"]) == ["12-3456789", ""]
    assert list(es.header["row_11"] >= 0) == [True, False]
    assert pd.isna(es.header["entry_date"][1])
    assert pd.isna(es.header["total_duty_cents"][1])
    assert list(es.header["block_filer"]) == ["TW1", "TW1"]


def test_money_is_cents_and_zero_is_not_blank(make):
    es = make.judge(make.batch(make.block(make.summary()))).es
    assert list(es.tariff["value_cents"]) == [1_000_000]  # 10,000 whole dollars
    assert list(es.tariff["duty_cents"]) == [25_000]
    assert list(es.line["charges_cents"]) == [50_000]
    assert list(es.header["total_tax_cents"]) == [0]
    assert es.header["bonded_ad_cents"].isna().all()


def test_repetitions_become_rows_and_blank_ones_do_not(make):
    es = make.judge(make.batch(make.block(make.summary(), make.summary(make.numbers[3], _32=RELEASES)))).es
    assert [
        tuple(row) for row in es.fee_total[["txn", "slot", "class_code", "amount_cents"]].itertuples(index=False)
    ] == [
        (0, 1, "499", 3464),
        (0, 2, "501", 1250),
        (1, 1, "499", 3464),
        (1, 2, "501", 1250),
    ]
    assert list(es.release["txn"]) == [1, 1]
    assert list(es.release["entry_number"]) == ["00001241", "00001258"]


def test_every_table_of_the_mapping_is_an_attribute(make):
    es = make.judge(make.batch(make.block(make.summary()))).es
    assert set(mapping()) | {"other", "tables"} == set(EntrySummaries.__dataclass_fields__)
    for table in mapping():
        assert {"txn", "row", "line", "tariff", "bill"} <= set(getattr(es, table)) or table == "header"


def test_columns_are_lifted_to_the_rows_below(make):
    es = make.judge(make.batch(make.block(make.summary(), make.summary(make.numbers[1])))).es
    assert list(es.of_header("party", "entry_number")) == [n for n in make.numbers[:2] for _ in range(2)]
    assert list(es.of_line("tariff", "origin")) == ["DE", "DE"]
    assert list(es.of_line("bond", "origin")) == ["", ""]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, date(2026, 10, 8)),  # the estimated entry date
        ({"_11": "1112-3456789  12-3456789" + " " * 23 + "100626       CA"}, date(2026, 10, 20)),  # statement
        ({"_20": "20ABCD2704100626    LADY OF THE TIDE               090126"}, date(2026, 9, 1)),  # in bond
    ],
)
def test_the_date_of_the_duty_rate(make, change, expected):
    header = make.summary(**change)
    header[0] = header[0][:51] + "102026" + header[0][57:]
    es = make.judge(make.batch(make.block(header))).es
    assert es.rate_date(date(2026, 10, 6))[0].date() == expected
    assert es.line_rate_date(date(2026, 10, 6))[0].date() == expected
