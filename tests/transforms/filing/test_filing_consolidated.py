"""Consolidated entry summaries: our own reader takes them without a condition, and nothing is lost on the way."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from bench.records import entry_numbers
from tidewaiter import answering, demonstration
from transforms.filing import consolidated
from transforms.filing.consolidated import Sender

TODAY = date(2026, 9, 30)


def sender(filer):
    return Sender(filer, "2704", "SECRET", TODAY, date(2026, 10, 15), "10")


def numbers(filer, count=200):
    return list(entry_numbers(np.array([filer] * count), np.arange(9_000_000, 9_000_000 + count)))


@pytest.fixture(scope="module")
def reference():
    return demonstration.snapshot().tables


@pytest.fixture(scope="module")
def filers(tables):
    return sorted(tables["entry_summary_version"]["filer_code"].unique())


@pytest.fixture(scope="module")
def consolidations(tables, filers, reference):
    """Per filer: what was consolidated, and what becomes of it when it is filed with us."""
    made = {filer: consolidated.wire(tables, sender(filer), numbers(filer), reference) for filer in filers}
    return {f: (c, computed(c.data, reference)) for f, c in made.items()}


def computed(data, reference):
    columns = "filer_code entry_number status control broker_reference importer_number sequence version_number"
    nothing = pd.DataFrame(columns=[*columns.split(), "rejected", "statement_status", "statement_date"])
    return answering.compute(
        [data],
        today=TODAY,
        reference=reference,
        read_state=lambda keys: nothing,
        read_accounts=everybody,
    )


def everybody(numbers):
    """Every filer and importer that is asked for has an active account."""
    return pd.DataFrame(
        [(kind, it) for it in numbers for kind in ("broker", "importer")], columns=["kind", "identifier"]
    )


def test_our_reader_and_rules_accept_every_summary(consolidations):
    for made, answered in consolidations.values():
        assert answered.parsed.faults.empty and answered.parsed.defects.empty
        assert answered.conditions.empty and not answered.unchecked
        assert set(answered.dispositions["code"]) == {"995"}
        assert list(answered.facts.header["entry_number"]) == list(made.releases["summary_number"].unique())


def test_every_entry_is_consolidated_or_left_out_with_a_reason(tables, consolidations):
    entries = tables["entry_summary_version"]
    for filer, (made, answered) in consolidations.items():
        told = pd.concat([made.releases["version_id"], made.left_out["version_id"]])
        assert sorted(told) == sorted(entries["version_id"])
        assert (made.left_out["reason"] != "").all()
        assert set(made.releases["filer_code"]) == {filer}
        released = answered.facts.release[["txn", "filer_code", "entry_number"]]
        wanted = made.releases[["summary", "filer_code", "entry_number"]]
        assert released.to_numpy().tolist() == wanted.to_numpy().tolist()
        assert (released.groupby("txn").size() >= 2).all()


def test_values_quantities_and_duty_of_the_releases_are_all_there(tables, consolidations):
    for made, answered in consolidations.values():
        summary = made.releases.set_index("version_id")["summary"]
        for name, columns in {
            "tariff": ["value_cents", "duty_cents", "quantity_1", "quantity_2", "quantity_3"],
            "line": ["charges_cents", "gross_weight_kg"],
            "bill_group": ["quantity"],
        }.items():
            own = tables[name][tables[name]["version_id"].isin(summary.index)]
            filed = own.groupby(own["version_id"].map(summary))[columns].sum()
            wire = getattr(answered.facts, name).groupby("txn")[columns].sum().reindex(filed.index, fill_value=0)
            assert (wire.to_numpy() == filed.to_numpy()).all()
        assert len(answered.facts.line) < tables["line"]["version_id"].isin(summary.index).sum()


def test_the_processing_fee_is_bounded_once_for_the_whole_summary(tables, consolidations):
    stated = tables["fee_total"][tables["fee_total"]["class_code"] == "499"]
    saved = 0
    for made, answered in consolidations.values():
        own = stated["version_id"].isin(made.releases["version_id"])
        total = answered.facts.fee_total.query("class_code == '499'")["amount_cents"]
        assert total.between(3358, 65150).all()
        saved += stated.loc[own, "amount_cents"].sum() - total.sum()
    assert saved > 0


def test_the_same_entries_in_another_order_give_the_same_bytes(tables, consolidations, filers, reference):
    shuffled = {name: t.sample(frac=1, random_state=7, ignore_index=True) for name, t in tables.items()}
    again = consolidated.wire(shuffled, sender(filers[0]), numbers(filers[0]), reference)
    assert again.data == consolidations[filers[0]][0].data


def test_too_few_entry_numbers_are_told(tables, filers, reference):
    with pytest.raises(ValueError, match="2 were given"):
        consolidated.wire(tables, sender(filers[0]), numbers(filers[0], 2), reference)


def test_a_filer_without_releases_files_nothing(tables, reference):
    made = consolidated.wire(tables, sender("ZZ9"), [], reference)
    assert made.data == b"" and made.releases.empty
    assert set(made.left_out["reason"]) == {"filed by another filer"}
