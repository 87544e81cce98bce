"""Payment: payer units, files of debits, returns, notices, standings, and the rates of interest"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_constraint(op.f("ck_statement_event_step"), "statement_event", type_="check")
    op.create_check_constraint(
        op.f("ck_statement_event_step"),
        "statement_event",
        "step IN ('print', 'finalise', 'remove', 'authorise', 'withdraw', 'send', 'return', 'pay', 'late', 'notice')",
    )
    op.create_table('debit_file',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('created_on', sa.Date(), nullable=False),
    sa.Column('modifier', sa.Text(), nullable=False),
    sa.Column('sha256', sa.Text(), nullable=False),
    sa.Column('debits', sa.Integer(), nullable=False),
    sa.Column('amount_cents', sa.BigInteger(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('placed_at', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_debit_file')),
    sa.UniqueConstraint('created_on', 'modifier', name=op.f('uq_debit_file_created_on_modifier')),
    sa.UniqueConstraint('name', name=op.f('uq_debit_file_name'))
    )
    op.create_table('ref_interest_rates',
    sa.Column('valid_from', sa.Date(), nullable=False),
    sa.Column('valid_to', sa.Date(), nullable=True),
    sa.Column('underpayment_pct', sa.BigInteger(), nullable=True),
    sa.Column('overpayment_noncorp_pct', sa.BigInteger(), nullable=True),
    sa.Column('overpayment_corp_pct', sa.BigInteger(), nullable=True),
    sa.Column('source', sa.Text(), nullable=False)
    )
    op.create_index('uq_ref_interest_rates', 'ref_interest_rates', ['valid_from'], unique=True)
    op.create_table('account_standing',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('account_id', sa.BigInteger(), nullable=False),
    sa.Column('standing', sa.Text(), nullable=False),
    sa.Column('statement_number', sa.Text(), server_default='', nullable=False),
    sa.Column('valid_from', sa.Date(), nullable=False),
    sa.Column('valid_to', sa.Date(), nullable=True),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("standing IN ('good', 'late', 'noticed', 'defaulted')", name=op.f('ck_account_standing_standing')),
    sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_account_standing_account_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_account_standing'))
    )
    op.create_index('uq_account_standing', 'account_standing', ['account_id', 'valid_from'], unique=True)
    op.create_table('payer_unit',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('account_id', sa.BigInteger(), nullable=False),
    sa.Column('payer_unit', sa.Text(), nullable=False),
    sa.Column('routing_number', sa.Text(), nullable=False),
    sa.Column('account_number', sa.Text(), nullable=False),
    sa.Column('account_kind', sa.Text(), nullable=False),
    sa.Column('payer_name', sa.Text(), nullable=False),
    sa.Column('valid_from', sa.Date(), nullable=False),
    sa.Column('valid_to', sa.Date(), nullable=True),
    sa.CheckConstraint("account_kind IN ('checking', 'savings')", name=op.f('ck_payer_unit_account_kind')),
    sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_payer_unit_account_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_payer_unit')),
    sa.UniqueConstraint('payer_unit', 'valid_from', name=op.f('uq_payer_unit_payer_unit_valid_from'))
    )
    op.create_index(op.f('ix_payer_unit_account_id'), 'payer_unit', ['account_id'], unique=False)
    op.add_column('payment', sa.Column('debit_file_id', sa.BigInteger(), nullable=True))
    op.add_column('payment', sa.Column('return_reference', sa.Text(), server_default='', nullable=False))
    op.add_column('payment', sa.Column('return_sha256', sa.Text(), server_default='', nullable=False))
    op.create_index(op.f('ix_payment_debit_file_id'), 'payment', ['debit_file_id'], unique=False)
    op.create_foreign_key(op.f('fk_payment_debit_file_id'), 'payment', 'debit_file', ['debit_file_id'], ['id'])
    op.add_column('statement', sa.Column('noticed_at', sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.execute("DELETE FROM statement_event WHERE step = 'notice'")
    op.drop_constraint(op.f("ck_statement_event_step"), "statement_event", type_="check")
    op.create_check_constraint(
        op.f("ck_statement_event_step"),
        "statement_event",
        "step IN ('print', 'finalise', 'remove', 'authorise', 'withdraw', 'send', 'return', 'pay', 'late')",
    )
    op.drop_column('statement', 'noticed_at')
    op.drop_constraint(op.f('fk_payment_debit_file_id'), 'payment', type_='foreignkey')
    op.drop_index(op.f('ix_payment_debit_file_id'), table_name='payment')
    op.drop_column('payment', 'return_sha256')
    op.drop_column('payment', 'return_reference')
    op.drop_column('payment', 'debit_file_id')
    op.drop_index(op.f('ix_payer_unit_account_id'), table_name='payer_unit')
    op.drop_table('payer_unit')
    op.drop_index('uq_account_standing', table_name='account_standing')
    op.drop_table('account_standing')
    op.drop_index('uq_ref_interest_rates', table_name='ref_interest_rates')
    op.drop_table('ref_interest_rates')
    op.drop_table('debit_file')
