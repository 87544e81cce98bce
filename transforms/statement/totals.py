"""What is due on entry summaries and on statements, in cents.

A statement adds up what is *due*, which is not always what was reported:

* warehouse and temporary entries report estimates: of types 21 and 23 only the harbor maintenance fee is due, of
  type 22 nothing (chapter 05, page 8);
* a deferred tax is shown and not due (Q1 column 62; Q3 columns 60 to 70);
* Puerto Rican coffee duty (other revenue, class 672) is part of the estimated duty (note in Q1, Q3 and Q5);
* antidumping and countervailing duty under bond is shown and not due (Q2 columns 56 and 57).
"""

from __future__ import annotations

import numpy as np
import pandas as pd

#: The amounts of a statement, in the order in which records carry them; the total is the sum of all but the deferred
#: tax.
AMOUNTS = ("duty_cents", "tax_cents", "deferred_tax_cents", "ad_cents", "cvd_cents", "interest_cents", "fee_cents")
DUE = tuple(a for a in AMOUNTS if a != "deferred_tax_cents")
COUNTS = ("entries", "revenue_entries")
_ESTIMATES = ("21", "22", "23")
_FEE_STILL_DUE = ("21", "23")
HARBOR_MAINTENANCE = "501"


def cents(column: pd.Series) -> pd.Series:
    """A money column without blanks: a blank amount is none."""
    return column.fillna(0).astype("int64")


def due_fees(payable: pd.DataFrame, fee: pd.DataFrame) -> pd.DataFrame:
    """The rows of ``fee`` (``version_id class_code amount_cents``) that are due, of versions in ``payable``.

    Raises ValueError when a version is payable twice.
    """
    _unique(payable)
    of = pd.Series(payable["entry_type"].to_numpy(), index=payable["version_id"].to_numpy())
    kind = fee["version_id"].map(of)
    harbor = kind.isin(_FEE_STILL_DUE) & fee["class_code"].eq(HARBOR_MAINTENANCE)
    keep = kind.notna() & (~kind.isin(_ESTIMATES) | harbor) & cents(fee["amount_cents"]).ne(0)
    return fee.loc[keep, ["version_id", "class_code", "amount_cents"]].reset_index(drop=True)


def due(payable: pd.DataFrame, fee: pd.DataFrame) -> pd.DataFrame:
    """What is due on each payable, position for position: :data:`AMOUNTS`, ``total_cents`` and ``revenue``."""
    now = ~payable["entry_type"].isin(_ESTIMATES)
    deferred = payable["deferred"].fillna(False).astype(bool)
    tax, fees = cents(payable["tax_cents"]), due_fees(payable, fee)
    by_version = cents(fees["amount_cents"]).groupby(fees["version_id"]).sum()
    amounts = pd.DataFrame(
        {
            "duty_cents": (cents(payable["duty_cents"]) + cents(payable["other_cents"])).where(now, 0),
            "tax_cents": tax.where(now & ~deferred, 0),
            "deferred_tax_cents": tax.where(now & deferred, 0),
            "ad_cents": cents(payable["ad_cents"]).where(now, 0),
            "cvd_cents": cents(payable["cvd_cents"]).where(now, 0),
            "interest_cents": cents(payable["interest_cents"]).where(now, 0),
            "fee_cents": cents(payable["version_id"].map(by_version)),
        }
    )
    amounts["total_cents"] = amounts[list(DUE)].sum(axis=1).astype("int64")
    amounts["revenue"] = amounts["total_cents"] > 0
    return amounts


def on_statements(entries: pd.DataFrame, payable: pd.DataFrame, fee: pd.DataFrame) -> pd.DataFrame:
    """Totals of each statement named in ``entries`` (``statement_number version_id``), indexed by statement number:
    :data:`AMOUNTS`, ``total_cents``, ``entries`` and ``revenue_entries``.

    Raises ValueError when ``entries`` names a version that is not in ``payable``, or ``payable`` has one twice.
    """
    at = positions(entries["version_id"], payable)
    amounts = due(payable, fee).take(at).reset_index(drop=True)
    number = entries["statement_number"].reset_index(drop=True)
    totals = amounts[[*AMOUNTS, "total_cents"]].groupby(number).sum().astype("int64")
    totals["entries"] = number.groupby(number).size().astype("int64")
    totals["revenue_entries"] = amounts["revenue"].groupby(number).sum().astype("int64")
    return totals


def fees_on_statements(entries: pd.DataFrame, payable: pd.DataFrame, fee: pd.DataFrame) -> pd.DataFrame:
    """Due fees of each statement: ``statement_number class_code amount_cents``, ordered by both."""
    rows = entries[["statement_number", "version_id"]].merge(due_fees(payable, fee), on="version_id")
    sums = cents(rows["amount_cents"]).groupby([rows["statement_number"], rows["class_code"]]).sum()
    return sums.astype("int64").rename("amount_cents").reset_index()


def positions(versions: pd.Series, payable: pd.DataFrame) -> np.ndarray:
    """The row of ``payable`` of each version. Raises ValueError for one that is missing or there twice."""
    _unique(payable)
    at = pd.Index(payable["version_id"]).get_indexer(pd.Index(versions))
    if (at < 0).any():
        raise ValueError(f"entry summary version {versions[at < 0].iloc[0]} is on a statement but not payable")
    return at


def _unique(payable: pd.DataFrame) -> None:
    if not payable["version_id"].is_unique:
        raise ValueError("an entry summary version is payable twice")
