"""Entry summaries searched, a page at a time, and their lines as the rows of a download.

A page goes on from the last row of the one before (``before``, an id), so a page far down costs what the first does.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

from loaders.portal.importer.hub import Conn, Rows

#: More than so many are not counted.
COUNTED = 10_000


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is searched for; what is not given is everything. ``entry`` and ``tariff`` may be beginnings; ``bill`` is
    issuer and number, or the number alone; dates are of entry; amounts are what is due on the summary, in cents.
    """

    filer: str = ""
    entry: str = ""
    bill: str = ""
    tariff: str = ""
    port: str = ""
    broker: str = ""
    since: date | None = None
    until: date | None = None
    least_cents: int | None = None
    most_cents: int | None = None
    status: str = ""


#: What each filter asks of an entry summary ``e`` and its present version ``v``. Only those given are written out, so
#: that the planner knows what it is asked.
_DUE = """(coalesce(v.total_duty_cents, 0) + coalesce(v.total_fee_cents, 0) + coalesce(v.total_ad_cents, 0)
    + coalesce(v.total_cvd_cents, 0) + coalesce(v.total_other_cents, 0)
    + CASE WHEN v.deferred_tax = '' THEN coalesce(v.total_tax_cents, 0) ELSE 0 END)"""
_KEYED = """e.id IN (SELECT k.entry_summary_id FROM entry_key k
    WHERE k.importer_account_id = ANY(%(accounts)s) AND k.kind = '{kind}' AND {which})"""
_FILTERS = {
    "filer": "e.filer_code = %(filer)s",
    "entry": "e.entry_number >= %(entry)s AND e.entry_number <= %(entry)s || '99999999'",
    "bill": _KEYED.format(kind="bill", which="k.value = %(bill)s"),
    "tariff": _KEYED.format(kind="hts", which="k.value >= %(tariff)s AND k.value < %(tariff)s || ':'"),
    "port": "e.port_of_entry = %(port)s",
    "broker": "e.filer_code = %(broker)s",
    "since": "v.importer_account_id = ANY(%(accounts)s) AND v.entry_date >= %(since)s",
    "until": "v.importer_account_id = ANY(%(accounts)s) AND v.entry_date <= %(until)s",
    "least_cents": f"{_DUE} >= %(least_cents)s",
    "most_cents": f"{_DUE} <= %(most_cents)s",
}
STATUSES = {
    "unprinted": "e.status = 'accepted' AND e.statement_number IS NULL AND e.paid_at IS NULL",
    "open": "e.status = 'accepted' AND e.statement_number IS NOT NULL AND e.paid_at IS NULL",
    "paid": "e.paid_at IS NOT NULL",
    "rejected": "e.rejected AND e.status = 'accepted'",
    "deleted": "e.status = 'deleted'",
}


def _where(wanted: Wanted) -> str:
    asked = [_FILTERS[it.name] for it in fields(wanted) if it.name != "status" and getattr(wanted, it.name)
             not in ("", None)]  # fmt: skip
    if wanted.status:
        asked.append(STATUSES[wanted.status])
    return " AND ".join(["e.importer_account_id = ANY(%(accounts)s)", *asked])


def _values(accounts: Sequence[int], wanted: Wanted, **more: Any) -> dict[str, Any]:
    return {it.name: getattr(wanted, it.name) for it in fields(wanted)} | {"accounts": list(accounts)} | more


_FROM = "FROM entry_summary e JOIN entry_summary_version v ON v.id = e.version_id"


def page(conn: Conn, accounts: Sequence[int], wanted: Wanted, before: int | None, limit: int) -> Rows:
    """The next ``limit`` entry summaries, the latest filed first."""
    below = " AND e.id < %(before)s" if before is not None else ""
    query = f"""
        SELECT e.id, e.filer_code, e.entry_number, coalesce(b.name, e.filer_code) AS filer_name, e.port_of_entry,
            v.entry_date, e.entry_type, e.status, e.rejected, e.statement_number, e.statement_status, e.statement_date,
            e.paid_at, v.version_number, coalesce(v.total_duty_cents, 0) AS duty_cents,
            coalesce(v.total_fee_cents, 0) AS fee_cents, {_DUE} AS due_cents
        {_FROM} LEFT JOIN broker_name b ON b.filer_code = e.filer_code
        WHERE {_where(wanted)}{below} ORDER BY e.id DESC LIMIT %(limit)s"""
    return conn.execute(query, _values(accounts, wanted, before=before, limit=limit)).fetchall()


def count(conn: Conn, accounts: Sequence[int], wanted: Wanted, most: int = COUNTED) -> int:
    """How many there are; ``most`` + 1 when there are more than that."""
    needs_version = any(getattr(wanted, name) is not None for name in ("since", "until", "least_cents", "most_cents"))
    source = _FROM if needs_version else "FROM entry_summary e"
    query = f"SELECT count(*) AS n FROM (SELECT {source} WHERE {_where(wanted)} LIMIT %(most)s) counted"
    row = conn.execute(query, _values(accounts, wanted, most=most + 1)).fetchone()
    assert row is not None
    return row["n"]


def choices(conn: Conn, accounts: Sequence[int]) -> dict[str, list[str]]:
    """Brokers and ports that the account's months name, for the filters."""
    rows = conn.execute(_CHOICES, {"accounts": list(accounts)}).fetchall()
    return {kind: sorted({row[kind] for row in rows}) for kind in ("filer_code", "port")}


_CHOICES = "SELECT DISTINCT filer_code, port FROM account_month WHERE account_id = ANY(%(accounts)s)"


def names(conn: Conn, filers: Sequence[str]) -> dict[str, str]:
    """Names of brokers by filer code."""
    query = "SELECT filer_code, name FROM broker_name WHERE filer_code = ANY(%s)"
    return {row["filer_code"]: row["name"] for row in conn.execute(query, [list(filers)]).fetchall()}


def keyed_until(conn: Conn, accounts: Sequence[int]) -> Any:
    """When bills and tariff numbers were last copied to where they are searched; None: never."""
    query = "SELECT max(made_at) AS at FROM account_month WHERE account_id = ANY(%s)"
    row = conn.execute(query, [list(accounts)]).fetchone()
    return row["at"] if row else None


def lines(conn: Conn, accounts: Sequence[int], wanted: Wanted, most: int) -> Iterator[dict[str, Any]]:
    """Each tariff number of each line of what is found (at most ``most`` summaries), in the columns of ACE's report
    ES-003: ``filer_code entry_number entry_date hts_number line tariff value_cents duty_cents fee_cents``. The fees of
    a line stand on its first tariff number, those of the whole summary on the first of its first line.
    """
    query = f"SELECT e.id, v.id AS version_id {_FROM} WHERE {_where(wanted)} ORDER BY e.id DESC LIMIT %(most)s"
    chosen = conn.execute(query, _values(accounts, wanted, most=most)).fetchall()
    if not chosen:
        return
    versions = [row["version_id"] for row in chosen]
    values = {"ids": [row["id"] for row in chosen], "versions": versions, "low": min(versions), "high": max(versions)}
    with conn.cursor(name="lines") as cursor:
        cursor.itersize = 5000
        cursor.execute(_LINES, values)
        yield from cursor


#: The versions are named, and so is their range: the planner then knows how many there are, and skips by BRIN.
_RANGE = "version_id BETWEEN %(low)s AND %(high)s"
_LINES = f"""
    WITH chosen AS (SELECT * FROM unnest(%(ids)s::bigint[], %(versions)s::bigint[]) AS c (id, version_id)), fees AS (
        SELECT version_id, greatest(line, 1) AS line, sum(amount_cents)::bigint AS cents
        FROM fee JOIN chosen USING (version_id) WHERE {_RANGE} AND kind IN ('fee', 'header_fee') GROUP BY 1, 2
    )
    SELECT v.filer_code, v.entry_number, v.entry_date, t.hts_number, t.line, t.tariff, t.value_cents, t.duty_cents,
        CASE WHEN t.tariff = 1 THEN f.cents END AS fee_cents, v.port_of_entry
    FROM chosen c JOIN tariff t ON t.version_id = c.version_id JOIN entry_summary_version v ON v.id = c.version_id
    LEFT JOIN fees f ON f.version_id = t.version_id AND f.line = t.line
    WHERE t.{_RANGE} ORDER BY c.id DESC, t.record"""
