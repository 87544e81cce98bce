"""A ledger against an account: nothing is lost, nothing is told twice, and every sum ties."""

from __future__ import annotations

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.reconcile import AMOUNTS, STATES, reconcile

CENTS = st.one_of(st.none(), st.integers(-(10**9), 10**12))
ENTRIES = [f"ABC0000000{n}" for n in range(8)]


@st.composite
def sides(draw: st.DrawFn) -> tuple[pd.DataFrame, pd.DataFrame]:
    named = draw(st.lists(st.sampled_from(ENTRIES), max_size=12))
    has = draw(st.lists(st.sampled_from(AMOUNTS), unique=True))
    ledger = pd.DataFrame({"line": range(2, len(named) + 2), "entry": pd.Series(named, dtype="str")})
    ledger = ledger.assign(reference="", date=pd.Series(pd.NaT, ledger.index, dtype="datetime64[s]"))
    for name in has:
        column = draw(st.lists(CENTS, min_size=len(named), max_size=len(named)))
        ledger[f"{name}_cents"] = pd.Series(column, dtype="Int64")
    mine = draw(st.lists(st.sampled_from(ENTRIES), unique=True, max_size=8))
    account = pd.DataFrame({"entry": pd.Series(mine, dtype="str"), "entry_summary_id": range(len(mine))})
    account["date"] = pd.Series(pd.Timestamp("2026-09-15"), account.index, dtype="datetime64[s]")
    for name in AMOUNTS:
        column = draw(st.lists(st.integers(-(10**9), 10**12), min_size=len(mine), max_size=len(mine)))
        account[f"{name}_cents"] = pd.Series(column, dtype="int64")
    return ledger, account


@settings(max_examples=80, deadline=None)
@given(sides())
def test_every_line_is_there_once_and_every_sum_ties(both: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    ledger, account = both
    told = reconcile(ledger, account)
    rows, totals = told.rows, told.totals()
    assert rows["line"].dropna().tolist() == ledger["line"].tolist(), "the ledger's lines, in its order"
    assert sorted(rows.loc[rows["first"], "entry"]) == sorted({*ledger["entry"], *account["entry"]})
    assert set(rows.loc[rows["state"] == "missing_ledger", "entry"]) == set(account["entry"]) - set(ledger["entry"])
    assert set(rows.loc[rows["state"] == "missing_here", "entry"]) == set(ledger["entry"]) - set(account["entry"])
    assert totals.loc["all", "lines"] == len(ledger) and totals.loc["all"].equals(totals.loc[list(STATES)].sum())
    for name in told.compared:
        assert totals.loc["all", f"{name}_ledger"] == ledger[f"{name}_cents"].sum()
        assert totals.loc["all", f"{name}_ours"] == account[f"{name}_cents"].sum()
        made = totals[f"{name}_ledger"] - totals[f"{name}_ours"] + totals[f"{name}_unstated"]
        assert (made == totals[f"{name}_difference"]).all()
    # By the slow way: an entry is matched when each amount that its lines state is the account's.
    ours = account.set_index("entry")
    for entry, lines in ledger[ledger["entry"].isin(ours.index)].groupby("entry"):
        stated = {n: lines[f"{n}_cents"].dropna() for n in told.compared}
        same = all(it.empty or it.sum() == ours.loc[entry, f"{n}_cents"] for n, it in stated.items())
        assert set(rows.loc[rows["entry"] == entry, "state"]) == {"matched" if same else "different"}


def test_an_entry_paid_twice_differs_by_what_was_paid_too_much() -> None:
    ledger = pd.DataFrame({"line": [2, 5], "entry": ["ABC00000001"] * 2, "reference": ["a", "b"],
                           "date": pd.Series([pd.NaT] * 2, dtype="datetime64[s]"),
                           "total_cents": pd.Series([700, 700], dtype="Int64")})  # fmt: skip
    account = pd.DataFrame({"entry": ["ABC00000001"], "entry_summary_id": [9], "date": [pd.Timestamp("2026-09-15")],
                            "duty_cents": [500], "fee_cents": [200], "total_cents": [700]})  # fmt: skip
    rows = reconcile(ledger, account).rows
    assert rows["state"].tolist() == ["different"] * 2 and rows["lines"].tolist() == [2, 2]
    assert rows["total_difference"].tolist() == [700, pd.NA] and rows["total_ours"].tolist() == [700, pd.NA]
