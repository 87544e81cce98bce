"""Exports of two exporters by two agents, and invoices of the importers' entries, put in by the desks: what exporters,
importers and brokers see of X12."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any

import numpy as np

from bench import generate_exports, generate_invoices
from bench.generate_exports import Shipment
from loaders import accounts, db
from parsers.x12 import judge, read
from tests.system import x12_files
from tests.transforms.export import exported
from tidewaiter import export_filing, export_statement, invoicing
from transforms.x12.outcome import Context

EIN, NAME = "12345678900", "Pacific Pumps Inc"
OTHER_EIN, OTHER = "99888777600", "Plains Grain Co"
EXPORTER, OTHER_EXPORTER, AGENT = f"X-{EIN}", f"X-{OTHER_EIN}", "F-1"
TODAY = date(2026, 9, 15)
#: Keys of sets that no intake gave out.
_KEYS = iter(range(7_000_000, 8_000_000, 1000))


def document(data: bytes) -> Any:
    return judge.judge(read.read(data))


def give(house: Any, desk: Any, sender: str, data: bytes, at: datetime) -> Any:
    """A file at a desk, as if its intake had called it."""
    it, key = document(data), next(_KEYS)
    with closing(db.connect(house.settings.database_url, autocommit=True)) as conn:
        account = accounts.find(conn, sender)
        assert account is not None
        keys = np.arange(len(it.sets)) + key
        context = Context(account, key, at, at.date(), exported.reference(), False, keys)
        with conn.transaction():
            return desk.decide(conn, it, context)


def ship(house: Any, *shipments: Shipment, sender: str = AGENT, at: datetime | None = None) -> Any:
    """Shipments filed by an agent, or by whom ``sender`` is."""
    wire = generate_exports.interchange(shipments, sender=EIN, at=exported.NOON)
    return give(house, export_filing, sender, wire, at or house.now)


def shipment(reference: str, *lines: dict[str, Any], **changes: Any) -> Shipment:
    made = exported.shipment(*lines, reference=reference, exporter=EIN, exporter_name=NAME, agent="Fast Forwarders")
    return replace(made, **changes)


def exports(house: Any, stranger: str) -> None:
    """A month of an exporter: accepted, changed, cancelled, rejected and mended, rejected and not; one agent holds an
    authority, ``stranger`` (an account of a broker) does not."""
    house.load(generate_exports.toml([(EIN, NAME), (OTHER_EIN, OTHER)], ["Fast Forwarders"]))
    now, line = house.now, exported.line
    before = now - timedelta(days=20)
    ship(house, shipment("AUG-1", day=date(2026, 8, 27)), shipment("AUG-2", day=date(2026, 8, 28)), at=before)
    ship(
        house,
        shipment("SEP-1", line(), line(line=2, number="0712311000", value=9000)),
        shipment("SEP-2", destination="XX"),
        shipment("SEP-3", line(number="0000000000"), destination="JP"),
        shipment("SEP-4"),
        shipment("SEP-5", day=date(2026, 9, 10)),
    )
    at = now + timedelta(minutes=1)
    ship(
        house,
        shipment("SEP-1", line(line=2, number="0712311000", value=12000, action="2"), action="2", destination="FR"),
        at=at,
    )
    ship(house, shipment("SEP-2", destination="MX", mode="30"), shipment("SEP-4", action="3"), at=at)
    ship(house, shipment("SEP-9"), sender=stranger, at=at)
    ship(house, shipment("OTH-1", exporter=OTHER_EIN, exporter_name=OTHER), at=at)
    export_statement.state_month(house.settings, date(2026, 8, 1), now=lambda: now)


def invoices(house: Any, summaries: int, seed: int, brokers: int, importers: int, day: date, most: int = 12) -> int:
    """The invoices of a generated day, the first ``most`` files of them; how many were accepted."""
    kept = 0
    files = generate_invoices.generate(day, summaries, seed, brokers=brokers, importers=importers, differ=0.4)
    for file in islice(files, most):
        done = give(house, invoicing, f"B-{file.sender}", file.data, house.now)
        kept += int((done.dispositions["final"] == "A").sum())
    return kept


#: An X12 file of a broker with faults of every kind: of syntax in a 601, of business in an 810, a set of no use.
FAULTY, GOOD, REFUSED = "exports-and-more.x12", "good.x12", "again.x12"


def x12(house: Any, broker: str, code: str) -> None:
    """Files of a broker over the whole way: one with faults, one taken, one of a number that was used."""
    house.load(
        f'[[x12_partner]]\naccount = "{broker}"\nqualifier = "ZZ"\nid = "{code}"\nacknowledgment = "997"\n'
        'read_as = { "004020" = "004010" }\n'
    )
    bad = x12_files.shipment("BAD-1").replace("MX*BAD-1", "MEXICO*BAD-1").replace("17600", "many")
    sets = [("601", text.replace(EIN, "11122233300")) for text in (bad, x12_files.shipment("BAD-2"))]
    invoice = x12_files.invoice("NOBODYS-1", "98-765432100")
    house.put(broker, GOOD, x12_files.interchange(("810", invoice), number=11, sender=code))
    house.run()
    house.put(broker, REFUSED, x12_files.interchange(("810", invoice), number=11, first=2, sender=code))
    house.run()
    house.put(broker, FAULTY, x12_files.interchange(*sets, number=14, sender=code, release="004050"))
    house.run()
