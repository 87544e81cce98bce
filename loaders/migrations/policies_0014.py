"""Who sees what came and went as X12: the account itself, officers, operations."""

from __future__ import annotations

from loaders.migrations.policies_0007 import ROLE
from loaders.migrations.reading import closed, opened

_ACCOUNT = (
    "account_id = ANY ((SELECT portal_ids('accounts'))::bigint[])"
    " OR (SELECT portal_is('officer')) OR (SELECT portal_is('operations'))"
)
READ = dict.fromkeys(("x12_partner", "x12_control", "x12_interchange", "x12_group", "x12_set", "x12_sent"), _ACCOUNT)
STATEMENTS = opened(READ)
UNDONE = [
    *closed(READ),
    f"REVOKE ALL ON {', '.join(READ)} FROM {ROLE}",
]
