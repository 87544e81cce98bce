"""### Intake: from the drop to the answer

Files that brokers put into their `inbox/` are taken, archived and receipted; every shard (one sender's files) is
computed and committed by a task of its own, which then goes on with what else this sender sent; answers go to the
`outbox/` folders.

* **Starts** when a complete file lies in the drop, when the run before left something of a sender, and every two
  minutes in case that was missed.
* **Repeating is harmless.** Clear and re-run any task: the same bytes get the same answer and change nothing. Runs may
  overlap, a shard is worked on by one task only.
* **A red `process`** was stopped by something other than the file's content, which is always answered. If the network
  or the database was away, Airflow tried again by itself. Everything else sets the shard aside (quarantine), for us
  to mend.
* **A red `deliver`**: an answer could not be put into an outbox (full, or the server away). It is kept and goes out
  with the next run.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import (
    Asset,
    AssetAlias,
    AssetOrTimeSchedule,
    AssetWatcher,
    DeltaTriggerTimetable,
    dag,
    get_current_context,
    task,
    teardown,
)

from dags.assets import PAYMENTS, PAYMENTS_DUE
from dags.retry import RetryTransient
from dags.watch import DropTrigger
from tidewaiter.settings import Settings

COMPLETE_FILES = AssetWatcher(name="complete_files", trigger=DropTrigger())
DROP = Asset(name="drop", uri="tidewaiter://drop", watchers=[COMPLETE_FILES])
#: A run says through this that something is left for the next.
LEFT = AssetAlias("files_left")


@dag(
    schedule=AssetOrTimeSchedule(assets=[DROP], timetable=DeltaTriggerTimetable(timedelta(minutes=2))),
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=3,
    default_args={"retries": 5, "retry_delay": timedelta(seconds=5), "retry_policy": RetryTransient()},
    tags=["edi", "intake"],
    doc_md=__doc__,
)
def intake():
    # One at a time over all runs: two would read, or write, the same files of the drop at once.
    @task(max_active_tis_per_dag=1)
    def receive() -> list[dict]:
        from tidewaiter import intake

        settings = Settings.load()
        intake.receive(settings)
        return intake.claim(settings)

    @task(map_index_template="{{ shard_label }}")
    def process(shard: dict) -> dict:
        from tidewaiter import intake

        get_current_context()["shard_label"] = shard["label"]  # type: ignore[typeddict-unknown-key]
        return intake.process_on(Settings.load(), shard["shard"])

    @teardown(on_failure_fail_dagrun=True)
    @task(max_active_tis_per_dag=1, outlets=[PAYMENTS, LEFT])
    def deliver(*, outlet_events=None) -> int:
        """A teardown: it runs whatever became of the shards. When something was answered and payments are due at once,
        `payments` hears of it; when files wait that no worker has, the intake starts anew. That comes to an end: each
        run answers the oldest of what waits, or its senders are held by a failed shard and count no longer."""
        from tidewaiter import intake, payments

        settings = Settings.load()
        delivered = intake.deliver(settings)
        if delivered and payments.waiting(settings):
            outlet_events[PAYMENTS].add(PAYMENTS_DUE)
        if intake.waiting(settings):
            outlet_events[LEFT].add(DROP)
        return delivered

    answered = process.expand(shard=receive())
    answered >> deliver()
    # A run shows as failed by its last tasks only, and a teardown hides those before it: this one fails with any shard.
    answered >> EmptyOperator(task_id="done")


intake()
