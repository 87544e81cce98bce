"""PF and MS batches worked out by hand from the chapters, byte for byte; the reasoning lies in each folder."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest
from statement_tables import GOLDEN, Days, golden, remove

from transforms.statement import assemble, daily, monthly


def expected(name: str, which: str) -> bytes:
    return (GOLDEN / name / f"{which}.txt").read_bytes()


@pytest.mark.parametrize(("which", "sent"), [("preliminary", date(2026, 10, 6)), ("final", date(2026, 10, 8))])
def test_broker_daily(which, sent):
    payable, fee, removed = golden("daily_broker")
    made = assemble.daily(payable, fee, date(2026, 10, 6), {}, Days())
    statement, entry = made.statement, made.entry
    if which == "final":
        statement, entry = statement.assign(status="F"), remove(entry, removed)
    assert daily.batch(statement, entry, payable, fee, site="2704", sent=sent) == expected("daily_broker", which)


def test_the_preliminary_does_not_change_when_it_is_printed_again():
    """Removals do not touch what was printed."""
    payable, fee, removed = golden("daily_broker")
    made = assemble.daily(payable, fee, date(2026, 10, 6), {}, Days())
    again = daily.batch(made.statement, remove(made.entry, removed), payable, fee, site="2704", sent=date(2026, 10, 6))
    assert again == expected("daily_broker", "preliminary")


@pytest.mark.parametrize("which", ["preliminary", "final", "preliminary again"])
def test_importer_monthly(which):
    payable, fee, removed = golden("monthly_importer")
    parts = [assemble.daily(payable, fee, date(2026, 10, day), {}, Days()) for day in (6, 7)]
    statement = pd.concat([p.statement for p in parts], ignore_index=True)
    entry = pd.concat([p.entry for p in parts], ignore_index=True)
    before = remove(entry, removed[removed["removed_by"] == "C"])
    month, printed = date(2026, 11, 1), Days().prelim(2026, 11)
    made = assemble.monthly(
        statement, before, payable, fee, month, {"12-3456789": "2704"}, {}, printed, Days().due(2026, 11)
    )
    statement["parent_number"] = statement["statement_number"].map(assemble.parents(made.entry, before)).fillna("")
    presented = {"2727279001": pd.Timestamp("2026-10-07")}
    statement["presented_at"] = statement["statement_number"].map(presented).astype("datetime64[s]")
    upper = made.statement.assign(printed_at=pd.Timestamp("2026-11-17T06:00:00"))
    sent, entry = printed, before
    if which != "preliminary":
        entry = remove(before, removed)
    if which == "final":
        upper, sent = upper.assign(status="F"), date(2026, 11, 24)
    wire = monthly.batch(upper, statement, entry, payable, fee, site="2704", sent=sent)
    assert wire == expected("monthly_importer", which.removesuffix(" again"))
