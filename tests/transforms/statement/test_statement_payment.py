"""RM to PZ: authorise, withdraw, and every refusal."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

from parsers.catair import write
from parsers.catair.read import parse
from transforms.statement import payment

TODAY = date(2026, 10, 7)
PERIODIC, PLAIN, MONTHLY = "2727279001", "2727279002", "2726P10001"


def statements(**change):
    frame = pd.DataFrame(
        {
            "statement_number": [PERIODIC, PLAIN, MONTHLY],
            "kind": ["daily", "daily", "monthly"],
            "status": "P",
            "filer_code": "TW1",
            "payment_type": ["6", "2", "6"],
            "due_date": pd.to_datetime(["2026-11-23", "2026-10-14", "2026-10-22"]),
            "presented_at": pd.NaT,
            "paid_at": pd.NaT,
            "remaining_cents": [12345, 700, 999],
        }
    ).assign(**change)
    return frame.astype(dict.fromkeys(("due_date", "presented_at", "paid_at"), "datetime64[s]"))


def ask(number=PERIODIC, **change):
    usual = {
        "processing_filer": "TW1",
        "payment_type": "02" if number == PLAIN else "01",
        "payer_unit": "123456",
        "filer_code": "TW1",
        "statement_number": number,
        "negation": "",
    }
    return usual | change


def decide(*rows, today=TODAY, **change):
    return payment.decide(pd.DataFrame(rows), statements(**change), today)


def test_a_debit_waits_for_the_due_day_of_the_month_or_is_made_at_once():
    told, made = decide(ask(), ask(PLAIN))
    assert told["code"].tolist() == ["T10", "T10"]
    assert made["settle_on"].tolist() == [pd.Timestamp("2026-11-23"), pd.Timestamp(TODAY)]
    assert made["amount_cents"].tolist() == [12345, 700]
    assert made["method"].tolist() == ["debit", "debit"]


@pytest.mark.parametrize(
    ("unit", "due", "code", "method"),
    [("123456", 5, "T10", "debit"), ("", 5, "T11", "credit"), ("", 0, "T11", "none"), ("123456", 0, "T11", "none")],
)
def test_without_a_payer_unit_or_a_debt_nothing_is_debited(unit, due, code, method):
    told, made = decide(ask(payer_unit=unit), remaining_cents=due)
    assert (told["code"].tolist(), made["method"].tolist()) == ([code], [method])


@pytest.mark.parametrize(
    ("code", "request_", "state"),
    [
        ("T20", {"statement_number": "2727279999"}, {}),
        ("T21", {"filer_code": "TW2"}, {}),
        ("T21", {"processing_filer": "TW2"}, {}),
        ("T21", {}, {"filer_code": "TW2"}),
        ("T22", {}, {"presented_at": pd.Timestamp("2026-10-07")}),
        ("T23", {}, {"due_date": pd.Timestamp("2026-10-06")}),
        ("T24", {}, {"paid_at": pd.Timestamp("2026-10-06")}),
        ("T24", {"negation": "Y"}, {"paid_at": pd.Timestamp("2026-10-06")}),
        ("T25", {"negation": "Y"}, {}),
        ("T26", {"negation": "Y"}, {"presented_at": pd.Timestamp("2026-10-06")}),
        ("T26", {"negation": "Y"}, {"presented_at": pd.Timestamp("2026-10-07"), "status": "F"}),
        ("T27", {"payment_type": "02"}, {}),
        ("T28", {"statement_number": MONTHLY}, {}),
    ],
)
def test_refusals(code, request_, state):
    told, made = decide(ask() | request_, **state)
    assert told["code"].tolist() == [code] and told["severity"].tolist() == ["F"]
    assert made.empty


@pytest.mark.parametrize(
    ("owner", "code"),
    [("TW1", "T10"), ("12-345678900", "T10"), ("12-3456789", "T10"), ("TW2", "T30"), ("98-765432100", "T30")],
)
def test_a_payer_unit_is_that_of_the_filer_or_the_importer(owner, code):
    units = pd.DataFrame({"number": ["123456"], "identifier": [owner]}, dtype="str")
    asked = pd.DataFrame([ask(), ask(PLAIN, payer_unit="")])
    told, made = payment.decide(asked, statements(importer_number="12-3456789"), TODAY, units)
    assert told["code"].tolist() == [code, "T11"] and len(made) == (2 if code == "T10" else 1)


def test_on_the_due_day_it_is_still_in_time():
    assert decide(ask(), today=date(2026, 11, 23))[0]["code"].tolist() == ["T10"]
    assert decide(ask(), today=date(2026, 11, 24))[0]["code"].tolist() == ["T23"]


def test_a_statement_without_a_due_day_is_never_past_it():
    assert decide(ask(), due_date=pd.NaT)[0]["code"].tolist() == ["T10"]


def test_authorised_twice_withdrawn_twice_and_authorised_again_in_one_message():
    no = ask(negation="Y")
    told, made = decide(ask(), ask(), no, no, ask(), ask(PLAIN))
    assert told["code"].tolist() == ["T10", "T22", "T12", "T25", "T10", "T10"]
    assert made["action"].tolist() == ["authorise", "withdraw", "authorise", "authorise"]
    assert made["request"].tolist() == [0, 2, 4, 5]


def test_an_authorisation_stands_on_the_day_in_new_york():
    """Given late in the evening in New York, when it is the next day in UTC."""
    late = pd.DatetimeIndex(["2026-10-08T01:00:00"] * 3, tz="UTC")
    frame = statements().assign(presented_at=late)
    told, _ = payment.decide(pd.DataFrame([ask(negation="Y")]), frame, TODAY)
    assert told["code"].tolist() == ["T12"]


def test_from_rm_bytes_to_pz_bytes():
    records = [
        "A2704TW1SECRET100726     RM",
        "B  2704TW1RM",
        "PT01123456TW1 2727279001",
        "PT02      TW1 2727279777",
        "Y  2704TW1RM",
        "Z2704TW1      100726",
    ]
    sent = "".join(f"{r:<80}\n" for r in records).encode()
    requests = payment.requests(parse([sent], answered=("AE", "RM")).only("RM"))
    told, made = payment.decide(requests, statements(), TODAY)
    amount = made.set_index("request")["amount_cents"].reindex(requests.index).astype("Int64")
    body, of = payment.answer(requests, told, amount)
    assert of.tolist() == [0, 0, 1, 1]
    lines = write.to_bytes(body).decode().splitlines()
    assert lines[0].startswith("E0 STATMT 000001 REF ID: 2727279001 TW1 123456 01 00000012345")
    assert lines[1].rstrip() == "E1A T10   DEBIT AUTHORIZED".ljust(50) + "TW1  2727279001"
    assert lines[3].rstrip() == "E1RFT20   STATEMENT NOT FOUND".ljust(50) + "TW1  2727279777"
