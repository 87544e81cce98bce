"""### Payments: what filers authorised, to the bank and to its end

At seven in the morning (New York) of every working day, and whenever the intake published a payment that is due at
once. `finals`: daily statements presented the day before, and all that are paid, become final and go out. `debits`: the
debits due go to the bank as a NACHA file in `bank/out/` of the home. `late`: what was not paid on its day is marked,
its filer noticed, and the standing of its account recorded; nobody is suspended by it.

* **Repeating is harmless.** A statement is final once, a debit stands in one file, a notice goes out once. Running a
  past day again does what was missed then, or nothing.
* **A debit that waits** is told in the log of `debits` and in what it returns: its payer unit is not on file, or the
  file cannot hold it. Load the payer unit; the next run takes it.
* **A red `debits`**: the bank is not set (`bank_...` in `tidewaiter.toml`), or payments kept changing: clear it.
* **Money that came in, debits that came back** are recorded from the bank's files: `tidewaiter payment settle FILE`,
  `tidewaiter payment returns FILE`. A statement is paid when its funds moved, and not before.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, timedelta
from typing import Any

from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import AssetOrTimeSchedule, chain, dag, get_current_context, task, teardown

from dags.assets import PAYMENTS_DUE
from dags.opened import opened
from dags.retry import RetryTransient
from dags.timetable import EveryWorkingDay
from tidewaiter.settings import Settings


def business_day() -> date:
    """The day of this run in New York: of its data interval, or, for one that an event or a person started, of when it
    was to run."""
    from transforms.calendar import business_date

    context = get_current_context()
    return business_date(context.get("data_interval_end") or context["dag_run"].run_after)


@dag(
    schedule=AssetOrTimeSchedule(assets=[PAYMENTS_DUE], timetable=EveryWorkingDay(7)),
    start_date=opened(),
    catchup=True,
    max_active_runs=1,
    default_args={"retries": 5, "retry_delay": timedelta(seconds=10), "retry_policy": RetryTransient()},
    tags=["edi", "payments"],
    doc_md=__doc__,
)
def payments():
    @task
    def finals() -> dict[str, int]:
        from tidewaiter import payments

        return asdict(payments.finalise(Settings.load(), business_day()))

    # Whatever became of the task before: a statement that cannot be printed keeps no money from the bank.
    @task(trigger_rule="all_done")
    def debits() -> dict[str, Any]:
        from tidewaiter import payments

        return asdict(payments.send_debits(Settings.load(), business_day()))

    # Only when the debits went: nobody is late because we could not send them.
    @task
    def late() -> dict[str, int]:
        from tidewaiter import lateness

        done = lateness.lateness_of(Settings.load(), business_day())
        return {"late": len(done.statements), "noticed": len(done.noticed), "accounts": done.changed}

    @teardown(on_failure_fail_dagrun=True)
    @task
    def deliver() -> int:
        """A teardown: what was printed leaves, whatever failed before."""
        from tidewaiter import intake

        return intake.deliver(Settings.load())

    made = [finals(), debits(), late()]
    chain(*made, deliver())
    # A run shows as failed by its last tasks only: this one fails with any of the three.
    made >> EmptyOperator(task_id="done")


payments()
