"""Duty of a line where tariff and message decide it with certainty (AE chapter, July 2026, usage note l; Appendix F).

Judged: consumption and informal entries, one commodity on the line, rates free, ad valorem, specific or compound,
no chapter 98 provision, no programme claim, an origin under column 1, no set component. Adjustments of chapter 99
either stack on column 1 or replace it; the tariff table does not say which, so either sum is accepted. Everything
else is not judged here.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from transforms.conditions.columns import count, has, spread, total
from transforms.conditions.line import cites, value
from transforms.conditions.registry import condition
from transforms.conditions.tariff import commodity, reference

TOLERANCE_CENTS = 299  # the dictionary's margin between estimate and computation, per line and per summary
COLUMN_2 = ("CU", "KP", "RU", "BY")
RATES = ("free", "ad_valorem", "specific", "compound", "additional", "replacement")
EXCLUSIONS = ("02", "03", "09", "10", "11")  # declarations that lift a remedy's duty


def _rated(es, ref: pd.DataFrame, base: pd.Series) -> pd.Series:
    """Cents that each 50 record's rate makes of ``base`` and of the quantity in its unit; NA without that unit."""
    t = es.tariff
    ad_valorem = (base.astype("Int64") * ref.ad_valorem.fillna(0).astype("Int64") + 500_000) // 1_000_000
    quantity = pd.Series(pd.NA, index=t.index, dtype="Int64")
    for n in (1, 2, 3):
        quantity = quantity.where(
            quantity.notna(), t[f"quantity_{n}"].where(t[f"unit_{n}"].eq(ref.specific_unit.fillna("-")))
        )
    # hundredths of a unit times millionths of a dollar: a millionth of a cent
    specific = (quantity * ref.specific_rate.astype("Int64") + 500_000) // 1_000_000
    return ad_valorem + specific.where(ref.general_kind.isin(("specific", "compound")), 0)


def computed(es, world) -> pd.DataFrame:
    """Per line: duty in cents when chapter 99 ``stacks`` on column 1 or ``replaces`` it; NA where not certain."""
    ref = reference(es, world)
    own = commodity(es)
    base = pd.Series(np.where(own, es.tariff.value_cents, spread(es, "tariff", value(es), "line")), dtype="Int64")
    duty = _rated(es, ref, base).where(ref.general_kind.isin(RATES))
    adjusting = es.tariff.hts_number.str.startswith("99")
    doubtful = ~ref.in_force | duty.isna() | (adjusting & es.tariff.value_cents.fillna(0).ne(0))
    line = es.line
    certain = (
        es.of_header("line", "entry_type").isin(("01", "02", "03", "07", "11", "12"))
        & count(es, "tariff", own, by="line").eq(1)
        & ~has(es, "tariff", doubtful, by="line")
        & ~cites(es, "98")
        & ~has(es, "declaration", es.declaration.declaration_type.isin(EXCLUSIONS), by="line")
        & line.spi.eq("")
        & line.set_indicator.ne("V")
        & ~line.origin.isin(("", "**", "US", *COLUMN_2))
    )
    cents = es.tariff[["line"]].assign(cents=duty.fillna(0).astype("int64"))
    sums = pd.DataFrame(
        {"stacks": cents.groupby("line").cents.sum(), "replaces": cents[adjusting].groupby("line").cents.sum()}
    )
    sums = sums.reindex(range(len(line))).astype("Int64")
    return sums.assign(replaces=sums.replaces.fillna(sums.stacks)).where(certain)


@condition(
    "624",
    "F",
    on="line",
    at=("50", "duty_amount"),
    why="the duty of a line is what its tariff numbers make of value and quantity (2.99 dollars are tolerated)",
    mend="compute each number's duty again, half up; an adjustment of chapter 99 stacks on column 1 or replaces it",
    needs=("tariff",),
)
def duty_differs(es, world):
    expected, filed = computed(es, world), total(es, "tariff", "duty_cents", by="line")
    gaps = [(filed - expected[way]).abs() > TOLERANCE_CENTS for way in ("stacks", "replaces")]
    return gaps[0] & gaps[1]


@condition(
    "625",
    "F",
    on="tariff",
    at=("50", "duty_amount"),
    why="the duty of a set stands on its header (X), not on a component",
    mend="put zero on V lines",
)
def duty_on_component(es, world):
    return es.tariff.duty_cents.gt(0) & es.of_line("tariff", "set_indicator").eq("V")
