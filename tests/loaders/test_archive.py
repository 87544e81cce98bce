"""The archive keeps every byte under its hash."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loaders.archive import Archive


@pytest.fixture(params=["folder", "file-url", "memory"])
def archive(request, tmp_path) -> Archive:
    return Archive(
        {"folder": tmp_path / "a", "file-url": f"file://{tmp_path}/a", "memory": f"memory://{tmp_path}"}[request.param]
    )


def test_what_is_put_comes_back_and_putting_again_changes_nothing(archive):
    for data in (b"", b"A", bytes(range(256)) * 1000):
        sha256 = archive.put(data)
        assert sha256 == hashlib.sha256(data).hexdigest() == archive.put(data)
        assert archive.has(sha256) and archive.get(sha256) == data


@given(st.binary(max_size=200))
def test_any_bytes(tmp_path_factory, data):
    archive = Archive(tmp_path_factory.getbasetemp() / "any")
    assert archive.get(archive.put(data)) == data


def test_nothing_half_written_is_left(tmp_path):
    archive = Archive(tmp_path)
    sha256 = archive.put(b"x")
    assert [p.name for p in tmp_path.rglob("*") if p.is_file()] == [sha256]


def test_content_that_changed_or_was_cut_is_noticed(tmp_path):
    archive = Archive(tmp_path)
    sha256 = archive.put(b"whole")
    path = next(p for p in tmp_path.rglob(sha256))
    path.write_bytes(b"other")
    with pytest.raises(ValueError, match="has changed"):
        archive.get(sha256)
    path.write_bytes(b"who")
    archive.put(b"whole")
    assert archive.get(sha256) == b"whole"


def test_a_name_from_outside_is_never_a_path(tmp_path: Path):
    with pytest.raises(ValueError, match="64 lower-case hex digits"):
        Archive(tmp_path).get("../../../etc/passwd")
    with pytest.raises(FileNotFoundError):
        Archive(tmp_path).get("0" * 64)
