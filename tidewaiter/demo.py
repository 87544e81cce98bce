"""The main job, end to end: a month on a clock of its own, from daily files to the paid statement and the filing, then
today in Airflow: files go up over SFTP, are taken and answered, and a DAG finds the month closed."""

from __future__ import annotations

import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import pandas as pd

from loaders import db, reference, summary
from loaders.x12 import seen
from tidewaiter import (
    database,
    demo_day,
    demo_portal,
    demo_report,
    demo_workers,
    demo_x12,
    keys,
    lateness,
    month,
    start,
)
from tidewaiter.demo_month import Cycle, Month, last_cycle
from tidewaiter.demo_parties import PERIODIC, Broker, Parcel, all_logged_in
from tidewaiter.settings import Settings
from tidewaiter.stack import Stack
from transforms.calendar import business_date

BROKERS, IMPORTERS = 3, 9
#: What the generated files get wrong, so that the answers have something to say: share of filings by kind
#: (bench/defects.csv).
DEFECTS = {"no_unlading": 0.06, "wrong_duty_total": 0.06, "check_digit": 0.04, "filler_data": 0.04, "trimmed": 0.3}
DEFECTS_OF_MONTH = {kind: share / 3 for kind, share in DEFECTS.items()}
SUMMARIES_A_FILE = 8
SUMMARIES_A_DAY = 12
QUICK = 0.05
#: Where what the demonstration shows stays, when its home does not.
OUTPUT = Path("demo-output")


class NoWorkingCopy(Exception):
    """The packages are installed without the working copy that carries the generator."""


@dataclass(frozen=True)
class Scene:
    """Who is in the demonstration: ``people`` (bench.population), their payer units by account number, the importer
    that has none and pays late (its number; blank: nobody), and who speaks X12 (bench.trade), by account number:
    forwarder and exporters, one of these, the importer that sends its invoices, the broker that hears of its filings in
    X12."""

    people: Any
    units: dict[str, str]
    late_payer: str
    trade: Any
    traders: list[str]
    exporter: str
    invoicer: str
    status_broker: str


def run(*, files: int, seed: int, keep: str | None, stay: bool = False, a_day: int = SUMMARIES_A_DAY) -> int:
    """Run the demonstration with ``a_day`` summaries a day of the month and ``files`` files today; 0 when every file
    was answered and everything ties out. With ``stay`` the system stays up until Ctrl-C, for a look at the portal."""
    began = time.monotonic()

    def say(line: str) -> None:
        print(f"[{time.monotonic() - began:6.1f} s] {line}", flush=True)

    with _home(keep) as home:
        settings = with_bank(start.initialise(home, say=lambda line: None))
        today = business_date(datetime.now(UTC))
        carry_rates(settings, today)
        scene = cast(settings, seed, today)
        say(f"home made: {BROKERS + IMPORTERS} accounts, reference tables, keys")
        with Stack(settings, say, airflow=False) as stack:
            settings = stack.settings
            cycle = last_cycle(today, month.calendar(settings))
            with demo_workers.together(replace(settings, stability_seconds=QUICK)) as work:
                lived = live(settings, scene, cycle, seed, a_day, say, work)
            stack.start_airflow()
            closed = demo_day.trigger_close(stack.airflow, cycle.month)
            say(f"Airflow is to close {cycle.month:%B} once more")
            sent = _today(settings, files, seed, today, scene)
            opened = datetime.now(UTC).replace(microsecond=0)
            times = demo_day.exchange(settings, sent, say)
            answered = all(times.values())
            say(f"all {len(times)} files answered" if answered else "some files have no answer yet")
            said = demo_day.outcome(stack.airflow, closed)
            say(f"{cycle.month:%B}, closed once more by Airflow: {said}")
            demo_day.report(settings, sent, times, opened)
            demo_x12.report(settings, cycle.month, scene, sent, OUTPUT)
            ties = demo_report.report(settings, cycle, scene.late_payer, OUTPUT, kept=keep is not None)
            if stack.portal:
                broker = f"B-{scene.people.brokers['filer_code'].iloc[0]}"
                demo_portal.open_house(settings, stack.portal, scene.invoicer, scene.exporter, broker, say)
            if stay:
                say("staying up until Ctrl-C")
                with suppress(KeyboardInterrupt):
                    signal.pause()
    say("everything is down again")
    return 0 if answered and ties and lived else 1


def live(settings: Settings, scene: Scene, cycle: Cycle, seed: int, a_day: int, say, work: demo_workers.Work) -> bool:
    """Live through the month, unless this home has; whether every account's month was filed."""
    with closing(db.connect(database.url(settings), autocommit=True)) as conn:
        if summary.months(conn, cycle.month):
            say(f"{cycle.month:%B %Y} is on file in this home")
            return True
    say(f"{cycle.month:%B %Y} begins, on a clock of its own; its statements are due on {cycle.due:%d %B}")
    bench = _bench("month")
    sent = bench.month(scene.people, cycle.month, a_day, seed, defects=DEFECTS_OF_MONTH)
    quick = replace(settings, stability_seconds=QUICK)  # these clients rename what is complete
    filers = scene.people.brokers["filer_code"].tolist()
    traders = [*scene.traders, scene.invoicer]
    with all_logged_in(settings, [f"B-{filer}" for filer in filers] + traders) as sessions:
        messages = _bench("statement_messages")
        brokers = [Broker(it, scene.people, sessions[f"B-{it}"], scene.units, messages, seed) for it in filers]
        traded = {account: sessions[account] for account in traders}
        it = Month(quick, cycle, brokers, scene.late_payer, say, scene.trade, traded, work)
        it.run(sent)
    return not it.open


@contextmanager
def _home(keep: str | None) -> Iterator[Path]:
    if keep:
        yield Path(keep)
        return
    folder = Path(tempfile.mkdtemp(prefix="tidewaiter-demo-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def with_bank(settings: Settings) -> Settings:
    """The settings with a bank that makes our debits; saved. None of it exists."""
    settings = replace(
        settings,
        bank_routing="987654320",
        bank_name="Demonstration Bank",
        bank_company_id="1000000001",
        bank_company_name="Tidewaiter",
    )
    settings.save()
    return settings


def carry_rates(settings: Settings, today: date) -> None:
    """Where no interest rate is on file for ``today``, load the last one once more, said to be carried on: what is late
    costs something. In a system that is meant, an operator loads what is published."""
    rates = lateness.interest_rates(settings)
    last = rates.sort_values("valid_from").iloc[-1:]
    end = last["valid_to"].iloc[0]
    if pd.isna(end) or end >= pd.Timestamp(today):
        return
    path = settings.home / "interest_rates.csv"
    rates["valid_from"] = rates["valid_from"].dt.strftime("%Y-%m-%d")
    rates["valid_to"] = rates["valid_to"].dt.strftime("%Y-%m-%d")
    carried = last.assign(valid_from=f"{end + pd.Timedelta(days=1):%Y-%m-%d}", valid_to="", source="demonstration")
    pd.concat([rates, carried]).to_csv(path, index=False)
    with database.up(settings) as url, closing(db.connect(url, autocommit=True)) as conn:
        reference.load(conn, settings.home, "interest_rates", path)


def cast(settings: Settings, seed: int, today: date, importers: int = IMPORTERS) -> Scene:
    """Make brokers, importers and who trades in X12, each with a key; brokers and importers with a payer unit, but for
    the one that pays late; load their accounts."""
    people = _bench("generate").population(1, seed, BROKERS, importers, today)
    own = people.importers[people.importers["payment_type"].isin(PERIODIC[1:])]["number"].tolist()
    late = own[-1] if own else ""
    numbers = [f"B-{code}" for code in people.brokers["filer_code"]]
    numbers += [f"I-{number}" for number in people.importers["number"]]
    units = {number: str(100001 + at) for at, number in enumerate(numbers) if number != f"I-{late}"}
    trade = _bench("trade")
    place = people.importers["number"].tolist().index(own[0]) if len(own) > 1 else 0
    invoicer, status_broker = f"I-{people.importers['number'].iloc[place]}", numbers[BROKERS - 1]
    public = {it: keys.ensure(settings.keys / "accounts", it) for it in [*numbers, *trade.accounts()]}
    parts = [_bench("accounts").toml(people, public, units), trade.toml(invoicer, status_broker)]
    path = settings.home / "accounts.toml"
    path.write_text("\n".join([*parts, demo_portal.OFFICE_TOML]))
    start.load_accounts(settings, path)
    traders = trade.accounts()
    return Scene(people, units, late, trade.Trade(people, place, seed), traders, traders[1], invoicer, status_broker)


def _today(settings: Settings, files: int, seed: int, today: date, scene: Scene) -> list[Parcel]:
    """What the brokers send today, in turn, and what the traders send between them."""
    summaries = max(BROKERS, files) * SUMMARIES_A_FILE
    named = {"brokers": BROKERS, "importers": IMPORTERS, "defects": DEFECTS, "per_file": SUMMARIES_A_FILE}
    made = sorted(_bench("generate").generate(today, summaries, seed, **named), key=lambda file: file.name[3:])[:files]
    with closing(db.connect(database.url(settings), autocommit=True)) as conn:
        own = seen.lines(conn)  # in a home that was kept there is more on file than the month that was lived now
        scene.trade.numbers |= Counter(dict(zip(own["account"], own["number"], strict=True)))
    sent = [_parcel(file, scene) for file in made]
    for place, file in enumerate(scene.trade.today(today), 1):
        holds = f"{len(file.sets)} export filings in X12" if len(file.sets) else "X12, broken off"
        sent.insert(3 * place, Parcel(file.account, file.name, file.data, holds, (demo_x12.X12,), True))
    return sent


def _parcel(file: Any, scene: Scene) -> Parcel:
    """A broker's file, answered with an AX, or with the X12 in place of it."""
    account = f"B-{file.sender}"
    answers = (".355", ".350") if account == scene.status_broker else (".ax",)
    rejects = bool((file.entries["final"] == "998").any())
    return Parcel(account, file.name, file.data, f"{len(file.entries)} filings", answers, rejects)


def _bench(name: str) -> ModuleType:
    """A module of the generator: it stands beside the packages, in the working copy, and is not installed with them."""
    copy = Path(__file__).parents[1]
    if not (copy / "bench").is_dir():
        raise NoWorkingCopy(
            "the demonstration generates its files with the working copy's bench/: run `make demo` there"
        )
    if str(copy) not in sys.path:
        sys.path.append(str(copy))
    return import_module(f"bench.{name}")
