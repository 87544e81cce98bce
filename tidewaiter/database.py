"""The database of a home: as the settings name it, else the embedded server's."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import TypeVar

import psycopg

from loaders import db, server
from loaders.entries import StaleState
from tidewaiter.settings import Settings

#: How often work is done anew when what it was computed from changes under it.
TRIES = 5

Result = TypeVar("Result")


def url(settings: Settings) -> str:
    """URL of the database; the embedded server is started if need be."""
    return settings.database_url or server.ensure(settings.home)


@contextmanager
def up(settings: Settings) -> Iterator[str]:
    """URL of the database for the time of a command; an embedded server that was not running before is stopped
    again."""
    ours = not settings.database_url and not server.running(settings.home)
    try:
        yield url(settings)
    finally:
        if ours:
            server.stop(settings.home)


def retrying(settings: Settings, work: Callable[[psycopg.Connection], Result]) -> Result:
    """What ``work`` gives on a connection of its own; it starts anew when what it read has changed when it commits.

    Raises :class:`StaleState` when that goes on.
    """
    with closing(db.connect(url(settings), autocommit=True)) as conn:
        for _ in range(TRIES - 1):
            try:
                return work(conn)
            except StaleState:
                continue
        return work(conn)
