"""New keys, by the block: one round trip numbers a whole publication, and no two publishers wait for each other."""

from __future__ import annotations

import numpy as np
import psycopg

from .schema import ID_BLOCK


def take(conn: psycopg.Connection, counts: list[int]) -> list[np.ndarray]:
    """For each count that many new, rising ids. A block's remainder is never used: BIGINT has room."""
    blocks = -(-sum(counts) // ID_BLOCK)
    starts = conn.execute("SELECT nextval('row_id') FROM generate_series(1, %s)", [blocks]).fetchall()
    ids = (np.array(starts, np.int64).reshape(-1, 1) + np.arange(ID_BLOCK)).ravel()
    return np.split(ids[: sum(counts)], np.cumsum(counts)[:-1])
