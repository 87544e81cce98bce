"""Which files on the drop are complete, told from what listings show at different times.

SFTP does not say whether somebody is still writing. A file whose name does not end in `.part` is complete when either

- its `.part` stood in the listing before with this very size and time, and is gone now: it was renamed; or
- size and time stood still between two listings at least `window` seconds apart.

A renamed file whose `.part` came and went between two listings cannot be told from one written in place, so it
waits for one window. Only our own clock counts: the server's may be wrong by any amount.
"""

from collections.abc import Mapping
from typing import NamedTuple

from sftp_drop import names


class Spot(NamedTuple):
    """Where a file lies."""

    account: str
    folder: str
    name: str


class State(NamedTuple):
    """What a listing says of a file: bytes, and seconds since 1970 by the server's clock."""

    size: int
    mtime: int


class Stillness:
    """Remembers listings. `window` in seconds."""

    def __init__(self, window: float):
        self._window = window
        self._since: dict[Spot, tuple[State, float]] = {}
        self._partial: dict[Spot, State] = {}

    def complete(self, listing: Mapping[Spot, State], now: float) -> tuple[list[Spot], float | None]:
        """The complete files of a listing made at `now` (seconds of a steady clock), and in how many seconds the next
        one may be complete (None: nothing is on its way)."""
        partial = {spot: state for spot, state in listing.items() if names.partial(spot.name)}
        since = {}
        for spot, state in listing.items():
            if spot not in partial:
                before, then = self._since.get(spot, (None, now))
                if before is None and self._renamed(spot, state, partial):
                    then = now - self._window
                since[spot] = (state, then if before in (None, state) else now)
        self._since, self._partial = since, partial
        ready = {spot: then + self._window for spot, (_, then) in since.items()}
        waiting = [at - now for at in ready.values() if at > now]
        return [spot for spot, at in ready.items() if at <= now], min(waiting, default=None)

    def _renamed(self, spot: Spot, state: State, partial: Mapping[Spot, State]) -> bool:
        """Whether an unfinished file of the last listing, now gone, bore this name and state."""
        before = (spot._replace(name=spot.name + ending) for ending in names.PARTIAL)
        return any(self._partial.get(part) == state and part not in partial for part in before)
