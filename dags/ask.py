"""The close of a month as a run of a DAG: which month it is, what its tasks tell, and the question to a person when
there is one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from datetime import date
from typing import Any

from airflow.providers.standard.operators.hitl import HITLBranchOperator
from airflow.sdk import get_current_context
from airflow.sdk.exceptions import AirflowSkipException

from dags.assets import FILINGS, MONTH_FILED
from dags.checkpoint import address
from dags.periods import NEW_YORK
from tidewaiter.settings import Settings


class Ask(HITLBranchOperator):
    """Asks when there is something to ask, else is skipped."""

    def execute(self, context):
        if not self.body:
            raise AirflowSkipException("everything ties out")
        self.body += f"\n\n[Data Docs]({address(context['ti'].xcom_pull(task_ids='check'))})"
        return super().execute(context)


def month_of(context) -> date:
    """The month that a run closes: the one asked for, else that of its data interval, else the one before it ran."""
    if asked := context["params"]["month"]:
        return date.fromisoformat(asked).replace(day=1)
    start = context.get("data_interval_start") or context["dag_run"].run_after.subtract(months=1)
    return start.in_timezone(NEW_YORK).date().replace(day=1)


def close(month: str, filing: Callable[..., Any]) -> dict:
    """What a way of filing did, as a task tells it; whoever waits for filings hears of it."""
    context = get_current_context()
    done = filing(Settings.load(), date.fromisoformat(month), context)
    if done.filed:
        context["outlet_events"][FILINGS].add(MONTH_FILED, extra={"month": month, "filed": done.filed})
    return asdict(done)
