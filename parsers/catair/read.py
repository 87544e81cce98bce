"""The reader: files of a shard to tables, one per record type, and everything that is wrong with their form.

1. frame: bytes to 80-column records; 2. envelope: batches, blocks and their X conditions; 3. grammar: the structure map
and its conditions of syntax; 4. decode: the records of sound batches to typed columns, with the defects inside them.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from parsers.catair import envelope, envelope_checks, faults, records
from parsers.catair.framing import ENVELOPE, KIND, Frames, Ints, frame
from parsers.catair.grammar import Grammar, load_grammar
from parsers.catair.layout import Field, Layout, applications, load, table_name
from parsers.catair.records import Bools

#: The table a record may belong to -> the column that holds its position there.
KEYS = {"40": "line", "50": "tariff", "22": "bill", "42": "invoice"}


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

    def only(self, application: str) -> Parsed:
        """What the shard says in messages of ``application``, one of those that can be read (AE, SU, RM): its
        transactions, numbered anew, its tables, called by their record ids, and its defects. Frames, batches, blocks
        and faults stay whole, so that positions in them keep their meaning."""
        ours = (self.batches["application"] == application).to_numpy(bool)
        keep = ours[self.transactions["batch"].to_numpy()]
        number = np.cumsum(keep) - 1
        records = load(applications()[application].layout)
        named = {record: self.tables.get(table_name(application, record)) for record in records}
        known = self.defects["row"].to_numpy()
        batch = np.searchsorted(self.batches["first"].to_numpy(), known, "right") - 1
        return replace(
            self,
            transactions=self.transactions[keep].reset_index(drop=True),
            defects=self.defects[ours[batch]].reset_index(drop=True),
            tables={r: t.assign(txn=number[t["txn"].to_numpy()]) for r, t in named.items() if t is not None},
        )


def parse(files: Sequence[bytes], answered: Collection[str] = ("AE",)) -> Parsed:
    """Read the files of one shard, in order of arrival. Never raises on content: faults and defects are rows.

    ``answered`` are the message types the caller has an answer to, of those in ``applications.csv`` that can be read;
    the others of those are refused as not available (X13), so that no message is taken and then forgotten.
    """
    frames = frame(files)
    found = envelope.read(frames)
    batches, of_batch = found.batches, found.of_batch
    detail = (found.of_block >= 0) & ((frames.kind == 0) | (frames.kind > ENVELOPE))
    known = envelope_checks.check(frames, found)
    sound = ~np.isin(np.arange(len(batches)), known.loc[known["level"] != "transaction", "batch"])
    refused = np.flatnonzero(sound & batches["available"] & ~batches["application"].isin(list(answered)))
    sound[refused] = False
    row_a = batches["row_a"].to_numpy()[refused]
    every = [known, faults.table(row_a, batch=refused, column=26, code="X13", level="batch")]
    nodes, headers = {}, np.empty(0, np.int64)
    for application, grammar, ours in _grammars(batches):
        inside = detail & (ours & sound)[of_batch]
        if inside.any():
            nodes[application], wrong = grammar.check(frames, inside)
            row = wrong["row"].to_numpy()
            place = {"batch": of_batch[row], "block": found.of_block[row], "column": wrong["column"]}
            every.append(faults.table(row, **place, code=wrong["code"], level="transaction"))
            begins = frames.rows(grammar.header_record)
            headers = np.union1d(headers, begins[inside[begins]])
    told = faults.told(faults.join(every), headers, found.of_block)
    batches = batches.assign(rejected=np.isin(np.arange(len(batches)), told["batch"]))

    tables: dict[str, pd.DataFrame] = {}
    defects: list[pd.DataFrame] = []
    alive = detail & (batches["available"] & ~batches["rejected"]).to_numpy()[of_batch] if len(batches) else detail
    headers = headers[alive[headers]]
    for application, grammar, ours in _grammars(batches):
        if application in nodes and (live := alive & ours[of_batch]).any():
            made = _decode(frames, grammar, nodes[application], live, headers, defects)
            tables |= {table_name(application, record): table for record, table in made.items()}
    return Parsed(
        frames=frames,
        batches=batches,
        blocks=found.blocks,
        transactions=_transactions(frames, found, headers),
        faults=told,
        defects=pd.concat(defects, ignore_index=True) if defects else _NO_DEFECTS,
        tables=tables,
    )


def _grammars(batches: pd.DataFrame) -> list[tuple[str, Grammar, Bools]]:
    """The available applications there are batches of: id, structure map, and which batches are theirs."""
    application = batches["application"].to_numpy()
    ours = [a for a in applications().values() if a.grammar and (application == a.id).any()]
    return [(a.id, load_grammar(a.grammar, a.layout, a.syntax), application == a.id) for a in ours]


def _transactions(frames: Frames, found: envelope.Envelope, first: Ints) -> pd.DataFrame:
    """Transactions from their header records at ``first``: each to the next one, or to the end of its block."""
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
    headers: Ints,
    defects: list[pd.DataFrame],
) -> dict[str, pd.DataFrame]:
    """Decode every record type of the live rows into its table, overlays beside their record."""
    layout, tables = grammar.layout, dict[str, pd.DataFrame]()

    def position(record: str) -> npt.NDArray[np.int32]:
        return np.cumsum((frames.kind == KIND[record]) & live, dtype=np.int32) - np.int32(1)

    opens = np.zeros(len(frames), np.int32)
    opens[headers] = 1
    txn = np.cumsum(opens, dtype=np.int32) - np.int32(1)
    keys = {column: (position(record), grammar.within(record)) for record, column in KEYS.items() if record in layout}
    for record in layout:
        if "-" in record or not (at := frames.rows(record)).size:
            continue
        rows = at if live[at].all() else at[live[at]]
        if not rows.size:
            continue
        columns: dict[str, Any] = {"row": rows, "txn": txn[rows].astype(np.int64)}
        for column in KEYS.values():
            columns[column] = np.full(len(rows), -1, np.int64)
            if column in keys:
                of, within = keys[column]
                np.copyto(columns[column], of[rows], where=within[node[rows]])
        tables[record] = _table(frames, layout, record, columns, defects)
        for overlay in layout.overlays(record):
            marked = layout[overlay][1]
            chosen = np.flatnonzero(tables[record][_overlay_key(layout[record], marked)] == marked.constant)
            if chosen.size:
                tables[overlay] = _table(frames, layout, overlay, {k: v[chosen] for k, v in columns.items()}, defects)
    return tables


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


_NO_DEFECTS = _defects(np.empty(0, np.int64), [], [])
