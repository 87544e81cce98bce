"""SU to SQ: what moves when, every refusal, and the new totals."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest
from statement_tables import Days, fees, payables, typed

from parsers.catair import write
from parsers.catair.read import parse
from transforms.statement import assemble, update

TODAY = date(2026, 10, 7)
PRINTED, LATER = date(2026, 10, 6), "2026-10-13"


def ask(entry="00000000", **change):
    usual = {
        "processing_filer": "TW1",
        "port": "2704",
        "filer_code": "TW1",
        "entry_number": entry,
        "payment_type": "6",
        "print_date": LATER,
        "branch": "",
        "month": "11",
    }
    return usual | change


SINGLE = {"payment_type": "1", "print_date": None, "month": ""}


def asked(*rows):
    frame = pd.DataFrame(rows)
    return typed(frame.drop(columns="month")).assign(month=frame["month"].astype("str"))


def world(rows=None, **state):
    """Three payables on a printed statement (a month above it when ``parent``), and the fourth still to be printed."""
    rows = rows or [{"duty_cents": 1000}, {"duty_cents": 200}, {"duty_cents": 30}, {"print_date": "2026-10-20"}]
    payable = payables(rows)
    made = assemble.daily(payable, fees(payable, []), PRINTED, {}, Days())
    statement, entry = made.statement, made.entry
    if state.pop("parent", False):
        upper = assemble.monthly(
            statement, entry, payable, fees(payable, []), date(2026, 11, 1), {}, {}, PRINTED, date(2026, 11, 23)
        )
        statement["parent_number"] = upper.statement["statement_number"].iloc[0]
        statement = pd.concat([statement, upper.statement], ignore_index=True)
    empty = pd.Series(pd.NaT, statement.index, dtype="datetime64[s]")
    statement = statement.assign(presented_at=empty, paid_at=empty)
    for name, (kind, value) in state.items():
        statement.loc[statement["kind"] == kind, name] = pd.Timestamp(value) if "_at" in name else value
    return statement, entry, payable


def decide(requests, statement, entry, payable):
    return update.decide(requests, statement, entry, payable, Days(), TODAY)


def test_before_it_is_printed_a_summary_moves_freely():
    told, moves = decide(asked(ask("00000003", print_date="2026-10-27", month="12")), *world())
    assert told["code"].tolist() == ["P12"] and told["severity"].tolist() == [""]
    assert told["statement_number"].tolist() == [""]
    move = moves.iloc[0]
    assert (move["entry_summary_id"], move["version_id"], move["statement_number"]) == (503, 103, "")
    assert (move["print_date"], move["month"]) == (pd.Timestamp("2026-10-27"), pd.Timestamp("2026-12-01"))


def test_leaving_a_printed_statement_gives_the_new_totals_of_day_and_month_one_after_the_other():
    told, moves = decide(asked(ask("00000001"), ask("00000000", **SINGLE)), *world(parent=True))
    assert told["code"].tolist() == ["P12", "P12"]
    assert told["statement_number"].tolist() == ["2727279001"] * 2
    assert told["total_cents"].tolist() == [1030, 30]
    assert told["parent_number"].tolist() == ["2726P11001"] * 2
    assert told["parent_total_cents"].tolist() == [1030, 30]
    assert moves["removed_by"].tolist() == ["A", "A"]
    assert moves["statement_number"].tolist() == ["2727279001"] * 2
    assert moves["payment_type"].tolist() == ["6", "1"]
    assert moves["month"].isna().tolist() == [False, True]


def test_a_second_request_meets_the_outcome_of_the_first():
    """Off to single payment, back to a day, and off again: by then it is on no statement."""
    rows = [ask(**SINGLE), ask(), ask(**SINGLE)]
    told, moves = decide(asked(*rows), *world())
    assert told["code"].tolist() == ["P12", "P12", "T01"]
    assert moves["statement_number"].tolist() == ["2727279001", ""]
    assert told["total_cents"].isna().tolist() == [False, True, True]


@pytest.mark.parametrize(
    ("state", "single", "other"),
    [
        ({}, "P12", "P12"),
        ({"presented_at": ("daily", "2026-10-07")}, "T02", "T02"),
        ({"presented_at": ("daily", "2026-10-07"), "status": ("daily", "F")}, "P12", "T04"),
        ({"paid_at": ("daily", "2026-10-07"), "status": ("daily", "F")}, "T03", "T03"),
        ({"paid_at": ("monthly", "2026-10-07"), "status": ("daily", "F")}, "T03", "T03"),
    ],
)
def test_what_may_leave_depends_on_how_far_the_payment_is(state, single, other):
    told, _ = decide(asked(ask(**SINGLE), ask("00000001")), *world(parent=True, **state))
    assert told["code"].tolist() == [single, other]
    assert told["severity"].eq("F").tolist() == [single != "P12", other != "P12"]


def test_a_final_plain_daily_statement_lets_nothing_go_while_it_is_authorised():
    rows = [{"payment_type": "2"}]
    state = {"presented_at": ("daily", "2026-10-07"), "status": ("daily", "F")}
    request = ask(payment_type="2", month="")
    told, moves = decide(asked(request, request | SINGLE), *world(rows, **state))
    assert told["code"].tolist() == ["T02", "T02"] and moves.empty


@pytest.mark.parametrize(
    ("code", "change"),
    [
        ("P01", {"entry_number": "99999999"}),
        ("P01", {"filer_code": "XX9"}),
        ("B53", {"processing_filer": "TW2"}),
        ("197", {"payment_type": "4"}),
        ("197", {"payment_type": ""}),
        ("199", SINGLE | {"print_date": LATER}),
        ("200", SINGLE | {"month": "11"}),
        ("200", {"payment_type": "2"}),
        ("201", {"branch": "B1"}),
        ("202", {"print_date": None}),
        ("204", {"print_date": "2026-10-10"}),
        ("205", {"print_date": "2026-10-07"}),
        ("206", {"print_date": "2027-02-01", "payment_type": "2", "month": ""}),
        ("211", {"month": ""}),
        ("212", {"month": "13"}),
        ("212", {"month": "XX"}),
        ("213", {"month": "01"}),
        ("213", {"month": "09"}),
        ("215", {"print_date": "2026-11-18"}),
    ],
)
def test_refusals_carry_their_published_code(code, change):
    statement, entry, payable = world()
    told, moves = decide(asked(ask("00000003") | change), statement, entry, payable)
    assert told["code"].tolist() == [code] and told["severity"].tolist() == ["F"]
    assert told["narrative"].str.len().between(5, 40).all()
    assert moves.empty


def test_tax_keeps_a_summary_off_the_monthly_statement():
    rows = [{"payment_type": "2", "tax_cents": 5}]
    told, _ = decide(asked(ask(), ask(payment_type="2", month="")), *world(rows))
    assert told["code"].tolist() == ["718", "P12"]


def test_nothing_on_file_and_nothing_asked():
    statement, entry, payable = world()
    told, moves = decide(asked(ask()), statement.iloc[:0], entry.iloc[:0], payable.iloc[:0])
    assert told["code"].tolist() == ["P01"] and moves.empty
    told, moves = decide(asked(ask()).iloc[:0], statement, entry, payable)
    assert told.empty and moves.empty


def test_from_su_bytes_to_sq_bytes():
    """An H record in, H1 H2 H3 out, in the columns of the chapter."""
    records = [
        "A2704TW1SECRET100726     SU",
        "B  2704TW1SU",
        "H2704TW1  000000006101326  11",
        "H2704TW1  999999991",
        "Y  2704TW1SU",
        "Z2704TW1      100726",
    ]
    sent = "".join(f"{r:<80}\n" for r in records).encode()
    parsed = parse([sent], answered=("AE", "SU")).only("SU")
    statement, entry, payable = world(
        [{"duty_cents": 1000, "broker_reference": "REF-1"}, {"duty_cents": 5}], parent=True
    )
    requests = update.requests(parsed)
    told, _ = decide(requests, statement, entry, payable)
    body, of = update.answer(requests, told)
    assert of.tolist() == [0, 0, 0, 1, 1]
    assert write.to_bytes(body).decode().splitlines() == [
        f"{line:<80}"
        for line in (
            "H12704TW1  000000006101326REF-1      11",
            "H2 TW1  00000000P12   STATEMENT DATA UPDATED",
            "H32704TW1  00000000272727900100000000005" + "2726P11001  00000000005",
            "H12704TW1  999999991",
            "H2FTW1  99999999P01   ENTRY SUMMARY NOT FOUND",
        )
    ]
