"""Statements: printed once, in one transaction, or not at all (``finals``, ``lateness``: what follows).

What is printed was computed from a state that was read before. So the transaction looks again, under lock, and raises
:class:`StaleState` when an entry, a number or a total is no longer what the computation saw: read and compute again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
import pandas as pd
import psycopg

from . import bulk, ids, outgoing
from .entries import StaleState
from .payables import payable, payable_of, payable_on
from .statement_tables import AMOUNTS, numbers, standing, statements

__all__ = [
    "Printed",
    "Printing",
    "StaleState",
    "deliver",
    "numbers",
    "payable",
    "payable_of",
    "payable_on",
    "publish_statements",
    "standing",
    "statements",
]

DELIVERY = ["statement_number", "recipient", "kind", "file_name", "body"]
#: Statements are printed one batch at a time: advisory locks are 64-bit numbers shared by all who use the database.
LOCK_PRINT = 7103 << 40
#: An event of several statements at once.
TOLD = """
    INSERT INTO statement_event (statement_id, at, step)
    SELECT id, %(at)s, %(step)s FROM unnest(%(ids)s::bigint[]) AS id ORDER BY id"""
_PREFIX = 7  # characters of a statement number before its sequence


def _nothing() -> pd.DataFrame:
    return pd.DataFrame(columns=DELIVERY)


def _no_more(_: psycopg.Connection) -> int:
    return 0


@dataclass(frozen=True, slots=True)
class Printing:
    """Statements to be printed, or made final, with what is sent of them (tables in docs/architecture.md).

    ``parents`` maps numbers of daily statements on file to the monthly statement they go onto. ``deliveries`` are
    ``statement_number recipient`` (``filer`` or ``importer``) ``kind file_name body``. ``at`` is an instant in UTC.
    ``inside`` is called in the transaction when all of it is on file and queues what can only be written then (what
    takes a control number); it gives how many deliveries it added.
    """

    statement: pd.DataFrame
    statement_entry: pd.DataFrame
    statement_fee: pd.DataFrame
    at: datetime
    parents: Mapping[str, str] | pd.Series = field(default_factory=dict)
    deliveries: pd.DataFrame = field(default_factory=_nothing)
    inside: Callable[[psycopg.Connection], int] = _no_more


@dataclass(frozen=True, slots=True)
class Printed:
    """What a printing committed: counts, all zero when the same was committed before."""

    statements: int = 0
    entries: int = 0
    deliveries: int = 0


def publish_statements(conn: psycopg.Connection, printing: Printing) -> Printed:
    """Print statements, in one transaction: rows, numbers used, entries under customs control, deliveries, events.

    Printing what is printed already (the same numbers with the same totals and entries) changes nothing. A filer or
    importer without an account is sent nothing.

    Raises
        StaleState: an entry, number or total changed meanwhile; nothing is committed.
        ValueError: the tables contradict each other; nothing is committed.
    """
    statement, entry = printing.statement, _of_daily(printing)
    _consistent(statement, entry, printing.statement_fee)
    with conn.transaction():
        conn.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK_PRINT])
        if not len(statement) or _printed(conn, statement, entry):
            return Printed()
        _use_numbers(conn, statement)
        (new,) = ids.take(conn, [len(statement)])
        id_of = pd.Series(new, index=statement["statement_number"].to_numpy())
        bulk.copy(conn, "statement", statement[_COPIED].assign(id=new, status="P", printed_at=printing.at))
        conn.execute(_ACCOUNTS, [new.tolist()])
        for name, rows, columns in (
            ("statement_entry", entry, ["version_id", "entry_summary_id", "due_cents"]),
            ("statement_fee", printing.statement_fee, ["class_code", "amount_cents"]),
        ):
            key = rows["statement_number"].map(id_of).astype("int64")
            bulk.copy(conn, name, rows[columns].assign(statement_id=key))
        _take_control(conn, new.tolist(), len(entry))
        _attach(conn, printing)
        conn.execute(TOLD, {"ids": new.tolist(), "at": printing.at, "step": "print"})
        sent = deliver(conn, printing.deliveries, statement["statement_number"].tolist(), printing.at)
        sent += printing.inside(conn)
    return Printed(len(statement), len(entry), sent)


#: The columns that are stored as they are printed.
_COPIED = [
    *("statement_number", "kind", "filer_code", "importer_number", "port", "branch", "payment_type"),
    *("print_date", "month", "due_date", "sequence", *AMOUNTS),
]


def _of_daily(printing: Printing) -> pd.DataFrame:
    """The entries of the daily statements; those of a monthly one are reached through its daily statements."""
    daily = printing.statement.loc[printing.statement["kind"] == "daily", "statement_number"]
    entry = printing.statement_entry
    return entry[entry["statement_number"].isin(daily)]


def _consistent(statement: pd.DataFrame, entry: pd.DataFrame, fee: pd.DataFrame) -> None:
    """Totals of daily statements are the sums over their entries, each of which stands there once; fees are of these
    statements.
    """
    daily = statement[statement["kind"] == "daily"]
    due = entry.groupby("statement_number")["due_cents"].agg(["sum", "size"])
    due = due.reindex(daily["statement_number"]).fillna(0).astype("int64")
    wrong = (due["sum"].to_numpy() != daily["total_cents"].to_numpy()) | (
        due["size"].to_numpy() != daily["entries"].to_numpy()
    )
    if wrong.any():
        number, found = daily[wrong].iloc[0], due[wrong].iloc[0]
        raise ValueError(
            f"statement {number['statement_number']}: {number['entries']} entries and {number['total_cents']} cents, "
            f"expected {found['size']} and {found['sum']} by its entries"
        )
    if statement["statement_number"].duplicated().any() or entry["entry_summary_id"].duplicated().any():
        raise ValueError("a statement number or an entry summary stands in the printing twice")
    if stray := set(fee["statement_number"]) - set(statement["statement_number"]):
        raise ValueError(f"fees of statement {min(stray)}, which is not in the printing")


def _printed(conn: psycopg.Connection, statement: pd.DataFrame, entry: pd.DataFrame) -> bool:
    """Whether all of this is on file as it is here."""
    own = statement["statement_number"].tolist()
    query = "SELECT statement_number, total_cents, entries FROM statement WHERE statement_number = ANY(%s)"
    there = conn.execute(query, [own]).fetchall()
    if not there:
        return False
    listed = set(statement[["statement_number", "total_cents", "entries"]].itertuples(index=False, name=None))
    versions = conn.execute(
        """SELECT count(*) FROM unnest(%s::text[], %s::bigint[]) AS p (statement_number, version_id)
        JOIN statement USING (statement_number) JOIN statement_entry e ON e.statement_id = statement.id
        AND e.version_id = p.version_id""",
        [entry["statement_number"].tolist(), entry["version_id"].tolist()],
    ).fetchone()
    if listed != set(there) or versions != (len(entry),):
        raise StaleState(f"statement {there[0][0]} is on file and is another one: its number was taken meanwhile")
    return True


def _use_numbers(conn: psycopg.Connection, statement: pd.DataFrame) -> None:
    """Sequences go on from the last one used, without gap; then these are used."""
    prefix = statement["statement_number"].str[:_PREFIX]
    period = statement["print_date"].where(statement["kind"] == "daily", statement["month"])
    used = (
        statement.assign(prefix=prefix, period=period)
        .groupby("prefix")
        .agg(
            kind=("kind", "first"),
            period=("period", "first"),
            first=("sequence", "min"),
            last=("sequence", "max"),
            count=("sequence", "nunique"),
        )
    )
    query = "SELECT prefix, last FROM statement_sequence WHERE prefix = ANY(%s)"
    before: dict[str, int] = dict(conn.execute(query, [list(used.index)]).fetchall())
    expected = used.index.map(before).fillna(0).to_numpy(np.int64) + 1
    wrong = (used["first"] != expected) | (used["last"] - used["first"] + 1 != used["count"])
    if wrong.any():
        first = used[wrong].iloc[0]
        raise StaleState(
            f"statement numbers {first.name}: {first['first']} to {first['last']}, expected to go on at "
            f"{expected[wrong.to_numpy()][0]} without gap"
        )
    days = [day.date() for day in used["period"]]
    conn.execute(_USED, [used.index.tolist(), used["kind"].tolist(), days, used["last"].tolist()])


_USED = """
    INSERT INTO statement_sequence (prefix, kind, period, last)
    SELECT * FROM unnest(%s::text[], %s::text[], %s::date[], %s::int[])
    ON CONFLICT (prefix) DO UPDATE SET last = EXCLUDED.last"""
#: An importer statement may name the importer without the two characters of suffix: then the account is the one that
#: has that number, if only one has.
_ACCOUNTS = """
    UPDATE statement s SET
        filer_account_id = (
            SELECT id FROM account WHERE kind = 'broker' AND identifier = s.filer_code AND identifier <> ''),
        importer_account_id = coalesce(
            (SELECT id FROM account WHERE kind = 'importer' AND identifier = s.importer_number AND identifier <> ''),
            (SELECT min(id) FROM account WHERE kind = 'importer' AND length(s.importer_number) = 10
                AND left(identifier, 10) = s.importer_number HAVING count(*) = 1))
    WHERE s.id = ANY(%s) AND (s.filer_code <> '' OR s.importer_number <> '')"""


def _take_control(conn: psycopg.Connection, new: list[int], count: int) -> None:
    """Printed entries pass from the trade's control to that of customs."""
    if conn.execute(_CONTROL, [new]).rowcount != count:
        raise StaleState("an entry summary to be printed was replaced, deleted or printed meanwhile")


_CONTROL = """
    UPDATE entry_summary e SET control = 'cbp', statement_status = 'preliminary', statement_number = s.statement_number,
        statement_date = s.print_date, statement_month = to_char(s.month, 'YYYY-MM')
    FROM statement_entry p JOIN statement s ON s.id = p.statement_id
    WHERE s.id = ANY(%s) AND e.id = p.entry_summary_id AND e.version_id = p.version_id AND e.status = 'accepted'
    AND e.statement_number IS NULL AND e.paid_at IS NULL"""


def _attach(conn: psycopg.Connection, printing: Printing) -> None:
    """Daily statements go onto their monthly one, whose totals are the sums of what stands on them now."""
    monthly = printing.statement.loc[printing.statement["kind"] == "monthly", "statement_number"].tolist()
    if not monthly:
        return
    parents = dict(printing.parents)
    attached = conn.execute(_ATTACH, [list(parents), list(parents.values()), monthly]).rowcount
    if attached != len(parents):
        raise StaleState("a daily statement is on a monthly one already, or of another month, or is not on file")
    row = conn.execute(_TIES, [monthly]).fetchone()
    if row:
        number, total, found = row
        raise StaleState(f"monthly statement {number}: {total} cents, expected {found} by its daily statements")


_ATTACH = """
    UPDATE statement d SET parent_id = m.id FROM unnest(%s::text[], %s::text[]) AS p (daily, monthly)
    JOIN statement m ON m.statement_number = p.monthly
    WHERE d.statement_number = p.daily AND d.kind = 'daily' AND d.parent_id IS NULL AND d.month = m.month
    AND m.statement_number = ANY(%s)"""
_TIES = """
    SELECT m.statement_number, m.total_cents, coalesce(sum(e.due_cents), 0)
    FROM statement m LEFT JOIN statement d ON d.parent_id = m.id
    LEFT JOIN statement_entry e ON e.statement_id = d.id AND e.removed_at IS NULL
    WHERE m.statement_number = ANY(%s) GROUP BY m.id
    HAVING m.total_cents <> coalesce(sum(e.due_cents), 0) OR m.entries <> count(e.version_id)
    ORDER BY 1 LIMIT 1"""


def deliver(conn: psycopg.Connection, deliveries: pd.DataFrame, of: list[str], at: datetime) -> int:
    """Queue what is sent of the statements ``of``, to accounts that exist."""
    due = deliveries[deliveries["statement_number"].isin(of)]
    if not len(due):
        return 0
    known = {number: {"filer": filer, "importer": importer} for number, filer, importer in owners(conn, of)}
    account = [known[number][who] for number, who in zip(due["statement_number"], due["recipient"], strict=True)]
    due = due.assign(account_id=pd.array(account, dtype="Int64"))
    return outgoing.send(conn, due[due["account_id"].notna()], at)


def owners(conn: psycopg.Connection, of: list[str]) -> list[tuple[str, int | None, int | None]]:
    """Statement number, and the accounts of its filer and its importer, where there are such."""
    return conn.execute(_WHOSE, [of]).fetchall()


_WHOSE = """
    SELECT statement_number, filer_account_id, importer_account_id FROM statement WHERE statement_number = ANY(%s)"""
