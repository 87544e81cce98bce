"""One account's month as tables: by tariff number, by entry, by line with the record it was read from, and in total."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import pandas as pd

from transforms.filing.due import classes, dues
from transforms.filing.lines import AMOUNTS, amounts_of, find, lines

#: What tells one row of the activity from another.
KEYS = ("hts_number", "origin", "spi", "port", "filer_code", "rate", "unit_1")
#: What is told of an entry beside its amounts, where the facts have it.
ENTRY = (
    *("version_id", "filer_code", "entry_number", "version_number", "entry_type", "port", "entry_date", "import_date"),
    *("statement_number", "payment_type", "file_name", "record"),
)
FILED_BY = 20  # day of the following month by which an activity summary is filed


@dataclass(frozen=True)
class MonthFacts:
    """What the filing of one importer account and month is made from (columns in docs/architecture.md).

    ``account``: number, name, importer_number, bond, parent. ``month``: any day of it. ``fee_total`` are the 89 totals
    (``version_id class_code amount_cents``); without them the processing fee due is what the fee total leaves for it.
    ``statement_entry`` (``statement_number version_id due_cents removed_at``) sharpens the tie-out where it is given.
    """

    account: Mapping[str, str]
    month: date
    entry: pd.DataFrame
    line: pd.DataFrame
    tariff: pd.DataFrame
    fee: pd.DataFrame
    adcvd: pd.DataFrame
    statement: pd.DataFrame
    fee_total: pd.DataFrame | None = None
    statement_entry: pd.DataFrame | None = None


def activity(facts: MonthFacts) -> dict[str, pd.DataFrame]:
    """The tables of the filing, each in a fixed order, money in cents, quantities in hundredths of their unit:

    ``account`` (one row), ``totals`` (one row), ``goods`` (by :data:`KEYS`), ``fee_class``, ``case`` (AD/CVD),
    ``statement``, ``entry``, ``line`` (one row per 50 record, with file, record, physical line and columns).
    Nothing is raised on content: what does not fit together is told by :func:`transforms.filing.tie_out.tie_out`.
    """
    order = ["filer_code", "entry_number", "version_id"]
    facts = replace(facts, entry=facts.entry.sort_values(order, kind="stable", ignore_index=True))
    line = lines(facts)
    entry = _entries(facts, line)
    goods = _goods(line)
    return {
        "account": _account(facts),
        "totals": _totals(entry, line),
        "goods": goods,
        "fee_class": _fee_classes(line),
        "case": _cases(facts),
        "statement": _statements(facts, entry),
        "entry": entry,
        "line": line.drop(columns="of_entry"),
    }


def _account(facts: MonthFacts) -> pd.DataFrame:
    first = pd.Timestamp(facts.month).replace(day=1)
    words = {name: facts.account.get(name, "") for name in ("number", "name", "importer_number", "bond", "parent")}
    days = {
        "month": first,
        "closes": first + pd.offsets.MonthEnd(0),
        "file_by": first + pd.offsets.MonthBegin(1) + pd.Timedelta(days=FILED_BY - 1),
    }
    table = pd.DataFrame([words | days])
    return table.astype(dict.fromkeys(words, "str") | dict.fromkeys(days, "datetime64[s]"))


def _entries(facts: MonthFacts, line: pd.DataFrame) -> pd.DataFrame:
    """Every entry with its amounts as filed in its totals (record 90) and its value and lines."""
    entry = facts.entry[[c for c in ENTRY if c in facts.entry]].copy()
    for column in AMOUNTS:
        entry[column] = amounts_of(facts.entry, column)
    count, of = len(entry), line["of_entry"].to_numpy()
    value = np.zeros(count, np.int64)
    np.add.at(value, of, line["value_cents"].to_numpy())
    articles = line.drop_duplicates(["of_entry", "line"])["of_entry"].to_numpy()
    entry["value_cents"], entry["lines"] = value, np.bincount(articles, minlength=count).astype(np.int64)
    entry["total_cents"] = entry[list(AMOUNTS)].sum(axis=1)
    entry["due_cents"] = dues(facts, line)["total_cents"].to_numpy()
    return entry


def _goods(line: pd.DataFrame) -> pd.DataFrame:
    sums = ["value_cents", "quantity_1", *_money(line)]
    grouped = line.groupby(list(KEYS), sort=True, observed=True)
    goods = grouped[sums].sum()
    goods.insert(0, "lines", grouped.size().astype("int64"))
    return goods.reset_index()


def _fee_classes(line: pd.DataFrame) -> pd.DataFrame:
    """What was charged of each accounting class, and on how many lines."""
    found = classes(line)
    columns = list(found.values())
    table = pd.DataFrame({"class_code": pd.array(list(found), dtype="str")})
    table["lines"] = pd.array([int((line[c] != 0).sum()) for c in columns], dtype="int64")
    table["amount_cents"] = pd.array([int(line[c].sum()) for c in columns], dtype="int64")
    return table


def _cases(facts: MonthFacts) -> pd.DataFrame:
    known = facts.adcvd[find(facts.entry["version_id"], facts.adcvd["version_id"]) >= 0]
    known = known.assign(duty_cents=amounts_of(known, "duty_cents"))
    grouped = known.groupby(["case_number", "claim"], sort=True)
    return (
        grouped.agg(lines=("line", "size"), duty_cents=("duty_cents", "sum")).reset_index().astype({"lines": "int64"})
    )


def _statements(facts: MonthFacts, entry: pd.DataFrame) -> pd.DataFrame:
    """The statements of the month with what this account's entries owe on each."""
    table = facts.statement.sort_values(["kind", "statement_number"], kind="stable", ignore_index=True)
    mine = entry.groupby("statement_number")[["due_cents"]].agg(["size", "sum"])["due_cents"]
    if "parent_number" in table:  # a monthly statement holds what its daily ones do
        daily = table[table["parent_number"].fillna("") != ""]
        above = mine.reindex(daily["statement_number"]).groupby(daily["parent_number"].to_numpy()).sum()
        mine = pd.concat([mine, above])
    mine = mine.reindex(table["statement_number"]).fillna(0).astype("int64").reset_index(drop=True)
    return table.assign(account_entries=mine["size"], account_due_cents=mine["sum"])


def _totals(entry: pd.DataFrame, line: pd.DataFrame) -> pd.DataFrame:
    sums = {c: int(entry[c].sum()) for c in ("value_cents", *AMOUNTS, "total_cents", "due_cents")}
    counts = {"entries": len(entry), "lines": int(entry["lines"].sum()), "records": len(line)}
    return pd.DataFrame([counts | sums], dtype="int64")


def _money(line: pd.DataFrame) -> list[str]:
    return [c for c in map(str, line) if c.endswith("_cents") and c != "value_cents"]
