"""Batches and blocks: the A..Z and B..Y groupings of a shard.

A batch begins at each A record; records before the first A of a file or after a Z form a batch of their own, so that
nothing is unanswered. Batch & Block Control chapter, pages 8 to 15.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from parsers.catair import records
from parsers.catair.framing import ENVELOPE, A, B, Frames, Ints, Y, Z, frame
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


@dataclass(frozen=True)
class Envelope:
    """The tables ``batches`` and ``blocks`` of the contract; each row's position in them, -1 where it is in none."""

    batches: pd.DataFrame
    blocks: pd.DataFrame
    of_batch: Ints
    of_block: Ints


def read(frames: Frames) -> Envelope:
    """Find the batches and blocks. Never raises on content."""
    batches, of_batch = _batches(frames)
    blocks, of_block = _blocks(frames, batches, of_batch)
    return Envelope(batches, blocks, of_batch, of_block)


def applications_in(data: bytes) -> set[str]:
    """The application ids of the batches in a file, known ones or not."""
    return set(read(frame([data])).batches["application"])


def _batches(frames: Frames) -> tuple[pd.DataFrame, Ints]:
    kind, file = frames.kind, frames.file
    starts = kind == A
    starts[:1] = True
    starts[1:] |= (file[1:] != file[:-1]) | (kind[:-1] == Z)
    first = np.flatnonzero(starts)
    last = np.append(first[1:], len(kind))[: len(first)]
    row_a = np.where(kind[first] == A, first, -1)
    row_z = np.where(kind[last - 1] == Z, last - 1, -1)
    table = {"file": file[first].astype(np.int64), "occurrence": _numbered(file[first]), "first": first, "last": last}
    table |= _fields(frames, "A", row_a, BATCH_FIELDS) | {"row_a": row_a, "row_z": row_z}
    known = [a.id for a in applications().values() if a.layout]
    batches = pd.DataFrame(table)
    return batches.assign(available=batches["application"].isin(known), rejected=False), np.cumsum(starts) - 1


def _blocks(frames: Frames, batches: pd.DataFrame, of_batch: Ints) -> tuple[pd.DataFrame, Ints]:
    """A block runs from its B record to its Y record, or to the next envelope record when it has none."""
    kind = frames.kind
    control = np.flatnonzero((kind > 0) & (kind <= ENVELOPE))
    opening = np.flatnonzero(kind[control] == B)
    row_b = control[opening]
    batch = of_batch[row_b]
    batch_end = batches["last"].to_numpy()[batch]
    end = np.minimum(np.append(control, len(kind))[opening + 1], batch_end)
    closed = (end < batch_end) & (np.append(kind, 0)[end] == Y)
    last = end + closed
    table = {"batch": batch, "occurrence": _numbered(batch), "first": row_b, "last": last}
    table |= _fields(frames, "B", row_b, BLOCK_FIELDS) | {"row_b": row_b, "row_y": np.where(closed, end, -1)}
    opened, shut = np.zeros(len(kind) + 1, np.int64), np.zeros(len(kind) + 1, np.int64)
    opened[row_b] = 1
    shut[last] = 1
    of_block = np.where(np.cumsum(opened - shut) > 0, np.cumsum(opened) - 1, -1)
    return pd.DataFrame(table), of_block[:-1]


def _numbered(group: Any) -> Ints:
    """1, 2, 3 ... within each run of equal values."""
    return pd.Series(group).groupby(group).cumcount().to_numpy().astype(np.int64) + 1


def _fields(frames: Frames, record: str, rows: Ints, names: dict[str, str]) -> dict[str, Any]:
    """The fields of envelope records under their short names; blank where the row is -1. Codes are upper-cased."""
    text = np.full((len(rows), WIDTH), BLANK, np.uint8)
    text[rows >= 0] = frames.text[rows[rows >= 0]]
    columns = records.decoder(load("envelope_in")[record]).decode(text).columns
    out = {short: columns[name] for name, short in names.items()}
    return {name: v if name in (*AS_SENT, "date") else pd.Series(v).str.upper().array for name, v in out.items()}
