"""The lowest table of the filing: one row per tariff number of a line (50 record), with everything charged on it.

Fees, taxes and cases belong to a line item, not to one of its numbers: they stand on the number of the article itself
(the last one outside chapters 98 and 99). What is stated for the summary as a whole is shared out to its lines.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from parsers.catair import layout
from transforms.conditions.codes import codes
from transforms.filing.apportion import apportion
from transforms.filing.rate import rates

if TYPE_CHECKING:
    from transforms.filing.summarise import MonthFacts

AMOUNTS = ("duty_cents", "fee_cents", "tax_cents", "ad_cents", "cvd_cents", "other_cents")
PROCESSING = "499"  # held between a minimum and a maximum per summary (AE usage notes w and x)
OWNER = "account_id"  # tells the entries of accounts apart where those of several are summed up together
LINES = 1 << 20  # more lines than a summary can have: a summary and a line make one number

Integers = npt.NDArray[np.int64]


def find(keys: Any, wanted: Any) -> Integers:
    """Row of each wanted key among ``keys`` (the last one where it repeats), -1 where it is not there."""
    keys, wanted = np.asarray(keys, np.int64), np.asarray(wanted, np.int64)
    if not len(keys):
        return np.full(len(wanted), -1, np.int64)
    order = np.argsort(keys, kind="stable")
    at = order[np.searchsorted(keys[order], wanted, side="right") - 1]
    return np.where(keys[at] == wanted, at, -1)


def amounts_of(table: pd.DataFrame, column: str) -> Integers:
    """A column of whole numbers with blank as zero."""
    return table[column].fillna(0).to_numpy(dtype=np.int64)


def lines(facts: MonthFacts) -> pd.DataFrame:
    """One row per 50 record of a known summary, in the order of entry and record; ``of_entry`` is its summary's row."""
    entry = facts.entry.reset_index(drop=True)
    tariff, of = _in_order(facts.tariff, find(entry["version_id"], facts.tariff["version_id"]))
    number = tariff["line"].to_numpy(dtype=np.int64)
    key = of * LINES + number
    begins = np.flatnonzero(np.diff(key, prepend=-1))
    item = np.cumsum(np.diff(key, prepend=-1) != 0) - 1  # the line item of each row, counted over all summaries
    article = _articles(tariff["hts_number"], begins)

    above = numbered(facts.line)
    at = find(find(entry["version_id"], above["version_id"]) * LINES + above["line"].to_numpy(), key)
    table = pd.DataFrame({"version_id": tariff["version_id"], "of_entry": of})
    for column in ("filer_code", "entry_number", "entry_type", "port", "entry_date", "import_date", "statement_number"):
        table[column] = entry[column].take(of).reset_index(drop=True)
    table["line"] = number
    table["tariff"] = np.arange(len(of)) - (begins[item] if len(of) else 0) + 1
    for column in ("line_id", "origin", "export_country", "spi"):
        table[column] = above[column].reindex(at, fill_value="").where(at >= 0, "").array
    table["hts_number"] = tariff["hts_number"].array
    value, component = _values(above, at, tariff)
    quantity, unit = amounts_of(tariff, "quantity_1"), tariff["unit_1"].fillna("").astype("str")
    duty = amounts_of(tariff, "duty_cents")
    stated = value + component
    worth = np.add.reduceat(stated, begins)[item] if len(of) else stated
    keys = ["hts_number", "origin", "spi"]
    if OWNER in entry:
        table[OWNER] = entry[OWNER].to_numpy()[of]
        keys.append(OWNER)
    alike = table.groupby(keys, sort=False).ngroup().to_numpy(dtype=np.int64)
    table["rate"] = rates(alike, np.where(stated > 0, stated, worth), duty, quantity, unit)
    table["value_cents"], table["component_value_cents"] = value, component
    table["quantity_1"], table["unit_1"] = quantity, unit.array
    table["duty_cents"] = duty
    table = table.assign(
        **_charges(facts, entry, of, value, key[begins], article),
        **_duties(facts, entry, key[begins], article, len(of)),
    )
    for column in ("file_name", "record", "line_no"):
        table[column] = tariff[column].array
    return table.assign(columns=_COLUMNS)


def _in_order(tariff: pd.DataFrame, of: Integers) -> tuple[pd.DataFrame, Integers]:
    known = np.flatnonzero(of >= 0)
    number, record = (tariff[c].to_numpy(dtype=np.int64)[known] for c in ("line", "record"))
    place = of[known] * LINES + number
    step = np.diff(place)
    if len(known) == len(of) and ((step > 0) | ((step == 0) & (np.diff(record) >= 0))).all():
        return tariff.reset_index(drop=True), of  # as the loader delivers them
    order = known[np.lexsort((record, place))]
    return tariff.take(order).reset_index(drop=True), of[order]


def numbered(line: pd.DataFrame) -> pd.DataFrame:
    """Lines with their 1-based number in the summary; where it is not given, by their order."""
    line = line.reset_index(drop=True)
    return line if "line" in line else line.assign(line=line.groupby("version_id").cumcount() + 1)


def _articles(hts_number: pd.Series, begins: Integers) -> Integers:
    """The row of each line item for its article: the last number outside chapters 98 and 99, or the last."""
    if not len(begins):
        return begins
    row = np.arange(len(hts_number))
    extra = hts_number.str.startswith(("98", "99")).to_numpy(dtype=bool)
    last = np.append(begins[1:], len(row)) - 1
    found = np.maximum.reduceat(np.where(extra, -1, row), begins)
    return np.where(found >= 0, found, last)


def _values(line: pd.DataFrame, at: Integers, tariff: pd.DataFrame) -> tuple[Integers, Integers]:
    """Value that counts, and value of set components (V), which their header (X) has stated already."""
    value = amounts_of(tariff, "value_cents")
    if "set_indicator" not in line:
        return value, np.zeros_like(value)
    inside = (line["set_indicator"].eq("V").reindex(at, fill_value=False) & (at >= 0)).to_numpy()
    return np.where(inside, 0, value), np.where(inside, value, 0)


def _charges(
    facts: MonthFacts, entry: pd.DataFrame, of: Integers, value: Integers, items: Integers, article: Integers
) -> dict[str, Integers]:
    """Each accounting class as a column ``fee_<class>_cents``, and their sums by kind: fee, tax, other revenue."""
    fee = facts.fee
    at, amount = find(entry["version_id"], fee["version_id"]), amounts_of(fee, "amount_cents")
    code, names = pd.factorize(fee["class_code"])
    item = find(items, at * LINES + fee["line"].to_numpy(dtype=np.int64))
    on_line, on_header = (at >= 0) & (item >= 0), (at >= 0) & (fee["line"] == 0).to_numpy()
    columns, by_class = {}, {}
    for number in np.argsort(names.to_numpy(dtype=object)):
        each = str(names[number])
        if not (at[code == number] >= 0).any():
            continue
        own = on_line & (code == number)
        charged = np.zeros(len(of), np.int64)
        np.add.at(charged, article[item[own]], amount[own])
        own = on_header & (code == number)
        if own.any():
            stated = np.zeros(len(entry), np.int64)
            np.add.at(stated, at[own], amount[own])
            charged += apportion(stated, value, of)
        by_class[each] = charged
    if PROCESSING in by_class:
        by_class[PROCESSING] = _processing(facts, entry, of, by_class)
    for each, charged in by_class.items():
        columns[f"fee_{each}_cents"] = charged
    nothing = np.zeros(len(of), np.int64)
    tax, other = codes("ir_tax"), codes("other_revenue")
    columns["fee_cents"] = sum((c for k, c in by_class.items() if k not in (*tax, *other)), nothing)
    columns["tax_cents"] = sum((c for k, c in by_class.items() if k in tax), nothing)
    columns["other_cents"] = sum((c for k, c in by_class.items() if k in other), nothing)
    return columns


def _processing(facts: MonthFacts, entry: pd.DataFrame, of: Integers, by_class: dict[str, Integers]) -> Integers:
    """The processing fee as stated for each summary, shared out in proportion to what its lines were charged."""
    due = np.zeros(len(entry), np.int64)
    if facts.fee_total is not None:
        own = facts.fee_total[facts.fee_total["class_code"] == PROCESSING]
        at = find(entry["version_id"], own["version_id"])
        np.add.at(due, at[at >= 0], amounts_of(own, "amount_cents")[at >= 0])
    else:
        due += amounts_of(entry, "fee_cents")
        apart = (PROCESSING, *codes("ir_tax"), *codes("other_revenue"))
        for each, charged in by_class.items():
            if each not in apart:
                np.subtract.at(due, of, charged)
    weight = by_class[PROCESSING]
    rows = np.flatnonzero(weight > 0)
    out = np.zeros(len(of), np.int64)
    out[rows] = apportion(due, weight[rows], of[rows])
    return out


def _duties(
    facts: MonthFacts, entry: pd.DataFrame, items: Integers, article: Integers, rows: int
) -> dict[str, Integers]:
    """Antidumping (A...) and countervailing (C...) duty of each line's cases, bonded or deposited."""
    case = facts.adcvd
    at = find(entry["version_id"], case["version_id"])
    item = find(items, at * LINES + case["line"].to_numpy(dtype=np.int64))
    countervailing = case["case_number"].str.startswith("C").to_numpy(dtype=bool)
    out = {}
    for name, own in (("ad_cents", ~countervailing), ("cvd_cents", countervailing)):
        own = own & (at >= 0) & (item >= 0)
        out[name] = np.zeros(rows, np.int64)
        np.add.at(out[name], article[item[own]], amounts_of(case, "duty_cents")[own])
    return out


def _extent(*fields: str) -> str:
    """Where in its 50 record a figure stands: first and last column of each field."""
    places = [layout.load("ae").field("50", name) for name in fields]
    return " ".join(f"{place.start}-{place.end}" for place in places)


#: Columns of HTS number, duty and value in the 50 record a row was read from.
_COLUMNS = _extent("hts_number", "duty_amount", "value_of_goods_amount")
