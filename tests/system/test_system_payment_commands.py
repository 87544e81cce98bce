"""What the commands of payment say, and how they end, from the desk of an operator."""

from __future__ import annotations

import pytest

from tests.system import paying
from tests.system.house import Build, House
from tests.system.paying import authorise, on_file, settlements, ties_out
from tidewaiter import cli


@pytest.fixture
def printed(build: Build) -> House:
    return paying.printed(build)


def told(house: House, capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    """Exit code, standard output and standard error of `tidewaiter payment`."""
    capsys.readouterr()
    code = cli.main(["--home", str(house.settings.home), "payment", *words])
    return code, *capsys.readouterr()


def test_a_plain_statement_is_debited_returned_paid_and_final(printed: House, capsys) -> None:
    daily = on_file(printed, kind="daily")
    plain = daily[daily["month"].isna() & (daily["remaining_cents"] > 0)].iloc[:1]
    number, cents = plain["statement_number"].iloc[0], int(plain["remaining_cents"].iloc[0])
    authorise(printed, plain)
    code, said, wrong = told(printed, capsys, "debits", "2026-09-16")
    assert (code, wrong) == (0, "") and f"1 debits of {cents // 100:,}.{cents % 100:02} dollars sent" in said
    (name,) = (line for line in said.splitlines() if "/bank/out/" in line)
    assert number in (printed.settings.home / "bank" / "out" / name.rpartition("/")[2]).read_text()
    assert told(printed, capsys, "debits", "2026-09-16")[1].startswith("0 debits")

    returns = printed.settings.home / "returns.csv"
    returns.write_text(f"statement_number,reason\n{number},R01 insufficient funds\n")
    assert told(printed, capsys, "returns", str(returns))[:2] == (0, "1 debits returned, 0 on file before\n")
    returns.write_text("statement_number,reason\n2726999999,R01\n")
    code, _, wrong = told(printed, capsys, "returns", str(returns))
    assert code == 2 and "line 2" in wrong and "2726999999" in wrong

    short = settlements(printed, plain, less=1, name="short")
    code, said, _ = told(printed, capsys, "settle", str(short))
    assert code == 1 and "1 settlements recorded" in said and f"not covered yet: {number}" in said
    rest = printed.settings.home / "rest.csv"
    rest.write_text(f"reference,statement_number,amount,settled_on\nREST,{number},0.01,2026-09-17\n")
    code, said, _ = told(printed, capsys, "settle", str(rest))
    assert code == 0 and "1 paid" in said and "1 daily and 0 monthly statements final" in said
    assert ties_out(printed)


def test_finals_and_lateness_are_told_in_numbers(printed: House, capsys) -> None:
    assert told(printed, capsys, "finals", "2026-09-16")[:2] == (
        0,
        "0 daily and 0 monthly statements final, 0 files to deliver\n",
    )
    late = on_file(printed, kind="daily")
    late = late[late["month"].isna() & (late["remaining_cents"] > 0)]
    day = (late["due_date"].max() + paying.pd.Timedelta(days=1)).date()
    code, said, _ = told(printed, capsys, "late", day.isoformat())
    assert code == 0 and f"{len(late)} late" in said
    assert all(f"{number} late" in said for number in late["statement_number"])
