"""Export filings that were refused, and what was said of each action, for the exporter they name"""

import sqlalchemy as sa
from alembic import op

from loaders.migrations import policies_0017 as policies

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('export_refusal',
    sa.Column('id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('exporter_account_id', sa.BigInteger(), nullable=False),
    sa.Column('filer_account_id', sa.BigInteger(), nullable=False),
    sa.Column('interchange_id', sa.BigInteger(), nullable=False),
    sa.Column('transaction_id', sa.BigInteger(), nullable=False),
    sa.Column('record', sa.Integer(), nullable=False),
    sa.Column('reference', sa.Text(), nullable=False),
    sa.Column('action', sa.Text(), nullable=False),
    sa.Column('code', sa.Text(), nullable=False),
    sa.Column('export_date', sa.Date(), nullable=True),
    sa.Column('destination', sa.Text(), nullable=False),
    sa.Column('lines', sa.Integer(), nullable=False),
    sa.Column('value_cents', sa.BigInteger(), nullable=False),
    sa.Column('refused_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['exporter_account_id'], ['account.id'], name=op.f('fk_export_refusal_exporter_account_id')),
    sa.ForeignKeyConstraint(['filer_account_id'], ['account.id'], name=op.f('fk_export_refusal_filer_account_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_export_refusal')),
    sa.UniqueConstraint('transaction_id', name=op.f('uq_export_refusal_transaction_id'))
    )
    op.create_index('ix_export_refusal_exporter', 'export_refusal', ['exporter_account_id', 'id'], unique=False)
    op.create_index('ix_export_refusal_filer', 'export_refusal', ['filer_account_id', 'id'], unique=False)
    op.create_index('ix_export_refusal_reference', 'export_refusal', ['exporter_account_id', 'reference', 'id'], unique=False)
    op.create_table('export_condition',
    sa.Column('transaction_id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('ordinal', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('exporter_account_id', sa.BigInteger(), nullable=False),
    sa.Column('filer_account_id', sa.BigInteger(), nullable=False),
    sa.Column('record', sa.Integer(), nullable=False),
    sa.Column('element', sa.Text(), nullable=False),
    sa.Column('code', sa.Text(), nullable=False),
    sa.Column('severity', sa.Text(), nullable=False),
    sa.Column('narrative', sa.Text(), nullable=False),
    sa.Column('why', sa.Text(), nullable=False),
    sa.Column('mend', sa.Text(), nullable=False),
    sa.Column('found', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('transaction_id', 'ordinal', name=op.f('pk_export_condition'))
    )
    for statement in policies.STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    for statement in policies.UNDONE:
        op.execute(statement)
    op.drop_table('export_condition')
    op.drop_table('export_refusal')
