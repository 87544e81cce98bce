"""The AE structure map: one minimal example of every syntax condition, and the filings it must let through."""

import pytest

from parsers.catair import grammar, layout, read
from tests.parsers.catair_files import SUMMARY, A, B, Y, Z, batch, lines

HEAD, LINE, TAIL = SUMMARY[:6], SUMMARY[6:13], SUMMARY[13:]
BILL, TARIFF = SUMMARY[3:5], SUMMARY[10]


def within(position: int, *records: str) -> bytes:
    """The sound summary with ``records`` put in before its record at ``position``."""
    return batch(*SUMMARY[:position], *records, *SUMMARY[position:])


def found(data: bytes) -> list[tuple[str, int, int]]:
    """Code, record and column of every fault; all must be transaction faults."""
    faults = read.parse([data]).faults
    assert (faults["level"] == "transaction").all()
    return [(f.code, f.row + 1, f.column) for f in faults.itertuples()]


CASES = {
    "A00 block without header": (batch("11X", *SUMMARY), [("A00", 3, 1)]),
    "A00 unknown after block": (batch("QQ", *SUMMARY), [("A00", 3, 1)]),
    "A00 after the totals": (batch(*SUMMARY, *LINE), [("A00", 18, 1)]),
    "A02 unknown record": (within(5, "QX"), [("A02", 8, 1)]),
    "A02 other message's record": (within(5, "SE41"), [("A02", 8, 1)]),
    "A04 order": (within(6, "22     100CTNS"), [("A04", 9, 1)]),
    "A04 20 after 22": (within(5, "20ABCD"), [("A04", 8, 1)]),
    "A04 header record after a line": (batch(*HEAD, *LINE, "318B 123", *TAIL), [("A04", 16, 1)]),
    "A04 twice 11": (within(2, "1112-3456789"), [("A04", 5, 1)]),
    "A04 ruling after its descriptions": (within(8, "43R     123456"), [("A04", 11, 1)]),
    "A04 tariff after fee": (within(10, "6249900000001"), [("A04", 14, 1)]),
    "A04 visa between tariffs": (within(11, "516HT123456", TARIFF), [("A04", 15, 1)]),
    "A05": (batch(*HEAD[:3], *BILL * 1000, HEAD[5], *LINE, *TAIL), [("A05", 2 + 3 + 2 * 999 + 1, 1)]),
    "A06": (batch(*HEAD[:4], *[HEAD[4]] * 5, HEAD[5], *LINE, *TAIL), [("A06", 11, 1)]),
    "A07": (within(6, *["32ZZ9  00001233"] * 1000), [("A07", 8 + 1000, 1)]),
    "A08": (batch(*HEAD, *LINE * 999, *TAIL), [("A08", 2 + 6 + 7 * 998 + 1, 1)]),
    "A09": (within(7, *["42" + "X" * 15 + "INVOICE"] * 1000), [("A09", 9 + 1000, 1)]),
    "A10": (within(7, *["44PARTS"] * 999), [("A10", 9 + 1000, 1)]),
    "A11": (within(10, *[TARIFF] * 32), [("A11", 12 + 33, 1)]),
    "A17": (within(11, "5214", "5214"), [("A17", 15, 1)]),
    "A18": (within(11, *["53A570831000C"] * 3), [("A18", 16, 1)]),
    "A19": (within(11, *["6249900000001"] * 4), [("A19", 13 + 6, 1)]),
    "A20": (batch(*SUMMARY[:13], *[SUMMARY[13]] * 10, SUMMARY[14]), [("A20", 15 + 10, 1)]),
    "A22 in 32": (within(6, f"{'32ZZ9  00001233':<28}ZZ9  00001241"), [("A22", 9, 29)]),
    "A22 in 89": (
        batch(*SUMMARY[:13], "8949900000003464   0000000000050100000001250", SUMMARY[14]),
        [("A22", 16, 31)],
    ),
    "A22 in 50": (batch(*SUMMARY[:10], f"{TARIFF:<65}000000000100NO", *SUMMARY[11:]), [("A22", 13, 66)]),
    "A23": (within(9, *[SUMMARY[8]] * 5), [("A23", 11 + 6, 1)]),
    "A24 bonds": (within(6, "319B 123", "319A 123"), [("A24", 10, 1)]),
    "A24 explanations": (within(6, *["36BECAUSE"] * 100), [("A24", 8 + 100, 1)]),
    "A25": (within(11, *["5401Y"] * 10), [("A25", 13 + 10, 1)]),
}


@pytest.mark.parametrize("case", CASES)
def test_condition(case: str) -> None:
    data, expected = CASES[case]
    assert found(data) == expected


PGA = ("OI        PARTS", "PG01001FDA", "PG02P", "PG60")
ALLOWED = {
    "deletion": SUMMARY[0:1],
    "no totals": (*HEAD, *LINE),
    "no lines": (*HEAD, *TAIL),
    "998 lines": (*HEAD, *LINE * 998, *TAIL),
    "32 tariffs": (*HEAD, *LINE[:4], *[TARIFF] * 32, *TAIL),
    "invoices with rulings and descriptions": (
        *HEAD,
        LINE[0],
        *("42SUPPLIER", "43R     123456", "44PARTS", "44MORE PARTS") * 3,
        "42SUPPLIER",
        *LINE[2:],
        *TAIL,
    ),
    "rulings without invoices": (*HEAD, LINE[0], "43R     123456", *LINE[1:], *TAIL),
    "release entities": (
        *HEAD,
        *("SE20ABC", "SE30BY", "SE31A", "SE321X", "SE3515", "SE36CITY", "SE30SE"),
        *LINE[:4],
        *("SE50MF", "SE51A", "SE521X", "SE5515", "SE56CITY", "SE50CN"),
        TARIFF,
        *("SE60Y", "SE611234567890"),
        *TAIL,
    ),
    "agency data of header, line and tariff": (
        *HEAD,
        *("PG00", *PGA, "PG00"),
        *LINE[:4],
        *("PG00", *PGA[1:], "PG00"),
        *(TARIFF, *PGA) * 2,
        *TAIL,
    ),
    "all that follows a tariff": (
        *HEAD,
        *LINE[:5],
        *("516HT123456", "5214", "53A570831000C", "53C570831000C", "5401Y", "5408US"),
        *("60016", "61054", *LINE[5:], "SE6201", "SE63X", "SE63Y", "SE6202", "SE63X", "63L01", "CW02     27D01"),
        *("88", *TAIL),
    ),
    "five fees": (*HEAD, *LINE[:5], *["6249900000001"] * 5, *TAIL),
    "zero amounts in unused columns": (*HEAD, *LINE, "8949900000003464   00000000000   00000000000", SUMMARY[14]),
}


@pytest.mark.parametrize("case", ALLOWED)
def test_allowed(case: str) -> None:
    parsed = read.parse([batch(*ALLOWED[case])])
    assert not len(parsed.faults)
    assert len(parsed.transactions) == 1
    assert sum(len(t) for record, t in parsed.tables.items() if "-" not in record) == len(ALLOWED[case])


def test_only_the_first_fault_of_a_batch_is_told_and_neighbours_are_read() -> None:
    bad = batch(*SUMMARY, SUMMARY[0], "22", "11", "QX", *["319B"] * 9)
    parsed = read.parse([batch() + bad + batch()])
    assert [(f.batch, f.code, f.txn) for f in parsed.faults.itertuples()] == [(1, "A04", 2)]
    assert list(parsed.batches["rejected"]) == [False, True, False]
    assert list(parsed.transactions["batch"]) == [0, 2]


def test_the_place_of_a_fault_counts_transactions_of_its_block() -> None:
    delete = SUMMARY[0].replace("10A", "10D")
    data = lines(A, B, delete, delete, Y, B, delete, delete, *SUMMARY, "11", Y, Z)
    fault = read.parse([data]).faults.iloc[0]
    assert [fault["code"], fault["block"], fault["txn"]] == ["A00", 1, 4]


def test_every_record_of_the_layout_has_its_place() -> None:
    ae = grammar.load_grammar("ae_grammar", "ae")
    placed = {n.record for n in ae.nodes}
    for record in layout.load("ae"):
        assert record.split("-")[0] in placed or record.startswith("PG"), record
