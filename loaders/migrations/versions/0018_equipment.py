"""Equipment and seals of export filings, Schedules B and K, and messages of ours that a partner refused, by when"""

import sqlalchemy as sa
from alembic import op

from loaders.migrations import policies_0018 as policies

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('export_equipment',
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('initial', sa.Text(), nullable=False),
    sa.Column('number', sa.Text(), nullable=False),
    sa.Column('seal_1', sa.Text(), nullable=False),
    sa.Column('seal_2', sa.Text(), nullable=False),
    sa.Column('version_id', sa.BigInteger(), nullable=False),
    sa.Column('interchange_id', sa.BigInteger(), nullable=False),
    sa.Column('record', sa.Integer(), nullable=False),
    sa.Column('line', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['version_id'], ['export_filing_version.id'], name=op.f('fk_export_equipment_version_id')),
    sa.PrimaryKeyConstraint('version_id', 'interchange_id', 'record', name=op.f('pk_export_equipment'))
    )
    op.create_table('ref_schedule_b',
    sa.Column('number', sa.Text(), nullable=False),
    sa.Column('valid_from', sa.Date(), nullable=False),
    sa.Column('valid_to', sa.Date(), nullable=True),
    sa.Column('description', sa.Text(), nullable=False),
    sa.Column('unit_1', sa.Text(), nullable=False),
    sa.Column('unit_2', sa.Text(), nullable=False)
    )
    op.create_index('uq_ref_schedule_b', 'ref_schedule_b', ['number', 'valid_from'], unique=True)
    op.create_table('ref_foreign_ports',
    sa.Column('port_code', sa.Text(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('country', sa.Text(), nullable=False)
    )
    op.create_index('uq_ref_foreign_ports', 'ref_foreign_ports', ['port_code'], unique=True)
    op.create_index('ix_x12_sent_rejected', 'x12_sent', ['answered_at'], unique=False,
                    postgresql_where=sa.text("state = 'rejected'"))
    for statement in policies.STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    for statement in policies.UNDONE:
        op.execute(statement)
    op.drop_index('ix_x12_sent_rejected', 'x12_sent', postgresql_where=sa.text("state = 'rejected'"))
    op.drop_index('uq_ref_foreign_ports', table_name='ref_foreign_ports')
    op.drop_table('ref_foreign_ports')
    op.drop_index('uq_ref_schedule_b', table_name='ref_schedule_b')
    op.drop_table('ref_schedule_b')
    op.drop_table('export_equipment')
