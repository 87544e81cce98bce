"""The examples of the rule, to the dollar."""

import pytest

from transforms.bond_sufficiency import required


@pytest.mark.parametrize(
    ("charged", "bond"),
    [
        (0, 50_000),
        (480_000, 50_000),
        (500_000, 50_000),
        (500_000.01, 60_000),
        (600_000, 60_000),
        (1_000_000, 100_000),
        (1_000_001, 200_000),
        (2_000_000, 200_000),
        (4_500_000, 500_000),
    ],
)
def test_a_tenth_rounded_up_and_never_less_than_fifty_thousand(charged, bond):
    assert required(round(charged * 100)) == bond * 100
