"""Ports of processes that listen on the loopback interface."""

from __future__ import annotations

import socket
from pathlib import Path

HOST = "127.0.0.1"


def kept(folder: Path) -> int:
    """The port of last time if it is free, so that bookmarks stay good; else any free one. Remembered in ``folder``."""
    file = folder / "port"
    folder.mkdir(parents=True, exist_ok=True)
    wish = int(file.read_text()) if file.exists() else 0
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, wish))
        except OSError:
            probe.bind((HOST, 0))
        port = probe.getsockname()[1]
    file.write_text(str(port))
    return port
