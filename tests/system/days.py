"""What brokers file in these tests: generated days, made once, and ways to spoil a file."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache

from bench import generate
from bench.files import File
from bench.population import Population

DAY = date(2026, 9, 15)


@dataclass(frozen=True)
class Day:
    """Some files and the population that stands behind them."""

    people: Population
    files: tuple[File, ...]

    def of(self, broker: int = 0) -> list[File]:
        """The files of one broker, in their order."""
        sender = self.people.brokers["filer_code"].iloc[broker]
        return [file for file in self.files if file.sender == sender]

    @property
    def account(self) -> str:
        """The account number of the first broker."""
        return f"B-{self.people.brokers['filer_code'].iloc[0]}"


@cache
def day(
    summaries: int,
    seed: int = 1,
    brokers: int = 1,
    importers: int = 2,
    when: date = DAY,
    defects: tuple[tuple[str, float], ...] = (),
) -> Day:
    """A generated day; the same arguments give the same bytes."""
    people = generate.population(summaries, seed, brokers, importers, when)
    files = generate.generate(when, summaries, seed, brokers=brokers, importers=importers, defects=dict(defects))
    return Day(people, tuple(files))
