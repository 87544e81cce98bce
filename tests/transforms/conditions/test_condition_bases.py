"""Valid filings of every kind: no condition is found on any of them."""

from __future__ import annotations

import pytest
from condition_filings import BASES, base, found, world


@pytest.fixture(scope="module")
def of_base():
    return dict(zip(BASES, found([list(base(name)) for name in BASES], world()), strict=True))


@pytest.mark.parametrize("name", BASES)
def test_a_valid_filing_is_clean(of_base, name):
    conditions = of_base[name]
    assert conditions.empty, conditions[["code", "record", "field", "at", "why"]].to_string()
