"""What becomes of each filing: added, replaced, changed, cancelled or refused (15 CFR 30.9).

A filing is known by its exporter's account and its shipment reference number. Several actions on one in a file are
taken in the order of the file, in rounds: the first of each, then the second, and so on. An action that is refused
changes nothing for those after it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from transforms.export import account_rows, registry
from transforms.export.facts import Exports
from transforms.x12 import outcome

NONE, FILED, CANCELLED = 0, 1, 2
#: A filing as :func:`decide` is told of it and tells it: ``key`` is the exporter's account and the reference.
FILINGS = {
    "account_id": "int64",
    "reference": "str",
    "filing_id": "int64",
    "status": "str",
    "itn": "str",
    "sequence": "int64",
    "days_late": "int64",
}
EFFECTS = {"add": "added", "replace": "replaced", "change": "changed", "cancel": "cancelled"}
#: Final dispositions by effect: with warnings, to be verified, with a compliance alert, as they are.
FINAL = {
    "added": ("971", "972", "973", "974"),
    "replaced": ("975", "976", "977", "978"),
    "changed": ("979", "980", "981", "982"),
    "cancelled": ("983", "983", "983", "983"),
}
REJECTED = "970"


def no_filings() -> pd.DataFrame:
    """No filing, as :data:`FILINGS`."""
    return outcome.table(FILINGS)


@dataclass(frozen=True, slots=True)
class OnFile:
    """The filings that a file names and that are on file, and, of those it changes, the present version: ``header`` and
    ``children`` as in :mod:`account_rows`, with ``filing`` (a row of ``filings``) instead of ``shipment``.
    """

    filings: pd.DataFrame = field(default_factory=no_filings)
    header: pd.DataFrame = field(default_factory=pd.DataFrame)
    children: Mapping[str, pd.DataFrame] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Decided:
    """``dispositions`` and more ``conditions`` as in :mod:`transforms.x12.outcome` (``number`` blank for what is new:
    numbers are the database's to give) with ``filing``, a row of ``filings`` (-1 none), the filings as they are now;
    ``versions``: one row for each accepted action, with ``filing``, ``sequence`` and the header; ``children``: the rows
    below, by ``version``, a row of ``versions``.
    """

    dispositions: pd.DataFrame
    conditions: pd.DataFrame
    filings: pd.DataFrame
    versions: pd.DataFrame
    children: dict[str, pd.DataFrame]


def named(x: Exports, accounts: np.ndarray) -> pd.DataFrame:
    """The filings that a file names (``account_id reference`` and whether one is to be ``changed``), once each;
    ``accounts`` is the exporter's account of each shipment, -1 where there is none."""
    keys = pd.DataFrame({"account_id": accounts, "reference": x.shipment["reference"]})
    keys["changed"] = (x.shipment["action"] == "change").to_numpy()
    keys = keys[(keys["account_id"] >= 0) & (keys["reference"] != "")]
    once = keys.drop_duplicates(["account_id", "reference"], ignore_index=True)
    changed = pd.MultiIndex.from_frame(keys.loc[keys["changed"], ["account_id", "reference"]])
    return once.assign(changed=pd.MultiIndex.from_frame(once[["account_id", "reference"]]).isin(changed))


def decide(x: Exports, conditions: pd.DataFrame, accounts: np.ndarray, on_file: OnFile, late: np.ndarray) -> Decided:
    """Decide every shipment. ``conditions`` are those of the rules, ``late`` the days by which each came too late."""
    work = _Work(x, accounts, on_file, late)
    shipments = x.shipment
    fatal = np.isin(shipments["set"].to_numpy(), conditions.loc[conditions["severity"] == "F", "set"].to_numpy())
    rounds = pd.Series(work.key).groupby(work.key).cumcount().to_numpy()
    for n in range(int(rounds.max(initial=-1)) + 1):
        at = np.flatnonzero((rounds == n) & ~fatal & (work.key >= 0))
        work.round(at)
    return work.decided(conditions)


class _Work:
    """The filings of one file while they are decided, by key (a row of ``filings``)."""

    def __init__(self, x: Exports, accounts: np.ndarray, on_file: OnFile, late: np.ndarray) -> None:
        self.x, self.late = x, late
        keys = named(x, accounts)
        known = keys.merge(on_file.filings, on=["account_id", "reference"], how="left")
        self.filings = pd.DataFrame(
            {
                "account_id": known["account_id"].astype("int64"),
                "reference": known["reference"].astype("str"),
                "filing_id": known["filing_id"].fillna(-1).astype("int64"),
                "itn": known["itn"].fillna("").astype("str"),
                "days_late": known["days_late"].fillna(0).astype("int64"),
            }
        )
        self.status = (
            known["status"].map({"filed": FILED, "cancelled": CANCELLED}).fillna(NONE).to_numpy(np.int64).copy()
        )
        self.sequence = known["sequence"].fillna(0).to_numpy(np.int64).copy()
        index = pd.MultiIndex.from_frame(self.filings[["account_id", "reference"]])
        wanted = pd.MultiIndex.from_arrays([accounts, shipments_reference(x)])
        self.key = np.asarray(index.get_indexer(wanted), np.int64)
        self.touched = np.zeros(len(self.filings), bool)
        self.found: list[pd.DataFrame] = []
        self.final = np.full(len(x.shipment), "", dtype=object)
        self.numbered = np.zeros(len(x.shipment), np.int64)
        self.header = account_rows.header(x).assign(option_sent=account_rows.option_sent(x).to_numpy())
        self.children = account_rows.children(x)
        # The present version of each filing, by key: kept only where a change may ask for it.
        self.changes = bool((x.shipment["action"] == "change").any())
        places = pd.Series(np.arange(len(self.filings)), index=index)
        ours = pd.MultiIndex.from_frame(on_file.filings[["account_id", "reference"]])
        to_key = places.reindex(ours).fillna(-1).to_numpy(np.int64)
        self.now_header = _keyed(on_file.header, to_key)
        self.now_children = {name: _keyed(table, to_key) for name, table in on_file.children.items()}
        self.versions: list[pd.DataFrame] = []
        self.below: dict[str, list[pd.DataFrame]] = {name: [] for name in account_rows.CHILDREN}

    def round(self, at: np.ndarray) -> None:
        """Take the actions of shipments ``at``, at most one of each filing."""
        action, key = self.x.shipment["action"].to_numpy()[at], self.key[at]
        status = self.status[key]
        self.refuse(at[(action == "add") & (status != NONE)], "T01", self._already)
        later = np.isin(action, ["replace", "change", "cancel"])
        self.refuse(at[later & (status == NONE)], "068", self._unknown)
        self.refuse(at[later & (status == CANCELLED)], "T09", self._cancelled)
        good = ((action == "add") & (status == NONE)) | (later & (status == FILED))
        at, action = at[good], action[good]
        changed = at[action == "change"]
        whole, below = self.merge(changed) if len(changed) else (None, {})
        for effect in ("add", "replace", "cancel"):
            chosen = at[action == effect]
            rows = {name: t[t["shipment"].isin(chosen)] for name, t in self.children.items()}
            if effect == "cancel":
                rows = {name: t.iloc[:0] for name, t in rows.items()}
            self.accept(chosen, effect, self.header.iloc[chosen], rows)
        if whole is not None:
            self.accept(whole["shipment"].to_numpy(np.int64), "change", whole, below)

    def merge(self, at: np.ndarray) -> tuple[pd.DataFrame, dict[str, pd.DataFrame]]:
        """The versions that changes make, without those that are refused on account of their lines."""
        key = self.key[at]
        of_key = dict(zip(key.tolist(), at.tolist(), strict=True))
        before = {name: t[t["key"].isin(key)] for name, t in self.now_children.items()}
        sent = {name: t[t["shipment"].isin(at)] for name, t in self.children.items()}
        sent = {name: t.assign(key=self.key[t["shipment"].to_numpy(np.int64)]) for name, t in sent.items()}
        lines, old = sent["export_line"], before["export_line"]
        there = pd.MultiIndex.from_frame(lines[["key", "line"]]).isin(pd.MultiIndex.from_frame(old[["key", "line"]]))
        twice = lines[there & (lines["line_action"] == "add")]
        lost = lines[~there & lines["line_action"].isin(["change", "delete"])]
        self.refuse_line(twice, "T55", "this line is on file already", "change it, or give the new line another number")
        self.refuse_line(lost, "T56", "there is no such line on file", "add the line, or correct its number")
        refused = {*twice["key"], *lost["key"]}
        merged = account_rows.merged_children(before, sent, "key")
        left = set(merged["export_line"]["key"])
        empty = [k for k in key if k not in left and k not in refused]
        lost_all = np.array([of_key[k] for k in empty], np.int64)
        self.refuse(lost_all, "077", ("a shipment keeps at least one line", "cancel it"))
        good = np.array([k for k in key if k in left and k not in refused], np.int64)
        chosen = np.array([of_key[k] for k in good.tolist()], np.int64)
        header = self.now_header.set_index("key").loc[good]
        whole = account_rows.merged_header(header, self.header.iloc[chosen])
        below = {}
        for name, table in merged.items():
            mine = table[table["key"].isin(good)]
            below[name] = mine.assign(shipment=mine["key"].map(of_key).astype("int64")).drop(columns="key")
        return whole, below

    def accept(self, at: np.ndarray, effect: str, header: pd.DataFrame, below: Mapping[str, pd.DataFrame]) -> None:
        """Make a version of each of shipments ``at``."""
        if not len(at):
            return
        key = self.key[at]
        self.sequence[key] += 1
        self.status[key] = CANCELLED if effect == "cancel" else FILED
        self.touched[key] = True
        self.final[at] = EFFECTS[effect]
        self.numbered[at] = self.sequence[key]
        if effect == "add":
            self.filings.loc[key, "days_late"] = self.late[at]
        lines = below["export_line"].groupby("shipment")
        sums = {name: lines[name].sum().reindex(at).fillna(0).to_numpy(np.int64) for name in ("value_cents", "weight")}
        count = lines.size().reindex(at).fillna(0).to_numpy(np.int64)
        made = header.reset_index(drop=True).drop(columns="option_sent")
        made = made.assign(filing=key, sequence=self.sequence[key], effect=EFFECTS[effect], lines=count, **sums)
        first = sum(map(len, self.versions))
        self.versions.append(made)
        of = pd.Series(np.arange(first, first + len(at)), index=at)
        for name, table in below.items():
            self.below[name].append(table.assign(version=of.loc[table["shipment"]].to_numpy(np.int64)))
        if self.changes and effect != "cancel":
            keep = self.now_header["key"] if len(self.now_header) else pd.Series([], dtype="int64")
            self.now_header = _joined(self.now_header[~keep.isin(key).to_numpy()], header.assign(key=key))
            for name, table in below.items():
                now = self.now_children.get(name, pd.DataFrame({"key": []}))
                own = table.assign(key=self.key[table["shipment"].to_numpy(np.int64)])
                self.now_children[name] = _joined(now[~now["key"].isin(key).to_numpy()], own)

    def refuse(self, at: np.ndarray, code: str, told: tuple[str, str]) -> None:
        """A condition at the shipment reference number of each shipment."""
        rows = self.x.shipment.iloc[at]
        self.found.append(
            registry.conditions(
                code, rows["set"].to_numpy(), rows["segment"].to_numpy(), 5, *told, rows["reference"].to_numpy()
            )
        )

    def refuse_line(self, lines: pd.DataFrame, code: str, why: str, mend: str) -> None:
        """A condition at the number of each line."""
        sets = self.x.shipment["set"].to_numpy()[lines["shipment"].to_numpy(np.int64)]
        found = lines["line"].astype("str").to_numpy()
        self.found.append(registry.conditions(code, sets, lines["record"].to_numpy() - 1, 7, why, mend, found))

    _already = (
        "a shipment reference number is used once; this one is on file",
        "replace or change the filing, or use a new number",
    )
    _unknown = (
        "no filing of this exporter has this shipment reference number",
        "add the shipment first, or correct the number",
    )
    _cancelled = (
        "the filing was cancelled and can be changed no more",
        "add the shipment under a new reference number",
    )

    def decided(self, conditions: pd.DataFrame) -> Decided:
        """Everything as tables."""
        more = registry.ordered(self.found)
        every = pd.concat([conditions, more], ignore_index=True)
        kinds = every["code"].map({code: it.kind for code, it in registry.codes().items()})
        sets = self.x.shipment["set"].to_numpy()
        has = {kind: np.isin(sets, every.loc[kinds == kind, "set"].to_numpy()) for kind in registry.KINDS}
        accepted = self.final != ""
        worst = np.select([has["warning"], has["verify"], has["compliance"]], [0, 1, 2], 3)
        code = [FINAL[e][w] if e else REJECTED for e, w in zip(self.final, worst, strict=True)]
        severity = np.select([~accepted, worst < 3, has["informational"]], ["F", "W", "I"], "")
        itn = np.append(self.filings["itn"].to_numpy(dtype=object), "")
        dispositions = pd.DataFrame(
            {
                "set": sets,
                "final": np.where(accepted, "A", "R"),
                "severity": severity,
                "code": code,
                "effect": np.where(accepted, self.final, "rejected"),
                "kind": "export",
                "reference": self.x.shipment["reference"].to_numpy(),
                "number": np.where(accepted, itn[self.key], ""),
                "sequence": self.numbered,
            }
        ).astype(outcome.DISPOSITIONS)
        dispositions["filing"] = np.where(accepted, self.key, -1)
        status = np.where(self.status == CANCELLED, "cancelled", "filed")
        filings = self.filings.assign(status=status, sequence=self.sequence, touched=self.touched)
        versions = _joined(*self.versions) if self.versions else self.header.iloc[:0].assign(filing=[], sequence=[])
        judged = pd.Series(np.arange(len(sets)), index=np.arange(len(sets)))
        at = judged.loc[versions["shipment"]].to_numpy(np.int64) if len(versions) else np.empty(0, np.int64)
        versions = versions.assign(severity=severity[at], code=np.array(code, dtype=object)[at])
        below = {name: _joined(*parts) if parts else pd.DataFrame() for name, parts in self.below.items()}
        return Decided(dispositions, more, filings, versions, below)


def shipments_reference(x: Exports) -> pd.Series:
    """The reference numbers, as keys."""
    return x.shipment["reference"]


def _keyed(table: pd.DataFrame, to_key: np.ndarray) -> pd.DataFrame:
    """A table of what is on file, by the keys of this file."""
    if not len(table):
        return pd.DataFrame({"key": pd.Series([], dtype="int64")})
    key = to_key[table["filing"].to_numpy(np.int64)]
    return table.assign(key=key)[key >= 0].drop(columns="filing").reset_index(drop=True)


def _joined(*parts: pd.DataFrame) -> pd.DataFrame:
    """Parts one below the other; empty ones say nothing, not even their types."""
    filled = [part for part in parts if len(part)] or list(parts[:1])
    return pd.concat(filled, ignore_index=True)
