"""Goods of several filings, by tariff number."""

from __future__ import annotations

from datetime import date

import pandas as pd

from transforms.filing.goods import by_number
from transforms.filing.tables import parquet


def table(*rows: tuple[str, str, int]) -> bytes:
    made = pd.DataFrame(rows, columns=["hts_number", "origin", "value_cents"]).astype(
        {"hts_number": "str", "origin": "str"}
    )
    return parquet(made.assign(duty_cents=made["value_cents"] // 10))


def test_values_of_all_months_add_up_and_the_largest_stand_in_front():
    august = table(("8708998180", "CN", 500), ("6109100012", "VN", 900))
    september = table(("8708998180", "DE", 700), ("8708998180", "CN", 100), ("9503000013", "CN", 1))
    made = by_number([(date(2026, 8, 1), august), (date(2026, 9, 1), september)], most=2)
    assert [(it["hts_number"], it["value_cents"], it["duty_cents"]) for it in made] == [
        ("8708998180", 1300, 130), ("6109100012", 900, 90),
    ]  # fmt: skip
    assert made[0]["origins"] == "CN DE" and (made[0]["first"], made[0]["last"]) == (date(2026, 8, 1), date(2026, 9, 1))
    assert made[1]["last"] == date(2026, 8, 1)
    assert by_number([]) == []
