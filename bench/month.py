"""A month of a few brokers: the files of each of its working days, and corrections of what was filed some days before.

Everything is entered in the month, so all of it is in one monthly filing and, where it is paid monthly, on the
statements of the month after. The same seed and month give the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd

from bench import tables
from bench.files import File, corrections, files
from bench.generate import Lot, lots
from bench.population import Population
from bench.tables import Integers

#: How likely a summary is replaced, or deleted, on a working day between its filing and its statement.
REPLACED, DELETED = 0.010, 0.004
#: What a replacement makes of the quantities.
CORRECTED = 0.8


@dataclass(frozen=True)
class Day:
    """A working day, the files sent on it, in their order, and the lots in which its new summaries were drawn."""

    day: date
    files: list[File]
    lots: list[Lot]


def month(
    people: Population, of: date, a_day: int, seed: int, *, defects: Mapping[str, float] | None = None
) -> Iterator[Day]:
    """The working days of the month of ``of`` with ``a_day`` new summaries each, one file a broker, and files of
    corrections beside them; ``defects`` as in :func:`bench.generate.generate`.
    """
    filed: list[_Filed] = []
    for day in working_days(of):
        rng = np.random.default_rng([seed, day.toordinal(), a_day, 1 << 20])
        sent = [file for number, earlier in enumerate(filed) for file in earlier.corrections(day, 100 + number, rng)]
        drawn = list(lots(people, day, a_day, seed, per_file=a_day, month=of))
        for lot in drawn:
            new = list(files(lot.drawn, lot.records(), lot.file, people, day, dict(defects or {}), lot.rng))
            filed.append(_Filed(lot, new))
            sent += new
        yield Day(day, sorted(sent, key=lambda file: file.name), drawn)


def working_days(of: date) -> list[date]:
    """The working days of the month of ``of``."""
    first = of.replace(day=1)
    ahead = [day.item() for day in tables.working_days(first - timedelta(days=1), 23)]
    return [day for day in ahead if day.month == of.month]


class _Filed:
    """What was filed on a day and can still be corrected: accepted, not yet corrected, its statement not printed."""

    def __init__(self, lot: Lot, sent: list[File]) -> None:
        told = pd.concat([file.entries for file in sent]).drop_duplicates(["file", "entry_number"], keep=False)
        accepted = told[told["final"] == "995"]
        drawn = np.char.add(lot.drawn.summary["filer"], lot.drawn.summary["entry_number"])
        self._lot = lot
        self._open = np.isin(drawn, (accepted["filer_code"] + accepted["entry_number"]).to_numpy(dtype="U11"))

    def corrections(self, day: date, number: int, rng: np.random.Generator) -> Iterator[File]:
        """Files of what is corrected on ``day``."""
        fate = rng.random(len(self._open))
        able = self._open & ~(self._lot.drawn.summary["print_date"] <= np.datetime64(day))
        source: Integers = np.flatnonzero(able & (fate < REPLACED + DELETED))
        if len(source):
            self._open[source] = False
            drawn, records = self._lot.corrected(CORRECTED)
            action = np.where(fate[source] < REPLACED, "R", "D")
            yield from corrections(drawn, records, source, action, number, self._lot.people, day)
