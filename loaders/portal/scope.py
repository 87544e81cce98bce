"""Whose rows a transaction of the portal asks for. What is not said is nobody: row-level security then shows no row."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.rows import dict_row
from psycopg_pool import ConnectionPool

from loaders import db


@dataclass(frozen=True, slots=True)
class Scope:
    """``accounts``: ids the person may act for; of these, and of those whose mandate they hold, ``importers`` and
    ``filers`` name whose entries are seen. ``officer`` and ``operations`` see every account, operations no entries.
    """

    user_id: int | None = None
    accounts: tuple[int, ...] = ()
    importers: tuple[int, ...] = ()
    filers: tuple[int, ...] = ()
    officer: bool = False
    operations: bool = False
    application: str = ""


NOBODY = Scope()


def pool(url: str, size: int = 8) -> ConnectionPool[Any]:
    """Connections of the portal's role, opened as they are needed; close it."""
    return ConnectionPool(
        db.plain(url),
        min_size=1,
        max_size=size,
        timeout=5.0,  # a page does not wait longer for a database that is away
        open=True,
        kwargs={"autocommit": True, "row_factory": dict_row, "application_name": "tidewaiter portal"},
        configure=_configure,
        check=ConnectionPool.check_connection,
    )


def _configure(conn: psycopg.Connection[Any]) -> None:
    conn.execute("SET timezone TO 'UTC'")


@contextmanager
def scoped(connections: ConnectionPool[Any], scope: Scope = NOBODY) -> Iterator[psycopg.Connection[dict]]:
    """A transaction that sees what ``scope`` may; committed at the end of the block, rolled back on an error."""
    with connections.connection() as conn, conn.transaction():
        conn.execute(_SET, _values(scope))
        yield conn


_SET = """
    SELECT set_config('app.user', %(user)s, true), set_config('app.accounts', %(accounts)s, true),
        set_config('app.importers', %(importers)s, true), set_config('app.filers', %(filers)s, true),
        set_config('app.officer', %(officer)s, true), set_config('app.operations', %(operations)s, true),
        set_config('app.application', %(application)s, true)"""


def _values(scope: Scope) -> dict[str, str]:
    ids = {
        name: "{" + ",".join(str(int(id)) for id in getattr(scope, name)) + "}"
        for name in ("accounts", "importers", "filers")
    }
    flags = {name: str(bool(getattr(scope, name))).lower() for name in ("officer", "operations")}
    return {"user": str(scope.user_id or ""), "application": scope.application, **ids, **flags}
