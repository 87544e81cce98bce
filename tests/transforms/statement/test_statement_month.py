"""Whatever happens in a month, in whatever order, it ties out to the cent, and every batch reads back."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st
from statement_month import PRINT, Office
from statement_tables import GOLDEN

from parsers.catair import layout, records, write

DAYS = [date(2026, 10, day) for day in (5, 6, 7)]
AFTER = date(2026, 11, 18)
ENTRIES = st.integers(1, 9)
CENTS = st.integers(0, 10**7)
AMOUNTS = st.fixed_dictionaries(
    {
        "entry_type": st.sampled_from(["01", "01", "11", "21", "22", "23"]),
        "payment_type": st.sampled_from(["1", "2", "6", "6", "7"]),
        "importer_number": st.sampled_from(["12-3456789", "98-7654321"]),
        "port_of_entry": st.just("2704"),
        "duty_cents": CENTS,
        "ad_cents": CENTS,
        "other_cents": st.integers(0, 500),
        "print_date": st.sampled_from([f"2026-10-0{d}" for d in (5, 6, 7)]),
    }
)
FEES = st.dictionaries(st.sampled_from(["056", "499", "501"]), CENTS, max_size=3).map(lambda d: list(d.items()))
PERIODIC = st.fixed_dictionaries(
    {
        "payment_type": st.just("6"),
        "month": st.just("11"),
        "print_date": st.sampled_from([f"2026-10-{d}" for d in (13, 14)]),
    }
)
STEPS = st.one_of(
    st.tuples(st.just("file"), ENTRIES, AMOUNTS, FEES),
    st.tuples(st.just("file"), ENTRIES, AMOUNTS, FEES),
    st.tuples(st.just("delete"), ENTRIES),
    st.tuples(st.just("move"), ENTRIES, PERIODIC),
    st.tuples(st.just("move"), ENTRIES, st.just({"payment_type": "1", "month": "", "print_date": None})),
    st.tuples(st.just("pay"), ENTRIES, st.sampled_from(["", "", "Y"])),
)
PLANS = st.lists(st.lists(STEPS, max_size=8), min_size=len(DAYS) + 2, max_size=len(DAYS) + 2)


def take(office, steps, day):
    for what, entry, *rest in steps:
        if what == "file":
            amounts = rest[0] | ({"print_date": None} if rest[0]["payment_type"] == "1" else {})
            office.file(entry, amounts, rest[1])
        elif what == "delete":
            office.delete(entry)
        elif what == "move":
            if office.versions and entry not in office.deleted:
                office.move(entry, day, rest[0])
        else:
            office.pay(entry, day, rest[0])


def run(plan):
    office = Office()
    for entry, kind in enumerate("666727", 1):  # something to move and to pay from the first day on
        usual = {"payment_type": kind, "port_of_entry": "2704", "print_date": f"2026-10-0{5 + entry % 2}"}
        office.file(entry, usual | {"duty_cents": 1000 * entry}, [("499", 7 * entry)])
    for day, steps in zip(DAYS, plan, strict=False):
        take(office, [s for s in steps if s[0] in ("file", "delete")], day)
        office.print_day(day)
        take(office, steps, day)
        office.end_of_day(day)
    for day, steps in zip([date(2026, 10, 13)], plan[len(DAYS) :], strict=False):
        office.print_day(day)
        take(office, [s for s in steps if s[0] != "file"], day)
        office.end_of_day(day)
    office.print_month()
    take(office, [s for s in plan[-1] if s[0] == "move" and s[2]["payment_type"] == "1"], AFTER)
    office.close_month()
    return office


def blocks(wire):
    """Each statement of a batch: number, status and its records, read by column."""
    for chunk in wire.decode().split("\nB")[1:]:
        lines = [line for line in ("B" + chunk).splitlines() if line]
        yield lines[0][13:23], lines[0][12], [line for line in lines[1:] if line[0] == "Q"]


def total(lines, record):
    return sum(int(line[24:35]) for line in lines if line[:2] == record)


def fee_total(lines, record):
    found = [line for line in lines if line[:2] == record]
    return sum(int(line[at + 3 : at + 14].strip() or 0) for line in found for at in range(4, 74, 14))


@given(PLANS)
@settings(max_examples=8, deadline=None)
def test_a_month_ties_out(plan):
    office = run(plan)
    entry, due = office.entry, office.due()
    if entry.empty:
        return
    assert entry["due_cents"].tolist() == due.take(entry["version_id"]).tolist()
    standing = entry[entry["removed_at"].isna()]
    assert not standing["entry_summary_id"].duplicated().any()
    original = entry.groupby("statement_number")["due_cents"].sum()
    left = standing.groupby("statement_number")["due_cents"].sum()
    told = office.statement.set_index("statement_number")
    parent = told["parent_number"]
    at_print = entry[entry["removed_at"].isna() | (entry["removed_at"] > pd.Timestamp(PRINT))]
    by_month = at_print.groupby(at_print["statement_number"].map(parent))["due_cents"].sum()
    final_month = standing.groupby(standing["statement_number"].map(parent))["due_cents"].sum()
    for _, wire in office.wires:
        assert read_back(wire, wire[25:27].decode().lower()) == wire
        for number, status, lines in blocks(wire):
            upper = told["kind"][number] == "monthly"
            due_then = by_month.get(number, 0) if upper else original[number]
            assert total(lines, "Q4") == due_then == told["total_cents"][number]
            if upper:
                assert total(lines, "Q2") == (due_then if status == "P" else final_month.get(number, 0))
                if status == "P":
                    assert fee_total(lines, "QA") == fee_total(lines, "QE")
            else:
                assert sum(line[:2] == "Q1" for line in lines) == int(lines_of(lines, "Q6" if status == "F" else "Q4"))
            if status == "F":
                paid = total(lines, "Q6")
                gone = [line for line in lines if line[:2] == "Q7"]
                assert paid == due_then - removed(office, entry, number, upper, gone, paid, due_then)
    for number in told.index[told["kind"] == "monthly"]:
        assert final_month.get(number, 0) == left[left.index.map(parent) == number].sum()


def lines_of(lines, record):
    line = next(line for line in lines if line[:2] == record)
    return int(line[46:51]) + int(line[51:56])


def removed(office, entry, number, upper, gone, paid, due_then):
    """What Q7 lists, in cents; for a month, of what left after its preliminary."""
    named = {line[at + 5 : at + 13] for line in gone for at in range(12, 76, 16)} - {" " * 8}
    version = {v: row["entry_number"] for v, row in enumerate(office.versions)}
    off = entry[entry["removed_at"].notna()].assign(entry_number=lambda f: f["version_id"].map(version))
    if not upper:
        off = off[off["statement_number"] == number]
        at_that_time = off[off["entry_number"].isin(named)]
        return at_that_time["due_cents"].sum()
    children = office.statement.loc[office.statement["parent_number"] == number, "statement_number"]
    return off.loc[
        off["statement_number"].isin(children) & (off["removed_at"] > pd.Timestamp(PRINT)), "due_cents"
    ].sum()


def read_back(wire: bytes, application: str) -> bytes:
    matrix = np.frombuffer(wire, np.uint8).reshape(-1, 81)[:, :80]
    out = np.empty_like(matrix)
    for name, ids in (("envelope_out", b"ABYZ"), (application, b"Q")):
        layouts = layout.load(name)
        for record in layouts:
            if "-" in record or record[0].encode() not in ids:
                continue
            rows = (matrix[:, : len(record)] == np.frombuffer(record.encode(), np.uint8)).all(axis=1)
            columns = records.decoder(layouts[record]).decode(np.ascontiguousarray(matrix[rows])).columns
            out[rows] = write.write(layouts, record, columns)
    return write.to_bytes(out)


def test_the_goldens_read_back_to_the_same_bytes():
    wires = [path.read_bytes() for path in sorted(GOLDEN.glob("*/*.txt"))]
    assert len(wires) == 4
    for wire in wires:
        assert read_back(wire, wire[25:27].decode().lower()) == wire


def test_the_trailer_counts_the_records_of_its_block():
    for path in GOLDEN.glob("*/*.txt"):
        lines = path.read_text().splitlines()
        assert int(next(line for line in lines if line[0] == "Y")[12:17]) == sum(line[0] == "Q" for line in lines)
