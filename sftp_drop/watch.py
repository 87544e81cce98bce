"""Waiting for files: a poller for an event trigger, which only says that there is something to fetch."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable, Iterator

from sftp_drop.client import Drop, Found
from sftp_drop.errors import Transient

log = logging.getLogger(__name__)

REMIND = 60.0  # seconds after which a file that still waits is told of again: whoever was told may have died
SLOWEST = 60.0  # seconds between tries on a drop that cannot be reached


class _News:
    """Tells new files from those already told of, and how long to wait before the next look."""

    def __init__(self, drop: Drop, interval: float, remind: float, clock: Callable[[], float]):
        self._drop, self._interval, self._remind, self._clock = drop, interval, remind, clock
        self._told: dict[Found, float] = {}
        self.pause = interval

    def look(self) -> list[Found]:
        """Everything complete that waits, when any of it is news; else, and while the drop is out of reach, nothing."""
        try:
            waiting = self._drop.scan(wait=False)
        except Transient as e:
            self.pause = min(max(self.pause, self._interval) * 2, SLOWEST)
            log.warning("drop not read, next try in %g s: %s", self.pause, e)
            return []
        self.pause, now = self._interval, self._clock()
        told = {found: self._told[found] for found in waiting if found in self._told}
        news = any(now - told.get(found, -self._remind) >= self._remind for found in waiting)
        self._told = dict.fromkeys(waiting, now) if news else told
        return waiting if news else []


def changes(
    drop: Drop,
    interval: float = 1.0,
    *,
    remind: float = REMIND,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> Iterator[list[Found]]:
    """Yield all complete files waiting, whenever one of them is new, or has waited `remind` seconds since it was
    told of.

    Looks every `interval` seconds, less often while the drop is out of reach. Raises Permanent errors. Ends when
    closed.
    """
    news = _News(drop, interval, remind, clock)
    while True:
        if found := news.look():
            yield found
        sleep(news.pause)


async def changes_async(
    drop: Drop, interval: float = 1.0, *, remind: float = REMIND, clock: Callable[[], float] = time.monotonic
) -> AsyncIterator[list[Found]]:
    """`changes` for an event loop, which stays free: looking happens in a thread."""
    news = _News(drop, interval, remind, clock)
    while True:
        if found := await asyncio.to_thread(news.look):
            yield found
        await asyncio.sleep(news.pause)
