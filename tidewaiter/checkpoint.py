"""The tie-outs of the account tables (loaders.tie_outs) as a Great Expectations checkpoint, with Data Docs.

Its file context lies in ``HOME/gx``: one suite, in which each expectation is a check. What defines it is made anew for
every run, so that neither another version of this program nor a run that was killed leaves anything that matters;
results and their pages stay, so that an operator can look at any night of the last months, and at any month's close.
The database is only read.
"""

from __future__ import annotations

import fcntl
import json
import logging
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from loaders import db, tie_outs
from tidewaiter import database
from tidewaiter.settings import Settings

if TYPE_CHECKING:
    from great_expectations.data_context import FileDataContext

NAME, ALL = "tie_outs", "all"
#: How long the results of a run over everything are kept. The index of Data Docs lists them all.
NIGHTS = timedelta(days=100)
#: The database is named in ``great_expectations.yml`` by this variable: a password belongs into no second file.
URL = "TIDEWAITER_CHECKPOINT_URL"
#: Hash tables of millions of keys stay in memory; whatever a check says, nothing is written.
SESSION = "-c default_transaction_read_only=on -c work_mem=128MB -c timezone=UTC"
_SITE = {
    "class_name": "SiteBuilder",
    "show_how_to_buttons": False,
    "store_backend": {"class_name": "TupleFilesystemStoreBackend", "base_directory": "docs/"},
    "site_index_builder": {"class_name": "DefaultSiteIndexBuilder"},
}


class CheckFailed(RuntimeError):
    """A check could not be computed; the message says which and why. It says nothing about the tables."""


@dataclass(frozen=True, slots=True)
class Broken:
    """A check that is broken, the first places where (``loaders.tie_outs.FIRST``), and how many there are."""

    check: str
    places: list[str]
    count: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a checkpoint found. ``warnings`` are unusual and not wrong; ``page`` is the Data Docs page, a path under
    :func:`docs`.
    """

    page: str
    broken: list[Broken] = field(default_factory=list)
    warnings: list[Broken] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        return not self.broken


def docs(settings: Settings) -> Path:
    """The folder of Data Docs: a static site."""
    return settings.home / "gx" / "docs"


def run(settings: Settings, month: date | None = None, *, now: datetime) -> Outcome:
    """Run every tie-out, over all that is on file or bounded to ``month`` (any day of it), and write its page. One at a
    time: another waits.

    Raises:
        CheckFailed: a query could not be run.
    """
    logging.getLogger("great_expectations").setLevel(logging.WARNING)  # Airflow's root logger lets 200 lines through
    import great_expectations as gx

    with _alone(settings), _named(database.url(settings)):
        _clear(settings.home / "gx", now)
        context: FileDataContext = gx.get_context(mode="file", project_root_dir=settings.home)
        result = _checkpoint(context, dict(tie_outs.queries(month, now))).run(
            run_id=gx.RunIdentifier(run_name=f"{month:%Y-%m}" if month else ALL, run_time=now)
        )
        context.data_sources.get(NAME).get_engine().dispose()
    (identifier,) = result.run_results
    (site,) = context.get_docs_sites_urls(resource_identifier=identifier, site_name=NAME)
    page = Path(unquote(urlsplit(site["site_url"] or "").path))
    return recall(settings, page.relative_to(docs(settings)).as_posix())


def recall(settings: Settings, page: str) -> Outcome:
    """What the checkpoint of a page found; Great Expectations is not needed for it.

    Raises:
        CheckFailed: a query could not be run.
        OSError: there is no such page.
    """
    kept = settings.home / "gx" / "uncommitted" / Path(page).with_suffix(".json")
    outcome = Outcome(page)
    for it in json.loads(kept.read_text())["results"]:
        check, found = it["expectation_config"]["description"], it["result"]
        if "unexpected_count" not in found:
            raise CheckFailed(f"{check}: {_raised(it['exception_info'])}")
        if not it["success"]:
            broken = Broken(check, found["partial_unexpected_list"], found["unexpected_count"])
            (outcome.warnings if check in tie_outs.WARNINGS else outcome.broken).append(broken)
    return outcome


def _checkpoint(context: FileDataContext, queries: dict[str, str]) -> Any:
    """The checkpoint, made anew from the checks as they are now."""
    import great_expectations as gx
    from great_expectations.checkpoint import UpdateDataDocsAction
    from great_expectations.data_context.types.base import ProgressBarsConfig
    from great_expectations.expectations.metadata_types import FailureSeverity

    from tidewaiter.tie_out_expectation import TieOut

    context.variables.progress_bars = ProgressBarsConfig(globally=False, metric_calculations=False)
    context.variables.data_docs_sites = {NAME: _SITE}
    context.variables.save()
    source = context.data_sources.add_or_update_postgres(
        NAME,
        connection_string=f"${{{URL}}}",
        kwargs={"connect_args": {"options": SESSION}},
    )
    # Checks look at many tables, a batch is of one: its place in their queries is a comment.
    asset = source.add_query_asset("account_tables", query="SELECT 1 AS one")
    suite = gx.ExpectationSuite(
        NAME,
        expectations=[
            TieOut(
                unexpected_rows_query=tie_outs.counted(query) + " /* {batch} */",
                description=check,
                severity=FailureSeverity.WARNING if check in tie_outs.WARNINGS else FailureSeverity.CRITICAL,
            )
            for check, query in queries.items()
        ],
    )
    definition = gx.ValidationDefinition(
        name=NAME, data=asset.add_batch_definition_whole_table("now"), suite=context.suites.add_or_update(suite)
    )
    return context.checkpoints.add_or_update(
        gx.Checkpoint(
            name=NAME,
            validation_definitions=[context.validation_definitions.add_or_update(definition)],
            actions=[UpdateDataDocsAction(name="docs", site_names=[NAME])],
            result_format="COMPLETE",
        )
    )


def _raised(info: dict) -> str:
    """What was raised: told once, or once for each metric."""
    each = info.values() if "exception_message" not in info else [info]
    return "; ".join(str(it["exception_message"]) for it in each)


def _clear(folder: Path, now: datetime) -> None:
    """Take away what is made anew, and the nights that nobody asks for any more."""
    for name in ("great_expectations.yml", "uncommitted/config_variables.yml"):
        (folder / name).unlink(missing_ok=True)
    for name in ("checkpoints", "expectations", "validation_definitions"):
        shutil.rmtree(folder / name, ignore_errors=True)
    oldest = f"{now - NIGHTS:%Y%m%dT%H%M%S}"
    for place in ("uncommitted", "docs"):
        for night in (folder / place / "validations" / NAME / ALL).glob("*"):
            if night.name < oldest:
                shutil.rmtree(night)


@contextmanager
def _alone(settings: Settings) -> Iterator[None]:
    """The files of the context are written by one at a time."""
    with (settings.home / "gx.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def _named(url: str) -> Iterator[None]:
    """``url`` as the variable that the context reads; a dollar sign in a password is not another variable."""
    os.environ[URL] = db.engine(url).url.render_as_string(hide_password=False).replace("$", "%24")
    try:
        yield
    finally:
        del os.environ[URL]
