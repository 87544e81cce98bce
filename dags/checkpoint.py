"""The task that runs the tie-outs, and its way to their page: a button that reads Data Docs."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from airflow.sdk import BaseOperator, BaseOperatorLink
from airflow.sdk.configuration import conf

from tidewaiter.settings import Settings

#: Where the API server shows Data Docs (dags.data_docs), and the DAG whose readers may look at them.
PREFIX, DAG = "/tie-outs", "tie_outs"


class DoesNotTieOut(Exception):
    """The account tables do not hold together; the message says where to read of it."""


def address(page: str) -> str:
    """URL of a Data Docs page."""
    return f"{conf.get('api', 'base_url').rstrip('/')}{PREFIX}/{page}"


class DataDocs(BaseOperatorLink):
    """From a task instance to the page it wrote, whether the task is green or red."""

    name = "Data Docs"

    def get_link(self, operator: BaseOperator, *, ti_key: Any) -> str:
        page = getattr(operator, "page", "")
        return address(page) if page else ""


class CheckpointOperator(BaseOperator):
    """Runs the checkpoint (over everything, or bounded to ``month``, a date as text) and gives the path of its page.

    With ``strict`` the task is red when something is broken.
    """

    operator_extra_links = (DataDocs(),)
    template_fields = ("month",)

    def __init__(self, *, month: str = "", strict: bool = True, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.month, self.strict, self.page = month, strict, ""

    def execute(self, context: Any) -> str:
        from tidewaiter import checkpoint

        month = date.fromisoformat(self.month) if self.month else None
        found = checkpoint.run(Settings.load(), month, now=datetime.now(UTC))
        self.page = found.page
        for words, checks in (("broken", found.broken), ("unusual", found.warnings)):
            for it in checks:
                self.log.warning("%s: %s: %s (%s)", words, it.check, it.count, ", ".join(it.places))
        self.log.info("Data Docs: %s", address(found.page))
        if self.strict and not found.ok:
            context["ti"].xcom_push(key="return_value", value=found.page)
            raise DoesNotTieOut(f"{len(found.broken)} checks are broken: {address(found.page)}")
        return found.page
