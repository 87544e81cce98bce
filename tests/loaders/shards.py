"""Small computed shards for the tests: what the rest of the system would hand to ``publish``."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, date, datetime
from types import SimpleNamespace

import numpy as np
import pandas as pd
import psycopg

from loaders.intake import Shard, read_state
from loaders.publish import Publication
from loaders.schema import EntrySummaryVersion

AT = datetime(2026, 3, 2, 15, 30, tzinfo=UTC)
Filing = tuple[str, str]  # action, entry number; one transaction of two records (10 and 50) each
#: Two files: two adds; then one is replaced and the other deleted.
FILINGS = [[("A", "11111111"), ("A", "22222222")], [("R", "11111111"), ("D", "22222222")]]
OWN = {
    *("id", "entry_summary_id", "interchange_id", "record", "transaction_id", "sequence", "version_number", "severity"),
    *("code", "effect", "superseded_by", "accepted_at", "reference", "importer_account_id", "filer_account_id"),
}


def accounts(conn: psycopg.Connection) -> None:
    """Two brokers and an importer."""
    for number, kind, identifier in (
        ("B1", "broker", "ZZZ"),
        ("B2", "broker", "YYY"),
        ("I1", "importer", "12-3456789AB"),
    ):
        conn.execute(
            "INSERT INTO account (number, kind, name, identifier, status) VALUES (%s, %s, %s, %s, 'active')",
            [number, kind, number, identifier],
        )


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def compute(
    conn: psycopg.Connection, shard: Shard, files: Sequence[Sequence[Filing]], filer: str = "ZZZ"
) -> Publication:
    """A publication of ``shard`` with one batch and one block a file, A and Z around B and Y around the filings.
    An add or a replace is accepted, a delete of what is on file, too; each round sees the one before. Action ``X``
    is a rejected add."""
    filings = [(file, action, entry) for file, of in enumerate(files) for action, entry in of]
    header = _header(filings, filer)
    dispositions = _decide(conn, header)
    counts = np.array([4 + 2 * len(of) for of in files])
    starts = np.cumsum(counts) - counts
    frames = SimpleNamespace(
        file=np.repeat(np.arange(len(files)), counts).astype(np.int32),
        record=np.concatenate([np.arange(1, n + 1) for n in counts]).astype(np.int32),
        line_no=np.concatenate([np.arange(1, n + 1) for n in counts]).astype(np.int32),
    )
    within = np.concatenate([np.arange(len(of)) for of in files]) if files else np.array([], int)
    file = np.array([f for f, _, _ in filings], int)
    first = starts[file] + 2 + 2 * within
    parsed = SimpleNamespace(
        frames=frames,
        batches=_batches(starts, counts),
        blocks=_blocks(starts, counts, filer),
        transactions=pd.DataFrame(
            {"file": file, "batch": file, "block": file, "occurrence": within + 1, "first": first, "last": first + 2}
        ),
        faults=pd.DataFrame(columns=["batch", "block", "txn", "row", "column", "code", "level"]),
    )
    accepted = np.flatnonzero(dispositions["code"].isin(["995", "996"]))
    tariff = pd.DataFrame(
        {
            "txn": accepted,
            "row": first[accepted] + 1,
            "line": 1,
            "tariff": 1,
            "hts_number": "8708295060",
            "duty_cents": 250,
            "value_cents": 10_000,
            "quantity_1": pd.array([100] * len(accepted), "Int64"),
            "unit_1": "NO",
            "quantity_2": pd.array([None] * len(accepted), "Int64"),
            "unit_2": "",
            "quantity_3": pd.array([None] * len(accepted), "Int64"),
            "unit_3": "",
        }
    )
    rejected = np.flatnonzero(dispositions["final"] == "R")
    return Publication(
        shard=shard,
        parsed=parsed,
        header=header,
        dispositions=dispositions,
        conditions=_conditions(rejected, first),
        rows={"entry_summary_version": header.assign(row=first).iloc[accepted].assign(txn=accepted), "tariff": tariff},
        acknowledgments=_acknowledgments(files, header, filings),
        interchanges=pd.DataFrame({"format": ["catair"] * len(files), "state": "answered", "reason": ""}),
        reference="r1",
        at=AT,
    )


def _header(filings: list[tuple[int, str, str]], filer: str) -> pd.DataFrame:
    columns = EntrySummaryVersion.__table__.columns
    blank = {"str": "", "int": pd.NA, "date": pd.NaT}
    header = pd.DataFrame(
        {c.name: pd.Series([blank[c.type.python_type.__name__]] * len(filings)) for c in columns if c.name not in OWN}
    )
    types = {"str": "str", "int": "Int64", "date": "datetime64[s]"}
    header = header.astype({c.name: types[c.type.python_type.__name__] for c in columns if c.name not in OWN})
    header["action"] = pd.Series([action for _, action, _ in filings], dtype="str")
    header["entry_number"] = pd.Series([entry for _, _, entry in filings], dtype="str")
    header["filer_code"], header["importer_number"] = filer, "12-3456789AB"
    header["total_duty_cents"] = pd.array([250] * len(filings), "Int64")
    header["entry_date"] = pd.Timestamp(2026, 3, 2)
    return header


def _decide(conn: psycopg.Connection, header: pd.DataFrame) -> pd.DataFrame:
    state = read_state(conn, header).set_index("entry_number")
    there = {entry: row["status"] == "accepted" for entry, row in state.iterrows()}
    sequence = {entry: int(row["sequence"]) for entry, row in state.iterrows()}
    made = []
    for action, entry in zip(header["action"], header["entry_number"], strict=True):
        exists = there.get(entry, False)
        if action == "D" and exists:
            there[entry] = False
            made.append(("A", "", "997", "deleted", 0, ""))
        elif action in "DX":
            made.append(("R", "F", "998", "rejected", 0, ""))
        else:
            there[entry] = True
            sequence[entry] = sequence.get(entry, 0) + 1
            made.append(
                ("A", "", "996" if exists else "995", "replaced" if exists else "added", sequence[entry], "00100")
            )
    types = {
        "final": "str",
        "severity": "str",
        "code": "str",
        "effect": "str",
        "sequence": "int64",
        "version_number": "str",
    }
    return pd.DataFrame(made, columns=list(types)).astype(types)


def _batches(starts: np.ndarray, counts: np.ndarray) -> pd.DataFrame:
    n = len(starts)
    text = {
        name: pd.Series(["LAX"] * n, dtype="str")
        for name in ("site", "sender", "password", "application", "office", "user_text")
    }
    return pd.DataFrame(
        {
            "file": np.arange(n),
            "occurrence": 1,
            "first": starts,
            "last": starts + counts,
            "rejected": False,
            "date": pd.Series([date(2026, 3, 2)] * n, dtype="datetime64[s]"),
            "row_a": starts,
            "row_z": starts + counts - 1,
            **text,
        }
    )


def _blocks(starts: np.ndarray, counts: np.ndarray, filer: str) -> pd.DataFrame:
    names = (
        "port",
        "filer",
        "application",
        "office",
        "preparer_port",
        "preparer_filer",
        "preparer_office",
        "preparer_indicator",
        "user_text",
    )
    text = {name: pd.Series([filer] * len(starts), dtype="str") for name in names}
    n = np.arange(len(starts))
    return pd.DataFrame(
        {"batch": n, "occurrence": 1, "first": starts + 1, "last": starts + counts - 1, "row_b": n, "row_y": n, **text}
    )


def _conditions(txn: np.ndarray, first: np.ndarray) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "txn": txn,
            "on": "header",
            "at": txn,
            "code": "B25",
            "severity": "F",
            "record": "10",
            "field": "entry_number",
            "row": first[txn],
            "start": 9,
            "end": 16,
            "narrative": "NOT FOUND",
        }
    )


def _acknowledgments(
    files: Sequence[Sequence[Filing]], header: pd.DataFrame, filings: list[tuple[int, str, str]]
) -> pd.DataFrame:
    made = [(file, "ax", "", ".ax", f"AX {list(of)}".encode()) for file, of in enumerate(files)]
    made += [(file, "reasons", "", ".reasons.csv", b"line\n") for file in range(len(files))]
    made += [
        (file, "importer", "12-3456789AB", ".filings.csv", f"{list(of)}".encode())
        for file, of in enumerate(files)
        if of
    ]
    return pd.DataFrame(made, columns=["file", "kind", "importer_number", "suffix", "body"])
