"""What the demonstration's traders send in X12, on the working days of a month and on the day after it: a forwarder and
an exporter their export filings (601), an importer the invoices (810) of what its brokers entered.

The same seed and days give the same bytes. ``File.sets`` says of each set what must become of it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta

import pandas as pd

from bench import generate_exports, generate_invoices
from bench.generate import Lot
from bench.generate_exports import Shipment
from bench.month import Day
from bench.population import Population

RECEIVER = "TIDEWAITER"
FORWARDER, FORWARDER_ID, FORWARDER_NAME = "F-1", "PACIFICFWD", "Pacific Forwarding"
#: EIN with suffix, as sent, and name; the first files for itself, too.
EXPORTERS = (("12345678900", "Harbor Machine Works"), ("98765432100", "Valley Orchards"))
#: Share of invoice lines that differ from what is declared.
DIFFER = 0.12
#: Working days between two files of an importer's invoices.
WEEK = 5
#: What is filed on which working day of the month, from 0, each in a file of its own.
DAYS = {"filed": 1, "mended": 2, "replaced": 6, "own": 9, "more": 12, "cancelled": 13}
#: Part of a file that arrives when a transfer breaks off.
ARRIVED = 0.6
SETS = ["kind", "account", "reference", "effect"]


@dataclass(frozen=True)
class File:
    """A file as ``account`` sends it. ``sets``: one row for each that must be understood: ``kind`` (export, invoice),
    ``account`` (number of the exporter or importer it is about), ``reference``, ``effect`` (added, replaced, cancelled,
    rejected)."""

    account: str
    name: str
    data: bytes
    sets: pd.DataFrame


def exporter(ein: str) -> str:
    """The account number of an exporter."""
    return f"X-{ein}"


def toml(importer: str, status_broker: str) -> str:
    """The accounts of exporters and forwarder, and the partner profiles: ``importer`` (an account number) sends
    invoices and wants its payment advice, ``status_broker`` hears of its filings in X12."""
    parts = []
    for ein, name in EXPORTERS:
        parts.append(_entry("account", number=exporter(ein), kind="exporter", name=name, identifier=ein))
        parts.append(_entry("relationship", **{"from": FORWARDER, "to": exporter(ein), "valid_from": "2020-01-01"}))
    parts.append(_entry("account", number=FORWARDER, kind="broker", name=FORWARDER_NAME, identifier="FWD"))
    own = exporter(EXPORTERS[0][0])
    parts += [
        _entry("x12_partner", account=FORWARDER, qualifier="ZZ", id=FORWARDER_ID),
        _entry("x12_partner", account=own, qualifier="ZZ", id=own),
        _entry("x12_partner", account=importer, qualifier="ZZ", id=importer, payment_advice="true"),
        _entry("x12_partner", account=status_broker, qualifier="ZZ", id=status_broker, status_messages="both"),
    ]
    return "\n".join(parts)


def accounts() -> list[str]:
    """Account numbers of the forwarder, and of the exporters."""
    return [FORWARDER, *(exporter(ein) for ein, _ in EXPORTERS)]


def _entry(table: str, **values: str) -> str:
    return "\n".join([f"[[{table}]]", *(f'{name} = "{value}"' for name, value in values.items()), ""])


@dataclass
class Trade:
    """What the traders send, day by day. ``importer`` is the place among ``people.importers`` of the one that sends its
    invoices; ``numbers``, the last interchange control number of each account."""

    people: Population
    importer: int
    seed: int
    numbers: Counter[str] = field(default_factory=Counter)
    _day: int = -1
    _lots: list[Lot] = field(default_factory=list)
    _filed: dict[str, list[Shipment]] = field(default_factory=dict)

    def files(self, day: Day, last: bool) -> Iterator[File]:
        """The files of a working day of the month, its ``last`` included."""
        self._day += 1
        self._lots += day.lots
        yield from self._exports(day.day)
        if last or self._day % WEEK == WEEK - 1:
            yield from self._invoices(day.day)

    def today(self, day: date) -> Iterator[File]:
        """What is sent on the day after the month: a file with a filing that is rejected, and one whose transfer broke
        off."""
        made = self._drawn(day, 3, agent=FORWARDER_NAME)
        made[1] = replace(made[1], port="")
        yield self._of(FORWARDER, day, [(made[0], "added"), (made[1], "rejected"), (made[2], "added")])
        cut = self._of(exporter(EXPORTERS[0][0]), day, [(it, "") for it in self._drawn(day, 2, own=True)])
        short = cut.data[: int(len(cut.data) * ARRIVED)]
        yield replace(cut, name=cut.name.replace(".edi", "-broken.edi"), data=short, sets=cut.sets.iloc[:0])

    def _exports(self, day: date) -> Iterator[File]:
        """The export filings of a working day: what was forgotten in one is mended, one is replaced, one cancelled."""
        for what in (it for it, number in DAYS.items() if number == self._day):
            match what:
                case "filed":
                    made = self._filed[what] = self._drawn(day, 4, agent=FORWARDER_NAME)
                    told = ["added", "added", "rejected", "added"]
                    filed = [*made[:2], replace(made[2], conveyance=""), made[3]]
                    yield self._of(FORWARDER, day, list(zip(filed, told, strict=True)))
                case "mended":
                    yield self._of(FORWARDER, day, [(self._filed["filed"][2], "added")])
                case "replaced":
                    first = self._filed["filed"][0]
                    lines = [{**line, "value": line["value"] + 1_000} for line in first.lines]
                    yield self._of(FORWARDER, day, [(replace(first, action="R", lines=lines), "replaced")])
                case "own":
                    own = exporter(EXPORTERS[0][0])
                    yield self._of(own, day, [(it, "added") for it in self._drawn(day, 3, own=True)])
                case "more":
                    self._filed[what] = self._drawn(day, 3, agent=FORWARDER_NAME, prefix="PFB")
                    yield self._of(FORWARDER, day, [(it, "added") for it in self._filed[what]])
                case "cancelled":
                    yield self._of(FORWARDER, day, [(replace(self._filed["more"][1], action="3"), "cancelled")])

    def _drawn(
        self, day: date, count: int, *, agent: str = "", own: bool = False, prefix: str = "PF"
    ) -> list[Shipment]:
        """Shipments that leave one to three days after they are filed."""
        who, prefix = (EXPORTERS[:1], "HMW") if own else (EXPORTERS, prefix)
        leave = day + timedelta(days=1)
        return generate_exports.filings(
            self.seed + day.toordinal(), who, leave, count, agent=agent, prefix=prefix, days=3
        )

    def _of(self, account: str, day: date, told: Sequence[tuple[Shipment, str]]) -> File:
        self.numbers[account] += 1
        sender = FORWARDER_ID if account == FORWARDER else account
        data = generate_exports.interchange(
            [it for it, _ in told],
            sender=sender,
            qualifier="ZZ",
            control=self.numbers[account],
            at=datetime.combine(day, time(11), UTC),
            receiver=RECEIVER,
        )
        rows = [("export", exporter(it.exporter), it.reference, effect) for it, effect in told]
        return File(
            account, f"{sender}-{day:%y%m%d}-{self.numbers[account]:02}.edi", data, pd.DataFrame(rows, columns=SETS)
        )

    def _invoices(self, day: date) -> Iterator[File]:
        """The invoices of what was entered since the last file of them."""
        number = f"I-{self.people.importers['number'].iloc[self.importer]}"
        lots, self._lots = self._lots, []
        data, lines = generate_invoices.of_importer(
            lots,
            self.people,
            self.importer,
            self.seed,
            sender=number,
            control=self.numbers[number] + 1,
            day=day,
            differ=DIFFER,
            receiver=RECEIVER,
        )
        if data:
            self.numbers[number] += 1
            invoices = lines.loc[lines["line"] > 0, "invoice_number"].unique()
            rows = [("invoice", number, it, "added") for it in invoices]
            yield File(number, f"{number}-{day:%y%m%d}-invoices.edi", data, pd.DataFrame(rows, columns=SETS))
