"""X12 beside a generated home (:mod:`bench.month_fill`): exporters with their filings and statements, and invoices of
the importers' entries, over the whole way of a file but the drop."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import psycopg

from bench import generate_exports
from bench.generate_exports import Shipment
from bench.generate_invoices import UNITS
from loaders import db
from loaders import intake as registry
from loaders.archive import Archive
from parsers.x12 import write
from tidewaiter import database, export_statement, intake, start
from tidewaiter.settings import Settings
from transforms.x12.payment_advice import dollars

EXPORTERS, FORWARDERS = 300, 20
#: Sets of a file.
TOGETHER = 250
#: Exporters (the largest) that have the statement of the month.
STATED = 20
#: Of a hundred shipments so many are refused and never mended, mended, changed, and cancelled.
REFUSED, MENDED, CHANGED, CANCELLED = 3, 3, 4, 2
#: Of so many entries the invoices of one do not name it, and wait; of so many lines one is dearer than declared.
WAITS, DIFFERS = 9, 12
NEW_YORK = ZoneInfo("America/New_York")


def fill(settings: Settings, last: date, filings: int, entries: int) -> dict[str, int]:
    """Bring ``filings`` export filings of the 45 days up to ``last``, and the invoices of the latest ``entries``
    entry summaries; rows on file of either."""
    with closing(db.connect(database.url(settings), autocommit=True)) as conn:
        _file(settings, conn, _exports(settings, last, filings), last)
        _file(settings, conn, _invoices(conn, entries), last)
        conn.execute("VACUUM ANALYZE")
        of_month = last.replace(day=1)
        for (number,) in conn.execute(_LARGEST, [STATED]).fetchall():
            export_statement.state_month(settings, of_month, lambda: _at(last, 18), account=number)
        told = ("export_filing", "export_refusal", "invoice", "invoice_line", "invoice_match")
        return {name: conn.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in told}  # type: ignore[index]


_LARGEST = """
    SELECT a.number FROM export_filing f JOIN account a ON a.id = f.exporter_account_id
    GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT %s"""


def _at(day: date, hour: int) -> datetime:
    return datetime.combine(day, time(hour), NEW_YORK)


def _file(
    settings: Settings, conn: psycopg.Connection, files: Iterator[tuple[str, datetime, bytes]], last: date
) -> None:
    """Take files (account, when it came, bytes) one after the other."""
    archive = Archive(settings.archive)
    for number, (account, at, data) in enumerate(files, 1):
        name = f"{account}-{number:05}.x12"
        registry.arrive(conn, account, name, archive.put(data), len(data), "file", at, alone=True)
        for shard in intake.claim(settings):
            intake.process(settings, shard["shard"], now=lambda at=at: at)
        if number % 20 == 0:
            conn.execute("ANALYZE")  # as autovacuum does


def _exports(settings: Settings, last: date, count: int) -> Iterator[tuple[str, datetime, bytes]]:
    rng = np.random.default_rng([601, count])
    firms = [(f"{10_000_000_000 + 7919 * n:011}", f"Exporter {n:03} Inc") for n in range(1, EXPORTERS + 1)]
    toml = settings.home / "exporters.toml"
    toml.write_text(generate_exports.toml(firms, [f"Forwarder {n:02}" for n in range(1, FORWARDERS + 1)]))
    start.load_accounts(settings, toml)
    weight = 1 / np.arange(1, EXPORTERS + 1) ** 0.8
    often = [firms[n] for n in rng.choice(EXPORTERS, 4 * EXPORTERS, p=weight / weight.sum())]
    for number in range(-(-count // TOGETHER)):
        day = last - timedelta(days=44) + timedelta(days=44 * number * TOGETHER // count)
        agent = number % FORWARDERS + 1
        made = generate_exports.filings(
            number, often, day, TOGETHER, agent=f"Forwarder {agent:02}", prefix=f"F{number:03}", days=2
        )
        for at, shipments in _lived(made, rng, day):
            control = 10 * number + at.hour
            data = generate_exports.interchange(shipments, sender=f"FW{agent}", qualifier="ZZ", control=control, at=at)
            yield f"F-{agent}", at, data


def _lived(made: list[Shipment], rng: np.random.Generator, day: date) -> Iterator[tuple[datetime, list[Shipment]]]:
    """What is filed in the morning before, and what follows on it at noon."""
    drawn = rng.integers(0, 100, len(made))
    edges = np.cumsum([REFUSED, MENDED, CHANGED, CANCELLED])
    good = [it.destination for it in made]
    for it, number in zip(made, drawn, strict=True):
        if number < edges[1]:
            it.destination = "XX"
    yield _at(day - timedelta(days=1), 8), made
    later = []
    for it, destination, number in zip(made, good, drawn, strict=True):
        if edges[0] <= number < edges[1]:
            it.destination = destination
            later.append(it)
        elif edges[1] <= number < edges[3]:
            it.action = "R" if number < edges[2] else "3"
            later.append(it)
    if later:
        yield _at(day - timedelta(days=1), 12), later


_ENTRIES = """
    SELECT e.filer_code, e.entry_number, e.broker_reference, a.identifier, a.name, e.entry_date, l.line,
        coalesce(t.hts_number, '8471300100'), coalesce(t.value_cents, 100000), coalesce(t.quantity_1, 100),
        coalesce(t.unit_1, 'NO'), l.origin
    FROM (SELECT s.filer_code, s.entry_number, s.broker_reference, s.importer_account_id, s.version_id, v.entry_date
        FROM entry_summary s JOIN entry_summary_version v ON v.id = s.version_id
        WHERE s.status = 'accepted' ORDER BY s.id DESC LIMIT %s) e
    JOIN account a ON a.id = e.importer_account_id JOIN line l ON l.version_id = e.version_id
    LEFT JOIN LATERAL (SELECT * FROM tariff t WHERE t.version_id = e.version_id AND t.line = l.line
        ORDER BY left(t.hts_number, 2) IN ('98', '99'), t.tariff LIMIT 1) t ON true
    ORDER BY e.filer_code, e.entry_number, l.line"""


def _invoices(conn: psycopg.Connection, count: int) -> Iterator[tuple[str, datetime, bytes]]:
    """Invoices of entries, one or two of each; sent by the broker that filed the entry."""
    conn.execute(_LET)
    brokers: dict[str, list[tuple]] = {}
    for row in conn.execute(_ENTRIES, [count]).fetchall():
        brokers.setdefault(row[0], []).append(row)
    control = 0
    for filer, rows in brokers.items():
        entries: dict[str, list[tuple]] = {}
        for row in rows:
            entries.setdefault(row[1], []).append(row)
        bodies = [body for number, lines in entries.items() for body in _bodies(filer, number, lines)]
        for first in range(0, len(bodies), TOGETHER):
            control += 1
            sets = [write.Set("810", n, body) for n, body in enumerate(bodies[first : first + TOGETHER], 1)]
            at = _at(rows[0][5], 20)
            header = write.Header("ZZ", filer, "ZZ", "TIDEWAITER", at, control, version="00401")
            group = write.Group("IN", filer, "TIDEWAITER", control, "004010", sets)
            yield f"B-{filer}", at, write.interchange(header, [group])


# An importer works with brokers beside its own; here all of them may send its invoices.
_LET = """
    INSERT INTO relationship (from_account_id, to_account_id, kind, valid_from)
    SELECT DISTINCT e.filer_account_id, e.importer_account_id, 'files_for', date '2020-01-01' FROM entry_summary e
    WHERE NOT EXISTS (SELECT FROM relationship r WHERE r.from_account_id = e.filer_account_id
        AND r.to_account_id = e.importer_account_id AND r.kind = 'files_for')"""


def _bodies(filer: str, entry: str, lines: list[tuple]) -> Iterator[list[list[str]]]:
    """The invoices of an entry: its lines in turn, each invoiced whole, or, of two entries in three, in two parts."""
    serial = int(entry)
    for which in range(min(2, len(lines))):
        items: list[list[str]] = []
        cents = 0
        _, _, reference, importer, name, dated, *_ = lines[which]
        for *_, line, hts, value, quantity, unit, origin in lines[which::2]:
            wrong = 500_00 if (serial + line) % DIFFERS == 0 else 0
            parts = [(value // 2, quantity // 2), (value - value // 2, quantity - quantity // 2)]
            for part, many in parts if serial % 3 and quantity > 1 else [(value, quantity)]:
                cents += part + wrong
                pairs = ["VP", f"A{hts}", "HD", hts, "CH", origin]
                items.append(_line(len(items) // 2 + 1, part + wrong, many, unit, pairs))
                items.append(["PID", "F", "", "", "", f"ARTICLE {hts}"])
                wrong = 0
        refers = [] if serial % WAITS == 0 else [["REF", "6B", filer + entry], ["REF", "3Z", reference]]
        day = dated - timedelta(days=9)
        yield [
            ["BIG", f"{day:%Y%m%d}", f"{entry}-{which}", "", f"PO-{entry}", "", "", "DI", "00"],
            ["CUR", "SE", "USD"],
            *[it for it in refers if it[2]],
            ["N1", "IM", name, "24", importer],
            ["N1", "SE", f"SUPPLIER {serial % 97}", "91", f"S{serial % 97:05d}"],
            *items,
            ["TDS", str(cents)],
            ["CTT", str(len(items) // 2)],
        ]


def _line(number: int, cents: int, quantity: int, unit: str, pairs: list[str]) -> list[str]:
    """A line of ``quantity`` hundredths whose amount is ``cents``: the price has as many places as that takes."""
    places = 2 + len(str(quantity))
    scaled = (cents * 10**places * 2 + quantity) // (2 * quantity)
    price = f"{scaled // 10**places}.{scaled % 10**places:0{places}d}"
    return ["IT1", str(number), dollars(quantity), UNITS.get(unit, "CT"), price, "", *pairs]
