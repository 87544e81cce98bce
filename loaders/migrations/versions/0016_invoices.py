"""Commercial invoices: their versions and lines, and how they compare to what was declared"""

import sqlalchemy as sa
from alembic import op

from loaders.migrations import policies_0016 as policies

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('invoice',
    sa.Column('id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('importer_account_id', sa.BigInteger(), nullable=False),
    sa.Column('filer_account_id', sa.BigInteger(), nullable=True),
    sa.Column('sender_account_id', sa.BigInteger(), nullable=False),
    sa.Column('seller', sa.Text(), nullable=False),
    sa.Column('seller_name', sa.Text(), nullable=False),
    sa.Column('invoice_number', sa.Text(), nullable=False),
    sa.Column('reference_number', sa.Text(), nullable=False),
    sa.Column('status', sa.Text(), nullable=False),
    sa.Column('version_id', sa.BigInteger(), nullable=False),
    sa.Column('sequence', sa.Integer(), nullable=False),
    sa.Column('invoice_date', sa.Date(), nullable=True),
    sa.Column('currency', sa.Text(), nullable=False),
    sa.Column('total_cents', sa.BigInteger(), nullable=True),
    sa.Column('lines', sa.Integer(), nullable=False),
    sa.Column('accepted_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('match_state', sa.Text(), server_default='', nullable=False),
    sa.Column('matched_lines', sa.Integer(), server_default=sa.text('0'), nullable=False),
    sa.Column('different_lines', sa.Integer(), server_default=sa.text('0'), nullable=False),
    sa.Column('missing_lines', sa.Integer(), server_default=sa.text('0'), nullable=False),
    sa.Column('uninvoiced_lines', sa.Integer(), server_default=sa.text('0'), nullable=False),
    sa.Column('difference_cents', sa.BigInteger(), nullable=True),
    sa.Column('matched_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("match_state IN ('', 'waiting', 'matched', 'different')", name=op.f('ck_invoice_match_state')),
    sa.CheckConstraint("status IN ('accepted', 'cancelled')", name=op.f('ck_invoice_status')),
    sa.ForeignKeyConstraint(['importer_account_id'], ['account.id'], name=op.f('fk_invoice_importer_account_id')),
    sa.ForeignKeyConstraint(['sender_account_id'], ['account.id'], name=op.f('fk_invoice_sender_account_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_invoice')),
    sa.UniqueConstraint('importer_account_id', 'seller', 'invoice_number', name=op.f('uq_invoice_importer_account_id_seller_invoice_number'))
    )
    op.create_index('ix_invoice_filer', 'invoice', ['filer_account_id', 'id'], unique=False)
    op.create_index('ix_invoice_importer', 'invoice', ['importer_account_id', 'id'], unique=False)
    op.create_index('ix_invoice_reference', 'invoice', ['reference_number'], unique=False)
    op.create_index('ix_invoice_version', 'invoice', ['version_id'], unique=False)
    op.create_index('ix_invoice_state', 'invoice', ['importer_account_id', 'match_state', 'id'], unique=False)
    op.create_table('invoice_entry',
    sa.Column('invoice_id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('entry_summary_id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('entry_version_id', sa.BigInteger(), nullable=False),
    sa.Column('by', sa.Text(), nullable=False),
    sa.CheckConstraint("by IN ('entry', 'invoice', 'broker')", name=op.f('ck_invoice_entry_by')),
    sa.ForeignKeyConstraint(['entry_summary_id'], ['entry_summary.id'], name=op.f('fk_invoice_entry_entry_summary_id')),
    sa.ForeignKeyConstraint(['invoice_id'], ['invoice.id'], name=op.f('fk_invoice_entry_invoice_id')),
    sa.PrimaryKeyConstraint('invoice_id', 'entry_summary_id', name=op.f('pk_invoice_entry'))
    )
    op.create_index(op.f('ix_invoice_entry_entry_summary_id'), 'invoice_entry', ['entry_summary_id'], unique=False)
    op.create_table('invoice_match',
    sa.Column('id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('invoice_id', sa.BigInteger(), nullable=True),
    sa.Column('line', sa.Integer(), nullable=False),
    sa.Column('entry_summary_id', sa.BigInteger(), nullable=True),
    sa.Column('entry_version_id', sa.BigInteger(), nullable=True),
    sa.Column('declared_line', sa.Integer(), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('step', sa.SmallInteger(), nullable=False),
    sa.Column('score', sa.Integer(), nullable=False),
    sa.Column('differences', sa.Text(), nullable=False),
    sa.Column('invoiced_lines', sa.Integer(), nullable=False),
    sa.Column('invoiced_cents', sa.BigInteger(), nullable=True),
    sa.Column('declared_cents', sa.BigInteger(), nullable=True),
    sa.Column('difference_cents', sa.BigInteger(), nullable=True),
    sa.CheckConstraint("state IN ('matched', 'different', 'missing', 'uninvoiced')", name=op.f('ck_invoice_match_state')),
    sa.ForeignKeyConstraint(['entry_summary_id'], ['entry_summary.id'], name=op.f('fk_invoice_match_entry_summary_id')),
    sa.ForeignKeyConstraint(['invoice_id'], ['invoice.id'], name=op.f('fk_invoice_match_invoice_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_invoice_match'))
    )
    op.create_index(op.f('ix_invoice_match_entry_summary_id'), 'invoice_match', ['entry_summary_id'], unique=False)
    op.create_index(op.f('ix_invoice_match_invoice_id'), 'invoice_match', ['invoice_id'], unique=False)
    op.create_table('invoice_version',
    sa.Column('id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('invoice_id', sa.BigInteger(), nullable=False),
    sa.Column('interchange_id', sa.BigInteger(), nullable=False),
    sa.Column('record', sa.Integer(), nullable=False),
    sa.Column('transaction_id', sa.BigInteger(), nullable=False),
    sa.Column('sequence', sa.Integer(), nullable=False),
    sa.Column('severity', sa.Text(), nullable=False),
    sa.Column('code', sa.Text(), nullable=False),
    sa.Column('effect', sa.Text(), nullable=False),
    sa.Column('superseded_by', sa.BigInteger(), nullable=True),
    sa.Column('accepted_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('importer_account_id', sa.BigInteger(), nullable=False),
    sa.Column('filer_account_id', sa.BigInteger(), nullable=True),
    sa.Column('invoice_number', sa.Text(), nullable=False),
    sa.Column('invoice_date', sa.Date(), nullable=True),
    sa.Column('purchase_order', sa.Text(), nullable=False),
    sa.Column('purchase_order_date', sa.Date(), nullable=True),
    sa.Column('transaction_type', sa.Text(), nullable=False),
    sa.Column('purpose', sa.Text(), nullable=False),
    sa.Column('currency', sa.Text(), nullable=False),
    sa.Column('currency_stated', sa.Boolean(), nullable=False),
    sa.Column('exchange_rate', sa.Text(), nullable=False),
    sa.Column('seller_name', sa.Text(), nullable=False),
    sa.Column('importer_name', sa.Text(), nullable=False),
    sa.Column('importer_identifier', sa.Text(), nullable=False),
    sa.Column('lines', sa.Integer(), nullable=False),
    sa.Column('lines_cents', sa.BigInteger(), nullable=True),
    sa.Column('charges_cents', sa.BigInteger(), nullable=False),
    sa.Column('allowances_cents', sa.BigInteger(), nullable=False),
    sa.Column('tax_cents', sa.BigInteger(), nullable=False),
    sa.Column('total_cents', sa.BigInteger(), nullable=True),
    sa.ForeignKeyConstraint(['invoice_id'], ['invoice.id'], name=op.f('fk_invoice_version_invoice_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_invoice_version')),
    sa.UniqueConstraint('invoice_id', 'sequence', name=op.f('uq_invoice_version_invoice_id_sequence'))
    )
    op.create_table('invoice_charge',
    sa.Column('version_id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('record', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('line', sa.Integer(), nullable=False),
    sa.Column('indicator', sa.Text(), nullable=False),
    sa.Column('code', sa.Text(), nullable=False),
    sa.Column('amount_cents', sa.BigInteger(), nullable=False),
    sa.Column('description', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['version_id'], ['invoice_version.id'], name=op.f('fk_invoice_charge_version_id')),
    sa.PrimaryKeyConstraint('version_id', 'record', name=op.f('pk_invoice_charge'))
    )
    op.create_table('invoice_identifier',
    sa.Column('version_id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('record', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('line', sa.Integer(), nullable=False),
    sa.Column('qualifier', sa.Text(), nullable=False),
    sa.Column('value', sa.Text(), nullable=False),
    sa.Column('description', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['version_id'], ['invoice_version.id'], name=op.f('fk_invoice_identifier_version_id')),
    sa.PrimaryKeyConstraint('version_id', 'record', name=op.f('pk_invoice_identifier'))
    )
    op.create_index('ix_invoice_identifier_links', 'invoice_identifier', ['value', 'qualifier'], unique=False, postgresql_where=sa.text("qualifier IN ('6B', '3Z')"))
    op.create_table('invoice_line',
    sa.Column('version_id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('line', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('record', sa.Integer(), nullable=False),
    sa.Column('line_id', sa.Text(), nullable=False),
    sa.Column('quantity', sa.BigInteger(), nullable=True),
    sa.Column('quantity_scale', sa.SmallInteger(), nullable=False),
    sa.Column('unit', sa.Text(), nullable=False),
    sa.Column('price', sa.BigInteger(), nullable=True),
    sa.Column('price_scale', sa.SmallInteger(), nullable=False),
    sa.Column('price_basis', sa.Text(), nullable=False),
    sa.Column('amount_cents', sa.BigInteger(), nullable=True),
    sa.Column('charges_cents', sa.BigInteger(), nullable=False),
    sa.Column('vendor_part', sa.Text(), nullable=False),
    sa.Column('buyer_part', sa.Text(), nullable=False),
    sa.Column('upc', sa.Text(), nullable=False),
    sa.Column('hts_number', sa.Text(), nullable=False),
    sa.Column('origin', sa.Text(), nullable=False),
    sa.Column('order_number', sa.Text(), nullable=False),
    sa.Column('order_line', sa.Text(), nullable=False),
    sa.Column('description', sa.Text(), nullable=False),
    sa.Column('products', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['version_id'], ['invoice_version.id'], name=op.f('fk_invoice_line_version_id')),
    sa.PrimaryKeyConstraint('version_id', 'line', name=op.f('pk_invoice_line'))
    )
    op.create_table('invoice_party',
    sa.Column('version_id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('record', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('line', sa.Integer(), nullable=False),
    sa.Column('role', sa.Text(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('qualifier', sa.Text(), nullable=False),
    sa.Column('identifier', sa.Text(), nullable=False),
    sa.Column('street', sa.Text(), nullable=False),
    sa.Column('city', sa.Text(), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('postal_code', sa.Text(), nullable=False),
    sa.Column('country', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['version_id'], ['invoice_version.id'], name=op.f('fk_invoice_party_version_id')),
    sa.PrimaryKeyConstraint('version_id', 'record', name=op.f('pk_invoice_party'))
    )
    op.create_index('ix_invoice_reference_number', 'invoice_reference', ['invoice_number'], unique=False)
    for statement in policies.STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    for statement in policies.UNDONE:
        op.execute(statement)
    op.drop_index('ix_invoice_reference_number', table_name='invoice_reference')
    op.drop_table('invoice_party')
    op.drop_table('invoice_line')
    op.drop_index('ix_invoice_identifier_links', table_name='invoice_identifier', postgresql_where=sa.text("qualifier IN ('6B', '3Z')"))
    op.drop_table('invoice_identifier')
    op.drop_table('invoice_charge')
    op.drop_table('invoice_version')
    op.drop_index(op.f('ix_invoice_match_invoice_id'), table_name='invoice_match')
    op.drop_index(op.f('ix_invoice_match_entry_summary_id'), table_name='invoice_match')
    op.drop_table('invoice_match')
    op.drop_index(op.f('ix_invoice_entry_entry_summary_id'), table_name='invoice_entry')
    op.drop_table('invoice_entry')
    op.drop_index('ix_invoice_version', table_name='invoice')
    op.drop_index('ix_invoice_state', table_name='invoice')
    op.drop_index('ix_invoice_reference', table_name='invoice')
    op.drop_index('ix_invoice_importer', table_name='invoice')
    op.drop_index('ix_invoice_filer', table_name='invoice')
    op.drop_table('invoice')
