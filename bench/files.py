"""Put drawn summaries into files as brokers send them: batches, blocks, envelopes, corrections, faults and forms."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from bench.defects import Pages, catalogue, chosen, inject
from bench.goods import Goods
from bench.header_records import cargo, header, releases
from bench.line_records import lines, totals
from bench.population import Population
from bench.records import Matrix, Records, digits, entry_numbers
from bench.tables import Draw, Integers, assumptions
from parsers.catair import layout, write

FINALS = {"A": "995", "R": "996", "D": "997"}


@dataclass(frozen=True)
class File:
    """One file as a broker sends it; ``entries``: one row per transaction, in order, with its expected final code."""

    sender: str
    name: str
    data: bytes
    entries: pd.DataFrame


def transactions(drawn: Draw, goods: Goods, serial: Integers, past: Integers) -> Records:
    """The records 10 to 90 of every summary.

    ``serial`` numbers the entries and, after each, its releases; ``past`` the warehouse entry withdrawn from.
    """
    s = drawn.summary
    s["entry_number"] = entry_numbers(s["filer"], serial)
    parts = [*header(s, past), *cargo(drawn), *releases(s, serial), *lines(drawn, goods), *totals(drawn)]
    return Records.gathered(parts)


def files(
    drawn: Draw,
    records: Records,
    file: Integers,
    people: Population,
    day: date,
    defects: Mapping[str, float],
    rng: np.random.Generator,
) -> Iterator[File]:
    """The files of ``day``: each drawn summary in its ``file``, some of them replaced or deleted later in it."""
    yield from _written(_filings(drawn, file, rng), drawn, records, people, day, defects, rng)


def corrections(
    drawn: Draw, records: Records, source: Integers, action: np.ndarray, number: int, people: Population, day: date
) -> Iterator[File]:
    """The summaries ``source`` of an earlier day filed once more on ``day``, replaced or deleted (``action`` R or D):
    a file for each of their brokers, ``number`` in its name."""
    s = drawn.summary
    table = pd.DataFrame({"broker": s["broker"][source], "port": s["port"][source], "source": source, "action": action})
    table = table.sort_values(["broker", "port", "source"], ignore_index=True)
    table = table.assign(name=number, lot=0, repeated=True, file=_runs(table, "broker"))
    table["batch"], table["block"] = table["file"], _runs(table, "file", "port")
    yield from _written(table, drawn, records, people, day, {}, np.random.default_rng(0))


def _written(
    filings: pd.DataFrame,
    drawn: Draw,
    records: Records,
    people: Population,
    day: date,
    defects: Mapping[str, float],
    rng: np.random.Generator,
) -> Iterator[File]:
    pages, file_of = _pages(filings, records, people, day)
    free = ~filings["repeated"].to_numpy()
    batch = filings["batch"].to_numpy()
    clean = np.ones(batch.max() + 1, bool)
    clean[batch[~free]] = False
    nothing = np.full(len(clean), "")
    spoilt = inject(pages, "batch", nothing, clean, defects, day, rng)
    whole = spoilt[batch]
    s, source = drawn.summary, filings["source"].to_numpy()
    kinds = np.where(s["consolidated"], "C", s["entry_type"])[source]
    single = inject(pages, "transaction", kinds, free & (whole == ""), defects, day, rng)
    entries = _expected(filings, drawn, whole, single)
    bounds = np.searchsorted(file_of, np.arange(file_of[-1] + 2))
    at = np.searchsorted(filings["file"].to_numpy(), np.arange(file_of[-1] + 2))
    for f in range(len(bounds) - 1):
        rows = slice(bounds[f], bounds[f + 1])
        mine = entries.iloc[at[f] : at[f + 1]]
        sender = people.brokers["filer_code"].iloc[filings["broker"].iloc[at[f]]]
        name = f"{sender}-{day:%y%m%d}-{filings['name'].iloc[at[f]]:04d}"
        yield from _variants(sender, name, pages.text[rows][pages.keep[rows]], mine, defects, rng)


def _filings(drawn: Draw, file: Integers, rng: np.random.Generator) -> pd.DataFrame:
    """What is filed in which order: every summary once, some again later in the same file, blocks by port."""
    s, known = drawn.summary, assumptions()
    fate = rng.random(len(file))
    table = pd.DataFrame(
        {"broker": s["broker"], "name": file, "port": s["port"], "source": np.arange(len(file)), "action": "A"}
    )
    first = np.flatnonzero(np.diff(np.column_stack([s["broker"], file]), axis=0, prepend=-1).any(axis=1))
    table["file"] = np.searchsorted(first, table["source"], side="right") - 1
    table["lot"] = (table["source"] - first[table["file"]]) // int(known["summaries_per_batch"])
    replaced, deleted = fate < known["replaced"], fate > 1 - known["deleted"]
    table["repeated"] = replaced | deleted
    later = [table[which].assign(action=a, lot=1_000) for which, a in ((replaced, "R"), (deleted, "D"))]
    table = pd.concat([table, *later], ignore_index=True).sort_values(
        ["file", "lot", "port", "source"], ignore_index=True
    )
    table["batch"] = _runs(table, "file", "lot")
    table["block"] = _runs(table, "batch", "port")
    return table


def _runs(table: pd.DataFrame, *columns: str) -> pd.Series:
    """Number the runs of equal ``columns`` from 0."""
    return (table[list(columns)] != table[list(columns)].shift()).any(axis=1).cumsum() - 1


def _pages(filings: pd.DataFrame, records: Records, people: Population, day: date) -> tuple[Pages, Integers]:
    """The records of all filings in order, each batch and block in its envelope, and the file of each record."""
    start = np.searchsorted(records.txn, np.arange(records.txn[-1] + 2))
    source, action = filings["source"].to_numpy(), filings["action"].to_numpy(dtype="U1")
    size = np.where(action == "D", 1, start[source + 1] - start[source])
    filing = np.repeat(np.arange(len(filings)), size)
    within = np.arange(len(filing)) - np.repeat(np.cumsum(size) - size, size)
    body = records.text[start[source][filing] + within]
    body[within == 0, 2] = action.view("<u4").astype(np.uint8)
    gone = np.flatnonzero(np.repeat(action == "D", size))  # a deletion names its entry and nothing else (B24)
    body[gone[:, None], np.r_[21:33, 35:80]] = ord(" ")
    wide = 1 << 20  # places within a filing: A and B before it, Y and Z after
    parts = [(body, filing, filing * wide + within + 2)]
    for level, ids, places in (("batch", "AZ", (0, wide - 1)), ("block", "BY", (1, wide - 2))):
        number = filings[level].to_numpy()
        edges = (
            np.searchsorted(number, np.arange(number[-1] + 1)),
            np.searchsorted(number, np.arange(number[-1] + 1), "right") - 1,
        )
        for record, at, place in zip(ids, edges, places, strict=True):
            parts.append((_envelope(record, filings.iloc[at], people, day), np.full(len(at), -1), at * wide + place))
    key = np.concatenate([k for *_, k in parts])
    order = np.argsort(key, kind="stable")
    text = np.concatenate([t for t, *_ in parts])[order]
    of = key[order] // wide
    pages = Pages(
        text, np.concatenate([f for _, f, _ in parts])[order], filings["batch"].to_numpy()[of], np.ones(len(of), bool)
    )
    return pages, filings["file"].to_numpy()[of]


def _envelope(record: str, at: pd.DataFrame, people: Population, day: date) -> Matrix:
    broker = people.brokers.iloc[at["broker"]]
    stamp = pd.Timestamp(day)
    if record in "AZ":
        columns: dict[str, Any] = {
            "sender_receiver_site_code": broker["site"].to_numpy(),
            "sender_receiver_id_code": broker["filer_code"].to_numpy(),
            "transmission_date": np.full(len(at), stamp.to_datetime64()),
        }
        if record == "A":
            words = np.char.add("BATCH ", digits(at["batch"], 6))
            columns |= {"communication_password": broker["password"].to_numpy(), "application_identifier_code": "AE"}
            columns |= {"transmitter_user_data_text": words}
    else:
        columns = {
            "processing_district_port_code": at["port"].to_numpy(),
            "processing_filer_code": broker["filer_code"].to_numpy(),
            "application_identifier_code": "AE",
        }
        if record == "B":
            columns |= {"filer_preparer_user_data_text": np.char.add("BLOCK ", digits(at["block"], 6))}
    return write.write(layout.load("envelope_in"), record, columns)


def _expected(filings: pd.DataFrame, drawn: Draw, whole: np.ndarray, single: np.ndarray) -> pd.DataFrame:
    """How each transaction must be answered: ``final`` 995 to 997, 998 for ``code``, or 999 with its batch."""
    s, source = drawn.summary, filings["source"].to_numpy()
    known = catalogue()
    defect = np.where(whole != "", whole, single)
    code = {kind: d.code for kind, d in known.items()} | {"": ""}
    final = filings["action"].map(FINALS).to_numpy(dtype="U3")
    final = np.where(whole != "", "999", np.where(single != "", "998", final))
    money = filings["action"] != "D"
    return pd.DataFrame(
        {
            "batch": filings["batch"] - filings.groupby("file")["batch"].transform("min") + 1,
            "block": filings["block"] - filings.groupby("batch")["block"].transform("min") + 1,
            "occurrence": filings.groupby("block").cumcount() + 1,
            "filer_code": s["filer"][source],
            "entry_number": s["entry_number"][source],
            "action": filings["action"],
            "entry_type": s["entry_type"][source],
            "importer_number": s["number"][source],
            "duty_cents": np.where(money, s["duty"][source], 0),
            "fee_cents": np.where(money, s["fees"][source], 0),
            "final": final,
            "defect": defect,
            "code": [code[d] for d in defect],
        }
    )


def _variants(
    sender: str, name: str, text: Matrix, entries: pd.DataFrame, defects: Mapping[str, float], rng: np.random.Generator
) -> Iterator[File]:
    """The file in the form it is sent in; every form here is legal and changes nothing in the answer."""
    drawn = {d.kind for d, share in chosen(defects, "file") if rng.random() < share}
    if "lower_case" in drawn:
        inner = ~np.isin(text[:, 0], np.frombuffer(b"ABYZ", np.uint8))
        letters = inner[:, None] & (text >= ord("A")) & (text <= ord("Z"))
        text = np.where(letters, text + 32, text)
    newline = b"" if "frames" in drawn else b"\r\n" if "crlf" in drawn else b"\n"
    data = write.to_bytes(text, newline)
    if "trimmed" in drawn and newline:
        data = b"".join(line.rstrip(b" ") + newline for line in data.split(newline)[:-1])
    entries = entries.assign(file=f"{name}.abi", form=" ".join(sorted(drawn)))
    yield File(sender, f"{name}.abi", data, entries)
    if "duplicate" in drawn:
        yield File(sender, f"{name}-again.abi", data, entries.assign(file=f"{name}-again.abi"))
