"""Connections. Psycopg in the path of a file; an SQLAlchemy engine for migrations and the few uses outside it."""

from __future__ import annotations

import re

import psycopg
from sqlalchemy import Engine, create_engine, pool

_SCHEME = re.compile(r"^postgres(?:ql)?(?:\+\w+)?://")


def connect(url: str, *, autocommit: bool = True) -> psycopg.Connection:
    """Open a connection (autocommit: our functions open and commit their own transactions); ``url`` is any
    PostgreSQL URL, with or without an SQLAlchemy driver name. Instants come back in UTC.

    Raises
        ValueError: ``url`` is not a PostgreSQL URL. psycopg.OperationalError: the server cannot be reached
        (transient: try again).
    """
    conn = psycopg.connect(_with_scheme(url, "postgresql"), autocommit=True, application_name="tidewaiter")
    conn.execute("SET timezone TO 'UTC'")
    conn.autocommit = autocommit
    return conn


def plain(url: str) -> str:
    """The same URL as the driver's own library reads it.

    Raises
        ValueError: it is not a PostgreSQL URL.
    """
    return _with_scheme(url, "postgresql")


def engine(url: str) -> Engine:
    """An engine on psycopg 3 that keeps no connection open."""
    return create_engine(_with_scheme(url, "postgresql+psycopg"), poolclass=pool.NullPool)


def _with_scheme(url: str, scheme: str) -> str:
    if not _SCHEME.match(url):
        raise ValueError(f"not a PostgreSQL URL: {re.sub(r':[^:@/]*@', ':***@', url)!r}, expected postgresql://...")
    return _SCHEME.sub(f"{scheme}://", url)
