"""Entry summaries that a test files, replaces, corrects and deletes: what generated ones say, under the action, payment
and duty that the test chooses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from itertools import groupby, islice, zip_longest
from typing import NamedTuple

import numpy as np
import pandas as pd

from bench import generate
from bench.population import Population
from parsers.catair import layout, write

SEED, BROKERS, IMPORTERS = 3, 2, 5
#: Cents by which a line's duty may differ from what its rate makes (condition 624), less than that.
MARGIN = 250


class Pay(NamedTuple):
    """Payment data: type, print date, first of the statement month, client branch."""

    kind: str = "1"
    day: date | None = None
    month: date | None = None
    branch: str = ""


@dataclass(frozen=True)
class Summary:
    """One generated summary: its records 10 to 90 as an add, and what of it matters here. Amounts are cents."""

    records: tuple[str, ...]

    filer = property(lambda self: self.records[0][3:6])
    number = property(lambda self: self.records[0][8:16])
    port = property(lambda self: self.records[0][17:21])
    entry_type = property(lambda self: self.records[0][33:35])
    importer = property(lambda self: self._of("11")[0][2:14].strip())
    entered = property(lambda self: datetime.strptime(self._of("11")[0][41:47], "%m%d%y").date())
    taxed = property(lambda self: bool(self._of("60")))
    continuous = property(lambda self: any(record[2] == "8" for record in self._of("31")))
    correctable = property(
        lambda self: not self._of("32") and self.records[0][41] != "Y" and self.entry_type not in ("11", "12")
    )
    dutiable = property(lambda self: self._duty_at() is not None)

    def _of(self, record: str) -> list[str]:
        return [line for line in self.records if line[:2] == record]

    def _duty_at(self) -> int | None:
        """The 50 record whose duty a test changes."""
        return next((n for n, line in enumerate(self.records) if line[:2] == "50" and int(line[13:23] or 0) > 0), None)

    def totals(self, more: int) -> dict[str, int]:
        """The 90 record, with ``more`` duty."""
        (line,) = self._of("90")
        words = ("duty", "fee", "tax", "ad", "cvd", "other")
        said = {word: int(line[at : at + 11].strip() or 0) for word, at in zip(words, range(2, 74, 12), strict=True)}
        return said | {"duty": said["duty"] + (more if self.dutiable else 0)}

    def due(self, more: int) -> int:
        """What a statement asks for: everything but deferred tax, of warehouse and temporary entries only the harbor
        maintenance fee of types 21 and 23 (chapter 05, page 8)."""
        if self.entry_type in ("21", "22", "23"):
            return 0 if self.entry_type == "22" else self._fee("501")
        total = self.totals(more)
        return sum(total.values()) - (total["tax"] if self.records[0][44] != " " else 0)

    def _fee(self, code: str) -> int:
        return sum(
            int(line[at + 3 : at + 14])
            for line in self._of("89")
            for at in range(2, 72, 14)
            if line[at : at + 3] == code
        )

    def text(self, action: str, pay: Pay, more: int = 0, correction: bool = False) -> list[str]:
        """Its records with this action, payment and duty; a deletion names the entry alone. A ``correction`` has no
        payment data, and says why it is made."""
        ten = f"{self.records[0][:2]}{action}{self.records[0][3:]}"
        if action == "D":
            return [f"{ten[:21]:<33}{ten[33:35]:<47}"]
        day = "" if pay.day is None or correction else f"{pay.day:%m%d%y}"
        month = "" if pay.month is None or correction else f"{pay.month:%m}"
        intent = f"{'' if correction else pay.kind:<1}{day:<6}{month:<2}{'' if correction else pay.branch:<2}"
        ten = f"{ten[:50]}{intent}{ten[61:64]}{'Y' if correction else ' '}{ten[65:]}"
        records = [ten, *self.records[1:]]
        if more and (at := self._duty_at()) is not None:
            line = records[at]
            records[at] = f"{line[:13]}{int(line[13:23]) + more:010d}{line[23:]}"
            last = records[-1]
            records[-1] = f"{last[:2]}{int(last[2:13] or 0) + more:011d}{last[13:]}"
        if correction:
            lines = next(n for n, line in enumerate(records) if line[:2] == "40")
            records[lines:lines] = [f"{'35H99':<80}", f"{'36THE INVOICE WAS RESTATED BY THE SELLER':<80}"]
            records = [f"{line[:16]:<20}{line[20:]}" if line[:2] == "20" else line for line in records]
        return records


@cache
def people() -> Population:
    return generate.population(12, SEED, BROKERS, IMPORTERS)


@cache
def of_day(day: date) -> tuple[Summary, ...]:
    """Some summaries of a generated day, as they were first filed: at most three of a broker and entry type."""
    found: dict[tuple[str, str], Summary] = {}
    for file in generate.generate(day, 60, SEED, brokers=BROKERS, importers=IMPORTERS):
        lines = file.data.decode("latin-1").splitlines()
        starts = [n for n, line in enumerate(lines) if line[:2] == "10"]
        ends = [n for n, line in enumerate(lines) if line[:2] in ("10", "B ", "Y ") or line[0] in "AZ"]
        for start in starts:
            end = min(n for n in ends if n > start)
            summary = Summary(tuple(f"{line:<80}" for line in lines[start:end]))
            if lines[start][2] == "A":
                found.setdefault((summary.filer, summary.number), summary)
    kinds: dict[tuple[str, str], list[Summary]] = {}
    for summary in found.values():
        kinds.setdefault((summary.filer, summary.entry_type), []).append(summary)
    return tuple(summary for some in islice(zip_longest(*kinds.values()), 3) for summary in some if summary)


def batch(filer: str, day: date, transactions: Sequence[tuple[str, list[str]]], reference: str) -> bytes:
    """An AE batch of a broker: ``transactions`` are (processing port, records); ``reference`` tells batches apart."""
    broker = people().brokers.set_index("filer_code").loc[filer]
    ends = {
        "sender_receiver_site_code": [broker["site"]],
        "sender_receiver_id_code": [filer],
        "transmission_date": [pd.Timestamp(day)],
    }
    opens = {"communication_password": [broker["password"]], "transmitter_user_data_text": [reference]}
    parts = [_one("A", ends | opens | {"application_identifier_code": ["AE"]})]
    for port, some in groupby(transactions, key=lambda it: it[0]):
        block = {"processing_district_port_code": [port], "processing_filer_code": [filer]}
        block |= {"application_identifier_code": ["AE"]}
        body = [np.frombuffer(line.encode("latin-1"), np.uint8) for _, records in some for line in records]
        parts += [_one("B", block), np.stack(body), _one("Y", block)]
    return write.to_bytes(np.concatenate([*parts, _one("Z", ends)]))


def _one(record: str, columns: dict) -> np.ndarray:
    return write.write(layout.load("envelope_in"), record, columns)
