"""What an informal entry may be worth (conditions 646 and 648; AE chapter, July 2026, Table 9, notes z and jj)."""

from __future__ import annotations

import pandas as pd

from transforms.conditions.columns import INFORMAL, count, has, total
from transforms.conditions.line import cites, value
from transforms.conditions.registry import condition

LIMIT_CENTS = 250_000
RETURNED_LIMIT_CENTS = 1_000_000
RETURNED = "98010010"  # US goods returned
UNLIMITED = ("98010050", "98010060")  # temporary exhibits


def _limited(header: pd.DataFrame) -> pd.Series:
    return (
        header.entry_type.isin(INFORMAL)
        & header.shipment_usage.isin(("", "X"))
        & header.consolidated.ne("Y")
        & header.consolidated_express.ne("Y")
    )


@condition(
    "646",
    "F",
    on="line",
    at=("40", "line_item_identifier"),
    why="a line of an informal entry is worth at most 2,500 dollars (US goods returned: 10,000)",
    mend="file the goods on a formal entry",
)
def line_too_valuable(es, world):
    limit = pd.Series(LIMIT_CENTS, index=es.line.index).mask(cites(es, RETURNED), RETURNED_LIMIT_CENTS)
    limited = _limited(es.header).take(es.line.txn).reset_index(drop=True)
    return limited & ~cites(es, *UNLIMITED) & (value(es) > limit)


@condition(
    "648",
    "F",
    on="header",
    at=("10", "entry_type_code"),
    why="an informal entry of several lines is worth at most 2,500 dollars (with US goods returned: 10,000)",
    mend="file the goods on a formal entry",
)
def summary_too_valuable(es, world):
    # Components of a set (V) are counted in its header already.
    worth = total(es, "tariff", "value_cents", es.of_line("tariff", "set_indicator").ne("V"))
    returned = has(es, "line", cites(es, RETURNED))
    limit = pd.Series(LIMIT_CENTS, index=es.header.index).mask(returned, RETURNED_LIMIT_CENTS)
    exhibits = has(es, "line", cites(es, *UNLIMITED)) & ~returned
    return _limited(es.header) & (count(es, "line") > 1) & ~exhibits & (worth > limit)
