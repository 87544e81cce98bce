"""Which failures of a task are worth another try."""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import RetryDecision, RetryPolicy

LONGEST = timedelta(minutes=1)


class RetryTransient(RetryPolicy):
    """Tries again, after 2, 4, 8, ... seconds, what may pass by itself: network, disk or database away, a lock held.

    Everything else fails at once: a refused key, a missing right, a bug. The classes are looked up when something has
    failed, so that parsing a DAG stays light.
    """

    def evaluate(self, exception, try_number, max_tries, context=None):
        from loaders.entries import StaleState
        from sftp_drop.errors import Transient
        from tidewaiter.intake import TRANSIENT

        if isinstance(exception, (*TRANSIENT, StaleState, Transient)):
            return RetryDecision.retry(min(timedelta(seconds=2**try_number), LONGEST), "may pass by itself")
        return RetryDecision.fail("trying again will not mend it")

    def serialize(self):
        return {}
