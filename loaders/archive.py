"""The archive: every byte received, kept under its sha256, never changed.

A local folder is written as fsync, rename, fsync of the folder, so a name in the archive always has its whole
content, whatever was killed when. Any other fsspec URL (``s3://...``) relies on the store making an object visible
only when complete.
"""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from pathlib import Path, PurePosixPath

import fsspec

_SHA256 = re.compile(r"[0-9a-f]{64}")


class Archive:
    """An archive at ``url``: a folder, ``file://...``, or anything fsspec opens."""

    def __init__(self, url: str | Path) -> None:
        self._fs, root = fsspec.core.url_to_fs(str(url))
        self._root = PurePosixPath(root)
        self._local = "file" in ((self._fs.protocol,) if isinstance(self._fs.protocol, str) else self._fs.protocol)

    def put(self, data: bytes) -> str:
        """Keep ``data`` and return its sha256 in hex. Putting the same bytes again changes nothing.

        Raises
            OSError: the store refused; nothing is half kept.
        """
        sha256 = hashlib.sha256(data).hexdigest()
        path = self._path(sha256)
        # The size guards against a store, or a folder restored from backup, that holds the name without the content.
        if not (self._fs.exists(path) and self._fs.size(path) == len(data)):
            if self._local:
                _write(Path(path), data)
            else:
                self._fs.pipe_file(path, data)
        return sha256

    def get(self, sha256: str) -> bytes:
        """The bytes kept under ``sha256``.

        Raises
            FileNotFoundError: there are none.
            ValueError: ``sha256`` is not 64 hex digits, or the content no longer has that hash.
        """
        data = self._fs.cat_file(self._path(sha256))
        if hashlib.sha256(data).hexdigest() != sha256:
            raise ValueError(f"the archive's content of {sha256} has changed and no longer has that hash")
        return data

    def has(self, sha256: str) -> bool:
        """Whether bytes are kept under ``sha256``."""
        return self._fs.exists(self._path(sha256))

    def _path(self, sha256: str) -> str:
        if not _SHA256.fullmatch(sha256):
            raise ValueError(f"not a sha256: {sha256!r}, expected 64 lower-case hex digits")
        return str(self._root / sha256[:2] / sha256[2:4] / sha256)  # two levels: folders stay small


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".part-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(name).rename(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    for folder in (path.parent, path.parent.parent, path.parent.parent.parent):  # the new names must survive, too
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
