"""Batches and blocks: the A..Z and B..Y groupings of a shard, and every X condition that follows from the message alone.

A batch begins at each A record; records before the first A of a file or after a Z form a batch of their own, so that nothing is
unanswered. What the accounts must say (X09, X17, X18, X20, X27-X31, X43) is not decided here. Source of the rules: Batch & Block Control
chapter, record notes on pages 9 to 15, conditions on pages 31 to 33, levels on pages 34 to 36.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from parsers.catair import records
from parsers.catair.framing import CHUNK, ENVELOPE, KINDS, A, B, Frames, Ints, Y, Z
from parsers.catair.layout import BLANK, WIDTH, applications, load

#: Short names of the envelope's fields in the tables of batches and blocks.
BATCH_FIELDS = {
    "sender_receiver_site_code": "site",
    "sender_receiver_id_code": "sender",
    "communication_password": "password",
    "transmission_date": "date",
    "application_identifier_code": "application",
    "sender_receiver_office_code": "office",
    "transmitter_user_data_text": "user_text",
}
BLOCK_FIELDS = {
    "processing_district_port_code": "port",
    "processing_filer_code": "filer",
    "application_identifier_code": "application",
    "processing_filer_office_code": "office",
    "preparer_district_port_code": "preparer_port",
    "preparer_filer_code": "preparer_filer",
    "preparer_office_code": "preparer_office",
    "preparer_indicator": "preparer_indicator",
    "filer_preparer_user_data_text": "user_text",
}
AS_SENT = ("password", "user_text")
LEVELS = ("batch", "block", "transaction")


@dataclass
class Envelope:
    """``batches`` and ``blocks`` as in the contract; ``of_batch``, ``of_block`` give each row's batch and block (-1 none)."""

    batches: pd.DataFrame
    blocks: pd.DataFrame
    of_batch: Ints
    of_block: Ints
    faults: pd.DataFrame


def fault_table(batch: Ints, block: Ints, row: Ints, column: Ints, code: str, level: str) -> pd.DataFrame:
    """Faults of one code, outside any transaction."""
    return pd.DataFrame(
        {"batch": batch, "block": block, "txn": 0, "row": row, "column": column, "code": code, "level": level}
    ).astype(
        {
            "batch": "int64",
            "block": "int64",
            "txn": "int64",
            "row": "int64",
            "column": "int64",
            "code": "str",
            "level": "str",
        }
    )


def read(frames: Frames) -> Envelope:
    """Find batches and blocks and check them. Never raises on content."""
    kind = frames.kind
    n = len(kind)
    batches, of_batch = _batches(frames)
    blocks, of_block = _blocks(frames, batches, of_batch)
    faults: list[pd.DataFrame] = []

    def note(code: str, level: str, at: npt.NDArray[np.bool_], of: pd.DataFrame, row: str, column: int = 0) -> None:
        rows = of.loc[np.asarray(at, bool), row].to_numpy()
        where = np.flatnonzero(at)
        block = where if level == "block" else np.full(len(where), -1)
        batch = of["batch"].to_numpy()[where] if level == "block" else where
        faults.append(fault_table(batch, block, rows, np.full(len(rows), column), code, level))

    _check_structure(frames, batches, blocks, of_batch, faults)
    _check_batches(frames, batches, note)
    _check_blocks(frames, batches, blocks, note)
    faults.append(_byte_faults(frames, batches, of_batch, of_block))
    if n:
        table = pd.concat([f for f in faults if len(f)] or faults[:1], ignore_index=True)
    else:
        table = fault_table(*[np.empty(0, np.int64)] * 4, "", "")
    return Envelope(batches, blocks, of_batch, of_block, table)


def most_severe(faults: pd.DataFrame) -> pd.DataFrame:
    """Of each batch the faults of its outermost level only: a fault there leaves everything inside unread (pages 34 to 36)."""
    rank = faults["level"].map(LEVELS.index).astype("int64")
    outermost = rank == rank.groupby(faults["batch"]).transform("min")
    order = ["batch", "block", "code", "row", "column"]
    return faults[outermost].sort_values(order, ignore_index=True)


def _batches(frames: Frames) -> tuple[pd.DataFrame, Ints]:
    kind, file = frames.kind, frames.file
    starts = kind == A
    starts[:1] = True
    starts[1:] |= (file[1:] != file[:-1]) | (kind[:-1] == Z)
    first = np.flatnonzero(starts)
    last = np.append(first[1:], len(kind))[: len(first)]
    of_batch = np.cumsum(starts) - 1
    row_a = np.where(kind[first] == A, first, -1)
    row_z = np.where(kind[last - 1] == Z, last - 1, -1)
    number = pd.Series(file[first]).groupby(file[first]).cumcount().to_numpy() + 1
    table = {"file": file[first].astype(np.int64), "occurrence": number, "first": first, "last": last}
    table |= _fields(frames, "A", row_a, BATCH_FIELDS) | {"row_a": row_a, "row_z": row_z}
    known = {a.id for a in applications().values() if a.layout}
    batches = pd.DataFrame(table)
    return batches.assign(available=batches["application"].isin(known), rejected=False), of_batch


def _blocks(frames: Frames, batches: pd.DataFrame, of_batch: Ints) -> tuple[pd.DataFrame, Ints]:
    kind = frames.kind
    control = np.flatnonzero((kind > 0) & (kind <= ENVELOPE))
    at = np.flatnonzero(kind[control] == B)
    row_b = control[at]
    batch = of_batch[row_b]
    end = np.minimum(np.append(control, len(kind))[at + 1], batches["last"].to_numpy()[batch])
    closed = (end < batches["last"].to_numpy()[batch]) & (np.append(kind, 0)[end] == Y)
    row_y = np.where(closed, end, -1)
    last = end + closed
    number = pd.Series(batch).groupby(batch).cumcount().to_numpy() + 1
    table = {"batch": batch, "occurrence": number, "first": row_b, "last": last}
    table |= _fields(frames, "B", row_b, BLOCK_FIELDS) | {"row_b": row_b, "row_y": row_y}
    of_block = np.full(len(kind) + 1, 0)
    opened, shut = np.zeros(len(kind) + 1, np.int64), np.zeros(len(kind) + 1, np.int64)
    opened[row_b] = 1
    shut[last] = 1
    inside = np.cumsum(opened - shut) > 0
    of_block = np.where(inside, np.cumsum(opened) - 1, -1)[:-1]
    return pd.DataFrame(table), of_block


def _fields(frames: Frames, record: str, rows: Ints, names: dict[str, str]) -> dict[str, object]:
    """The fields of envelope records under their short names; blank where the row is -1. Codes are upper-cased."""
    text = np.full((len(rows), WIDTH), BLANK, np.uint8)
    text[rows >= 0] = frames.text[rows[rows >= 0]]
    columns = records.decoder(load("envelope_in")[record]).decode(text).columns
    out = {names[name]: columns[name] for name in names}
    return {name: v if name in (*AS_SENT, "date") else pd.Series(v).str.upper().array for name, v in out.items()}


def _check_structure(
    frames: Frames, batches: pd.DataFrame, blocks: pd.DataFrame, of_batch: Ints, faults: list[pd.DataFrame]
) -> None:
    """X01, X03, X04, X05 and X06: control records that are missing or out of sequence."""
    kind = frames.kind
    n = len(kind)
    here = np.arange(n)
    inner = np.zeros(n, bool)  # rows that follow another row of their batch
    inner[1:] = of_batch[1:] == of_batch[:-1]
    before = np.append(0, kind[:-1]) if n else kind
    after = np.append(kind[1:], 0) if n else kind
    final = ~np.append(inner[1:], False) if n else inner
    headless = (batches["row_a"] < 0).to_numpy()
    whole = ~headless[of_batch] if n else inner

    def note(code: str, at: npt.NDArray[np.bool_]) -> None:
        rows = here[at & whole]
        faults.append(fault_table(of_batch[rows], np.full(len(rows), -1), rows, rows * 0, code, "batch"))

    stray = np.flatnonzero(headless)
    first = batches["first"].to_numpy()[stray]
    faults.append(fault_table(stray, stray * 0 - 1, first, first * 0, "X01", "batch"))
    note("X03", ((kind == A) & (final | (after != B))) | (inner & (before == Y) & (kind != B) & (kind != Z)))
    note("X06", final & (kind != Z) & (kind != A))
    open_at_end = (blocks["row_y"] < 0).to_numpy()
    rows = blocks["last"].to_numpy() - 1
    faults.append(
        fault_table(
            *(v[open_at_end & whole[rows]] for v in (blocks["batch"].to_numpy(), rows * 0 - 1, rows, rows * 0)),
            "X05",
            "batch",
        )
    )
    empty = blocks["last"].to_numpy() - blocks["first"].to_numpy() - (blocks["row_y"] >= 0).to_numpy() == 1
    empty &= whole[blocks["first"].to_numpy()]
    at = np.flatnonzero(empty)
    row = blocks["row_b"].to_numpy()[at]
    faults.append(fault_table(blocks["batch"].to_numpy()[at], at, row, row * 0, "X04", "block"))


def _check_batches(frames: Frames, batches: pd.DataFrame, note) -> None:
    """X07, X08, X10, X11, X12 of the A record, X14 of the Z record."""
    whole = (batches["row_a"] >= 0).to_numpy()
    application = batches["application"]
    dated = _differs(frames, batches["row_a"], None, ((15, 20),))
    note("X07", "batch", whole & (batches["site"] == ""), batches, "row_a", 2)
    note("X08", "batch", whole & (batches["sender"] == ""), batches, "row_a", 6)
    note("X10", "batch", whole & dated & batches["date"].isna(), batches, "row_a", 15)
    note("X11", "batch", whole & (application == ""), batches, "row_a", 26)
    note("X12", "batch", whole & (application != "") & ~application.isin(list(applications())), batches, "row_a", 26)
    ends = whole & (batches["row_z"] >= 0)
    same = ((2, 5), (6, 8), (15, 20), (38, 39))
    note("X14", "batch", ends & _differs(frames, batches["row_a"], batches["row_z"], same), batches, "row_z")


def _check_blocks(frames: Frames, batches: pd.DataFrame, blocks: pd.DataFrame, note) -> None:
    """X11, X12, X15, X16, X19 and X21 to X26 of the B record, X32 of the Y record."""
    of = blocks["batch"].to_numpy()
    whole = (batches["row_a"] >= 0).to_numpy()[of]
    application = blocks["application"]
    known = list(applications())
    port, filer = blocks["preparer_port"], blocks["preparer_filer"]
    indicator = blocks["preparer_indicator"]
    used = (port != "") | (filer != "") | (blocks["preparer_office"] != "")
    allowed = application.isin([a.id for a in applications().values() if a.preparer])
    flagged = indicator == "1"
    conflict = application.to_numpy() != batches["application"].to_numpy()[of]
    end = whole & (blocks["row_y"] >= 0)
    same = ((4, 7), (8, 10), (11, 12), (45, 46))
    for code, at, column in (
        ("X11", application == "", 11),
        ("X12", (application != "") & ~application.isin(known), 11),
        ("X15", blocks["port"] == "", 4),
        ("X16", blocks["filer"] == "", 8),
        ("X19", (application != "") & conflict, 11),
        ("X21", ~indicator.isin(["", "1"]), 56),
        ("X22", used & (indicator == ""), 47),
        ("X23", (used | flagged) & ~allowed & application.isin(known), 47),
        ("X24", flagged & (port == ""), 47),
        ("X25", flagged & (filer == ""), 51),
        ("X26", flagged & (filer != "") & (filer != blocks["filer"]), 51),
    ):
        note(code, "block", whole & at, blocks, "row_b", column)
    note("X32", "block", end & _differs(frames, blocks["row_b"], blocks["row_y"], same), blocks, "row_y")


def _differs(frames: Frames, left: pd.Series, right: pd.Series | None, spans: tuple[tuple[int, int], ...]):
    """Whether any of the column spans differs between two rows (case apart), or from blank; rows of -1 give no answer to rely on."""
    out = np.zeros(len(left), bool)
    for start, end in spans:
        ours = frames.text[left.to_numpy(), start - 1 : end]
        theirs = frames.text[right.to_numpy(), start - 1 : end] if right is not None else np.uint8(BLANK)
        unlike = ours != theirs
        if right is not None and unlike.any():
            unlike &= _upper(ours) != _upper(theirs)
        out |= unlike.any(axis=1)
    return out


def _upper(text):
    return text - ((text - np.uint8(ord("a")) < 26) * np.uint8(32))


def _byte_faults(frames: Frames, batches: pd.DataFrame, of_batch: Ints, of_block: Ints) -> pd.DataFrame:
    """X39 and the faults of the frames, at the level of the record they stand in. The transactions of an application that is not
    available are not looked into."""
    found = pd.concat([frames.faults, data_in_filler(frames, batches, of_batch)], ignore_index=True)
    row = found["row"].to_numpy()
    kind = frames.kind[row]
    level = np.where((kind == A) | (kind == Z), 0, np.where((kind == B) | (kind == Y), 1, 2))
    block = np.where(level == 0, -1, of_block[row])
    level[(block < 0) | (found["code"] == "X42")] = 0
    keep = (level < 2) | batches["available"].to_numpy()[of_batch[row]]
    table = fault_table(of_batch[row], np.where(level == 0, -1, block), row, found["column"].to_numpy(), "", "")
    table["code"], table["level"] = found["code"], pd.Series(np.array(LEVELS)[level], dtype="str")
    return table[keep]


def data_in_filler(frames: Frames, batches: pd.DataFrame, of_batch: Ints) -> pd.DataFrame:
    """X39: the first column of each record where a filler is not blank. E-manifest messages use the fillers of Y and Z."""
    filler = np.zeros((len(KINDS), WIDTH), bool)
    layouts = [load("envelope_in"), *(load(a.layout) for a in applications().values() if a.layout)]
    for kind, record in enumerate(KINDS):
        for field in next((layout[record] for layout in layouts if record in layout), ()):
            filler[kind, field.columns] = field.type == "filler"
    rows, columns = [], []
    for at in range(0, len(frames), CHUNK):
        here = slice(at, at + CHUNK)
        bad = (frames.text[here] != BLANK) & filler[frames.kind[here]]
        if bad.any():
            found = np.flatnonzero(bad.any(axis=1))
            rows.append(found + at)
            columns.append(bad[found].argmax(axis=1) + 1)
    row = np.concatenate([np.empty(0, np.int64), *rows])
    table = pd.DataFrame({"row": row, "column": np.concatenate([np.empty(0, np.int64), *columns]), "code": "X39"})
    manifest = batches["application"].isin([a.id for a in applications().values() if a.manifest]).to_numpy()
    exempt = manifest[of_batch[row]] & np.isin(frames.kind[row], (Y, Z)) & np.isin(table["column"], (9, 13))
    return table[~exempt].astype({"code": "str"})
