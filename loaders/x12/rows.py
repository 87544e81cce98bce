"""From a judged X12 document to the rows of the database. Pure functions, whole columns; positions become keys.

A document is that of ``parsers.x12`` (docs/architecture.md): tables ``interchanges groups sets segments``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import numpy as np
import pandas as pd

from loaders.rows import keys


@dataclass(frozen=True, slots=True)
class Keys:
    """Keys of the rows to be written, by position in the document's tables; none at all for a dry run."""

    interchange: np.ndarray
    group: np.ndarray
    block: np.ndarray
    set: np.ndarray


def number(text: pd.Series) -> pd.Series:
    """Control numbers as numbers; NA where they are none (at most nine digits, X12 data elements I12 and 28)."""
    digits = text.str.fullmatch(r"[0-9]{1,9}").astype(bool)
    return pd.to_numeric(text.where(digits), errors="coerce").astype("Int64")


def clean(text: pd.Series) -> pd.Series:
    """Text as PostgreSQL can hold it: no NUL. The archive has the byte."""
    return text.astype("str").str.replace("\0", "\N{REPLACEMENT CHARACTER}")


def _texts(table: pd.DataFrame, *columns: str, **renamed: str) -> dict[str, pd.Series]:
    named = {name: name for name in columns} | renamed
    return {name: clean(table[column]) for name, column in named.items()}


def _extent(table: pd.DataFrame) -> dict[str, pd.Series]:
    """First and last segment (1-based, inclusive)."""
    return {"record": table["first"] + 1, "last_record": table["last"].clip(lower=table["first"] + 1)}


def interchanges(document: Any, file: int, account: int, ids: Keys) -> pd.DataFrame:
    """Rows of ``x12_interchange``."""
    x = document.interchanges
    control = _texts(x, "control_number")["control_number"]
    return pd.DataFrame(
        {
            "id": ids.interchange,
            "interchange_id": file,
            "account_id": account,
            "occurrence": np.arange(1, len(x) + 1),
            **_extent(x),
            **_texts(x, "sender_qualifier", "sender", "receiver_qualifier", "receiver", "version", "usage"),
            **_texts(x, "code", "note"),
            "sent": clean((x["date"] + " " + x["time"]).str.strip()),
            "control_number": control,
            "number": number(control),
            "counted": number(control).notna() & (x["code"] != "R"),
        }
    )


def groups(document: Any, file: int, account: int, ids: Keys) -> pd.DataFrame:
    """Rows of ``x12_group``."""
    g = document.groups
    control = _texts(g, "control_number")["control_number"]
    return pd.DataFrame(
        {
            "batch_id": ids.group,
            "x12_interchange_id": _at(ids.interchange, g["interchange"]),
            "interchange_id": file,
            "account_id": account,
            **_texts(g, "functional_id", "sender", "receiver", "agency", "release", "status", "codes"),
            "sent": clean((g["date"] + " " + g["time"]).str.strip()),
            "control_number": control,
            "number": number(control),
            "counted": number(control).notna() & (g["status"] != "R") & _taken(document, g),
            **{name: g[name].clip(upper=2**31 - 1) for name in ("declared", "received", "accepted")},
        }
    )


def sets(document: Any, dispositions: pd.DataFrame, file: int, account: int, ids: Keys) -> pd.DataFrame:
    """Rows of ``x12_set``."""
    s = document.sets
    return pd.DataFrame(
        {
            "transaction_id": ids.set,
            "batch_id": _at(ids.group, s["group"]),
            "interchange_id": file,
            "account_id": account,
            **_texts(s, "set_id", "control_number", "convention", "status", "codes"),
            "counted": (s["control_number"] != "")
            & (s["status"] != "R")
            & _taken(document, s)
            & _in_good_group(document),
            **_texts(dispositions, "kind", "reference", "number"),
        }
    )


def batches(document: Any, file: int, ids: Keys) -> pd.DataFrame:
    """Rows of ``batch``: functional groups."""
    g = document.groups
    return pd.DataFrame(
        {
            "id": ids.group,
            "interchange_id": file,
            "occurrence": np.arange(1, len(g) + 1),
            **_extent(g),
            "site": "",
            **_texts(g, "sender", application="functional_id", user_text="control_number"),
            "office": "",
            "transmitted": _dates(g["date"]),
            "rejected": g["status"] == "R",
        }
    )


def blocks(document: Any, file: int, ids: Keys) -> pd.DataFrame:
    """Rows of ``block``: one in each group, for the sake of what reads transactions."""
    g = document.groups
    blank = ("port", "filer", "office", "preparer_port", "preparer_filer", "preparer_office", "preparer_indicator")
    return pd.DataFrame(
        {
            "id": ids.block,
            "batch_id": ids.group,
            "interchange_id": file,
            "occurrence": 1,
            **_extent(g),
            **_texts(g, application="functional_id"),
            **dict.fromkeys(blank, ""),
            "user_text": "",
        }
    )


def transactions(document: Any, dispositions: pd.DataFrame, file: int, ids: Keys) -> pd.DataFrame:
    """Rows of ``transaction``: every set, accepted or not; ``action`` is its set identifier. It names no entry."""
    s = document.sets
    return pd.DataFrame(
        {
            "id": ids.set,
            "interchange_id": file,
            "batch_id": _at(ids.group, s["group"]),
            "block_id": _at(ids.block, s["group"]),
            "occurrence": s.groupby("group").cumcount() + 1,
            **_extent(s),
            **_texts(s, action="set_id"),
            "filer_code": "",
            "entry_number": "",
            "version_number": "",
            **_texts(dispositions, "final", "severity", "code", "effect"),
            "sequence": dispositions["sequence"],
        }
    )


def conditions(document: Any, findings: pd.DataFrame, file: int, condition: np.ndarray, ids: Keys) -> pd.DataFrame:
    """Rows of ``condition``."""
    segment = findings["segment"].to_numpy(np.int64)
    line = document.segments["line"].to_numpy(np.int64)
    return pd.DataFrame(
        {
            "id": condition,
            "interchange_id": file,
            "batch_id": _keys(ids.group, findings["group"]),
            "transaction_id": _keys(ids.set, findings["set"]),
            **_texts(findings, "level", "record_id", "field", "code", "severity", "narrative"),
            "record": segment + 1,  # -1, nowhere in particular, is record 0
            "line_no": np.where(segment >= 0, _at(line, segment), 0),
            **{name: findings[name].clip(0, 2**31 - 1) for name in ("start_column", "end_column")},
        }
    )


def acknowledgments(sent: pd.DataFrame, file: int, ids: np.ndarray, reference: str, at: datetime) -> pd.DataFrame:
    """Rows of ``acknowledgment``."""
    return sent[["account_id", "kind", "suffix", "body"]].assign(
        id=ids,
        interchange_id=file,
        sha256=[hashlib.sha256(body).hexdigest() for body in sent["body"]],
        reference=reference,
        created_at=at,
    )


def _taken(document: Any, of: pd.DataFrame) -> np.ndarray:
    """Whether the interchange around each was taken, so that what is inside it counts."""
    code = document.interchanges["code"].to_numpy(dtype=object)
    return np.asarray(_at(code, of["interchange"]) != "R", bool)


def _in_good_group(document: Any) -> np.ndarray:
    """Whether the group around each set was taken."""
    status = document.groups["status"].to_numpy(dtype=object)
    return np.asarray(_at(status, document.sets["group"]) != "R", bool)


def _keys(ids: np.ndarray, positions: pd.Series) -> pd.api.extensions.ExtensionArray:
    at = positions.to_numpy(np.int64)
    return keys(np.where(at >= 0, _at(ids, at), -1))


def _at(values: np.ndarray, positions: Any) -> np.ndarray:
    """``values`` at ``positions``; anything where there are none or a position is -1."""
    at = np.maximum(np.asarray(positions, np.int64), 0)
    return values[at] if len(values) else np.zeros(len(at), values.dtype)


def _dates(text: pd.Series) -> pd.Series:
    """GS04 as days (CCYYMMDD, or YYMMDD before 003070: of this century); NaT where it is none."""
    full = text.where(text.str.len() == 8, "20" + text).where(text.str.fullmatch(r"[0-9]{6}(?:[0-9]{2})?"), "")
    return pd.to_datetime(full, format="%Y%m%d", errors="coerce").astype("datetime64[s]").map(_day).astype("object")


_day: Callable[[Any], date | None] = lambda it: None if pd.isna(it) else it.date()  # noqa: E731
