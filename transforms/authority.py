"""Who may send what: the conditions that only the accounts can decide, on whole batches and blocks.

Batch & Block Control chapter, conditions X09 to X31 (pages 31 to 33). X27 needs the national permits of brokers, which
account tables do not carry yet. A password is only ever handed to the access's own check; nothing here repeats it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any, Protocol

import numpy as np
import pandas as pd

from parsers.catair.layout import applications
from parsers.catair.read import Parsed

#: Distinct passwords tried for one transmitter in one file; further ones are refused unseen, so that guessing is slow.
PASSWORDS_TRIED = 3
#: Keys by which tables of records point at their groups, and the record that each points at.
_POINTERS = {"line": "40", "tariff": "50", "bill": "22", "invoice": "42"}


class Access(Protocol):
    """What the accounts behind a shard may transmit on the day.

    ``active``: ids of the accounts that may transmit at all. ``filers``: ``filer_code check_digit_offset``, what is
    agreed with them (it becomes ``World.accounts``). ``transmitters``: ``account_id site sender
    password_hash``. ``authorities``: ``account_id filer_code port application``, where a blank port or application
    means any.
    """

    @property
    def active(self) -> Collection[int]: ...
    @property
    def filers(self) -> pd.DataFrame: ...
    @property
    def transmitters(self) -> pd.DataFrame: ...
    @property
    def authorities(self) -> pd.DataFrame: ...

    def verify(self, password: str, password_hash: str) -> bool: ...


def check(parsed: Parsed, access: Access, sender: Sequence[int]) -> pd.DataFrame:
    """Faults (columns of ``parsed.faults``) of batches and blocks that the account behind their file, ``sender`` (an
    account id per file), may not send.

    X09: unknown site and sender, a wrong password, or an account that is not active. X17, X18, X20: the processing
    filer is not the account's, not for this port, not for this application. X28, X31, X30: the same for a remote
    preparer.
    """
    batches = parsed.batches.assign(account_id=np.asarray(sender, np.int64)[parsed.batches["file"].to_numpy()])
    blocks = parsed.blocks.assign(account_id=batches["account_id"].to_numpy()[parsed.blocks["batch"].to_numpy()])
    refused = ~_may_transmit(batches, access) & (batches["row_a"] >= 0).to_numpy()
    closed = refused | batches["rejected"].to_numpy(bool)
    parts = [_faults(batches.index[refused], -1, batches["row_a"].to_numpy()[refused], 2, "X09", "batch")]
    remote = (blocks["preparer_indicator"] == "1").to_numpy()
    open_block = ~closed[blocks["batch"].to_numpy()] & (blocks["row_b"] >= 0).to_numpy()
    for filer, port, codes, columns, asked in (
        ("filer", "port", ("X17", "X18", "X20"), (8, 4, 11), open_block),
        ("preparer_filer", "preparer_port", ("X28", "X31", "X30"), (51, 47, 11), open_block & remote),
    ):
        wrongs = _unauthorised(blocks, blocks[filer], blocks[port], access.authorities)
        for wrong, code, column in zip(wrongs, codes, columns, strict=True):
            at = np.flatnonzero(wrong & asked)
            places = blocks.iloc[at]
            parts.append(_faults(places["batch"], at, places["row_b"].to_numpy(), column, code, "block"))
    return pd.concat(parts, ignore_index=True)


def unavailable(parsed: Parsed) -> pd.DataFrame:
    """Faults X13: batches of a message type that the chapters know and this system does not read yet."""
    batches = parsed.batches
    known = [name for name, application in applications().items() if not application.grammar]
    at = np.flatnonzero(batches["application"].isin(known) & ~batches["rejected"].astype(bool))
    return _faults(at, -1, batches["row_a"].to_numpy()[at], 26, "X13", "batch")


def refuse(parsed: Parsed, faults: pd.DataFrame) -> Parsed:
    """``parsed`` with ``faults`` added and their batches rejected: transactions and records of those batches are left
    out, and of a batch only the outermost level of its faults is told."""
    if not len(faults):
        return parsed
    batches = parsed.batches.copy()
    batches.loc[faults["batch"].unique(), "rejected"] = True
    keep = ~batches["rejected"].to_numpy(bool)[parsed.transactions["batch"].to_numpy()]
    dropped = parsed.transactions[~keep]
    kept = {record: keep[table["txn"].to_numpy()] for record, table in parsed.tables.items()}
    renumber = {"txn": _renumbered(keep)}
    renumber |= {key: _renumbered(kept[record]) for key, record in _POINTERS.items() if record in kept}
    tables = {}
    for record, table in parsed.tables.items():
        part = table[kept[record]].reset_index(drop=True)
        tables[record] = part.assign(**{key: _follow(part[key].to_numpy(), new) for key, new in renumber.items()})
    return replace(
        parsed,
        batches=batches,
        transactions=parsed.transactions[keep].reset_index(drop=True),
        tables=tables,
        faults=_outermost(pd.concat([parsed.faults, faults], ignore_index=True)).sort_values(
            ["batch", "block", "txn", "row", "column"], kind="stable", ignore_index=True
        ),
        defects=parsed.defects[~_within(parsed.defects["row"].to_numpy(), dropped)].reset_index(drop=True),
    )


def _outermost(faults: pd.DataFrame) -> pd.DataFrame:
    level = faults["level"].map({"batch": 0, "block": 1, "transaction": 2})
    return faults[level == level.groupby(faults["batch"]).transform("min")]


def _may_transmit(batches: pd.DataFrame, access: Access) -> np.ndarray:
    names = ["file", "account_id", "site", "sender"]
    asked = batches[[*names, "password"]].drop_duplicates().merge(access.transmitters, on=names[1:])
    tried = asked[asked.groupby([*names, "password_hash"]).cumcount() < PASSWORDS_TRIED]
    pairs = tried[["password", "password_hash"]].drop_duplicates()
    right = [access.verify(*pair) for pair in pairs.itertuples(index=False, name=None)]
    allowed = tried.merge(pairs[np.array(right, bool)]).set_index([*names, "password"]).index
    right_password = batches.set_index([*names, "password"]).index.isin(allowed)
    return right_password & batches["account_id"].isin(list(access.active)).to_numpy()


def _unauthorised(
    blocks: pd.DataFrame, filer: pd.Series, port: pd.Series, authorities: pd.DataFrame
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """For each block: filer not authorised; filer authorised but not for the port; nor for the application."""
    sent = blocks[["account_id"]].assign(
        block=np.arange(len(blocks)), filer_code=filer, p=port, a=blocks["application"]
    )
    pairs = sent.merge(authorities, on=["account_id", "filer_code"])
    for_port = pairs["port"].isin([""]) | (pairs["port"] == pairs["p"])
    for_application = pairs["application"].isin([""]) | (pairs["application"] == pairs["a"])
    known = sent["block"].isin(pairs["block"]).to_numpy()
    any_application = sent["block"].isin(pairs.loc[for_application, "block"]).to_numpy()
    both = sent["block"].isin(pairs.loc[for_port & for_application, "block"]).to_numpy()
    return ~known, known & any_application & ~both, known & ~any_application


def _faults(batch: Any, block: Any, row: np.ndarray, column: int, code: str, level: str) -> pd.DataFrame:
    places = {"batch": np.asarray(batch, np.int64), "block": block, "txn": 0, "row": row, "column": column}
    table = pd.DataFrame(
        {name: np.broadcast_to(np.asarray(place, np.int64), len(row)) for name, place in places.items()}
    )
    return table.assign(
        code=pd.Series([code] * len(row), dtype="str"), level=pd.Series([level] * len(row), dtype="str")
    )


def _renumbered(keep: np.ndarray) -> np.ndarray:
    """New position of each kept row; -1 for the others."""
    return np.where(keep, np.cumsum(keep) - 1, -1)


def _follow(pointers: np.ndarray, new: np.ndarray) -> np.ndarray:
    return np.where(pointers >= 0, np.append(new, -1)[pointers], -1)


def _within(rows: np.ndarray, transactions: pd.DataFrame) -> np.ndarray:
    """Which rows lie in one of the transactions (disjoint row ranges in rising order)."""
    if not len(transactions):
        return np.zeros(len(rows), bool)
    at = np.searchsorted(transactions["first"].to_numpy(), rows, side="right") - 1
    return (at >= 0) & (rows < transactions["last"].to_numpy()[at])
