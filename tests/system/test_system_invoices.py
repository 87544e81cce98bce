"""A day of entries and its invoices, dropped: what they are laid beside, the month's payment advice, status in X12."""

from __future__ import annotations

from datetime import date, timedelta

import pandas as pd
import psycopg
import pytest
from psycopg.rows import dict_row

from bench import generate_invoices
from loaders import trace
from loaders.portal import partners as numbers
from parsers.x12 import judge, read
from parsers.x12.document import Document
from tests.system import days, paying
from tests.system.house import House
from tests.system.x12_files import interchange
from tidewaiter import database, intake, month, payments, rollup

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


def tied(house: House, status: str) -> int:
    """How many monthly statements have an 820 of that status, each without a fault and equal to it to the cent."""
    printed = house.ask("""SELECT s.statement_number, s.total_cents, s.entries, a.number FROM statement s
        JOIN account a ON a.id = CASE WHEN s.importer_number <> ''
            THEN s.importer_account_id ELSE s.filer_account_id END
        WHERE s.kind = 'monthly'""")
    for number, total, entries, account in printed:
        it = document(house.outbox(account, "outbox/statements")[f"{number}.{status}.820"])
        bpr, trn = (it.table(id).iloc for id in ("BPR", "TRN"))
        assert round(float(bpr[0]["BPR02"]) * 100) == total and trn[0]["TRN02"] == number
        lines = it.table("RMR")
        assert len(lines) == entries and sum(round(float(x) * 100) for x in lines["RMR04"]) == total
    return len(printed)


def test_the_payment_advice_ties_to_its_statement(house: House) -> None:
    printed = tied(house, "P")
    assert printed > 2
    sent = house.ask("SELECT interchange_number, set_number FROM x12_sent WHERE set_id = '820' ORDER BY account_id, 1")
    assert len(sent) == printed
    for (of,) in house.ask("SELECT DISTINCT month FROM statement WHERE month IS NOT NULL"):
        month.print_monthly(house.settings, of, now=house.clock, whole=True)
    assert house.one("SELECT count(*) FROM x12_sent WHERE set_id = '820'") == printed, "nothing is sent twice"


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


def last_sent(house: House, set_id: str) -> dict:
    """The numbers of the last message of a kind that we sent, and to whom."""
    names = "account identifier functional_id interchange_number group_number set_id set_number file"
    (row,) = house.ask(
        """SELECT a.number, s.identifier, s.functional_id, s.interchange_number, s.group_number, s.set_id, s.set_number,
        s.interchange_id FROM x12_sent s JOIN account a ON a.id = s.account_id WHERE s.set_id = %s
        ORDER BY s.id DESC LIMIT 1""",
        set_id,
    )
    return dict(zip(names.split(), row, strict=True))


def acknowledged(it: dict, verdict: str) -> tuple[str, str]:
    """The 997 of a partner to one message of ours."""
    return "997", (
        f"AK1*{it['functional_id']}*{it['group_number']}\nAK2*{it['set_id']}*{it['set_number']:04d}\n"
        f"AK5*{verdict}\nAK9*{verdict[:1]}*1*1*{int(verdict[:1] == 'A')}"
    )


def comes_back(house: House, it: dict, name: str, *sets: tuple[str, str], number: int, **more) -> dict[str, bytes]:
    """What we answer to what a partner sends of our message, by the end of its name."""
    house.put(it["account"], name, interchange(*sets, number=number, sender=it["identifier"], **more))
    house.run()
    box = house.outbox(it["account"])
    return {key.removeprefix(name): body for key, body in box.items() if key.startswith(name)}


def state(house: House, it: dict) -> tuple:
    (row,) = house.ask(
        "SELECT state, code, codes FROM x12_sent WHERE interchange_id = %s AND set_id = %s AND set_number = %s",
        it["file"], it["set_id"], it["set_number"],
    )  # fmt: skip
    return row


def test_what_comes_back_for_our_messages_is_matched_told_and_not_acknowledged(house: House) -> None:
    advice, status, acceptance = (last_sent(house, set_id) for set_id in ("820", "350", "355"))
    for n, (it, verdict) in enumerate([(advice, "A"), (status, "A"), (acceptance, "R*5")]):
        answers = comes_back(house, it, f"back{n}.edi", acknowledged(it, verdict), number=801 + n)
        assert set(answers) == {".reasons.csv"}, "an acknowledgment is not acknowledged"
        words = answers[".reasons.csv"].decode()
        assert f"our {it['set_id']} {it['set_number']} in group {it['group_number']}" in words
        sent = "sent as" if it["set_id"] == "820" else "sent in answer to"
        assert sent in words and "which we did not send" not in words
        assert state(house, it) == ({"A": "acknowledged", "R": "rejected"}[verdict[0]], *(verdict + "*").split("*")[:2])
    nothing = comes_back(
        house, advice, "stray.edi", acknowledged(advice | {"group_number": 999_999, "set_number": 7}, "R"), number=810
    )
    assert set(nothing) == {".reasons.csv"}
    assert f"820 7 in group 999999 (R), which we did not send to {advice['identifier']}" in nothing[
        ".reasons.csv"].decode()  # fmt: skip
    ta1 = f"TA1*{status['interchange_number']:09d}*260915*1200*R*006"
    assert set(comes_back(house, status, "ta1.edi", number=811, notes=[ta1])) == {".reasons.csv"}
    assert state(house, status) == ("acknowledged", "A", ""), "what was said of the set itself stands"


def test_a_999_is_matched_as_a_997_is(house: House) -> None:
    """Accepted with errors, rejected with contexts, of numbers that are not ours."""
    it = last_sent(house, "820")
    ak1, ak2 = f"AK1*RA*{it['group_number']}*005010\n", f"AK2*820*{it['set_number']:04d}\n"
    noted = f"{ak1}{ak2}IK3*N1*9**8\nIK4*2*93*6*?\nIK5*E*5\nAK9*E*1*1*1"
    answers = comes_back(house, it, "noted.edi", ("999", noted), number=830, release="005010X231A1")
    assert set(answers) == {".reasons.csv"}, "an acknowledgment is not acknowledged"
    assert "accepts with errors our 820" in answers[".reasons.csv"].decode()
    assert state(house, it) == ("acknowledged", "E", "5")
    worse = "IK3*RMR*12*ENT*8\nCTX*ENT01>1\nIK4*2*127*I12*X\nCTX*SITUATIONAL TRIGGER*RMR*12*ENT*1*128\nIK5*R*I5"
    answers = comes_back(
        house, it, "worse.edi", ("999", f"{ak1}{ak2}{worse}\nAK9*R*1*1*0"), number=831, release="005010X231A1"
    )
    assert "rejects our 820" in answers[".reasons.csv"].decode() and "(R I5), sent as" in answers[
        ".reasons.csv"].decode()  # fmt: skip
    assert state(house, it) == ("rejected", "R", "I5")
    unknown = f"AK1*RA*999999*005010\n{ak2}IK5*R*I6\nAK9*R*1*1*0"
    answers = comes_back(house, it, "unknown.edi", ("999", unknown), number=832, release="005010X231A1")
    assert answers[".reasons.csv"].decode().count("which we did not send") == 2, "neither the set nor the group"
    assert state(house, it) == ("rejected", "R", "I5")
    comes_back(house, it, "well.edi", acknowledged(it, "A"), number=833)
    assert state(house, it) == ("acknowledged", "A", "")


def test_an_application_advice_stands_above_the_acknowledgment(house: House) -> None:
    it = last_sent(house, "820")
    numbered = f"*****{it['group_number']}*{it['set_number']:04d}*820"
    advised = f"BGN*11*ADV-1*20260915\nOTI*TR*6D*STATEMENT{numbered}\nTED*007*NO SUCH STATEMENT"
    answers = comes_back(house, it, "advice.edi", ("824", advised), number=820)
    assert set(answers) == {".997", ".reasons.csv"}, "an 824 is a set like others: acknowledged, and not answered"
    assert state(house, it) == ("rejected", "TR", "007")
    assert "rejects our 820" in answers[".reasons.csv"].decode()
    comes_back(house, it, "late.edi", acknowledged(it, "A"), number=821)
    assert state(house, it) == ("rejected", "TR", "007"), "that its syntax is well does not make it good"
    stray = advised.replace("*820", "*350")
    told = comes_back(house, it, "stray-advice.edi", ("824", stray), number=822)[".reasons.csv"].decode()
    assert "which we did not send" in told and "nothing here acts on" not in told


def test_a_refusal_is_a_step_of_both_files_and_a_remark_for_operations(house: House) -> None:
    it = last_sent(house, "820")
    (name,) = house.ask("SELECT name FROM arrival WHERE interchange_id = %s", it["file"])[0]
    steps = [(step.step, step.detail) for step in trace.trace(house.conn, name)]
    of = f"820 {it['set_number']} in group {it['group_number']}"
    assert ("acknowledged", f"{of} (A) by back0.edi") in steps
    assert ("refused", f"{of} (TR 007) by advice.edi") in steps
    assert ("refused", f"{of} (TR 007)") in [(step.step, step.detail) for step in trace.trace(house.conn, "advice.edi")]
    assert not [step for step in trace.trace(house.conn, "stray.edi") if step.step == "refused"]
    with psycopg.connect(database.url(house.settings), row_factory=dict_row) as conn:
        found = numbers.refused(conn, house.now - timedelta(days=1))
        assert found == dict(house.ask(
            "SELECT account_id, count(*) FROM x12_sent WHERE state = 'rejected' GROUP BY 1"))  # fmt: skip
        assert numbers.refused(conn, house.now + timedelta(days=1)) == {}
    assert len(found) == 2


def test_the_final_statement_has_one_advice_that_ties_out(house: House) -> None:
    """Paid to the cent, made final: what the payer's system books is what was paid, told once."""
    monthly = paying.on_file(house, kind="monthly")
    before = house.one("SELECT count(*) FROM x12_sent WHERE set_id = '820'")
    payments.settle(house.settings, paying.settlements(house, monthly), house.clock)
    paying.finalise(house)
    paying.finalise(house)
    intake.deliver(house.settings)
    final = paying.on_file(house, kind="monthly")
    assert len(final) == len(monthly) > 2 and (final["status"] == "F").all()
    assert house.one("SELECT count(*) FROM x12_sent WHERE set_id = '820'") == before + len(final), "each once"
    assert tied(house, "F") == len(final)
