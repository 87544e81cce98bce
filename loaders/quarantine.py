"""What was set aside, for an operator to look at and, once mended, to put back (:func:`loaders.intake.requeue`)."""

from __future__ import annotations

import pandas as pd
import psycopg

from .query import table

ASIDE = {
    "interchange_id": "int64",
    **dict.fromkeys(("account", "name", "sha256"), "str"),
    "received_at": "datetime64[us, UTC]",
    "reason": "str",
}


def quarantined(conn: psycopg.Connection, what: str = "") -> pd.DataFrame:
    """The interchanges in quarantine (:data:`ASIDE`), oldest first: all of them, or those that came under the file name
    ``what`` or whose sha256 begins with it (eight digits or more). ``name`` is the first a file came under.
    """
    return table(conn, _ASIDE, {"what": what, "sha256": what.lower()}, ASIDE)


_ASIDE = """
    SELECT i.id, a.number, coalesce((SELECT name FROM arrival WHERE interchange_id = i.id ORDER BY id LIMIT 1), ''),
        i.sha256, i.received_at, i.reason
    FROM interchange i JOIN account a ON a.id = i.account_id
    WHERE i.state = 'quarantined' AND (%(what)s = ''
        OR EXISTS (SELECT FROM arrival WHERE interchange_id = i.id AND name = %(what)s)
        OR (length(%(sha256)s) >= 8 AND starts_with(i.sha256, %(sha256)s)))
    ORDER BY i.id"""
