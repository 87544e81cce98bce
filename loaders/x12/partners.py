"""Partner profiles: what is agreed with an account about X12, on a day."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

import psycopg


@dataclass(frozen=True, slots=True)
class Partner:
    """A profile (``loaders.schema.x12.X12Partner``); ``releases`` maps a set to the release it may use,
    ``read_as`` a release without maps to the one by whose maps it is read."""

    account_id: int
    account: str
    qualifier: str
    identifier: str
    group_id: str = ""
    releases: dict[str, str] = field(default_factory=dict)
    acknowledgment: str = "auto"
    separators: str = ""
    strict: bool = False
    status_messages: str = "ax"
    payment_advice: bool = False
    read_as: dict[str, str] = field(default_factory=dict)

    @property
    def own_group_id(self) -> str:
        """How it is addressed in GS03."""
        return self.group_id or self.identifier


def of(conn: psycopg.Connection, account_ids: list[int], today: date) -> list[Partner]:
    """The profiles of some accounts that hold on ``today``; of several for one id the one that began last."""
    return _partners(conn, "p.account_id = ANY(%(accounts)s)", {"accounts": account_ids, "today": today})


def all_(conn: psycopg.Connection, today: date) -> list[Partner]:
    """Every profile that holds on ``today``."""
    return _partners(conn, "true", {"today": today})


def _partners(conn: psycopg.Connection, which: str, values: dict) -> list[Partner]:
    rows = conn.execute(_PARTNERS.format(which=which), values).fetchall()
    return [_partner(*row) for row in rows]


def _partner(
    account_id: int,
    account: str,
    qualifier: str,
    identifier: str,
    group_id: str,
    releases: str,
    acknowledgment: str,
    separators: str,
    strictness: str,
    status_messages: str,
    payment_advice: bool,
    read_as: str,
) -> Partner:
    strict = strictness == "strict"
    return Partner(
        *(account_id, account, qualifier, identifier, group_id, _pairs(releases)),
        *(acknowledgment, separators, strict, status_messages, payment_advice, _pairs(read_as)),
    )


def _pairs(text: str) -> dict[str, str]:
    """``810=004010 601=004050`` as a mapping."""
    return dict(pair.split("=") for pair in text.split())


_PARTNERS = """
    SELECT DISTINCT ON (a.number, p.qualifier, p.identifier)
        p.account_id, a.number, p.qualifier, p.identifier, p.group_id, p.releases, p.acknowledgment, p.separators,
        p.strictness, p.status_messages, p.payment_advice, p.read_as
    FROM x12_partner p JOIN account a ON a.id = p.account_id
    WHERE {which} AND p.valid_from <= %(today)s AND (p.valid_to IS NULL OR p.valid_to >= %(today)s)
    ORDER BY a.number, p.qualifier, p.identifier, p.valid_from DESC"""
