"""What an account shows. Each function gives reasons (``reasons.COLUMNS``) by the row of ``account``.

``account``: ``account_id actions refused standing late`` (late statements of 12 months) ``tier`` (Int64; of a member of
the security programme, 0 where none was told, blank: no member).
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from transforms.risk import reasons, statistics
from transforms.risk.reasons import dollars, per_cent, times
from transforms.risk.settings import Targeting

STANDING = {"late": 6, "noticed": 12, "defaulted": 20}
#: Tier of the security programme -> the part of the points it takes away (6 U.S.C. 964 to 966: least, more, most).
RELIEF = {0: 0.2, 1: 0.2, 2: 0.35, 3: 0.5}
TRAILING = 12


def clean_in_a_row(decision: pd.DataFrame) -> pd.Series:
    """By account: results in a row, counted back from the last, that found nothing. ``decision``: ``account_id at
    finding``, in any order; a discrepancy begins anew."""
    known = decision[decision["finding"].isin(["clean", "discrepancy"])].sort_values(
        "at", ascending=False, kind="stable"
    )
    bad = known["finding"].eq("discrepancy").astype("int64")
    streak = known[bad.groupby(known["account_id"]).cumsum().eq(0)]
    return streak.groupby("account_id").size()


def large_change(account: pd.DataFrame, month: pd.DataFrame, present: pd.Timestamp, how: Targeting) -> pd.DataFrame:
    """A month far above the account's own: the present one (unfinished, so it can only grow) or the one before it.

    ``month``: ``account_id month value_cents``, a row where something was filed; up to 12 months before the one that
    is judged, from the account's first on, months without a filing counting as nothing.
    """
    made = [_against_own(month, month_, how) for month_ in (present, present - pd.DateOffset(months=1))]
    found = pd.concat(made).sort_values("z", ascending=False, kind="stable").drop_duplicates("account_id")
    place = pd.Series(np.arange(len(account)), account["account_id"])
    found = found[found["account_id"].isin(place.index)]
    words = [
        f"Value of {first:%B %Y}: {dollars(value)}, {times(value / max(usual, 1))} its usual month"
        f" ({dollars(usual)}, the middle of {n} months before)."
        for first, value, usual, n in reasons.rows(found, "month", "value", "usual", "n")
    ]
    points = np.minimum(25 + 3 * (found["z"].to_numpy() - how.change_z), 45)
    change = "The months that follow: once such values are usual, the change is none."
    return reasons.table("change", found["account_id"].map(place), points, words, change)


def _against_own(month: pd.DataFrame, judged: pd.Timestamp, how: Targeting) -> pd.DataFrame:
    ago = (judged.year * 12 + judged.month) - (month["month"].dt.year * 12 + month["month"].dt.month)
    table = month.assign(ago=ago)[ago.between(0, TRAILING)]
    wide = table.pivot_table(index="account_id", columns="ago", values="value_cents", aggfunc="sum")
    wide = wide.reindex(columns=range(TRAILING + 1))
    first = table.groupby("account_id")["ago"].max().reindex(wide.index).to_numpy()
    held = np.arange(1, TRAILING + 1)[None, :] <= first[:, None]
    own = np.where(held, np.log1p(wide[range(1, TRAILING + 1)].fillna(0).to_numpy("float64") / 100), np.nan)
    value = wide[0].fillna(0).to_numpy("float64")
    known = held.sum(axis=1)
    enough = known >= how.change_months
    median = np.zeros(len(wide))
    mad = np.zeros(len(wide))
    median[enough] = np.nanmedian(own[enough], axis=1)
    mad[enough] = np.nanmedian(np.abs(own[enough] - median[enough, None]), axis=1)
    z = statistics.robust_z(np.log1p(value / 100), median, mad, 0.25)
    usual = np.expm1(median) * 100
    fires = enough & (z >= how.change_z) & (value >= how.change_ratio * usual) & (value >= how.change_cents)
    out = pd.DataFrame({"account_id": wide.index, "month": judged, "value": value, "usual": usual, "z": z, "n": known})
    return out[fires]


def late(account: pd.DataFrame) -> pd.DataFrame:
    """Payments that were late, by how the account stands with them."""
    standing = account["standing"].map(STANDING).fillna(0).to_numpy("int64")
    often = account["late"].to_numpy("int64")
    at = np.flatnonzero((standing > 0) | (often > 0))
    words = [_late(*row) for row in reasons.rows(account.iloc[at], "standing", "late")]
    points = np.minimum(standing[at] + 2 * np.minimum(often[at], 4), 25)
    return reasons.table("late", at, points, words, "Paying what is late, and twelve months in time.")


def _late(standing: str, often: int) -> str:
    names = {"late": "a payment is late", "noticed": "notice of a late payment was given", "defaulted": "in default"}
    said = [names[standing]] if standing in names else []
    if often:
        said.append(f"{often} late {'statement' if often == 1 else 'statements'} in 12 months")
    return f"Payments: {'; '.join(said)}."


def refused(account: pd.DataFrame, how: Targeting) -> pd.DataFrame:
    """Filings on the account refused more often than others', whoever filed them."""
    rate = account["refused"].sum() / max(account["actions"].sum(), 1)
    likely = statistics.smoothed(account["refused"].to_numpy(), account["actions"].to_numpy(), how.prior, rate)
    at = np.flatnonzero(likely > 2 * max(rate, 0.01))
    words = [
        f"About {per_cent(likely[row])} of the filings on this account were refused at least once in 12 months;"
        f" the usual is {per_cent(rate)}."
        for row in at
    ]
    return reasons.table(
        "refused",
        at,
        np.minimum(4 + 20 * likely[at], 12),
        words,
        "Fewer refused filings; the rate looks back 12 months.",
    )


def discrepancies(account: pd.DataFrame, decision: pd.DataFrame) -> pd.DataFrame:
    """Discrepancies that officers found: their share of the results, one imagined clean result and one discrepancy in
    ten added."""
    known = decision[decision["finding"].isin(["clean", "discrepancy"])]
    bad = known["finding"].eq("discrepancy").astype("int64")
    counts = bad.groupby(known["account_id"]).agg(n="size", bad="sum")
    mine = counts.reindex(account["account_id"]).fillna(0)
    likely = statistics.smoothed(mine["bad"].to_numpy(), mine["n"].to_numpy(), 10, 0.1)
    at = np.flatnonzero(mine["bad"].to_numpy() > 0)
    words = [
        f"{int(mine['bad'].iat[row])} of {int(mine['n'].iat[row])} looks at this account found a discrepancy."
        for row in at
    ]
    return reasons.table(
        "discrepancy", at, np.minimum(5 + 40 * likely[at], 25), words, "Clean results lower this share."
    )


def relief(account: pd.DataFrame) -> pd.Series:
    """By row, the part of the points that membership in the security programme takes away."""
    return account["tier"].map(RELIEF).astype("float64").fillna(0.0)
