"""Export filings on their exporters' accounts: what is on file, what a file makes of it, and who filed what.

Everything that a file changes is written by :func:`store`, in the transaction of the caller; keys come in blocks and
rows go by COPY. What reads for pages and commands is at the end: :func:`filings` (of an account, a filer, a month, a
state), :func:`versions`, :func:`below` (lines, parties, vehicles ...).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import numpy as np
import pandas as pd
import psycopg

from . import bulk, ids
from .query import table

#: Internal transaction numbers that a day has.
MOST = 999_999
#: What :func:`exporters` says of each number.
EXPORTERS = {"key": "str", "account_id": "int64", "status": "str", "may_file": "bool"}
#: A filing as decisions are told of it.
ON_FILE = {
    "account_id": "int64",
    "reference": "str",
    "filing_id": "int64",
    "status": "str",
    "itn": "str",
    "sequence": "int64",
    "days_late": "int64",
}
#: The header of a version, as it is laid under a change.
HEADER = {
    "filing_id": "int64",
    "export_date": "datetime64[s]",
    **dict.fromkeys(
        (
            *("mode", "destination", "origin_state", "postal_code", "option", "port_of_export", "port_of_unlading"),
            *("carrier", "conveyance", "transport_reference", "related", "hazardous", "routed", "inbond_code"),
            *("entry_number", "zone", "exporter_id", "exporter_id_qualifier", "exporter_name", "agent_id"),
            *("agent_name", "consignee_name", "consignee_country", "consignee_kind"),
        ),
        "str",
    ),
}
_PLACE = {"line": "int64", "interchange_id": "int64", "record": "int64"}
#: The tables below a version and their columns.
CHILDREN: Mapping[str, Mapping[str, str]] = {
    "export_line": {
        **_PLACE,
        **dict.fromkeys(("qualifier", "number", "description", "information_code", "origin", "unit_1"), "str"),
        "quantity_1": "Int64",
        "unit_2": "str",
        "quantity_2": "Int64",
        "value_cents": "int64",
        "weight": "Int64",
        **dict.fromkeys(("weight_unit", "license_code", "license_number", "eccn"), "str"),
    },
    "export_party": {
        **_PLACE,
        **dict.fromkeys(
            (
                *("role", "entity", "name", "qualifier", "identifier", "name_2", "address_1", "address_2", "city"),
                *("state", "postal_code", "country", "kind"),
            ),
            "str",
        ),
    },
    "export_vehicle": {
        **_PLACE,
        "vin": "str",
        "product_id": "str",
        "year": "Int64",
        "title_number": "str",
        "title_state": "str",
    },
    "export_mark": {**_PLACE, "qualifier": "str", "text": "str"},
    "export_equipment": {**_PLACE, **dict.fromkeys(("kind", "initial", "number", "seal_1", "seal_2"), "str")},
    "export_reference": {**_PLACE, "qualifier": "str", "number": "str"},
}


class NumbersExhausted(Exception):
    """A day has no internal transaction number left (there are 999,999)."""


def exporters(conn: psycopg.Connection, keys: Iterable[str], sender: int, today: date) -> pd.DataFrame:
    """The exporter accounts behind numbers (without hyphens, an EIN with its suffix), and whether ``sender`` may file
    for each ``today``: it is the account itself, or holds an authority (``files_for``) to it. :data:`EXPORTERS`."""
    values = {"keys": sorted({key for key in keys if key}), "sender": sender, "today": today}
    return table(conn, _EXPORTERS, values, EXPORTERS)


_EXPORTERS = """
    SELECT k.key, a.id, a.status, a.id = %(sender)s OR EXISTS (
        SELECT FROM relationship r WHERE r.from_account_id = %(sender)s AND r.to_account_id = a.id
        AND r.kind = 'files_for' AND r.valid_from <= %(today)s AND (r.valid_to IS NULL OR r.valid_to >= %(today)s))
    FROM (
        SELECT id, status, regexp_replace(upper(identifier), '[ -]', '', 'g') AS plain
        FROM account WHERE kind = 'exporter' AND identifier <> ''
    ) a JOIN unnest(%(keys)s::text[]) AS k (key)
        ON k.key = CASE WHEN a.plain ~ '^[0-9]{9}$' THEN a.plain || '00' ELSE a.plain END
    ORDER BY k.key, a.id"""


def number(conn: psycopg.Connection, account_id: int) -> str:
    """The number of an account; blank where there is none."""
    row = conn.execute("SELECT number FROM account WHERE id = %s", [account_id]).fetchone()
    return row[0] if row else ""


def hold(conn: psycopg.Connection, accounts: Iterable[int]) -> None:
    """Let nobody else file on these exporters' accounts until the transaction ends."""
    wanted = sorted({int(id) for id in accounts})
    conn.execute("SELECT FROM account WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE", [wanted])


def on_file(conn: psycopg.Connection, keys: pd.DataFrame) -> pd.DataFrame:
    """The filings on file among ``keys`` (``account_id reference``): :data:`ON_FILE`."""
    values = {"accounts": keys["account_id"].tolist(), "references": keys["reference"].tolist()}
    return table(conn, _ON_FILE, values, ON_FILE)


_ON_FILE = """
    SELECT f.exporter_account_id, f.reference, f.id, f.status, f.itn, f.sequence, f.days_late
    FROM unnest(%(accounts)s::bigint[], %(references)s::text[]) AS k (account, reference)
    JOIN export_filing f ON f.exporter_account_id = k.account AND f.reference = k.reference ORDER BY f.id"""


def present(conn: psycopg.Connection, filing_ids: Iterable[int]) -> tuple[pd.DataFrame, dict[str, pd.DataFrame]]:
    """The present version of each filing: its header (:data:`HEADER`) and the rows below (:data:`CHILDREN`), each with
    ``filing_id``."""
    values = {"filings": [int(id) for id in filing_ids]}
    columns = ", ".join(f'v."{name}"' for name in list(HEADER)[1:])
    whose = """FROM export_filing f JOIN export_filing_version v ON v.id = f.version_id"""
    header = table(conn, f"SELECT f.id, {columns} {whose} WHERE f.id = ANY(%(filings)s) ORDER BY f.id", values, HEADER)
    below = {}
    for name, types in CHILDREN.items():
        columns = ", ".join(f'c."{column}"' for column in types)
        query = f"""SELECT f.id, {columns} {whose} JOIN {name} c ON c.version_id = v.id
            WHERE f.id = ANY(%(filings)s) ORDER BY f.id, c.record"""
        below[name] = table(conn, query, values, {"filing_id": "int64", **types})
    return header, below


def numbers(conn: psycopg.Connection, count: int, day: date) -> list[str]:
    """The next ``count`` internal transaction numbers of a day: X, the day, six digits. None is given twice; a
    transaction that fails gives them back.

    Raises
        NumbersExhausted: the day has not so many left.
    """
    if not count:
        return []
    if count > MOST:
        raise NumbersExhausted(f"{count:,} numbers wanted of {day}, which has {MOST:,}")
    try:
        row = conn.execute(_NUMBERS, {"day": day, "count": count}).fetchone()
    except psycopg.errors.CheckViolation:
        raise NumbersExhausted(f"{day} has less than {count:,} internal transaction numbers left") from None
    assert row is not None
    return [f"X{day:%Y%m%d}{n:06}" for n in range(row[0] - count + 1, row[0] + 1)]


_NUMBERS = """
    INSERT INTO export_sequence AS s (day, last) VALUES (%(day)s, %(count)s)
    ON CONFLICT (day) DO UPDATE SET last = s.last + %(count)s RETURNING last"""


@dataclass(frozen=True, slots=True)
class Storing:
    """What a file makes of export filings.

    ``filings``: the filings it touched, as they are now (:data:`ON_FILE`, ``filing_id`` -1 for what is new);
    ``versions``: ``filing`` (a row of ``filings``), ``sequence effect severity code record transaction_id lines
    value_cents weight`` and the header; ``children``: the rows below by table, with ``version`` (a row of ``versions``)
    and ``interchange_id`` (missing: this file). ``sender`` sent the file ``interchange_id``, ``at`` is when.
    """

    filings: pd.DataFrame
    versions: pd.DataFrame
    children: Mapping[str, pd.DataFrame]
    sender: int
    interchange_id: int
    at: datetime


def store(conn: psycopg.Connection, what: Storing) -> int:
    """Write it, in the caller's transaction; how many versions."""
    versions = what.versions.reset_index(drop=True)
    if not len(versions):
        return 0
    filings = what.filings.reset_index(drop=True)
    new = (filings["filing_id"] < 0).to_numpy()
    filing_id, version_id = ids.take(conn, [int(new.sum()), len(versions)])
    of = filings["filing_id"].to_numpy(np.int64).copy()
    of[new] = filing_id
    at = versions["filing"].to_numpy(np.int64)
    account = filings["account_id"].to_numpy(np.int64)
    final = np.zeros(len(filings), np.int64)
    final[at] = np.arange(len(at))  # the last one counts
    _present(conn, what, filings, of, new, versions.iloc[final].reset_index(drop=True), version_id[final])
    said = [name for name in HEADER if name != "filing_id"]
    own = ["record", "transaction_id", "sequence", "effect", "severity", "code", "lines", "value_cents", "weight"]
    frame = versions[[*own, *said]]
    frame = frame.assign(
        id=version_id,
        export_filing_id=of[at],
        exporter_account_id=account[at],
        filer_account_id=what.sender,
        interchange_id=what.interchange_id,
        accepted_at=what.at,
    )
    bulk.copy(conn, "export_filing_version", frame)
    for name, types in CHILDREN.items():
        rows = what.children.get(name)
        if rows is None or not len(rows):
            continue
        file = rows["interchange_id"] if "interchange_id" in rows else pd.Series([pd.NA] * len(rows), dtype="Int64")
        placed = rows[[column for column in types if column != "interchange_id"]].assign(
            interchange_id=file.astype("Int64").fillna(what.interchange_id).to_numpy(np.int64),
            version_id=version_id[rows["version"].to_numpy(np.int64)],
        )
        bulk.copy(conn, name, placed)
    return len(versions)


def _present(
    conn: psycopg.Connection,
    what: Storing,
    filings: pd.DataFrame,
    ids_: np.ndarray,
    new: np.ndarray,
    last: pd.DataFrame,
    version_id: np.ndarray,
) -> None:
    """The present state of the filings: rows for new ones, an update of the others."""
    frame = pd.DataFrame(
        {
            "id": ids_,
            "exporter_account_id": filings["account_id"].to_numpy(np.int64),
            "filer_account_id": what.sender,
            "reference": filings["reference"],
            "itn": filings["itn"],
            "status": filings["status"],
            "version_id": version_id,
            "sequence": last["sequence"].to_numpy(np.int64),
            "export_date": last["export_date"],
            "destination": last["destination"],
            "lines": last["lines"].to_numpy(np.int64),
            "value_cents": last["value_cents"].to_numpy(np.int64),
            "severity": last["severity"],
            "days_late": filings["days_late"].to_numpy(np.int64),
            "accepted_at": what.at,
            "changed_at": what.at,
        }
    )
    bulk.copy(conn, "export_filing", frame[new])
    changed = frame[~new]
    if not len(changed):
        return
    conn.execute("CREATE TEMPORARY TABLE export_changed (LIKE export_filing) ON COMMIT DROP")
    bulk.copy(conn, "export_filing", changed, into="export_changed")
    conn.execute(_CHANGED)
    conn.execute("DROP TABLE export_changed")


_CHANGED = """
    UPDATE export_filing f SET status = c.status, version_id = c.version_id, sequence = c.sequence,
        export_date = coalesce(c.export_date, f.export_date), destination = c.destination, lines = c.lines,
        value_cents = c.value_cents, severity = c.severity, filer_account_id = c.filer_account_id,
        changed_at = c.changed_at
    FROM export_changed c WHERE c.id = f.id"""


# What is read of them.

#: A filing as pages and commands read it.
FILING = {
    "filing_id": "int64",
    "version_id": "int64",
    **dict.fromkeys(("reference", "itn", "status", "exporter", "exporter_name", "filer", "filer_name"), "str"),
    "sequence": "int64",
    "export_date": "datetime64[s]",
    "destination": "str",
    "lines": "int64",
    "value_cents": "int64",
    "severity": "str",
    "days_late": "int64",
    "accepted_at": "datetime64[us, UTC]",
    "changed_at": "datetime64[us, UTC]",
}


def filings(
    conn: psycopg.Connection,
    *,
    exporter: int | None = None,
    filer: int | None = None,
    month: date | None = None,
    status: str | None = None,
    reference: str | None = None,
    limit: int | None = None,
) -> pd.DataFrame:
    """Filings (:data:`FILING`), latest change first: of an exporter's account, sent by an account, leaving in a month,
    in a state, with a shipment reference number or internal transaction number; all of them that are given."""
    values: dict[str, Any] = {
        "exporter": exporter,
        "filer": filer,
        "month": month.replace(day=1) if month else None,
        "status": status,
        "reference": reference,
        "limit": limit,
    }
    return table(conn, _FILINGS, values, FILING)


_FILINGS = """
    SELECT f.id, f.version_id, f.reference, f.itn, f.status, x.number, x.name, s.number, s.name, f.sequence,
        f.export_date, f.destination, f.lines, f.value_cents, f.severity, f.days_late, f.accepted_at, f.changed_at
    FROM export_filing f JOIN account x ON x.id = f.exporter_account_id JOIN account s ON s.id = f.filer_account_id
    WHERE (%(exporter)s::bigint IS NULL OR f.exporter_account_id = %(exporter)s)
    AND (%(filer)s::bigint IS NULL OR f.filer_account_id = %(filer)s)
    AND (%(month)s::date IS NULL
        OR (f.export_date >= %(month)s AND f.export_date < %(month)s::date + interval '1 month'))
    AND (%(status)s::text IS NULL OR f.status = %(status)s)
    AND (%(reference)s::text IS NULL OR %(reference)s IN (f.reference, f.itn))
    ORDER BY f.changed_at DESC, f.id DESC LIMIT %(limit)s"""

#: A version of a filing, as :func:`versions` reads it.
VERSION = {
    "version_id": "int64",
    "sequence": "int64",
    **dict.fromkeys(("effect", "severity", "code", "filer"), "str"),
    "interchange_id": "int64",
    "record": "int64",
    "accepted_at": "datetime64[us, UTC]",
    "lines": "int64",
    "value_cents": "int64",
    "weight": "int64",
    **{name: kind for name, kind in HEADER.items() if name != "filing_id"},
}


def versions(conn: psycopg.Connection, filing_id: int) -> pd.DataFrame:
    """Every version of a filing (:data:`VERSION`), oldest first."""
    columns = ", ".join(f'v."{name}"' for name in HEADER if name != "filing_id")
    query = f"""
        SELECT v.id, v.sequence, v.effect, v.severity, v.code, s.number, v.interchange_id, v.record, v.accepted_at,
            v.lines, v.value_cents, v.weight, {columns}
        FROM export_filing_version v JOIN account s ON s.id = v.filer_account_id
        WHERE v.export_filing_id = %(filing)s ORDER BY v.sequence"""
    return table(conn, query, {"filing": filing_id}, VERSION)


def below(conn: psycopg.Connection, name: str, version_ids: Iterable[int]) -> pd.DataFrame:
    """The rows of one of :data:`CHILDREN` of some versions, with ``version_id``, in the order of the filing."""
    columns = ", ".join(f'c."{column}"' for column in CHILDREN[name])
    query = f"""SELECT c.version_id, {columns} FROM {name} c WHERE c.version_id = ANY(%(versions)s)
        ORDER BY c.version_id, c.line, c.record"""
    values = {"versions": [int(id) for id in version_ids]}
    return table(conn, query, values, {"version_id": "int64", **CHILDREN[name]})
