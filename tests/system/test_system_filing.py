"""A month filed: from brokers' files to the importer's consolidated filing, which ties out and can be opened."""

import csv
import io
import json
import re
from datetime import date, timedelta
from pathlib import Path

import pytest

from loaders import filings, trace
from tests.system import days
from tests.system.house import House
from tidewaiter import cli, filing, filing_documents, intake

MONTH = date(2026, 9, 1)


def test_every_importer_gets_its_month_once_and_a_new_version_when_it_changed(house: House) -> None:
    it = days.day(40, seed=8, importers=3)
    house.admit(it.people)
    for file in it.files:
        house.put(it.account, file.name, file.data)
    house.run()
    done = filing.file_month(house.settings, MONTH, now=lambda: house.now)
    entered = """FROM entry_summary e JOIN entry_summary_version v ON v.id = e.version_id
        WHERE e.status = 'accepted' AND v.entry_date BETWEEN '2026-09-01' AND '2026-09-30'"""
    assert done.open == {}
    assert done.filed == house.one(f"SELECT count(DISTINCT e.importer_account_id) {entered}") > 0
    duty = house.one(f"SELECT sum(v.total_duty_cents)::bigint {entered}")
    assert house.one("SELECT sum(duty_cents)::bigint FROM filing") == duty
    intake.deliver(house.settings)
    number, id = house.ask(
        "SELECT a.number, f.id FROM filing f JOIN account a ON a.id = f.account_id ORDER BY f.total_cents DESC"
    )[0]
    sent = house.outbox(number, "outbox/statements")
    assert sent[f"2026-09-{number}-v1.pdf"].startswith(b"%PDF-")
    opened = filings.drill(house.conn, id)
    assert opened["duty_cents"].sum() == house.one("SELECT duty_cents FROM filing WHERE id = %s", id)
    assert set(opened["file_name"]) <= {file.name for file in it.files} and (opened["record"] > 0).all()
    again = filing.file_month(house.settings, MONTH, now=lambda: house.now)
    assert (again.filed, again.unchanged) == (0, done.filed)


def test_a_total_opens_on_the_command_line(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    it = days.day(40, seed=8, importers=3)
    house.admit(it.people)
    for file in it.files:
        house.put(it.account, file.name, file.data)
    house.run()
    filing.file_month(house.settings, MONTH, now=lambda: house.now)
    number, duty = house.ask("""SELECT a.number, f.duty_cents FROM filing f JOIN account a ON a.id = f.account_id
        ORDER BY f.total_cents DESC LIMIT 1""")[0]

    def ask(*options: str) -> tuple[int, str]:
        code = cli.main(["--home", str(house.settings.home), "filing-lines", number, "2026-09-30", *options])
        return code, capsys.readouterr().out

    code, out = ask("--json")
    said = json.loads(out)
    assert code == 0 and said["totals"]["duty"] == duty and said["filing"]["version"] == 1
    data = {file.name: file.data.splitlines() for file in it.files}
    for row in said["records"]:
        first, last = map(int, row["duty_columns"].split("-"))
        assert int(data[row["file_name"]][row["record"] - 1][first - 1 : last] or 0) == (row["duty_cents"] or 0)
    of = said["records"][0]
    hts = of["hts_number"]
    fewer = json.loads(ask("--json", "--hts", f"{hts[:4]}.{hts[4:6]}.{hts[6:]}", "--origin", of["origin"])[1])
    assert fewer["records"] == [r for r in said["records"] if (r["hts_number"], r["origin"]) == (hts, of["origin"])]
    code, out = ask("--entry", f"{of['filer_code']}-{of['entry_number'][:7]}-{of['entry_number'][7:]}")
    lines = out.splitlines()
    assert len(lines) == 1 + sum(r["entry_number"] == of["entry_number"] for r in said["records"])
    assert lines[1].split()[-4:] == [of["file_name"], str(of["record"]), "25-34", "14-23"]
    intake.deliver(house.settings)
    document = json.loads(house.outbox(number, "outbox/statements")[f"2026-09-{number}-v1.filing.json"])
    for row in document["fee_class"]:
        told = json.loads(ask("--json", "--class", row["class_code"])[1])
        assert told["totals"] == {"amount": row["amount_cents"]}
    for row in document["case"]:
        told = json.loads(ask("--json", "--case", row["case_number"])[1])
        assert told["totals"]["amount"] >= row["duty_cents"]
    assert ask("--origin", "XX") == (1, "")
    assert ask("--version", "2")[0] == 2


def test_every_file_that_is_sent_is_explained() -> None:
    words = (Path(__file__).parents[2] / "docs" / "filing.md").read_text()
    assert all(f"`.{form}`" in words for form in (*filing_documents.DELIVERED, "pdf"))
    for image in re.findall(r"\((images/[a-z-]+\.png)\)", words):
        assert 0 < (Path(__file__).parents[2] / "docs" / image).stat().st_size < 150_000


def test_a_new_version_says_what_it_changed(house: House) -> None:
    it = days.day(40, seed=8, importers=3)
    house.admit(it.people)
    for file in it.files:
        house.put(it.account, file.name, file.data)
    house.run()
    filing.file_month(house.settings, MONTH, now=lambda: house.now)
    ((number, account, filer, entry),) = house.ask("""
        SELECT a.number, a.id, e.filer_code, e.entry_number FROM entry_summary e
        JOIN account a ON a.id = e.importer_account_id JOIN filing f ON f.account_id = a.id
        JOIN entry_summary_version v ON v.id = e.version_id
        WHERE e.status = 'accepted' AND v.entry_date BETWEEN '2026-09-01' AND '2026-09-30'
        ORDER BY f.total_cents DESC, v.total_duty_cents DESC LIMIT 1""")
    charged = house.one(
        """SELECT v.total_duty_cents + v.total_fee_cents + v.total_tax_cents + v.total_ad_cents + v.total_cvd_cents
        + v.total_other_cents FROM entry_summary e JOIN entry_summary_version v ON v.id = e.version_id
        WHERE e.filer_code = %s AND e.entry_number = %s""",
        filer,
        entry,
    )
    house.ask(  # withdrawn by its filer
        "UPDATE entry_summary SET status = 'deleted' WHERE filer_code = %s AND entry_number = %s RETURNING id",
        filer,
        entry,
    )
    again = filing.file_month(house.settings, MONTH, now=lambda: house.now + timedelta(days=1))
    assert again.filed == 1
    intake.deliver(house.settings)
    sent = house.outbox(number, "outbox/statements")
    changed = list(csv.DictReader(io.StringIO(sent[f"2026-09-{number}-v2.changes.csv"].decode())))
    assert {(row["entry_number"], row["reason"]) for row in changed} == {(entry, "removed")}
    assert sum(round(float(row["difference"]) * 100) for row in changed) == -charged
    versions = filings.filings(house.conn, account, MONTH)
    assert versions["version"].tolist() == [1, 2] and versions["replaces_id"][1] == versions["filing_id"][0]
    kept = filings.files(house.conn, int(versions["filing_id"][1])).set_index("name")["sha256"]
    assert house.archive.get(kept["changes.csv"]) == sent[f"2026-09-{number}-v2.changes.csv"]
    told = [event.detail for event in trace.trace(house.conn, f"2026-09-{number}-v2.pdf") if event.step == "filed"]
    assert told == ["version 2 of 2026-09 replaces version 1"]
