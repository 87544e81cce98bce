"""A generated month is what brokers file in one: our rules answer it as it says, day by day, on what stands then."""

from __future__ import annotations

from datetime import date
from itertools import islice

import numpy as np
import pandas as pd
import pytest

from bench import generate, month
from bench.population import Population
from tests.test_generate import manifest
from tidewaiter import answering, demonstration
from transforms.entry_summary import EntrySummaries

STATE = [
    *("filer_code", "entry_number", "status", "control", "broker_reference", "importer_number", "sequence"),
    "version_number",
]
FAULTS = {"wrong_duty_total": 0.05, "check_digit": 0.05, "filler_data": 0.1, "trimmed": 0.3}


class Register:
    """The entries on file, as far as filings go: what the answers so far have made of them."""

    def __init__(self) -> None:
        self.state: dict[tuple[str, str], tuple] = {}

    def read(self, keys: pd.DataFrame) -> pd.DataFrame:
        named = {key: self.state[key] for key in keys.itertuples(index=False, name=None) if key in self.state}
        table = pd.DataFrame([(*key, *rest) for key, rest in named.items()], columns=STATE)
        return table.assign(rejected=False, statement_status=None, statement_date=pd.NaT)

    def note(self, facts: EntrySummaries, told: pd.DataFrame) -> None:
        for header, it in zip(facts.header.itertuples(), told.itertuples(), strict=True):
            if it.final == "A":
                status = "deleted" if it.effect == "deleted" else "accepted"
                rest = (status, "trade", it.broker_reference, header.importer_number, it.sequence, 100)
                self.state[header.filer_code, header.entry_number] = rest


@pytest.fixture(scope="module", params=[date(2026, 2, 1), date(2027, 12, 5)], ids=str)
def filed(request) -> tuple[date, list[month.Day], list[EntrySummaries], list[pd.DataFrame]]:
    """A month, what its files hold and how they are answered, day by day."""
    of, register, reference = request.param, Register(), demonstration.snapshot().tables
    days = list(month.month(people(of), of, 9, 3, defects=FAULTS))
    facts, told = [], []
    for it in days:
        done = answering.compute(
            [file.data for file in it.files], today=it.day, reference=reference, read_state=register.read
        )
        register.note(done.facts, done.dispositions)
        facts.append(done.facts)
        told.append(done.dispositions)
    return of, days, facts, told


def people(of: date) -> Population:
    return generate.population(9, 3, 3, 6, of)


def test_every_file_is_answered_as_the_month_says(filed) -> None:
    _, days, _, told = filed
    for it, answered in zip(days, told, strict=True):
        expected = manifest(it.files).query("final != '999'")
        assert list(answered["code"]) == list(expected["final"]), it.day
    finals = pd.concat([manifest(it.files) for it in days])["final"]
    assert {"995", "996", "998", "999"} <= set(finals)


def test_what_was_filed_on_an_earlier_day_is_replaced_with_other_amounts(filed) -> None:
    _, days, _, _ = filed
    told = pd.concat([manifest(it.files).assign(day=it.day) for it in days])
    first = told[told["action"] == "A"].set_index(["filer_code", "entry_number"])
    later = told[told["action"] == "R"].merge(
        first.reset_index(), on=["filer_code", "entry_number"], suffixes=("", "_before")
    )
    later = later[later["day"] > later["day_before"]]
    assert len(later) and (later["final"] == "996").all() and (later["final_before"] == "995").all()
    assert (later["importer_number"] == later["importer_number_before"]).all()
    assert (later["duty_cents"] + later["fee_cents"] < later["duty_cents_before"] + later["fee_cents_before"]).any()


def test_all_dates_belong_to_the_month(filed) -> None:
    of, days, facts, _ = filed
    first = np.datetime64(of, "M")
    assert [it.day for it in days] == month.working_days(of)
    for it, es in zip(days, facts, strict=True):
        h = es.header[es.header["action"] != "D"]
        assert (h["entry_date"].to_numpy("datetime64[M]") == first).all()
        assert (h["arrival_date"].isna() | (h["arrival_date"] <= h["entry_date"])).all()
        on = h[h["statement_date"].notna()]
        assert (on["statement_date"] > pd.Timestamp(it.day)).all()
        ahead = np.busday_count(*(on[name].to_numpy("datetime64[D]") for name in ("entry_date", "statement_date")))
        assert ((ahead >= 0) & (ahead <= 10)).all(), "eight working days and at most two holidays"
        monthly = on[on["payment_type"].isin(["6", "7", "8"])]
        assert set(monthly["statement_month"]) <= {f"{of.month % 12 + 1:02}"}


def test_the_same_seed_gives_the_same_month() -> None:
    def start(seed: int) -> list[bytes]:
        days = month.month(people(date(2026, 9, 1)), date(2026, 9, 1), 6, seed)
        return [file.data for it in islice(days, 3) for file in it.files]

    assert start(1) == start(1) != start(2)
