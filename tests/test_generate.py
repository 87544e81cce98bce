"""Generated days are valid by construction, and every known fault is answered by its condition code."""

from __future__ import annotations

import tomllib
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from bench import accounts, generate
from bench.defects import catalogue
from bench.records import entry_numbers
from bench.tables import DEMO, read
from parsers.catair.read import parse
from tidewaiter import answering, demonstration

DAY = date(2026, 9, 15)
FAULTS = [d for d in catalogue().values() if d.level == "transaction"]
BATCH_FAULTS = [d for d in catalogue().values() if d.level == "batch"]
FORMS = [d for d in catalogue().values() if d.level == "file"]


@pytest.fixture(scope="module")
def reference():
    return demonstration.snapshot().tables


def nothing_on_file(keys):
    """The state of the entries asked for when none was ever filed."""
    columns = "filer_code entry_number status control broker_reference importer_number sequence version_number"
    return pd.DataFrame(columns=[*columns.split(), "rejected", "statement_status", "statement_date"])


def compute(files, day, reference):
    return answering.compute(
        [f.data for f in files],
        today=day,
        reference=reference,
        read_state=nothing_on_file,
        read_accounts=lambda numbers: pd.DataFrame(
            {"kind": ["broker", "importer"] * len(numbers), "identifier": np.repeat(numbers, 2)}
        ),
    )


def manifest(files):
    return pd.concat([f.entries for f in files], ignore_index=True)


def fatal(it):
    """The fatal codes of each transaction, an empty set where there are none."""
    found = it.conditions[it.conditions["severity"] == "F"].groupby("txn")["code"].agg(set)
    return [found.get(txn, set()) for txn in range(len(it.dispositions))]


# Shrinking a day of summaries takes minutes and shows little: the first one that fails is small enough to read.
@settings(
    max_examples=6,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(day=st.dates(date(2026, 2, 1), date(2027, 12, 31)), seed=st.integers(0, 10**6), summaries=st.integers(1, 250))
def test_a_day_without_faults_is_accepted_as_a_whole(reference, day, seed, summaries):
    files = list(generate.generate(day, summaries, seed))
    it, expected = compute(files, day, reference), manifest(files)
    assert it.parsed.faults.empty and it.parsed.defects.empty
    assert not it.unchecked
    assert [(r, c) for r, c in enumerate(fatal(it)) if c] == []
    assert list(it.dispositions["code"]) == list(expected["final"])
    assert (expected["action"] == "A").sum() == summaries


@pytest.fixture(scope="module")
def faulty(reference):
    files = list(generate.generate(DAY, 2_500, 3, defects={d.kind: 0.01 for d in FAULTS}))
    it, expected = compute(files, DAY, reference), manifest(files)
    return expected.assign(found=fatal(it), answered=it.dispositions["code"].to_numpy())


@pytest.mark.parametrize("defect", FAULTS, ids=lambda d: d.kind)
def test_a_fault_gives_its_condition_and_rejects_its_summary(faulty, defect):
    mine = faulty[faulty["defect"] == defect.kind]
    assert len(mine) >= 5
    assert all(defect.code in codes for codes in mine["found"])
    assert set(mine["answered"]) == {"998"}


def test_faults_leave_the_other_summaries_alone(faulty):
    others = faulty[faulty["defect"] == ""]
    assert not any(others["found"])
    assert (others["answered"] == others["final"]).all()


@pytest.mark.parametrize("defect", BATCH_FAULTS, ids=lambda d: d.kind)
def test_a_batch_fault_rejects_its_batch_and_no_other(defect):
    files = list(generate.generate(DAY, 400, 5, brokers=4, defects={defect.kind: 0.5}))
    parsed, expected = parse([f.data for f in files]), manifest(files)
    batches = expected.groupby(["file", "batch"], sort=False)["final"].agg(lambda final: (final == "999").all())
    assert 0 < batches.sum() < len(batches)
    assert list(parsed.batches["rejected"]) == list(batches)
    assert set(np.flatnonzero(batches)) == set(parsed.faults.loc[parsed.faults["code"] == defect.code, "batch"])


@pytest.fixture(scope="module")
def plain(reference):
    files = list(generate.generate(DAY, 40, 8))
    return files, compute(files, DAY, reference).answers


@pytest.mark.parametrize("form", [f for f in FORMS if f.kind != "duplicate"], ids=lambda d: d.kind)
def test_another_form_of_a_file_has_the_same_answer(reference, plain, form):
    files, answers = plain
    other = list(generate.generate(DAY, 40, 8, defects={form.kind: 1}))
    assert all(a.data != b.data for a, b in zip(files, other, strict=True))
    assert compute(other, DAY, reference).answers == answers


def test_a_duplicate_has_the_same_bytes_under_another_name():
    files = list(generate.generate(DAY, 100, 8, brokers=1, defects={"duplicate": 1}))
    first, again = files[::2], files[1::2]
    assert first and [f.data for f in first] == [f.data for f in again]
    assert len({f.name for f in files}) == len(files)


def test_the_same_seed_gives_the_same_bytes_and_another_seed_does_not():
    one, same, other = ([f.data for f in generate.generate(DAY, 200, seed)] for seed in (1, 1, 2))
    assert one == same != other


def test_files_are_whole_and_entries_unique_however_the_day_is_cut(monkeypatch):
    monkeypatch.setattr(generate, "CHUNK", 70)
    files = list(generate.generate(DAY, 900, 4, brokers=3))
    expected = manifest(files)
    added = expected[expected["action"] == "A"]
    assert len(added) == 900 == len(added.drop_duplicates(["filer_code", "entry_number"]))
    assert len({f.name for f in files}) == len(files)
    assert parse([f.data for f in files]).faults.empty


def test_totals_of_the_records_tie_to_the_manifest():
    files = list(generate.generate(DAY, 500, 6))
    parsed, expected = parse([f.data for f in files]), manifest(files)
    duty = parsed.tables["50"].groupby("txn")["duty_amount"].sum().reindex(range(len(expected)), fill_value=0)
    assert list(duty) == list(expected["duty_cents"])
    grand = parsed.tables["90"].set_index("txn").reindex(range(len(expected)))
    assert list(grand["grand_total_duty_amount"].fillna(0)) == list(expected["duty_cents"])
    assert list(grand["grand_total_user_fee_amount"].fillna(0)) == list(expected["fee_cents"])


def test_duty_is_the_tariff_rate_rounded_half_up():
    """Recomputed in decimals from the demonstration tariff: once per tariff, cents rounded half up (usage note hh)."""
    parsed = parse([f.data for f in generate.generate(DAY, 150, 9)])
    lines, summaries = parsed.tables["40"], parsed.tables["10"].set_index("txn")["entry_type_code"]
    rates = read("tariff", DEMO).set_index("hts_number")
    checked = 0
    for row in parsed.tables["50"].to_dict("records"):
        rate = rates.loc[row["hts_number"]]
        spi = lines["trade_agreement_special_program_claim_code"].iloc[row["line"]]
        if row["hts_number"].startswith(("98", "99")) or spi or summaries[row["txn"]] == "23":
            continue
        duty = Decimal(rate["ad_valorem"] or 0) * row["value_of_goods_amount"] / 10**4
        if rate["specific_unit"]:
            units = {row[f"unit_of_measure_code_{k}"]: row[f"quantity_{k}"] for k in (3, 2, 1)}
            duty += Decimal(rate["specific_rate"]) * units[rate["specific_unit"]] / 10**6
        assert row["duty_amount"] == duty.quantize(Decimal(1), ROUND_HALF_UP)
        checked += duty > 0
    assert checked > 50


def test_the_check_digit_is_that_of_appendix_e():
    assert list(entry_numbers(np.array(["B76"]), np.array([324527]))) == ["03245278"]


def test_the_accounts_file_knows_every_sender_and_importer():
    people = generate.population(300, 2)
    known = tomllib.loads(accounts.toml(people, {"B-AB1": "ssh-ed25519 AAAA"}))
    passwords = {(t["site"], t["sender"]): t["password"] for t in known["transmitter"]}
    files_for = {(r["from"], r["to"]) for r in known["relationship"]}
    assert {"account": "B-AB1", "username": "b-ab1", "public_key": "ssh-ed25519 AAAA"} in known["sftp_identity"]
    for file in generate.generate(DAY, 300, 2):
        first = file.data[:80].decode()
        assert passwords[first[1:5].strip(), first[5:8]] == first[8:14]
        assert {(f"B-{e.filer_code}", f"I-{e.importer_number}") for e in file.entries.itertuples()} <= files_for


def test_the_command_writes_files_accounts_and_manifest(tmp_path, capsys):
    wanted = ["--summaries", "40", "--brokers", "2", "--accounts", "5", "--defect", "check_digit=0.2"]
    assert generate.main([*wanted, "--out", str(tmp_path)]) == 0
    written = pd.read_csv(tmp_path / "manifest.csv", dtype=str, keep_default_na=False)
    assert {p.name for p in tmp_path.glob("*/*.abi")} == set(written["file"])
    assert (written["code"] == "B16").sum() > 0
    assert "files" in capsys.readouterr().out
    assert len(tomllib.loads((tmp_path / "accounts.toml").read_text())["relationship"]) == 5


def test_an_unknown_fault_is_refused_by_name(tmp_path, capsys):
    assert generate.main(["--defect", "typo=0.1", "--out", str(tmp_path)]) == 2
    assert "typo" in capsys.readouterr().err
