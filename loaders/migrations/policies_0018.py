"""Who sees the equipment of an export filing: whoever sees the version it belongs to (0015)."""

from __future__ import annotations

from loaders.migrations.policies_0015 import _WITHIN_VERSION
from loaders.migrations.reading import closed, opened

READ = {"export_equipment": _WITHIN_VERSION}
STATEMENTS = opened(READ)
UNDONE = closed(READ)
