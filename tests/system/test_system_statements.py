"""Filed over the drop, printed on their day, and in the outboxes: daily and monthly statements of a generated day."""

from datetime import date

import pytest

from loaders import statement_settings
from parsers.catair import framing, layout
from tests.system import days
from tests.system.house import House
from tidewaiter import intake, month

PERIODIC = "payment_type IN ('6', '7', '8')"


@pytest.fixture
def filed(house: House) -> House:
    """A house where a broker's day has been filed and accepted."""
    it = days.day(60, seed=5, importers=4)
    house.admit(it.people)
    for file in it.files:
        house.put(it.account, file.name, file.data)
    house.run()
    assert house.one("SELECT count(*) FROM entry_summary WHERE status = 'accepted'") > 50
    return house


def print_days(house: House) -> list[date]:
    rows = house.conn.execute(
        "SELECT DISTINCT statement_date FROM entry_summary_version WHERE statement_date IS NOT NULL ORDER BY 1"
    )
    return [day for (day,) in rows]


def amounts(body: bytes, record: str, field: str) -> int:
    """The sum of a field over the records of a kind in a statement batch."""
    where = layout.load("pf" if b"PF" in body.split(b"\n", 1)[0] else "ms").field(record, field)
    frames = framing.frame([body])
    rows = [bytes(line) for line in frames.text if bytes(line[: len(record)]).decode() == record]
    return sum(int(line[where.start - 1 : where.end]) for line in rows)


def statements(house: House) -> dict[str, bytes]:
    intake.deliver(house.settings)
    return {
        f"{account}/{name}": body
        for (account,) in house.conn.execute("SELECT number FROM account ORDER BY 1")
        for name, body in house.outbox(account, "outbox/statements").items()
    }


def test_daily_statements_come_once_and_tie_to_what_was_filed(filed: House) -> None:
    printed = [month.print_daily(filed.settings, day, now=lambda: filed.now) for day in print_days(filed)]
    on = filed.one("SELECT count(*) FROM entry_summary_version v JOIN entry_summary e ON e.version_id = v.id "
                   "WHERE e.status = 'accepted' AND v.payment_type IN ('2', '3', '5', '6', '7', '8')")  # fmt: skip
    assert sum(it.entries for it in printed) == on > 0
    sent = statements(filed)
    batches = {name: body for name, body in sent.items() if name.endswith(".pf")}
    due = sum(amounts(body, "Q4", "total_amount_due") for body in batches.values())
    assert due == filed.one("SELECT sum(total_cents)::bigint FROM statement")
    assert any(name.startswith("I-") and name.endswith(".txt") for name in sent)
    assert filed.one("SELECT count(*) FROM entry_summary WHERE control = 'cbp'") == on
    again = [month.print_daily(filed.settings, day, now=lambda: filed.now) for day in print_days(filed)]
    assert {(it.statements, it.entries, it.deliveries) for it in again} == {(0, 0, 0)}
    assert statements(filed) == sent


def test_the_monthly_statement_is_the_sum_of_its_daily_ones(filed: House) -> None:
    for day in print_days(filed):
        month.print_daily(filed.settings, day, now=lambda: filed.now)
    months = [m for (m,) in filed.conn.execute("SELECT DISTINCT month FROM statement WHERE month IS NOT NULL")]
    assert months
    for it in months:
        assert month.print_monthly(filed.settings, it, now=lambda: filed.now, whole=True).statements
    of_days = filed.one(f"SELECT sum(total_cents)::bigint FROM statement WHERE kind = 'daily' AND {PERIODIC}")
    assert filed.one("SELECT sum(total_cents)::bigint FROM statement WHERE kind = 'monthly'") == of_days > 0
    assert filed.one(f"SELECT count(*) FROM statement WHERE kind = 'daily' AND {PERIODIC} AND parent_id IS NULL") == 0
    sent = {name: body for name, body in statements(filed).items() if name.endswith(".ms")}
    assert sum(amounts(body, "Q4", "total_amount_due") for body in sent.values()) == of_days


def test_an_account_may_have_one_statement_for_the_nation(filed: House) -> None:
    for day in print_days(filed):
        month.print_daily(filed.settings, day, now=lambda: filed.now)
    one = statement_settings.Setting(scope="national", port="2704")
    for (account,) in filed.ask("SELECT id FROM account"):
        statement_settings.choose(filed.conn, account, one, date(2026, 1, 1))
    for (it,) in filed.ask("SELECT DISTINCT month FROM statement WHERE month IS NOT NULL"):
        month.print_monthly(filed.settings, it, now=lambda: filed.now, whole=True)
    daily, monthly = (
        filed.ask(f"""SELECT {port} payment_type, filer_code, importer_number, month FROM statement
        WHERE kind = '{kind}' AND {PERIODIC} GROUP BY 1, 2, 3, 4{", 5" if port else ""}""")
        for port, kind in (("port,", "daily"), ("", "monthly"))
    )
    assert len(daily) > len(monthly) == filed.one("SELECT count(*) FROM statement WHERE kind = 'monthly'") > 0
    assert {port for (port,) in filed.ask("SELECT port FROM statement WHERE kind = 'monthly'")} == {"2704"}


def test_an_account_may_choose_an_earlier_day_and_what_comes_later_waits_for_the_published_one(filed: House) -> None:
    for day in print_days(filed)[:-1]:
        month.print_daily(filed.settings, day, now=lambda: filed.now)
    calendar = month.calendar(filed.settings)
    of = filed.one("SELECT month FROM statement WHERE month IS NOT NULL GROUP BY 1 ORDER BY count(*) DESC LIMIT 1")
    early, published = calendar.working_day(of.year, of.month, 3), calendar.prelim(of.year, of.month)
    payer = """CASE payment_type WHEN '6' THEN filer_code ELSE importer_number END"""
    mine = filed.one(f"SELECT min({payer}) FROM statement WHERE month = %s AND payment_type <> '6'", of)
    account = filed.one("SELECT min(id) FROM account WHERE identifier LIKE %s || '%%'", mine)
    statement_settings.choose(
        filed.conn, account, statement_settings.Setting(preliminary_day=3), date(of.year, of.month, 1)
    )

    def run(day: date) -> set[str]:
        before = filed.one("SELECT count(*) FROM statement WHERE kind = 'monthly'")
        made = month.print_monthly(filed.settings, day, now=lambda: filed.now)
        rows = filed.ask(
            f"SELECT {payer}, print_date FROM statement WHERE kind = 'monthly' ORDER BY id OFFSET {before}"
        )
        assert len(rows) == made.statements and {printed for _, printed in rows} <= {day}
        return {whose for whose, _ in rows}

    assert run(calendar.working_day(of.year, of.month, 2)) == set()
    assert run(early) == {mine}
    assert run(early) == set()
    # What is printed of this account after its own day goes onto a further statement on the published one.
    left = filed.ask("SELECT id FROM statement WHERE kind = 'daily' AND parent_id IS NOT NULL LIMIT 1")
    assert left
    late = print_days(filed)[-1]
    filed.conn.execute(
        """UPDATE entry_summary_version SET payment_type = '7', statement_month = to_char(%s, 'MM'), importer_number = (
        SELECT identifier FROM account WHERE id = %s) WHERE statement_date = %s""",
        [of, account, late],
    )
    assert month.print_daily(filed.settings, late, now=lambda: filed.now).statements
    assert run(calendar.working_day(of.year, of.month, 4)) == set()
    all_left = run(published)
    assert mine in all_left and len(all_left) > 1
    assert filed.one(f"SELECT count(*) FROM statement WHERE kind = 'daily' AND {PERIODIC} AND parent_id IS NULL AND "
                     "month = %s", of) == 0  # fmt: skip
    assert run(published) == set()
