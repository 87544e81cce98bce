"""The consolidated filing: its facts, its versions, and the way down from its totals."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import month as m
import numpy as np
import pandas as pd
import pytest
from test_payments import payment

from loaders import export_statements, outbox, tie_outs, trace
from loaders.filings import TOTALS, Filing, activity, drill, files, filings, no_files, publish_filing
from loaders.payments import apply_payments
from loaders.statements import publish_statements
from tests.transforms.export import exported as ex
from tests.transforms.invoice.sets import document
from tidewaiter import export_filing, invoicing
from transforms.x12.outcome import Context

MARCH = date(2026, 3, 1)
ENTRIES = ["11111111", "22222222", "33333333"]


@pytest.fixture
def account(conn) -> int:
    m.prepare(conn, ENTRIES)
    return m.one(conn, "SELECT id FROM account WHERE number = 'I1'")


def filing(conn, account: int, hash: str = "h1") -> Filing:
    """The filing of what is on file for March."""
    entry = activity(conn, account, MARCH).entry
    sums = {name: int(entry[name].sum()) if name in entry else 0 for name in TOTALS}
    sums |= {"entries": len(entry), "lines": len(entry), "value_cents": 10_000 * len(entry)}
    lines = pd.DataFrame({"section": "goods", "ordinal": [1], "hts_number": "8708295060", "lines": len(entry)})
    files = pd.DataFrame({"name": ["2026-03.csv"], "sha256": "s" * 64, "bytes": 7})
    sent = pd.DataFrame({"kind": ["filing"], "file_name": "2026-03.csv", "body": [hash.encode()]})
    return Filing(account, MARCH, hash, sums, entry["version_id"].tolist(), files, m.AT, lines, sent)


def test_activity_is_what_is_on_file_for_the_month(conn, account):
    m.file(conn, [("A", "44444444")], name="b", entry_date=pd.Timestamp(2026, 4, 1))
    m.file(conn, [("R", "11111111"), ("D", "22222222")], name="c")
    publish_statements(conn, m.daily(conn))
    it = activity(conn, account, date(2026, 3, 31))
    assert it.entry["entry_number"].tolist() == ["11111111", "33333333"]
    assert it.entry["file_name"].tolist() == ["c", "a.txt"] and it.entry["duty_cents"].tolist() == [250, 250]
    for table in (it.line, it.tariff, it.fee, it.fee_total):
        assert set(table["version_id"]) == set(it.entry["version_id"])
    assert it.tariff["record"].tolist() == [8, 4]
    assert it.tariff["value_cents"].sum() == 20_000 and it.adcvd.empty
    assert it.statement["statement_number"].tolist() == ["2726069001"]
    assert it.account[["number", "importer_number"]].values.tolist() == [["I1", "12-3456789AB"]]
    assert activity(conn, account, date(2026, 4, 1)).entry["entry_number"].tolist() == ["44444444"]
    assert activity(conn, account, date(2026, 5, 1)).tariff.empty


def test_an_entry_without_a_date_counts_when_it_was_accepted(conn, account):
    m.file(conn, [("A", "44444444")], name="b", entry_date=pd.NaT)
    assert "44444444" in activity(conn, [account], MARCH).entry["entry_number"].tolist()


def test_the_same_content_is_no_second_version(conn, account):
    first = publish_filing(conn, filing(conn, account))
    again = publish_filing(conn, filing(conn, account))
    assert (first.version, first.new, again.version, again.new) == (1, True, 1, False) and first.id == again.id
    assert [p.account for p in outbox.pending(conn) if p.kind == "filing"] == ["I1"]


def test_a_correction_is_a_new_version_and_the_old_one_stays(conn, account):
    first = publish_filing(conn, filing(conn, account))
    m.file(conn, [("D", "22222222")], name="b")
    second = publish_filing(conn, filing(conn, account, "h2"))
    table = filings(conn, account, MARCH)
    assert table[["version", "state", "entries"]].values.tolist() == [[1, "replaced", 3], [2, "filed", 2]]
    assert table["replaces_id"].tolist()[1] == first.id
    told = {event.detail for event in trace.trace(conn, "2026-03.csv") if event.step == "filed"}
    assert told == {"version 1 of 2026-03", "version 2 of 2026-03 replaces version 1"}
    assert files(conn, second.id)[["name", "bytes"]].values.tolist() == [["2026-03.csv", 7]]
    assert len(drill(conn, first.id)) == 3 and len(drill(conn, second.id)) == 2
    assert publish_filing(conn, filing(conn, account, "h1")).version == 3, "what was said before may be said again"
    assert tie_outs.broken(conn).empty


def test_a_total_opens_down_to_the_record(conn, account):
    id = publish_filing(conn, filing(conn, account)).id
    m.file(conn, [("R", "11111111")], name="b")
    found = drill(conn, id, hts_number="8708295060", origin="CN", entry_number="11111111")
    assert len(found) == 1
    row = found.iloc[0]
    assert (row["file_name"], row["record"], row["sender"], row["value_cents"]) == ("a.txt", 4, "B1", 10_000)
    assert (row["value_columns"], row["duty_columns"], row["quantity_columns"]) == ("25-34", "14-23", "36-47")
    assert drill(conn, id, port="2720")["duty_cents"].sum() == 750 and drill(conn, id, origin="DE").empty
    fee = drill(conn, id, class_code="501", filer_code="ZZZ")
    assert fee[["record_id", "start", "end", "amount_cents"]].drop_duplicates().values.tolist() == [["62", 6, 13, 12]]
    stated = drill(conn, id, class_code="501", stated=True)
    assert stated["record_id"].unique().tolist() == ["89"] and stated["amount_cents"].sum() == 36
    assert drill(conn, id, case_number="A580001000").empty
    with pytest.raises(ValueError, match="by colour"):
        drill(conn, id, colour="red")
    with pytest.raises(ValueError, match="by hts_number"):
        drill(conn, id, class_code="501", hts_number="8708295060")


def test_a_filing_without_a_total_is_refused(conn, account):
    made = filing(conn, account)
    with pytest.raises(ValueError, match="duty_cents missing"):
        publish_filing(conn, replace(made, totals={k: v for k, v in made.totals.items() if k != "duty_cents"}))
    assert filings(conn, account).empty


HARM = {
    "UPDATE export_filing SET sequence = 2": "at its last version, and they",
    "UPDATE export_filing SET value_cents = 0": "an export filing is the sum",
    "UPDATE export_statement SET lines = 7": "an export statement is the sum",
    "UPDATE export_statement SET state = 'replaced'": "version of an export statement",
    "UPDATE statement_entry SET due_cents = due_cents + 1": "in number and in cents",
    "DELETE FROM statement_fee WHERE class_code = '499'": "sum of their classes",
    "UPDATE statement SET duty_cents = duty_cents + 1": "a total is the sum",
    "UPDATE statement_entry SET entry_summary_id = -version_id": "has its version",
    "UPDATE entry_summary SET statement_number = NULL WHERE entry_number = '11111111'": "names the statement",
    "UPDATE entry_summary SET control = 'trade'": "customs control",
    "UPDATE statement SET paid_at = now()": "covered by funds",
    "UPDATE entry_summary SET paid_at = now()": "has paid entries",
    "UPDATE statement SET month = month + 31 WHERE kind = 'daily'": "of the month of its monthly one",
    "UPDATE statement_entry SET removed_at = timestamptz '2026-01-01', removed_by = 'C'": "stood on",
    "UPDATE payment SET amount_cents = 1": "of what is due",
    "UPDATE statement_sequence SET last = 2": "without gap",
    "UPDATE filing SET duty_cents = 0": "a filing is the sum",
    "UPDATE filing SET state = 'replaced'": "the last version",
    "UPDATE statement SET due_date = print_date - 1": "within the rules of its month",
    "UPDATE statement SET month = NULL WHERE kind = 'monthly'": "within the rules of its month",
    "UPDATE entry_summary_version SET entry_date = '2026-05-01'": "of its account and its month",
    "UPDATE interchange SET state = 'claimed'": "as its shard says",
    "DELETE FROM delivery; DELETE FROM acknowledgment": "has its answer",
    "UPDATE interchange SET state = 'received', shard_id = NULL": "within the hour",
    "DELETE FROM delivery": "every time its file came",
    "UPDATE delivery SET state = 'pending'": "where there is a drop",
    "UPDATE transaction SET batch_id = -1": "a batch of its file",
    "INSERT INTO condition SELECT -1, interchange_id, batch_id, -1, '', 0, 0, '', '', 0, 0, '', '', '' "
    "FROM transaction LIMIT 1": "a condition speaks",
    "UPDATE transaction SET effect = 'rejected'": "an accepted transaction has",
    "UPDATE entry_summary_version SET transaction_id = -1": "a version belongs",
    "UPDATE entry_summary_version SET sequence = 7 WHERE superseded_by IS NOT NULL": "without gap",
    "UPDATE entry_summary SET sequence = 7": "at its last version",
    "UPDATE tariff SET version_id = version_id + 3 "
    "WHERE version_id = (SELECT min(id) FROM entry_summary_version)": "a fact belongs",
    "UPDATE fee_total SET interchange_id = -1": "a fact belongs",
    "UPDATE tariff SET duty_cents = duty_cents + 1": "the duty of a summary",
    "UPDATE fee_total SET amount_cents = 0": "the fees of a summary",
    "UPDATE payment SET state = 'sent'": "at the bank stands in a file",
    "INSERT INTO debit_file (name, created_on, modifier, sha256, debits, amount_cents, created_at) "
    "VALUES ('a', '2026-03-10', 'A', '', 1, 1, now())": "sum of its debits",
    "DROP INDEX uq_statement_entry_open; INSERT INTO statement_entry "
    "SELECT statement_id, -version_id, entry_summary_id, 0 FROM statement_entry": "on one statement",
    "UPDATE interchange SET format = 'x12'": "an X12 set is a transaction",
    "INSERT INTO x12_sent (id, interchange_id, account_id, own_qualifier, own_id, qualifier, identifier, "
    "interchange_number, functional_id, set_id, set_number, sent_at) "
    "SELECT n, -1, a.id, 'ZZ', 'A', 'ZZ', 'B', n, 'FA', '997', 7, (SELECT min(received_at) FROM interchange) "
    "FROM generate_series(1, 2) n, (SELECT min(id) AS id FROM account) a": "a control number of ours",
    "UPDATE invoice SET sequence = 9": "an invoice is at its last version",
    "UPDATE invoice_line SET amount_cents = 1": "an invoice is the sum",
    "DELETE FROM invoice_match WHERE line > 0": "every line of an invoice",
    "UPDATE invoice_entry SET entry_version_id = -1": "an invoice was compared",
}


def exported(conn):
    """A filing of an exporter's, and its statement."""
    conn.execute(
        "INSERT INTO account (number, kind, name, identifier, status) VALUES ('X', 'exporter', 'X', %s, 'active')",
        [ex.EIN],
    )
    (own,) = conn.execute("SELECT id FROM account WHERE number = 'X'").fetchone()
    context = Context(own, -1, m.AT, m.DAY, ex.reference(), transaction_ids=np.zeros(1, np.int64))
    with conn.transaction():
        export_filing.decide(conn, ex.sent(ex.shipment(day=m.DAY)), context)
    (version,) = conn.execute("SELECT version_id FROM export_filing").fetchone()
    made = export_statements.Statement(own, m.DAY, "hash", 1, 1, 400000, 0, [version], m.AT, no_files())
    assert export_statements.issue(conn, made) == (1, True)


def invoiced(conn, account):
    """An invoice of an entry summary."""
    said = ("BIG*20260301*A-1", f"REF*6B*ZZZ{ENTRIES[0]}", "N1*SE*Seller", "IT1*1*1*EA*90", "TDS*9000")
    context = Context(account, -1, m.AT, m.DAY, transaction_ids=np.zeros(1, np.int64))
    with conn.transaction():
        assert invoicing.decide(conn, document("\n".join(said)), context).dispositions["final"].tolist() == ["A"]


def month_of_all(conn, account):
    """Something of everything that the checks look at, and it ties out."""
    publish_statements(conn, m.daily(conn))
    publish_statements(conn, m.monthly(conn))
    apply_payments(conn, payment("2726069001"), m.AT)
    m.file(conn, [("A", "44444444")], name="c")
    m.file(conn, [("R", "44444444")], name="d")
    publish_filing(conn, filing(conn, account))
    exported(conn)
    invoiced(conn, account)
    sender = conn.execute("SELECT account_id FROM interchange WHERE mode = 'file' LIMIT 1").fetchone()[0]
    conn.execute(
        "INSERT INTO sftp_identity (account_id, username, public_key, valid_from) VALUES (%s, 'b', '', '2026-01-01')",
        [sender],
    )
    outbox.delivered(conn, [it.id for it in outbox.pending(conn)])


def test_what_does_not_tie_out_is_told(conn, account):
    month_of_all(conn, account)
    clock = m.AT + timedelta(days=1)
    assert tie_outs.broken(conn, now=clock).empty
    told = set()
    for harm, check in HARM.items():
        with conn.transaction(force_rollback=True):
            conn.execute(harm)
            found = set(tie_outs.broken(conn, now=clock)["check"])
            assert any(check in name for name in found), harm
            bounded = set(tie_outs.broken(conn, m.DAY, clock)["check"])
            assert found == bounded, "it is all of this month"
            assert not set(tie_outs.broken(conn, date(2025, 3, 1), clock)["check"]), "and nothing of that one"
            told |= found
    assert told == set(tie_outs.CHECKS) - tie_outs.WARNINGS, "every check can fail"


COPIES = """
    INSERT INTO entry_summary_version SELECT made.*
    FROM (SELECT to_jsonb(v) AS row FROM entry_summary_version v LIMIT 1) one, generate_series(1, 28) day,
        generate_series(1, CASE day WHEN 1 THEN %(last)s ELSE 8 END) n,
        jsonb_populate_record(NULL::entry_summary_version, row || jsonb_build_object(
            'id', -100 * day - n, 'sequence', 100 * day + n,
            'accepted_at', %(now)s::timestamptz - day * interval '1 day')) made"""


@pytest.mark.parametrize(("last", "told"), [(8, 0), (4, 0), (2, 2), (25, 2)])
def test_a_day_unlike_the_others_is_a_warning(conn, account, last, told):
    clock = m.AT + timedelta(days=91)
    assert clock.isoweekday() == 2, "the day before is a working day"
    conn.execute(COPIES, {"now": clock, "last": last})
    found = tie_outs.broken(conn, now=clock)
    days = found.loc[found["check"].isin(tie_outs.WARNINGS), "at"]
    assert len(days) == told and days.str.contains("mean 8|mean 2000").all()
