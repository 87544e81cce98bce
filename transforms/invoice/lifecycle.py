"""What becomes of each invoice: added, replaced, cancelled or refused.

An invoice is known by its importer's account, its seller and its number. Several actions on one in a file are taken in
the order of the file, in rounds.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from transforms.invoice import conditions, facts
from transforms.x12 import outcome

#: OTI01 (element 110): accepted, accepted with something to say, rejected.
ACCEPTED, WITH_ERROR, REJECTED = "TA", "TE", "TR"
#: What an invoice is known by.
KEY = ["importer_account_id", "seller", "invoice_number"]
#: What :func:`decide` is told of those on file.
ON_FILE = {
    "importer_account_id": "int64",
    "seller": "str",
    "invoice_number": "str",
    "sequence": "int64",
    "status": "str",
}


def no_invoices() -> pd.DataFrame:
    """Nothing on file, as :data:`ON_FILE`."""
    return outcome.table(ON_FILE)


def sound(it: facts.Invoices, found: pd.DataFrame) -> np.ndarray:
    """Which invoices (by position of ``header``) no condition rejects."""
    return ~it.header["set"].isin(conditions.rejected(found)).to_numpy(bool)


def decide(
    document: Any, it: facts.Invoices, found: pd.DataFrame, known: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Dispositions and conditions (:mod:`transforms.x12.outcome`) of the invoices of a file.

    ``it.header`` carries ``importer_account_id`` and a ``seller`` for each; ``found`` are the conditions of the rules,
    ``known`` the invoices on file (:data:`ON_FILE`).
    """
    effect, sequence, more = _rounds(it, known, sound(it, found))
    found = conditions.ordered([found, more, _without_beginning(document, it.header)])
    return _told(it.header, effect, sequence, found), found


def _rounds(it: facts.Invoices, known: pd.DataFrame, good: np.ndarray) -> tuple[np.ndarray, np.ndarray, pd.DataFrame]:
    """Effect and sequence of each invoice, in rounds: the first about each invoice of the file, then the second, which
    finds on file what the first left there; and the conditions of that."""
    h = it.header
    effect, sequence = np.full(len(h), "rejected", dtype=object), np.zeros(len(h), np.int64)
    repeated, unreplaced, uncancelled = (np.zeros(len(h), bool) for _ in range(3))
    key = pd.MultiIndex.from_frame(h[KEY])
    there = pd.MultiIndex.from_frame(known[KEY])
    place = there.get_indexer(key) if len(known) else np.full(len(h), -1)
    on_file = (place >= 0) & np.append(known["status"].eq("accepted").to_numpy(bool), False)[place]
    last = np.where(place >= 0, np.append(known["sequence"].to_numpy(np.int64), 0)[place], 0)
    number = pd.factorize(key)[0] if len(h) else np.zeros(0, np.int64)
    accepted = np.zeros(number.max() + 1 if len(h) else 0, bool)
    count = np.zeros(len(accepted), np.int64)
    accepted[number], count[number] = on_file, last
    turn = pd.Series(number).where(good, -1).groupby(number).cumcount().to_numpy()
    replacing, cancelling = (
        h["purpose"].isin(which).to_numpy(bool) for which in (conditions.REPLACE, conditions.CANCEL)
    )
    for n in range(int(turn.max()) + 1 if len(h) else 0):
        at = np.flatnonzero(good & (turn == n))
        of = number[at]
        filed, is_new, gone = accepted[of], replacing[at], cancelling[at]
        repeated[at] = filed & ~is_new & ~gone
        unreplaced[at], uncancelled[at] = ~filed & is_new, ~filed & gone
        done = ~(repeated[at] | uncancelled[at])
        effect[at] = np.select([~done, gone, filed], ["rejected", "cancelled", "replaced"], "added")
        count[of] += done
        sequence[at] = np.where(done, count[of], 0)
        accepted[of] = np.where(done, ~gone, filed)
    return effect, sequence, conditions.on_file(it, repeated, unreplaced, uncancelled)


def _without_beginning(document: Any, header: pd.DataFrame) -> pd.DataFrame:
    """Sets of this kind that have no BIG segment, and so no row of the header."""
    sets = document.sets
    own = np.flatnonzero((sets["set_id"].eq(facts.SET) & sets["status"].ne("R")).to_numpy(bool))
    missing = own[~np.isin(own, header["set"].to_numpy(np.int64))]
    lost = pd.DataFrame({"set": missing, "segment": np.full(len(missing), -1)})
    return conditions.of("INV01", lost, lost["segment"], np.ones(len(missing), bool))


def _told(header: pd.DataFrame, effect: np.ndarray, sequence: np.ndarray, found: pd.DataFrame) -> pd.DataFrame:
    """A disposition for each invoice."""
    lost = found.loc[~found["set"].isin(header["set"]), "set"].unique()
    worst = found["severity"].map({"I": 1, "W": 2, "F": 3}).groupby(found["set"]).max()
    sets = np.append(header["set"].to_numpy(np.int64), lost.astype(np.int64))
    effects = np.append(effect, np.full(len(lost), "rejected", dtype=object))
    rank = pd.Series(sets).map(worst).fillna(0).astype(int).to_numpy()
    rejected = effects == "rejected"
    rows = {
        "set": sets,
        "final": np.where(rejected, "R", "A"),
        "severity": np.array(["", "I", "W", "F"], dtype=object)[rank],
        "code": np.select([rejected, rank > 0], [REJECTED, WITH_ERROR], ACCEPTED),
        "effect": effects,
        "kind": "invoice",
        "reference": np.append(
            header["invoice_number"].str.slice(0, conditions.MOST).to_numpy(object),
            np.full(len(lost), "", dtype=object),
        ),
        "number": "",
        "sequence": np.append(sequence, np.zeros(len(lost), np.int64)),
    }
    blank = outcome.dispositions()
    return pd.DataFrame(rows, columns=list(blank.columns)).astype(blank.dtypes).sort_values("set", ignore_index=True)
