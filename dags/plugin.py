"""What this package adds to Airflow itself: its timetables, and Data Docs in the user interface.

It is found by the entry point ``airflow.plugins`` (setup.cfg): wherever the package is installed, scheduler,
dag-processor and API server know them, the embedded ones and those of a cluster, and no file needs to be laid into a
plugins folder.
"""

from __future__ import annotations

from typing import Any

from airflow.plugins_manager import AirflowPlugin

from dags import data_docs
from dags.checkpoint import PREFIX, DataDocs
from dags.timetable import EveryWorkingDay, WorkingDay


class Timetables(AirflowPlugin):
    name = "tidewaiter_timetables"
    timetables: list[Any] = [WorkingDay, EveryWorkingDay]  # noqa: RUF012  (as Airflow declares it)


class TieOuts(AirflowPlugin):
    """Data Docs: the application that serves them and the ways to it."""

    name = "tidewaiter_tie_outs"
    operator_extra_links: list[Any] = [DataDocs()]  # noqa: RUF012
    external_views: list[Any] = data_docs.VIEWS

    @property
    def fastapi_apps(self) -> list[Any]:  # type: ignore[override]
        """Made when the API server asks for it, and only there."""
        return [{"app": data_docs.application(), "url_prefix": PREFIX, "name": "Data Docs"}]
