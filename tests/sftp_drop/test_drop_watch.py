"""The poller that wakes the pipeline."""

import asyncio
import threading

import pytest

from sftp_drop import watch
from sftp_drop.errors import HostKeyRefused


class Clock:
    """A clock that the test turns."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_it_tells_of_new_files_once_and_reminds_of_forgotten_ones(embedded):
    clock, pauses = Clock(), []

    def sleep(seconds: float) -> None:
        pauses.append(seconds)
        clock.now += seconds
        if len(pauses) == 20:
            embedded.send("bolt", "second.edi", b"2")

    embedded.send("acme", "first.edi", b"1")
    with embedded.drop(window=0, clock=clock) as drop:
        told = watch.changes(drop, 1.0, remind=60, clock=clock, sleep=sleep)
        assert [f.name for f in next(told)] == ["first.edi"]
        assert clock.now == 0
        assert {f.name for f in next(told)} == {"first.edi", "second.edi"}
        assert clock.now == 20
        assert {f.name for f in next(told)} == {"first.edi", "second.edi"}
        assert clock.now == 80


def test_it_outlives_the_server(embedded):
    pauses = []

    def sleep(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 3:
            embedded.start()
            embedded.send("acme", "day.edi", b"x")

    with embedded.drop(window=0) as drop:
        embedded.stop()
        assert [f.name for f in next(watch.changes(drop, 1.0, sleep=sleep))] == ["day.edi"]
    assert pauses == [2.0, 4.0, 8.0]


def test_it_gives_up_on_what_cannot_mend_itself(embedded):
    told = watch.changes(embedded.drop(host_key=embedded.public("stranger")))
    with pytest.raises(HostKeyRefused):
        next(told)


def test_the_event_loop_stays_free(embedded):
    async def wait() -> tuple[list[str], int]:
        ticks = 0

        async def tick() -> None:
            nonlocal ticks
            while True:
                ticks += 1
                await asyncio.sleep(0.01)

        ticking = asyncio.create_task(tick())
        asyncio.get_running_loop().call_later(0.2, lambda: threading.Thread(target=send).start())
        async for found in watch.changes_async(drop, 0.02):
            ticking.cancel()
            return [f.name for f in found], ticks
        raise AssertionError

    def send() -> None:
        embedded.send("acme", "day.edi", b"x")

    with embedded.drop() as drop:
        found, ticks = asyncio.run(wait())
    assert found == ["day.edi"]
    assert ticks > 10
