"""The facts of many accounts, read at once, as the facts of each."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import pairwise
from typing import Protocol

import numpy as np
import pandas as pd

from transforms.filing.lines import find
from transforms.filing.summarise import MonthFacts

#: Tables whose rows belong to an entry by ``version_id``.
OF_ENTRY = ("line", "tariff", "fee", "adcvd", "fee_total", "statement_entry")


class Activity(Protocol):
    """What is read of a month: the tables of :class:`MonthFacts` for all accounts, ``account`` with a row for each
    (``account_id`` and what a filing says of it) and ``entry`` with the ``account_id`` of each entry."""

    @property
    def account(self) -> pd.DataFrame: ...
    @property
    def month(self) -> date: ...
    @property
    def entry(self) -> pd.DataFrame: ...
    @property
    def statement(self) -> pd.DataFrame: ...


def by_account(activity: Activity) -> Iterator[tuple[int, MonthFacts]]:
    """Account id and facts of each account, in the order of ``account``; one without entries has empty tables."""
    account, entry = activity.account, activity.entry
    owner = find(account["account_id"], entry["account_id"])
    shares = {"entry": _shares(entry, owner, len(account))}
    for name in OF_ENTRY:
        table = getattr(activity, name)
        at = find(entry["version_id"], table["version_id"])
        shares[name] = _shares(table, np.where(at >= 0, owner[at] if len(owner) else -1, -1), len(account))
    for place, known in enumerate(account.to_dict("records")):
        own = {name: parts[place] for name, parts in shares.items()}
        statement = _statements(activity.statement, own["entry"]["statement_number"])
        words = {str(k): str(v) for k, v in known.items() if k != "account_id"}
        yield int(known["account_id"]), MonthFacts(account=words, month=activity.month, statement=statement, **own)


def _shares(table: pd.DataFrame, owner: np.ndarray, count: int) -> list[pd.DataFrame]:
    """The rows of each owner in their order, cut from one sorting of the table."""
    order = np.argsort(owner, kind="stable")
    edges = np.searchsorted(owner[order], np.arange(count + 1))
    table = table.take(order)
    return [table.iloc[a:b].reset_index(drop=True) for a, b in pairwise(edges)]


def _statements(statement: pd.DataFrame, numbers: pd.Series) -> pd.DataFrame:
    """The statements that the entries are on, and the monthly ones above them with all their daily ones."""
    on = statement["statement_number"].isin(numbers)
    above = statement.loc[on, "parent_number"]
    above = above[above != ""]
    return statement[on | statement["statement_number"].isin(above)].reset_index(drop=True)
