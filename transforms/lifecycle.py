"""What becomes of each filing: added, replaced, deleted or rejected, given what is on file.

AE usage note (a) (page ESF-132) and response note (c) (pages ESF-210 and 211). Several filings on one entry are taken
in rounds: the first of every entry at once, then the second of every entry against the outcome of the first, and so
on.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from transforms.conditions.evaluate import Told, located, ordered
from transforms.entry_summary import EntrySummaries

#: Statuses of an entry in which it is no longer on file for the trade.
GONE = ("deleted", "implicitly_deleted", "cancelled")
#: Statuses after which a replacement begins a new major version (E1 note 5, page ESF-206).
REOPENED = ("rejected", "off_statement")
#: Taken off its statement, and replaced since or not: its filer's to replace until it is printed again.
OFF = ("off_statement", "refiled")
FIRST_VERSION = 100  # prints as 00100: major revision 001, minor revision 00
_SEVERITIES = np.array(["", "I", "W", "P", "F"])  # E1 notes 2 and 3 (pages ESF-205 and 206): agency wins over census
_AT = ("10", "summary_filing_action_request_code")

NOT_FOUND = Told(
    "B25",
    "F",
    "only an accepted entry summary can be deleted, and none is on file",
    "check the filer code and the entry number",
)
UNDER_CONTROL = Told(
    "B29",
    "F",
    "a summary under CBP control is never deleted, and replaced only after CBP rejects it or it leaves its statement",
    "ask the port to reject the summary, take it off its statement, or file a post summary correction",
)
REFERENCE_DIFFERS = Told(
    "B35",
    "F",
    "adding an entry summary that is already on file requires the broker reference number given before",
    "check the entry number; to replace the summary on purpose give the same reference or use action R",
)
NOTHING_TO_CORRECT = Told(
    "B42",
    "F",
    "a post summary correction corrects a summary on file, and there is none",
    "check the filer code and the entry number, or file the summary without the indicator in column 65",
)
NOT_YET_CONTROLLED = Told(
    "B45",
    "F",
    "a summary still in trade control is replaced, not corrected after the fact",
    "leave column 65 blank and file it as a replacement",
)
AWAITS_REPLACEMENT = Told(
    "B46",
    "F",
    "a summary that CBP rejected back to the filer is replaced, not corrected after the fact",
    "leave column 65 blank and file it as a replacement",
)
NOT_YET_PAID = Told(
    "B47",
    "F",
    "a post summary correction follows payment, and the summary on file is not paid",
    "take the summary off its statement and replace it, or wait until the statement is paid",
)
CANCELLED = Told("B31", "F", "the entry has been cancelled", "use another entry number")


@dataclass
class _OnFile:
    """Present state of each entry the shard names, one element per entry."""

    exists: np.ndarray
    cancelled: np.ndarray
    controlled: np.ndarray  # under CBP control and not handed back to the filer
    accepted_by_cbp: np.ndarray  # under CBP control, handed back or not: never deleted
    reopened: np.ndarray
    off: np.ndarray  # taken off its statement and not printed again
    paid: np.ndarray
    reference: np.ndarray
    version: np.ndarray
    sequence: np.ndarray


def decide(
    es: EntrySummaries, conditions: pd.DataFrame, state: pd.DataFrame | None, trial: pd.Series | None = None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Dispositions (one row per transaction, position == txn) and the further conditions that the state on file gives
    rise to.

    ``state`` has one row per entry: ``filer_code entry_number status control broker_reference sequence
    version_number``, with ``control`` ``trade`` or ``cbp`` and ``status`` ``accepted``, ``rejected`` (handed back by
    CBP; a true column ``rejected`` says the same), ``off_statement``, ``refiled`` (off its statement and replaced
    since), ``deleted``, ``implicitly_deleted`` or ``cancelled``; a column ``paid`` says whether it is, where that is
    known. None stands for nothing on file.

    ``trial`` says of each transaction to which dry run it belongs: they file nothing, so none sees what another did.

    A fatally rejected add or replace deletes a summary still in trade control, but only when its own filer sent it: a
    filing under somebody else's code must not be able to remove what is theirs.
    """
    header = es.header
    count = len(header)
    key, first = _keys(header, trial)
    file = _on_file(header, first, state)
    worst = worst_severity(conditions, count)
    action = header["action"].to_numpy(dtype="U1")
    reference = header["broker_reference"].to_numpy(dtype=object)
    correction = (header["psc"] == "Y").to_numpy()
    own = _files_own_entry(header)

    code = np.full(count, 998)
    effect = np.full(count, "rejected", dtype="U18")
    version, sequence = np.zeros(count, np.int64), np.zeros(count, np.int64)
    shown = np.array(reference)
    refused: dict[Told, list[np.ndarray]] = {}

    for txn in _rounds(key):
        entry = key[txn]
        exists, delete = file.exists[entry], action[txn] == "D"
        corrects = correction[txn] & ~delete & ~file.cancelled[entry]
        faults = {
            CANCELLED: file.cancelled[entry],
            NOTHING_TO_CORRECT: corrects & ~exists,
            NOT_YET_CONTROLLED: corrects & exists & ~file.accepted_by_cbp[entry],
            AWAITS_REPLACEMENT: corrects & exists & file.accepted_by_cbp[entry] & ~file.controlled[entry],
            NOT_YET_PAID: corrects & exists & file.controlled[entry] & ~file.paid[entry],
            NOT_FOUND: delete & ~exists & ~file.cancelled[entry],
            UNDER_CONTROL: exists
            & np.where(delete, file.accepted_by_cbp[entry], file.controlled[entry] & ~correction[txn]),
            REFERENCE_DIFFERS: exists
            & (action[txn] == "A")
            & (file.reference[entry] != "")
            & (file.reference[entry] != reference[txn]),
        }
        for told, at in faults.items():
            refused.setdefault(told, []).append(txn[at])
        shown[txn] = np.where(faults[REFERENCE_DIFFERS], file.reference[entry], reference[txn])

        fatal = (worst[txn] == "F") | np.logical_or.reduce(list(faults.values()))
        accepted = ~fatal & np.isin(action[txn], ("A", "R"))
        deleted = ~fatal & delete
        lost = fatal & ~delete & exists & own[txn] & ~file.accepted_by_cbp[entry] & ~correction[txn]

        raised = file.reopened[entry] | correction[txn]
        kept = np.where(raised, (file.version[entry] // 100 + 1) * 100, file.version[entry])
        version[txn] = np.where(accepted, np.where(exists, np.maximum(kept, FIRST_VERSION), FIRST_VERSION), 0)
        sequence[txn] = np.where(accepted, file.sequence[entry] + 1, 0)
        code[txn] = np.select([accepted & ~exists, accepted, deleted], [995, 996, 997], 998)
        effect[txn] = np.select(
            [accepted & ~exists, accepted, deleted, lost],
            ["added", "replaced", "deleted", "implicitly_deleted"],
            "rejected",
        )

        taken = entry[accepted]
        file.exists[taken] = True
        file.version[taken], file.sequence[taken] = version[txn[accepted]], sequence[txn[accepted]]
        file.reference[taken] = reference[txn[accepted]]
        file.reopened[taken] = False
        # A correction CBP had asked for goes back to CBP; what is off its statement does when it is printed again.
        file.controlled[taken] = file.accepted_by_cbp[taken] & ~file.off[taken]
        file.exists[entry[deleted | lost]] = False

    found = {told: np.concatenate(at) for told, at in refused.items() if any(map(len, at))}
    more = ordered([located(es, "header", at, _AT, told) for told, at in found.items()])
    final = np.where(code == 998, "R", "A")
    worst = np.where(final == "R", "F", np.where(code == 997, "", worst))
    printed = pd.Series(version).astype("str").str.zfill(5).where(version > 0, "")
    dispositions = pd.DataFrame(
        {
            "final": pd.array(final, dtype="str"),
            "severity": pd.array(worst, dtype="str"),
            "code": pd.array(code.astype("U3"), dtype="str"),
            "version_number": printed.astype("str"),
            "sequence": sequence,
            "effect": pd.array(effect, dtype="str"),
            "broker_reference": pd.array(shown, dtype="str"),
        }
    )
    return dispositions, more


def worst_severity(conditions: pd.DataFrame, count: int) -> np.ndarray:
    """The gravest severity of each of ``count`` transactions (F, P, W, I or blank)."""
    rank = np.zeros(count, np.int64)
    ranks = conditions["severity"].map({name: i for i, name in enumerate(_SEVERITIES)}).to_numpy(np.int64)
    np.maximum.at(rank, conditions["txn"].to_numpy(np.int64), ranks)
    return _SEVERITIES[rank]


def _keys(header: pd.DataFrame, trial: pd.Series | None) -> tuple[np.ndarray, np.ndarray]:
    """A number per entry (filer code and entry number, in each dry run) for each transaction, and the first transaction
    of each."""
    entry = header["filer_code"] + " " + header["entry_number"]
    key, uniques = pd.factorize(entry if trial is None else entry + " " + trial.astype("str"))
    first = np.zeros(len(uniques), np.int64)
    first[key[::-1]] = np.arange(len(key))[::-1]
    return key, first


def _rounds(key: np.ndarray) -> list[np.ndarray]:
    """Transactions by their ordinal among those of the same entry."""
    ordinal = pd.Series(key).groupby(key).cumcount().to_numpy() if len(key) else key
    order = np.argsort(ordinal, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(ordinal[order])) + 1) if len(key) else []


def _on_file(header: pd.DataFrame, first: np.ndarray, state: pd.DataFrame | None) -> _OnFile:
    names = header.loc[first, ["filer_code", "entry_number"]]
    columns = ["status", "control", "broker_reference", "sequence", "version_number"]
    if state is None:
        state = pd.DataFrame({name: pd.Series([], dtype="str") for name in ["filer_code", "entry_number", *columns]})
    known = names.merge(state, how="left", on=["filer_code", "entry_number"])
    status, control = (known[name].fillna("").to_numpy(dtype="U18") for name in ("status", "control"))
    exists = known["status"].notna().to_numpy() & ~np.isin(status, GONE)
    accepted_by_cbp = exists & (control == "cbp")
    reopened, off = np.isin(status, REOPENED), np.isin(status, OFF)
    if "rejected" in known:
        reopened |= (known["rejected"] == True).to_numpy(bool)  # noqa: E712 (NA is not True)
    numbers = {  # copies: what pandas hands out may be read-only
        name: np.array(pd.to_numeric(known[name], errors="coerce").fillna(0), np.int64)
        for name in ("version_number", "sequence")
    }
    return _OnFile(
        exists=exists,
        cancelled=status == "cancelled",
        controlled=accepted_by_cbp & ~reopened & ~off,
        accepted_by_cbp=accepted_by_cbp,
        reopened=exists & reopened,
        off=exists & off,
        paid=known["paid"].eq(True).to_numpy(bool) if "paid" in known else np.ones(len(known), bool),
        reference=np.array(known["broker_reference"].fillna(""), dtype=object),
        version=numbers["version_number"],
        sequence=numbers["sequence"],
    )


def _files_own_entry(header: pd.DataFrame) -> np.ndarray:
    remote = (header["preparer_indicator"] == "1") & (header["filer_code"] == header["preparer_filer"])
    return ((header["filer_code"] == header["block_filer"]) | remote).to_numpy()
