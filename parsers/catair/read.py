"""The reader: files of a shard to tables, one per record type, and everything that is wrong with their form.

1. frame: bytes to 80-column records; 2. envelope: batches, blocks and their X conditions; 3. grammar: the structure map and its A
conditions; 4. decode: the records of sound batches to typed columns, with the defects inside them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from parsers.catair import envelope, records
from parsers.catair.framing import ENVELOPE, KIND, Frames, Ints, frame
from parsers.catair.grammar import Grammar, load_grammar
from parsers.catair.layout import Field, Layout, applications, load
from parsers.catair.records import Bools

#: The table a record may belong to -> the column that holds its position there.
KEYS = {"40": "line", "50": "tariff", "22": "bill", "42": "invoice"}
#: Of faults in one record, which is told first.
_ORDER = {"X40": 0, "A00": 1, "A02": 2, "A04": 3, "A22": 5, "X39": 6}


@dataclass(frozen=True)
class Parsed:
    """What a shard says. The tables and their columns are described in docs/architecture.md."""

    frames: Frames
    batches: pd.DataFrame
    blocks: pd.DataFrame
    transactions: pd.DataFrame
    faults: pd.DataFrame
    defects: pd.DataFrame
    tables: dict[str, pd.DataFrame] = field(default_factory=dict)


def parse(files: Sequence[bytes]) -> Parsed:
    """Read the files of one shard, in order of arrival. Never raises on content: faults and defects are rows."""
    frames = frame(files)
    found = envelope.read(frames)
    kind = frames.kind
    batches, blocks = found.batches, found.blocks
    detail = (found.of_block >= 0) & ((kind == 0) | (kind > ENVELOPE))
    sound = ~np.isin(np.arange(len(batches)), found.faults.loc[found.faults["level"] != "transaction", "batch"])
    faults, nodes = [found.faults], {}
    for grammar, of_app in _grammars(batches):
        inside = detail & (of_app & sound)[found.of_batch] if len(batches) else detail
        if inside.any():
            nodes[grammar], wrong = grammar.check(frames, inside)
            faults.append(_located(wrong, found))
    told = _first_of_transaction(pd.concat(faults, ignore_index=True), frames, found.of_block)
    batches["rejected"] = np.isin(np.arange(len(batches)), told["batch"])

    tables: dict[str, pd.DataFrame] = {}
    defects: list[pd.DataFrame] = []
    transactions = _transactions(frames, found, detail, np.zeros(0, bool), None)
    for grammar, of_app in _grammars(batches):
        if grammar in nodes and (live := (of_app & ~batches["rejected"].to_numpy())[found.of_batch] & detail).any():
            transactions = _transactions(frames, found, detail, live, grammar)
            _decode(frames, grammar, nodes[grammar], live, tables, defects)
    return Parsed(
        frames=frames,
        batches=batches,
        blocks=blocks,
        transactions=transactions,
        faults=told,
        defects=pd.concat(defects or [_defects(np.empty(0, np.int64), [], [])], ignore_index=True),
        tables=tables,
    )


def _grammars(batches: pd.DataFrame) -> list[tuple[Grammar, Bools]]:
    """The grammars of the available applications, each with the batches it governs."""
    application = batches["application"].to_numpy()
    ours = [a for a in applications().values() if a.grammar and (application == a.id).any()]
    return [(load_grammar(a.grammar, a.layout), application == a.id) for a in ours]


def _located(wrong: pd.DataFrame, found: envelope.Envelope) -> pd.DataFrame:
    row = wrong["row"].to_numpy()
    table = envelope.fault_table(
        found.of_batch[row], found.of_block[row], row, wrong["column"].to_numpy(), "", "transaction"
    )
    return table.assign(code=wrong["code"])


def _first_of_transaction(faults: pd.DataFrame, frames: Frames, of_block: Ints) -> pd.DataFrame:
    """Faults as they are told: the outermost level of a batch, and of transaction faults only the first, where checking stops
    (AE usage note a). Adds the transaction's occurrence in its block."""
    faults = envelope.most_severe(faults)
    inner = faults["level"] == "transaction"
    first = faults[inner].assign(order=faults["code"].map(_ORDER).fillna(4))
    first = first.sort_values(["batch", "row", "order", "column"]).drop_duplicates("batch").drop(columns="order")
    header = frames.rows("10")
    row, block = first["row"].to_numpy(), first["block"].to_numpy()
    begin = np.full(int(of_block.max(initial=-1)) + 1, len(frames))
    np.minimum.at(begin, of_block[of_block >= 0], np.flatnonzero(of_block >= 0))
    before = np.searchsorted(header, row, "right") - np.searchsorted(header, begin[block])
    first["txn"] = np.maximum(before + ((first["code"] == "A00") & (before > 0)).to_numpy(), 1)
    return pd.concat([faults[~inner], first]).sort_values(["batch", "block", "code", "row"], ignore_index=True)


def _transactions(
    frames: Frames, found: envelope.Envelope, detail: Bools, live: Bools, grammar: Grammar | None
) -> pd.DataFrame:
    """Every transaction of the sound batches: from its header record to the next one, or to the end of its block."""
    first = np.empty(0, np.int64)
    if grammar is not None:
        first = frames.rows(grammar.nodes[grammar.header].record)
        first = first[live[first]]
    block = found.of_block[first]
    end = found.blocks["row_y"].to_numpy()[block]
    last = np.minimum(np.append(first[1:], len(frames))[: len(first)], end)
    occurrence = pd.Series(block).groupby(block).cumcount().to_numpy() + 1
    columns = {"file": frames.file[first].astype(np.int64), "batch": found.of_batch[first], "block": block}
    return pd.DataFrame({**columns, "occurrence": occurrence.astype(np.int64), "first": first, "last": last})


def _decode(
    frames: Frames,
    grammar: Grammar,
    node: npt.NDArray[np.int16],
    live: Bools,
    tables: dict[str, pd.DataFrame],
    defects: list[pd.DataFrame],
) -> None:
    """Decode every record type of the live rows into its table, overlays beside their record."""
    layout = grammar.layout

    def position(record: str) -> npt.NDArray[np.int32]:
        return np.cumsum((frames.kind == KIND[record]) & live, dtype=np.int32) - np.int32(1)

    txn = position(grammar.nodes[grammar.header].record)
    keys = {column: (position(record), grammar.within(record)) for record, column in KEYS.items() if record in layout}
    for record in layout:
        if "-" in record or not (at := frames.rows(record)).size:
            continue
        rows = at if live[at].all() else at[live[at]]
        if not rows.size:
            continue
        columns: dict[str, Any] = {"row": rows, "txn": txn[rows].astype(np.int64)}
        for column, (of, within) in keys.items():
            member = within[node[rows]] if within.any() else False
            columns[column] = np.where(member, of[rows], -1).astype(np.int64)
        tables[record] = _table(frames, layout, record, columns, defects)
        for overlay in layout.overlays(record):
            marked = layout[overlay][1]
            chosen = np.flatnonzero(tables[record][_overlay_key(layout[record], marked)] == marked.constant)
            if chosen.size:
                tables[overlay] = _table(frames, layout, overlay, {k: v[chosen] for k, v in columns.items()}, defects)


def _overlay_key(fields: tuple[Field, ...], marked: Field) -> str:
    """The field of the base record that holds the constant telling an overlay."""
    return next(f.name for f in fields if (f.start, f.end) == (marked.start, marked.end))


def _table(
    frames: Frames, layout: Layout, record: str, keys: dict[str, Any], defects: list[pd.DataFrame]
) -> pd.DataFrame:
    decoded = records.decoder(layout[record]).decode(frames.text, keys["row"])
    if len(decoded.at):
        defects.append(_defects(keys["row"][decoded.at], decoded.field, decoded.kind))
    return pd.DataFrame({**keys, **decoded.columns}, copy=False)


def _defects(rows: Ints, fields: list[Field], kinds: list[str]) -> pd.DataFrame:
    table = pd.DataFrame(
        {
            "row": rows,
            "record": [f.record for f in fields],
            "field": [f.name for f in fields],
            "start": [f.start for f in fields],
            "end": [f.end for f in fields],
            "kind": kinds,
        }
    )
    text = dict.fromkeys(("record", "field", "kind"), "str")
    return table.astype({"row": "int64", "start": "int64", "end": "int64", **text}).sort_values(
        "row", ignore_index=True
    )
