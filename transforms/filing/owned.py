"""The statements of a filing as its account may see them."""

from __future__ import annotations

import pandas as pd

#: What a statement says of itself as a whole.
WHOLE = (
    *("duty_cents", "tax_cents", "deferred_tax_cents", "ad_cents", "cvd_cents", "interest_cents", "fee_cents"),
    *("total_cents", "remaining_cents", "entries", "revenue_entries"),
)


def own(statement: pd.DataFrame) -> pd.DataFrame:
    """The filing's table ``statement`` without what is other importers': the statement of a filer (no
    ``importer_number``: payment types 2 and 6) has the entries of many, so its totals are blank and one with nothing
    of this account is left out. What the account has on each is in ``account_entries`` and ``account_due_cents``.
    """
    if "importer_number" not in statement:
        return statement
    filers = statement["importer_number"] == ""
    table = statement[~filers | (statement["account_entries"] > 0)].reset_index(drop=True)
    hidden = table["importer_number"] == ""
    return table.assign(**{c: table[c].astype("Int64").mask(hidden) for c in WHOLE if c in table})
