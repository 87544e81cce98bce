"""statements"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_constraint(op.f("ck_interchange_mode"), "interchange", type_="check")
    op.create_check_constraint(op.f("ck_interchange_mode"), "interchange", "mode IN ('file', 'check', 'statement')")
    op.create_table(
        "statement_sequence",
        sa.Column("prefix", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("period", sa.Date(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("prefix", name=op.f("pk_statement_sequence")),
    )
    op.create_index("ix_statement_sequence_period", "statement_sequence", ["kind", "period"], unique=False)
    op.create_table(
        "filing",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), server_default="filed", nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("replaces_id", sa.BigInteger(), nullable=True),
        sa.Column("filed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reference", sa.Text(), server_default="", nullable=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.Column("lines", sa.BigInteger(), nullable=False),
        sa.Column("value_cents", sa.BigInteger(), nullable=False),
        sa.Column("duty_cents", sa.BigInteger(), nullable=False),
        sa.Column("tax_cents", sa.BigInteger(), nullable=False),
        sa.Column("fee_cents", sa.BigInteger(), nullable=False),
        sa.Column("ad_cents", sa.BigInteger(), nullable=False),
        sa.Column("cvd_cents", sa.BigInteger(), nullable=False),
        sa.Column("other_cents", sa.BigInteger(), nullable=False),
        sa.Column("total_cents", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("state IN ('filed', 'replaced')", name=op.f("ck_filing_state")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_filing_account_id")),
        sa.ForeignKeyConstraint(["replaces_id"], ["filing.id"], name=op.f("fk_filing_replaces_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_filing")),
        sa.UniqueConstraint("account_id", "month", "version", name=op.f("uq_filing_account_id_month_version")),
    )
    op.create_table(
        "statement",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("statement_number", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("filer_code", sa.Text(), nullable=False),
        sa.Column("filer_account_id", sa.BigInteger(), nullable=True),
        sa.Column("importer_number", sa.Text(), nullable=False),
        sa.Column("importer_account_id", sa.BigInteger(), nullable=True),
        sa.Column("port", sa.Text(), nullable=False),
        sa.Column("branch", sa.Text(), nullable=False),
        sa.Column("payment_type", sa.Text(), nullable=False),
        sa.Column("print_date", sa.Date(), nullable=False),
        sa.Column("month", sa.Date(), nullable=True),
        sa.Column("due_date", sa.Date(), nullable=True),
        sa.Column("parent_id", sa.BigInteger(), nullable=True),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("duty_cents", sa.BigInteger(), nullable=False),
        sa.Column("tax_cents", sa.BigInteger(), nullable=False),
        sa.Column("deferred_tax_cents", sa.BigInteger(), nullable=False),
        sa.Column("ad_cents", sa.BigInteger(), nullable=False),
        sa.Column("cvd_cents", sa.BigInteger(), nullable=False),
        sa.Column("interest_cents", sa.BigInteger(), nullable=False),
        sa.Column("fee_cents", sa.BigInteger(), nullable=False),
        sa.Column("total_cents", sa.BigInteger(), nullable=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.Column("revenue_entries", sa.Integer(), nullable=False),
        sa.Column("printed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("final_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("late_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind IN ('daily', 'monthly')", name=op.f("ck_statement_kind")),
        sa.CheckConstraint("status IN ('P', 'F')", name=op.f("ck_statement_status")),
        sa.ForeignKeyConstraint(["filer_account_id"], ["account.id"], name=op.f("fk_statement_filer_account_id")),
        sa.ForeignKeyConstraint(["importer_account_id"], ["account.id"], name=op.f("fk_statement_importer_account_id")),
        sa.ForeignKeyConstraint(["parent_id"], ["statement.id"], name=op.f("fk_statement_parent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_statement")),
        sa.UniqueConstraint("statement_number", name=op.f("uq_statement_statement_number")),
    )
    op.create_index(op.f("ix_statement_due_date"), "statement", ["due_date"], unique=False)
    op.create_index(op.f("ix_statement_filer_account_id"), "statement", ["filer_account_id"], unique=False)
    op.create_index(op.f("ix_statement_importer_account_id"), "statement", ["importer_account_id"], unique=False)
    op.create_index("ix_statement_month", "statement", ["month", "kind"], unique=False)
    op.create_index(op.f("ix_statement_parent_id"), "statement", ["parent_id"], unique=False)
    op.create_index("ix_statement_print_date", "statement", ["print_date", "kind"], unique=False)
    op.create_table(
        "statement_setting",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("scope", sa.Text(), server_default="port", nullable=False),
        sa.Column("port", sa.Text(), server_default="", nullable=False),
        sa.Column("preliminary_day", sa.Integer(), nullable=True),
        sa.Column("payer_unit", sa.Text(), server_default="", nullable=False),
        sa.Column("method", sa.Text(), server_default="debit", nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.CheckConstraint("method IN ('debit', 'credit')", name=op.f("ck_statement_setting_method")),
        sa.CheckConstraint("scope IN ('national', 'port') AND (scope = 'port' OR port <> '')", name=op.f("ck_statement_setting_scope")),
        sa.CheckConstraint("preliminary_day BETWEEN 1 AND 11", name=op.f("ck_statement_setting_preliminary_day")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_statement_setting_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_statement_setting")),
        sa.UniqueConstraint("account_id", "valid_from", name=op.f("uq_statement_setting_account_id_valid_from")),
    )
    op.create_table(
        "filing_entry",
        sa.Column("filing_id", sa.BigInteger(), nullable=False),
        sa.Column("version_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["filing_id"], ["filing.id"], name=op.f("fk_filing_entry_filing_id")),
        sa.PrimaryKeyConstraint("filing_id", "version_id", name=op.f("pk_filing_entry")),
    )
    op.create_table(
        "filing_file",
        sa.Column("filing_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["filing_id"], ["filing.id"], name=op.f("fk_filing_file_filing_id")),
        sa.PrimaryKeyConstraint("filing_id", "name", name=op.f("pk_filing_file")),
    )
    op.create_table(
        "filing_line",
        sa.Column("filing_id", sa.BigInteger(), nullable=False),
        sa.Column("section", sa.Text(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("hts_number", sa.Text(), server_default="", nullable=False),
        sa.Column("origin", sa.Text(), server_default="", nullable=False),
        sa.Column("spi", sa.Text(), server_default="", nullable=False),
        sa.Column("port", sa.Text(), server_default="", nullable=False),
        sa.Column("filer_code", sa.Text(), server_default="", nullable=False),
        sa.Column("class_code", sa.Text(), server_default="", nullable=False),
        sa.Column("case_number", sa.Text(), server_default="", nullable=False),
        sa.Column("rate", sa.Text(), server_default="", nullable=False),
        sa.Column("unit", sa.Text(), server_default="", nullable=False),
        sa.Column("entries", sa.Integer(), nullable=True),
        sa.Column("lines", sa.BigInteger(), nullable=True),
        sa.Column("quantity", sa.BigInteger(), nullable=True),
        sa.Column("value_cents", sa.BigInteger(), nullable=True),
        sa.Column("duty_cents", sa.BigInteger(), nullable=True),
        sa.Column("amount_cents", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["filing_id"], ["filing.id"], name=op.f("fk_filing_line_filing_id")),
        sa.PrimaryKeyConstraint("filing_id", "section", "ordinal", name=op.f("pk_filing_line")),
    )
    op.create_table(
        "settlement",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("statement_id", sa.BigInteger(), nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("settled_on", sa.Date(), nullable=False),
        sa.Column("payer_unit", sa.Text(), server_default="", nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("line_no", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("amount_cents >= 0", name=op.f("ck_settlement_amount")),
        sa.ForeignKeyConstraint(["statement_id"], ["statement.id"], name=op.f("fk_settlement_statement_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_settlement")),
        sa.UniqueConstraint("reference", name=op.f("uq_settlement_reference")),
    )
    op.create_index(op.f("ix_settlement_statement_id"), "settlement", ["statement_id"], unique=False)
    op.create_table(
        "statement_entry",
        sa.Column("statement_id", sa.BigInteger(), nullable=False),
        sa.Column("version_id", sa.BigInteger(), nullable=False),
        sa.Column("entry_summary_id", sa.BigInteger(), nullable=False),
        sa.Column("due_cents", sa.BigInteger(), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("removed_by", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint("(removed_at IS NULL) = (removed_by = '')", name=op.f("ck_statement_entry_removed")),
        sa.CheckConstraint("removed_by IN ('', 'A', 'C')", name=op.f("ck_statement_entry_removed_by")),
        sa.ForeignKeyConstraint(["statement_id"], ["statement.id"], name=op.f("fk_statement_entry_statement_id")),
        sa.PrimaryKeyConstraint("statement_id", "version_id", name=op.f("pk_statement_entry")),
    )
    op.create_index(
        "uq_statement_entry_open",
        "statement_entry",
        ["entry_summary_id"],
        unique=True,
        postgresql_where=sa.text("removed_at IS NULL"),
    )
    op.create_table(
        "statement_event",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("statement_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("entry_summary_id", sa.BigInteger(), nullable=True),
        sa.Column("interchange_id", sa.BigInteger(), nullable=True),
        sa.Column("record", sa.Integer(), nullable=True),
        sa.Column("detail", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint(
            "step IN ('print', 'finalise', 'remove', 'authorise', 'withdraw', 'send', 'return', 'pay', 'late')",
            name=op.f("ck_statement_event_step"),
        ),
        sa.ForeignKeyConstraint(["interchange_id"], ["interchange.id"], name=op.f("fk_statement_event_interchange_id")),
        sa.ForeignKeyConstraint(["statement_id"], ["statement.id"], name=op.f("fk_statement_event_statement_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_statement_event")),
    )
    op.create_index(op.f("ix_statement_event_statement_id"), "statement_event", ["statement_id"], unique=False)
    op.create_table(
        "statement_fee",
        sa.Column("statement_id", sa.BigInteger(), nullable=False),
        sa.Column("class_code", sa.Text(), nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["statement_id"], ["statement.id"], name=op.f("fk_statement_fee_statement_id")),
        sa.PrimaryKeyConstraint("statement_id", "class_code", name=op.f("pk_statement_fee")),
    )
    op.create_table(
        "statement_move",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("version_id", sa.BigInteger(), nullable=False),
        sa.Column("entry_summary_id", sa.BigInteger(), nullable=False),
        sa.Column("statement_id", sa.BigInteger(), nullable=True),
        sa.Column("payment_type", sa.Text(), nullable=False),
        sa.Column("print_date", sa.Date(), nullable=True),
        sa.Column("month", sa.Date(), nullable=True),
        sa.Column("branch", sa.Text(), nullable=False),
        sa.Column("moved_by", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("interchange_id", sa.BigInteger(), nullable=True),
        sa.Column("record", sa.Integer(), nullable=True),
        sa.CheckConstraint("moved_by IN ('A', 'C')", name=op.f("ck_statement_move_moved_by")),
        sa.ForeignKeyConstraint(
            ["entry_summary_id"], ["entry_summary.id"], name=op.f("fk_statement_move_entry_summary_id")
        ),
        sa.ForeignKeyConstraint(["interchange_id"], ["interchange.id"], name=op.f("fk_statement_move_interchange_id")),
        sa.ForeignKeyConstraint(["statement_id"], ["statement.id"], name=op.f("fk_statement_move_statement_id")),
        sa.ForeignKeyConstraint(
            ["version_id"], ["entry_summary_version.id"], name=op.f("fk_statement_move_version_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_statement_move")),
    )
    op.create_index(op.f("ix_statement_move_version_id"), "statement_move", ["version_id"], unique=False)
    op.create_index("uq_statement_move_request", "statement_move", ["interchange_id", "record"], unique=True)
    op.create_table(
        "payment",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("statement_id", sa.BigInteger(), nullable=False),
        sa.Column("payer_unit", sa.Text(), server_default="", nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("settle_on", sa.Date(), nullable=False),
        sa.Column("state", sa.Text(), server_default="queued", nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("authorised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settlement_id", sa.BigInteger(), nullable=True),
        sa.Column("interchange_id", sa.BigInteger(), nullable=True),
        sa.Column("record", sa.Integer(), nullable=True),
        sa.CheckConstraint("method IN ('debit', 'credit', 'none')", name=op.f("ck_payment_method")),
        sa.CheckConstraint(
            "state IN ('queued', 'sent', 'settled', 'returned', 'withdrawn')", name=op.f("ck_payment_state")
        ),
        sa.ForeignKeyConstraint(["interchange_id"], ["interchange.id"], name=op.f("fk_payment_interchange_id")),
        sa.ForeignKeyConstraint(["settlement_id"], ["settlement.id"], name=op.f("fk_payment_settlement_id")),
        sa.ForeignKeyConstraint(["statement_id"], ["statement.id"], name=op.f("fk_payment_statement_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment")),
    )
    op.create_index("ix_payment_settle_on", "payment", ["settle_on", "state"], unique=False)
    op.create_index(
        "uq_payment_live",
        "payment",
        ["statement_id"],
        unique=True,
        postgresql_where=sa.text("state = ANY (ARRAY['queued'::text, 'sent'::text, 'settled'::text])"),
    )


def downgrade() -> None:
    op.drop_constraint(op.f("ck_interchange_mode"), "interchange", type_="check")
    op.create_check_constraint(op.f("ck_interchange_mode"), "interchange", "mode IN ('file', 'check')")
    op.drop_index(
        "uq_payment_live",
        table_name="payment",
        postgresql_where=sa.text("state = ANY (ARRAY['queued'::text, 'sent'::text, 'settled'::text])"),
    )
    op.drop_index("ix_payment_settle_on", table_name="payment")
    op.drop_table("payment")
    op.drop_index("uq_statement_move_request", table_name="statement_move")
    op.drop_index(op.f("ix_statement_move_version_id"), table_name="statement_move")
    op.drop_table("statement_move")
    op.drop_table("statement_fee")
    op.drop_index(op.f("ix_statement_event_statement_id"), table_name="statement_event")
    op.drop_table("statement_event")
    op.drop_index(
        "uq_statement_entry_open", table_name="statement_entry", postgresql_where=sa.text("removed_at IS NULL")
    )
    op.drop_table("statement_entry")
    op.drop_index(op.f("ix_settlement_statement_id"), table_name="settlement")
    op.drop_table("settlement")
    op.drop_table("filing_line")
    op.drop_table("filing_file")
    op.drop_table("filing_entry")
    op.drop_table("statement_setting")
    op.drop_index("ix_statement_print_date", table_name="statement")
    op.drop_index(op.f("ix_statement_parent_id"), table_name="statement")
    op.drop_index("ix_statement_month", table_name="statement")
    op.drop_index(op.f("ix_statement_importer_account_id"), table_name="statement")
    op.drop_index(op.f("ix_statement_filer_account_id"), table_name="statement")
    op.drop_index(op.f("ix_statement_due_date"), table_name="statement")
    op.drop_table("statement")
    op.drop_table("filing")
    op.drop_index("ix_statement_sequence_period", table_name="statement_sequence")
    op.drop_table("statement_sequence")
