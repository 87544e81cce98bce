"""The filing with its statements as printed: an importer sees its own whole, and of a filer's only what is its own."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from loaders import filing_facts, reference, statement_shares
from tests.system import days
from tests.system.house import House
from tidewaiter import answering, cli, filing, filing_abi, filing_lines, intake, month

MONTH = date(2026, 9, 1)


@pytest.fixture(scope="module")
def filed(build_once) -> House:
    """Two brokers' day for a few importers, printed, and the month filed."""
    house = build_once()
    it = days.day(100, seed=13, brokers=2, importers=4)
    house.admit(it.people)
    for file in it.files:
        house.put(f"B-{file.sender}", file.name, file.data)
    house.run()
    for (day,) in house.ask(
        "SELECT DISTINCT statement_date FROM entry_summary_version WHERE statement_date > '-infinity'"
    ):
        month.print_daily(house.settings, day, now=lambda: house.now)
    for (of,) in house.ask("SELECT DISTINCT month FROM statement WHERE month IS NOT NULL"):
        month.print_monthly(house.settings, of, now=lambda: house.now, whole=True)
    done = filing.file_month(house.settings, MONTH, now=lambda: house.now)
    assert done.filed > 1 and not done.open
    intake.deliver(house.settings)
    return house


def documents(house: House) -> dict[str, dict]:
    """The JSON document of each account's filing by the account's number."""
    accounts = house.ask("SELECT number FROM account a WHERE EXISTS (SELECT FROM filing WHERE account_id = a.id)")
    return {
        number: json.loads(house.outbox(number, "outbox/statements")[f"2026-09-{number}-v1.filing.json"])
        for (number,) in accounts
    }


def kept(house: House, number: str, name: str) -> bytes:
    query = """SELECT k.sha256 FROM filing_file k JOIN filing f ON f.id = k.filing_id
        JOIN account a ON a.id = f.account_id WHERE a.number = %s AND k.name = %s"""
    return house.archive.get(house.one(query, number, name))


def test_the_printed_statements_name_no_entry_of_anyone_else(filed: House) -> None:
    whose = {
        f"{filer}-{entry[:7]}-{entry[7:]}": number
        for filer, entry, number in filed.ask("""SELECT e.filer_code, e.entry_number, a.number FROM entry_summary e
            JOIN account a ON a.id = e.importer_account_id""")
    }
    shared = filed.one("""SELECT count(*) FROM (SELECT p.statement_id FROM statement_entry p
        JOIN entry_summary e ON e.id = p.entry_summary_id JOIN statement s ON s.id = p.statement_id
        WHERE s.importer_number = '' GROUP BY 1 HAVING count(DISTINCT e.importer_account_id) > 1) several""")
    assert shared > 0, "some filer's statement has entries of several importers"
    for number in documents(filed):
        text = kept(filed, number, "statements.txt").decode()
        on = {entry for entry in whose if entry in text}
        assert on and {whose[entry] for entry in on} == {number}
        printed = filed.ask(
            """SELECT e.filer_code, e.entry_number
            FROM statement_entry p JOIN entry_summary e ON e.id = p.entry_summary_id
            JOIN account a ON a.id = e.importer_account_id JOIN entry_summary_version v ON v.id = p.version_id
            WHERE a.number = %s AND v.entry_date BETWEEN '2026-09-01' AND '2026-09-30'""",
            number,
        )
        assert {f"{filer}-{entry[:7]}-{entry[7:]}" for filer, entry in printed} <= on


def test_an_importers_own_statement_is_printed_as_it_was_sent(filed: House) -> None:
    sent = 0
    for number in documents(filed):
        text = kept(filed, number, "statements.txt")
        for name, body in filed.outbox(number, "outbox/statements").items():
            if name.endswith(".P.txt") and name.split(".")[0].encode() in text:
                assert body in text
                sent += 1
    assert sent


def test_totals_of_a_filers_statement_stay_the_filers(filed: House) -> None:
    hidden = 0
    for number, said in documents(filed).items():
        importer = said["account"]["importer_number"]
        for row in said["statement"]:
            own = row["importer_number"] != ""
            assert not own or importer.startswith(row["importer_number"])
            assert (row["total_cents"] is None, row["duty_cents"] is None) == (not own, not own)
            assert own or row["account_entries"] > 0
            hidden += not own
        top = [row for row in said["statement"] if not row["parent_number"]]
        single = sum(row["due_cents"] for row in said["entry"] if not row["statement_number"])
        assert sum(row["account_due_cents"] for row in top) + single == said["totals"]["due_cents"], number
    assert hidden


def test_a_filers_releases_are_offered_as_consolidated_summaries(
    filed: House, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    number, filing_id = filed.ask("""SELECT a.number, f.id FROM filing f JOIN account a ON a.id = f.account_id
        ORDER BY f.entries DESC LIMIT 1""")[0]
    filers = filing_facts.filers(filed.conn, filing_id)
    row = filing_lines.chosen(filed.conn, number, MONTH)
    releases = 0
    for filer in filers:
        made = filing_abi.make(filed.settings, filed.conn, row, filer, 9_000_000, None, date(2026, 10, 5))
        entries = filed.ask(
            """SELECT v.entry_number FROM filing_entry f JOIN entry_summary_version v ON v.id = f.version_id
            WHERE f.filing_id = %s AND v.filer_code = %s ORDER BY 1""",
            filing_id,
            filer,
        )
        assert made.told["entry_number"].tolist() == [entry for (entry,) in entries]
        assert ((made.told["reason"] == "") == (made.told["summary_number"] != "")).all()
        inside = made.told[made.told["reason"] == ""]
        assert made.conditions.empty and made.accepted == inside["summary_number"].nunique()
        read = answering.compute([made.data], today=date(2026, 10, 5), reference=reference_of(filed))
        duty = filed.one(
            """SELECT sum(v.total_duty_cents)::bigint FROM entry_summary_version v JOIN filing_entry f
            ON f.version_id = v.id WHERE f.filing_id = %s AND v.filer_code = %s AND v.entry_number = ANY(%s)""",
            filing_id,
            filer,
            inside["entry_number"].tolist(),
        )
        assert read.facts.header["total_duty_cents"].sum() == (duty or 0)
        assert set(read.facts.release["entry_number"]) == set(inside["entry_number"])
        releases += len(inside)
    assert releases > 1
    home = ["--home", str(filed.settings.home), "filing-abi", number, "2026-09-30"]
    cli.main([*home, filers[0], "--number", "9000000", "--print-date", "2027-01-04", "--into", str(tmp_path / "abi")])
    written = sorted(path.name for path in (tmp_path / "abi").iterdir())
    assert written[-1] == f"consolidated-{filers[0]}.csv"
    assert cli.main([*home, "QQQ", "--number", "9000000"]) == 2
    assert "has no entry of QQQ, but of" in capsys.readouterr().err
    assert cli.main([*home, filers[0], "--number", "10000000"]) == 2


def reference_of(house: House) -> dict:
    return reference.snapshot(house.settings.home).tables


def test_a_share_of_no_statement_is_empty(filed: House) -> None:
    assert statement_shares.share(filed.conn, 1, []).entry.empty
