"""An index of when versions were accepted, for what is asked of a month"""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "brin_entry_summary_version",
        "entry_summary_version",
        ["accepted_at"],
        postgresql_using="brin",
        postgresql_with={"pages_per_range": 16, "autosummarize": "on"},
    )


def downgrade() -> None:
    op.drop_index("brin_entry_summary_version", "entry_summary_version")
