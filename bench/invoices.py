"""What one more invoice of an entry costs when many are on file: milliseconds of the 10th file and of the 100th.

    python -m bench.invoices [--files 100] [--lines 3] [--seed 1] [--json]

A day's entries are filed, and then invoices of those with the most lines, each in a file of its own, over the whole
way of a file but the drop: claimed, read, decided, compared, committed. They belong to the entry because they name it
(REF 6B), or because they name the broker's reference (REF 3Z), or they wait for an entry that never comes. Each holds
parts of some declared lines, so that a hundred of them make up the entry many times over. A figure is the least of the
eleven files around it, since others may be at work on the machine.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

import psycopg

from bench import accounts
from bench.generate import DEFAULT_DAY, generate, population
from bench.generate_invoices import UNITS
from bench.way import AT
from loaders import db, server
from loaders import intake as registry
from loaders.archive import Archive
from parsers.x12 import write
from tidewaiter import database, intake, start
from tidewaiter.settings import Settings
from transforms.x12.payment_advice import dollars

SUMMARIES, BROKERS, IMPORTERS = 150, 2, 4
#: How invoices belong to the entry: the qualifier of the reference that says so (blank: by nothing).
WAYS = {"entry": "6B", "broker's reference": "3Z", "waiting": ""}
AROUND = 5


class Entry(NamedTuple):
    """The entry summary that is invoiced: its number and its broker's reference, who filed it, whose it is, and its
    lines (number, dollars, hundredths and unit of the quantity, origin)."""

    number: str
    reference: str
    broker: str
    importer: str
    lines: Sequence[tuple[str, int, int, str, str]]


def prepare(folder: str, seed: int) -> tuple[Settings, list[Entry]]:
    """A home with a day's accounts and entries, and the entry summaries with the most lines, one for each way."""
    settings = start.initialise(folder, say=lambda line: None)
    toml = Path(folder) / "accounts.toml"
    toml.write_text(accounts.toml(population(SUMMARIES, seed, BROKERS, IMPORTERS)))
    start.load_accounts(settings, toml)
    archive = Archive(settings.archive)
    with closing(db.connect(database.url(settings), autocommit=True)) as conn:
        for file in generate(DEFAULT_DAY, SUMMARIES, seed, brokers=BROKERS, importers=IMPORTERS):
            sha256 = archive.put(file.data)
            registry.arrive(conn, f"B-{file.sender}", file.name, sha256, len(file.data), "file", AT)
        while shards := intake.claim(settings):
            for shard in shards:
                intake.process(settings, shard["shard"], now=lambda: AT)
        conn.execute("VACUUM ANALYZE")
        return settings, _longest(conn)


def _longest(conn: psycopg.Connection) -> list[Entry]:
    found = conn.execute(
        """SELECT e.version_id, e.filer_code || e.entry_number, e.broker_reference, b.number, a.identifier
        FROM entry_summary e JOIN account a ON a.id = e.importer_account_id JOIN account b ON b.id = e.filer_account_id
        WHERE e.status = 'accepted'
        ORDER BY (SELECT count(*) FROM line l WHERE l.version_id = e.version_id) DESC, e.id LIMIT %s""",
        [len(WAYS)],
    ).fetchall()
    return [Entry(*rest, _lines(conn, version)) for version, *rest in found]


def _lines(conn: psycopg.Connection, version: int) -> list[tuple]:
    return conn.execute(
        """SELECT DISTINCT ON (l.line) t.hts_number, t.value_cents / 100, coalesce(t.quantity_1, 100), t.unit_1,
            l.origin
        FROM line l JOIN tariff t USING (version_id, line) WHERE l.version_id = %s
        ORDER BY l.line, left(t.hts_number, 2) IN ('98', '99'), t.tariff""",
        [version],
    ).fetchall()


def invoice(entry: Entry, number: int, qualifier: str, lines: int) -> bytes:
    """The file of the ``number``-th invoice: parts of ``lines`` declared lines, further ones than the one before."""
    head = [
        ["BIG", f"{DEFAULT_DAY:%Y%m%d}", f"N{qualifier}{number:05}", "", "PO-1", "", "", "DI", "00"],
        ["CUR", "SE", "USD"],
        ["N1", "IM", "IMPORTER", "24", entry.importer],
        ["N1", "SE", "SELLER", "91", "S1"],
    ]
    if qualifier:
        head.insert(2, ["REF", qualifier, entry.number if qualifier == "6B" else entry.reference])
    items, cents = [], 0
    for place in range(lines):
        hts, value, quantity, unit, origin = entry.lines[(number * lines + place) % len(entry.lines)]
        part = max(1, value * 100 // (5 + number % 7))
        pairs = ["HD", hts, "CH", "CA" if origin.startswith("X") else origin]
        items.append(["IT1", str(place + 1), "1", UNITS.get(unit, "CT"), dollars(part), "", *pairs])
        items.append(["PID", "F", "", "", "", f"ARTICLE {quantity}"])
        cents += part
    body = [*head, *items, ["TDS", str(cents)], ["CTT", str(lines)]]
    sender = entry.broker.removeprefix("B-")
    control = number + 1_000_000 * (1 + list(WAYS.values()).index(qualifier))
    header = write.Header("ZZ", sender, "ZZ", "TIDEWAITER", AT, control, version="00401")
    group = write.Group("IN", sender, "TIDEWAITER", control, "004010", [write.Set("810", 1, body)])
    return write.interchange(header, [group])


def file(settings: Settings, entry: Entry, qualifier: str, files: int, lines: int) -> Iterator[float]:
    """Milliseconds of each of ``files`` invoices, one after the other."""
    archive = Archive(settings.archive)
    with closing(db.connect(database.url(settings), autocommit=True)) as conn:
        for number in range(1, files + 1):
            data = invoice(entry, number, qualifier, lines)
            name = f"{qualifier}{number}.x12"
            registry.arrive(conn, entry.broker, name, archive.put(data), len(data), "file", AT, alone=True)
            begun = time.perf_counter()
            for shard in intake.claim(settings):
                intake.process(settings, shard["shard"], now=lambda n=number: AT + timedelta(seconds=n))
            yield 1000 * (time.perf_counter() - begun)
        kept = conn.execute("SELECT count(*) FROM invoice WHERE invoice_number LIKE %s", [f"N{qualifier}_____"])
        assert kept.fetchone() == (files,), "an invoice was not taken"


def measure(files: int, lines: int, seed: int) -> dict[str, Any]:
    """Of each way to belong to an entry the least around the 10th and the last file, and how often the one goes into
    the other."""
    with tempfile.TemporaryDirectory(prefix="tidewaiter-bench-", dir="/tmp") as folder:
        settings, entries = prepare(folder, seed)
        try:
            out: dict[str, Any] = {"lines of an entry": len(entries[-1].lines), "lines of an invoice": lines}
            for entry, (way, qualifier) in zip(entries, WAYS.items(), strict=True):
                took = list(file(settings, entry, qualifier, files, lines))
                tenth = min(took[10 - AROUND - 1 : 10 + AROUND])
                last = min(took[-2 * AROUND - 1 :])
                out |= {f"{way}: 10th file, ms": round(tenth), f"{way}: file {files}, ms": round(last)}
                out[f"{way}: ratio"] = round(last / tenth, 2)
            return out
        finally:
            server.stop(settings.home)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=100, help="invoices of the entry, one a file (default 100)")
    parser.add_argument("--lines", type=int, default=3, help="lines of an invoice (default 3)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of a table")
    chosen = parser.parse_args()
    result = measure(chosen.files, chosen.lines, chosen.seed)
    print(json.dumps(result) if chosen.json else "\n".join(f"{name:>40}  {value}" for name, value in result.items()))


if __name__ == "__main__":
    main()
