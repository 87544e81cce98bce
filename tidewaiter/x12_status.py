"""Answers to ABI files for those who want them as X12: 355 and 350 in place of AX, as their partner profile says.

The words are those of the AX; only the form is another. The reasons in words, and the importers' own acknowledgments,
stay as they are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime

import numpy as np
import pandas as pd
import psycopg

from loaders.x12 import controls, partners
from tidewaiter import x12_out
from tidewaiter.answering import Answered
from tidewaiter.settings import Settings
from transforms.conditions import dictionary
from transforms.x12 import status

#: What a profile asks for -> the sets that are written.
WANTED = {"355": (status.ACCEPTANCE,), "350": (status.STATUS,), "both": (status.ACCEPTANCE, status.STATUS)}
MAKE = {status.ACCEPTANCE: status.acceptance, status.STATUS: status.status}


def wanted(conn: psycopg.Connection, senders: Sequence[int], today: date) -> dict[int, partners.Partner]:
    """The accounts among ``senders`` that want X12 instead of AX, each with its profile (the first that says so)."""
    profiles = partners.of(conn, sorted(set(senders)), today)
    return {it.account_id: it for it in reversed(profiles) if it.status_messages in WANTED}


def answers(
    conn: psycopg.Connection,
    settings: Settings,
    it: Answered,
    acknowledgments: pd.DataFrame,
    *,
    profiles: Mapping[int, partners.Partner],
    shard: pd.DataFrame,
    today: date,
    at: datetime,
    trial: bool,
) -> pd.DataFrame:
    """``acknowledgments`` (``tidewaiter.answering``) with 355 and 350 in place of AX for files of the accounts in
    ``profiles``; ``shard`` are its interchanges. Takes control numbers, so it is called in the transaction that
    publishes; what is sent is noted there."""
    sender = shard["account_id"].to_numpy(np.int64)
    interchange = shard["interchange_id"].to_numpy(np.int64)
    told = files(it)
    kept: list[tuple] = []
    given = {account: controls.Controls(conn, account, trial=trial) for account in profiles}
    columns = [acknowledgments[name].tolist() for name in acknowledgments]
    for file, kind, importer, suffix, body in zip(*columns, strict=True):
        partner = profiles.get(int(sender[file]))
        if partner is None or kind != "ax":
            kept.append((file, kind, importer, suffix, body))
            continue
        for set_id in WANTED[partner.status_messages]:
            sets = [(set_id, segments) for segments in MAKE[set_id](told[file], today)]
            release = status.release(set_id, partner.releases.get(set_id, ""))
            own = given[partner.account_id]
            made, numbers = x12_out.interchange(settings, partner, release, status.GROUPS[set_id], sets, own, at)
            kept.append((file, set_id, "", f".{set_id}", made))
            if not trial:
                x12_out.note(conn, numbers, int(interchange[file]), partner.account_id, at)
    for own in given.values():
        own.store()
    return pd.DataFrame(kept, columns=acknowledgments.columns)


def files(it: Answered) -> list[status.File]:
    """What became of each file, as :mod:`transforms.x12.status` tells it."""
    parsed, header, said = it.parsed, it.facts.header, it.dispositions
    t = parsed.transactions
    port = parsed.blocks["port"].to_numpy(dtype=object)
    transaction = pd.DataFrame(
        {
            "file": t["file"],
            "port": port[t["block"].to_numpy(np.int64)] if len(t) else "",
            "filer_code": header["filer_code"],
            "entry_number": header["entry_number"],
            "occurrence": t["occurrence"],
            **{name: said[name] for name in ("final", "code", "severity")},
            "narrative": dictionary.narratives(said["code"]),
            "carrier": header["carrier_code"].str.strip(),
            "mode": header["mode_of_transport"],
            "conveyance": header["conveyance_name"],
            "trip": header["trip_id"],
        }
    )
    shown = it.conditions[~said["code"].eq("997").to_numpy()[it.conditions["txn"].to_numpy(np.int64)]]
    condition = shown[["txn", "code", "severity", "narrative"]]
    fault = _faults(it)
    made = []
    for file, kind in enumerate(it.formats):
        rows = np.flatnonzero(transaction["file"].eq(file).to_numpy())
        place = pd.Series(np.arange(len(rows)), index=rows)
        own = condition[condition["txn"].isin(rows)]
        own = own.assign(at=own["txn"].map(place).astype("int64")).drop(columns="txn").reset_index(drop=True)
        faults = fault[fault["file"].eq(file)].reset_index(drop=True)
        if kind in ("empty", "unknown"):
            faults = pd.DataFrame({"port": [""], "code": ["X01"], "narrative": [dictionary.texts()["X01"]]})
        made.append(status.File(transaction.iloc[rows].reset_index(drop=True), own, faults))
    return made


def _faults(it: Answered) -> pd.DataFrame:
    """Why batches were rejected as a whole: ``file port code narrative``; the port of the block, or of the batch's
    first."""
    parsed, f = it.parsed, it.parsed.faults
    batch, block = f["batch"].to_numpy(np.int64), f["block"].to_numpy(np.int64)
    first = parsed.blocks.drop_duplicates("batch").set_index("batch")["port"]
    of_batch = pd.Series(batch).map(first).astype(object)
    of_block = np.append(parsed.blocks["port"].to_numpy(dtype=object), "")[block]
    port = np.where(block >= 0, of_block, of_batch.where(of_batch.notna(), "").to_numpy())
    return pd.DataFrame(
        {
            "file": parsed.batches["file"].to_numpy(np.int64)[batch],
            "port": pd.Series(port, dtype="str"),
            "code": f["code"],
            "narrative": dictionary.narratives(f["code"]),
        }
    )
