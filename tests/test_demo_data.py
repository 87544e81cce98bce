"""The demonstration reference set and accounts: enough for what is generated, and true to the official exports."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from bench import accounts
from bench.day import Goods
from bench.population import populate
from bench.tables import DEMO, read
from loaders import reference

ROOT = Path(__file__).parents[1]
SHARED = ROOT / ".." / "shared"
official = pytest.mark.skipif(
    not (SHARED / "reference" / "data").is_dir(), reason="the official exports are not beside us"
)


def shared(name):
    return pd.read_csv(SHARED / "reference" / "data" / name, dtype=str, keep_default_na=False)


@pytest.mark.parametrize("path", sorted(DEMO.glob("*.csv")), ids=lambda p: p.stem)
def test_every_table_loads_as_it_is(path, tmp_path):
    loaded = reference.load(None, tmp_path, path.stem, path)
    assert len(reference.snapshot(tmp_path).tables[path.stem]) == len(read(path.stem, DEMO)) > 0
    assert loaded is not None


def test_what_is_generated_is_on_file():
    tariff, ports, countries = (read(t, DEMO) for t in ("tariff", "ports", "countries"))
    goods = read("goods")
    numbers = set(tariff["hts_number"])
    assert set(goods["hts_number"]) | set(goods["china"]) | set(goods["remedy"]) <= numbers | {""}
    assert set(read("ports")["port_code"]) <= set(ports["port_code"])
    foreign = read("origins")["origin"]
    assert set(foreign[~foreign.str.startswith("X")]) <= set(countries["iso"])


def test_districts_are_the_first_half_of_the_port():
    ports = read("ports", DEMO)
    assert (ports["port_code"].str[:2] == ports["district"]).all()


def test_fees_of_a_class_follow_on_one_another_without_a_gap():
    for _, rows in read("fees", DEMO).sort_values("valid_from").groupby("class_code"):
        ends, starts = pd.to_datetime(rows["valid_to"].iloc[:-1]), pd.to_datetime(rows["valid_from"].iloc[1:])
        assert (ends.to_numpy() + pd.Timedelta(days=1) == starts.to_numpy()).all()
        assert rows["valid_to"].iloc[-1] == ""


def test_the_demonstration_accounts_are_those_of_seed_1():
    people = populate(1, 3, 12, Goods(date(2026, 9, 15)).sectors)
    assert (ROOT / "deploy" / "demo" / "accounts.toml").read_text() == accounts.toml(people)


@official
def test_units_and_rates_are_the_official_ones():
    ours = read("tariff", DEMO).set_index("hts_number")
    theirs = shared("hts.csv.gz").set_index("hts10")
    both = ours.index.intersection(theirs.index)
    both = both[~both.str.startswith("98") & ~both.str.startswith("99")]
    assert len(both) > 150
    for mine, other in (
        ("unit_1", "unit1"),
        ("unit_2", "unit2"),
        ("unit_3", "unit3"),
        ("general_kind", "general_kind"),
    ):
        assert list(ours.loc[both, mine]) == list(theirs.loc[both, other])
    for mine, other in (("ad_valorem", "ad_valorem_pct"), ("specific_rate", "specific_rate_cents")):
        rate = pd.to_numeric(theirs.loc[both, other]).fillna(0) * 10_000
        assert list(pd.to_numeric(ours.loc[both, mine]).fillna(0)) == list(rate.round())


@official
def test_ports_sureties_and_holidays_are_official_ones():
    assert set(read("ports", DEMO)["port_code"]) <= set(shared("ports_schedule_d.csv")["port_code"])
    assert set(read("sureties", DEMO)["surety_code"]) - set(shared("sureties.csv")["surety_code"]) == {"123"}
    assert set(read("holidays", DEMO)["date"]) <= set(shared("federal_holidays_2018_2028.csv")["date"])


@pytest.mark.skipif(not (SHARED / "examples" / "wires").is_dir(), reason="the recorded wires are not beside us")
def test_the_set_holds_every_number_the_recorded_wires_cite():
    wires = "".join(p.read_text() for p in (SHARED / "examples" / "wires").glob("*.txt"))
    cited = {number.strip() for number in re.findall(r"^50(.{10})", wires, flags=re.M)}
    assert cited and cited <= set(read("tariff", DEMO)["hts_number"])
