"""How much an account may store."""

import errno
import os
import threading
from pathlib import Path
from typing import NamedTuple


class Limits(NamedTuple):
    """What one server bears. Sizes in bytes, times in seconds."""

    file: int = 1 << 30
    home: int = 8 << 30
    connections: int = 64
    channels: int = 8
    idle: float = 600.0
    login: float = 30.0


class Quota:
    """Bytes in the homes, counted lazily: additions are added up, and the files are counted before anybody is
    refused."""

    def __init__(self, homes: Path, limits: Limits):
        self._homes, self._limits = homes, limits
        self._used: dict[str, int] = {}
        self._lock = threading.Lock()

    def grow(self, account: str, size: int, end: int) -> None:
        """Admit that a file of `size` bytes of an account becomes `end` bytes long. Raises OSError (EFBIG,
        EDQUOT)."""
        if end > self._limits.file:
            raise OSError(errno.EFBIG, f"file too large: at most {self._limits.file} bytes are taken")
        growth = max(0, end - size)
        with self._lock:
            if account not in self._used or self._used[account] + growth > self._limits.home:
                self._used[account] = self._count(account)
            if self._used[account] + growth > self._limits.home:
                room = f"{self._used[account]} of {self._limits.home} bytes used"
                raise OSError(errno.EDQUOT, f"home is full: {room}; fetch and delete what lies in outbox/")
            self._used[account] += growth

    def _count(self, account: str) -> int:
        total = 0
        for folder, _, files in os.walk(self._homes / account):
            for file in files:
                try:
                    total += os.lstat(os.path.join(folder, file)).st_size  # noqa: PTH118 (a Path per file is slow)
                except FileNotFoundError:
                    continue
        return total
