"""A home whose database holds a month of entry summaries, filled by COPY (:mod:`bench.month_tables`)."""

from __future__ import annotations

from contextlib import closing
from datetime import date
from pathlib import Path

import numpy as np
import psycopg

from bench import accounts, month_tables
from loaders import bulk, db
from loaders.schema import ID_BLOCK
from tidewaiter import database, start
from tidewaiter.settings import Settings

#: Tables that number their own rows; their keys go on after the month's.
NUMBERED = ("interchange", "arrival")


def fill(
    folder: str | Path, month: date, summaries: int, *, importers: int = 1_100, brokers: int = 150, seed: int = 1,
    months: int = 1,
) -> tuple[Settings, dict[str, int]]:  # fmt: skip
    """A new home in ``folder`` with a month of ``summaries`` entry summaries, and as many in each of the
    ``months`` that end with it; its settings, and rows by table."""
    settings = start.initialise(folder, say=lambda line: None)
    population = month_tables.people(seed, importers, brokers)
    toml = Path(folder) / "accounts.toml"
    toml.write_text(accounts.toml(population))
    start.load_accounts(settings, toml)
    rows: dict[str, int] = {}
    with closing(db.connect(database.url(settings))) as conn:
        ids = dict(conn.execute("SELECT identifier, id FROM account").fetchall())
        # foreign keys are not asked again, row by row, for rows that were drawn with their keys
        conn.execute("SET session_replication_role = replica")
        (first,) = conn.execute("SELECT nextval('row_id')").fetchone() or (1,)
        serial = np.zeros(len(population.brokers), np.int64)
        for ago in reversed(range(months)):
            its = (np.datetime64(month, "M") - ago).astype("datetime64[D]").item()
            it = month_tables.Month(its, summaries, population, ids, seed + ago)
            (file,) = conn.execute("SELECT coalesce(max(id), 0) + 1 FROM interchange").fetchone() or (1,)
            for drawn in month_tables.tables(it, first, serial, file):
                with conn.transaction():
                    for name, table in drawn.items():
                        rows[name] = rows.get(name, 0) + bulk.copy(conn, name, table)
            first += summaries
        _renumber(conn, first)
        conn.execute("VACUUM ANALYZE")  # as autovacuum has done by the end of a month
        conn.execute("CHECKPOINT")
    return settings, rows


def _renumber(conn: psycopg.Connection, after: int) -> None:
    conn.execute("SELECT setval('row_id', %s)", [-(-after // ID_BLOCK) * ID_BLOCK + 1])
    for name in NUMBERED:
        conn.execute(f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), (SELECT max(id) FROM {name}))")
