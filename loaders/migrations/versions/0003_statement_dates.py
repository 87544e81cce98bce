"""The reference table of published statement dates"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "ref_statement_dates",
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("preliminary_date", sa.Date(), nullable=True),
        sa.Column("due_date", sa.Date(), nullable=True),
        sa.Column("published", sa.Date(), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
    )
    op.create_index("uq_ref_statement_dates", "ref_statement_dates", ["month"], unique=True)


def downgrade() -> None:
    op.drop_table("ref_statement_dates")
