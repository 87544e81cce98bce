"""The NACHA file, read back by its printed columns and not by our layout."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.statement import nacha

ORIGIN = nacha.Origin("021000021", "FIRST BANK", "1123456789", "TIDEWAITER")
AT = datetime(2026, 8, 21, 3, 5, tzinfo=UTC)  # still the evening before in New York
TEXT = ("statement_number", "payer_name", "routing_number", "account_number", "account_kind")


def routing(eight: int) -> str:
    """A routing number with its check digit."""
    text = f"{eight:08d}"
    return text + str(-sum(int(d) * w for d, w in zip(text, (3, 7, 1, 3, 7, 1, 3, 7), strict=True)) % 10)


def table(rows: list[tuple]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=[*TEXT, "amount_cents"]).astype(dict.fromkeys(TEXT, "str"))
    return frame.assign(
        amount_cents=frame["amount_cents"].astype("Int64"),
        settle_on=pd.Series(pd.Timestamp("2026-08-21"), frame.index, dtype="datetime64[s]"),
    )


def one(**changes: object) -> pd.DataFrame:
    values = {
        "statement_number": "4605215001",
        "payer_name": "ACME IMPORTS LLC",
        "routing_number": "091000019",
        "account_number": "12-345",
        "account_kind": "checking",
        "amount_cents": 123456,
    }
    return table([tuple((values | changes).values())])


@st.composite
def many(draw) -> pd.DataFrame:
    number = st.from_regex("[0-9]{4}[0-9]{3}[0-9]{3}", fullmatch=True)
    numbers = draw(st.lists(number, min_size=1, max_size=12, unique=True))
    row = st.tuples(
        st.text("ABCXYZ &.", min_size=1, max_size=30),
        st.integers(1_000_000, 99_999_999).map(routing),
        st.from_regex("[0-9A-Z]{1,17}", fullmatch=True),
        st.sampled_from(["checking", "savings"]),
        st.integers(1, 10**10 - 1),
    )
    return table([(number, *draw(row)) for number in numbers])


@settings(max_examples=30)
@given(many())
def test_hash_counts_and_totals_tie(debits):
    lines = nacha.file(debits, ORIGIN, AT).decode("ascii").splitlines()
    assert {len(line) for line in lines} == {94}
    assert len(lines) % 10 == 0
    told = [line for line in lines if line != "9" * 94]
    assert "".join(line[0] for line in told) == "15" + "67" * len(debits) + "89"
    entries, batch, control = told[2:-2:2], told[-2], told[-1]
    amounts = sum(int(line[29:39]) for line in entries)
    hashes = sum(int(line[3:11]) for line in entries) % 10**10
    assert amounts == debits["amount_cents"].sum() == int(batch[20:32]) == int(control[31:43])
    assert hashes == int(batch[10:20]) == int(control[21:31])
    assert 2 * len(entries) == int(batch[4:10]) == int(control[13:21])
    assert int(control[7:13]) * 10 == len(lines)
    assert int(batch[32:44]) == int(control[43:55]) == 0


@settings(max_examples=30)
@given(many())
def test_every_debit_names_its_statement_and_its_addenda_follows(debits):
    lines = nacha.file(debits, ORIGIN, AT).decode("ascii").splitlines()
    by_number = debits.set_index("statement_number")
    found = {}
    for entry, addenda in zip(lines[2::2], lines[3::2], strict=False):
        if entry[0] != "6":
            break
        number = entry[39:54].strip()
        debit = by_number.loc[number]
        assert entry[3:12] == debit.routing_number
        assert entry[12:29].strip() == debit.account_number
        assert entry[1:3] == {"checking": "27", "savings": "37"}[debit.account_kind]
        dollars, cents = divmod(int(debit.amount_cents), 100)
        assert addenda[3:83].rstrip() == f"RMR*IV*{number}**{dollars}.{cents:02d}\\"
        assert entry[78] == "1" and addenda[87:94] == entry[87:94]
        found[number] = entry[87:94]
    assert sorted(found) == sorted(by_number.index)
    assert len(set(found.values())) == len(found)


@settings(max_examples=30)
@given(many(), st.randoms())
def test_the_order_of_the_debits_does_not_matter(debits, random):
    order = list(range(len(debits)))
    random.shuffle(order)
    assert nacha.file(debits.take(order), ORIGIN, AT) == nacha.file(debits, ORIGIN, AT)


def test_a_file_by_hand():
    assert nacha.file(one(), ORIGIN, AT, "B").decode().splitlines() == [
        # 1, priority 01, bank, origin, the day and minute in New York, modifier B, 094 10 1, names
        "101 02100002111234567892608202305B094101" + "FIRST BANK".ljust(23) + "TIDEWAITER".ljust(23) + " " * 8,
        # 225 debits only, company, CCD, description, due day twice, status 1, first eight digits of the bank, batch 1
        "5225" + "TIDEWAITER".ljust(36) + "1123456789CCD" + "DUTIES    " + "260821260821   1021000020000001",
        # 27 checking, 09100001 and its check digit 9, account, amount, statement, payer, addenda follows, trace
        "627091000019" + "12-345".ljust(17) + "0000123456" + "4605215001".ljust(15) + "ACME IMPORTS LLC".ljust(22)
        + "  1021000020000001",
        "705" + "RMR*IV*4605215001**1234.56\\".ljust(80) + "00010000001",
        # two records, hash 9100001, debits, no credits
        "8225000002" + "0009100001" + "000000123456" + "000000000000" + "1123456789" + " " * 25 + "021000020000001",
        "9000001000001" + "00000002" + "0009100001" + "000000123456" + "000000000000" + " " * 39,
        *["9" * 94] * 4,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("amount_cents", 10**10),
        ("amount_cents", 0),
        ("amount_cents", -1),
        ("amount_cents", None),
        ("routing_number", "091000018"),
        ("routing_number", "000000000"),
        ("routing_number", ""),
        ("account_number", ""),
        ("account_number", "1" * 18),
        ("account_number", "1\n9"),
        ("account_kind", "loan"),
        ("payer_name", "ÉCLAIR SA"),
        ("payer_name", ""),
        ("statement_number", ""),
        ("statement_number", "46*5"),
    ],
)
def test_what_does_not_fit_is_named_and_nothing_is_written(column, value):
    good, bad = one(statement_number="GOOD"), one(**{column: value})
    with pytest.raises(nacha.Undebitable) as raised:
        nacha.file(pd.concat([good, bad], ignore_index=True), ORIGIN, AT)
    (fault,) = raised.value.faults.itertuples()
    assert (fault.statement_number, fault.column) == (bad["statement_number"][0], column)
    assert nacha.faults(good).empty


def test_the_largest_amount_fits():
    assert b"9999999999" in nacha.file(one(amount_cents=10**10 - 1), ORIGIN, AT)


def test_a_name_longer_than_its_field_is_cut():
    assert nacha.file(one(payer_name="A" * 60), ORIGIN, AT).decode().splitlines()[2][54:78] == "A" * 22 + "  "


def test_a_statement_is_debited_once():
    with pytest.raises(nacha.Undebitable, match="given once"):
        nacha.file(pd.concat([one(), one(amount_cents=5)]), ORIGIN, AT)


def test_a_total_of_thirteen_digits_is_refused():
    debits = pd.concat([one(statement_number=f"S{n}", amount_cents=10**10 - 1) for n in range(101)])
    with pytest.raises(nacha.Undebitable, match="total"):
        nacha.file(debits, ORIGIN, AT)


def test_a_file_is_of_one_due_day():
    other = one(statement_number="OTHER").assign(settle_on=pd.Series(pd.to_datetime(["2026-08-24"])))
    with pytest.raises(nacha.Undebitable, match="one due day"):
        nacha.file(pd.concat([one(), other]), ORIGIN, AT)


def test_nothing_to_debit_is_no_file():
    with pytest.raises(nacha.Undebitable, match="debits 0"):
        nacha.file(one().iloc[:0], ORIGIN, AT)


@pytest.mark.parametrize(
    "changes", [{"bank_routing": "021000022"}, {"company_name": "A" * 17}, {"company_id": ""}, {"bank_name": "BÄNK"}]
)
def test_an_origin_that_does_not_fit_is_named(changes):
    given_ = {"bank_routing": "021000021", "bank_name": "B", "company_id": "1", "company_name": "C"} | changes
    with pytest.raises(ValueError, match=next(iter(changes))):
        nacha.Origin(**given_)


@pytest.mark.parametrize("modifier", ["", "a", "AB", "!"])
def test_a_modifier_is_one_letter_or_digit(modifier):
    with pytest.raises(ValueError, match="modifier"):
        nacha.file(one(), ORIGIN, AT, modifier)


def test_an_instant_needs_its_zone():
    with pytest.raises(ValueError, match="time zone"):
        nacha.file(one(), ORIGIN, datetime(2026, 8, 21))


def test_every_record_tiles_its_columns():
    for record, fields in nacha.layout().items():
        covered = np.concatenate([np.arange(f.columns.start, f.columns.stop) for f in fields])
        assert list(covered) == list(range(94)), record
        assert all(len(f.constant) <= f.columns.stop - f.columns.start for f in fields)


@given(st.integers(1, 99_999_999), st.integers(0, 8), st.integers(1, 9))
def test_a_slip_in_one_digit_of_a_routing_number_is_noticed(eight, place, slip):
    sound = routing(eight)
    slipped = sound[:place] + str((int(sound[place]) + slip) % 10) + sound[place + 1 :]
    assert list(nacha.sound_routing(pd.Series([sound, slipped], dtype="str"))) == [True, False]
