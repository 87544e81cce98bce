"""From a total of a filing down to the records of the brokers' files that it is the sum of."""

from __future__ import annotations

from typing import Any

import pandas as pd
import psycopg

from parsers.catair import layout

from .query import table

#: What opens a total: column -> where it stands.
KEYS = {
    **dict.fromkeys(("filer_code", "entry_number"), "v"),
    "port": "v",
    **dict.fromkeys(("origin", "spi"), "l"),
    "hts_number": "t",
    "line": "t",
}
DRILL = {
    **dict.fromkeys(("filer_code", "entry_number", "version_number", "port"), "str"),
    **dict.fromkeys(("line", "tariff"), "int64"),
    **dict.fromkeys(("hts_number", "origin", "spi", "set_indicator"), "str"),
    **dict.fromkeys(("value_cents", "duty_cents", "quantity_1"), "Int64"),
    "unit_1": "str",
    **dict.fromkeys(("sender", "file_name", "sha256"), "str"),
    "record": "int64",
}
DRILL_FEE = {
    **dict.fromkeys(("filer_code", "entry_number", "version_number", "port"), "str"),
    "line": "int64",
    "record_id": "str",
    "class_code": "str",
    "amount_cents": "Int64",
    **dict.fromkeys(("sender", "file_name", "sha256"), "str"),
    **dict.fromkeys(("record", "start", "end"), "int64"),
}


def drill(
    conn: psycopg.Connection,
    filing_id: int,
    *,
    class_code: str | None = None,
    case_number: str | None = None,
    stated: bool = False,
    **keys: Any,
) -> pd.DataFrame:
    """Open a total of a filing: the records of its entry summaries that fit ``keys`` (of :data:`KEYS`).

    Alone, one row for each tariff number of a line (record 50, :data:`DRILL`), with first and last column of each
    figure in ``value_columns``, ``duty_columns`` and ``quantity_columns``; the value of a component of a set
    (``set_indicator`` V) is stated again in its header (X).

    With ``class_code`` one row for each amount under that accounting class (records 34, 60, 61, 62;
    :data:`DRILL_FEE`), or, if ``stated``, for each of the filers' totals of it (record 89), which is what a filing
    counts of the processing fee; with ``case_number`` one for each duty under that case (record 53). Their columns are
    ``start`` and ``end``; keys of a tariff number cannot be asked for then.

    Raises
        ValueError: no such key.
    """
    by_tariff = class_code is None and case_number is None
    known = [name for name in KEYS if by_tariff or KEYS[name] == "v"]
    if unknown := [name for name in keys if name not in known]:
        raise ValueError(f"a filing cannot be opened by {', '.join(unknown)}; it can by {', '.join(known)}")
    source = {"port": "port_of_entry"}
    where = "".join(f" AND {KEYS[name]}.{source.get(name, name)} = %({name})s" for name in keys)
    values = {"filing": filing_id, "class_code": class_code, "case_number": case_number, **keys}
    if by_tariff:
        found = table(conn, _DRILL + where + _ORDER, values, DRILL)
        return found.assign(**{name: _columns("50", of) for name, of in _FIGURES.items()})
    query = _DRILL_CASE if case_number is not None else _DRILL_STATED if stated else _DRILL_FEE
    return table(conn, query + where + _ORDER, values, DRILL_FEE)


def _columns(record: str, name: str) -> str:
    found = layout.load("ae").field(record, name)
    return f"{found.start}-{found.end}"


_FIGURES = {
    "value_columns": "value_of_goods_amount",
    "duty_columns": "duty_amount",
    "quantity_columns": "quantity_1",
}
_OF = """
    WITH chosen AS MATERIALIZED (SELECT version_id FROM filing_entry WHERE filing_id = %(filing)s),
    first AS (SELECT min(version_id) AS low, max(version_id) AS high FROM chosen)"""
_IN = "BETWEEN (SELECT low FROM first) AND (SELECT high FROM first)"
_NAME = "(SELECT name FROM arrival WHERE interchange_id = i.id ORDER BY id LIMIT 1)"
_DRILL = f"""{_OF}
    SELECT v.filer_code, v.entry_number, v.version_number, v.port_of_entry, t.line, t.tariff, t.hts_number,
        coalesce(l.origin, ''), coalesce(l.spi, ''), coalesce(l.set_indicator, ''), t.value_cents, t.duty_cents,
        t.quantity_1, t.unit_1, a.number,
        coalesce({_NAME}, ''), i.sha256, t.record
    FROM chosen JOIN tariff t USING (version_id) JOIN entry_summary_version v ON v.id = t.version_id
    JOIN interchange i ON i.id = t.interchange_id JOIN account a ON a.id = i.account_id
    LEFT JOIN line l ON l.version_id = t.version_id AND l.line = t.line AND l.version_id {_IN}
    WHERE t.version_id {_IN}"""
_ORDER = " ORDER BY 1, 2, record"


def _places(of: dict[tuple[str, int], tuple[str, str]]) -> str:
    """The place of the amount in each record that carries one under an accounting class, as a table of SQL."""
    fields = {key: (record, layout.load("ae").field(record, name)) for key, (record, name) in of.items()}
    rows = (f"('{kind}', {slot}, '{record}', {f.start}, {f.end})" for (kind, slot), (record, f) in fields.items())
    return ", ".join(rows)


_AMOUNTS = {
    ("header_fee", 1): ("34", "header_fee_amount_1"),
    ("header_fee", 2): ("34", "header_fee_amount_2"),
    ("tax", 1): ("60", "ir_tax_amount"),
    ("other_revenue", 1): ("61", "other_revenue_amount"),
    ("fee", 1): ("62", "user_fee_amount"),
}
_STATED = {("stated", slot): ("89", f"total_fee_amount_{slot}") for slot in range(1, 6)}
_DUTY = layout.load("ae").field("53", "ad_cvd_duty_amount")


def _amounts(source: str, line: str, code: str, amount: str, place: str, wanted: str) -> str:
    return f"""{_OF}
    SELECT v.filer_code, v.entry_number, v.version_number, v.port_of_entry, {line}, p.record_id, {code},
        {amount}, a.number, coalesce({_NAME}, ''), i.sha256, x.record, p.first_column, p.last_column
    FROM chosen JOIN {source} x USING (version_id) JOIN entry_summary_version v ON v.id = x.version_id
    {place} JOIN interchange i ON i.id = x.interchange_id JOIN account a ON a.id = i.account_id
    WHERE x.version_id {_IN} AND {wanted}"""


_PLACE = "AS p (kind, slot, record_id, first_column, last_column)"
_DRILL_FEE = _amounts(
    "fee",
    "x.line",
    "x.class_code",
    "x.amount_cents",
    f"JOIN (VALUES {_places(_AMOUNTS)}) {_PLACE} USING (kind, slot)",
    "x.class_code = %(class_code)s",
)
_DRILL_STATED = _amounts(
    "fee_total",
    "0",
    "x.class_code",
    "x.amount_cents",
    f"JOIN (VALUES {_places(_STATED)}) {_PLACE} USING (slot)",
    "x.class_code = %(class_code)s",
)
_DRILL_CASE = _amounts(
    "adcvd",
    "x.line",
    "x.case_number",
    "x.duty_cents",
    f"CROSS JOIN (VALUES ('53', {_DUTY.start}, {_DUTY.end})) AS p (record_id, first_column, last_column)",
    "x.case_number = %(case_number)s",
)
