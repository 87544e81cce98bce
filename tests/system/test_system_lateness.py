"""What is not paid on its day: the filer is told once, the account shows it, and stands well again when it is paid."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest

from loaders import standings, trace
from loaders.returns import ReturnsError
from tests.system import paying
from tests.system.house import Build, House
from tests.system.paying import authorise, on_file, print_months, sent, settlements, ties_out
from tidewaiter import lateness, payments
from transforms.calendar import NEW_YORK, business_date


@pytest.fixture
def printed(build: Build) -> House:
    it = paying.printed(build)
    print_months(it)
    return it


def morning(house: House, day: date) -> None:
    house.now = datetime(day.year, day.month, day.day, 7, tzinfo=NEW_YORK)


def late_on(house: House, day: date) -> lateness.Late:
    morning(house, day)
    return lateness.lateness_of(house.settings, day, house.clock)


def standing(house: House) -> dict[str, str]:
    """Account number -> standing, of the accounts that do not stand well."""
    numbers = dict(house.ask("SELECT id, number FROM account"))
    found = standings.standing(house.conn, numbers, business_date(house.now))
    return {numbers[row.account_id]: row.standing for row in found.itertuples() if row.standing != "good"}


def due_month(house: House) -> tuple[pd.DataFrame, date]:
    """The monthly statements of the first due day, on which something is due; the others are paid."""
    monthly = on_file(house, kind="monthly")
    due = monthly["due_date"].min()
    others = on_file(house)
    others = others[(others["remaining_cents"] > 0) & (others["parent_number"] == "") & ~others["due_date"].eq(due)]
    payments.settle(house.settings, settlements(house, others, name="others"), house.clock)
    plain = on_file(house, kind="daily")
    plain = plain[plain["month"].isna() & plain["paid_at"].isna() & (plain["remaining_cents"] > 0)]
    payments.settle(house.settings, settlements(house, plain, name="plain"), house.clock)
    return monthly[(monthly["due_date"] == due) & (monthly["remaining_cents"] > 0)], due.date()


def test_from_the_due_day_to_default_and_back(printed: House) -> None:
    month, due = due_month(printed)
    assert len(late_on(printed, due).statements) == 0 and standing(printed) == {}
    first = late_on(printed, due + timedelta(days=1))
    assert first.statements["statement_number"].tolist() == month["statement_number"].tolist()
    assert not first.noticed and set(standing(printed).values()) == {"late"}
    on = (due.replace(day=1) + timedelta(days=32)).replace(day=1)
    noticed = late_on(printed, on)
    assert noticed.noticed == month["statement_number"].tolist() and set(standing(printed).values()) == {"noticed"}
    told = sent(printed, ".late.txt")
    importers = int(month["importer_number"].ne("").sum())
    assert len(told) == len(month) + importers
    assert all(b"INTEREST TO DATE:  not known" in body for body in told.values()), "no rate is loaded for 2026"
    again = late_on(printed, on)
    assert (again.noticed, again.changed) == ([], 0) and sent(printed, ".late.txt") == told
    assert late_on(printed, on + timedelta(days=6)).changed and set(standing(printed).values()) == {"defaulted"}
    assert late_on(printed, on).changed == 0, "a past day changes nothing of the present"
    morning(printed, on + timedelta(days=7))
    settled, final = payments.settle(printed.settings, settlements(printed, month), printed.clock)
    assert set(month["statement_number"]) <= set(settled.paid) and final.monthly == len(month)
    assert standing(printed) == {} and ties_out(printed)
    assert printed.one("SELECT count(*) FROM account WHERE status = 'suspended'") == 0
    number = month["statement_number"].iloc[0]
    steps = [event.step for event in trace.trace(printed.conn, number)]
    assert steps[0] == "statement print" and {"statement late", "statement notice", "statement pay"} <= set(steps)
    assert "account defaulted" in steps
    entry = printed.one(
        """SELECT e.filer_code || e.entry_number FROM statement d JOIN statement m ON m.id = d.parent_id
        JOIN statement_entry p ON p.statement_id = d.id JOIN entry_summary e ON e.id = p.entry_summary_id
        WHERE m.statement_number = %s LIMIT 1""",
        number,
    )
    assert {"added", "statement late", "account noticed"} <= {it.step for it in trace.trace(printed.conn, entry)}


def returned(house: House, *lines: str) -> Path:
    path = house.settings.home / "returns.csv"
    path.write_text("\n".join(["statement_number,reason", *lines]) + "\n")
    return path


def test_a_debit_at_the_bank_is_in_time_unless_it_comes_back(printed: House) -> None:
    month, due = due_month(printed)
    below = on_file(printed, parents=month["statement_number"])
    authorise(printed, below[below["remaining_cents"] > 0])
    morning(printed, due)
    assert payments.send_debits(printed.settings, due, printed.clock).debits == (below["remaining_cents"] > 0).sum()
    assert len(late_on(printed, due + timedelta(days=1)).statements) == 0
    number, cents = below.loc[below["remaining_cents"].idxmax(), ["statement_number", "remaining_cents"]]
    for line, fault in {
        "0000000000,R01": "line 3: statement_number '0000000000', expected one with a debit at the bank",
        f"{number},R02": f"line 3: statement_number '{number}' stands in the file twice",
        f"{month['statement_number'].iloc[0]},": "line 3: reason '', expected the bank's",
    }.items():
        with pytest.raises(ReturnsError) as caught:
            payments.give_back(printed.settings, returned(printed, f"{number},R01 funds", line), printed.clock)
        assert fault in str(caught.value)
    file = returned(printed, f"{number},R01 insufficient funds")
    assert payments.give_back(printed.settings, file, printed.clock).debits["amount_cents"].tolist() == [cents]
    assert payments.give_back(printed.settings, file, printed.clock).repeated == 1
    told = sent(printed, f"{number}.returned-1.txt")
    assert told and all(b"R01 insufficient funds" in body for body in told.values())
    late = late_on(printed, due + timedelta(days=2)).statements
    assert late["owed_cents"].tolist() == [cents], "the rest is at the bank"
    settled = payments.settle(printed.settings, settlements(printed, below), printed.clock)[0]
    assert set(month["statement_number"]) <= set(settled.paid) and standing(printed) == {} and ties_out(printed)
