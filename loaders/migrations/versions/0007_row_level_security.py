"""Row-level security under the portal's own role."""

import sqlalchemy as sa
from alembic import op

from loaders.migrations import policies_0007 as policies

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    inspector = sa.inspect(op.get_bind())
    columns = {name: [c["name"] for c in inspector.get_columns(name)] for name in policies.HIDDEN}
    for statement in policies.statements(columns):
        op.execute(sa.text(statement.replace(":", r"\:")))


def downgrade() -> None:
    for table in policies.READ:
        op.execute(f"DROP POLICY portal_read ON {table}")
        op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
    for table, command in policies.WRITE:
        op.execute(f"DROP POLICY portal_{command.lower()} ON {table}")
    op.execute(f"DROP OWNED BY {policies.ROLE}")
    for name in ("portal_reach", "portal_memberships", "audit_append", "audit_words", "portal_find_account", "portal_source", "portal_user_id", "portal_is", "portal_ids"):
        op.execute(f"DROP FUNCTION {name}")
