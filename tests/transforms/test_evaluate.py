"""Conditions at their place, and the dictionary behind them."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from parsers.catair.read import parse
from transforms.conditions import dictionary
from transforms.conditions.evaluate import UNLISTED, Told, evaluate, field_condition, located, unregistered
from transforms.conditions.registry import COLUMNS, REGISTRY, World
from transforms.entry_summary import facts


def test_every_registered_code_is_published():
    assert unregistered(REGISTRY) == []


def test_narratives_fit_the_wire_and_codes_are_unique():
    published = dictionary.entry_summary_conditions()
    assert published.index.is_unique
    assert (published["narrative"].str.len() <= dictionary.NARRATIVE_WIDTH).all()
    assert published["narrative"].str.fullmatch(r"[ -`{-~]+").all()  # printable ASCII without lower case
    assert set(published["severity"]) <= {"F", "W", "I", ""}


@pytest.mark.parametrize(
    ("code", "narrative"),
    [
        ("995", "SUMMARY HAS BEEN ADDED"),
        ("999", "BATCH REJECTED"),
        ("X32", "Y-REC DOES NOT MATCH B-REC"),
        ("27D", "*CENSUS* OR-HI VAL/QTY (1)"),
        ("ZZZ", "** ACE SYSTEM FAILURE **"),
        ("---", ""),
    ],
)
def test_narratives(code, narrative):
    codes = pd.Series([code], dtype="str")
    assert dictionary.narratives(codes)[0] == narrative
    assert bytes(dictionary.narrative_bytes(codes)[0]) == narrative.encode().ljust(40)


def test_conditions_stand_in_the_order_of_the_file_each_with_its_columns(make):
    total = "9000000026000 00000004714 00000000000 00000000000 00000000000 00000000000"
    read = make.judge(make.batch(make.block(make.summary("00001236"), make.summary(make.numbers[1], _90=total))))
    assert tuple(read.conditions.columns) == COLUMNS
    places = read.conditions[["txn", "code", "record", "start", "end"]]
    assert [tuple(row) for row in places.itertuples(index=False)] == [(0, "B16", "10", 9, 16), (1, "722", "90", 3, 13)]
    assert read.parsed.frames.cut(read.conditions["row"][1], 3, 13) == "00000026000"


def test_a_field_of_a_repetition_is_found_by_its_slot(make):
    es = make.judge(make.batch(make.block(make.summary()))).es
    found = located(es, "fee_total", np.array([0, 1]), ("89", "total_fee_amount_#"), Told("719", "F", "", ""))
    assert [tuple(row) for row in found[["field", "start", "end"]].itertuples(index=False)] == [
        ("total_fee_amount_1", 6, 16),
        ("total_fee_amount_2", 20, 30),
    ]


def test_a_record_that_was_not_sent_is_placed_on_the_10_record(make):
    es = make.judge(make.batch(make.block(make.summary(_90=None)))).es
    found = located(es, "header", np.array([0]), ("90", "grand_total_duty_amount"), Told("701", "F", "", ""))
    assert (found["row"][0], found["start"][0], found["end"][0]) == (es.header["row_10"][0], 0, 0)


def test_a_damaged_field_is_never_accepted_in_silence(make):
    sent = make.summary(_40="40  001 DEDE091826        00000005004287000000012OO    N")
    read = make.judge(make.batch(make.block(sent)))
    assert len(read.parsed.defects)
    at = read.conditions[read.conditions["field"] == "gross_shipping_weight"]
    assert list(at["severity"]) == ["F"]
    assert list(read.dispositions["code"]) == ["998"]


@pytest.mark.parametrize(("record", "on"), [("33", "header"), ("63", "line")])
def test_a_record_with_nothing_in_it_is_not_forgotten(make, record, on):
    read = make.judge(make.batch(make.block(make.summary(**{f"_{record}": record}))))
    told = read.conditions[(read.conditions["record"] == record) & (read.conditions["start"] > 0)]
    assert set(told["on"]) == {on}
    assert list(read.dispositions["code"]) == ["998"]


def test_a_defect_without_a_published_code_of_its_own_still_has_one():
    for kind, code in UNLISTED.items():
        told = field_condition("NO", "such_field", kind)
        assert told.severity == "F"
        assert told.code == code or told.code in dictionary.entry_summary_conditions().index
        assert told.why
        assert told.mend


def test_what_lacks_its_reference_table_is_named_not_skipped_in_silence(make):
    parsed = parse([make.batch(make.block(make.summary()))])
    _, unchecked = evaluate(facts(parsed), World(date(2026, 10, 6)), parsed)
    needing = {rule.code for rule in REGISTRY if rule.needs}
    assert {rule.code for rule in unchecked} == needing
    assert all(rule.lacks for rule in unchecked)


def test_nothing_sent_nothing_found():
    parsed = parse([b""])
    conditions, _ = evaluate(facts(parsed), World(date(2026, 10, 6)), parsed)
    assert len(conditions) == 0
    assert tuple(conditions.columns) == COLUMNS
