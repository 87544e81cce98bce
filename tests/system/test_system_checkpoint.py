"""The checkpoint over the tables of a running house: it holds, it names what does not, and operators can read it."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest

from tests.system import days
from tests.system.house import House
from tidewaiter import checkpoint, cli, filing, intake, month

MONTH = date(2026, 9, 1)


@pytest.fixture(scope="module")
def filed(build_once) -> Iterator[House]:
    """A house where a day was filed, some of it rejected, and the month printed and closed."""
    house = build_once()
    it = days.day(40, seed=7, importers=3, defects=(("check_digit", 0.1),))
    house.admit(it.people)
    for file in it.files:
        house.put(it.account, file.name, file.data)
        house.put(it.account, f"again-{file.name}", file.data)
        house.put(it.account, file.name, file.data, folder="check")
    house.run()
    for (day,) in house.ask(
        "SELECT DISTINCT statement_date FROM entry_summary_version WHERE statement_date IS NOT NULL"
    ):
        month.print_daily(house.settings, day, now=house.clock)
    month.print_monthly(house.settings, date(2026, 10, 1), now=house.clock, whole=True)
    filing.file_month(house.settings, MONTH, now=house.clock)
    intake.deliver(house.settings)
    assert house.one("SELECT count(*) FROM statement WHERE kind = 'monthly'") and house.one(
        "SELECT count(*) FROM filing"
    )
    yield house


def test_what_the_system_makes_ties_out(filed: House) -> None:
    for of in (None, MONTH):
        found = checkpoint.run(filed.settings, of, now=filed.now)
        assert found.ok and found.warnings == []
        assert (
            "an entry summary is on one statement at a time"
            in (checkpoint.docs(filed.settings) / found.page).read_text()
        )


def test_what_is_broken_is_named_on_its_page_and_by_the_command(filed: House, capsys) -> None:
    number = filed.one("SELECT min(statement_number) FROM statement WHERE kind = 'monthly'")
    filed.conn.execute("UPDATE statement SET total_cents = total_cents + 1 WHERE statement_number = %s", [number])
    try:
        found = checkpoint.run(filed.settings, MONTH, now=filed.now)
        assert not found.ok and {tuple(it.places) for it in found.broken} == {(number,)}
        assert {it.count for it in found.broken} == {1} and len(found.broken) == 2
        page = (checkpoint.docs(filed.settings) / found.page).read_text()
        assert number in page and "a total is the sum of its amounts" in page
        assert number not in (checkpoint.docs(filed.settings) / "index.html").read_text()
        capsys.readouterr()
        assert cli.main(["--home", str(filed.settings.home), "tie-out", "--month", "2026-09-30"]) == 1
        out, err = capsys.readouterr()
        assert out.splitlines()[:2] == ["broken: a total is the sum of its amounts (1)", f"    {number}"]
        assert "2 checks are broken" in err
        assert checkpoint.run(filed.settings, date(2026, 1, 1), now=filed.now).ok, "nothing of that month"
    finally:
        filed.conn.execute("UPDATE statement SET total_cents = total_cents - 1 WHERE statement_number = %s", [number])


def test_a_file_in_flight_for_too_long_is_told(filed: House) -> None:
    filed.bring(days.day(40, seed=7, importers=3).account, "late", b"late")
    soon, later = (checkpoint.run(filed.settings, now=filed.now + timedelta(minutes=n)) for n in (50, 70))
    assert soon.ok and [it.check for it in later.broken] == ["a file is answered within the hour"]


def test_a_check_that_cannot_be_computed_is_no_tie_out(filed: House, monkeypatch) -> None:
    monkeypatch.setitem(checkpoint.tie_outs.CHECKS, "nonsense", "SELECT nothing FROM nowhere")
    with pytest.raises(checkpoint.CheckFailed, match=r"nonsense: .*nowhere"):
        checkpoint.run(filed.settings, now=filed.now)
    monkeypatch.setitem(checkpoint.tie_outs.CHECKS, "nonsense", "DELETE FROM entry_summary RETURNING 'gone'")
    with pytest.raises(checkpoint.CheckFailed):
        checkpoint.run(filed.settings, now=filed.now)


def test_a_night_is_kept_for_months_and_what_a_killed_run_left_is_in_nobodys_way(
    filed: House,
) -> None:
    gx = filed.settings.home / "gx"
    first, close = (checkpoint.run(filed.settings, of, now=filed.now).page for of in (None, MONTH))
    (gx / "great_expectations.yml").write_text("config_version: 4.0\nfluent_data")
    for kept in (gx / "checkpoints").glob("*.json"):
        kept.write_text('{"name": "tie_outs", "validation_definitions": [{"name": "gone", "id": "1"}]}')
    for days_later, there in ((99, True), (101, False)):
        found = checkpoint.run(filed.settings, now=filed.now + timedelta(days=days_later))
        assert (checkpoint.docs(filed.settings) / first).exists() == there
    assert (checkpoint.docs(filed.settings) / close).exists() and found.page != first
    assert checkpoint.recall(filed.settings, close).page == close
