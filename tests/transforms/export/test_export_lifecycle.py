"""What becomes of filings, against a ledger kept by hand; decimals; and documents as they are really read."""

from __future__ import annotations

import os
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench import generate_exports
from tests.transforms.export import exported as ex
from transforms.export import acknowledgment, facts, lifecycle, registry, sets
from transforms.export.lifecycle import OnFile
from transforms.export.rules import dates
from transforms.x12 import decimals

MANY = settings(max_examples=400 if "TIDEWAITER_SOAK_X12" in os.environ else 25)


def decide(*shipments: Any, on_file: OnFile | None = None) -> lifecycle.Decided:
    x, world = facts.facts(ex.sent(*shipments)), ex.world()
    found = registry.evaluate(x, world)
    accounts = np.where(x.shipment["exporter_account_key"] == ex.EIN, ex.EXPORTER, -1)
    return lifecycle.decide(x, found, accounts, on_file or OnFile(), dates.days_late(x, world))


LINES = st.dictionaries(st.integers(1, 3), st.integers(1, 9), max_size=3)
ACTION = st.one_of(
    st.tuples(st.just("1"), LINES.filter(bool), st.booleans()),
    st.tuples(st.just("R"), LINES.filter(bool), st.booleans()),
    st.tuples(
        st.just("2"),
        st.dictionaries(st.integers(1, 3), st.tuples(st.sampled_from("123"), st.integers(1, 9))),
        st.just(True),
    ),
    st.tuples(st.just("3"), st.just({}), st.just(True)),
)


@MANY
@given(st.lists(st.tuples(st.sampled_from(["A", "B"]), ACTION), min_size=1, max_size=7))
def test_actions_in_the_order_of_the_file_are_those_of_a_ledger(steps: list[Any]) -> None:
    ledger: dict[str, dict[int, int] | None] = {}  # reference -> line -> dollars; None: cancelled
    shipments, effects = [], []
    for reference, (action, lines, good) in steps:
        sent = [
            ex.line(
                line=n,
                value=3000 + (it[1] if isinstance(it, tuple) else it),
                action=it[0] if isinstance(it, tuple) else "",
            )
            for n, it in lines.items()
        ]
        made = ex.shipment(reference=reference, action=action, state="CA" if good else "QQ")
        made.lines = sent
        shipments.append(made)
        effects.append(_by_hand(ledger, reference, action, lines, good))
    done = decide(*shipments)
    assert done.dispositions["effect"].tolist() == effects
    assert (done.dispositions["final"] == "R").tolist() == [it == "rejected" for it in effects]
    rejected = done.dispositions.loc[done.dispositions["final"] == "R", "set"]
    told = registry.evaluate(facts.facts(ex.sent(*shipments)), ex.world())
    every = pd.concat([told, done.conditions])
    assert set(rejected) == set(every.loc[every["severity"] == "F", "set"]), "a refusal says why"
    last = done.versions.groupby("filing").tail(1)
    for reference, kept in ledger.items():
        (filing,) = done.filings.index[done.filings["reference"] == reference]
        assert done.filings["status"][filing] == ("filed" if kept is not None else "cancelled")
        (version,) = last.index[last["filing"] == filing]
        lines = done.children["export_line"]
        mine = lines[lines["version"] == version] if len(lines) else lines
        there = dict(zip(mine["line"], mine["value_cents"] // 100 - 3000, strict=True)) if len(mine) else {}
        assert there == (kept or {})
        assert done.versions["lines"][version] == len(there)
        assert done.versions["value_cents"][version] == sum(3000 + it for it in there.values()) * 100


def _by_hand(ledger: dict[str, Any], reference: str, action: str, lines: dict[int, Any], good: bool) -> str:
    there = ledger.get(reference, "never")
    if not good or (action == "1") != (there == "never") or there is None:
        return "rejected"
    if action == "3":
        ledger[reference] = None
        return "cancelled"
    if action == "2":
        if any((how == "1") == (n in there) for n, (how, _) in lines.items()):
            return "rejected"
        changed = there | {n: value for n, (how, value) in lines.items() if how != "3"}
        changed = {n: value for n, value in changed.items() if lines.get(n, ("", 0))[0] != "3"}
        if not changed:
            return "rejected"
        ledger[reference] = changed
        return "changed"
    ledger[reference] = dict(lines)
    return "added" if action == "1" else "replaced"


def test_a_change_lays_over_what_stood_there_what_it_says_and_no_more() -> None:
    added = ex.shipment(ex.line(vin="V1"), ex.line(line=2), agent="Old Agent", option="2")
    change = ex.shipment(
        ex.line(line=2, value=9, action="2", weight=7), action="2", destination="FR", agent="New Agent"
    )
    done = decide(added, change)
    before, after = done.versions.to_dict("records")
    assert (before["destination"], after["destination"]) == ("DE", "FR")
    assert (before["agent_name"], after["agent_name"]) == ("Old Agent", "New Agent")
    assert after["export_date"] == before["export_date"] and after["port_of_export"] == "2704"
    vehicles = done.children["export_vehicle"]
    assert vehicles["version"].tolist() == [0, 1] and vehicles["vin"].tolist() == ["V1", "V1"]
    parties = done.children["export_party"]
    assert parties.loc[parties["version"] == 1, "role"].value_counts().to_dict() == {
        "exporter": 1, "agent": 1, "consignee": 1}  # fmt: skip


@pytest.mark.parametrize(
    ("lines", "left"),
    [
        ([(1, "3")], [2]),
        ([(2, "3"), (3, "1")], [1, 3]),
        ([(2, "2")], [1, 2]),
        ([(1, "3"), (2, "3")], None),
        ([(3, "2")], None),
        ([(3, "3")], None),
        ([(2, "1")], None),
    ],
)
def test_a_change_is_taken_line_by_line_or_not_at_all(lines: list[tuple[int, str]], left: list[int] | None) -> None:
    sent = [ex.line(line=n, action=how) for n, how in lines]
    done = decide(ex.shipment(ex.line(), ex.line(line=2), option="4"), ex.shipment(*sent, action="2", option=""))
    assert done.dispositions["effect"].tolist() == ["added", "changed" if left else "rejected"]
    kept = done.children["export_line"]
    assert sorted(kept.loc[kept["version"] == 1, "line"]) == (left or [])
    assert set(done.versions["option"]) == {"postdeparture"}, "an option that is not sent stays"
    assert bool(len(done.conditions)) == (left is None)


@pytest.mark.parametrize(
    ("text", "places", "number"),
    [("12.5", 2, 1250), ("12.500", 2, 1250), ("12.505", 2, None), ("-0.01", 2, -1), (".5", 0, None), (".5", 1, 5),
     ("5.", 0, 5), ("007", 0, 7), ("1E5", 2, None), ("", 2, None), (".", 2, None), ("+3", 3, 3000), ("1-", 0, None),
     ("9" * 16, 2, 999999999999999900), ("9" * 17, 2, None)],
)  # fmt: skip
def test_decimals_by_hand(text: str, places: int, number: int | None) -> None:
    (got,) = decimals.scaled(pd.Series([text], dtype="str"), places)
    assert (None if pd.isna(got) else int(got)) == number


@MANY
@given(st.lists(st.text("0123456789.+-E ", max_size=20), min_size=1, max_size=5), st.integers(0, 3))
def test_decimals_are_read_exactly_or_not_at_all(texts: list[str], places: int) -> None:
    got = decimals.scaled(pd.Series(texts, dtype="str"), places)
    for text, number in zip(texts, got, strict=True):
        plain = set(text) <= set("0123456789.+-") and any(c.isdigit() for c in text)
        try:
            exact = Decimal(text).scaleb(places) if plain else None
        except ArithmeticError:
            exact = None
        if pd.isna(number):
            assert exact is None or exact != exact.to_integral_value() or len(text.strip("+-.0")) + places > 18
        else:
            assert exact is not None and Decimal(int(number)) == exact
    again = decimals.scaled(decimals.shown(got, places), places)
    assert again.equals(got)


def test_the_stand_in_of_these_tests_is_read_as_a_file_is() -> None:
    many = generate_exports.filings(5, [(ex.EIN, ex.NAME)], date(2026, 9, 15), 12, agent="Fast", days=3)
    many += [
        ex.shipment(action="3", reference="C"),
        ex.shipment(ex.line(vin="V"), ex.line(line=2, action="2"), action="2"),
    ]
    real = ex.document(ex.wire(*many))
    assert set(real.sets["status"]) == {"A"} and not len(real.faults), "what the generator writes is valid X12"
    one, other = facts.facts(real), facts.facts(ex.sent(*many))
    for name in facts.TABLES:
        pd.testing.assert_frame_equal(getattr(one, name), getattr(other, name), check_dtype=False)


@pytest.mark.parametrize("bent", [b"", b"ST*601*1~SE*2*1~", b"ISA*00*~"])
def test_a_file_without_a_shipment_has_no_tables(bent: bytes) -> None:
    x = facts.facts(ex.document(bent))
    assert not len(x.shipment) and not len(registry.evaluate(x, ex.world()))


ODD = ["", "0", "-1", "9" * 20, "1E5", ".", "20260230", "\0", "9" * 400, "=1+1", "ß", "UC", "C", "2", "EX"]
WILD = st.one_of(st.text(st.characters(codec="latin-1", exclude_characters="*~"), max_size=12), st.sampled_from(ODD))
EDIT = st.tuples(st.integers(0, 60), st.integers(0, 17), WILD)


@MANY
@given(st.lists(st.sampled_from("1R2C3Q"), min_size=1, max_size=4), st.lists(EDIT, max_size=12), st.booleans())
def test_whatever_stands_in_a_set_it_is_decided(actions: list[str], edits: list[Any], real: bool) -> None:
    """Elements of any content, segments under other names, in or out of order: every set has one disposition."""
    shipments = [ex.shipment(ex.line(vin="V1"), ex.line(line=2, action="2"), action=it, agent="A") for it in actions]
    document = ex.sent(*shipments)
    for row, element, value in edits:
        if document.elements[row % len(document.elements)][0] in ("ISA", "GS", "ST", "SE", "GE", "IEA"):
            continue
        segment = document.elements[row % len(document.elements)]
        segment += [""] * (element + 1 - len(segment))
        segment[element] = value
    if real:
        data = "~".join("*".join(row) for row in document.elements).encode("latin-1") + b"~"
        document = ex.document(data)
    x, world = facts.facts(document), ex.world()
    found = registry.ordered([sets.faults(document, x), registry.evaluate(x, world)])
    accounts = np.where(x.shipment["exporter_account_key"] == ex.EIN, ex.EXPORTER, -1)
    done = lifecycle.decide(x, found, accounts, OnFile(), dates.days_late(x, world))
    every = registry.ordered([found, done.conditions])
    acknowledgment.acknowledgments(document, x, pd.Series(accounts), done.dispositions, every, "F-1")
    told = [*done.dispositions["set"], *sets.without_shipment(x)["set"]]
    assert (
        sorted(told)
        == document.sets.index[(document.sets["set_id"] == "601") & (document.sets["status"] != "R")].tolist()
    )
    fatal = set(every.loc[every["severity"] == "F", "set"])
    assert fatal == set(done.dispositions.loc[done.dispositions["final"] == "R", "set"]) | set(x.empty)
    assert ((every["segment"] >= 0) & (every["segment"] < len(document.segments))).all()
    for name, table in done.children.items():
        assert not len(table) or table["version"].between(0, len(done.versions) - 1).all(), name
