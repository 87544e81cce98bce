"""What a firm's ledger is compared with: every entry on its numbers, whoever filed it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
import psycopg

from loaders.query import table

ENTRY = {
    "entry": "str",
    "entry_summary_id": "int64",
    "status": "str",
    "date": "datetime64[s]",
    **dict.fromkeys(("duty_cents", "fee_cents", "total_cents"), "int64"),
}


def entries(conn: psycopg.Connection[Any], account_ids: Sequence[int]) -> pd.DataFrame:
    """All entries of the accounts as they stand (:data:`ENTRY`), also those that were withdrawn (``status``
    ``deleted``). ``date`` is that of entry; before it is known that of arrival, or of acceptance. The total is duty,
    taxes, fees, antidumping and countervailing duty, and other revenue, as on the summary."""
    return table(conn, _ENTRIES, {"ids": list(account_ids)}, ENTRY)


_ENTRIES = """
    SELECT e.filer_code || e.entry_number, e.id, e.status,
        coalesce(v.entry_date, v.arrival_date, (v.accepted_at AT TIME ZONE 'America/New_York')::date),
        coalesce(v.total_duty_cents, 0), coalesce(v.total_fee_cents, 0),
        coalesce(v.total_duty_cents, 0) + coalesce(v.total_tax_cents, 0) + coalesce(v.total_fee_cents, 0)
            + coalesce(v.total_ad_cents, 0) + coalesce(v.total_cvd_cents, 0) + coalesce(v.total_other_cents, 0)
    FROM entry_summary e JOIN entry_summary_version v ON v.id = e.version_id
    WHERE e.importer_account_id = ANY(%(ids)s) ORDER BY e.id"""
