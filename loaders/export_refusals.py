"""What exporters hear of a file of export filings: actions that were refused, what was said of any, and which refusals
were mended by it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import pandas as pd
import psycopg

from . import bulk, ids

#: The condition of who files without an authority (docs/exports.md).
NO_AUTHORITY = "T05"


@dataclass(frozen=True, slots=True)
class Saying:
    """``refusals``: ``exporter_account_id transaction_id record reference action code export_date destination lines
    value_cents`` of each action that was rejected; ``accepted``: ``exporter_account_id reference record`` of each that
    was not; ``conditions``: ``exporter_account_id transaction_id record element code severity narrative why mend
    found``, those of an action in their order. ``sender`` sent the file ``interchange_id``, ``at`` is when.
    """

    refusals: pd.DataFrame
    accepted: pd.DataFrame
    conditions: pd.DataFrame
    sender: int
    interchange_id: int
    at: datetime


def say(conn: psycopg.Connection, what: Saying) -> None:
    """Write it, in the caller's transaction, and note at each refused action that is mended when it was."""
    sent = {"filer_account_id": what.sender}
    if len(what.refusals):
        (keys,) = ids.take(conn, [len(what.refusals)])
        columns = ["exporter_account_id", "transaction_id", "record", "reference", "action", "code", "export_date",
                   "destination", "lines", "value_cents"]  # fmt: skip
        rows = what.refusals[columns].assign(id=keys, interchange_id=what.interchange_id, refused_at=what.at, **sent)
        bulk.copy(conn, "export_refusal", rows)
    if len(what.conditions):
        columns = ["exporter_account_id", "transaction_id", "record", "element", "code", "severity", "narrative", "why",
                   "mend", "found"]  # fmt: skip
        rows = what.conditions[columns].reset_index(drop=True)
        bulk.copy(conn, "export_condition", rows.assign(ordinal=rows.groupby("transaction_id").cumcount() + 1, **sent))
    if len(what.accepted):
        conn.execute(
            _MENDED,
            {
                "accounts": what.accepted["exporter_account_id"].tolist(),
                "references": what.accepted["reference"].tolist(),
                "records": what.accepted["record"].tolist(),
                "sender": what.sender,
                "file": what.interchange_id,
                "at": what.at,
                "no_authority": NO_AUTHORITY,
            },
        )


# A refused action is mended by the next one on the same shipment that is accepted, whoever sent it: its filer may not
# see the filing of another. Who was refused for want of an authority learns nothing of what others file.
_MENDED = """
    UPDATE export_refusal r SET mended_at = %(at)s
    FROM (
        SELECT account, reference, max(record) AS record
        FROM unnest(%(accounts)s::bigint[], %(references)s::text[], %(records)s::int[]) t (account, reference, record)
        GROUP BY 1, 2
    ) a
    WHERE r.exporter_account_id = a.account AND r.reference = a.reference AND r.mended_at IS NULL
    AND (r.interchange_id <> %(file)s OR r.record < a.record)
    AND (r.filer_account_id = %(sender)s OR NOT EXISTS (
        SELECT FROM export_condition c WHERE c.transaction_id = r.transaction_id AND c.code = %(no_authority)s))"""
