"""The close of a month on a running Airflow: a person is asked only when something does not tie out, and reads why."""

import json
import time
import urllib.error
import urllib.request
from contextlib import closing
from datetime import UTC, datetime

import pytest

from bench.accounts import toml
from loaders import db, intake, outbox
from loaders import server as database
from loaders.archive import Archive
from tests.system import days
from tidewaiter import airflow, stack, start
from tidewaiter import intake as way

AT = datetime(2026, 9, 15, 16, tzinfo=UTC)
CHECK = "the fees of a summary are the sum of its classes"
PATIENCE = 180.0


@pytest.fixture
def filed(made_home):
    """A home where importers had something entered in September, and a connection to it."""
    settings = made_home.settings
    start.initialise(settings.home, say=lambda line: None)
    it = days.day(30, seed=3, importers=3)
    (settings.home / "accounts.toml").write_text(toml(it.people))
    start.load_accounts(settings, settings.home / "accounts.toml")
    with closing(db.connect(database.ensure(settings.home))) as conn:
        for file in it.files:
            sha256 = Archive(settings.archive).put(file.data)
            intake.arrive(conn, it.account, file.name, sha256, len(file.data), "file", AT)
        for shard in way.claim(settings):
            way.process(settings, shard["shard"], lambda: AT)
        outbox.delivered(conn, [waiting.id for waiting in outbox.pending(conn)])
        yield settings, conn
    database.stop(settings.home)


class Operator:
    """A person before Airflow: sees runs, reads Data Docs, answers."""

    def __init__(self, running: airflow.Airflow) -> None:
        self.airflow = running

    def run(self, dag: str, **params) -> str:
        body = {"logical_date": None, "conf": params}
        return self.airflow.call(f"dags/{dag}/dagRuns", body)["dag_run_id"]

    def states(self, dag: str, run: str) -> dict[str, str]:
        tasks = self.airflow.call(f"dags/{dag}/dagRuns/{run}/taskInstances")["task_instances"]
        return {task["task_id"]: task["state"] for task in tasks}

    def until(self, dag: str, run: str, task: str, *wanted: str) -> None:
        deadline = time.monotonic() + PATIENCE
        while (now := self.states(dag, run)).get(task) not in wanted:
            assert time.monotonic() < deadline, now
            time.sleep(0.5)

    def ended(self, dag: str, run: str) -> str:
        deadline = time.monotonic() + PATIENCE
        while (state := self.airflow.call(f"dags/{dag}/dagRuns/{run}")["state"]) not in ("success", "failed"):
            assert time.monotonic() < deadline, self.states(dag, run)
            time.sleep(0.5)
        return state

    def question(self, run: str) -> str:
        self.until("monthly_filing", run, "ask", "awaiting_input")
        return self.airflow.call(f"dags/monthly_filing/dagRuns/{run}/taskInstances/ask/-1/hitlDetails")["body"]

    def answer(self, run: str, option: str) -> None:
        url = f"{self.airflow.url}/api/v2/dags/monthly_filing/dagRuns/{run}/taskInstances/ask/-1/hitlDetails"
        self.fetch(url, method="PATCH", body={"chosen_options": [option], "params_input": {}})

    def fetch(self, url: str, *, token: str | None = None, method: str = "GET", body: dict | None = None) -> str:
        request = urllib.request.Request(url, data=json.dumps(body).encode() if body else None, method=method)
        request.add_header("Content-Type", "application/json")
        if token != "":
            request.add_header("Authorization", f"Bearer {token or self.airflow._token}")
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.read().decode()


@pytest.mark.airflow
def test_a_person_is_asked_only_when_something_does_not_tie_out(filed):
    settings, conn = filed
    (version,) = conn.execute("SELECT min(version_id) FROM fee_total").fetchone()
    accounts = conn.execute(
        "SELECT count(DISTINCT importer_account_id) FROM entry_summary WHERE status = 'accepted'"
    ).fetchone()[0]
    conn.execute("UPDATE fee_total SET amount_cents = amount_cents + 1 WHERE version_id = %s", [version])

    with stack.Stack(settings) as up:
        person = Operator(up.airflow)
        first = person.run("monthly_filing", month="2026-09-01")
        asked = person.question(first)
        assert "September 2026 is not closed" in asked and f"{CHECK}: 1" in asked
        assert conn.execute("SELECT count(*) FROM filing").fetchone() == (0,), "until somebody says so"

        # Data Docs open from the run, for those who are known to Airflow.
        views = [view for plugin in up.airflow.call("plugins")["plugins"] for view in plugin["external_views"]]
        tab, menu = ({it["destination"]: it["href"] for it in views}[place] for place in ("dag_run", "nav"))
        tab = up.airflow.url + tab.replace("{DAG_ID}", "monthly_filing").replace("{RUN_ID}", first)
        page = asked.split("[Data Docs](")[1].removesuffix(")")
        assert CHECK in person.fetch(page) == person.fetch(tab)
        assert "tie_outs" in person.fetch(up.airflow.url + menu)
        for url in (page, tab, up.airflow.url + menu):
            for token, status in (("", 401), ("forged", 403)):
                with pytest.raises(urllib.error.HTTPError) as refused:
                    person.fetch(url, token=token)
                assert refused.value.code == status
        for path in ("../great_expectations.yml", "%2e%2e/great_expectations.yml", "nothing"):
            with pytest.raises(urllib.error.HTTPError) as refused:
                person.fetch(f"{up.airflow.url}/tie-outs/{path}")
            assert refused.value.code == 404

        # The nightly run of last night is red and leads to a page of its own.
        (nightly,) = (it["dag_run_id"] for it in up.airflow.call("dags/tie_outs/dagRuns")["dag_runs"])
        assert person.ended("tie_outs", nightly) == "failed"
        links = up.airflow.call(f"dags/tie_outs/dagRuns/{nightly}/taskInstances/checkpoint/links")["extra_links"]
        assert CHECK in person.fetch(links["Data Docs"]) and links["Data Docs"] != page
        told = up.airflow.call(f"dags/tie_outs/dagRuns/{nightly}/taskInstances/checkpoint/xcomEntries/return_value")
        assert links["Data Docs"].endswith(told["value"])

        # Mended and tried again, the month is filed, and nobody is asked.
        conn.execute("UPDATE fee_total SET amount_cents = amount_cents - 1 WHERE version_id = %s", [version])
        person.answer(first, "try again")
        assert person.ended("monthly_filing", first) == "success"
        runs = up.airflow.call("dags/monthly_filing/dagRuns")["dag_runs"]
        (second,) = (it["dag_run_id"] for it in runs if it["dag_run_id"] != first)
        assert person.ended("monthly_filing", second) == "success"
        states = person.states("monthly_filing", second)
        assert {states[task] for task in ("ask", "file_others", "try_again", "leave_open")} == {"skipped"}
        assert conn.execute("SELECT count(*), max(version) FROM filing").fetchone() == (accounts, 1)
        events = [it["extra"] for it in up.airflow.call("assets/events?limit=50")["asset_events"]]
        assert [it for it in events if "filed" in it] == [{"month": "2026-09-01", "filed": accounts}]
