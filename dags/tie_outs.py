"""### Tie-outs: whether the account tables hold together, every night

At two in the morning (New York) a Great Expectations checkpoint looks at all that is on file: counts, cents, orphans,
one statement per summary, dates within the month, what lies about too long, and (as a warning) days unlike the others.

* **A red `checkpoint`**: something does not tie out. Its page names every check and the first places that break it: the
  button *Data Docs* of the task, the tab *Data Docs* of the run, or *Tie-outs* in the navigation.
* **Repeating is harmless.** The database is only read. `tidewaiter tie-out` does the same on the command line.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from airflow.sdk import CronTriggerTimetable, dag

from dags.checkpoint import DAG, CheckpointOperator
from dags.retry import RetryTransient


@dag(
    dag_id=DAG,
    schedule=CronTriggerTimetable("0 2 * * *", timezone="America/New_York"),
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    default_args={"retries": 3, "retry_delay": timedelta(seconds=30), "retry_policy": RetryTransient()},
    tags=["edi", "tie-outs"],
    doc_md=__doc__,
)
def tie_outs():
    CheckpointOperator(task_id="checkpoint")


tie_outs()
