"""The database of a home: as the settings name it, else the embedded server's."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from loaders import server
from tidewaiter.settings import Settings


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
