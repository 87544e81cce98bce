"""Which entry summaries and accounts go before an officer, why, and in what order."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable

import numpy as np
import pandas as pd

from transforms.risk import reasons
from transforms.risk.settings import Targeting

#: Lanes in their order; a first-time importer stands before a large change, and both before a score.
LANES = ("first", "change", "score", "random")
#: What of an account's reasons counts for each of its entries, too.
CARRIED = ("late", "refused", "discrepancy")
TOP = 100


def drawn(names: Iterable[str], days: Iterable[object], key: bytes, share: float) -> np.ndarray:
    """Which of the entries (``names``: filer code and entry number) of their days chance picks: ``share`` of all.

    The hash is keyed, so that nobody outside can choose a number that is not picked; and it is the same however often
    the queue is made, so that nobody inside can draw again.
    """
    limit = int(share * 2**64)
    made = (
        hmac.new(key, f"{name} {day}".encode(), hashlib.sha256).digest() for name, day in zip(names, days, strict=True)
    )
    return np.fromiter((int.from_bytes(digest[:8]) < limit for digest in made), bool)


def score(found: pd.DataFrame, count: int, relief: np.ndarray) -> tuple[np.ndarray, pd.DataFrame]:
    """Points of each of ``count`` candidates, 0 to 100, and the reasons with what membership takes away among them."""
    total = np.bincount(found["of"], weights=found["points"], minlength=count)
    off = np.rint(total * relief).astype("int64")
    at = np.flatnonzero(off)
    words = [f"Member of the security programme (C-TPAT): {100 * relief[row]:.0f} % of the points off." for row in at]
    member = reasons.table("member", at, -off[at], words, "A higher tier takes more off.")
    return np.clip(total - off, 0, TOP).astype("int64"), reasons.together([found, member])


def entries(
    entry: pd.DataFrame, found: pd.DataFrame, relief: np.ndarray, chance: np.ndarray, how: Targeting
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The entries that are chosen: ``of`` (row of ``entry``) ``lane chosen_by score``, and all reasons.

    Chance decides first: what it picks counts as its choice, whatever else there is to say of it, so that its share of
    discrepancies is that of all entries. Then the rule on first-time importers, which no membership lifts; then the
    score.
    """
    points, found = score(found, len(entry), relief)
    first = np.zeros(len(entry), bool)
    first[found.loc[found["code"] == "first", "of"]] = True
    high = points >= how.threshold
    lane = np.select([first, high, chance], ["first", "score", "random"], "")
    chosen = np.select([chance, first, high], ["random", "rule", "score"], "")
    at = np.flatnonzero(chosen != "")
    table = pd.DataFrame({"of": at, "lane": lane[at], "chosen_by": chosen[at], "score": points[at]})
    drawn_words = f"Chosen by chance: {how.random_share:.1%} of all entries are, so that results can be compared."
    picked = np.flatnonzero(chance)
    return table, reasons.together(
        [found, reasons.table("random", picked, [0] * len(picked), [drawn_words] * len(picked))]
    )


def accounts(
    account: pd.DataFrame, found: pd.DataFrame, relief: np.ndarray, how: Targeting
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The accounts that are chosen, as :func:`entries` gives: a large change by rule, else by score."""
    points, found = score(found, len(account), relief)
    changed = np.zeros(len(account), bool)
    changed[found.loc[found["code"] == "change", "of"]] = True
    at = np.flatnonzero(changed | (points >= how.threshold))
    lane = np.where(changed[at], "change", "score")
    chosen = np.where(changed[at], "rule", "score")
    return pd.DataFrame({"of": at, "lane": lane, "chosen_by": chosen, "score": points[at]}), found


def ordered(items: pd.DataFrame, how: Targeting) -> pd.DataFrame:
    """``items`` (``lane chosen_by score key``) in the order of work: lane by lane, highest score first, ``key`` to
    settle ties; the first ``how.most``, and all that chance chose."""
    rank = items["lane"].map({name: at for at, name in enumerate(LANES)})
    table = items.assign(rank=rank).sort_values(["rank", "score", "key"], ascending=[True, False, True], kind="stable")
    chance = table["chosen_by"].eq("random").to_numpy()
    keep = chance | (np.cumsum(~chance) <= how.most)
    return table[keep].drop(columns="rank").reset_index(drop=True)


def shared_out(account_ids: Iterable[int], officers: Iterable[int], portfolio: pd.DataFrame) -> list[int | None]:
    """An officer for each item, in order: who looks after the account, else who has least so far, so that shares stay
    equal. ``portfolio``: ``user_id account_id``. Without officers: nobody."""
    load = dict.fromkeys(officers, 0)
    after: dict[int, list[int]] = {}
    for user, account in portfolio[["user_id", "account_id"]].itertuples(index=False):
        if user in load:
            after.setdefault(int(account), []).append(int(user))
    out: list[int | None] = []
    for account in account_ids:
        who = min(after.get(account) or load, key=lambda user: (load[user], user), default=None)
        if who is not None:
            load[who] += 1
        out.append(who)
    return out
