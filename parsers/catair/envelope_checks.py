"""Every X condition of the Batch & Block Control chapter that follows from the message alone.

What the accounts must say (X09, X17, X18, X20, X27 to X31, X43) is not decided here. Sources: record notes on pages 9
to 15, conditions on pages 31 to 33, levels on pages 34 to 36.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from parsers.catair import faults
from parsers.catair.envelope import Envelope
from parsers.catair.framing import CHUNK, KIND, KINDS, A, B, Frames, Matrix, Y, Z
from parsers.catair.layout import BLANK, WIDTH, applications, load
from parsers.catair.records import Bools

Spans = tuple[tuple[int, int], ...]
#: What a trailer repeats of its header (1-based columns).
Z_REPEATS_A: Spans = ((2, 5), (6, 8), (15, 20), (38, 39))
Y_REPEATS_B: Spans = ((4, 7), (8, 10), (11, 12), (45, 46))


def check(frames: Frames, envelope: Envelope) -> pd.DataFrame:
    """All faults of the envelope and of its bytes; a batch without an A record has X01 and no other."""
    whole = (envelope.batches["row_a"] >= 0).to_numpy()
    stray = np.flatnonzero(~whole)
    first = envelope.batches["first"].to_numpy()[stray]
    found = [
        *_structure(frames, envelope),
        *_batches(frames, envelope.batches),
        *_blocks(frames, envelope),
        _bytes(frames, envelope),
    ]
    known = faults.join(found)
    headless = faults.table(first, batch=stray, code="X01", level="batch")
    return faults.join([headless, known[whole[known["batch"]]]])


def _structure(frames: Frames, envelope: Envelope) -> list[pd.DataFrame]:
    """X03, X04, X05, X06: control records that are missing or out of sequence."""
    kind, of_batch, blocks = frames.kind, envelope.of_batch, envelope.blocks
    follows = np.append(False, of_batch[1:] == of_batch[:-1])[: len(kind)]  # another record of the same batch
    final = ~np.append(follows[1:], False)[: len(kind)]
    before, after = np.append(0, kind)[:-1], np.append(kind, 0)[1:]
    no_block = ((kind == A) & (final | (after != B))) | (follows & (before == Y) & (kind != B) & (kind != Z))
    unfinished = final & (kind != Z) & (kind != A)
    first, last = blocks["first"].to_numpy(), blocks["last"].to_numpy()
    closed = (blocks["row_y"] >= 0).to_numpy()
    batch, empty = blocks["batch"].to_numpy(), np.flatnonzero(last - first - closed == 1)
    return [
        *(
            faults.table(rows, batch=of_batch[rows], code=code, level="batch")
            for code, rows in (("X03", np.flatnonzero(no_block)), ("X06", np.flatnonzero(unfinished)))
        ),
        faults.table(last[~closed] - 1, batch=batch[~closed], code="X05", level="batch"),
        faults.table(first[empty], batch=batch[empty], block=empty, code="X04", level="block"),
    ]


def _batches(frames: Frames, batches: pd.DataFrame) -> list[pd.DataFrame]:
    """X07, X08, X10, X11, X12 of the A record; X14 of the Z record."""
    row_a, row_z, application = batches["row_a"].to_numpy(), batches["row_z"].to_numpy(), batches["application"]
    dated = (frames.text[row_a, 14:20] != BLANK).any(axis=1)
    checks = (
        ("X07", batches["site"] == "", row_a, 2),
        ("X08", batches["sender"] == "", row_a, 6),
        ("X10", dated & batches["date"].isna(), row_a, 15),
        ("X11", application == "", row_a, 26),
        ("X12", _unknown(application), row_a, 26),
        ("X14", (row_z >= 0) & _differ(frames, row_a, row_z, Z_REPEATS_A), row_z, 0),
    )
    return [
        faults.table(row[at], batch=at, column=column, code=code, level="batch")
        for code, where, row, column in checks
        for at in [np.flatnonzero(where)]
    ]


def _blocks(frames: Frames, envelope: Envelope) -> list[pd.DataFrame]:
    """X11, X12, X15, X16, X19 and X21 to X26 of the B record; X32 of the Y record."""
    blocks, batch = envelope.blocks, envelope.blocks["batch"].to_numpy()
    row_b, row_y, application = blocks["row_b"].to_numpy(), blocks["row_y"].to_numpy(), blocks["application"]
    port, filer, office = blocks["preparer_port"], blocks["preparer_filer"], blocks["preparer_office"]
    indicator = blocks["preparer_indicator"]
    used, flagged = (port != "") | (filer != "") | (office != ""), indicator == "1"
    takes_preparers = application.isin([a.id for a in applications().values() if a.preparer])
    of_batch = envelope.batches["application"].to_numpy()[batch]
    checks = (
        ("X11", application == "", row_b, 11),
        ("X12", _unknown(application), row_b, 11),
        ("X15", blocks["port"] == "", row_b, 4),
        ("X16", blocks["filer"] == "", row_b, 8),
        ("X19", (application != "") & (application.to_numpy() != of_batch), row_b, 11),
        ("X21", ~indicator.isin(["", "1"]), row_b, 56),
        ("X22", used & (indicator == ""), row_b, 47),
        ("X23", (used | flagged) & ~takes_preparers & ~_unknown(application), row_b, 47),
        ("X24", flagged & (port == ""), row_b, 47),
        ("X25", flagged & (filer == ""), row_b, 51),
        ("X26", flagged & (filer != "") & (filer != blocks["filer"]), row_b, 51),
        ("X32", (row_y >= 0) & _differ(frames, row_b, row_y, Y_REPEATS_B), row_y, 0),
    )
    return [
        faults.table(row[at], batch=batch[at], block=at, column=column, code=code, level="block")
        for code, where, row, column in checks
        for at in [np.flatnonzero(where)]
    ]


def _unknown(application: pd.Series) -> Any:
    return (application != "") & ~application.isin(list(applications()))


def _differ(frames: Frames, left: Any, right: Any, spans: Spans) -> Bools:
    """Whether two rows differ, case apart, in any of the column spans. Rows of -1 are compared too: mask them out."""
    columns = np.concatenate([np.arange(start - 1, end) for start, end in spans])
    ours, theirs = (_upper(frames.text[np.asarray(rows)][:, columns]) for rows in (left, right))
    return (ours != theirs).any(axis=1)


def _upper(text: Matrix) -> Matrix:
    return text - (text - np.uint8(ord("a")) < 26) * np.uint8(32)


def _bytes(frames: Frames, envelope: Envelope) -> pd.DataFrame:
    """X39 and the faults of the frames, at the level of the record they stand in. The transactions of an application
    that is not available are not looked into."""
    found = pd.concat([frames.faults, _data_in_filler(frames, envelope)], ignore_index=True)
    row = found["row"].to_numpy()
    batch, block, kind = envelope.of_batch[row], envelope.of_block[row], frames.kind[row]
    level = np.where(np.isin(kind, (A, Z)), 0, np.where(np.isin(kind, (B, Y)), 1, 2))
    level[(block < 0) | (found["code"] == "X42").to_numpy()] = 0
    block = np.where(level == 0, -1, block)
    names = np.array(faults.LEVELS)[level]
    known = faults.table(row, batch=batch, block=block, column=found["column"], code=found["code"], level=names)
    return known[(level < 2) | envelope.batches["available"].to_numpy()[batch]]


def _data_in_filler(frames: Frames, envelope: Envelope) -> pd.DataFrame:
    """X39: the first column of each record where a filler of its message is not blank."""
    filler, number = _fillers()
    message = envelope.batches["application"].map(number).fillna(0).to_numpy(np.int64)
    several = len(np.unique(message)) > 1  # of one message the choice is made once, not for every row
    filler = filler if several or not len(message) else filler[message[0]]
    rows, columns = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    for at in range(0, len(frames), CHUNK):
        here = slice(at, at + CHUNK)
        kind = frames.kind[here]
        bad = (frames.text[here] != BLANK) & filler[(message[envelope.of_batch[here]], kind) if several else kind]
        if bad.any():
            found = np.flatnonzero(bad.any(axis=1))
            rows.append(found + at)
            columns.append(bad[found].argmax(axis=1) + 1)
    row, column = np.concatenate(rows), np.concatenate(columns)
    # e-manifest messages repeat the password in Z and put a count into Y where others have filler (notes 2, pages 12,
    # 15)
    manifest = envelope.batches["application"].isin([a.id for a in applications().values() if a.manifest]).to_numpy()
    exempt = manifest[envelope.of_batch[row]] & np.isin(frames.kind[row], (Y, Z)) & np.isin(column, (9, 13))
    return pd.DataFrame({"row": row[~exempt], "column": column[~exempt], "code": "X39"})


@cache
def _fillers() -> tuple[npt.NDArray[np.bool_], dict[str, int]]:
    """Which columns of which kind of record are filler, (message, kind, column), and the number of each message that is
    available. Message 0 is any other: only its envelope is looked at."""
    available = [a for a in applications().values() if a.layout]
    out = np.zeros((len(available) + 1, len(KINDS), WIDTH), bool)
    for number, layouts in enumerate([[], *([load(a.layout)] for a in available)]):
        for layout in [load("envelope_in"), *layouts]:
            for record, fields in layout.items():
                for field in fields if "-" not in record else ():
                    out[number, KIND[record], field.columns] = field.type == "filler"
    return out, {a.id: number for number, a in enumerate(available, 1)}
