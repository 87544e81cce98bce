"""Export filings: their versions and what they say, and the monthly statements of them"""

import sqlalchemy as sa
from alembic import op

from loaders.migrations import policies_0015 as policies

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('export_sequence',
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('last', sa.Integer(), nullable=False),
    sa.CheckConstraint('last BETWEEN 1 AND 999999', name=op.f('ck_export_sequence_last')),
    sa.PrimaryKeyConstraint('day', name=op.f('pk_export_sequence'))
    )
    op.create_table('export_filing',
    sa.Column('id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('exporter_account_id', sa.BigInteger(), nullable=False),
    sa.Column('filer_account_id', sa.BigInteger(), nullable=False),
    sa.Column('reference', sa.Text(), nullable=False),
    sa.Column('itn', sa.Text(), nullable=False),
    sa.Column('status', sa.Text(), nullable=False),
    sa.Column('version_id', sa.BigInteger(), nullable=False),
    sa.Column('sequence', sa.Integer(), nullable=False),
    sa.Column('export_date', sa.Date(), nullable=True),
    sa.Column('destination', sa.Text(), nullable=False),
    sa.Column('lines', sa.Integer(), nullable=False),
    sa.Column('value_cents', sa.BigInteger(), nullable=False),
    sa.Column('severity', sa.Text(), nullable=False),
    sa.Column('days_late', sa.Integer(), nullable=False),
    sa.Column('accepted_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("status IN ('filed', 'cancelled')", name=op.f('ck_export_filing_status')),
    sa.ForeignKeyConstraint(['exporter_account_id'], ['account.id'], name=op.f('fk_export_filing_exporter_account_id')),
    sa.ForeignKeyConstraint(['filer_account_id'], ['account.id'], name=op.f('fk_export_filing_filer_account_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_export_filing')),
    sa.UniqueConstraint('exporter_account_id', 'reference', name=op.f('uq_export_filing_exporter_account_id_reference')),
    sa.UniqueConstraint('itn', name=op.f('uq_export_filing_itn'))
    )
    op.create_index('ix_export_filing_day', 'export_filing', ['exporter_account_id', 'export_date'], unique=False)
    op.create_index('ix_export_filing_exporter', 'export_filing', ['exporter_account_id', 'id'], unique=False)
    op.create_index('ix_export_filing_filer', 'export_filing', ['filer_account_id', 'id'], unique=False)
    op.create_table('export_statement',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('account_id', sa.BigInteger(), nullable=False),
    sa.Column('month', sa.Date(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('state', sa.Text(), server_default='issued', nullable=False),
    sa.Column('hash', sa.Text(), nullable=False),
    sa.Column('replaces_id', sa.BigInteger(), nullable=True),
    sa.Column('filings', sa.Integer(), nullable=False),
    sa.Column('lines', sa.Integer(), nullable=False),
    sa.Column('value_cents', sa.BigInteger(), nullable=False),
    sa.Column('late', sa.Integer(), nullable=False),
    sa.Column('reference', sa.Text(), server_default='', nullable=False),
    sa.Column('issued_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("state IN ('issued', 'replaced')", name=op.f('ck_export_statement_state')),
    sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_export_statement_account_id')),
    sa.ForeignKeyConstraint(['replaces_id'], ['export_statement.id'], name=op.f('fk_export_statement_replaces_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_export_statement')),
    sa.UniqueConstraint('account_id', 'month', 'version', name=op.f('uq_export_statement_account_id_month_version'))
    )
    op.create_table('export_filing_version',
    sa.Column('id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('export_filing_id', sa.BigInteger(), nullable=False),
    sa.Column('exporter_account_id', sa.BigInteger(), nullable=False),
    sa.Column('filer_account_id', sa.BigInteger(), nullable=False),
    sa.Column('interchange_id', sa.BigInteger(), nullable=False),
    sa.Column('transaction_id', sa.BigInteger(), nullable=False),
    sa.Column('record', sa.Integer(), nullable=False),
    sa.Column('sequence', sa.Integer(), nullable=False),
    sa.Column('effect', sa.Text(), nullable=False),
    sa.Column('severity', sa.Text(), nullable=False),
    sa.Column('code', sa.Text(), nullable=False),
    sa.Column('accepted_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('export_date', sa.Date(), nullable=True),
    sa.Column('mode', sa.Text(), nullable=False),
    sa.Column('destination', sa.Text(), nullable=False),
    sa.Column('origin_state', sa.Text(), nullable=False),
    sa.Column('postal_code', sa.Text(), nullable=False),
    sa.Column('option', sa.Text(), nullable=False),
    sa.Column('port_of_export', sa.Text(), nullable=False),
    sa.Column('port_of_unlading', sa.Text(), nullable=False),
    sa.Column('carrier', sa.Text(), nullable=False),
    sa.Column('conveyance', sa.Text(), nullable=False),
    sa.Column('transport_reference', sa.Text(), nullable=False),
    sa.Column('related', sa.Text(), nullable=False),
    sa.Column('hazardous', sa.Text(), nullable=False),
    sa.Column('routed', sa.Text(), nullable=False),
    sa.Column('inbond_code', sa.Text(), nullable=False),
    sa.Column('entry_number', sa.Text(), nullable=False),
    sa.Column('zone', sa.Text(), nullable=False),
    sa.Column('exporter_id', sa.Text(), nullable=False),
    sa.Column('exporter_id_qualifier', sa.Text(), nullable=False),
    sa.Column('exporter_name', sa.Text(), nullable=False),
    sa.Column('agent_id', sa.Text(), nullable=False),
    sa.Column('agent_name', sa.Text(), nullable=False),
    sa.Column('consignee_name', sa.Text(), nullable=False),
    sa.Column('consignee_country', sa.Text(), nullable=False),
    sa.Column('consignee_kind', sa.Text(), nullable=False),
    sa.Column('lines', sa.Integer(), nullable=False),
    sa.Column('value_cents', sa.BigInteger(), nullable=False),
    sa.Column('weight', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['export_filing_id'], ['export_filing.id'], name=op.f('fk_export_filing_version_export_filing_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_export_filing_version')),
    sa.UniqueConstraint('export_filing_id', 'sequence', name=op.f('uq_export_filing_version_export_filing_id_sequence'))
    )
    op.create_index('ix_export_filing_version_sent', 'export_filing_version', ['interchange_id'], unique=False)
    op.create_table('export_statement_file',
    sa.Column('statement_id', sa.BigInteger(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('sha256', sa.Text(), nullable=False),
    sa.Column('bytes', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['statement_id'], ['export_statement.id'], name=op.f('fk_export_statement_file_statement_id')),
    sa.PrimaryKeyConstraint('statement_id', 'name', name=op.f('pk_export_statement_file'))
    )
    op.create_table('export_line',
    sa.Column('version_id', sa.BigInteger(), nullable=False),
    sa.Column('line', sa.Integer(), nullable=False),
    sa.Column('interchange_id', sa.BigInteger(), nullable=False),
    sa.Column('record', sa.Integer(), nullable=False),
    sa.Column('qualifier', sa.Text(), nullable=False),
    sa.Column('number', sa.Text(), nullable=False),
    sa.Column('description', sa.Text(), nullable=False),
    sa.Column('information_code', sa.Text(), nullable=False),
    sa.Column('origin', sa.Text(), nullable=False),
    sa.Column('unit_1', sa.Text(), nullable=False),
    sa.Column('quantity_1', sa.BigInteger(), nullable=True),
    sa.Column('unit_2', sa.Text(), nullable=False),
    sa.Column('quantity_2', sa.BigInteger(), nullable=True),
    sa.Column('value_cents', sa.BigInteger(), nullable=False),
    sa.Column('weight', sa.BigInteger(), nullable=True),
    sa.Column('weight_unit', sa.Text(), nullable=False),
    sa.Column('license_code', sa.Text(), nullable=False),
    sa.Column('license_number', sa.Text(), nullable=False),
    sa.Column('eccn', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['version_id'], ['export_filing_version.id'], name=op.f('fk_export_line_version_id')),
    sa.PrimaryKeyConstraint('version_id', 'line', name=op.f('pk_export_line'))
    )
    op.create_table('export_mark',
    sa.Column('qualifier', sa.Text(), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('version_id', sa.BigInteger(), nullable=False),
    sa.Column('interchange_id', sa.BigInteger(), nullable=False),
    sa.Column('record', sa.Integer(), nullable=False),
    sa.Column('line', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['version_id'], ['export_filing_version.id'], name=op.f('fk_export_mark_version_id')),
    sa.PrimaryKeyConstraint('version_id', 'interchange_id', 'record', name=op.f('pk_export_mark'))
    )
    op.create_table('export_party',
    sa.Column('role', sa.Text(), nullable=False),
    sa.Column('entity', sa.Text(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('qualifier', sa.Text(), nullable=False),
    sa.Column('identifier', sa.Text(), nullable=False),
    sa.Column('name_2', sa.Text(), nullable=False),
    sa.Column('address_1', sa.Text(), nullable=False),
    sa.Column('address_2', sa.Text(), nullable=False),
    sa.Column('city', sa.Text(), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('postal_code', sa.Text(), nullable=False),
    sa.Column('country', sa.Text(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('version_id', sa.BigInteger(), nullable=False),
    sa.Column('interchange_id', sa.BigInteger(), nullable=False),
    sa.Column('record', sa.Integer(), nullable=False),
    sa.Column('line', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['version_id'], ['export_filing_version.id'], name=op.f('fk_export_party_version_id')),
    sa.PrimaryKeyConstraint('version_id', 'interchange_id', 'record', name=op.f('pk_export_party'))
    )
    op.create_table('export_reference',
    sa.Column('qualifier', sa.Text(), nullable=False),
    sa.Column('number', sa.Text(), nullable=False),
    sa.Column('version_id', sa.BigInteger(), nullable=False),
    sa.Column('interchange_id', sa.BigInteger(), nullable=False),
    sa.Column('record', sa.Integer(), nullable=False),
    sa.Column('line', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['version_id'], ['export_filing_version.id'], name=op.f('fk_export_reference_version_id')),
    sa.PrimaryKeyConstraint('version_id', 'interchange_id', 'record', name=op.f('pk_export_reference'))
    )
    op.create_table('export_statement_filing',
    sa.Column('statement_id', sa.BigInteger(), nullable=False),
    sa.Column('version_id', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['statement_id'], ['export_statement.id'], name=op.f('fk_export_statement_filing_statement_id')),
    sa.ForeignKeyConstraint(['version_id'], ['export_filing_version.id'], name=op.f('fk_export_statement_filing_version_id')),
    sa.PrimaryKeyConstraint('statement_id', 'version_id', name=op.f('pk_export_statement_filing'))
    )
    op.create_index(op.f('ix_export_statement_filing_version_id'), 'export_statement_filing', ['version_id'], unique=False)
    op.create_table('export_vehicle',
    sa.Column('vin', sa.Text(), nullable=False),
    sa.Column('product_id', sa.Text(), nullable=False),
    sa.Column('year', sa.BigInteger(), nullable=True),
    sa.Column('title_number', sa.Text(), nullable=False),
    sa.Column('title_state', sa.Text(), nullable=False),
    sa.Column('version_id', sa.BigInteger(), nullable=False),
    sa.Column('interchange_id', sa.BigInteger(), nullable=False),
    sa.Column('record', sa.Integer(), nullable=False),
    sa.Column('line', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['version_id'], ['export_filing_version.id'], name=op.f('fk_export_vehicle_version_id')),
    sa.PrimaryKeyConstraint('version_id', 'interchange_id', 'record', name=op.f('pk_export_vehicle'))
    )
    for statement in policies.STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    for statement in policies.UNDONE:
        op.execute(statement)
    op.drop_table('export_vehicle')
    op.drop_index(op.f('ix_export_statement_filing_version_id'), table_name='export_statement_filing')
    op.drop_table('export_statement_filing')
    op.drop_table('export_reference')
    op.drop_table('export_party')
    op.drop_table('export_mark')
    op.drop_table('export_line')
    op.drop_table('export_statement_file')
    op.drop_index('ix_export_filing_version_sent', table_name='export_filing_version')
    op.drop_table('export_filing_version')
    op.drop_table('export_statement')
    op.drop_index('ix_export_filing_filer', table_name='export_filing')
    op.drop_index('ix_export_filing_exporter', table_name='export_filing')
    op.drop_index('ix_export_filing_day', table_name='export_filing')
    op.drop_table('export_filing')
    op.drop_table('export_sequence')
