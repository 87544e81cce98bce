"""Indexes that an importer's pages ask for at two years of a large account"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("ix_entry_summary_version_print", "entry_summary_version")
    op.create_index("ix_entry_summary_version_entered", "entry_summary_version", ["importer_account_id", "entry_date"])
    op.create_index("ix_entry_summary_filed_by", "entry_summary", ["importer_account_id", "filer_code", "id"])
    op.create_index("ix_entry_summary_unprinted", "entry_summary", ["importer_account_id", "id"],
                    postgresql_where=sa.text("statement_number IS NULL AND paid_at IS NULL"))  # fmt: skip
    op.create_index("ix_statement_unpaid", "statement", ["id"], postgresql_where=sa.text("paid_at IS NULL"))
    op.create_index("ix_statement_entry_removed", "statement_entry", ["entry_summary_id"],
                    postgresql_where=sa.text("removed_at IS NOT NULL"))  # fmt: skip


def downgrade() -> None:
    op.drop_index("ix_statement_entry_removed", "statement_entry")
    op.drop_index("ix_statement_unpaid", "statement")
    op.drop_index("ix_entry_summary_unprinted", "entry_summary")
    op.drop_index("ix_entry_summary_filed_by", "entry_summary")
    op.drop_index("ix_entry_summary_version_entered", "entry_summary_version")
    op.create_index("ix_entry_summary_version_print", "entry_summary_version", ["importer_account_id", "statement_date"])
