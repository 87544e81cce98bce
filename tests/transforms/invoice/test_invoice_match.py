"""Invoice lines beside declared lines: each step by hand, and the whole by property."""

from __future__ import annotations

import os

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.invoice import match
from transforms.invoice.match import Declared

EXAMPLES = 1_000 if "TIDEWAITER_SOAK_MONTHS" in os.environ else 25
LINE = ("line", "cents", "quantity", "unit", "hts", "origin")


def lines(*rows: tuple, invoice: int = 1) -> pd.DataFrame:
    """Invoice lines: (cents, quantity, unit, hts, origin)."""
    return pd.DataFrame(
        {
            "invoice_id": invoice,
            "line": range(1, len(rows) + 1),
            "amount_cents": pd.array([r[0] for r in rows], "Int64"),
            "charges_cents": 0,
            "quantity": pd.array([r[1] for r in rows], "Int64"),
            "quantity_scale": 0,
            "unit": pd.Series([r[2] for r in rows], dtype="str"),
            "hts_number": pd.Series([r[3] for r in rows], dtype="str"),
            "origin": pd.Series([r[4] for r in rows], dtype="str"),
            "description": pd.Series([""] * len(rows), dtype="str"),
        }
    )


def declared(*rows: tuple, version: int = 7, named: tuple = ()) -> Declared:
    """Declared lines: (dollars, quantity, unit, hts, origin); ``named``: (line, invoice number, begin, end)."""
    number = range(1, len(rows) + 1)
    blank = pd.Series([""] * len(rows), dtype="str")
    line = pd.DataFrame({"version_id": version, "line": number, "origin": [r[4] for r in rows], "description": blank})
    tariff = pd.DataFrame(
        {
            "version_id": version,
            "line": number,
            "tariff": 1,
            "hts_number": [r[3] for r in rows],
            "value_cents": pd.array([r[0] * 100 for r in rows], "Int64"),
            "quantity_1": pd.array([None if r[1] is None else r[1] * 100 for r in rows], "Int64"),
            "unit_1": [r[2] for r in rows],
            "quantity_2": pd.array([None] * len(rows), "Int64"),
            "unit_2": blank,
        }
    ).astype({"hts_number": "str", "unit_1": "str"})
    reference = pd.DataFrame(
        {
            "version_id": pd.Series([version] * len(named), dtype="int64"),
            "line": pd.Series([n[0] for n in named], dtype="int64"),
            "record": pd.Series(range(len(named)), dtype="int64"),
            "invoice_number": pd.Series([n[1] for n in named], dtype="str"),
        }
    )
    spans = reference[["version_id", "record"]].assign(
        begin=pd.array([n[2] for n in named], "Int64"), end=pd.array([n[3] for n in named], "Int64")
    )
    return Declared(line.astype({"origin": "str"}), tariff, reference, spans)


def matched(own: pd.DataFrame, theirs: Declared, currency: str = "USD", number: str = "INV-1") -> pd.DataFrame:
    ids = sorted(own["invoice_id"].unique())
    invoice = pd.DataFrame({"invoice_id": ids, "invoice_number": number, "currency": currency})
    link = pd.MultiIndex.from_product([ids, theirs.line["version_id"].unique()]).to_frame(index=False)
    link.columns = ["invoice_id", "version_id"]
    return match.match(invoice, own, link, theirs)


def told(it: pd.DataFrame) -> list[tuple]:
    return list(zip(it["line"], it["declared_line"], it["state"], it["differences"], strict=True))


A, B = "8471300100", "0201305055"


def test_lines_that_say_the_same_are_matched_whatever_their_order() -> None:
    it = matched(
        lines((1_000_00, 10, "EA", A, "CN"), (50_49, 2, "KG", B, "AU")),
        declared((50, 2, "KG", B, "AU"), (1000, 10, "NO", A, "CN")),
    )
    assert told(it) == [(1, 2, "matched", ""), (2, 1, "matched", "")]


def test_what_differs_is_named() -> None:
    it = matched(lines((1_000_00, 10, "EA", A, "CN")), declared((900, 9, "NO", A, "VN")))
    assert told(it) == [(1, 1, "different", "value quantity origin")]
    assert it["difference_cents"].tolist() == [100_00]
    it = matched(lines((1_000_00, 10, "EA", A, "CN")), declared((1000, 10, "NO", B, "CN")))
    assert told(it) == [(1, 1, "different", "hts")]


def test_a_short_number_agrees_as_far_as_it_goes() -> None:
    for short, differences in (("847130", ""), ("84713001", ""), ("84713002", "hts"), ("84719001", "hts")):
        it = matched(lines((1_000_00, 10, "EA", short, "CN")), declared((1000, 10, "NO", A, "CN")))
        assert it["differences"].tolist() == [differences], short


def test_missing_and_uninvoiced() -> None:
    it = matched(
        lines((1_000_00, 10, "EA", A, "CN"), (70_00, 1, "EA", "4202214000", "IT")),
        declared((1000, 10, "NO", A, "CN"), (123, 5, "KG", B, "AU")),
    )
    assert told(it) == [(1, 1, "matched", ""), (2, 0, "missing", ""), (0, 2, "uninvoiced", "")]
    assert it["invoiced_cents"].tolist()[:2] == [1_000_00, 70_00]
    assert it["declared_cents"].tolist()[2] == 123_00


def test_lines_that_a_broker_summed() -> None:
    it = matched(lines((400_00, 4, "EA", A, "CN"), (600_00, 6, "EA", A, "CN")), declared((1000, 10, "NO", A, "CN")))
    assert told(it) == [(1, 1, "matched", ""), (2, 1, "matched", "")]
    assert it["invoiced_lines"].tolist() == [2, 2] and it["invoiced_cents"].tolist() == [1_000_00] * 2
    it = matched(lines((400_00, 4, "EA", A, "CN"), (600_00, 6, "EA", A, "CN")), declared((1100, 10, "NO", A, "CN")))
    assert told(it) == [(1, 1, "different", "value"), (2, 1, "different", "value")]
    assert it["difference_cents"].tolist() == [-100_00] * 2


def test_record_42_says_which_lines() -> None:
    own = lines((400_00, 4, "EA", A, "CN"), (600_00, 6, "EA", B, "CN"), (1_000_00, 10, "EA", A, "CN"))
    it = matched(own, declared((1000, 10, "NO", A, "CN"), (1000, 10, "NO", A, "CN"), named=((1, "INV-1", 1, 2),)))
    assert told(it) == [(1, 1, "matched", ""), (2, 1, "different", "hts"), (3, 2, "matched", "")]


def test_values_in_another_currency_are_not_compared_and_quantities_are() -> None:
    own = lines((400_00, 10, "EA", A, "CN"))
    assert told(matched(own, declared((1000, 10, "NO", A, "CN")), currency="EUR")) == [(1, 1, "matched", "")]
    it = matched(own, declared((1000, 11, "NO", A, "CN")), currency="EUR")
    assert told(it) == [(1, 1, "different", "quantity")] and it["difference_cents"].isna().all()


def test_quantities_are_compared_in_one_unit() -> None:
    for unit, quantity, theirs, count, differs in (
        ("DZ", 2, "NO", 24, False),
        ("DZ", 2, "NO", 23, True),
        ("LB", 1000, "KG", 454, False),
        ("LB", 1000, "KG", 455, True),
        ("CT", 3, "NO", 99, False),  # cartons are not counted in pieces
    ):
        it = matched(lines((500_00, quantity, unit, A, "CN")), declared((500, count, theirs, A, "CN")))
        assert (it["differences"] == "quantity").tolist() == [differs], (unit, theirs)


def test_nothing_beside_nothing() -> None:
    assert matched(lines(), declared((5, 1, "NO", A, "CN"))).empty
    it = match.match(
        pd.DataFrame({"invoice_id": [1], "invoice_number": ["X"], "currency": ["USD"]}),
        lines((1, 1, "EA", A, "CN")),
        pd.DataFrame({"invoice_id": [], "version_id": []}, dtype="int64"),
        declared(),
    )
    assert told(it) == [(1, 0, "missing", "")]
    beside_another = matched(lines((1, 1, "EA", "", "CN")), declared((9, 1, "KG", B, "AU")))
    pd.testing.assert_frame_equal(it, beside_another.iloc[:1])


CELL = st.tuples(
    st.integers(0, 5),
    st.sampled_from([None, 1, 2, 3]),
    st.sampled_from(["EA", "KG", "XX"]),
    st.sampled_from(["", A, A[:6], A[:8] + "99", B]),
    st.sampled_from(["", "CN", "XO"]),
)


@settings(max_examples=EXAMPLES, deadline=None)
@given(
    st.lists(CELL, max_size=6),
    st.lists(CELL, max_size=4),
    st.lists(CELL, max_size=6),
    st.sampled_from(["USD", "EUR"]),
    st.randoms(use_true_random=False),
)
def test_every_line_has_one_state_and_sums_tie(first, second, theirs, currency, random) -> None:
    """For two invoices beside one entry; and rows in another order come to the same."""
    to_cents = [(100 * c[0], *c[1:]) for c in first], [(100 * c[0], *c[1:]) for c in second]
    own = pd.concat([lines(*to_cents[0]), lines(*to_cents[1], invoice=2)], ignore_index=True)
    entry = declared(*[(c[0], c[1], {"EA": "NO"}.get(c[2], c[2]), c[3], c[4]) for c in theirs])
    if own.empty:
        return
    it = matched(own, entry, currency)
    invoiced, rest = it[it["line"] > 0], it[it["line"] == 0]
    assert list(zip(invoiced["invoice_id"], invoiced["line"], strict=True)) == list(
        zip(own["invoice_id"], own["line"], strict=True)
    )
    assert set(invoiced["state"]) <= {"matched", "different", "missing"} and set(rest["state"]) <= {"uninvoiced"}
    assert ((invoiced["state"] == "different") == (invoiced["differences"] != "")).all()
    assert ((invoiced["state"] == "missing") == (invoiced["version_id"] == -1)).all()
    with_line = invoiced[invoiced["version_id"] >= 0]
    used = set(with_line["declared_line"])
    assert used | set(rest["declared_line"]) == set(range(1, len(theirs) + 1)) and not used & set(rest["declared_line"])
    groups = with_line.drop_duplicates("declared_line")
    assert groups["invoiced_lines"].sum() == len(with_line)
    missing = invoiced[invoiced["state"] == "missing"]
    assert groups["invoiced_cents"].sum() + missing["invoiced_cents"].sum() == own["amount_cents"].sum()
    assert groups["declared_cents"].sum() + rest["declared_cents"].sum() == sum(c[0] * 100 for c in theirs)
    if currency == "USD":
        difference = groups["invoiced_cents"].sum() - groups["declared_cents"].sum()
        assert groups["difference_cents"].sum() == difference
    order = list(own.index)
    random.shuffle(order)
    shuffled = Declared(
        entry.line.sample(frac=1, random_state=1), entry.tariff.sample(frac=1, random_state=2), *entry[2:]
    )
    pd.testing.assert_frame_equal(matched(own.loc[order], shuffled, currency), it)
