"""SU and RM as brokers send them: over the drop, decided on what is on file, answered SQ and PZ, and done."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime, timedelta

import pandas as pd
import pytest

from bench import statement_messages
from loaders import settlements, tie_outs
from tests.system import days
from tests.system.house import House
from tidewaiter import month

UNIT = "12345"
PERIODIC = ("6", "7", "8")


@pytest.fixture
def printed(house: House) -> House:
    """Two brokers' day is filed, and every daily statement of it is printed; the clock stands at noon of the last."""
    it = days.day(36, seed=5, brokers=2, importers=4)
    house.admit(it.people, "".join(map(unit, range(2), it.people.brokers["filer_code"])))
    for file in it.files:
        house.put(f"B-{file.sender}", file.name, file.data)
    house.run()
    dates = [day for (day,) in house.ask("SELECT DISTINCT statement_date FROM entry_summary_version "
                                         "WHERE statement_date IS NOT NULL ORDER BY 1")]  # fmt: skip
    for day in dates:
        month.print_daily(house.settings, day, now=lambda: house.now)
    house.people = it.people  # type: ignore[attr-defined]
    return house


def unit(number: int, filer: str) -> str:
    """A payer unit of a broker, as it stands in an accounts file."""
    return f"""
[[payer_unit]]
account = "B-{filer}"
payer_unit = "{UNIT[:5]}{number}"
routing_number = "021000021"
account_number = "00012345{number}"
account_kind = "checking"
payer_name = "{filer} Customs Brokers"
"""


def statements(house: House, filer: str = "") -> pd.DataFrame:
    """The daily statements on file, of a filer if given, with one entry of each."""
    rows = house.ask(
        """SELECT s.statement_number, s.filer_code, s.payment_type, s.due_date, s.total_cents, s.entries,
        min(e.entry_number), min(e.port_of_entry) FROM statement s JOIN statement_entry p ON p.statement_id = s.id
        JOIN entry_summary e ON e.id = p.entry_summary_id
        WHERE s.kind = 'daily' AND (%s = '' OR s.filer_code = %s) GROUP BY s.id ORDER BY s.entries DESC, 1""",
        filer,
        filer,
    )
    columns = ["statement_number", "filer_code", "payment_type", "due_date", "total_cents", "entries"]
    return pd.DataFrame(rows, columns=[*columns, "entry_number", "port"])


def pay(house: House, filer: str, *asked: tuple[str, str, str, str], name: str = "pay.abi", folder: str = "inbox"):
    """Send an RM (type, payer unit, statement, negation); the condition code of each answer, and the answer."""
    rows = pd.DataFrame(asked, columns=["payment_type", "payer_unit", "statement_number", "negation"])
    return _sent(
        house, filer, statement_messages.payment(house.people, filer, house.now.date(), rows, name), name, folder
    )


def move(house: House, filer: str, *asked: tuple, name: str = "move.abi", folder: str = "inbox"):
    """Send an SU (port, entry, type, print date, branch, month)."""
    rows = pd.DataFrame(asked, columns=["port", "entry_number", "payment_type", "print_date", "branch", "month"])
    rows["print_date"] = pd.to_datetime(rows["print_date"])
    return _sent(
        house, filer, statement_messages.update(house.people, filer, house.now.date(), rows, name), name, folder
    )


def _sent(house: House, filer: str, data: bytes, name: str, folder: str) -> tuple[list[str], list[str]]:
    house.put(f"B-{filer}", name, data, folder)
    house.run()
    box = house.outbox(f"B-{filer}", "outbox" if folder == "inbox" else "outbox/check")
    lines = box[f"{name}.ax"].decode().splitlines()
    return [line[4:7] if line[0] == "E" else line[16:19] for line in lines if line[:2] in ("E1", "H2")], lines


def ask_for(house: House, row: pd.Series, unit: str | None = None, negation: str = "") -> tuple[str, str, str, str]:
    filers = house.people.brokers["filer_code"].tolist()
    own = f"{UNIT}{filers.index(row['filer_code'])}" if unit is None else unit
    return ("01" if row["payment_type"] in PERIODIC else "02", own, row["statement_number"], negation)


def test_a_payment_is_authorised_once_by_its_filer_and_withdrawn_the_same_day(printed: House) -> None:
    mine = statements(printed)
    row = mine[mine["payment_type"].isin(PERIODIC) & (mine["total_cents"] > 0)].iloc[0]
    filer = row["filer_code"]
    other = mine.loc[mine["filer_code"] != filer, "filer_code"].iloc[0]
    assert pay(printed, other, ask_for(printed, row), name="theirs.abi")[0] == ["T21"]
    assert pay(printed, filer, ask_for(printed, row, unit="999999"), name="strange.abi")[0] == ["T30"]
    codes, lines = pay(printed, filer, ask_for(printed, row))
    assert codes == ["T10"] and lines[2][50:61] == f"{row['total_cents']:011d}"
    queued = "SELECT state, amount_cents, settle_on FROM payment ORDER BY id"
    assert printed.ask(queued) == [("queued", row["total_cents"], row["due_date"])]
    assert pay(printed, filer, ask_for(printed, row), name="twice.abi")[0] == ["T22"]
    assert pay(printed, filer, ask_for(printed, row), ask_for(printed, row, negation="Y"), name="both.abi")[0] == [
        "T22",
        "T12",
    ]
    assert [state for state, *_ in printed.ask(queued)] == ["withdrawn"]
    assert pay(printed, filer, ask_for(printed, row, negation="Q"), ("01", "", "2727999ZZZ", ""), name="odd.abi")[
        0
    ] == [
        "T29",
        "T20",
    ]
    printed.now = datetime.combine(row["due_date"] + timedelta(days=1), datetime.min.time(), UTC) + timedelta(hours=16)
    assert pay(printed, filer, ask_for(printed, row), name="late.abi")[0] == ["T23"]
    reasons = list(csv.DictReader(io.StringIO(printed.outbox(f"B-{filer}")["late.abi.reasons.csv"].decode())))
    assert [(it["line"], it["columns"], it["found"]) for it in reasons] == [("3", "15-24", row["statement_number"])]
    assert not len(tie_outs.broken(printed.conn))


def test_the_same_message_again_changes_nothing(printed: House) -> None:
    row = statements(printed).iloc[0]
    before = pay(printed, row["filer_code"], ask_for(printed, row))
    payments = printed.ask("SELECT to_jsonb(p) FROM payment p")
    printed.now += timedelta(hours=1)
    sent = printed.settings.homes / f"B-{row['filer_code']}" / "outbox" / "pay.abi.ax"
    sent.unlink()
    again = pay(printed, row["filer_code"], ask_for(printed, row))
    assert (again, printed.ask("SELECT to_jsonb(p) FROM payment p")) == (before, payments)


def test_a_summary_leaves_its_statement_and_the_totals_follow(printed: House) -> None:
    mine = statements(printed)
    row = mine[(mine["entries"] > 1) & mine["payment_type"].isin(PERIODIC)].iloc[0]
    filer = row["filer_code"]
    due = printed.one(
        "SELECT p.due_cents FROM statement_entry p JOIN entry_summary e ON e.id = p.entry_summary_id "
        "WHERE e.entry_number = %s AND e.filer_code = %s", row["entry_number"], filer)  # fmt: skip
    single = (row["port"], row["entry_number"], "1", None, "", "")
    codes, lines = move(printed, filer, single, folder="check", name="try.abi")
    assert codes == ["P12"] and printed.one("SELECT count(*) FROM statement_move") == 0
    codes, lines = move(printed, filer, single)
    assert codes == ["P12"]
    h3 = next(line for line in lines if line[:2] == "H3")
    assert (h3[19:29], int(h3[29:40])) == (row["statement_number"], row["total_cents"] - due)
    assert printed.ask("SELECT removed_by FROM statement_entry WHERE removed_at IS NOT NULL") == [("A",)]
    assert pay(printed, filer, ask_for(printed, row))[0] in (["T10"], ["T11"])
    on = "SELECT port_of_entry, entry_number FROM entry_summary WHERE statement_number = %s"
    other = printed.ask(on, row["statement_number"])[0]
    assert move(printed, filer, (*other, "1", None, "", ""), name="locked.abi")[0] == ["T02"]
    importers = [body for name, body in _all(printed, "I-").items() if b"statement update" in body]
    assert any(b"accepted: statement data updated" in body for body in importers)
    assert not len(tie_outs.broken(printed.conn))


def test_what_is_paid_stays(printed: House) -> None:
    mine = statements(printed)
    row = mine[(mine["total_cents"] > 0) & ~mine["payment_type"].isin(PERIODIC)].iloc[0]
    pay(printed, row["filer_code"], ask_for(printed, row, unit=""))
    path = printed.settings.home / "bank.csv"
    path.write_text("reference,statement_number,amount,settled_on\n"
                    f"F1,{row['statement_number']},{row['total_cents'] / 100:.2f},2026-10-01\n")  # fmt: skip
    assert settlements.settle(printed.conn, path, printed.now).paid == [row["statement_number"]]
    asked = (row["port"], row["entry_number"], "1", None, "", "")
    assert move(printed, row["filer_code"], asked)[0] == ["T03"]
    assert pay(printed, row["filer_code"], ask_for(printed, row), name="more.abi")[0] == ["T24"]


def test_a_summary_may_be_filed_and_moved_in_one_file(house: House) -> None:
    it = days.day(12, seed=9)
    house.admit(it.people)
    house.people = it.people  # type: ignore[attr-defined]
    (file, *_), filer = it.of(0), it.people.brokers["filer_code"].iloc[0]
    house.put(it.account, "first.abi", file.data)
    house.run()
    port, entry = house.ask("SELECT port_of_entry, entry_number FROM entry_summary WHERE status = 'accepted'")[0]
    house.conn.execute("TRUNCATE entry_summary CASCADE")  # as if it had not been filed
    rows = pd.DataFrame([(port, entry, "2", "2026-09-29", "", "")],
                        columns=["port", "entry_number", "payment_type", "print_date", "branch", "month"])  # fmt: skip
    rows["print_date"] = pd.to_datetime(rows["print_date"])
    both = file.data + statement_messages.update(it.people, filer, date(2026, 9, 15), rows)
    house.put(it.account, "both.abi", both)
    house.run()
    answer = house.outbox(it.account)["both.abi.ax"].decode().splitlines()
    assert [line[16:19] for line in answer if line[:2] == "H2"] == ["P12"]
    assert {line[25:27] for line in answer if line[0] == "A"} == {"AX", "SQ"}
    assert house.ask("SELECT payment_type, print_date FROM statement_move") == [("2", date(2026, 9, 29))]
    assert sum(line[:3] == "E1A" for line in answer) == house.one("SELECT count(*) FROM entry_summary")


def test_messages_about_statements_meet_what_came_before_them(house: House) -> None:
    """Filed, moved and filed again, all waiting at once: each file is decided on what the ones before it left."""
    it = days.day(12, seed=9)
    house.admit(it.people)
    house.people = it.people  # type: ignore[attr-defined]
    (file, *_), filer = it.of(0), it.people.brokers["filer_code"].iloc[0]
    port, entry = "", ""
    for record in file.data.decode("latin-1").splitlines():
        if record[:2] == "10" and record[2] == "A":
            port, entry = record[17:21], record[8:16]
            break
    rows = pd.DataFrame([(port, entry, "2", "2026-09-29", "", "")],
                        columns=["port", "entry_number", "payment_type", "print_date", "branch", "month"])  # fmt: skip
    rows["print_date"] = pd.to_datetime(rows["print_date"])
    data = statement_messages.update(it.people, filer, date(2026, 9, 15), rows)
    for n, (name, body) in enumerate((("1.abi", data), ("2.abi", file.data), ("3.abi", data + b"\n"))):
        house.put(it.account, name, body)
        house.receive()
        house.now += timedelta(seconds=n)
    assert len(house.answer()) == 3
    house.run()
    box = house.outbox(it.account)
    said = [
        line[16:19] for name in ("1.abi.ax", "3.abi.ax") for line in box[name].decode().splitlines() if line[:2] == "H2"
    ]
    assert said == ["P01", "P12"]


def _all(house: House, prefix: str) -> dict[str, bytes]:
    return {
        f"{path.name}/{name}": body
        for path in house.settings.homes.iterdir()
        if path.name.startswith(prefix)
        for name, body in house.outbox(path.name).items()
    }
