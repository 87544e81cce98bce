"""By the maps of which release a partner's groups in a release without maps are read"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("x12_partner", sa.Column("read_as", sa.Text(), server_default="", nullable=False))


def downgrade() -> None:
    op.drop_column("x12_partner", "read_as")
