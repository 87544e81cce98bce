"""When a refused action on an export filing was mended, whoever mended it"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

#: Of what was refused before: the next accepted version of its shipment, as loaders.export_refusals notes it from now on.
MENDED = """
    UPDATE export_refusal r SET mended_at = (
        SELECT min(v.accepted_at) FROM export_filing f JOIN export_filing_version v ON v.export_filing_id = f.id
        WHERE f.exporter_account_id = r.exporter_account_id AND f.reference = r.reference
        AND v.accepted_at > r.refused_at
        AND (v.filer_account_id = r.filer_account_id OR NOT EXISTS (
            SELECT FROM export_condition c WHERE c.transaction_id = r.transaction_id AND c.code = 'T05')))"""


def upgrade() -> None:
    op.add_column("export_refusal", sa.Column("mended_at", sa.DateTime(timezone=True), nullable=True))
    op.execute(MENDED)


def downgrade() -> None:
    op.drop_column("export_refusal", "mended_at")
