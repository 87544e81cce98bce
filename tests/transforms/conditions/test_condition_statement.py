"""Statement dates as customs published them go before computed ones."""

from __future__ import annotations

import pandas as pd
import pytest
from condition_filings import apply, base, found, world


@pytest.mark.parametrize(("published", "refused"), [(None, False), ("2026-09-14", True), ("2026-09-15", False)])
def test_a_print_date_is_measured_against_the_published_preliminary(published, refused):
    wire = apply(list(base("monthly")), "10.preliminary_statement_print_date=091526")
    month = {"month": ["2026-09-01"], "preliminary_date": [published], "due_date": [None]}
    dates = pd.DataFrame(month).apply(lambda column: pd.to_datetime(column).astype("datetime64[s]"))
    (conditions,) = found([wire], world(ref=world().ref | {"statement_dates": dates}))
    assert ("215" in set(conditions.code)) is refused


@pytest.mark.parametrize(
    ("active", "codes"),
    [
        ({("broker", "ZZZ"), ("importer", "12-3456789")}, set()),
        ({("broker", "ZZZ"), ("broker", "12-3456789")}, {"210"}),
        ({("importer", "12-3456789")}, {"209"}),
        (set(), {"209", "210"}),
    ],
)
def test_who_pays_monthly_has_an_active_account(active, codes):
    accounts = pd.DataFrame(sorted(active), columns=["kind", "identifier"]).astype("str")
    known = world(ref=world().ref | {"statement_accounts": accounts})
    for wire, expected in ((list(base("monthly")), codes), (list(base("vessel")), set())):
        (conditions,) = found([wire], known)
        assert set(conditions.code) & {"209", "210"} == expected
