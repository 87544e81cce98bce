"""Fixtures of the parser tests."""

import pytest

from tests.parsers.catair_files import batch


@pytest.fixture
def sound() -> bytes:
    """A file of one sound batch with one sound summary."""
    return batch()
