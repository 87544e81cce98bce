"""Who sees the equipment of an export filing: whoever sees the version it belongs to (0015)."""

from __future__ import annotations

from loaders.migrations.policies_0007 import ROLE
from loaders.migrations.policies_0015 import _WITHIN_VERSION

READ = {"export_equipment": _WITHIN_VERSION}
STATEMENTS = [
    statement
    for table, which in READ.items()
    for statement in (
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
        f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
        f"GRANT SELECT ON {table} TO {ROLE}",
        f"CREATE POLICY portal_read ON {table} FOR SELECT TO {ROLE} USING ({which})",
    )
]
UNDONE = [f"DROP POLICY portal_read ON {table}" for table in READ]
