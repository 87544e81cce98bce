"""Commercial invoices (810) for the entry summaries of a generated day, with a stated share of discrepancies.

    python -m bench.generate_invoices --summaries 150 --seed 1 --out DIR [--as-of DATE] [--brokers N] [--accounts N]
        [--differ SHARE] [--release 004010]

Give the day, seed and counts that ``bench.generate`` was given: the invoices are of its entries. A seller invoices the
lines it supplied, so an entry has as many invoices as its lines have suppliers. ``invoices.csv`` beside the files says
of each invoice line what was done to it: nothing, or one of :data:`KINDS`.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from bench.generate import DEFAULT_DAY, Lot, lots, population
from bench.month import working_days
from bench.population import Population
from bench.tables import BadRequest, Integers
from parsers.x12 import write
from transforms.x12.payment_advice import dollars

#: What is done to a line: another price, quantity, tariff number or origin than declared; a line that was not declared;
#: a declared line that is not on the invoice.
KINDS = ("value", "quantity", "hts", "origin", "extra", "left_out")
#: Lines that the seller invoices in two and the broker declares in one: no discrepancy.
SPLIT = 0.04
#: Customs units of measure -> X12's (element 355).
UNITS = {
    "NO": "EA",
    "KG": "KG",
    "CKG": "KG",
    "DOZ": "DZ",
    "DPC": "DZ",
    "PRS": "PR",
    "DPR": "DP",
    "M2": "SM",
    "M3": "CR",
    "L": "LT",
    "BBL": "BR",
    "G": "GR",
}
VERSIONS = {"004010": "00401", "004050": "00405", "005010": "00501"}
MANIFEST = ["sender", "file", "invoice_number", "line", "filer_code", "entry_number", "kind"]


@dataclass(frozen=True)
class File:
    """One file as a broker sends it; ``lines``: a row for each invoice line, and each that was left out (line 0)."""

    sender: str
    name: str
    data: bytes
    lines: pd.DataFrame


def generate(
    day: date,
    summaries: int,
    seed: int,
    *,
    brokers: int | None = None,
    importers: int | None = None,
    differ: float = 0.08,
    release: str = "004010",
    receiver: str = "TIDEWAITER",
) -> Iterator[File]:
    """A file for each broker and lot of the entries of ``day``; ``differ`` is the share of lines that differ."""
    people = population(summaries, seed, brokers, importers, day)
    yield from _of_lots(lots(people, day, summaries, seed), people, day, seed, differ, release, receiver)


def of_month(
    people: Population,
    of: date,
    a_day: int,
    seed: int,
    *,
    differ: float = 0.08,
    release: str = "004010",
    receiver: str = "TIDEWAITER",
) -> Iterator[tuple[date, list[File]]]:
    """The invoices of ``bench.month.month(people, of, a_day, seed)``: each working day with its files. An entry that is
    corrected later there differs from its invoice then."""
    for day in working_days(of):
        drawn = lots(people, day, a_day, seed, per_file=a_day, month=of)
        yield day, list(_of_lots(drawn, people, day, seed, differ, release, receiver))


def _of_lots(
    drawn: Iterable[Lot], people: Population, day: date, seed: int, differ: float, release: str, receiver: str
) -> Iterator[File]:
    for number, lot in enumerate(drawn, 1):
        lot.records()  # gives the entries their numbers
        rng = np.random.default_rng([seed, day.toordinal(), number, 810])
        yield from _files(lot, people, day, rng, differ, release, receiver, number)


def of_importer(
    drawn: Iterable[Lot],
    people: Population,
    importer: int,
    seed: int,
    *,
    sender: str,
    control: int,
    day: date,
    differ: float = 0.08,
    release: str = "004010",
    receiver: str = "TIDEWAITER",
) -> tuple[bytes, pd.DataFrame]:
    """One interchange, sent on ``day``, of the invoices behind the entries of one importer (its place among those of
    ``people``) in these lots, whose records have been made; and what was done to each line. No bytes where it has
    none."""
    sets: list[write.Set] = []
    told: list[tuple] = []
    for number, lot in enumerate(drawn, 1):
        table = _lines(lot, np.random.default_rng([seed, lot.day.toordinal(), number, 810]), differ)
        own = table[lot.drawn.summary["importer"][table["txn"]] == importer]
        made, rows = _sets(lot, people, own, lot.day)
        sets += [write.Set("810", len(sets) + n, it.segments) for n, it in enumerate(made, 1)]
        told += rows
    data = _interchange(sender, receiver, day, control, release, sets) if sets else b""
    return data, pd.DataFrame(told, columns=MANIFEST[2:])


def _files(
    lot: Lot,
    people: Population,
    day: date,
    rng: np.random.Generator,
    differ: float,
    release: str,
    receiver: str,
    number: int,
) -> Iterator[File]:
    table = _lines(lot, rng, differ)
    for broker, own in table.groupby("broker"):
        sender = str(people.brokers["filer_code"].iloc[int(str(broker))])
        sets, told = _sets(lot, people, own, day)
        control = (day.toordinal() * 100 + number) % 10**9
        data = _interchange(sender, receiver, day, control, release, sets)
        name = f"{sender}-{day:%y%m%d}-{number:04}-invoices.x12"
        frame = pd.DataFrame(told, columns=MANIFEST[2:])
        yield File(sender, name, data, frame.assign(sender=sender, file=name)[MANIFEST])


def _sets(lot: Lot, people: Population, lines: pd.DataFrame, day: date) -> tuple[list[write.Set], list[tuple]]:
    """A set for each invoice of these lines, and their rows of the manifest."""
    names = people.importers["name"].to_numpy()[lot.drawn.summary["importer"]]
    sets, told = [], []
    for (txn, supplier), own in lines.groupby(["txn", "supplier"], sort=True):
        body, rows = _invoice(lot, int(txn), int(supplier), str(names[int(txn)]), own, day)
        if body:
            sets.append(write.Set("810", len(sets) + 1, body))
        told += rows
    return sets, told


def _interchange(sender: str, receiver: str, day: date, control: int, release: str, sets: list[write.Set]) -> bytes:
    at = datetime.combine(day, time(9), UTC)
    header = write.Header("ZZ", sender, "ZZ", receiver, at, control, version=VERSIONS[release])
    return write.interchange(header, [write.Group("IN", sender, receiver, control, release, sets)])


def _lines(lot: Lot, rng: np.random.Generator, differ: float) -> pd.DataFrame:
    """The declared lines with what the invoice says of each: ``txn supplier kind hts origin value quantity unit``."""
    s, line, tariff, goods = lot.drawn.summary, lot.drawn.line, lot.drawn.tariff, lot.goods.table
    own = tariff["slot"] == 9  # the article's own number
    first = pd.DataFrame({"line": tariff["line"][own], "quantity": tariff["quantity"][own, 0]})
    first["unit"] = tariff["unit"][own, 0]
    first = first.set_index("line").reindex(np.arange(len(line["txn"])))
    count = len(line["txn"])
    numbers = goods["hts_number"].to_numpy(dtype="U10")
    hts = numbers[line["goods"]]
    kind = np.where(rng.random(count) < differ, rng.choice(KINDS, count), "")
    quantity = first["quantity"].fillna(0).to_numpy(np.int64)
    quantity = np.where(quantity > 0, quantity, line["quantity"] * 100)
    unit = first["unit"].fillna("").map(UNITS).fillna("CT").to_numpy()
    more = np.where(kind == "quantity", np.maximum(200, quantity // 10 // 100 * 100), 0)
    value = line["value"] * 100
    dearer = np.where(kind == "value", np.maximum(500, value // 20), 0)
    origin = np.where(np.char.startswith(line["origin"], "X"), "CA", line["origin"])  # provinces are customs' alone
    moved = np.where(origin == "VN", "TH", "VN")
    return pd.DataFrame(
        {
            "txn": line["txn"],
            "broker": s["broker"][line["txn"]],
            "supplier": line["supplier"],
            "kind": kind,
            "hts": np.where(kind == "hts", _other(numbers, line["goods"], rng), hts),
            "spare": _other(numbers, line["goods"], rng),
            "origin": np.where(kind == "origin", moved, origin),
            "cents": value + dearer,
            "quantity": quantity + more,
            "unit": unit,
            "article": goods["description"].to_numpy(dtype="U60")[line["goods"]],
            "split": rng.random(count) < SPLIT,
            "extra_cents": rng.integers(100_00, 9_000_00, count),
        }
    )


def _other(numbers: np.ndarray, own: Integers, rng: np.random.Generator) -> np.ndarray:
    """For each line a number of another subheading."""
    headings = numbers.astype("U6")
    chosen = rng.integers(0, len(numbers), len(own))
    for _ in range(len(numbers)):
        same = headings[chosen] == headings[own]
        if not same.any():
            break
        chosen = np.where(same, (chosen + 1) % len(numbers), chosen)
    return numbers[chosen]


def _invoice(
    lot: Lot, txn: int, supplier: int, importer: str, lines: pd.DataFrame, day: date
) -> tuple[list[list[str]], list[tuple]]:
    """The segments of an invoice between ST and SE, and its rows of the manifest."""
    s = lot.drawn.summary
    filer, entry = str(s["filer"][txn]), str(s["entry_number"][txn])
    number = f"{entry}-{supplier}"
    items: list[list[str]] = []
    rows: list[tuple] = []
    cents = 0
    for row in lines.itertuples(index=False):
        made = [(int(row.cents), int(row.quantity), str(row.hts), str(row.kind))]
        if row.kind == "left_out":
            rows.append((number, 0, filer, entry, "left_out"))
            continue
        if row.kind == "extra":
            made = [(int(row.cents), int(row.quantity), str(row.hts), "")]
            made.append((int(row.extra_cents), 100, str(row.spare), "extra"))
        elif row.split and not row.kind and row.quantity >= 200 and row.cents >= 200:
            half = row.quantity // 2
            part = row.cents * half // row.quantity
            made = [
                (int(part), int(half), str(row.hts), ""),
                (int(row.cents - part), int(row.quantity - half), str(row.hts), ""),
            ]
        for amount, quantity, hts, kind in made:
            items.append(_it1(len(rows_of(items)) + 1, amount, quantity, hts, row))
            items.append(["PID", "F", "", "", "", str(row.article).upper()[:60]])
            rows.append((number, len(rows_of(items)), filer, entry, kind))
            cents += amount
    if not items:
        return [], rows
    dated = day - timedelta(days=10)
    head = [
        ["BIG", f"{dated:%Y%m%d}", number, f"{dated - timedelta(days=30):%Y%m%d}", f"PO-{entry}", "", "", "DI", "00"],
        ["CUR", "SE", "USD"],
        ["REF", "6B", filer + entry],
        ["REF", "3Z", f"S{entry}"],
        ["N1", "IM", importer, "24", str(s["number"][txn])],
        ["N1", "SE", f"SUPPLIER {supplier}", "91", f"S{supplier:05d}"],
    ]
    count = len(rows_of(items))
    return [*head, *items, ["TDS", str(cents)], ["CTT", str(count)]], rows


def rows_of(items: list[list[str]]) -> list[list[str]]:
    """The IT1 segments among ``items``."""
    return [item for item in items if item[0] == "IT1"]


def _it1(number: int, cents: int, quantity: int, hts: str, row: Any) -> list[str]:
    """A line of ``quantity`` hundredths whose amount is ``cents``: the unit price has as many places as that takes."""
    places = 2 + len(str(quantity))
    scaled = (cents * 10**places * 2 + quantity) // (2 * quantity)  # hundredths cancel
    text = f"{scaled // 10**places}.{scaled % 10**places:0{places}d}".rstrip("0").rstrip(".")
    pairs = ["VP", f"A{hts}", "HD", hts, "CH", str(row.origin)]
    return ["IT1", str(number), dollars(quantity), str(row.unit), text, "", *pairs]


def main(argv: list[str] | None = None) -> int:
    """The command line; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m bench.generate_invoices", description=__doc__.partition("\n")[0])
    parser.add_argument("--summaries", type=int, default=150)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, required=True, help="folder for the brokers' folders and invoices.csv")
    parser.add_argument("--as-of", type=date.fromisoformat, default=DEFAULT_DAY)
    parser.add_argument("--brokers", type=int)
    parser.add_argument("--accounts", type=int, metavar="N")
    parser.add_argument("--differ", type=float, default=0.08, help="share of lines that differ from what was declared")
    parser.add_argument("--release", choices=sorted(VERSIONS), default="004010")
    args = parser.parse_args(argv)
    how = {"brokers": args.brokers, "importers": args.accounts, "differ": args.differ, "release": args.release}
    try:
        args.out.mkdir(parents=True, exist_ok=True)
        number = lines = 0
        with (args.out / "invoices.csv").open("w") as manifest:
            for number, file in enumerate(generate(args.as_of, args.summaries, args.seed, **how), 1):
                (args.out / file.sender).mkdir(exist_ok=True)
                (args.out / file.sender / file.name).write_bytes(file.data)
                file.lines.to_csv(manifest, index=False, header=number == 1)
                lines += len(file.lines)
    except BadRequest as error:
        print(error, file=sys.stderr)
        return 2
    print(f"{number:,} files, {lines:,} invoice lines in {args.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
