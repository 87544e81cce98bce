"""The envelope of an answer: accepted batches with the blocks they came in, rejected batches in their printed form.

Batch & Block Control, output records on pages 20 to 33, examples on pages 34 to 37. The password is never echoed. Two
forms of rejection: faults of the envelope or of bytes (X codes) answer in a generated block of X0 and X1 records;
faults of a message's own syntax (A codes) answer with E1 records inside the failing block (AE response usage note (a),
page ESF-207).
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from parsers.catair import write
from parsers.catair.framing import CENT, KINDS, Ints, Matrix
from parsers.catair.layout import BLANK, WIDTH, applications, load
from parsers.catair.read import Parsed

Narratives = Mapping[str, str]
BATCH_REJECTED = "999"
MOST = 99999  # what the five digits of a Y record can count


class _Rows:
    """Records of the answer with their place in it: batch, then block or condition group, then part."""

    def __init__(self) -> None:
        self.parts: list[tuple[Matrix, Ints, Ints, Ints]] = []

    def add(self, records: Matrix, batch: Ints, group: Any, part: Any) -> None:
        n = len(records)
        batch, group, part = (np.broadcast_to(np.asarray(v, np.int64), n) for v in (batch, group, part))
        self.parts.append((records, batch, group, part))

    def ordered(self) -> tuple[Matrix, Ints]:
        """All records in order of their places, and the batch of each."""
        if not self.parts:
            return np.empty((0, WIDTH), np.uint8), np.empty(0, np.int64)
        text, batch, group, part = (np.concatenate(column) for column in zip(*self.parts, strict=True))
        order = np.lexsort((part, group, batch))
        return text[order], batch[order]


def respond(parsed: Parsed, body: Matrix, block: Ints, narratives: Narratives) -> list[bytes]:
    """The answer to each file: every batch in its place, accepted with its part of ``body`` or rejected.

    ``body`` is (n, 80), ``block`` the position in ``parsed.blocks`` each of its records answers, rising. ``narratives``
    gives the text of a condition code. A file without a record is answered by no bytes.
    """
    rejected, of_rejected = reject(parsed, narratives)
    accepted, of_accepted = accept(parsed, body, block)
    batch = np.concatenate([of_accepted, of_rejected])
    order = np.argsort(batch, kind="stable")
    text = np.concatenate([accepted, rejected])[order]
    file = parsed.batches["file"].to_numpy()[batch[order]]
    edges = np.searchsorted(file, np.arange(parsed.frames.files + 1))
    return [write.to_bytes(text[a:b]) for a, b in pairwise(edges)]


def accept(parsed: Parsed, body: Matrix, block: Ints) -> tuple[Matrix, Ints]:
    """The answer to the batches that are not rejected: (n, 80) records and the batch of each (page 37)."""
    batches, blocks = parsed.batches, parsed.blocks
    good = np.flatnonzero(~batches["rejected"])
    response = _response_ids(batches["application"].iloc[good])
    of_block = blocks["batch"].to_numpy()
    mine = np.flatnonzero(~batches["rejected"].to_numpy()[of_block])
    block_response = _response_ids(blocks["application"].iloc[mine])
    count = np.bincount(block, minlength=len(blocks))[mine]
    last = len(blocks) + 1
    rows = _Rows()
    rows.add(_mirror(parsed, "A", batches["row_a"].to_numpy()[good], response), good, 0, 0)
    rows.add(_mirror(parsed, "B", blocks["row_b"].to_numpy()[mine], block_response), of_block[mine], mine + 1, 0)
    rows.add(body, of_block[block], np.asarray(block) + 1, 1)
    trailer = _mirror(parsed, "Y", blocks["row_y"].to_numpy()[mine], block_response, count)
    rows.add(trailer, of_block[mine], mine + 1, 2)
    rows.add(_mirror(parsed, "Z", batches["row_z"].to_numpy()[good]), good, last, 0)
    return rows.ordered()


def reject(parsed: Parsed, narratives: Narratives) -> tuple[Matrix, Ints]:
    """The answer to the rejected batches: (n, 80) records and the batch of each."""
    faults = parsed.faults
    syntax = faults["code"].str.startswith("A").to_numpy(bool)
    rows = _Rows()
    _reject_envelope(parsed, faults[~syntax], narratives, rows)
    _reject_syntax(parsed, faults[syntax], narratives, rows)
    return rows.ordered()


def _reject_envelope(parsed: Parsed, faults: pd.DataFrame, narratives: Narratives, rows: _Rows) -> None:
    """A mirrored without its application id, a generated block of X0 and X1 records, generated trailers (pages 34 to
    36)."""
    if not len(faults):
        return
    out = load("envelope_out")
    order = ["batch", "block", "txn", "code", "row", "column"]
    faults = faults.sort_values(order, ignore_index=True)
    batch, block = faults["batch"].to_numpy(), faults["block"].to_numpy()
    which = np.unique(batch)
    new_block = (block >= 0) & np.append(True, (batch[1:] != batch[:-1]) | (block[1:] != block[:-1]))
    in_record = (faults["txn"] > 0).to_numpy()
    place = faults[["batch", "block", "row", "column"]]
    new_record = in_record & ~place.duplicated().to_numpy()
    group = np.arange(len(faults)) + 1

    at = np.flatnonzero(new_block)
    rows.add(_block_reference(parsed, block[at]), batch[at], group[at], 0)
    at = np.flatnonzero(new_record)
    first = parsed.batches["first"].to_numpy()[batch[at]]
    reference = {
        "occurrence_position": np.minimum(faults["txn"].to_numpy()[at], 999_999),
        "record_position_in_batch": faults["row"].to_numpy()[at] - first + 1,
        "position_of_problem_in_record": np.minimum(faults["column"].to_numpy()[at], 99),
    }
    rows.add(write.write(out, "X0-TRNACT", reference), batch[at], group[at], 1)
    rows.add(_conditions("X1", faults["code"], "F", narratives), batch, group, 2)

    last = len(faults) + 1
    rows.add(_mirror(parsed, "A", parsed.batches["row_a"].to_numpy()[which]), which, 0, 0)
    rows.add(write.write(out, "B-ACEGEN", _generated("B", len(which))), which, 0, 1)
    rows.add(_final("X1", len(which), narratives), which, last, 0)
    count = np.bincount(np.searchsorted(which, np.concatenate([batch, batch[new_block], batch[new_record]]))) + 1
    trailer = {"output_transaction_image_count": np.minimum(count, MOST)}
    rows.add(write.write(out, "Y-ACEGEN", _generated("Y", len(which)) | trailer), which, last, 1)
    rows.add(write.write(out, "Z-ACEGEN", _generated("Z", len(which))), which, last, 2)


def _reject_syntax(parsed: Parsed, faults: pd.DataFrame, narratives: Narratives, rows: _Rows) -> None:
    """The failing block with the fault, the record and column it stands at, and the end of the batch."""
    if not len(faults):
        return
    which, block = faults["batch"].to_numpy(), faults["block"].to_numpy()
    response = _response_ids(parsed.batches["application"].iloc[which])
    rows.add(_mirror(parsed, "A", parsed.batches["row_a"].to_numpy()[which], response), which, 0, 0)
    rows.add(_mirror(parsed, "B", parsed.blocks["row_b"].to_numpy()[block], response), which, 0, 1)
    rows.add(_conditions("E1", faults["code"], "F", narratives), which, 0, 2)
    located = np.flatnonzero(faults["code"] != "A00")  # A00 is followed by the final record at once
    at, column = faults["row"].to_numpy()[located], faults["column"].to_numpy()[located]
    layouts = [load(applications()[a].layout) for a in parsed.batches["application"].iloc[which[located]]]
    known = np.array(KINDS)[parsed.frames.kind[at]]
    found = [parsed.frames.cut(row, 1, 4) for row in at]
    ids = [
        record if record in layout else _printable(cell)
        for record, cell, layout in zip(known, found, layouts, strict=True)
    ]
    text = [f"RECORD: {record:<4} STARTING POSITION: {place:02d}" for record, place in zip(ids, column, strict=True)]
    columns = {"severity_code": "I", "condition_code": "A03", "narrative_text": pd.Series(text, dtype="str")}
    if len(located):
        rows.add(write.write(load("ax"), "E1", columns), which[located], 0, 3)
    rows.add(_final("E1", len(which), narratives), which, 0, 4)
    count = np.full(len(which), 2)
    count[located] += 1
    rows.add(_mirror(parsed, "Y", parsed.blocks["row_y"].to_numpy()[block], response, count), which, 0, 5)
    rows.add(_mirror(parsed, "Z", parsed.batches["row_z"].to_numpy()[which]), which, 0, 6)


def _mirror(parsed: Parsed, record: str, at: Ints, response: Matrix | None = None, count: Ints | None = None) -> Matrix:
    """Envelope records as they were sent, but for the password and the fillers, which are blank, the application id,
    which becomes ``response`` (blank when None), and the count of a Y record. A record that was not sent is blank but
    for its identifier."""
    layout = load("envelope_out")
    out = np.full((len(at), WIDTH), BLANK, np.uint8)
    out[:, 0] = ord(record)
    sent = parsed.frames.text[at[at >= 0]]
    sent[((sent < BLANK) | (sent > ord("~"))) & (sent != CENT)] = BLANK  # an answer is well-formed whatever was sent
    common = {f.name for f in load("envelope_in")[record] if f.carries_data}
    for field in layout[record]:
        if field.name in common:
            out[at >= 0, field.columns] = sent[:, field.columns]
    if "application_identifier_code" in common:
        out[:, layout.field(record, "application_identifier_code").columns] = BLANK if response is None else response
    if count is not None:
        place = layout.field(record, "output_transaction_image_count").columns
        numbered = write.write(layout, record, {"output_transaction_image_count": np.minimum(count, MOST)})
        out[:, place] = numbered[: len(out), place]
    return out


def _block_reference(parsed: Parsed, block: Ints) -> Matrix:
    """X0 BLOCK: the block's place in its batch and what its B record says (Table 1, page 30)."""
    layout, source = load("envelope_out"), load("envelope_in")
    out = write.write(layout, "X0-BLOCK", {"occurrence_position": parsed.blocks["occurrence"].to_numpy()[block]})
    out = out[: len(block)]
    sent = parsed.frames.text[parsed.blocks["row_b"].to_numpy()[block]]
    sent[((sent < BLANK) | (sent > ord("~"))) & (sent != CENT)] = BLANK
    shared = {f.name for f in source["B"] if f.carries_data}
    for field in layout["X0-BLOCK"]:
        if field.name in shared:
            out[:, field.columns] = sent[:, source.field("B", field.name).columns]
    return out


def _conditions(record: str, codes: pd.Series, severity: str, narratives: Narratives) -> Matrix:
    texts = codes.map(lambda code: narratives.get(code, "")[:40]).astype("str")
    columns = {"severity_code": severity, "condition_code": codes, "narrative_text": texts}
    return write.write(load("envelope_out" if record == "X1" else "ax"), record, columns)


def _final(record: str, n: int, narratives: Narratives) -> Matrix:
    """The final disposition of a rejected batch, ``n`` times."""
    out = _conditions(record, pd.Series([BATCH_REJECTED] * n, dtype="str"), "F", narratives)
    field = load("envelope_out" if record == "X1" else "ax").field(record, "disposition_type_code")
    out[:, field.columns] = ord("R")
    return out


def _generated(record: str, n: int) -> dict[str, list[str]]:
    return {"ace_generated_record_indicator": [record] * n}


def _response_ids(application: pd.Series) -> Matrix:
    """(n, 2) response id of each application, blank where there is none."""
    known = applications()
    cells = [known[a].response if a in known else "" for a in application]
    return np.frombuffer("".join(f"{c:<2}" for c in cells).encode(), np.uint8).reshape(-1, 2)


def _printable(cell: str) -> str:
    return "".join(c if " " <= c <= "~" else " " for c in cell)
