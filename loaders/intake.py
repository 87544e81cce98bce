"""From an arrival to a shard: hand out what came by sender, read what rules must know, take back what a dead worker
held.

Who holds what. A shard is *claimed* when a row says so. While it is, each of its senders has a row in ``lane`` (its
key is the sender) and is not handed out again, so one sender's files are computed in arrival order by one worker. A
shard is *taken* by the worker that computes it: the worker's session holds an advisory lock, which PostgreSQL releases
the moment the session ends, however it ends. So :func:`recover` needs no clock for a taken shard: taken and not locked
means dead. Only a shard that nobody took yet goes back after a lease. None of this is what makes an answer unique:
publishing locks the shard's row and does nothing unless it is still claimed.

A file may be what its workers die of (it needs more memory than there is): a shard counts how often it was taken and
came to no end, and after :data:`TRIES` of them nobody takes it again. Its files are then computed each by itself, and
the one that goes on killing is set aside.

The advisory lock belongs to the session: do not put a transaction-pooling proxy between workers and server.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pandas as pd
import psycopg

from .arrivals import UnknownSender as UnknownSender
from .arrivals import arrive as arrive

#: How long a claimed shard may wait to be taken.
LEASE = timedelta(minutes=10)
#: Workers that may die of one shard, and then of one file by itself.
TRIES = 3
#: Advisory locks are 64-bit numbers shared by all who use the database: this one plus the id of the shard.
LOCK_SHARD = 7102 << 40


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one claim hands out: ``senders`` at most; shards of ``bytes`` and ``files`` at most (but at least one
    file), about one for each of ``workers``, unless that made them smaller than ``together`` bytes.
    """

    senders: int = 1_000
    bytes: int = 64 * 2**20
    files: int = 5_000
    workers: int = 2
    together: int = 4 * 2**20


@dataclass(frozen=True, slots=True)
class Shard:
    """Interchanges to be computed together: all that is claimed of each of its senders, and of nobody else.

    ``interchanges`` is in arrival order, its position is the position of the file in the shard: ``interchange_id``,
    ``account_id`` and ``sender`` (the account's number), ``sha256``, ``size`` (bytes), ``name`` (of the first
    arrival), ``received_at``.
    """

    id: int
    mode: str
    interchanges: pd.DataFrame

    @property
    def label(self) -> str:
        """A line for the operator: senders, number of files, volume."""
        files, megabytes = len(self.interchanges), int(self.interchanges["size"].sum()) / 1e6
        senders = self.interchanges["sender"].unique()
        who = senders[0] if len(senders) == 1 else f"{len(senders)} senders"
        what = "check" if self.mode == "check" else "file"
        return f"{who}: {files} {what}{'s' if files != 1 else ''}, {megabytes:.1f} MB"


class ShardBusy(RuntimeError):
    """Another live worker holds the shard. Transient: it will publish or die."""


def claim(
    conn: psycopg.Connection,
    limits: Limits | None = None,
    now: datetime | None = None,
    senders: Sequence[int] | None = None,
) -> list[Shard]:
    """Cut waiting interchanges into shards and mark them claimed. Commits.

    Of each free sender the oldest waiting interchanges of one mode are taken, in arrival order, up to the limits;
    senders with little are computed together, because a shard costs about the same whether it holds one file or a
    hundred. Senders are locked with SKIP LOCKED: two workers that claim at once get different senders and neither
    waits. The longest waiting sender comes first; with ``senders`` (account ids) only these are looked at. ``now`` is
    an instant with time zone (the server's clock if not given).
    """
    limits = limits or Limits()
    these = None if senders is None else list(senders)
    with conn.transaction():
        free = [account for (account,) in conn.execute(_FREE_SENDERS, [these, these, limits.senders]).fetchall()]
        rows = conn.execute(_WAITING, {"accounts": free, "bytes": limits.bytes, "files": limits.files}).fetchall()
        waiting = pd.DataFrame(rows, columns=["id", "account_id", "mode", "bytes", "alone", "day"])
        ids = []
        for _, part in waiting.groupby(_packed(waiting, limits)):
            made = {
                "mode": part["mode"].iloc[0],
                "ids": part["id"].tolist(),
                "bytes": int(part["bytes"].sum()),
                "now": now,
            }
            ids.append(_one(conn.execute(_MAKE, made | {"accounts": part["account_id"].unique().tolist()})))
        conn.execute(_CLAIMED, [ids])
    return _shards(conn, ids)


def _packed(waiting: pd.DataFrame, limits: Limits) -> pd.Series:
    """A number per waiting interchange: those of a sender stay together, senders share up to the size of a shard.

    That size leaves every worker something to do. An interchange marked ``alone`` shares with nobody. A shard is judged
    by the rules of one business day, so midnight in New York cuts it.
    """
    size = max(limits.together, min(limits.bytes, -(-int(waiting["bytes"].sum()) // max(1, limits.workers))))
    shard, number, kind, volume, files = {}, 0, None, 0, 0
    for account, part in waiting.groupby("account_id", sort=False):
        key = (part["mode"].iloc[0], part["day"].iloc[0], account if part["alone"].any() else None)
        if key != kind or volume >= size or files + len(part) > limits.files:
            number, kind, volume, files = number + 1, key, 0, 0
        volume, files = volume + int(part["bytes"].sum()), files + len(part)
        shard[account] = number
    return waiting["account_id"].map(shard)


# A sender may be claimed and released by another worker between the snapshot of this statement and its lock,
# so the cut, a statement of its own and under the lock, looks again. NO KEY: arrivals and answers that merely
# refer to the account do not wait.
_FREE_SENDERS = """
    WITH waiting AS (
        SELECT account_id, min(id) AS first FROM interchange WHERE state = 'received' GROUP BY account_id
    )
    SELECT account.id FROM account JOIN waiting ON waiting.account_id = account.id
    WHERE NOT EXISTS (SELECT FROM lane WHERE lane.account_id = account.id)
    AND (%s::bigint[] IS NULL OR account.id = ANY(%s))
    ORDER BY waiting.first LIMIT %s
    FOR NO KEY UPDATE OF account SKIP LOCKED"""
_WAITING = """
    WITH received AS (
        SELECT *, (received_at AT TIME ZONE 'America/New_York')::date AS day
        FROM interchange WHERE account_id = ANY(%(accounts)s) AND state = 'received'
        AND NOT EXISTS (SELECT FROM lane WHERE lane.account_id = interchange.account_id)
    ), waiting AS (
        SELECT id, account_id, mode, bytes, alone, day, min(id) OVER (PARTITION BY account_id) AS first,
               sum(bytes) OVER w AS volume, row_number() OVER w AS n,
               count(*) FILTER (WHERE mode = 'file') OVER w AS filed,
               count(*) FILTER (WHERE mode = 'check') OVER w AS checked,
               count(*) FILTER (WHERE alone) OVER w AS apart,
               min(day) OVER w = max(day) OVER w AS one_day
        FROM received WINDOW w AS (PARTITION BY account_id ORDER BY id)
    )
    SELECT id, account_id, mode, bytes, alone, day FROM waiting
    WHERE n = 1 OR ((filed = 0 OR checked = 0) AND apart = 0 AND one_day AND volume <= %(bytes)s AND n <= %(files)s)
    ORDER BY first, id"""
_MAKE = """
    WITH made AS (
        INSERT INTO shard (mode, files, bytes, claimed_at)
        VALUES (%(mode)s, cardinality(%(ids)s::bigint[]), %(bytes)s, coalesce(%(now)s, now())) RETURNING id
    ), held AS (
        UPDATE interchange SET state = 'claimed', shard_id = made.id FROM made WHERE interchange.id = ANY(%(ids)s)
    ), lanes AS (
        INSERT INTO lane (account_id, shard_id) SELECT account, made.id FROM made, unnest(%(accounts)s::bigint[]) AS
        account
    )
    SELECT id FROM made"""
_CLAIMED = """
    INSERT INTO event (at, step, interchange_id, detail)
    SELECT s.claimed_at, 'claimed', i.id, 'shard ' || s.id
    FROM shard s JOIN interchange i ON i.shard_id = s.id WHERE s.id = ANY(%s)"""
#: A shard that has ended lets its senders go; to be run in the transaction that ends it.
LET_GO = "DELETE FROM lane WHERE shard_id = ANY(%s)"


def senders(conn: psycopg.Connection, shard_id: int) -> list[int]:
    """The accounts whose files a shard holds or held."""
    return [id for (id,) in conn.execute("SELECT DISTINCT account_id FROM interchange WHERE shard_id = %s", [shard_id])]


def waiting(conn: psycopg.Connection) -> bool:
    """Whether :func:`claim` would find something now: files of a sender that no shard holds."""
    return bool(_one(conn.execute(_SOMETHING_WAITS)))


_SOMETHING_WAITS = """
    SELECT EXISTS (SELECT FROM interchange i WHERE state = 'received'
    AND NOT EXISTS (SELECT FROM lane WHERE lane.account_id = i.account_id))"""


def take(conn: psycopg.Connection, shard_id: int, now: datetime | None = None) -> Shard | None:
    """Take a claimed shard for computing; ``None`` if it is answered already, was given back, or cost
    :data:`TRIES` workers and is left to :func:`recover`. Commits.

    The hold lasts until :func:`release` or the end of the connection's session.

    Raises
        ShardBusy: another live worker holds it.
    """
    with conn.transaction():
        if not _one(conn.execute("SELECT pg_try_advisory_lock(%s)", [LOCK_SHARD + shard_id])):
            raise ShardBusy(f"shard {shard_id} is held by another worker")
        taken = conn.execute(
            """UPDATE shard SET taken_at = coalesce(%s, now()), tries = tries + 1
            WHERE id = %s AND state = 'claimed' AND tries < %s RETURNING id""",
            [now, shard_id, TRIES],
        ).fetchone()
    if taken is None:
        release(conn, shard_id)
        return None
    return _shards(conn, [shard_id])[0]


def release(conn: psycopg.Connection, shard_id: int) -> None:
    """Let go of a shard taken on this connection."""
    conn.execute("SELECT pg_advisory_unlock(%s)", [LOCK_SHARD + shard_id])


def spare(conn: psycopg.Connection, shard_id: int) -> None:
    """Do not count the present try of a shard: what stopped it passes by itself and was not the shard's doing."""
    conn.execute("UPDATE shard SET tries = tries - 1 WHERE id = %s AND state = 'claimed'", [shard_id])


def recover(conn: psycopg.Connection, now: datetime | None = None, lease: timedelta = LEASE) -> list[int]:
    """Give the shards of dead workers back: their interchanges wait again, in their old order. Returns the ids of
    those shards. Commits.

    Dead is a shard that was taken and whose advisory lock nobody holds, or one that nobody took within ``lease``
    of its claim. Of interchanges that cost :data:`TRIES` workers together with others each is computed alone the next
    time, and one that cost so many alone is set aside (:func:`quarantine`).
    """
    values = {"now": now, "lease": lease, "lock": LOCK_SHARD, "tries": TRIES, "reason": DEADLY}
    with conn.transaction():
        dead = [id for (id,) in conn.execute(_RECOVER, values).fetchall()]
        conn.execute(LET_GO, [dead])
    return dead


#: What is said of a file that is set aside because of the workers it cost.
DEADLY = (
    f"{TRIES} workers ended while they computed this file by itself; most often it needs more memory than there is "
    "(give the workers more, then put the file back)"
)
# pg_try_advisory_xact_lock is the test whether the worker lives; it is evaluated only for rows that are
# candidates (CASE keeps the order), and ours is released with this transaction. A worker that comes back
# meanwhile finds the shard abandoned.
_RECOVER = """
    WITH dead AS MATERIALIZED (
        SELECT id FROM shard WHERE state = 'claimed' AND CASE
            WHEN taken_at IS NULL THEN claimed_at < coalesce(%(now)s, now()) - %(lease)s ELSE true END
        FOR UPDATE SKIP LOCKED
    ), given_back AS (
        UPDATE shard SET state = 'abandoned', finished_at = coalesce(%(now)s, now())
        WHERE id IN (SELECT id FROM dead WHERE pg_try_advisory_xact_lock(%(lock)s + id)) RETURNING id, files, tries
    ), held AS (
        SELECT i.id, g.id AS shard_id, i.tries + g.tries AS tries, i.tries + g.tries >= %(tries)s AS spent,
               g.files = 1 AS alone FROM given_back g JOIN interchange i ON i.shard_id = g.id AND i.state = 'claimed'
    ), ended AS (
        UPDATE interchange i SET
            state = CASE WHEN held.spent AND held.alone THEN 'quarantined' ELSE 'received' END,
            reason = CASE WHEN held.spent AND held.alone THEN %(reason)s ELSE '' END,
            shard_id = CASE WHEN held.spent AND held.alone THEN held.shard_id END,
            alone = i.alone OR held.spent,
            tries = CASE WHEN held.spent THEN 0 ELSE held.tries END
        FROM held WHERE i.id = held.id RETURNING i.id, held.shard_id, i.state
    ), told AS (
        INSERT INTO event (at, step, interchange_id, detail)
        SELECT coalesce(%(now)s, now()), CASE state WHEN 'received' THEN 'returned' ELSE state END, id,
               CASE state WHEN 'received' THEN 'shard ' || shard_id ELSE %(reason)s END FROM ended
    )
    SELECT id FROM given_back ORDER BY id"""


def quarantine(conn: psycopg.Connection, shard_id: int, reason: str, now: datetime | None = None) -> bool:
    """Set the files of a shard aside for an operator, with the reason; ``False`` if it is no longer claimed.
    Commits.
    """
    with conn.transaction():
        ended = bool(conn.execute(_QUARANTINE, {"shard": shard_id, "reason": reason, "now": now}).rowcount)
        if ended:
            conn.execute(LET_GO, [[shard_id]])
    return ended


_QUARANTINE = """
    WITH ended AS (
        UPDATE shard SET state = 'quarantined', finished_at = coalesce(%(now)s, now())
        WHERE id = %(shard)s AND state = 'claimed' RETURNING id
    ), aside AS (
        UPDATE interchange SET state = 'quarantined', reason = %(reason)s
        FROM ended WHERE shard_id = ended.id RETURNING interchange.id
    )
    INSERT INTO event (at, step, interchange_id, detail)
    SELECT coalesce(%(now)s, now()), 'quarantined', id, %(reason)s FROM aside"""


def part(conn: psycopg.Connection, shard_id: int, reason: str, now: datetime | None = None) -> bool:
    """Give the files of a shard back, each to be computed alone, because together they cannot be stored; ``False`` if
    the shard is no longer claimed. Commits.
    """
    with conn.transaction():
        ended = bool(conn.execute(_PART, {"shard": shard_id, "reason": reason, "now": now}).rowcount)
        if ended:
            conn.execute(LET_GO, [[shard_id]])
    return ended


_PART = """
    WITH ended AS (
        UPDATE shard SET state = 'abandoned', finished_at = coalesce(%(now)s, now())
        WHERE id = %(shard)s AND state = 'claimed' RETURNING id
    ), waiting AS (
        UPDATE interchange SET state = 'received', shard_id = NULL, alone = true
        FROM ended WHERE shard_id = ended.id RETURNING interchange.id
    )
    INSERT INTO event (at, step, interchange_id, detail)
    SELECT coalesce(%(now)s, now()), 'returned', id, %(reason)s FROM waiting"""


#: Columns of :func:`read_state` with their pandas types.
STATE = {
    "entry_summary_id": "int64",
    "filer_code": "str",
    "entry_number": "str",
    "status": "str",
    "control": "str",
    "broker_reference": "str",
    "importer_number": "str",
    "sequence": "int64",
    "version_number": "str",
    "rejected": "bool",
    "statement_status": "str",
    "statement_date": "datetime64[s]",
    "paid": "bool",
}


def read_state(conn: psycopg.Connection, keys: pd.DataFrame) -> pd.DataFrame:
    """The present state of the entries that ``keys`` (``filer_code``, ``entry_number``) names, in one query; those
    not on file are absent.

    Columns are :data:`STATE`. ``statement_status`` is NA and ``statement_date`` NaT when the entry is on no statement.
    """
    unique = keys[["filer_code", "entry_number"]].drop_duplicates()
    rows = conn.execute(_STATE, [unique["filer_code"].tolist(), unique["entry_number"].tolist()]).fetchall()
    return pd.DataFrame(rows, columns=list(STATE)).astype(STATE)


#: A summary that was taken off its statement is its filer's again, though customs had it (E1 note 5, page ESF-206).
_EXPRESSIONS = {
    "entry_summary_id": "e.id",
    "status": """CASE WHEN e.status <> 'accepted' THEN e.status WHEN e.statement_status = 'removed' THEN 'off_statement'
        WHEN e.statement_status = 'refiled' THEN 'refiled' ELSE e.status END""",
    "paid": "e.paid_at IS NOT NULL",
}
_STATE = f"""
    SELECT {", ".join(_EXPRESSIONS.get(name, f"e.{name}") for name in STATE)}
    FROM unnest(%s::text[], %s::text[]) AS k (filer_code, entry_number) JOIN entry_summary e USING (filer_code,
    entry_number) ORDER BY e.filer_code, e.entry_number"""


def _shards(conn: psycopg.Connection, ids: list[int]) -> list[Shard]:
    rows = conn.execute(_SHARDS, [ids]).fetchall()
    columns = ["id", "mode", "interchange_id", "account_id", "sender", "sha256", "size", "name", "received_at"]
    table = pd.DataFrame(rows, columns=columns)
    return [
        Shard(group["id"].iloc[0].item(), group["mode"].iloc[0], group[columns[2:]].reset_index(drop=True))
        for _, group in table.groupby("id", sort=False)
    ]


_SHARDS = """
    SELECT s.id, s.mode, i.id, i.account_id, account.number, i.sha256, i.bytes, first.name, i.received_at
    FROM shard s JOIN interchange i ON i.shard_id = s.id JOIN account ON account.id = i.account_id
    CROSS JOIN LATERAL (SELECT name FROM arrival WHERE interchange_id = i.id ORDER BY id LIMIT 1) first
    WHERE s.id = ANY(%s) ORDER BY s.id, i.id"""


def _one(cursor: psycopg.Cursor) -> Any:
    row = cursor.fetchone()
    assert row is not None
    return row[0]


def requeue(conn: psycopg.Connection, interchange_ids: list[int], now: datetime | None = None) -> int:
    """Let quarantined interchanges wait again (an operator's decision); returns how many did. Commits."""
    with conn.transaction():
        return conn.execute(_REQUEUE, {"ids": interchange_ids, "now": now}).rowcount


_REQUEUE = """
    WITH again AS (
        UPDATE interchange SET state = 'received', reason = '', shard_id = NULL
        WHERE id = ANY(%(ids)s) AND state = 'quarantined' RETURNING id
    )
    INSERT INTO event (at, step, interchange_id, detail)
    SELECT coalesce(%(now)s, now()), 'requeued', id, '' FROM again"""
