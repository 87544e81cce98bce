"""From the tables of a shard to the rows of the database: positions become keys. Pure functions, whole columns.

``files`` is the interchange id of each file of the shard; ``batch``, ``block``, ``transaction`` and so on are the
new ids by position.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from .publish import Publication

BATCH = ["occurrence", "site", "sender", "office", "application", "user_text", "rejected"]
BLOCK = [
    *("occurrence", "port", "filer", "application", "office"),
    *("preparer_port", "preparer_filer", "preparer_office", "preparer_indicator", "user_text"),
]
DISPOSITION = ["final", "severity", "code", "effect", "sequence", "version_number"]
TOTALS = [f"total_{kind}_cents" for kind in ("duty", "fee", "tax", "ad", "cvd", "other")]


def batches(parsed: Any, files: np.ndarray, batch: np.ndarray) -> pd.DataFrame:
    """Rows of ``batch``."""
    b = parsed.batches
    return _storable(b[BATCH]).assign(
        id=batch, interchange_id=files[b["file"].to_numpy()], transmitted=b["date"], **_extent(parsed, b)
    )


def blocks(parsed: Any, files: np.ndarray, batch: np.ndarray, block: np.ndarray) -> pd.DataFrame:
    """Rows of ``block``."""
    b = parsed.blocks
    of = b["batch"].to_numpy()
    file = parsed.batches["file"].to_numpy()[of]
    return _storable(b[BLOCK]).assign(id=block, batch_id=batch[of], interchange_id=files[file], **_extent(parsed, b))


def transactions(
    publication: Publication,
    files: np.ndarray,
    batch: np.ndarray,
    block: np.ndarray,
    transaction: np.ndarray,
    version_of: np.ndarray,
) -> pd.DataFrame:
    """Rows of ``transaction``: every filing action, accepted or not, with its grand total as transmitted."""
    parsed, header = publication.parsed, publication.header
    t = parsed.transactions
    amount = header[TOTALS].sum(axis=1, min_count=1) if len(header) else pd.Series([], dtype="Int64")
    return publication.dispositions[DISPOSITION].assign(
        id=transaction,
        interchange_id=files[t["file"].to_numpy()],
        batch_id=batch[t["batch"].to_numpy()],
        block_id=block[t["block"].to_numpy()],
        occurrence=t["occurrence"],
        **_extent(parsed, t),
        action=header["action"],
        filer_code=header["filer_code"],
        entry_number=header["entry_number"],
        amount_cents=amount,
        version_id=keys(version_of),
    )


def conditions(publication: Publication, files: np.ndarray) -> pd.DataFrame:
    """Rows of ``condition`` but for their ids: syntax and envelope faults, then conditions, with positions
    ``batch`` and ``txn``.
    """
    parsed = publication.parsed
    c, f = publication.conditions, parsed.faults
    of = parsed.transactions["batch"].to_numpy(int)
    found = pd.concat([
        pd.DataFrame({
            "batch": f["batch"], "txn": -1, "row": f["row"], "level": f["level"], "record_id": "", "field": "",
            "start_column": f["column"], "end_column": f["column"], "code": f["code"], "severity": "F",
            "narrative": f.get("narrative", ""),
        }),
        pd.DataFrame({
            "batch": of[c["txn"].to_numpy(int)], "txn": c["txn"], "row": c["row"], "level": c["on"],
            "record_id": c["record"], "field": c["field"], "start_column": c["start"], "end_column": c["end"],
            "code": c["code"], "severity": c["severity"], "narrative": c["narrative"],
        }),
    ], ignore_index=True)  # fmt: skip
    row, batch = found["row"].to_numpy(int), found["batch"].to_numpy(int)
    file = np.where(row >= 0, _at(parsed.frames.file, row), _at(parsed.batches["file"], batch))
    return found.assign(
        interchange_id=files[file],
        record=np.where(row >= 0, _at(parsed.frames.record, row), 0),
        line_no=np.where(row >= 0, _at(parsed.frames.line_no, row), 0),
    )


def numbered(found: pd.DataFrame, condition: np.ndarray, batch: np.ndarray, transaction: np.ndarray) -> pd.DataFrame:
    """``found`` (see :func:`conditions`) with keys for positions."""
    return found.drop(columns=["batch", "txn", "row"]).assign(
        id=condition,
        batch_id=keys(np.where(found["batch"] >= 0, _at(batch, found["batch"].to_numpy(int)), -1)),
        transaction_id=keys(np.where(found["txn"] >= 0, _at(transaction, found["txn"].to_numpy(int)), -1)),
    )


def versions(
    publication: Publication, files: np.ndarray, new: pd.DataFrame, transaction: np.ndarray, version: np.ndarray
) -> pd.DataFrame:
    """Rows of ``entry_summary_version`` but for ``entry_summary_id``, ``superseded_by`` and the account ids."""
    txn = new["txn"].to_numpy(int)
    said = publication.dispositions.iloc[txn].reset_index(drop=True)
    return (
        new.drop(columns=["txn", "row"])
        .reset_index(drop=True)
        .assign(
            id=version,
            **_place(publication.parsed, files, new),
            transaction_id=transaction[txn],
            **{name: said[name] for name in ("sequence", "version_number", "severity", "code", "effect")},
            accepted_at=publication.at,
            reference=publication.reference,
        )
    )


def facts(publication: Publication, files: np.ndarray, table: pd.DataFrame, version_of: np.ndarray) -> pd.DataFrame:
    """Rows of a facts table."""
    key = {"version_id": version_of[table["txn"].to_numpy(int)], **_place(publication.parsed, files, table)}
    if (key["version_id"] < 0).any():
        raise ValueError("facts of a transaction that has no version: only accepted filings have facts")
    return table.drop(columns=["txn", "row"]).assign(**key)


def acknowledgments(publication: Publication, files: np.ndarray, sent: pd.DataFrame, ids: np.ndarray) -> pd.DataFrame:
    """Rows of ``acknowledgment``."""
    return sent[["account_id", "kind", "suffix", "body"]].assign(
        id=ids,
        interchange_id=files[sent["file"].to_numpy(int)],
        sha256=[hashlib.sha256(body).hexdigest() for body in sent["body"]],
        reference=publication.reference,
        created_at=publication.at,
    )


def _storable(envelope: pd.DataFrame) -> pd.DataFrame:
    """Envelope texts are kept as sent, but PostgreSQL's text holds no NUL: the sign for an unreadable character stands
    for it (the archive has the byte). Records of filings with such bytes are rejected and never stored."""
    text: pd.DataFrame = envelope.select_dtypes("str")
    return envelope.assign(**{name: text[name].str.replace("\0", "\N{REPLACEMENT CHARACTER}") for name in text})


def _extent(parsed: Any, groups: pd.DataFrame) -> dict[str, np.ndarray]:
    """First and last record (1-based, inclusive) of groups of rows."""
    record = parsed.frames.record
    return {"record": record[groups["first"].to_numpy(int)], "last_record": record[groups["last"].to_numpy(int) - 1]}


def _place(parsed: Any, files: np.ndarray, table: pd.DataFrame) -> dict[str, np.ndarray]:
    row = table["row"].to_numpy(int)
    return {"interchange_id": files[parsed.frames.file[row]], "record": parsed.frames.record[row]}


def _at(values: Any, positions: np.ndarray) -> np.ndarray:
    """``values`` at ``positions``; anything where a position is -1."""
    values = np.asarray(values)
    return values[np.maximum(positions, 0)] if len(values) else np.zeros(len(positions), np.int64)


def keys(ids: np.ndarray) -> pd.api.extensions.ExtensionArray:
    """Nullable keys: -1 is NULL."""
    return pd.arrays.IntegerArray(np.asarray(ids, np.int64), np.asarray(ids) < 0)
