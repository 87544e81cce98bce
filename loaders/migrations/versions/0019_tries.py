"""How many workers died of a file"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ("shard", "interchange"):
        op.add_column(table, sa.Column("tries", sa.Integer(), server_default=sa.text("0"), nullable=False))


def downgrade() -> None:
    for table in ("interchange", "shard"):
        op.drop_column(table, "tries")
