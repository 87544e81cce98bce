"""How ``make test`` shares the tests out between processes: what stands on the same servers and houses goes to one.

A unit is given to whichever process has nothing left, the longest first, so that all end at about the same time. The
folder of the DAGs is one unit: Airflow runs once at a time, and while it keeps its own time the others compute.
"""

from __future__ import annotations

import re

from xdist.scheduler import LoadScopeScheduling

AIRFLOW = "tests/dags/"
#: Folders and servers that are one unit; every other module is one of its own.
TOGETHER = (AIRFLOW, "tests/portal/")
BY_SERVER = {"tests/loaders/": "debian", "tests/sftp_drop/": "openssh"}
#: What takes longest, in this order; anything else comes after it as it is collected.
LONGEST = (AIRFLOW, "tests/portal/", "tests/system/test_system_killed.py", "tests/loaders/")


def unit(nodeid: str) -> str:
    """The unit that a test belongs to, by its id."""
    module, _, name = nodeid.partition("::")
    for folder in TOGETHER:
        if module.startswith(folder):
            return folder
    for folder, server in BY_SERVER.items():
        if module.startswith(folder) and (match := re.search(rf"\[(embedded|{server})\b", name)):
            return f"{folder} {match[1]}"
    return module


def turn(nodeid: str) -> int:
    """When its unit is given away: the place of its folder or module in ``LONGEST``."""
    return next((place for place, start in enumerate(LONGEST) if nodeid.startswith(start)), len(LONGEST))


class Units(LoadScopeScheduling):
    """Gives whole units away, in the order of collection."""

    def _split_scope(self, nodeid: str) -> str:
        return unit(nodeid)
