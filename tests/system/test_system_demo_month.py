"""The demonstration's month, from files to the paid statement and the filing, and the month it chooses."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from itertools import islice
from pathlib import Path

import pytest

from loaders import summary, tie_outs
from parsers.x12.read import read
from tests.system.house import House
from tests.system.x12_files import interchange
from tidewaiter import demo, demo_day, demo_report, demo_workers, demo_x12, filing, month
from tidewaiter.demo_month import LATE, last_cycle
from tidewaiter.demo_parties import Parcel, statements
from transforms.working_days import Calendar
from transforms.x12 import payment_advice

TODAY = date(2026, 11, 25)
SETS = {"export": "601", "invoice": "810"}
#: What the report calls what became of an invoice line.
WORDS = {"matched": "matched", "different": "different", "missing": "not declared"}


def test_the_month_chosen_on_any_day_is_over_and_the_last_that_is() -> None:
    calendar = Calendar()
    days = [date(2026, 1, 1) + timedelta(days=n) for n in range(2 * 365)]
    for today in days:
        cycle = last_cycle(today, calendar)
        assert cycle.month < cycle.statement_month < cycle.filed < cycle.due < cycle.days[-1] < today
        assert cycle.days[0].replace(day=1) == cycle.month and all(map(calendar.is_working, cycle.days))
        assert cycle.days.index(cycle.due) + LATE < len(cycle.days)
        next_one = last_cycle(today + timedelta(days=70), calendar).month
        assert cycle.month < next_one and (today.replace(day=1) - cycle.month).days < 95


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Of the month only its first days are filed."""
    of_month = demo._bench("month").month
    monkeypatch.setattr("bench.month.month", lambda *args, **more: islice(of_month(*args, **more), 3))
    days = {"filed": 0, "mended": 1, "replaced": 1, "own": 1, "more": 1, "cancelled": 2}
    monkeypatch.setattr("bench.trade.DAYS", days)
    yield


def test_a_month_of_a_few_accounts_is_printed_paid_and_filed(
    house: House, sent: None, tmp_path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tidewaiter.demo_parties.REMOVES", 0.5)
    settings = demo.with_bank(house.settings)
    scene = demo.cast(settings, 1, TODAY, importers=5)
    whole = last_cycle(TODAY, month.calendar(settings))
    cycle = replace(whole, days=whole.days[:12] + [day for day in whole.days if day >= whole.filed])
    lines: list[str] = []
    with demo_workers.together(settings) as work:
        assert demo.live(settings, scene, cycle, 1, 8, lines.append, work)
    told = "\n".join(lines)
    for words in ("accepted", "daily printed", "taken off", "payments authorised", "debits sent to the bank", "late"):
        assert words in told
    assert scene.late_payer
    open_ = house.ask("SELECT statement_number FROM statement WHERE status <> 'F' OR paid_at IS NULL")
    assert open_ == [] and house.one("SELECT count(*) FROM statement WHERE kind = 'monthly'") > 1
    late = house.ask("SELECT DISTINCT importer_number FROM statement WHERE late_at IS NOT NULL")
    assert late == [(scene.late_payer,)]
    assert not len(tie_outs.broken(house.conn))
    assert filing.file_month(settings, cycle.month, house.clock).filed == 0
    for it in summary.months(house.conn, cycle.month):
        assert it.paid_cents == it.due_cents
    assert demo_report.report(settings, cycle, scene.late_payer, tmp_path / "shown", kept=False)
    said = capsys.readouterr().out
    assert "days late, interest" in said and "paid in time" in said and "Everything ties out" in said
    (pdf,) = (tmp_path / "shown").glob("*.pdf")
    assert pdf.read_bytes().startswith(b"%PDF-") and str(pdf) in said
    assert demo.live(settings, scene, cycle, 1, 8, lines.append, work) and "on file" in lines[-1]
    demo_x12.report(settings, cycle.month, scene, [], tmp_path / "shown")
    traded_ties(house, scene, cycle.month, capsys.readouterr().out, tmp_path / "shown" / demo_x12.FOLDER)


def traded_ties(house: House, scene: demo.Scene, of: date, said: str, folder: Path) -> None:
    """What traders sent became what it had to, and every number shown of it is that of the tables it is about."""
    trade = demo._bench("trade").Trade(scene.people, scene.trade.importer, 1)
    days = list(demo._bench("month").month(scene.people, of, 8, 1))
    sent = [file for day in days for file in trade.files(day, last=day is days[-1])]
    meant = [(file.account, *row) for file in sent for row in file.sets[["kind", "reference", "effect"]].to_numpy()]
    assert Counter(effect for _, kind, _, effect in meant if kind == "export") == {
        "added": 10,
        "rejected": 1,
        "replaced": 1,
        "cancelled": 1,
    }
    became = house.ask(
        """SELECT a.number, s.kind, s.reference, t.effect FROM x12_set s JOIN transaction t ON t.id = s.transaction_id
        JOIN account a ON a.id = s.account_id"""
    )
    assert Counter(became) == Counter(meant)
    came = {(file.account, SETS[file.sets["kind"].iloc[0]]) for file in sent}
    assert len(came) == 3
    for account, set_id in came:
        own = [row for row in meant if row[0] == account]
        line = next(it for it in said.splitlines() if it.split()[:2] == [account, set_id])
        assert [int(it) for it in line.split()[2:4]] == [len(own), sum(row[3] != "rejected" for row in own)]
        done = Counter(row[3] for row in own)
        assert line.endswith("  " + ", ".join(f"{count} {what}" for what, count in sorted(done.items())))
    left = house.ask(
        """SELECT a.number, count(DISTINCT f.id), count(*), sum(l.value_cents)::bigint
        FROM export_filing f JOIN account a ON a.id = f.exporter_account_id JOIN export_line l USING (version_id)
        WHERE f.status = 'filed' AND date_trunc('month', f.export_date)::date = %s GROUP BY a.id""",
        of,
    )
    assert len(left) == 2
    for number, filings, lines, cents in left:
        shown = f"{number}: export statement of {of:%B}, version 1: {filings} filings that left, {lines} lines, value "
        assert f"{shown}{demo_report.dollars(cents)}\n" in said
    mended = [row[2] for row in meant if row[3] == "rejected"]
    shown = [line for line in said.splitlines() if mended[0] in line]
    itn = house.one("SELECT itn FROM export_filing WHERE reference = %s", mended[0])
    assert "123 CONVEYANCE NAME MISSING" in shown[0] and itn in shown[1] and len(shown) == 2
    states = dict(house.ask("SELECT state, count(*) FROM invoice_match GROUP BY state"))
    lines = house.one("SELECT count(*) FROM invoice_line l JOIN invoice i USING (version_id)")
    told = ", ".join(f"{states.get(state, 0)} {word}" for state, word in WORDS.items())
    invoices = sum(kind == "invoice" for _, kind, *_ in meant)
    without = states.get("uninvoiced", 0)
    assert (
        f"{scene.invoicer}: {invoices} invoices, {lines} lines: {told}; {without} declared lines not invoiced" in said
    )
    assert states["different"] and sum(states.values()) - without == lines
    advised = {path.name: read(path.read_bytes()).table("BPR") for path in folder.glob("*.P.820")}
    stated = house.ask(
        """SELECT statement_number || '.P.820', total_cents FROM statement
        WHERE kind = 'monthly' AND 'I-' || importer_number = %s""",
        scene.invoicer,
    )
    assert advised and set(advised) == {name for name, _ in stated}
    for name, cents in stated:
        assert advised[name]["BPR02"].tolist() == [payment_advice.dollars(cents)]
    for name in [it.strip() for it in said.splitlines() if it.startswith("      ")]:
        assert (folder / name).stat().st_size, name


ACCOUNT = """
[[account]]
number = "B-AGAIN"
kind = "broker"
name = "Again Brokers"
identifier = "AGA"
[[sftp_identity]]
account = "B-AGAIN"
username = "b-again"
public_key = "{}"
"""


def test_an_answer_of_before_is_not_taken_for_that_of_today(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """A home that is kept gets the same files once more: only when they are answered once more is that an answer."""
    monkeypatch.setattr(demo_day, "PATIENCE", 0.3)
    monkeypatch.setattr(demo_day, "PAUSE", 0.0)
    house.load(ACCOUNT.format(house.key("B-AGAIN")))
    sent = [Parcel("B-AGAIN", f"{n}.edi", interchange(number=n), "nothing", (".ta1", ".997"), False) for n in (1, 2)]
    for working, answered in ((True, True), (True, True), (False, False)):
        times = demo_day.exchange(house.settings, sent, lambda line, on=working: on and house.run())
        assert [bool(it) for it in times.values()] == [answered] * 2


def test_a_filer_reads_its_statements_from_the_batch() -> None:
    batch = b"\n".join(
        line.ljust(80)
        for line in (
            b"A2720PQ6      091626     PF",
            b"B  2720PQ6PFP2726259001091626777-943964300",
            b"Q12720PQ6  69660108  77-94396430009162600000085728",
            b"Q22720PQ6  69660108 0000000000000000000000           7Y",
            b"Q32726259001  091626PQ6  77-9439643000000025834000000000000000000000002720",
            b"Q4000000000000000000000000000274391",
            b"B  2720PQ6PFP2726259002091626",
            b"Q12720PQ6  69660215  96-62042280009162600000067066",
            b"Q22720PQ6  69660215 0000000000000000000000           6Y",
            b"Q32726259002  091626PQ6              00000670665",
            b"Q4000000000000000000000000000000000",
        )
    )
    one, other = statements(batch)
    assert (one.number, one.importer, one.payment_type) == ("2726259001", "77-943964300", "7")
    assert (one.due_cents, one.entries) == (274391, [("2720", "69660108")])
    assert (other.number, other.importer, other.due_cents) == ("2726259002", "", 0)
