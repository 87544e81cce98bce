"""Invoices beside entry summaries: which belong together, what both say, and what came of comparing them.

A comparison is made anew for a whole *cluster*: all invoices that share entry summaries, and these. It is stored, so a
page reads rows of one invoice and computes nothing, and a list can be filtered by what differs.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pandas as pd
import psycopg

from . import bulk, ids
from .invoices import hold, keys
from .query import table

INVOICE = {"invoice_id": "int64", **dict.fromkeys(("invoice_number", "currency", "status"), "str")}
LINE = {
    **dict.fromkeys(("invoice_id", "line"), "int64"),
    "amount_cents": "Int64",
    "charges_cents": "int64",
    "quantity": "Int64",
    "quantity_scale": "int64",
    **dict.fromkeys(("unit", "hts_number", "origin", "description"), "str"),
}
LINK = {"invoice_id": "int64", "entry_summary_id": "int64", "version_id": "int64", "by": "str"}
DECLARED = {"version_id": "int64", "line": "int64", "origin": "str", "description": "str"}
TARIFF = {
    **dict.fromkeys(("version_id", "line", "tariff"), "int64"),
    "hts_number": "str",
    "value_cents": "Int64",
    "quantity_1": "Int64",
    "unit_1": "str",
    "quantity_2": "Int64",
    "unit_2": "str",
}
REFERENCE = {**dict.fromkeys(("version_id", "line", "record"), "int64"), "invoice_number": "str"}
RANGE = {"version_id": "int64", "record": "int64", "begin": "Int64", "end": "Int64"}


@dataclass(frozen=True, slots=True)
class Cluster:
    """What is compared: tables of the columns above. ``link`` has each invoice and entry summary that belong together
    once, with the entry's present version."""

    invoice: pd.DataFrame
    line: pd.DataFrame
    link: pd.DataFrame
    declared: pd.DataFrame
    tariff: pd.DataFrame
    reference: pd.DataFrame
    range: pd.DataFrame


def touched(conn: psycopg.Connection, since: datetime) -> dict[int, list[int]]:
    """Invoices, by their importer's account, that have to be compared anew because an entry summary of theirs was
    filed, replaced or deleted at ``since`` or later and they were not compared with what it says now."""
    found: dict[int, list[int]] = {}
    if conn.execute("SELECT FROM invoice LIMIT 1").fetchone() is None:
        return found
    for importer, invoice in conn.execute(_TOUCHED, {"since": since}).fetchall():
        found.setdefault(importer, []).append(invoice)
    return found


# What is told of a pair: that it belongs together now and was not compared so, or was and does not any more.
_TOUCHED = """
    WITH changed AS MATERIALIZED (
        SELECT id, version_id, status, importer_account_id, filer_code || entry_number AS number, broker_reference
        FROM entry_summary WHERE changed_at >= %(since)s
    ), named AS (
        SELECT i.id AS invoice_id, c.id, c.version_id, c.status FROM changed c
        JOIN invoice_identifier r ON r.value = c.number AND r.qualifier = '6B'
        JOIN invoice i ON i.version_id = r.version_id AND i.importer_account_id = c.importer_account_id
        UNION SELECT i.id, c.id, c.version_id, c.status
        FROM changed c JOIN invoice_reference f ON f.version_id = c.version_id
        JOIN invoice i ON i.reference_number = f.invoice_number AND i.importer_account_id = c.importer_account_id
        UNION SELECT i.id, c.id, c.version_id, c.status FROM changed c
        JOIN invoice_identifier r ON r.value = c.broker_reference AND r.qualifier = '3Z'
        JOIN invoice i ON i.version_id = r.version_id AND i.importer_account_id = c.importer_account_id
        WHERE c.broker_reference <> ''
            AND NOT EXISTS (SELECT FROM invoice_entry k WHERE k.invoice_id = i.id AND k.by <> 'broker')
    ), found AS (
        SELECT n.invoice_id FROM named n WHERE n.status = 'accepted' AND NOT EXISTS (
            SELECT FROM invoice_entry k WHERE k.invoice_id = n.invoice_id AND k.entry_summary_id = n.id
            AND k.entry_version_id = n.version_id)
        UNION SELECT k.invoice_id FROM changed c JOIN invoice_entry k ON k.entry_summary_id = c.id
        WHERE c.status <> 'accepted' OR k.entry_version_id <> c.version_id
    )
    SELECT i.importer_account_id, i.id FROM found f JOIN invoice i ON i.id = f.invoice_id
    WHERE i.status = 'accepted' ORDER BY 1, 2"""


def cluster(conn: psycopg.Connection, importers: Iterable[int], invoice_ids: Iterable[int]) -> Cluster:
    """The clusters of some invoices of these importers (account ids), read in a transaction that holds their
    invoices."""
    hold(conn, importers)
    known: set[int] = set()
    entries: set[int] = set()
    more, links = set(invoice_ids), []
    while more:
        known |= more
        links.append(table(conn, _LINKS, {"ids": sorted(more)}, LINK))
        found = set(links[-1]["entry_summary_id"].tolist()) | _told_of(conn, more)
        entries, new = entries | found, sorted(found - entries)
        more = {id for (id,) in conn.execute(_INVOICES_OF, {"ids": new}).fetchall()} - known if new else set()
    link = pd.concat(links or [pd.DataFrame(columns=list(LINK)).astype(LINK)])
    link = link.sort_values(["invoice_id", "entry_summary_id"], ignore_index=True)
    versions = sorted(set(link["version_id"].tolist()))
    low, high = (versions[0], versions[-1]) if versions else (0, -1)
    values = {"ids": sorted(known), "versions": versions, "low": low, "high": high}
    return Cluster(
        table(conn, _INVOICE, values, INVOICE),
        table(conn, _LINE, values, LINE),
        link,
        table(conn, _DECLARED, values, DECLARED),
        table(conn, _TARIFF, values, TARIFF),
        table(conn, _REFERENCE, values, REFERENCE),
        table(conn, _RANGE, values, RANGE),
    )


def _told_of(conn: psycopg.Connection, invoices: Iterable[int]) -> set[int]:
    """The entry summaries that these invoices were compared with until now: one may be left without an invoice."""
    query = "SELECT entry_summary_id FROM invoice_entry WHERE invoice_id = ANY(%s)"
    return {id for (id,) in conn.execute(query, [list(invoices)]).fetchall()}


# An entry is looked for by its number, by record 42, and, where neither is known, by the broker's reference; always
# among those of the invoice's own importer, so that importers can be compared together.
_ACCEPTED = "e.status = 'accepted' AND e.importer_account_id = o.importer_account_id"
_LINKS = f"""
    WITH own AS (
        SELECT i.id, i.version_id, i.reference_number, i.importer_account_id FROM invoice i
        WHERE i.id = ANY(%(ids)s) AND i.status = 'accepted'
    ), named AS (
        SELECT o.id AS invoice_id, e.id, e.version_id, 1 AS rank FROM own o
        JOIN invoice_identifier r ON r.version_id = o.version_id AND r.qualifier = '6B'
        JOIN entry_summary e ON e.filer_code = left(r.value, 3) AND e.entry_number = substr(r.value, 4)
        WHERE {_ACCEPTED}
        UNION SELECT o.id, e.id, e.version_id, 2 FROM own o
        JOIN invoice_reference f ON f.invoice_number = o.reference_number AND o.reference_number <> ''
        JOIN entry_summary_version v ON v.id = f.version_id
        JOIN entry_summary e ON e.id = v.entry_summary_id AND e.version_id = v.id WHERE {_ACCEPTED}
    ), every AS (
        SELECT * FROM named
        UNION ALL SELECT o.id, e.id, e.version_id, 3 FROM own o
        JOIN invoice_identifier r ON r.version_id = o.version_id AND r.qualifier = '3Z' AND r.value <> ''
        JOIN entry_summary e ON e.broker_reference = r.value
        WHERE {_ACCEPTED} AND NOT EXISTS (SELECT FROM named n WHERE n.invoice_id = o.id)
    )
    SELECT invoice_id, id, version_id, (ARRAY['entry', 'invoice', 'broker'])[min(rank)]
    FROM every GROUP BY 1, 2, 3 ORDER BY 1, 2"""
_INVOICES_OF = """
    WITH e AS MATERIALIZED (
        SELECT id, version_id, filer_code || entry_number AS number, broker_reference, importer_account_id
        FROM entry_summary WHERE id = ANY(%(ids)s)
    ), found AS (
        SELECT r.version_id, e.importer_account_id
        FROM e JOIN invoice_identifier r ON r.value = e.number AND r.qualifier = '6B'
        UNION SELECT r.version_id, e.importer_account_id
        FROM e JOIN invoice_identifier r ON r.value = e.broker_reference AND r.qualifier = '3Z'
        WHERE e.broker_reference <> ''
    )
    SELECT i.id FROM found f JOIN invoice i USING (version_id, importer_account_id) WHERE i.status = 'accepted'
    UNION SELECT i.id FROM e JOIN invoice_reference f ON f.version_id = e.version_id
    JOIN invoice i ON i.reference_number = f.invoice_number AND i.importer_account_id = e.importer_account_id
    WHERE i.status = 'accepted'"""
_INVOICE = "SELECT id, invoice_number, currency, status FROM invoice WHERE id = ANY(%(ids)s) ORDER BY id"
_LINE = """
    SELECT i.id, l.line, l.amount_cents, l.charges_cents, l.quantity, l.quantity_scale, l.unit, l.hts_number, l.origin,
        l.description
    FROM invoice i JOIN invoice_line l ON l.version_id = i.version_id
    WHERE i.id = ANY(%(ids)s) AND i.status = 'accepted' ORDER BY 1, 2"""
#: The versions are named, and so is their range: BRIN then skips what lies outside.
_OF = "version_id = ANY(%(versions)s) AND version_id BETWEEN %(low)s AND %(high)s"
_DECLARED = f"""
    SELECT l.version_id, l.line, l.origin, coalesce((SELECT string_agg(r.text, ' ' ORDER BY r.record) FROM remark r
        WHERE r.version_id = l.version_id AND r.line = l.line AND r.kind = 'description'), '')
    FROM line l WHERE l.{_OF.replace(" AND version_id", " AND l.version_id")} ORDER BY 1, 2"""
_TARIFF = f"""
    SELECT version_id, line, tariff, hts_number, value_cents, quantity_1, unit_1, quantity_2, unit_2
    FROM tariff WHERE {_OF} ORDER BY 1, 2, 3"""
_REFERENCE = f"SELECT version_id, line, record, invoice_number FROM invoice_reference WHERE {_OF} ORDER BY 1, 3"
_RANGE = f'SELECT version_id, record, begin, "end" FROM invoice_range WHERE {_OF} ORDER BY 1, 2'


def replace(conn: psycopg.Connection, it: Cluster, match: pd.DataFrame, at: datetime) -> None:
    """Store what came of comparing a cluster (``transforms.invoice.match.MATCH``) in place of what stood there; part of
    the transaction that read it. Rows that say the same as before stay: most invoices of a cluster are not touched by
    one more."""
    invoices = it.invoice["invoice_id"].tolist()
    entry_of = it.link.drop_duplicates("version_id").set_index("version_id")["entry_summary_id"]
    entries = sorted(_told_of(conn, invoices) | set(entry_of.tolist()))
    entry = match["version_id"].map(entry_of).fillna(-1).astype("int64")
    new = match.rename(columns={"version_id": "entry_version_id"}).assign(entry_summary_id=entry)
    stood = table(conn, _STOOD, {"invoices": invoices, "entries": entries}, STOOD)
    gone, new = _changed(stood, new.astype({name: kind for name, kind in STOOD.items() if name != "id"}))
    conn.execute("DELETE FROM invoice_match WHERE id = ANY(%s)", [gone["id"].tolist()])
    (id,) = ids.take(conn, [len(new)])
    own = {name: keys(new[name]) for name in ("invoice_id", "entry_summary_id", "entry_version_id")}
    bulk.copy(conn, "invoice_match", new.assign(id=id, **own))
    gone, new = _changed(table(conn, _LINKED, {"invoices": invoices}, LINK), it.link)
    conn.execute(_UNLINK, [gone["invoice_id"].tolist(), gone["entry_summary_id"].tolist()])
    bulk.copy(conn, "invoice_entry", new.rename(columns={"version_id": "entry_version_id"}))
    told = _summed(it, match)
    conn.execute(_TELL, {"at": at, **{str(name): told[name].astype(object).tolist() for name in told}})


def _changed(stood: pd.DataFrame, new: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Rows that stood and stand no longer, and rows that are new; ``stood`` may have an ``id`` that is not compared."""
    columns = list(new.columns)
    both = stood.merge(new, "outer", columns, indicator="side")
    return both[both["side"].eq("left_only")], both.loc[both["side"].eq("right_only"), columns]


#: Rows of ``invoice_match``; -1 where there is no invoice, entry summary or version.
STOOD = {
    **dict.fromkeys(("id", "invoice_id", "line", "entry_summary_id", "entry_version_id", "declared_line"), "int64"),
    "state": "str",
    **dict.fromkeys(("step", "score"), "int64"),
    "differences": "str",
    "invoiced_lines": "int64",
    **dict.fromkeys(("invoiced_cents", "declared_cents", "difference_cents"), "Int64"),
}
# Declared lines without invoice stand under their entry: those of the entries compared, and those of entries that no
# invoice belongs to any more.
_ROW = """id, coalesce(invoice_id, -1), line, coalesce(entry_summary_id, -1), coalesce(entry_version_id, -1),
    declared_line, state, step, score, differences, invoiced_lines, invoiced_cents, declared_cents, difference_cents"""
_STOOD = f"""
    SELECT {_ROW} FROM invoice_match WHERE invoice_id = ANY(%(invoices)s)
    UNION ALL SELECT {_ROW} FROM invoice_match WHERE invoice_id IS NULL AND entry_summary_id = ANY(%(entries)s)"""
_LINKED = """
    SELECT invoice_id, entry_summary_id, entry_version_id, by FROM invoice_entry WHERE invoice_id = ANY(%(invoices)s)"""
_UNLINK = """
    DELETE FROM invoice_entry k USING unnest(%s::bigint[], %s::bigint[]) AS n (invoice_id, entry_summary_id)
    WHERE k.invoice_id = n.invoice_id AND k.entry_summary_id = n.entry_summary_id"""
_TELL = """
    UPDATE invoice i SET match_state = n.state, matched_lines = n.matched, different_lines = n.different,
        missing_lines = n.missing, uninvoiced_lines = n.uninvoiced, difference_cents = n.cents, matched_at = %(at)s
    FROM unnest(%(id)s::bigint[], %(state)s::text[], %(matched)s::int[], %(different)s::int[], %(missing)s::int[],
        %(uninvoiced)s::int[], %(cents)s::bigint[]) AS n (id, state, matched, different, missing, uninvoiced, cents)
    WHERE i.id = n.id AND (i.matched_at IS NULL OR (i.match_state, i.matched_lines, i.different_lines, i.missing_lines,
        i.uninvoiced_lines, i.difference_cents) IS DISTINCT FROM
        (n.state, n.matched, n.different, n.missing, n.uninvoiced, n.cents))"""


def _summed(it: Cluster, match: pd.DataFrame) -> pd.DataFrame:
    """Of each invoice: how many of its lines are in which state, how many lines of its entries have no invoice, and
    invoiced less declared over what was compared: a declared line with lines of several invoices counts with each."""
    lines = match[match["line"] > 0]
    told = it.invoice[["invoice_id", "status"]].rename(columns={"invoice_id": "id"})
    for state in ("matched", "different", "missing"):
        count = lines[lines["state"].eq(state)].groupby("invoice_id").size()
        told[state] = told["id"].map(count).fillna(0).astype("int64")
    alone = match[match["state"].eq("uninvoiced")].groupby("version_id").size()
    without = it.link.assign(lines=it.link["version_id"].map(alone).fillna(0)).groupby("invoice_id")["lines"].sum()
    told["uninvoiced"] = told["id"].map(without).fillna(0).astype("int64")
    groups = lines[lines["difference_cents"].notna()].drop_duplicates(["invoice_id", "version_id", "declared_line"])
    told["cents"] = told["id"].map(groups.groupby("invoice_id")["difference_cents"].sum()).astype("Int64")
    differs = told[["different", "missing", "uninvoiced"]].sum(axis=1) > 0
    waiting = ~told["id"].isin(it.link["invoice_id"])
    gone = told["status"].ne("accepted")
    told["state"] = np.select([gone, waiting, differs], ["", "waiting", "different"], "matched")
    told["cents"] = told["cents"].astype(object).where(told["cents"].notna(), None)
    return told.drop(columns="status")
