"""One account's month as tables: by tariff number, by entry, by line with the record it was read from, and in total."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import pandas as pd

from transforms.filing.due import classes, dues, supplemental
from transforms.filing.lines import AMOUNTS, OWNER, amounts_of, find, lines

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
    own = facts.entry.drop(columns=OWNER, errors="ignore").assign(**{OWNER: 0})
    made = activities(replace(facts, entry=own, statement=facts.statement.assign(**{OWNER: 0})), [0])
    account = {"account": _account(pd.DataFrame([dict(facts.account)]), facts.month)}
    return account | {name: table.drop(columns=OWNER) for name, table in made.items()}


def activities(facts: MonthFacts, owners: Sequence[int]) -> dict[str, pd.DataFrame]:
    """The same tables, but for ``account``, of several accounts in one go: each with the ``account_id`` of its rows,
    and in the order of it. ``entry`` and ``statement`` of ``facts`` carry it; ``owners`` (rising) are all of them.

    The accounts have to have amounts under the same accounting classes, because these are columns
    (:func:`transforms.filing.together.alike` finds such accounts and brings them together).
    """
    order = [OWNER, "filer_code", "entry_number", "version_id"]
    facts = replace(facts, entry=facts.entry.sort_values(order, kind="stable", ignore_index=True))
    line = lines(facts)
    entry = _entries(facts, line)
    every = pd.Index(owners, name=OWNER)
    return {
        "totals": _totals(entry, line, every),
        "goods": _goods(line),
        "fee_class": _fee_classes(line, every),
        "case": _cases(facts),
        "statement": _statements(facts, entry),
        "entry": entry,
        "line": line.drop(columns="of_entry"),
    }


WORDS = ("number", "name", "importer_number", "bond", "parent")


def _account(known: pd.DataFrame, month: date) -> pd.DataFrame:
    """What a filing says of its account, row by row of ``known``."""
    first = pd.Timestamp(month).replace(day=1)
    days = {
        "month": first,
        "closes": first + pd.offsets.MonthEnd(0),
        "file_by": first + pd.offsets.MonthBegin(1) + pd.Timedelta(days=FILED_BY - 1),
    }
    words = known.reindex(columns=list(WORDS), fill_value="").reset_index(drop=True)
    return words.assign(**days).astype(dict.fromkeys(WORDS, "str") | dict.fromkeys(days, "datetime64[s]"))


def accounts(known: pd.DataFrame, month: date) -> pd.DataFrame:
    """The table ``account`` of several (``account_id`` and :data:`WORDS`), in the order of ``account_id``."""
    known = known.sort_values(OWNER, ignore_index=True)
    return _account(known, month).assign(**{OWNER: known[OWNER]})


def _entries(facts: MonthFacts, line: pd.DataFrame) -> pd.DataFrame:
    """Every entry with its amounts as filed in its totals (record 90) and its value and lines."""
    entry = facts.entry[[c for c in (*ENTRY, OWNER) if c in facts.entry]].copy()
    for column in AMOUNTS:
        entry[column] = amounts_of(facts.entry, column)
    count, of = len(entry), line["of_entry"].to_numpy()
    value = np.zeros(count, np.int64)
    np.add.at(value, of, line["value_cents"].to_numpy())
    articles = line.drop_duplicates(["of_entry", "line"])["of_entry"].to_numpy()
    entry["value_cents"], entry["lines"] = value, np.bincount(articles, minlength=count).astype(np.int64)
    entry["total_cents"] = entry[list(AMOUNTS)].sum(axis=1)
    entry["due_cents"] = dues(facts, line)["total_cents"].to_numpy()
    entry["supplemental_cents"] = supplemental(facts, entry["due_cents"].to_numpy())
    return entry


def _goods(line: pd.DataFrame) -> pd.DataFrame:
    sums = ["value_cents", "quantity_1", *_money(line)]
    grouped = line.groupby([OWNER, *KEYS], sort=True, observed=True)
    goods = grouped[sums].sum()
    goods.insert(0, "lines", grouped.size().astype("int64"))
    return goods.reset_index()


def _fee_classes(line: pd.DataFrame, owners: pd.Index) -> pd.DataFrame:
    """What was charged of each accounting class, and on how many lines."""
    found = classes(line)
    columns, owner = list(found.values()), line[OWNER].to_numpy()
    grouped = [(table[columns].groupby(owner).sum().reindex(owners, fill_value=0)) for table in (line, line != 0)]
    amounts, count = (sums.to_numpy(dtype=np.int64).ravel() for sums in grouped)
    table = pd.DataFrame({"class_code": pd.array(list(found) * len(owners), dtype="str")})
    return table.assign(lines=count, amount_cents=amounts, **{OWNER: np.repeat(owners.to_numpy(), len(found))})


def _cases(facts: MonthFacts) -> pd.DataFrame:
    at = find(facts.entry["version_id"], facts.adcvd["version_id"])
    known = facts.adcvd[at >= 0]
    owner = facts.entry[OWNER].to_numpy()[at[at >= 0]] if len(known) else np.zeros(0, np.int64)
    known = known.assign(duty_cents=amounts_of(known, "duty_cents"), **{OWNER: owner})
    grouped = known.groupby([OWNER, "case_number", "claim"], sort=True)
    return (
        grouped.agg(lines=("line", "size"), duty_cents=("duty_cents", "sum")).reset_index().astype({"lines": "int64"})
    )


def _statements(facts: MonthFacts, entry: pd.DataFrame) -> pd.DataFrame:
    """The statements of the month with what they ask of this account's entries."""
    table = facts.statement.sort_values([OWNER, "kind", "statement_number"], kind="stable", ignore_index=True)
    asked = entry["due_cents"] - entry["supplemental_cents"]
    mine = asked.groupby(entry["statement_number"]).agg(["size", "sum"])
    if "parent_number" in table:  # a monthly statement holds what its daily ones do
        daily = table[table["parent_number"].fillna("") != ""]
        above = mine.reindex(daily["statement_number"]).groupby(daily["parent_number"].to_numpy()).sum()
        mine = pd.concat([mine, above])
    mine = mine.reindex(table["statement_number"]).fillna(0).astype("int64").reset_index(drop=True)
    return table.assign(account_entries=mine["size"], account_due_cents=mine["sum"])


def _totals(entry: pd.DataFrame, line: pd.DataFrame, owners: pd.Index) -> pd.DataFrame:
    counted = entry.assign(entries=1).groupby(OWNER)
    table = counted[["entries", "lines"]].sum().reindex(owners, fill_value=0)
    table["records"] = line.groupby(OWNER).size().reindex(owners, fill_value=0)
    amounts = ["value_cents", *AMOUNTS, "total_cents", "due_cents", "supplemental_cents"]
    sums = counted[amounts].sum().reindex(owners, fill_value=0)
    return table.join(sums).astype("int64").reset_index()


def _money(line: pd.DataFrame) -> list[str]:
    return [c for c in map(str, line) if c.endswith("_cents") and c != "value_cents"]
