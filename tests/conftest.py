"""What all tests share: the facts beside the repository, a home, how hypothesis searches, and who runs what."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from tests import postgres, sharing

SHARED = Path(__file__).parents[2] / "shared"

# In CI the same examples every time; at the desk new ones. No deadline: the machine is shared.
settings.register_profile("ci", deadline=None, derandomize=True)
settings.register_profile("desk", deadline=None)
settings.load_profile("ci" if "CI" in os.environ else "desk")


@pytest.hookimpl(trylast=True)  # after pytest has put tests of one server together
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        if item.get_closest_marker("airflow") and not item.nodeid.startswith(sharing.AIRFLOW):
            raise pytest.UsageError(f"{item.nodeid}: tests of a running Airflow go to {sharing.AIRFLOW}")
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: sharing.turn(item.nodeid))


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> sharing.Units | None:
    if config.getoption("dist") != "load":  # somebody asked for another way
        return None
    config.option.loadscopereorder = False
    return sharing.Units(config, log)


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of official exports and example wires beside the repository."""
    if not SHARED.is_dir():
        pytest.skip(f"{SHARED} is not there")
    return SHARED


@pytest.fixture(scope="session")
def template() -> Iterator[Path]:
    """A home made by ``tidewaiter init``, with its embedded server running."""
    from tidewaiter import cli

    with postgres.home() as home:
        assert cli.main(["--home", str(home), "init"]) == 0
        yield home
