"""### Monthly filing: the month of every importer account, closed on the eleventh working day of the next

At eight in the morning (New York), when the monthly statements of that morning are printed and well before the 20th, by
which a month must be filed. `wait`: no file that came before the close is in flight. `check`: the account tables hold
together, as far as this month goes. `file`: every account whose month ties out to the cent is filed.

* **Nobody is asked when everything ties out.** If not, `ask` waits for a person (*Required actions*) and names what
  stands against it: *file the others* files the accounts that tie out, *try again* runs the close once more (mend what
  is wrong first), *leave open* ends it. An account that does not tie out is never filed.
* **Repeating is harmless.** The same content is filed once; what changed since is a new version. To close a past month
  anew, trigger a run with its first day as `month`.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator
from airflow.sdk import Param, PokeReturnValue, dag, get_current_context, task, teardown

from dags.ask import Ask, close, month_of
from dags.assets import FILINGS
from dags.checkpoint import CheckpointOperator
from dags.opened import opened
from dags.retry import RetryTransient
from dags.timetable import WorkingDay
from tidewaiter.settings import Settings

#: How long files in flight are waited for before a person is asked.
PATIENCE = timedelta(minutes=30)
#: The month of a run, as its first task tells it.
MONTH = "{{ ti.xcom_pull(task_ids='wait') }}"


@dag(
    schedule=WorkingDay(11, 8),
    start_date=opened().replace(day=1),
    catchup=True,
    max_active_runs=1,
    params={"month": Param(None, type=["null", "string"], format="date", description="close this month instead")},
    default_args={"retries": 5, "retry_delay": timedelta(seconds=10), "retry_policy": RetryTransient()},
    tags=["edi", "filing"],
    doc_md=__doc__,
)
def monthly_filing():
    @task.sensor(mode="reschedule", poke_interval=60, timeout=2 * PATIENCE.total_seconds())
    def wait() -> PokeReturnValue:
        from tidewaiter import closing

        context = get_current_context()
        waiting = closing.in_flight(Settings.load(), context["dag_run"].run_after)
        over = datetime.now(UTC) > context["dag_run"].start_date + PATIENCE
        return PokeReturnValue(not waiting or over, xcom_value=month_of(context).isoformat())

    @task(outlets=[FILINGS])
    def file(month: str, page: str) -> dict:
        from tidewaiter import closing

        return close(month, lambda home, of, it: closing.close(home, of, it["dag_run"].run_after, page))

    @task(outlets=[FILINGS])
    def file_others(month: str) -> dict:
        from tidewaiter import closing

        return close(month, lambda home, of, it: closing.file_others(home, of))

    @teardown(on_failure_fail_dagrun=True)
    @task
    def deliver() -> int:
        from tidewaiter import intake

        return intake.deliver(Settings.load())

    check = CheckpointOperator(task_id="check", month=MONTH, strict=False)
    ask = Ask(
        task_id="ask",
        subject="The month " + MONTH + " does not tie out",
        body="{{ ti.xcom_pull(task_ids='file')['question'] }}",
        options=["file the others", "try again", "leave open"],
        options_mapping={"file the others": "file_others", "try again": "try_again", "leave open": "leave_open"},
    )
    again = TriggerDagRunOperator(task_id="try_again", trigger_dag_id="monthly_filing", conf={"month": MONTH})
    chosen = [file_others(MONTH), again, EmptyOperator(task_id="leave_open")]
    filed = file(MONTH, check.output)
    wait() >> check >> filed >> ask >> chosen >> deliver()
    # A run shows as failed by its last tasks only, and a teardown hides those before it: this one fails with any.
    [filed, *chosen] >> EmptyOperator(task_id="done", trigger_rule="none_failed")


monthly_filing()
