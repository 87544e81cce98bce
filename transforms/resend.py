"""Resend only what failed: of a file the rejected filings, in their blocks and batches, ready to be mended.

A rejected batch is taken whole, for nothing of it was read; of an accepted one only its rejected transactions, so what
was accepted is not sent twice.
"""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from parsers.catair import envelope, framing
from parsers.catair.framing import A, Frames, Z
from parsers.catair.layout import BLANK, WIDTH, applications

#: Columns 9 to 14 of the A record: the communication password. An e-manifest message repeats it in its Z record.
PASSWORD = slice(8, 14)
_PASSWORD_COLUMNS = np.arange(WIDTH)[PASSWORD]
_GOOD_PASSWORD = re.compile(r"[A-Za-z0-9]{0,6}")


class NoPassword(ValueError):
    """What was given as password does not fit columns 9 to 14 of an A record (class AN)."""


def failed(data: bytes, transactions: pd.DataFrame, batches: pd.DataFrame, password: str = "") -> bytes:
    """The file of what failed: lines of 80 columns ended by a newline; empty if nothing did.

    ``transactions`` are the rejected ones and ``batches`` the batches rejected whole, both with ``record`` and
    ``last_record`` (1-based and inclusive in the file ``data``). ``password`` stands in the A records; blank unless
    given.

    Raises
        NoPassword: it is longer than six characters, or has others than letters and digits.
    """
    if not _GOOD_PASSWORD.fullmatch(password):
        raise NoPassword("a password has at most six letters and digits")
    frames = framing.frame([data])
    found = envelope.read(frames)
    rows = chosen(frames, found, transactions, batches)
    text = frames.text[rows].copy()
    for record, given in ((A, None), (Z, _repeats_password(found)[found.of_batch[rows]])):
        at = frames.kind[rows] == record
        text[np.ix_(at, _PASSWORD_COLUMNS)] = BLANK
        at = at if given is None else at & given
        text[np.ix_(at, _PASSWORD_COLUMNS)] = np.frombuffer(password.ljust(6).encode(), np.uint8)
    beyond = _beyond(frames, data)
    return b"".join(
        line.tobytes() + beyond.get(row, b"") + b"\n" for row, line in zip(rows.tolist(), text, strict=True)
    )


def chosen(frames: Frames, found: envelope.Envelope, transactions: pd.DataFrame, batches: pd.DataFrame) -> np.ndarray:
    """The rows of transactions with the B and Y, A and Z records around them, and of whole batches; ascending."""
    wanted = _within(frames, transactions)
    keep = wanted | _within(frames, batches)
    for of, groups, ends in (
        (found.of_block, found.blocks, ("row_b", "row_y")),
        (found.of_batch, found.batches, ("row_a", "row_z")),
    ):
        concerned = np.unique(of[wanted & (of >= 0)])
        around = groups.loc[concerned, list(ends)].to_numpy(np.int64).ravel()
        keep[around[around >= 0]] = True
    return np.flatnonzero(keep)


def shown(frames: Frames, row: int) -> str:
    """A record as a page may show it: as it was read, the password starred, what cannot be printed as ``?``."""
    cells = frames.text[row].copy()
    if frames.kind[row] in (A, Z) or chr(cells[0]) in "AaZz":
        hidden = cells[PASSWORD]
        hidden[hidden != BLANK] = ord("*")
    cells[(cells < BLANK) | ((cells > ord("~")) & (cells < 161))] = ord("?")
    return cells.tobytes().decode("latin-1")


def _within(frames: Frames, extents: pd.DataFrame) -> np.ndarray:
    """The rows of the records that ``extents`` span."""
    marks = np.zeros(len(frames) + 2, np.int64)
    np.add.at(marks, extents["record"].to_numpy(np.int64), 1)
    np.add.at(marks, extents["last_record"].to_numpy(np.int64) + 1, -1)
    return (np.cumsum(marks) > 0)[frames.record]


def _repeats_password(found: envelope.Envelope) -> np.ndarray:
    """Of each batch, whether its message type repeats the password in the Z record."""
    return found.batches["application"].isin([a.id for a in applications().values() if a.manifest]).to_numpy(bool)


def _beyond(frames: Frames, data: bytes) -> dict[int, bytes]:
    """What stood beyond column 80 of rows that had something there: kept, so that nothing is mended in silence."""
    over = frames.faults.loc[frames.faults["column"] > WIDTH, "row"].to_numpy()
    if not len(over):
        return {}
    data = data.removeprefix(b"\xef\xbb\xbf").replace(b"\xc2\xa2", bytes([framing.CENT]))
    data = data.replace(b"\r\n", b"\n") if b"\n" in data else data.replace(b"\r", b"\n")
    lines = data.split(b"\n")
    return {int(row): lines[frames.line_no[row] - 1][WIDTH:].rstrip() for row in over}
