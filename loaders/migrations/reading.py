"""How a table is opened to the portal: read by its role alone, and of it the rows that a policy lets through."""

from __future__ import annotations

from collections.abc import Mapping

from loaders.migrations.policies_0007 import ROLE


def opened(read: Mapping[str, str]) -> list[str]:
    """The SQL for tables and the condition under which a row of each is seen."""
    return [
        statement
        for table, which in read.items()
        for statement in (
            f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
            f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
            f"GRANT SELECT ON {table} TO {ROLE}",
            f"CREATE POLICY portal_read ON {table} FOR SELECT TO {ROLE} USING ({which})",
        )
    ]


def closed(read: Mapping[str, str]) -> list[str]:
    """The SQL that takes the policies back."""
    return [f"DROP POLICY portal_read ON {table}" for table in read]
