"""What we send unasked: statements, notices, filings. Each goes through the outbox like an answer, as the
acknowledgment of an interchange of our own making (mode ``statement``), so it is kept, traced and delivered alike.
"""

from __future__ import annotations

import hashlib
from datetime import datetime

import pandas as pd
import psycopg

from . import bulk, ids

MODE = "statement"


def send(conn: psycopg.Connection, messages: pd.DataFrame, at: datetime) -> int:
    """Put ``messages`` (``account_id kind file_name body``) into the outbox; how many. Part of the caller's
    transaction.
    """
    return len(send_each(conn, messages, at))


def send_each(conn: psycopg.Connection, messages: pd.DataFrame, at: datetime) -> list[int]:
    """:func:`send`, giving the key of the interchange that each message is now."""
    count = len(messages)
    if not count:
        return []
    interchange, arrival = (_take(conn, table, count) for table in ("interchange", "arrival"))
    (acknowledgment,) = ids.take(conn, [count])
    account, body = messages["account_id"].astype("int64").to_numpy(), messages["body"].tolist()
    names, kind = messages["file_name"].to_numpy(), messages["kind"].to_numpy()
    sha256 = [hashlib.sha256(it).hexdigest() for it in body]
    own = {"account_id": account, "received_at": at}
    interchanges = pd.DataFrame(
        own
        | {"id": interchange, "mode": MODE, "sha256": sha256, "bytes": [len(it) for it in body], "state": "answered"}
        | {"answered_at": at, "format": kind}
    )
    arrivals = pd.DataFrame(own | {"id": arrival, "interchange_id": interchange, "name": names})
    answers = pd.DataFrame(
        {
            "id": acknowledgment,
            "interchange_id": interchange,
            "account_id": account,
            "kind": messages["kind"].to_numpy(),
        }
        | {"suffix": "", "body": body, "sha256": sha256, "reference": "", "created_at": at}
    )
    deliveries = pd.DataFrame(
        {"arrival_id": arrival, "acknowledgment_id": acknowledgment, "account_id": account, "file_name": names}
    )
    bulk.copy(conn, "interchange", interchanges)
    bulk.copy(conn, "arrival", arrivals)
    bulk.copy(conn, "acknowledgment", answers)
    bulk.copy(conn, "delivery", deliveries)
    return interchange


def _take(conn: psycopg.Connection, table: str, count: int) -> list[int]:
    """New keys of a table that numbers its own rows."""
    query = "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)"
    return [id for (id,) in conn.execute(query, [table, count]).fetchall()]
