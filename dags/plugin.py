"""What makes Airflow know the timetables of this package.

It is found by the entry point ``airflow.plugins`` (setup.cfg): wherever the package is installed, scheduler,
dag-processor and API server know them, the embedded ones and those of a cluster, and no file needs to be laid into a
plugins folder.
"""

from __future__ import annotations

from typing import Any

from airflow.plugins_manager import AirflowPlugin

from dags.timetable import EveryWorkingDay, WorkingDay


class Timetables(AirflowPlugin):
    name = "tidewaiter_timetables"
    timetables: list[Any] = [WorkingDay, EveryWorkingDay]  # noqa: RUF012  (as Airflow declares it)
