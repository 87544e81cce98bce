"""The lines of consolidated summaries: lines of all their entries that say the same become one."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from transforms.conditions.fees import HMF, MPF, schedule, share
from transforms.conditions.registry import World
from transforms.filing.lines import LINES, find

#: What two lines must agree on to become one, beside their tariff numbers, units, parties and fee classes.
SAME = (
    *("origin", "export_country", "textile_export_date", "spi", "lading_port", "textile_category", "product_claim"),
    *("related_party", "net_cost", "fee_exemption", "ftz_status", "ftz_filing_date"),
)
#: Roundings of this many lines stay within what a line's duty may be off (condition 624: 2.99 dollars).
MOST = 250


def merged(
    tables: Mapping[str, pd.DataFrame], chosen: pd.DataFrame, header: pd.DataFrame, world: World
) -> dict[str, pd.DataFrame]:
    """``line`` (with ``summary``, in order); ``tariff``, ``fee``, ``party`` and ``description`` by its row (``line``).

    ``chosen`` maps ``version_id`` to ``summary``, ``header`` has a row per summary. Values, quantities, duty, charges
    and weights are summed; processing and harbor fee are computed anew from the summed value (usage notes n and o), as
    sums of rounded parts would miss them by a cent.
    """
    below = {name: _of_chosen(tables, name, chosen) for name in ("line", "tariff", "fee", "party", "remark")}
    line = below["line"]
    at = {name: find(line["item"], table["item"]) for name, table in below.items()}
    tariff, fee = below["tariff"], below["fee"]
    numbers = tariff["hts_number"] + tariff[["unit_1", "unit_2", "unit_3"]].agg("/".join, axis=1)
    said = {
        "numbers": _joined(numbers, at["tariff"], len(line)),
        "parties": _joined(below["party"]["party_type"] + below["party"]["party_id"], at["party"], len(line)),
        "classes": _joined(fee["class_code"].where(at["fee"] >= 0, ""), at["fee"], len(line)),
    }
    key = ["summary", *SAME, *said]
    told = line.assign(**said)
    told["part"] = told.groupby(key, dropna=False, sort=False).cumcount() // MOST
    of = told.groupby([*key, "part"], dropna=False, sort=False).ngroup().to_numpy()
    sums = line.groupby(of)[["charges_cents", "gross_weight_kg", "ftz_quantity"]].sum(min_count=1)
    first = ~pd.Series(of).duplicated()
    out = line[first.to_numpy()].reset_index(drop=True).drop(columns=sums.columns).join(sums)
    out["export_date"] = line["export_date"].groupby(of).max()
    parts = {"line": out, "tariff": _tariffs(tariff, of[at["tariff"]])}
    for name, source in (("party", "party"), ("description", "remark")):
        row = at[source]
        kept = (row >= 0) & first.to_numpy()[row]  # those of the first line stand for all
        parts[name] = below[source][kept].assign(line=of[row[kept]]).reset_index(drop=True)
    charged = at["fee"] >= 0
    parts["fee"] = _fees(fee[charged], of[at["fee"][charged]], parts, header, world)
    return parts


def _of_chosen(tables: Mapping[str, pd.DataFrame], name: str, chosen: pd.DataFrame) -> pd.DataFrame:
    """The rows of the chosen entries in the order of summary and entry, each knowing its line by one number."""
    table = tables[name]
    at = find(chosen["version_id"], table["version_id"])
    table = table.assign(item=at * LINES + table["line"].to_numpy(), at=at)[at >= 0]
    table["summary"] = chosen["summary"].to_numpy()[table["at"]]
    return table.sort_values(["item", "record"], kind="stable", ignore_index=True)


def _joined(text: pd.Series, at: np.ndarray, count: int) -> pd.Series:
    """The texts below each line, one after the other."""
    known = at >= 0
    joined = text[known].groupby(at[known]).agg("|".join)
    return joined.reindex(range(count), fill_value="").astype("str")


def _tariffs(tariff: pd.DataFrame, line: np.ndarray) -> pd.DataFrame:
    """One row per tariff number of a merged line: numbers at the same place of their lines are the same number."""
    place = tariff.groupby("item").cumcount()
    sums = ["value_cents", "duty_cents", "quantity_1", "quantity_2", "quantity_3"]
    grouped = tariff.assign(line=line, place=place).groupby(["line", "place"])
    out = grouped[["hts_number", "unit_1", "unit_2", "unit_3"]].first()
    return out.join(grouped[sums].sum(min_count=1)).reset_index()


def _fees(
    fee: pd.DataFrame, line: np.ndarray, parts: dict[str, pd.DataFrame], header: pd.DataFrame, world: World
) -> pd.DataFrame:
    out = fee.assign(line=line).groupby(["line", "class_code"])["amount_cents"].sum().reset_index()
    value = parts["tariff"].groupby("line")["value_cents"].sum()
    summary = parts["line"]["summary"].take(out["line"].to_numpy()).to_numpy()
    for code, day in ((MPF, "entry_date"), (HMF, "import_date")):
        rate = schedule(world, code, header[day])["rate"].take(summary).reset_index(drop=True)
        anew = share(value.reindex(out["line"]).reset_index(drop=True), rate)
        out["amount_cents"] = anew.where(out["class_code"] == code, out["amount_cents"])
    return out
