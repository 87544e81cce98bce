"""Indexes of the days that the month asks for: of entry, and of print, as filed and as moved"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

DAYS: dict[str, str | sa.TextClause] = {
    "brin_entry_summary_version_print": "statement_date",
    "brin_entry_summary_version_day": sa.text(
        "(COALESCE(entry_date, arrival_date, (accepted_at AT TIME ZONE 'America/New_York')::date))"
    ),
}


def upgrade() -> None:
    for name, column in DAYS.items():
        op.create_index(
            name,
            "entry_summary_version",
            [column],
            postgresql_using="brin",
            postgresql_with={"pages_per_range": 16, "autosummarize": "on"},
        )
    op.create_index("ix_statement_move_print_date", "statement_move", ["print_date"])


def downgrade() -> None:
    op.drop_index("ix_statement_move_print_date", "statement_move")
    for name in DAYS:
        op.drop_index(name, "entry_summary_version")
