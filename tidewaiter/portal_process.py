"""The portal's process: where it listens, its start, and the words when it cannot.

The portal is run as a module, never imported: arrows point the other way.
"""

from __future__ import annotations

import time

from tidewaiter import ports
from tidewaiter.processes import Child
from tidewaiter.settings import Settings


class PortalDown(Exception):
    """The portal did not come up; the message holds the end of its log."""


def origin(settings: Settings, port: int = 0) -> str:
    """The address people type: as set, else localhost at the port of this time or, without one, of last time."""
    if settings.portal_origin:
        return settings.portal_origin.rstrip("/")
    return f"http://localhost:{port or settings.portal_port or _last(settings)}"


def _last(settings: Settings) -> int:
    file = settings.home / "portal" / "port"
    return int(file.read_text()) if file.exists() else ports.kept(file.parent)


def possible(settings: Settings) -> str:
    """Why there can be no portal, in words; blank when there can."""
    if settings.database_url and not settings.portal_database_url:
        return "portal_database_url is not set: the portal needs a role of its own on this server (docs/portal.md)"
    return ""


def start(settings: Settings, airflow: str = "", timeout: float = 60.0) -> tuple[Child, str]:
    """The running portal, when it listens, and its address. ``airflow``: where operations go on to.

    Raises
        PortalDown: it ended, or does not listen after ``timeout`` seconds.
    """
    if reason := possible(settings):
        raise PortalDown(reason)
    port = settings.portal_port or ports.kept(settings.home / "portal")
    address = origin(settings, port)
    child = Child(
        "portal.serve",
        *(str(settings.home), "--port", str(port), "--origin", address, "--airflow", airflow),
        log=settings.home / "logs" / "portal.log",
    )
    deadline = time.monotonic() + timeout
    while child.ended is None and time.monotonic() < deadline:
        if "listening on " in child.output():
            return child, address
        time.sleep(0.05)
    child.stop()
    raise PortalDown(f"the portal is not up. Its log ends:\n{child.tail()}")
