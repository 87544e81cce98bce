"""Every rule fires on the filing that breaks it and stays silent on its exceptions; all cases are one shard."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest
from condition_filings import AE, BASES, apply, base, found, world

from transforms.conditions.allowed import _values
from transforms.conditions.codes import table
from transforms.conditions.evaluate import _field_conditions
from transforms.conditions.registry import REGISTRY


def _cases(name: str) -> list[tuple[str, str, str]]:
    with Path(__file__).with_name(name).open(newline="") as rows:
        return [(row["code"], row["base"], row["steps"]) for row in csv.DictReader(rows, delimiter=";")]


FIRING, SILENT = _cases("cases.csv"), _cases("exceptions.csv")


def _broken(code: str, record: str, name: str, value: str) -> tuple[str, str, str]:
    """A case that puts ``value`` into a field of the first base with the record (for 54 an overlay)."""
    if record == "54":
        record, name = "54-08", "declaration_type_code"
    home = next(home for home in BASES if any(r.id == record for r in base(home)))
    return code, home, " | ".join([*_contiguous(home, record, name, value), f"{record}.{name}={value}"])


def _contiguous(home: str, record: str, name: str, value: str) -> list[str]:
    """Steps that keep side-by-side repetitions filled from the left, with no gap around the broken field."""
    slot = int((re.search(r"_(\d)(?=_|$)", name) or "11")[1])
    text = next(r.text for r in base(home) if r.id == record)
    steps = []
    for field in AE[record]:
        repeated = re.search(r"_(\d)(?=_|$)", field.name)
        if repeated and int(repeated[1]) > 1 and field.carries_data:
            first = AE.field(record, field.name.replace(f"_{repeated[1]}", "_1"))
            if not value:
                steps.append(f"{record}.{field.name}=")
            elif int(repeated[1]) <= slot:
                steps.append(f"{record}.{field.name}={text[first.columns].strip()}")
    return steps


def _field_cases() -> list[tuple[str, str, str]]:
    """One broken field per row of ``field_conditions.csv``."""
    wrong = {"missing": "", "class": "#", "date": "133226"}
    return [_broken(told.code, *key[:2], wrong[key[2]]) for key, told in _field_conditions().items()]


def _allowed_cases() -> list[tuple[str, str, str]]:
    """One unknown code per row of ``allowed.csv``."""
    cases = []
    for row in table("allowed.csv"):
        name = row["field"].replace("#", "1")
        width = AE.field(row["record"], name).width
        unknown = next(v for v in ("Q9Z"[:width], "Q"[:width]) if v not in _values(row["allowed"]))
        cases.append(_broken(row["code"], row["record"], name, unknown))
    return cases


GENERATED = _field_cases() + _allowed_cases()
ALL = FIRING + SILENT + GENERATED


@pytest.fixture(scope="module")
def codes():
    wires = [apply(list(base(name)), steps) for _, name, steps in ALL]
    return dict(zip(ALL, (set(conditions.code) for conditions in found(wires, world())), strict=True))


@pytest.mark.parametrize("case", FIRING, ids=" ".join)
def test_fires(codes, case):
    assert case[0] in codes[case]


@pytest.mark.parametrize("case", GENERATED, ids=" ".join)
def test_fires_on_a_broken_field(codes, case):
    assert case[0] in codes[case]


@pytest.mark.parametrize("case", SILENT, ids=" ".join)
def test_knows_its_exceptions(codes, case):
    assert case[0] not in codes[case]


def test_every_registered_rule_has_a_case():
    matrices = {code for m in ("entry_type", "mode_of_transport") for row in table(f"requirements/{m}.csv")
                for code in (row["missing"], row["surplus"])}  # fmt: skip
    covered = {code for code, _, _ in FIRING + GENERATED} | matrices
    assert {rule.code for rule in REGISTRY} - covered == set()
