"""A day of entries and its invoices, dropped: what they are laid beside, the month's payment advice, status in X12."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

from bench import generate_invoices
from parsers.x12 import judge, read
from parsers.x12.document import Document
from tests.system import days
from tests.system.house import House
from tidewaiter import intake, month, rollup

SEED, SUMMARIES, BROKERS, IMPORTERS = 16, 40, 2, 4
DAY = date(2026, 9, 15)
#: The brokers as X12 partners: the first reads 350 and 355 in place of AX, and importers pay from an 820.
PARTNER = """[[x12_partner]]
account = "{account}"
qualifier = "ZZ"
id = "{id}"
{more}
"""


def partners(people) -> str:
    first, *rest = people.brokers["filer_code"]
    made = [PARTNER.format(account=f"B-{first}", id=first, more='status_messages = "both"\npayment_advice = true')]
    made += [PARTNER.format(account=f"B-{code}", id=code, more="payment_advice = true") for code in rest]
    for n, number in enumerate(people.importers["number"]):
        made.append(PARTNER.format(account=f"I-{number}", id=f"IMPORTER{n}", more="payment_advice = true"))
    return "\n".join(made)


@pytest.fixture(scope="module")
def house(build_once) -> House:
    house = build_once()
    it = days.day(SUMMARIES, seed=SEED, brokers=BROKERS, importers=IMPORTERS)
    house.admit(it.people, partners(it.people))
    for file in it.files:
        house.put(f"B-{file.sender}", file.name, file.data)
    house.run()
    for file in invoices():
        house.put(f"B-{file.sender}", file.name, file.data)
    house.run()
    for (day,) in house.ask(
        "SELECT DISTINCT statement_date FROM entry_summary_version WHERE statement_date > '-infinity'"
    ):
        month.print_daily(house.settings, day, now=house.clock)
    for (of,) in house.ask("SELECT DISTINCT month FROM statement WHERE month IS NOT NULL"):
        month.print_monthly(house.settings, of, now=house.clock, whole=True)
    intake.deliver(house.settings)
    return house


def invoices() -> list[generate_invoices.File]:
    made = generate_invoices.generate(DAY, SUMMARIES, SEED, brokers=BROKERS, importers=IMPORTERS, differ=0.25)
    return list(made)


def document(body: bytes) -> Document:
    """As a partner reads it: without a fault."""
    it = judge.judge(read.read(body))
    assert not len(it.faults), it.faults[["segment_id", "element", "code", "value", "expected"]]
    return it


def test_every_invoice_is_taken_and_acknowledged(house: House) -> None:
    for file in invoices():
        box = house.outbox(f"B-{file.sender}")
        answer = document(box[f"{file.name}.997"])
        assert answer.sets["set_id"].tolist() == ["997"]
        assert answer.table("AK9")["AK901"].tolist() == ["A"]
        numbers = file.lines.loc[file.lines["line"] > 0, "invoice_number"].nunique()
        taken = house.one("SELECT count(*) FROM invoice i JOIN account a ON a.id = i.filer_account_id "
                          "WHERE a.identifier = %s", file.sender)  # fmt: skip
        assert taken == numbers


def test_what_was_planted_is_found_and_nothing_else(house: House) -> None:
    planted = pd.concat([file.lines for file in invoices()], ignore_index=True)
    rows = house.ask("""SELECT i.invoice_number, m.line, m.state, m.differences, e.filer_code || e.entry_number
        FROM invoice i JOIN invoice_match m ON m.invoice_id = i.id
        LEFT JOIN entry_summary e ON e.id = m.entry_summary_id""")
    found = pd.DataFrame(rows, columns=["invoice_number", "line", "state", "differences", "entry"])
    on_file = {
        it for (it,) in house.ask("SELECT filer_code || entry_number FROM entry_summary WHERE status = 'accepted'")
    }
    planted = planted[(planted["filer_code"] + planted["entry_number"]).isin(on_file)]
    both = planted[planted["line"] > 0].merge(found, on=["invoice_number", "line"], how="left")
    assert both["state"].notna().all() and len(both) > 60
    expected = both["kind"].map({"": "matched", "extra": "missing"}).fillna("different")
    assert (both["state"] == expected).all(), both[both["state"] != expected]
    told = both[expected == "different"]
    assert (told["differences"] == told["kind"]).all(), told[["kind", "differences"]]
    left_out = planted[planted["line"] == 0]
    with_invoice = left_out["entry_number"].isin(both["entry_number"])
    alone = house.one("SELECT count(*) FROM invoice_match WHERE state = 'uninvoiced'")
    assert alone == with_invoice.sum() > 0
    assert rollup.refresh(house.settings, house.clock) is not None
    assert house.one("SELECT count(*) FROM invoice_match WHERE state = 'uninvoiced'") == alone


def test_the_payment_advice_ties_to_its_statement(house: House) -> None:
    printed = house.ask("""SELECT s.statement_number, s.total_cents, s.entries, a.number FROM statement s
        JOIN account a ON a.id = CASE WHEN s.importer_number <> ''
            THEN s.importer_account_id ELSE s.filer_account_id END
        WHERE s.kind = 'monthly'""")
    assert len(printed) > 2
    for number, total, entries, account in printed:
        it = document(house.outbox(account, "outbox/statements")[f"{number}.P.820"])
        bpr, trn = (it.table(id).iloc for id in ("BPR", "TRN"))
        assert round(float(bpr[0]["BPR02"]) * 100) == total and trn[0]["TRN02"] == number
        lines = it.table("RMR")
        assert len(lines) == entries and sum(round(float(x) * 100) for x in lines["RMR04"]) == total
    sent = house.ask("SELECT interchange_number, set_number FROM x12_sent WHERE set_id = '820' ORDER BY account_id, 1")
    assert len(sent) == len(printed)
    for (of,) in house.ask("SELECT DISTINCT month FROM statement WHERE month IS NOT NULL"):
        month.print_monthly(house.settings, of, now=house.clock, whole=True)
    assert house.one("SELECT count(*) FROM x12_sent WHERE set_id = '820'") == len(printed), "nothing is sent twice"


def test_who_reads_x12_gets_355_and_350_in_place_of_ax(house: House) -> None:
    it = days.day(SUMMARIES, seed=SEED, brokers=BROKERS, importers=IMPORTERS)
    for n in range(BROKERS):
        for file in it.of(n):
            box = house.outbox(f"B-{file.sender}")
            assert (f"{file.name}.ax" in box) == (n > 0) and f"{file.name}.reasons.csv" in box
            if n:
                continue
            acceptance, status = document(box[f"{file.name}.355"]), document(box[f"{file.name}.350"])
            said = [f"{f}{e}" for f, e in zip(file.entries["filer_code"], file.entries["entry_number"], strict=True)]
            assert sorted(acceptance.table("N9")["N902"]) == sorted(status.table("N9")["N902"]) == sorted(said)
            (k3,) = acceptance.table("K3")["K301"]
            assert k3.startswith(f"ACCEPTED {len(said)} REJECTED 0")
    broken = it.files[0].data.replace(b"\n40", b"\n4X", 1)
    sender = it.files[0].sender
    for name, data in (("broken.abi", broken), ("nothing.txt", b"not EDI"), ("empty.txt", b"")):
        house.put(f"B-{sender}", name, data)
        house.put(f"B-{sender}", name, data, "check")
    house.run()
    for name in ("broken.abi", "nothing.txt", "empty.txt"):
        for folder in ("outbox", "outbox/check"):
            box = house.outbox(f"B-{sender}", folder)
            assert document(box[f"{name}.355"]).table("K3")["K301"].str.contains("FAULTS 1").all(), name
            document(box[f"{name}.350"])
            assert f"{name}.ax" not in box
