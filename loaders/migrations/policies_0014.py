"""Who sees what came and went as X12: the account itself, officers, operations."""

from __future__ import annotations

from loaders.migrations.policies_0007 import ROLE

_ACCOUNT = (
    "account_id = ANY ((SELECT portal_ids('accounts'))::bigint[])"
    " OR (SELECT portal_is('officer')) OR (SELECT portal_is('operations'))"
)
READ = dict.fromkeys(("x12_partner", "x12_control", "x12_interchange", "x12_group", "x12_set", "x12_sent"), _ACCOUNT)
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
UNDONE = [
    *(f"DROP POLICY portal_read ON {table}" for table in READ),
    f"REVOKE ALL ON {', '.join(READ)} FROM {ROLE}",
]
