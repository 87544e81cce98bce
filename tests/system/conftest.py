"""A house of its own for each test (see ``house.py``), all on the session's embedded PostgreSQL."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from loaders import server
from sftp_drop.quota import Limits
from tests.system.house import Build, House, database


def builder(template: Path, folder: Path) -> Iterator[Build]:
    """Makes houses, each with its own database, drop and archive."""
    with ExitStack() as stack:

        def make(limits: Limits | None = None) -> House:
            number = uuid.uuid4().hex[:8]  # the portal's tests build houses on the same server
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
