"""A result that is kept for a session: encrypted, under the session's own name, gone when it is discarded or old."""

from __future__ import annotations

import io
import json
import os
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.feather as feather
from cryptography.fernet import Fernet, InvalidToken

from loaders.portal.sessions import ABSOLUTE
from portal.viewer import Viewer


def keep(viewer: Viewer, what: str, rows: pd.DataFrame, facts: dict[str, Any]) -> None:
    """Keep a table, and ``facts`` about it, for this session and account, instead of the one before it. What is older
    than any session can be is swept away."""
    folder = _file(viewer, what).parent
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for old in folder.iterdir():
        if old.stat().st_mtime < (viewer.now - ABSOLUTE).timestamp():
            old.unlink(missing_ok=True)
    told = facts | {"account": viewer.account_id, "money": viewer.sees_money()}
    made = pa.Table.from_pandas(rows, preserve_index=False)
    sink = io.BytesIO()
    feather.write_feather(made.replace_schema_metadata(made.schema.metadata | {"facts": json.dumps(told)}), sink)
    file = _file(viewer, what)
    part = file.with_suffix(".part")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
        out.write(Fernet(viewer.config.key).encrypt(sink.getvalue()))
    os.utime(part, (viewer.now.timestamp(),) * 2)
    part.replace(file)


def kept(viewer: Viewer, what: str) -> tuple[pd.DataFrame, dict[str, Any]] | None:
    """What this session kept, if it was for the account acted for, and shows nothing that may not be seen now."""
    try:
        made = feather.read_table(io.BytesIO(Fernet(viewer.config.key).decrypt(_file(viewer, what).read_bytes())))
    except (FileNotFoundError, InvalidToken):
        return None
    facts = json.loads((made.schema.metadata or {})[b"facts"])
    if facts["account"] != viewer.account_id or (facts["money"] and not viewer.sees_money()):
        return None
    return made.to_pandas(), facts


def discard(viewer: Viewer, what: str) -> None:
    _file(viewer, what).unlink(missing_ok=True)


def _file(viewer: Viewer, what: str) -> Path:
    return viewer.config.settings.home / "portal" / "kept" / f"{viewer.session.hash[:40]}.{what}"
