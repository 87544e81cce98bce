"""The officers' queue: read what is new and what it is compared with, choose, publish."""

from __future__ import annotations

import json
import os
import secrets
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from loaders import db, query, targeting
from tidewaiter import database, rollup
from tidewaiter.settings import Settings
from transforms.risk import reasons, select, signals_account, signals_entry
from transforms.risk.settings import VERSION, Targeting

KEY = "targeting.key"


@dataclass(frozen=True, slots=True)
class Made:
    """A queue: how many entry summaries were looked at, and how many items each lane and each chooser gave."""

    run: int
    entries: int
    lanes: dict[str, int]
    chosen_by: dict[str, int]


def make_queue(settings: Settings, day: date, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> Made:
    """Make the queue of a business day anew, from what was accepted or replaced in the last ``queue_days``; the months
    of accounts are brought up to date first."""
    rollup.refresh(settings, now)
    how, since = Targeting(random_share=settings.queue_random_share), day - timedelta(days=settings.queue_days - 1)
    with closing(db.connect(database.url(settings), autocommit=True)) as conn:
        with query.snapshot(conn):
            it = targeting.read(conn, since, day)
        items = chosen(it, day, key(settings), how)
        items["officer_id"] = select.shared_out(items["account_id"], it.officer["user_id"], it.portfolio)
        seen = len(it.entry), len(it.account)
        plain = items.astype(object).where(items.notna(), None)
        told = [dict(zip(targeting.ITEM, row, strict=True)) for row in plain[list(targeting.ITEM)].to_numpy()]
        run = targeting.publish(conn, day, now(), VERSION, asdict(how), seen, told)
    return Made(run, len(it.entry), Counter(items["lane"]), Counter(items["chosen_by"]))


def chosen(it: targeting.Material, day: date, key: bytes, how: Targeting) -> pd.DataFrame:
    """The items of the queue in their order (``loaders.targeting.ITEM`` but the officer)."""
    account_found = reasons.together(
        [
            signals_account.large_change(it.account, it.month, pd.Timestamp(day.replace(day=1)), how),
            signals_account.late(it.account),
            signals_account.refused(it.account, how),
            signals_account.discrepancies(it.account, it.decision),
        ]
    )
    relief = signals_account.relief(it.account).to_numpy()
    whole, account_reasons = select.accounts(it.account, account_found, relief, how)
    of_accounts = whole.assign(
        account_id=it.account["account_id"].to_numpy()[whole["of"]],
        entry_summary_id=pd.array([pd.NA] * len(whole), dtype="Int64"),
        port="",
        reasons=_told(account_reasons, whole["of"]),
    )
    entry = it.entry
    place = pd.Series(np.arange(len(it.account)), it.account["account_id"])
    owner = entry["account_id"].map(place).fillna(-1).astype("int64").to_numpy()
    found = reasons.together([*_of_entries(it, how), _carried(account_found, owner)])
    names = entry["filer_code"] + entry["entry_number"]
    chance = select.drawn(names, entry["accepted_on"].dt.date, key, how.random_share)
    off = np.where(owner >= 0, relief[owner], 0.0) if len(relief) else np.zeros(len(entry))
    single, entry_reasons = select.entries(entry, found, off, chance, how)
    row = single["of"].to_numpy()
    whose = entry["account_id"].where(entry["account_id"] >= 0, entry["filer_account_id"])
    of_entries = single.assign(
        account_id=whose.to_numpy()[row],
        entry_summary_id=pd.array(entry["entry_summary_id"].to_numpy()[row], dtype="Int64"),
        port=entry["port"].to_numpy()[row],
        reasons=_told(entry_reasons, single["of"]),
    )
    items = pd.concat([of_accounts, of_entries], ignore_index=True)
    items["key"] = items["entry_summary_id"].fillna(0).astype("int64") * 2**20 + items["account_id"]
    return select.ordered(items, how)


def _of_entries(it: targeting.Material, how: Targeting) -> list[pd.DataFrame]:
    entry, place = it.entry, pd.Series(np.arange(len(it.entry)), it.entry["entry_summary_id"])
    line = it.line.assign(of=it.line["entry_summary_id"].map(place).astype("int64"))
    seen = signals_entry.tenure(entry, it.before)
    clean = signals_account.clean_in_a_row(it.decision)
    first = entry["accepted_on"].max() if len(entry) else None
    young = it.records_from and first is not None and (first.date() - it.records_from).days < 730
    records_from = f"{it.records_from.day} {it.records_from:%B %Y}" if young and it.records_from else ""
    return [
        signals_entry.first_time(entry, seen, clean, records_from, how),
        signals_entry.novelty(entry, line, it.known, seen),
        signals_entry.unit_value(entry, line, it.peer, how),
        signals_entry.refused_filer(entry, it.filer, how),
        signals_entry.adcvd(entry),
        signals_entry.bond(entry),
    ]


def _carried(found: pd.DataFrame, owner: np.ndarray) -> pd.DataFrame:
    """What an account's reasons add to each of its entries."""
    carried = found[found["code"].isin(select.CARRIED)].rename(columns={"of": "owner"})
    table = pd.DataFrame({"of": np.arange(len(owner)), "owner": owner}).merge(carried, on="owner")
    return table[reasons.COLUMNS]


def _told(found: pd.DataFrame, of: pd.Series) -> list[str]:
    """The reasons of each row as JSON."""
    by: dict[int, list[dict[str, Any]]] = {int(row): [] for row in of}
    for row, *said in reasons.rows(found[found["of"].isin(by)], *reasons.COLUMNS):
        by[row].append(dict(zip(reasons.COLUMNS[1:], said, strict=True)))
    return [json.dumps(by[int(row)]) for row in of]


def key(settings: Settings) -> bytes:
    """The secret that the share by chance is drawn with, made once, readable by its owner only: who knew it could
    choose entry numbers that are not drawn."""
    path = Path(settings.keys) / KEY
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(secrets.token_bytes(32))
        except FileExistsError:
            pass
    return path.read_bytes()
