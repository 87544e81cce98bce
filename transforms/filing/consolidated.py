"""Consolidated entry summaries as an AE batch: record 10 with the consolidated indicator, 32 with the releases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from parsers.catair import layout
from parsers.catair.write import to_bytes, write
from transforms.conditions.fees import INFORMAL_FEE, MPF, schedule
from transforms.conditions.registry import World
from transforms.entry_summary import mapping
from transforms.filing.consolidated_entries import ALIKE, together
from transforms.filing.consolidated_lines import merged
from transforms.filing.lines import find

RELEASES, FEES = 6, 5  # repetitions in a 32 and in an 89 record
LINE = 1 << 16  # places of a line inside its summary
SPAN = 1 << 40  # places of a kind of record there
START = -1
TEN, ELEVEN, TWENTY, TRIP, BILLS, BOND, RELEASED, INFORMAL, LINES, CHARGED, GRAND, END = range(0, 12 * SPAN, SPAN)


@dataclass(frozen=True)
class Sender:
    """Who transmits, and how the summaries are to be paid: ``print_date`` (not for payment type 1) and, for types 6, 7
    and 8, the statement ``month`` as two digits. ``port`` is that of the A record."""

    filer_code: str
    port: str
    password: str
    today: date
    print_date: date
    month: str


@dataclass(frozen=True)
class Consolidated:
    """``data``: the batch (empty when nothing could be consolidated). ``releases``: ``summary version_id filer_code
    entry_number summary_number``. ``left_out``: ``version_id filer_code entry_number reason``."""

    data: bytes
    releases: pd.DataFrame
    left_out: pd.DataFrame


def wire(
    tables: Mapping[str, pd.DataFrame], sender: Sender, numbers: Sequence[str], ref: Mapping[str, pd.DataFrame]
) -> Consolidated:
    """The entries of ``tables`` that may be consolidated, as an AE batch of ``sender`` with the entry ``numbers``.

    ``ref`` is the reference snapshot, of which the ``fees`` are used. Raises ValueError when there are fewer numbers
    than summaries, or when a sum does not fit its columns.
    """
    releases, left_out = together(tables, sender.filer_code)
    count = int(releases["summary"].max()) + 1 if len(releases) else 0
    if count > len(numbers):
        raise ValueError(f"{count} consolidated summaries need an entry number each; {len(numbers)} were given")
    number = pd.Series(list(numbers[:count]), dtype="str")
    releases = releases.assign(summary_number=number.take(releases["summary"].to_numpy()).array)
    if not count:
        return Consolidated(b"", releases, left_out)
    header = _headers(tables, releases, sender).assign(entry_number=number)
    world = World(sender.today, ref)
    parts = merged(tables, releases, header, world)
    informal = _informal(tables, releases, count)
    pieces = [
        *_above(header, tables, releases, informal),
        *_below(parts),
        *_totals(header, parts, informal, world),
        *_blocks(header, sender),
    ]
    return Consolidated(_batch(pieces, sender), releases, left_out)


#: Text of records, the summary of each and its place inside the summary.
Piece = tuple[np.ndarray, Any, Any]


def _headers(tables: Mapping[str, pd.DataFrame], releases: pd.DataFrame, sender: Sender) -> pd.DataFrame:
    """One row per summary: what its entries have in common, and the latest of their dates."""
    entry = tables["entry_summary_version"].reset_index(drop=True)
    entry = entry.take(find(entry["version_id"], releases["version_id"])).reset_index(drop=True)
    bond = tables["bond"][tables["bond"]["bond_type"] == "8"].reset_index(drop=True)
    at = find(bond["version_id"], entry["version_id"])
    for column in ("surety", "designation"):
        entry[column] = bond[column].reindex(at).fillna("").array
    grouped = entry.groupby(releases["summary"])
    header = grouped[[c for c in ALIKE if c in entry] + ["designation"]].first()
    for day in ("entry_date", "import_date", "arrival_date"):
        header[day] = grouped[day].max()
    monthly = header["payment_type"].isin(("6", "7", "8"))
    header["statement_date"] = pd.Series(pd.Timestamp(sender.print_date), header.index, dtype="datetime64[s]")
    header["statement_date"] = header["statement_date"].where(header["payment_type"] != "1")
    header["statement_month"] = pd.Series(sender.month, header.index, dtype="str").where(monthly, "")
    return header.assign(action="A", filer_code=sender.filer_code, signature="X", consolidated="Y").reset_index(
        drop=True
    )


def _record(record: str, facts: str, table: pd.DataFrame) -> np.ndarray:
    """The records of a facts table's columns; money in whole dollars where the field is."""
    columns = {}
    for fact in mapping()[facts]:
        if fact.record == record and fact.column in table:
            values = table[fact.column]
            columns[fact.field] = values // 100 if fact.kind == "dollars" else values
    return write(layout.load("ae"), record, pd.DataFrame(columns))


def _above(
    header: pd.DataFrame, tables: Mapping[str, pd.DataFrame], releases: pd.DataFrame, informal: pd.DataFrame
) -> list[Piece]:
    every = header.index.to_numpy()
    pieces: list[Piece] = [
        (_record(record, "header", header), every, at) for record, at in (("10", TEN), ("11", ELEVEN), ("20", TWENTY))
    ]
    trip = header[header["trip_id"] != ""]
    pieces.append((_record("21", "header", trip), trip.index.to_numpy(), TRIP))
    pieces += _bills(tables, releases)
    bonded = header[header["surety"] != ""].assign(bond_type="8")
    pieces.append((_record("31", "bond", bonded), bonded.index.to_numpy(), BOND))
    pieces.append(
        _repeated(
            "32",
            releases,
            RELEASES,
            RELEASED,
            ("release_entry_filer_code", "release_entry_number"),
            ("filer_code", "entry_number"),
        )
    )
    fee = {"accounting_class_code_1": informal["class_code"], "header_fee_amount_1": informal["amount_cents"]}
    pieces.append((write(layout.load("ae"), "34", pd.DataFrame(fee)), informal["summary"].to_numpy(), INFORMAL))
    return pieces


def _bills(tables: Mapping[str, pd.DataFrame], releases: pd.DataFrame) -> list[Piece]:
    """The bills of all entries, each group under its 22 record."""
    pieces = []
    for name, record in (("bill_group", "22"), ("bill", "23")):
        if name not in tables:
            continue
        table = tables[name]
        at = find(releases["version_id"], table["version_id"])
        table, at = table[at >= 0], at[at >= 0]
        # 22 and 23 records keep their order, entry by entry
        order = at * (1 << 20) + table["record"].to_numpy(dtype=np.int64)
        summary = releases["summary"].to_numpy()[at]
        pieces.append((_record(record, name, table), summary, BILLS + order))
    return pieces


def _repeated(
    record: str, table: pd.DataFrame, times: int, place: int, fields: tuple[str, ...], columns: tuple[str, ...]
) -> Piece:
    """Rows of a summary side by side in its records, filled from the left (A22)."""
    nth = table.groupby("summary").cumcount().to_numpy()
    row, slot = nth // times, nth % times
    index = pd.MultiIndex.from_arrays([table["summary"], row])
    keys = index.unique().sort_values()
    out = {}
    for k in range(times):
        here = slot == k
        for field, column in zip(fields, columns, strict=True):
            values = pd.Series(table[column].to_numpy()[here], index[here], dtype=table[column].dtype)
            out[f"{field}_{k + 1}"] = values.reindex(keys).reset_index(drop=True)
    summary, row = (keys.get_level_values(k).to_numpy() for k in (0, 1))
    return write(layout.load("ae"), record, pd.DataFrame(out)), summary, place + row


def _below(parts: dict[str, pd.DataFrame]) -> list[Piece]:
    line = parts["line"]
    summary = line["summary"].to_numpy()
    nth = line.groupby("summary").cumcount().to_numpy()
    line = line.assign(line_id=pd.Series(nth + 1).astype("str").str.zfill(3))
    place = LINES + LINE * nth
    zone = (line["ftz_status"] != "").to_numpy()
    pieces: list[Piece] = [
        (_record("40", "line", line), summary, place),
        (_record("41", "line", line[zone]), summary[zone], place[zone] + 1),
    ]
    for start, (name, record) in enumerate(
        (("description", "44"), ("party", "47"), ("tariff", "50"), ("fee", "62")), 1
    ):
        table = parts[name]
        at = table["line"].to_numpy()
        inside = table.groupby("line").cumcount().to_numpy()
        pieces.append((_record(record, name, table), summary[at], place[at] + 1_000 * start + inside))
    return pieces


def _informal(tables: Mapping[str, pd.DataFrame], releases: pd.DataFrame, count: int) -> pd.DataFrame:
    """The informal entry fee of each release, added up (usage note jj: more than the fixed amount on a summary)."""
    fee = tables["fee"][tables["fee"]["class_code"] == INFORMAL_FEE]
    at = find(releases["version_id"], fee["version_id"])
    summary = releases["summary"].to_numpy()[at[at >= 0]]
    sums = fee["amount_cents"][at >= 0].astype("int64").groupby(summary).sum()
    table = pd.DataFrame({"summary": sums.index, "amount_cents": sums.to_numpy()})
    return table.assign(class_code=INFORMAL_FEE).astype({"class_code": "str", "summary": "int64"})


def _totals(header: pd.DataFrame, parts: dict[str, pd.DataFrame], informal: pd.DataFrame, world: World) -> list[Piece]:
    """89 with the processing fee between its minimum and maximum, once for the whole summary (notes w, x), and 90."""
    summary = parts["line"]["summary"].to_numpy()
    fee = parts["fee"].assign(summary=summary[parts["fee"]["line"]])
    sums = pd.concat([fee, informal]).groupby(["summary", "class_code"])["amount_cents"].sum().reset_index()
    limits = schedule(world, MPF, header["entry_date"]).take(sums["summary"].to_numpy()).reset_index(drop=True)
    bounded = sums["amount_cents"].clip(lower=limits["min_cents"], upper=limits["max_cents"])
    sums["amount_cents"] = sums["amount_cents"].where(sums["class_code"] != MPF, bounded).astype("Int64")
    tariff = parts["tariff"]
    duty = tariff["duty_cents"].groupby(summary[tariff["line"]]).sum()
    total = pd.DataFrame({"total_duty_cents": duty, "total_fee_cents": sums.groupby("summary")["amount_cents"].sum()})
    total = total.reindex(header.index).fillna(0)
    for kind in ("tax", "ad", "cvd", "other"):
        total[f"total_{kind}_cents"] = 0
    return [
        _repeated(
            "89", sums, FEES, CHARGED, ("accounting_class_code", "total_fee_amount"), ("class_code", "amount_cents")
        ),
        (_record("90", "header", total), header.index.to_numpy(), GRAND),
    ]


def _blocks(header: pd.DataFrame, sender: Sender) -> list[Piece]:
    """A block per port: summaries are in the order of their ports."""
    port = header["port_of_entry"]
    pieces = []
    for record, edge, place in (("B", port != port.shift(), START), ("Y", port != port.shift(-1), END)):
        at = header.index[edge].to_numpy()
        columns = {
            "processing_district_port_code": port[edge],
            "processing_filer_code": sender.filer_code,
            "application_identifier_code": "AE",
        }
        pieces.append((write(layout.load("envelope_in"), record, pd.DataFrame(columns)), at, place))
    return pieces


def _batch(pieces: list[Piece], sender: Sender) -> bytes:
    summary = np.concatenate([s for _, s, _ in pieces])
    place = np.concatenate([np.broadcast_to(np.asarray(p, np.int64), len(s)) for _, s, p in pieces])
    body = np.concatenate([text for text, _, _ in pieces])[np.lexsort((place, summary))]
    name = {"sender_receiver_site_code": sender.port, "sender_receiver_id_code": sender.filer_code}
    day = pd.Series([pd.Timestamp(sender.today)])
    first = name | {"communication_password": sender.password, "application_identifier_code": "AE"}
    envelope = layout.load("envelope_in")
    head = write(envelope, "A", first | {"transmission_date": day})
    tail = write(envelope, "Z", name | {"transmission_date": day})
    return to_bytes(np.concatenate([head, body, tail]))
