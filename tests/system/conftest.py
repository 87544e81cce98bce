"""One embedded PostgreSQL for the session; a house of its own for each test (see ``house.py``)."""

from __future__ import annotations

import itertools
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from loaders import server
from sftp_drop.quota import Limits
from tests.system.house import House, database
from tidewaiter import cli

_numbers = itertools.count()
Build = Callable[..., House]


@pytest.fixture(scope="session")
def template() -> Iterator[Path]:
    """A home made by ``tidewaiter init``, with its embedded server running."""
    home = Path(tempfile.mkdtemp(prefix="tw-", dir="/tmp"))  # PostgreSQL's user must be able to come here
    server.ensure(home)
    try:
        assert cli.main(["--home", str(home), "init"]) == 0
        yield home
    finally:
        server.stop(home)
        shutil.rmtree(home, ignore_errors=True)


def builder(template: Path, folder: Path) -> Iterator[Build]:
    """Makes houses, each with its own database, drop and archive."""
    with ExitStack() as stack:

        def make(limits: Limits | None = None) -> House:
            number = next(_numbers)
            url = stack.enter_context(database(server.url(template), f"house_{number}"))
            return stack.enter_context(House(folder / f"house-{number}", url, template / "reference", limits))

        yield make


@pytest.fixture
def build(template: Path, tmp_path: Path) -> Iterator[Build]:
    yield from builder(template, tmp_path)


@pytest.fixture
def house(build: Build) -> House:
    return build()


@pytest.fixture(scope="module")
def build_once(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Build]:
    """``build`` for houses that all tests of a module look at and none changes."""
    yield from builder(template, tmp_path_factory.mktemp("houses"))
