"""What the demonstration's traders sent in X12, what became of it, and where to look at what came back."""

from __future__ import annotations

import fnmatch
import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import psycopg

from loaders import accounts, db, export_statements, summary_x12
from loaders.summary_x12 import Invoiced, Set
from tidewaiter import database
from tidewaiter.demo_day import show
from tidewaiter.demo_parties import STATEMENTS, Parcel, login
from tidewaiter.demo_report import dollars
from tidewaiter.settings import Settings
from transforms.calendar import business_date

if TYPE_CHECKING:
    from tidewaiter.demo import Scene

FOLDER, RECEIPT = "x12", ".receipt.json"
#: How the name of an answer ends that every X12 file has.
X12 = ".reasons.csv"
#: What is done with an export filing beside adding it, or in vain.
EVENTFUL = ("replaced", "cancelled", "rejected")
#: What is said of a set that nothing acts on.
KEPT = "kept"


def report(settings: Settings, month: date, scene: Scene, sent: list[Parcel], output: Path) -> None:
    """Print what came in X12, the exports of a month, the invoices beside their entries, and fetch what to look at."""
    with closing(db.connect(database.url(settings), autocommit=True)) as conn:
        sets = summary_x12.sets(conn)
        print(f"\nX12: what came in {month:%B} and today")
        print(f"  {'sender':15} {'set':4} {'came':>5} {'accepted':>9}  what was done")
        for sender, set_id in sorted({(it.sender, it.set_id) for it in sets}):
            own = [it for it in sets if (it.sender, it.set_id) == (sender, set_id)]
            done = Counter(it.effect or KEPT for it in own)
            words = ", ".join(f"{count} {what}" for what, count in sorted(done.items()))
            print(f"  {sender:15} {set_id:4} {len(own):>5} {sum(it.final == 'A' for it in own):>9}  {words}")
        for number in scene.traders[1:]:
            _exports(conn, number, month)
        print("\n  Filings that were more than added")
        for it in eventful(sets):
            print(f"  {_line(it)}")
        for told in summary_x12.invoiced(conn):
            print(f"\n  {_invoices(told)}")
    _look(settings, scene, sets, sent, output / FOLDER)


def eventful(sets: list[Set]) -> list[Set]:
    """The actions on export filings that were more than added once, each filing's together."""
    exports = [it for it in sets if it.kind == "export"]
    named = dict.fromkeys((it.sender, it.reference) for it in exports if it.effect in EVENTFUL)
    return [it for key in named for it in exports if (it.sender, it.reference) == key]


def _line(it: Set) -> str:
    words = it.found if it.final == "R" else it.number
    return f"{business_date(it.received_at):%d %b}  {it.reference:14} {it.effect:9}  {words:48}  {it.file}"


def _exports(conn: psycopg.Connection, number: str, month: date) -> None:
    """The last activity statement of an exporter."""
    id = accounts.find(conn, number)
    table = export_statements.statements(conn, id, month)
    if len(table):
        last = table.iloc[-1]
        value = dollars(int(last["value_cents"]))
        what = f"{last['filings']} filings that left, {last['lines']} lines, value {value}"
        print(f"  {number}: export statement of {month:%B}, version {last['version']}: {what}")


def _invoices(it: Invoiced) -> str:
    lines = f"{it.lines} lines: {it.matched} matched, {it.different} different, {it.missing} not declared"
    return f"{it.number}: {it.invoices} invoices, {lines}; {it.uninvoiced} declared lines not invoiced"


class Look(NamedTuple):
    """Files of an account's outbox by a pattern, at most so many, and what they are."""

    account: str
    pattern: str
    most: int
    words: str


def _look(settings: Settings, scene: Scene, sets: list[Set], sent: list[Parcel], folder: Path) -> None:
    """Fetch what came back, as each account finds it, say where it lies, and print the answer to a broken file."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    broken = next((it for it in reversed(sent) if it.account == scene.exporter), None)
    print(f"\n  To look at, in {folder.absolute()}:")
    for look in _looks(scene, sets, sent, broken):
        place, _, pattern = look.pattern.rpartition("/")
        with login(settings, look.account) as session:
            names = [it for it in sorted(session.listdir(place)) if not it.endswith(RECEIPT)]
            names = fnmatch.filter(names, pattern)[: look.most]
            for name in names:
                with session.open(f"{place}/{name}", "rb") as remote:
                    (folder / name).write_bytes(remote.read())
        print(f"    {look.account}, {look.words}")
        for name in names:
            print(f"      {name}")
    for it in sent:
        if X12 in it.answers:
            (folder / it.name).write_bytes(it.data)
    if broken:
        for path in sorted(folder.glob(f"{broken.name}.*")):
            show(f"{broken.account} outbox/{path.name} (the transfer broke off)", path.read_bytes())


def _looks(scene: Scene, sets: list[Set], sent: list[Parcel], broken: Parcel | None) -> Iterator[Look]:
    """What there is to look at."""
    for it in [it for it in sets if it.kind == "export" and it.effect == "rejected"][:1]:
        yield Look(it.sender, f"outbox/{it.file}.*", 9, f"the answer to {it.file} with the rejected filing")
    yield Look(scene.exporter, "outbox/*.ack.csv", 1, "its own copy of what its forwarder filed")
    yield Look(scene.exporter, f"{STATEMENTS}/*-export-*.pdf", 1, "its export activity statement")
    for it in [it for it in sets if it.kind == "invoice"][:1]:
        yield Look(it.sender, f"outbox/{it.file}.*", 9, f"the answer to {it.file}")
    yield Look(scene.invoicer, f"{STATEMENTS}/*.820", 9, "its monthly statements as payment advice")
    for file in [it for it in sent if it.account == scene.status_broker][:1]:
        yield Look(file.account, f"outbox/{file.name}.35*", 2, "the status of an ABI file, in place of the AX")
    if broken:
        yield Look(broken.account, f"outbox/{broken.name}.*", 9, "the answer to a file whose transfer broke off")
