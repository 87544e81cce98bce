"""What filers, the bank and an operator do at the end of a month, in these tests."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pandas as pd

from loaders import payments as ledger
from loaders import statements, tie_outs
from tests.system import days
from tests.system.house import Build, House
from tests.system.test_system_statements import print_days
from tidewaiter import intake, month, payments
from transforms.calendar import business_date

#: Routing number, account number, and the payer unit of the broker in these tests.
BANK = {"routing_number": "021000021", "account_number": "000111222333", "account_kind": "checking"}
UNIT = "123456"


def printed(build: Build) -> House:
    """A house with the printed daily statements of a generated day's entries, and a broker with a payer unit."""
    house, it = build(), days.day(40, seed=5, importers=4)
    unit = {"account": it.account, "payer_unit": UNIT, **BANK, "payer_name": "First Brokers Inc"}
    house.admit(it.people, "[[payer_unit]]\n" + "".join(f'{name} = "{value}"\n' for name, value in unit.items()))
    house.settings = replace(
        house.settings,
        bank_routing="011000015",
        bank_name="Demo Bank",
        bank_company_id="1123456789",
        bank_company_name="Tidewaiter",
    )
    house.settings.save()
    for file in it.files:
        house.put(it.account, file.name, file.data)
    house.run()
    for day in print_days(house):
        month.print_daily(house.settings, day, house.clock)
    return house


def print_months(house: House) -> None:
    for (it,) in house.ask("SELECT DISTINCT month FROM statement WHERE month IS NOT NULL"):
        month.print_monthly(house.settings, it, house.clock, whole=True)


def on_file(house: House, **chosen) -> pd.DataFrame:
    return statements.statements(house.conn, **chosen)[0]


def authorise(house: House, statement: pd.DataFrame, payer_unit: str = UNIT, action: str = "authorise") -> None:
    """Queue what an accepted RM queues: a debit of what is due, on the due day of the month or at once."""
    due, today = statement["remaining_cents"], pd.Timestamp(business_date(house.now))
    periodic = statement["payment_type"].isin(["6", "7", "8"])
    asked = pd.DataFrame(
        {
            "action": action,
            "statement_number": statement["statement_number"],
            "payer_unit": payer_unit,
            "method": due.gt(0).map({True: "debit" if payer_unit else "credit", False: "none"}),
            "amount_cents": due,
            "settle_on": statement["due_date"].where(periodic, today),
        }
    )
    assert ledger.apply_payments(house.conn, asked, house.now) == len(statement)


def settlements(house: House, statement: pd.DataFrame, less: int = 0, name: str = "bank") -> Path:
    """An operator's file: what is due on each statement came in, less some cents of the first."""
    path = house.settings.home / f"{name}.csv"
    lines = ["reference,statement_number,amount,settled_on"]
    named = zip(statement["statement_number"], statement["remaining_cents"], strict=True)
    for number, cents in named:
        cents, less = cents - less, 0
        lines.append(f"{name}-{number},{number},{cents // 100}.{cents % 100:02},{business_date(house.now)}")
    path.write_text("\n".join(lines) + "\n")
    return path


def sent(house: House, kind: str = "") -> dict[str, bytes]:
    """What lies in all outboxes of statements, of a kind."""
    intake.deliver(house.settings)
    return {
        f"{account}/{name}": body
        for (account,) in house.ask("SELECT number FROM account ORDER BY 1")
        for name, body in house.outbox(account, "outbox/statements").items()
        if name.endswith(kind)
    }


def taken_off(entry: pd.DataFrame) -> pd.DataFrame:
    """The moves that make entries of statements single payments."""
    return entry.assign(payment_type="1", print_date=pd.NaT, month=pd.NaT, branch="", removed_by="A")


def finalise(house: House) -> payments.Final:
    return payments.finalise(house.settings, business_date(house.now), house.clock)


def morning_after(house: House, **more: int) -> None:
    house.now += timedelta(**({"days": 1} | more))


def ties_out(house: House) -> bool:
    broken = tie_outs.broken(house.conn)
    assert broken.empty, broken.to_string()
    return True
