"""From filed entries to funds moved: statements printed, authorised, final, debited, settled, paid, or late."""

from __future__ import annotations

import pytest

from loaders import payments as ledger
from loaders import statements
from loaders.settlements import SettlementsError
from tests.system import paying
from tests.system.house import Build, House
from tests.system.paying import (
    authorise,
    finalise,
    morning_after,
    on_file,
    print_months,
    sent,
    settlements,
    taken_off,
    ties_out,
)
from tests.system.test_system_statements import amounts
from tidewaiter import payments


@pytest.fixture
def printed(build: Build) -> House:
    return paying.printed(build)


def test_a_periodic_daily_statement_is_final_the_day_after_it_was_presented(printed: House) -> None:
    daily = on_file(printed, kind="daily")
    periodic = daily[daily["month"].notna()]
    presented = periodic[periodic["remaining_cents"] > 0]
    assert len(presented) > 1
    authorise(printed, presented)
    assert finalise(printed).daily == 0, "its day is not over: the authorisation may still be withdrawn"
    morning_after(printed)
    first = finalise(printed)
    assert first.daily == len(presented) and first.monthly == first.paid == 0
    finals = sent(printed, ".F.pf").values()
    assert sum(amounts(it, "Q6", "total_amount_paid") for it in finals) == presented["remaining_cents"].sum()
    assert sum(amounts(it, "Q4", "total_amount_due") for it in finals) == presented["total_cents"].sum()
    people = sent(printed, ".F.txt")
    assert {f"{n}.F.txt" for n in presented["statement_number"]} == {name.split("/")[1] for name in people}
    importers = presented[presented["importer_number"] != ""]
    assert sum(name.startswith("I-") for name in people) == len(importers) > 0
    before = sent(printed)
    assert finalise(printed) == payments.Final() and sent(printed) == before and ties_out(printed)


def test_a_plain_daily_statement_is_final_when_its_funds_came_in(printed: House) -> None:
    daily = on_file(printed, kind="daily")
    plain = daily[daily["month"].isna() & (daily["remaining_cents"] > 0)]
    assert len(plain)
    authorise(printed, plain)
    morning_after(printed)
    assert finalise(printed) == payments.Final()
    settled, final = payments.settle(printed.settings, settlements(printed, plain), printed.clock)
    assert settled.paid == sorted(plain["statement_number"]) and not settled.short
    assert final.daily == len(plain) and sent(printed, ".F.pf") and ties_out(printed)
    again, nothing = payments.settle(printed.settings, settlements(printed, plain), printed.clock)
    assert (again.recorded, again.repeated, again.paid) == (0, len(plain), []) and nothing == payments.Final()


def test_the_month_is_paid_when_funds_moved_and_a_cent_less_does_not_pay(printed: House) -> None:
    print_months(printed)
    daily = on_file(printed, kind="daily")
    periodic = daily[daily["month"].notna()]
    authorise(printed, periodic)
    morning_after(printed)
    assert finalise(printed).daily == len(periodic)
    monthly = on_file(printed, kind="monthly")
    due = monthly[monthly["remaining_cents"] > 0]
    assert ties_out(printed) and len(due)
    settled, final = payments.settle(printed.settings, settlements(printed, due, less=1), printed.clock)
    short = due["statement_number"].iloc[0]
    assert settled.short == [short] and final.monthly == len(due) - 1 and ties_out(printed)
    assert not [name for name in sent(printed, ".txt") if name.endswith(f"{short}.F.txt")]
    cent = due.head(1).assign(remaining_cents=1)
    settled, final = payments.settle(printed.settings, settlements(printed, cent, name="rest"), printed.clock)
    assert short in settled.paid and final.monthly == 1 and ties_out(printed)
    batches = sent(printed, ".F.ms").values()
    paid = sum(amounts(it, "Q6", "total_amount_paid") for it in batches)
    assert paid == sum(amounts(it, "Q4", "total_amount_due") for it in batches) == due["remaining_cents"].sum()
    assert set(on_file(printed, kind="monthly")["status"]) == {"F"}
    assert printed.one("SELECT count(*) FROM entry_summary WHERE statement_month IS NOT NULL AND paid_at IS NULL") == 0
    before = sent(printed)
    assert finalise(printed) == payments.Final() and sent(printed) == before


def test_a_statement_of_nothing_is_final_and_paid_by_its_presentation(printed: House) -> None:
    print_months(printed)
    daily = on_file(printed, kind="daily")
    parent = daily[daily["parent_number"] != ""].groupby("parent_number")["entries"].sum().idxmin()
    free = daily[daily["parent_number"] == parent]
    entry = statements.statements(printed.conn, numbers=free["statement_number"])[1]
    ledger.apply_moves(printed.conn, taken_off(entry), printed.now)
    free = on_file(printed, numbers=free["statement_number"])
    assert set(free["remaining_cents"]) == {0}
    authorise(printed, free, payer_unit="")
    assert finalise(printed).paid == 0
    morning_after(printed)
    done = finalise(printed)
    assert (done.daily, done.monthly, done.paid) == (len(free), 1, len(free) + 1)
    assert done.deliveries == len([*sent(printed, ".F.pf"), *sent(printed, ".F.ms"), *sent(printed, ".F.txt")])
    now = on_file(printed, numbers=[*free["statement_number"], parent])
    assert set(now["status"]) == {"F"} and now["paid_at"].notna().all() and ties_out(printed)


def test_a_removal_after_the_print_is_told_by_the_final(printed: House) -> None:
    daily = on_file(printed, kind="daily")
    one = daily[daily["month"].notna() & (daily["entries"] > 1) & (daily["remaining_cents"] > 0)].head(1)
    (number,) = one["statement_number"]
    entry = statements.statements(printed.conn, numbers=[number])[1].head(1)
    ledger.apply_moves(printed.conn, taken_off(entry), printed.now)
    authorise(printed, on_file(printed, numbers=[number]))
    morning_after(printed)
    assert finalise(printed).daily == 1
    (batch,) = sent(printed, ".F.pf").values()
    took = int(entry["due_cents"].iloc[0])
    assert amounts(batch, "Q4", "total_amount_due") - amounts(batch, "Q6", "total_amount_paid") == took
    assert sum(line.startswith(b"Q7") for line in batch.splitlines()) == 1 and ties_out(printed)


def test_faults_of_a_settlement_file_are_named_by_line(printed: House) -> None:
    path = settlements(printed, on_file(printed, kind="daily").head(2))
    path.write_text(path.read_text() + "x,0000000000,1.0,2026-13-01\n")
    with pytest.raises(SettlementsError) as caught:
        payments.settle(printed.settings, path, printed.clock)
    for fault in ("line 4: amount '1.0'", "line 4: settled_on '2026-13-01'"):
        assert fault in str(caught.value)
    assert printed.one("SELECT count(*) FROM settlement") == 0
