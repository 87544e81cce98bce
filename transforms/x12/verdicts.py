"""What became of each transaction set of a judged document: by syntax and envelope, and as its desk says."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from parsers.x12.judge import judge
from transforms.x12 import outcome, placed
from transforms.x12.outcome import Outcome


def judged(document: Any, strict: Sequence[bool]) -> Any:
    """The document with its verdicts, judged strictly or not as ``strict`` says of each interchange."""
    if len(set(strict)) < 2:
        return judge(document, any(strict))
    hard, soft, of = judge(document, True), judge(document, False), np.asarray(strict, bool)
    tables: dict[str, Any] = {}
    for name in ("interchanges", "groups", "sets"):
        rows: pd.DataFrame = getattr(hard, name)
        mine = of if name == "interchanges" else of[rows["interchange"].to_numpy()]
        tables[name] = rows.where(pd.Series(mine, rows.index), getattr(soft, name)).astype(rows.dtypes)
    return replace(soft, **tables)


def alive(document: Any) -> np.ndarray:
    """Whether each set was taken: rejected neither itself nor with what is around it."""
    s = document.sets
    good = (s["status"] != "R").to_numpy()
    for around in ("group", "interchange"):
        table = getattr(document, f"{around}s")
        rejected = (table["status" if around == "group" else "code"] == "R").to_numpy()
        good = good & ~np.append(rejected, False)[s[around].to_numpy()]
    return good


def for_desks(document: Any) -> Any:
    """The document as desks read it: sets inside what is rejected are rejected, too."""
    good = alive(document)
    status = document.sets["status"].where(good, "R")
    return replace(document, sets=document.sets.assign(status=status))


def unread(document: Any, read: Collection[str]) -> pd.DataFrame:
    """A note to each set that was taken and that nothing here acts on (``read``: the sets that something does)."""
    s = document.sets[alive(document)]
    s = s[~s["set_id"].isin(list(read))]
    why = "the set is acknowledged and kept; nothing here acts on a "
    return placed.notes(
        placed.note(at, first, 1, why + set_id, "", set_id)
        for at, first, set_id in zip(s.index, s["first"], s["set_id"], strict=True)
    )


def dispositions(document: Any, decided: Outcome) -> pd.DataFrame:
    """A row of ``outcome.DISPOSITIONS`` for every set, position == set: as its desk says, else by syntax alone
    (``code`` is then AK502, blank if accepted; effect ``accepted`` or ``rejected``)."""
    code = [codes.partition(" ")[0] for codes in document.sets["codes"]]
    table = outcome.dispositions(
        (at, "A" if good else "R", "" if good else "F", code, "accepted" if good else "rejected", "", "", "", 0)
        for at, (good, code) in enumerate(zip(alive(document), code, strict=True))
    )
    of = decided.dispositions["set"].to_numpy()
    for name in table.columns:
        table.loc[of, name] = decided.dispositions[name].to_numpy()
    return table
