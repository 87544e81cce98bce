"""Data Docs in Airflow's own user interface: the static site under ``HOME/gx/docs``, read-only, for whoever may read
the logs of the DAG that writes it.

Nothing here is imported before the API server asks for the application: FastAPI and its security are of no use to
the other components.
"""

from __future__ import annotations

from typing import Any

from dags.checkpoint import DAG, PREFIX, DataDocs
from tidewaiter.settings import Settings

#: A page in the navigation, and a tab of every run that leads to what the run wrote.
VIEWS = [
    {"name": "Tie-outs", "href": f"{PREFIX}/index.html", "destination": "nav", "url_route": "tie_outs"},
    {
        "name": "Data Docs",
        "href": f"{PREFIX}/of/{{DAG_ID}}/{{RUN_ID}}",
        "destination": "dag_run",
        "url_route": "data_docs",
    },
]


def application() -> Any:
    """The FastAPI application that is mounted under ``PREFIX``."""
    from airflow.api_fastapi.auth.managers.models.resource_details import DagAccessEntity
    from airflow.api_fastapi.core_api.security import requires_access_dag
    from fastapi import Depends, FastAPI, HTTPException
    from fastapi.responses import FileResponse, PlainTextResponse, RedirectResponse

    may_read = Depends(requires_access_dag("GET", DagAccessEntity.TASK_LOGS, DAG))
    may_see_run = Depends(requires_access_dag("GET", DagAccessEntity.XCOM))
    app = FastAPI(title="Data Docs", openapi_url=None)

    @app.get("/of/{dag_id}/{run_id:path}", dependencies=[may_see_run])
    def of_run(dag_id: str, run_id: str):
        url = _link(dag_id, run_id)
        return RedirectResponse(url) if url else PlainTextResponse("This run has not run the tie-outs.")

    @app.get("/{path:path}", dependencies=[may_read])
    def page(path: str):
        from tidewaiter import checkpoint

        root = checkpoint.docs(Settings.load()).resolve()
        file = (root / (path or "index.html")).resolve()
        if not (file.is_relative_to(root) and file.is_file()):
            raise HTTPException(404, "There is no such page.")
        return FileResponse(file, headers={"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"})

    return app


def _link(dag_id: str, run_id: str) -> str:
    """What the task that ran the checkpoint left as its link; blank when none did."""
    from airflow.models.xcom import XComModel
    from airflow.utils.session import create_session
    from sqlalchemy import select

    with create_session() as session:
        found = session.scalars(
            select(XComModel).where(
                XComModel.dag_id == dag_id, XComModel.run_id == run_id, XComModel.key == DataDocs().xcom_key
            )
        ).all()
        links = [XComModel.deserialize_value(it) for it in found]
    return next((link for link in links if link), "")
