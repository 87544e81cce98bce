"""The filings of many accounts made in one go, and cut apart: whole columns over accounts, not one account at a time.

What an account's filing says does not depend on who else is there: the tables that come out are those of
:func:`transforms.filing.summarise.activity` account by account, to the byte. Only accounts with amounts under the same
accounting classes are brought together, since each class is a column.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from transforms.filing import summarise
from transforms.filing.charges import charges
from transforms.filing.lines import OWNER, find
from transforms.filing.owned import own
from transforms.filing.split import OF_ENTRY, Activity
from transforms.filing.summarise import MonthFacts
from transforms.filing.tie_out import tie_out

Tables = dict[str, pd.DataFrame]
#: Characters before a statement number that say whose part of the statement is meant, while several are together.
_WHOSE = 6


@dataclass(frozen=True)
class Together:
    """Facts of several accounts, ``entry`` and ``statement`` with the ``account_id`` of each row; ``account`` has a row
    for each, in the order of ``account_id``. A statement is there once for each account with entries on it, its number
    preceded by whose part it is.
    """

    account: pd.DataFrame
    facts: MonthFacts

    @property
    def owners(self) -> list[int]:
        """The ids of the accounts, rising."""
        return self.account[OWNER].tolist()


def alike(activity: Activity) -> Iterator[Together]:
    """The accounts of ``activity`` that have entries, those with the same accounting classes together."""
    entry = activity.entry
    ids, owner = np.unique(entry[OWNER].to_numpy(np.int64), return_inverse=True)
    if not len(ids):
        return
    tables, of = {"entry": entry}, {"entry": owner}
    for name in OF_ENTRY:
        table = getattr(activity, name)
        at = find(entry["version_id"], table["version_id"])
        tables[name], of[name] = table, np.where(at >= 0, owner[at], -1)
    group = _groups(of["fee"], tables["fee"]["class_code"], len(ids))
    account = activity.account.set_index(OWNER).reindex(ids).reset_index()
    for number in range(group.max() + 1):
        here = np.append(group == number, False)  # rows of no account are of no group
        own = {name: table[here[of[name]]].reset_index(drop=True) for name, table in tables.items()}
        rows = account[here[:-1]].reset_index(drop=True)
        facts = MonthFacts(account={}, month=activity.month, statement=activity.statement, **own)
        yield Together(rows, _with_parts(facts, rows[OWNER].to_numpy(np.int64)))


def _groups(owner: np.ndarray, class_code: pd.Series, count: int) -> np.ndarray:
    """Accounts with the same set of classes have the same number."""
    code, names = pd.factorize(class_code)
    there = np.zeros((count, len(names) + 1), bool)
    there[owner[owner >= 0], code[owner >= 0]] = True
    return np.unique(there, axis=0, return_inverse=True)[1].ravel()


def _with_parts(facts: MonthFacts, ids: np.ndarray) -> MonthFacts:
    """Each account's part of each statement its entries are on, and of the monthly ones above."""
    entry, statement = facts.entry, facts.statement
    place = np.searchsorted(ids, entry[OWNER].to_numpy(np.int64))
    numbers = pd.Index(statement["statement_number"])
    at = numbers.get_indexer(entry["statement_number"])
    parent = numbers.get_indexer(statement["parent_number"])
    on = np.unique(np.stack([place[at >= 0], at[at >= 0]], axis=1), axis=0)
    above = np.stack([on[:, 0], parent[on[:, 1]]], axis=1)
    part = np.unique(np.concatenate([on, above[above[:, 1] >= 0]]), axis=0)
    rows = statement.take(part[:, 1]).reset_index(drop=True)
    for column in ("statement_number", "parent_number"):
        rows[column] = _preceded(rows[column], part[:, 0])
    return replace(
        facts,
        entry=entry.assign(statement_number=_preceded(entry["statement_number"], place)),
        statement=rows.assign(**{OWNER: ids[part[:, 0]]}),
    )


def _preceded(number: pd.Series, place: np.ndarray) -> pd.Series:
    words = pd.Series(place, number.index).astype("str").str.zfill(_WHOSE)
    return (words + number).where(number != "", "").astype("str")


def made(together: Together) -> tuple[Tables, bool]:
    """The tables of a filing of all these accounts, with ``account_id`` and in its order, and whether all tie out."""
    facts = together.facts
    tables = summarise.activities(facts, together.owners)
    sound = not len(tie_out(facts, tables))
    for name in ("statement", "entry", "line"):
        for column in ("statement_number", "parent_number"):
            if column in tables[name]:
                tables[name][column] = tables[name][column].str.slice(_WHOSE)
    charge = charges(facts)
    owner = facts.entry[OWNER].to_numpy(np.int64)[find(facts.entry["version_id"], charge["version_id"])]
    order = np.argsort(owner, kind="stable")
    charge = charge.take(order).reset_index(drop=True).assign(**{OWNER: owner[order]})
    tables["statement"] = own(tables["statement"])
    account = summarise.accounts(together.account, facts.month)
    return {"account": account, **tables, "charge": charge}, sound


def cut(tables: Tables, owners: list[int], which: int) -> Tables:
    """The tables of one account, the one at ``which`` among ``owners``, without ``account_id``."""
    out = {}
    for name, table in tables.items():
        begin, end = np.searchsorted(table[OWNER].to_numpy(np.int64), [owners[which], owners[which] + 1])
        out[name] = table.iloc[begin:end].drop(columns=OWNER).reset_index(drop=True)
    return out


def part(together: Together, which: int) -> MonthFacts:
    """The facts of one account, the one at ``which`` among :attr:`Together.owners`: what
    :func:`transforms.filing.split.by_account` gives, of the tables that say whose a row is."""
    account, facts = together.account.iloc[which], together.facts
    entry, statement = (t[t[OWNER] == account[OWNER]] for t in (facts.entry, facts.statement))
    words = {str(k): str(v) for k, v in account.items() if k != OWNER}
    entry = entry.assign(statement_number=entry["statement_number"].str.slice(_WHOSE))
    numbers = {c: statement[c].str.slice(_WHOSE) for c in ("statement_number", "parent_number")}
    statement = statement.assign(**numbers).drop(columns=OWNER).reset_index(drop=True)
    return replace(facts, account=words, entry=entry.reset_index(drop=True), statement=statement)
