"""A small month for the tests: entry summaries with statement data on file, and their statements made by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime

import pandas as pd
import psycopg
from shards import accounts, compute, sha

from loaders import intake, publish
from loaders.statements import Printing, numbers, payable, payable_on, statements

DAY, NEXT, MONTH, DUE = date(2026, 3, 10), date(2026, 3, 11), date(2026, 4, 1), date(2026, 4, 21)
AT = datetime(2026, 3, 10, 9, tzinfo=UTC)
#: What each entry owes: duty 2.50 as the shards say, processing fee 30.00, harbor fee 0.12.
DUE_CENTS = 250 + 3000 + 12


def prepare(conn: psycopg.Connection, entries: Sequence[str], **stated) -> None:
    """Two brokers, an importer, and ``entries`` filed by the first broker for a periodic daily statement on ``DAY``."""
    accounts(conn)
    if entries:
        file(conn, [("A", entry) for entry in entries], **stated)


def file(conn: psycopg.Connection, filings: Sequence[tuple[str, str]], *, name: str = "a.txt", **stated) -> None:
    """File, and have accepted, ``filings`` (action, entry number) with what the header is to state otherwise."""
    said = {"payment_type": "6", "statement_date": pd.Timestamp(DAY), "statement_month": "04", "client_branch": ""}
    said |= {"block_port": "2704", "port_of_entry": "2720", "total_fee_cents": 3012, "entry_type": "01"} | stated
    data = repr((filings, said)).encode()
    intake.arrive(conn, "B1", name, sha(data), len(data), "file", AT)
    (shard,) = intake.claim(conn)
    shard = intake.take(conn, shard.id)
    it = compute(conn, shard, [filings])
    versions = it.rows["entry_summary_version"].assign(**said)
    txn, row = versions["txn"].to_numpy(), versions["row"].to_numpy()
    place = {"txn": txn, "row": row}
    fees = [pd.DataFrame(place | {"slot": n, "class_code": c, "amount_cents": a}) for n, (c, a) in enumerate(FEES, 1)]
    lines = it.rows["tariff"][["txn", "row", "line"]].assign(**BLANK_LINE, origin="CN", spi="", set_indicator="")
    bond = pd.DataFrame(place | {"bond_type": "8", "designation": "", "continuous_indicator": "", "surety": "036"})
    bond = bond.assign(amount_cents=pd.array([pd.NA] * len(bond), dtype="Int64"), producer_account="")
    fee = pd.DataFrame(place | {"kind": "fee", "line": 1, "slot": 1, "class_code": "501", "amount_cents": 12})
    facts = {"fee_total": pd.concat(fees), "line": lines, "bond": bond, "fee": fee}
    publish.publish(conn, replace(it, rows=it.rows | facts | {"entry_summary_version": versions}))


FEES = [("499", 3000), ("501", 12)]
BLANK_LINE = {
    **dict.fromkeys(("line_id", "export_country", "lading_port", "textile_category", "product_claim"), ""),
    **dict.fromkeys(("related_party", "net_cost", "fee_exemption", "nonreimbursement", "ftz_status"), ""),
}


def daily(conn: psycopg.Connection, day: date = DAY, at: datetime = AT, each: int = 99) -> Printing:
    """The statements of what is payable on ``day``: ``each`` entries on one, in the order of their numbers."""
    due, fee = payable(conn, day=day)
    prefix = f"2726{day.timetuple().tm_yday:03}"
    last = numbers(conn, "daily", day).get(prefix, 0)
    sequence = pd.Series(range(len(due)), dtype="int64") // each + last + 1
    number = prefix + sequence.astype("str").str.zfill(3)
    fees = fee.groupby("version_id")["amount_cents"].sum()
    amounts = due[["duty_cents", "tax_cents", "ad_cents", "cvd_cents", "interest_cents"]].assign(
        fee_cents=due["version_id"].map(fees).fillna(0).astype("int64")
    )
    entry = due[["version_id", "entry_summary_id"]].assign(
        statement_number=number, due_cents=amounts.sum(axis=1), removed_at=pd.NaT, removed_by=""
    )
    sums = amounts.groupby(number).sum().reset_index(names="statement_number")
    sums = sums.assign(sequence=sorted(set(sequence)), entries=number.groupby(number).size().to_numpy())
    of = fee.assign(statement_number=fee["version_id"].map(dict(zip(due["version_id"], number, strict=True))))
    classes = of.groupby(["statement_number", "class_code"])["amount_cents"].sum().reset_index()
    return _printing(sums, entry, classes, at, kind="daily", print_date=day, parents={})


def monthly(conn: psycopg.Connection, at: datetime = AT) -> Printing:
    """One monthly statement over all daily statements of the month."""
    statement, entry, _ = statements(conn, kind="daily", month=MONTH)
    standing = entry[entry["removed_at"].isna()]
    last = numbers(conn, "monthly", MONTH).get("2726P04", 0)
    number = f"2726P04{last + 1:03}"
    due, fee = payable_on(conn, statement["statement_number"])
    due, fee = (table[table["version_id"].isin(standing["version_id"])] for table in (due, fee))
    amounts = due[["duty_cents", "tax_cents", "ad_cents", "cvd_cents", "interest_cents"]].sum()
    sums = pd.DataFrame([amounts]).assign(fee_cents=fee["amount_cents"].sum(), statement_number=number)
    sums = sums.assign(sequence=last + 1, entries=len(standing))
    classes = fee.groupby("class_code")["amount_cents"].sum().reset_index().assign(statement_number=number)
    parents = dict.fromkeys(statement["statement_number"], number)
    return _printing(
        sums, standing.iloc[:0], classes, at, kind="monthly", print_date=date(2026, 4, 15), parents=parents
    )


def _printing(sums, entry, classes, at, *, kind, print_date, parents) -> Printing:
    total = sums[["duty_cents", "tax_cents", "ad_cents", "cvd_cents", "interest_cents", "fee_cents"]].sum(axis=1)
    statement = sums.assign(
        kind=kind, status="P", filer_code="ZZZ", importer_number="", port="2704", branch="", payment_type="6",
        print_date=pd.Timestamp(print_date), month=pd.Timestamp(MONTH), due_date=pd.Timestamp(DUE), parent_number="",
        deferred_tax_cents=0, total_cents=total, revenue_entries=sums["entries"],
    )  # fmt: skip
    deliveries = pd.DataFrame(
        {
            "statement_number": statement["statement_number"],
            "recipient": "filer",
            "kind": "pf",
            "file_name": statement["statement_number"] + ".P.pf",
            "body": [number.encode() for number in statement["statement_number"]],
        }
    )
    return Printing(statement, entry, classes, at, parents, deliveries)


def printed(conn: psycopg.Connection, entries: Sequence[str], **stated) -> tuple[str, pd.DataFrame]:
    """The number of the daily statement with ``entries``, printed, and its entries."""
    from loaders.statements import publish_statements

    prepare(conn, entries, **stated)
    made = daily(conn)
    publish_statements(conn, made)
    return made.statement["statement_number"].iloc[0], made.statement_entry


def one(conn: psycopg.Connection, query: str, *values):
    """The single value a query gives."""
    return conn.execute(query, values).fetchone()[0]
