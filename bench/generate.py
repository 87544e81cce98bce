"""Generate realistic days of entry summary files of any size, valid by construction, with a chosen share of each fault.

    python -m bench.generate --summaries 15000 --seed 1 --out DIR [--as-of DATE] [--defect KIND=SHARE ...]
    python -m bench.generate --summaries 60 --seed 1 --brokers 3 --accounts 12 --out DIR

Files stand in one folder per sending broker; ``manifest.csv`` beside them says how every transaction must be answered.
``--accounts`` adds ``accounts.toml``: the brokers (with their sites and passwords) and importers of these files.
The same seed, day and counts give the same bytes.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np

from bench import accounts
from bench.day import draw
from bench.files import File, files, transactions
from bench.goods import Goods
from bench.population import Population, populate
from bench.records import Records
from bench.tables import BadRequest, Draw, Integers, assumptions

#: Summaries computed together; bounds the memory and is part of what a seed means.
CHUNK = 20_000
#: Entry numbers set aside for a broker and day: 366 days of them fit seven digits.
NUMBERS_A_DAY = 27_000
DEFAULT_DAY = date(2026, 9, 15)


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
    per_file: int | None = None,
) -> Iterator[File]:
    """The files of ``day`` with ``summaries`` new entry summaries, and some replaced and deleted again.

    ``per_file`` summaries stand in a file (default: the stated assumption).
    ``defects`` maps kinds (``bench/defects.csv``) to shares: of transactions, batches or files, by the kind's level.
    """
    people = population(summaries, seed, brokers, importers, day)
    for lot in lots(people, day, summaries, seed, per_file=per_file):
        yield from files(lot.drawn, lot.records(), lot.file, people, day, dict(defects or {}), lot.rng)


@dataclass
class Lot:
    """Summaries of a day that are computed together: as drawn, the number of each one's file at its broker, and how
    they were drawn (``rng`` goes on from there)."""

    people: Population
    day: date
    goods: Goods
    broker: Integers
    file: Integers
    key: list[int]
    month: date | None

    def __post_init__(self) -> None:
        self.rng = np.random.default_rng(self.key)
        self.drawn = draw(self.people, self.goods, self.day, self.broker, self.rng, month=self.month)

    def number(self, taken: Integers) -> None:
        """Give each summary its entry number; ``taken`` counts what each broker has used that day."""
        self._serial = _serials(self.drawn, self.day, taken)
        self._past = self.rng.integers(0, NUMBERS_A_DAY, len(self.broker))

    def records(self) -> Records:
        """The records of every summary, in order."""
        return transactions(self.drawn, self.goods, self._serial, self._past)

    def corrected(self, size: float) -> tuple[Draw, Records]:
        """The same summaries and their records with every quantity times ``size``."""
        drawn = draw(
            self.people,
            self.goods,
            self.day,
            self.broker,
            np.random.default_rng(self.key),
            month=self.month,
            size=size,
        )
        return drawn, transactions(drawn, self.goods, self._serial, self._past)


def lots(
    people: Population, day: date, summaries: int, seed: int, *, per_file: int | None = None, month: date | None = None
) -> Iterator[Lot]:
    """What ``people`` file on ``day``, some ``CHUNK`` summaries at a time; with ``month`` all entered in that month."""
    goods, key = Goods(day), [seed, day.toordinal(), summaries]
    count = np.random.default_rng(key).multinomial(summaries, people.brokers["share"])
    taken = np.zeros(len(count), np.int64)
    for number, (broker, file) in enumerate(_chunks(count, per_file or int(assumptions()["summaries_per_file"]))):
        lot = Lot(people, day, goods, broker, file, [*key, number], month)
        lot.number(taken)
        yield lot


def _chunks(count: Integers, per_file: int) -> Iterator[tuple[Integers, Integers]]:
    """(broker, number of its file) of each summary, whole files together, some ``CHUNK`` summaries at a time."""
    broker = np.repeat(np.arange(len(count)), count)
    place = np.arange(len(broker)) - np.repeat(np.cumsum(count) - count, count)
    file = place // per_file
    starts = np.flatnonzero(place % per_file == 0)
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
        raise BadRequest(f"a broker files more than {NUMBERS_A_DAY:,} entries a day: give more brokers")
    return day.timetuple().tm_yday * NUMBERS_A_DAY + serial


def share(text: str) -> tuple[str, float]:
    kind, _, number = text.partition("=")
    return kind, float(number)


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
    parser.add_argument(
        "--accounts", type=int, metavar="N", help="how many importers they file for; writes accounts.toml too"
    )
    parser.add_argument(
        "--defect",
        action="append",
        default=[],
        type=share,
        metavar="KIND=SHARE",
        help="a fault of bench/defects.csv",
    )
    args = parser.parse_args(argv)
    try:
        files = generate(
            args.as_of,
            args.summaries,
            args.seed,
            brokers=args.brokers,
            importers=args.accounts,
            defects=dict(args.defect),
        )
        args.out.mkdir(parents=True, exist_ok=True)
        if args.accounts:
            people = population(args.summaries, args.seed, args.brokers, args.accounts, args.as_of)
            (args.out / "accounts.toml").write_text(accounts.toml(people), encoding="utf-8")
        number = size = 0
        with (args.out / "manifest.csv").open("w") as manifest:
            for number, file in enumerate(files, 1):
                folder = args.out / file.sender
                folder.mkdir(exist_ok=True)
                (folder / file.name).write_bytes(file.data)
                file.entries.to_csv(manifest, index=False, header=number == 1)
                size += len(file.data)
    except BadRequest as error:
        print(error, file=sys.stderr)
        return 2
    print(f"{number:,} files, {size:,} bytes in {args.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
