"""The event behind the intake: something complete lies in the drop."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import closing
from typing import Any

from airflow.triggers.base import BaseEventTrigger, TriggerEvent

AGAIN_SECONDS = 30.0


class DropTrigger(BaseEventTrigger):
    """Fires when complete files lie in the accounts' folders.

    It carries no state and no secret: where the drop is, it learns from the settings of the triggerer's own
    environment. What it has told of is lost on a restart and told once more, which is harmless. It never ends: an
    event trigger that ends is not started again, so what only a person can mend (a key, a right) is logged and tried
    anew.
    """

    def serialize(self) -> tuple[str, dict[str, Any]]:
        return "dags.watch.DropTrigger", {}

    async def run(self) -> AsyncIterator[TriggerEvent]:
        from sftp_drop.errors import DropError
        from sftp_drop.watch import changes_async
        from tidewaiter.drop import connect
        from tidewaiter.settings import Settings

        settings = Settings.load()
        while True:
            try:
                with closing(connect(settings)) as drop:
                    async for found in changes_async(drop, settings.poll_seconds):
                        yield TriggerEvent({"files": len(found)})
            except DropError as problem:
                self.log.warning("the drop cannot be watched: %s", problem)
            await asyncio.sleep(AGAIN_SECONDS)
