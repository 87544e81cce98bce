"""Generate realistic days of entry summary files of any size, valid by construction, with a chosen share of each fault.

    python -m bench.generate --summaries 15000 --seed 1 --out DIR [--as-of DATE] [--defect KIND=SHARE ...]

Files stand in one folder per sending broker; ``manifest.csv`` beside them says how every transaction must be answered.
The same seed, day and counts give the same bytes.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from bench.day import Draw, Goods, draw
from bench.defects import Pages, catalogue, chosen, inject
from bench.population import Population, populate
from bench.records import Integers, Matrix, Records, digits, transactions
from bench.tables import assumptions
from parsers.catair import layout, write

#: Summaries computed together; bounds the memory and is part of what a seed means.
CHUNK = 20_000
#: Entry numbers set aside for a broker and day: 366 days of them fit seven digits.
NUMBERS_A_DAY = 27_000
DEFAULT_DAY = date(2026, 9, 15)
FINALS = {"A": "995", "R": "996", "D": "997"}


@dataclass(frozen=True)
class File:
    """One file as a broker sends it; ``entries``: one row per transaction, in order, with its expected final code."""

    sender: str
    name: str
    data: bytes
    entries: pd.DataFrame


def population(
    summaries: int, seed: int, brokers: int | None = None, importers: int | None = None, day: date = DEFAULT_DAY
) -> Population:
    """The brokers and importers behind ``summaries`` a day; how many of each defaults to the stated assumptions."""
    brokers = brokers or max(1, round(summaries / assumptions()["summaries_per_broker"]))
    return populate(seed, brokers, importers, Goods(day).sectors)


def generate(
    day: date,
    summaries: int,
    seed: int,
    *,
    brokers: int | None = None,
    importers: int | None = None,
    defects: Mapping[str, float] | None = None,
) -> Iterator[File]:
    """The files of ``day`` with ``summaries`` new entry summaries, and some replaced and deleted again.

    ``defects`` maps kinds (``bench/defects.csv``) to shares: of transactions, batches or files, by the kind's level.
    """
    people = population(summaries, seed, brokers, importers, day)
    goods, wanted = Goods(day), dict(defects or {})
    rng = np.random.default_rng([seed, day.toordinal(), summaries])
    count = rng.multinomial(summaries, people.brokers["share"])
    taken = np.zeros(len(count), np.int64)
    for number, (broker, file) in enumerate(_chunks(count)):
        rng = np.random.default_rng([seed, day.toordinal(), summaries, number])
        drawn = draw(people, goods, day, broker, rng)
        serial = _serials(drawn, day, taken)
        past = rng.integers(0, NUMBERS_A_DAY, len(broker))
        yield from _files(drawn, transactions(drawn, goods, serial, past), file, people, day, wanted, rng)


def _chunks(count: Integers) -> Iterator[tuple[Integers, Integers]]:
    """(broker, number of its file) of each summary, whole files together, some ``CHUNK`` summaries at a time."""
    broker = np.repeat(np.arange(len(count)), count)
    place = np.arange(len(broker)) - np.repeat(np.cumsum(count) - count, count)
    file = place // int(assumptions()["summaries_per_file"])
    starts = np.flatnonzero(place % int(assumptions()["summaries_per_file"]) == 0)
    cuts = starts[np.searchsorted(starts, np.arange(CHUNK, len(broker), CHUNK)).clip(max=max(0, len(starts) - 1))]
    for at in np.split(np.arange(len(broker)), np.unique(cuts)):
        if len(at):
            yield broker[at], file[at]


def _serials(drawn: Draw, day: date, taken: Integers) -> Integers:
    """A number for each summary, leaving room for its releases; ``taken`` counts what each broker has used that day."""
    broker, step = drawn.summary["broker"], 1 + drawn.summary["releases"]
    before = np.cumsum(step) - step
    first = np.searchsorted(broker, broker)
    serial = taken[broker] + before - before[first]
    np.add.at(taken, broker, step)
    if (taken > NUMBERS_A_DAY).any():
        raise ValueError(f"a broker files more than {NUMBERS_A_DAY:,} entries a day: give more brokers")
    return day.timetuple().tm_yday * NUMBERS_A_DAY + serial


def _files(
    drawn: Draw,
    records: Records,
    file: Integers,
    people: Population,
    day: date,
    defects: Mapping[str, float],
    rng: np.random.Generator,
) -> Iterator[File]:
    filings = _filings(drawn, file, rng)
    pages, file_of = _pages(filings, records, people, day)
    free = ~filings["repeated"].to_numpy()
    batch = filings["batch"].to_numpy()
    clean = np.ones(batch.max() + 1, bool)
    clean[batch[~free]] = False
    spoilt = inject(pages, "batch", clean, defects, day, rng)
    whole = spoilt[batch]
    single = inject(pages, "transaction", free & (whole == ""), defects, day, rng)
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


def main(argv: list[str] | None = None) -> int:
    """The command line; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m bench.generate", description=__doc__.partition("\n")[0])
    parser.add_argument("--summaries", type=int, default=150, help="new entry summaries (a full US day: 150000)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, required=True, help="folder for the brokers' folders and manifest.csv")
    parser.add_argument(
        "--as-of", type=date.fromisoformat, default=DEFAULT_DAY, help=f"business day (default {DEFAULT_DAY})"
    )
    parser.add_argument("--brokers", type=int, help="how many brokers file")
    parser.add_argument("--importers", type=int, help="how many importers they file for")
    parser.add_argument(
        "--defect", action="append", default=[], metavar="KIND=SHARE", help="a fault of bench/defects.csv and its share"
    )
    args = parser.parse_args(argv)
    try:
        defects = {kind: float(share) for kind, _, share in (d.partition("=") for d in args.defect)}
        files = generate(
            args.as_of, args.summaries, args.seed, brokers=args.brokers, importers=args.importers, defects=defects
        )
        args.out.mkdir(parents=True, exist_ok=True)
        number = size = 0
        with (args.out / "manifest.csv").open("w") as manifest:
            for number, file in enumerate(files, 1):
                folder = args.out / file.sender
                folder.mkdir(exist_ok=True)
                (folder / file.name).write_bytes(file.data)
                file.entries.to_csv(manifest, index=False, header=number == 1)
                size += len(file.data)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    print(f"{number:,} files, {size:,} bytes in {args.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
