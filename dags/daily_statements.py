"""### Statements: printed every working day, and for the month by its eleventh

At six in the morning (New York) of every working day the preliminary daily statements of that print date go to the
filers and importers (`outbox/statements/`). The monthly statements follow, over the periodic daily statements printed
so far: those of an account on the working day it chose, and on the day of the month's preliminary (the published date,
else the 11th working day) all that are left.

* **Repeating is harmless.** A statement is printed once; a second run of the same day finds it and sends nothing.
* **A red `daily` or `monthly`** is one of two things. Entries kept changing under the printing: clear it. Or an amount
  or a count does not fit the record it is printed in (the log says which statement): nothing was printed of that day,
  and an operator decides.
* **A day that was missed** runs when the scheduler is back, with its own date, from the day the home was opened.
"""

from __future__ import annotations

from datetime import date, timedelta

from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import dag, get_current_context, task, teardown

from dags.opened import opened
from dags.retry import RetryTransient
from dags.timetable import EveryWorkingDay
from tidewaiter.settings import Settings


def business_day() -> date:
    """The print date of this run: the New York date of its data interval."""
    from transforms.calendar import business_date

    return business_date(get_current_context()["data_interval_end"])


@dag(
    schedule=EveryWorkingDay(6),
    start_date=opened(),
    catchup=True,
    max_active_runs=1,
    default_args={"retries": 5, "retry_delay": timedelta(seconds=10), "retry_policy": RetryTransient()},
    tags=["edi", "statements"],
    doc_md=__doc__,
)
def daily_statements():
    @task
    def daily() -> dict[str, int]:
        from tidewaiter import month

        return month.counts(month.print_daily(Settings.load(), business_day()))

    @task
    def monthly() -> dict[str, int]:
        from tidewaiter import month

        return month.counts(month.print_monthly(Settings.load(), business_day()))

    @teardown(on_failure_fail_dagrun=True)
    @task
    def deliver() -> int:
        """A teardown: what was printed leaves, whatever failed before."""
        from tidewaiter import intake

        return intake.deliver(Settings.load())

    printed = monthly()
    daily() >> printed >> deliver()
    # A run shows as failed by its last tasks only, and a teardown hides those before it: this one fails with either.
    printed >> EmptyOperator(task_id="done")


daily_statements()
