"""What stands under the totals by accounting class and by case: each amount with the record it was read from."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import pandas as pd

from parsers.catair import layout
from transforms.entry_summary import mapping
from transforms.filing.lines import find

if TYPE_CHECKING:
    from transforms.filing.summarise import MonthFacts

#: Kinds of amounts under an accounting class: header fee (34), tax (60), other revenue (61), fee of a line (62).
KINDS = ("header_fee", "tax", "other_revenue", "fee")
_PLACED = ["file_name", "record"]
_SHOWN = [
    *("filer_code", "entry_number", "version_id", "line", "class_code", "case_number", "claim", "amount_cents"),
    *("record_id", *_PLACED, "columns"),
]


def charges(facts: MonthFacts) -> pd.DataFrame:
    """One row for each amount beside duty: ``filer_code entry_number version_id line`` (0: for the summary as a whole)
    ``class_code`` or ``case_number`` with ``claim``, ``amount_cents``, and where it stands: ``record_id`` (34, 53, 60,
    61, 62) ``file_name record columns``.

    The amounts of a class add up to what the filing says of it; of the processing fee (499) the filing counts what the
    summaries state in their totals (89), between a minimum and a maximum. What is under bond is there with claim B.
    """
    fee, case = facts.fee, facts.adcvd
    place = _places().reindex(pd.MultiIndex.from_arrays([fee["kind"], fee["slot"]])).reset_index(drop=True)
    fees = fee.reset_index(drop=True).assign(case_number="", claim="", record_id=place["record_id"].array)
    fees["columns"] = place["columns"].array
    duty = layout.load("ae").field("53", "ad_cvd_duty_amount")
    cases = case.reset_index(drop=True).rename(columns={"duty_cents": "amount_cents"})
    cases = cases.assign(class_code="", record_id="53", columns=f"{duty.start}-{duty.end}")
    both = pd.concat([table.reindex(columns=_OWN) for table in (fees, cases)], ignore_index=True)
    at = find(facts.entry["version_id"], both["version_id"])
    both = both[at >= 0].reset_index(drop=True)
    entry = facts.entry[["filer_code", "entry_number"]].take(at[at >= 0]).reset_index(drop=True)
    table = entry.join(both)[_SHOWN]
    table["amount_cents"] = table["amount_cents"].fillna(0).astype("int64")
    text = [c for c in _SHOWN if c not in ("version_id", "line", "amount_cents", "record")]
    table = table.astype(dict.fromkeys(text, "str") | dict.fromkeys(("version_id", "line", "record"), "int64"))
    order = ["filer_code", "entry_number", "record", "class_code", "case_number", "columns"]
    return table.sort_values(order, kind="stable", ignore_index=True)


_OWN = [c for c in _SHOWN if c not in ("filer_code", "entry_number")]


@cache
def _places() -> pd.DataFrame:
    """Record and columns of an amount by its kind and slot."""
    rows = []
    for kind in KINDS:
        (fact,) = (fact for fact in mapping()[kind] if fact.column == "amount_cents")
        for slot in (1, 2) if fact.field.endswith("#") else (1,):
            field = layout.load("ae").field(fact.record, fact.field.replace("#", str(slot)))
            rows.append((kind, slot, fact.record, f"{field.start}-{field.end}"))
    return pd.DataFrame(rows, columns=["kind", "slot", "record_id", "columns"]).set_index(["kind", "slot"])
