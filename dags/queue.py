"""### Queue: what deserves an officer's time today

At five in the morning (New York) of every working day, before officers look: from what was filed in the last days the
queue is made anew, first-time importers and large changes in front, each item with its reasons in words
(docs/risk.md says what the score is made of). Officers see the queue before it, or this one.

* **Repeating is harmless.** The share by chance is drawn by a keyed hash of entry number and day: making the queue
  again draws the same entries. A run for a past day is kept beside the others, but officers see what was made last.
* **A red `make`** left the queue as it was: clear it.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from airflow.sdk import dag, get_current_context, task

from dags.opened import opened
from dags.retry import RetryTransient
from dags.timetable import EveryWorkingDay
from tidewaiter.settings import Settings


def business_day() -> date:
    """The day of this run in New York."""
    from transforms.calendar import business_date

    context = get_current_context()
    return business_date(context.get("data_interval_end") or context["dag_run"].run_after)


@dag(
    schedule=EveryWorkingDay(5),
    start_date=opened(),
    catchup=False,
    max_active_runs=1,
    default_args={"retries": 5, "retry_delay": timedelta(seconds=10), "retry_policy": RetryTransient()},
    tags=["portal"],
    doc_md=__doc__,
)
def queue():
    @task
    def make() -> dict[str, Any]:
        from tidewaiter import targeting

        made = targeting.make_queue(Settings.load(), business_day())
        return {"entries": made.entries, **made.lanes}

    make()


queue()
