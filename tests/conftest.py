"""What all tests share: the facts beside the repository, and how hypothesis searches."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

SHARED = Path(__file__).parents[2] / "shared"

# In CI the same examples every time; at the desk new ones. No deadline: the machine is shared.
settings.register_profile("ci", deadline=None, derandomize=True)
settings.register_profile("desk", deadline=None)
settings.load_profile("ci" if "CI" in os.environ else "desk")


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of official exports and example wires beside the repository."""
    if not SHARED.is_dir():
        pytest.skip(f"{SHARED} is not there")
    return SHARED


@pytest.fixture(scope="session")
def template() -> Iterator[Path]:
    """A home made by ``tidewaiter init``, with its embedded server running."""
    home = Path(tempfile.mkdtemp(prefix="tw-", dir="/tmp"))  # PostgreSQL's user must be able to come here
    from loaders import server
    from tidewaiter import cli

    server.ensure(home)
    try:
        assert cli.main(["--home", str(home), "init"]) == 0
        yield home
    finally:
        server.stop(home)
        shutil.rmtree(home, ignore_errors=True)
