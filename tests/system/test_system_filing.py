"""A month filed: from brokers' files to the importer's consolidated filing, which ties out and can be opened."""

from datetime import date

from loaders import filings
from tests.system import days
from tests.system.house import House
from tidewaiter import filing, intake

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
