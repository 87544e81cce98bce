"""### Rollup: what the portal's charts and searches read, every ten minutes

Months of importer accounts in which something was filed since the last run are added up anew, and the bills and tariff
numbers of these filings are copied to where they are searched. Invoices whose entry summaries changed are compared
with them, should the intake have been interrupted before it did so.

* **Nothing waits for it.** Answers, statements and filings do not read what it makes; until it has run, a chart or a
  search by bill or tariff number is as old as the page says.
* **Repeating is harmless.** `tidewaiter rollup` does the same on the command line.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from airflow.sdk import DeltaTriggerTimetable, dag, task

from dags.retry import RetryTransient
from tidewaiter.settings import Settings


@dag(
    schedule=DeltaTriggerTimetable(timedelta(minutes=10)),
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    default_args={"retries": 3, "retry_delay": timedelta(seconds=30), "retry_policy": RetryTransient()},
    tags=["portal"],
    doc_md=__doc__,
)
def rollup():
    @task
    def refresh() -> int:
        from tidewaiter import rollup

        return rollup.refresh(Settings.load()).entries

    refresh()


rollup()
