"""Export filings searched, a page at a time: those on file, and actions that were refused; and their commodities as the
rows of a download. A page goes on from the last row of the one before (``before``, an id)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import Any, NamedTuple

from loaders.portal.importer.hub import Conn, Rows

#: More than so many are not counted.
COUNTED = 10_000
#: What a filing may be: ``action`` is what somebody has to mend, a refused action that no later one of the same
#: shipment mended, or a filing that was accepted with something to correct or to verify.
STATES = ("action", "rejected", "accepted", "cancelled")


class Whose(NamedTuple):
    """Accounts, and what they are to a filing: its ``exporter``, the ``filer`` that sent it, or ``either`` of these."""

    accounts: Sequence[int]
    side: str = "exporter"


#: Every filing that row-level security lets through.
ALL = Whose((), "any")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is searched for; what is not given is everything. ``reference``, ``itn`` and ``number`` (Schedule B or
    tariff number) may be beginnings, ``filer`` is the public id of an agent, ``exporter``
    the key of an exporter's account; dates are of export."""

    state: str = ""
    reference: str = ""
    itn: str = ""
    number: str = ""
    destination: str = ""
    filer: str = ""
    exporter: int = 0
    since: date | None = None
    until: date | None = None
    late: bool = False


_BOTH = {
    "reference": "starts_with(f.reference, %(reference)s)",
    "destination": "f.destination = %(destination)s",
    "filer": "f.filer_account_id = ANY(%(filers)s)",
    "exporter": "f.exporter_account_id = %(exporter)s",
    "since": "f.export_date >= %(since)s",
    "until": "f.export_date <= %(until)s",
}
_FILED = {
    **_BOTH,
    "itn": "starts_with(f.itn, %(itn)s)",
    "number": """EXISTS (SELECT FROM export_line l WHERE l.version_id = f.version_id
        AND starts_with(l.number, %(number)s))""",
    "late": "f.days_late > 0",
}
_EXPORTER, _FILER = (f"f.{side}_account_id = ANY(%(accounts)s)" for side in ("exporter", "filer"))
#: A condition on the accounts of a filing or refused action ``f``, by :attr:`Whose.side`.
MINE = {"exporter": _EXPORTER, "filer": _FILER, "either": f"({_EXPORTER} OR {_FILER})", "any": "true"}
#: The dispositions that ask for a correction or a verification (``transforms.export.lifecycle.FINAL``); a compliance
#: alert tells of what cannot be mended any more.
TO_MEND = ("971", "972", "975", "976", "979", "980")
WANTS_MENDING = f"""f.status = 'filed' AND f.severity = 'W' AND EXISTS (SELECT FROM export_filing_version v
        WHERE v.id = f.version_id AND v.code IN ({", ".join(f"'{code}'" for code in TO_MEND)}))"""
# Who looks may not see the filing that mended an action: another agent's.
_NEVER_MENDED = """f.mended_at IS NULL
    AND NOT EXISTS (SELECT FROM export_filing g WHERE g.exporter_account_id = f.exporter_account_id
        AND g.reference = f.reference AND g.changed_at > f.refused_at)
    AND NOT EXISTS (SELECT FROM export_refusal g WHERE g.exporter_account_id = f.exporter_account_id
        AND g.reference = f.reference AND g.id > f.id)"""
_FILED_STATES = {
    "action": WANTS_MENDING,
    "rejected": "false",
    "accepted": "f.status = 'filed'",
    "cancelled": "f.status = 'cancelled'",
}
_REFUSED_STATES = {"action": _NEVER_MENDED, "rejected": "true", "accepted": "false", "cancelled": "false", "": "true"}


def _filed(side: str, wanted: Wanted) -> str:
    asked = [which for name, which in _FILED.items() if getattr(wanted, name)]
    return " AND ".join([MINE[side], *asked, *([_FILED_STATES[wanted.state]] if wanted.state else [])])


def _refused(side: str, wanted: Wanted) -> str:
    """Of what was refused nothing is on file but what its header names."""
    if wanted.itn or wanted.number or wanted.late:
        return "false"
    asked = [which for name, which in _BOTH.items() if getattr(wanted, name)]
    return " AND ".join([MINE[side], *asked, _REFUSED_STATES[wanted.state]])


def _values(accounts: Sequence[int], wanted: Wanted, filers: Sequence[int], **more: Any) -> dict[str, Any]:
    given = {it.name: getattr(wanted, it.name) for it in fields(wanted)}
    return given | {"accounts": list(accounts), "filers": list(filers)} | more


_ROWS = """
    SELECT rows.*, coalesce(a.name, p.name, '') AS exporter_name FROM (
        (SELECT f.id, f.exporter_account_id, f.version_id, 'filing' AS what, f.reference, f.itn, f.status,
            f.severity, f.filer_account_id, f.export_date,
            f.destination, f.lines, f.value_cents, f.days_late, f.changed_at AS at, f.sequence, '' AS action,
            {to_mend} AS to_mend
        FROM export_filing f WHERE {filed}{below} ORDER BY f.id DESC LIMIT %(limit)s)
        UNION ALL
        (SELECT f.id, f.exporter_account_id, NULL, 'refusal', f.reference, '', 'rejected',
            'F', f.filer_account_id, f.export_date,
            f.destination, f.lines, f.value_cents, 0, f.refused_at, 0, f.action, false
        FROM export_refusal f WHERE {refused}{below} ORDER BY f.id DESC LIMIT %(limit)s)
    ) rows LEFT JOIN account a ON a.id = rows.exporter_account_id
    LEFT JOIN LATERAL (
        SELECT name FROM export_party WHERE version_id = rows.version_id AND role = 'exporter' LIMIT 1
    ) p ON true ORDER BY rows.id DESC LIMIT %(limit)s"""


def page(conn: Conn, whose: Whose, wanted: Wanted, filers: Sequence[int], before: int | None, limit: int) -> Rows:
    """The next ``limit`` filings (``what`` is ``filing``) and refused actions (``refusal``), the latest filed first;
    ``filers`` are the ids behind ``wanted.filer``."""
    below = " AND f.id < %(before)s" if before is not None else ""
    query = _ROWS.format(
        filed=_filed(whose.side, wanted), refused=_refused(whose.side, wanted), below=below, to_mend=WANTS_MENDING
    )
    return conn.execute(query, _values(whose.accounts, wanted, filers, before=before, limit=limit)).fetchall()


def count(conn: Conn, whose: Whose, wanted: Wanted, filers: Sequence[int] = (), most: int = COUNTED) -> int:
    """How many there are; ``most`` + 1 when there are more than that."""
    query = f"""SELECT count(*) AS n FROM (SELECT FROM export_filing f WHERE {_filed(whose.side, wanted)}
        UNION ALL SELECT FROM export_refusal f WHERE {_refused(whose.side, wanted)} LIMIT %(most)s) counted"""
    row = conn.execute(query, _values(whose.accounts, wanted, filers, most=most + 1)).fetchone()
    assert row is not None
    return row["n"]


def destinations(conn: Conn, whose: Whose) -> list[str]:
    """Where the latest 2,000 of these filings went."""
    query = f"SELECT DISTINCT destination FROM ({_LATELY.format(mine=MINE[whose.side])}) lately ORDER BY 1"
    return [row["destination"] for row in conn.execute(query, {"accounts": list(whose.accounts)}).fetchall()]


def exporters(conn: Conn, whose: Whose) -> Rows:
    """In whose name the latest 2,000 of these filings were made: ``exporter_account_id exporter_name``."""
    query = f"""SELECT exporter_account_id, coalesce(max(a.name), max(p.name), '') AS exporter_name
        FROM ({_LATELY.format(mine=MINE[whose.side])}) lately LEFT JOIN account a ON a.id = exporter_account_id
        LEFT JOIN export_party p ON a.id IS NULL AND p.version_id = lately.version_id AND p.role = 'exporter'
        GROUP BY 1 ORDER BY 2"""
    return conn.execute(query, {"accounts": list(whose.accounts)}).fetchall()


_LATELY = """SELECT destination, exporter_account_id, version_id FROM export_filing f WHERE {mine}
    ORDER BY id DESC LIMIT 2000"""


def commodities(conn: Conn, whose: Whose, wanted: Wanted, filers: Sequence[int], most: int) -> Iterator[dict[str, Any]]:
    """Each commodity line of what is on file and found (at most ``most`` filings), with its filing; quantities and
    weights in thousandths."""
    query = _COMMODITIES.format(filed=_filed(whose.side, wanted))
    with conn.cursor(name="commodities") as cursor:
        cursor.itersize = 5000
        cursor.execute(query, _values(whose.accounts, wanted, filers, most=most))
        yield from cursor


_COMMODITIES = """
    SELECT c.itn, c.reference, c.status, c.export_date, c.destination, v.port_of_export, v.mode, c.filer_account_id,
        v.consignee_name, c.days_late, l.line, l.number, l.description, l.origin, l.quantity_1, l.unit_1, l.quantity_2,
        l.unit_2, l.weight, l.weight_unit, l.value_cents, l.license_code, l.license_number, l.eccn
    FROM (SELECT f.* FROM export_filing f WHERE {filed} ORDER BY f.id DESC LIMIT %(most)s) c
    JOIN export_filing_version v ON v.id = c.version_id JOIN export_line l ON l.version_id = c.version_id
    ORDER BY c.id DESC, l.line"""
