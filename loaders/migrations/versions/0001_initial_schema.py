"""initial schema"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(sa.schema.CreateSequence(sa.Sequence("row_id", increment=1000)))
    op.create_table(
        "account",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("identifier", sa.Text(), server_default="", nullable=False),
        sa.Column("parent_id", sa.BigInteger(), nullable=True),
        sa.Column("status", sa.Text(), server_default="applied", nullable=False),
        sa.Column("owner", sa.Text(), server_default="", nullable=False),
        sa.Column("check_digit_offset", sa.Integer(), server_default="0", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("kind IN ('importer', 'exporter', 'broker', 'office')", name=op.f("ck_account_kind")),
        sa.CheckConstraint("status IN ('applied', 'qualified', 'active', 'suspended')", name=op.f("ck_account_status")),
        sa.ForeignKeyConstraint(["parent_id"], ["account.id"], name=op.f("fk_account_parent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sa.UniqueConstraint("number", name=op.f("uq_account_number")),
    )
    op.create_index(
        "uq_account_kind_identifier",
        "account",
        ["kind", "identifier"],
        unique=True,
        postgresql_where=sa.text("identifier <> ''"),
    )
    op.create_table(
        "adcvd",
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("tariff", sa.Integer(), nullable=False),
        sa.Column("case_number", sa.Text(), nullable=False),
        sa.Column("claim", sa.Text(), nullable=False),
        sa.Column("rate", sa.BigInteger(), nullable=True),
        sa.Column("rate_type", sa.Text(), nullable=False),
        sa.Column("value_cents", sa.BigInteger(), nullable=True),
        sa.Column("quantity", sa.BigInteger(), nullable=True),
        sa.Column("duty_cents", sa.BigInteger(), nullable=True),
        sa.Column("declaration_id", sa.Text(), nullable=False),
        sa.Column("version_id", sa.BigInteger(), nullable=False),
        sa.Column("interchange_id", sa.BigInteger(), nullable=False),
        sa.Column("record", sa.Integer(), nullable=False),
    )
    op.create_index(
        "brin_adcvd",
        "adcvd",
        ["version_id"],
        unique=False,
        postgresql_using="brin",
        postgresql_with={"pages_per_range": 16, "autosummarize": "on"},
    )
    op.create_table(
        "bill",
        sa.Column("bill_group", sa.Integer(), nullable=False),
        sa.Column("component", sa.Text(), nullable=False),
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("identifier", sa.Text(), nullable=False),
        sa.Column("version_id", sa.BigInteger(), nullable=False),
        sa.Column("interchange_id", sa.BigInteger(), nullable=False),
        sa.Column("record", sa.Integer(), nullable=False),
    )
    op.create_index(
        "brin_bill",
        "bill",
        ["version_id"],
        unique=False,
        postgresql_using="brin",
        postgresql_with={"pages_per_range": 16, "autosummarize": "on"},
    )
    op.create_table(
        "bill_group",
        sa.Column("bill_group", sa.Integer(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=True),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("version_id", sa.BigInteger(), nullable=False),
        sa.Column("interchange_id", sa.BigInteger(), nullable=False),
        sa.Column("record", sa.Integer(), nullable=False),
    )
    op.create_index(
        "brin_bill_group",
        "bill_group",
        ["version_id"],
        unique=False,
        postgresql_using="brin",
        postgresql_with={"pages_per_range": 16, "autosummarize": "on"},
    )
    op.create_table(
        "bond",
        sa.Column("bond_type", sa.Text(), nullable=False),
        sa.Column("designation", sa.Text(), nullable=False),
        sa.Column("continuous_indicator", sa.Text(), nullable=False),
        sa.Column("surety", sa.Text(), nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=True),
        sa.Column("producer_account", sa.Text(), nullable=False),
        sa.Column("version_id", sa.BigInteger(), nullable=False),
        sa.Column("interchange_id", sa.BigInteger(), nullable=False),
        sa.Column("record", sa.Integer(), nullable=False),
    )
    op.create_index(
        "brin_bond",
        "bond",
        ["version_id"],
        unique=False,
        postgresql_using="brin",
        postgresql_with={"pages_per_range": 16, "autosummarize": "on"},
    )
    op.create_table(
        "census_override",
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("condition_code", sa.Text(), nullable=False),
        sa.Column("override_code", sa.Text(), nullable=False),
        sa.Column("slot", sa.SmallInteger(), nullable=False),
        sa.Column("version_id", sa.BigInteger(), nullable=False),
        sa.Column("interchange_id", sa.BigInteger(), nullable=False),
        sa.Column("record", sa.Integer(), nullable=False),
    )
    op.create_index(
        "brin_census_override",
        "census_override",
        ["version_id"],
        unique=False,
        postgresql_using="brin",
        postgresql_with={"pages_per_range": 16, "autosummarize": "on"},
    )
    op.create_table(
        "condition",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("interchange_id", sa.BigInteger(), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=True),
        sa.Column("transaction_id", sa.BigInteger(), nullable=True),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("record", sa.Integer(), nullable=False),
        sa.Column("line_no", sa.Integer(), nullable=False),
        sa.Column("record_id", sa.Text(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("start_column", sa.Integer(), nullable=False),
        sa.Column("end_column", sa.Integer(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("narrative", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_condition")),
    )
    op.create_index(op.f("ix_condition_interchange_id"), "condition", ["interchange_id"], unique=False)
    op.create_index(op.f("ix_condition_transaction_id"), "condition", ["transaction_id"], unique=False)
    op.create_table(
        "declaration",
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("tariff", sa.Integer(), nullable=False),
        sa.Column("declaration_type", sa.Text(), nullable=False),
        sa.Column("information", sa.Text(), nullable=False),
        sa.Column("version_id", sa.BigInteger(), nullable=False),
        sa.Column("interchange_id", sa.BigInteger(), nullable=False),
        sa.Column("record", sa.Integer(), nullable=False),
    )
    op.create_index(
        "brin_declaration",
        "declaration",
        ["version_id"],
        unique=False,
        postgresql_using="brin",
        postgresql_with={"pages_per_range": 16, "autosummarize": "on"},
    )
    op.create_table(
        "entry_summary",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("filer_code", sa.Text(), nullable=False),
        sa.Column("entry_number", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("control", sa.Text(), server_default="trade", nullable=False),
        sa.Column("version_id", sa.BigInteger(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("version_number", sa.Text(), nullable=False),
        sa.Column("entry_type", sa.Text(), nullable=False),
        sa.Column("port_of_entry", sa.Text(), nullable=False),
        sa.Column("broker_reference", sa.Text(), nullable=False),
        sa.Column("importer_number", sa.Text(), nullable=False),
        sa.Column("importer_account_id", sa.BigInteger(), nullable=True),
        sa.Column("filer_account_id", sa.BigInteger(), nullable=True),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.BigInteger(), nullable=False),
        sa.Column("rejected", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("statement_status", sa.Text(), nullable=True),
        sa.Column("statement_number", sa.Text(), nullable=True),
        sa.Column("statement_date", sa.Date(), nullable=True),
        sa.Column("statement_month", sa.Text(), nullable=True),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("control IN ('trade', 'cbp')", name=op.f("ck_entry_summary_control")),
        sa.CheckConstraint("status IN ('accepted', 'deleted')", name=op.f("ck_entry_summary_status")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entry_summary")),
        sa.UniqueConstraint("filer_code", "entry_number", name=op.f("uq_entry_summary_filer_code_entry_number")),
    )
    op.create_index(op.f("ix_entry_summary_filer_account_id"), "entry_summary", ["filer_account_id"], unique=False)
    op.create_index(
        op.f("ix_entry_summary_importer_account_id"), "entry_summary", ["importer_account_id"], unique=False
    )
    op.create_table(
        "event",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("interchange_id", sa.BigInteger(), nullable=False),
        sa.Column("detail", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event")),
    )
    op.create_index(op.f("ix_event_interchange_id"), "event", ["interchange_id"], unique=False)
    op.create_table(
        "fee",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("class_code", sa.Text(), nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=True),
        sa.Column("slot", sa.SmallInteger(), nullable=False),
        sa.Column("version_id", sa.BigInteger(), nullable=False),
        sa.Column("interchange_id", sa.BigInteger(), nullable=False),
        sa.Column("record", sa.Integer(), nullable=False),
    )
    op.create_index(
        "brin_fee",
        "fee",
        ["version_id"],
        unique=False,
        postgresql_using="brin",
        postgresql_with={"pages_per_range": 16, "autosummarize": "on"},
    )
    op.create_table(
        "fee_total",
        sa.Column("class_code", sa.Text(), nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=True),
        sa.Column("slot", sa.SmallInteger(), nullable=False),
        sa.Column("version_id", sa.BigInteger(), nullable=False),
        sa.Column("interchange_id", sa.BigInteger(), nullable=False),
        sa.Column("record", sa.Integer(), nullable=False),
    )
    op.create_index(
        "brin_fee_total",
        "fee_total",
        ["version_id"],
        unique=False,
        postgresql_using="brin",
        postgresql_with={"pages_per_range": 16, "autosummarize": "on"},
    )
    op.create_table(
        "invoice_range",
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("begin", sa.BigInteger(), nullable=True),
        sa.Column("end", sa.BigInteger(), nullable=True),
        sa.Column("slot", sa.SmallInteger(), nullable=False),
        sa.Column("version_id", sa.BigInteger(), nullable=False),
        sa.Column("interchange_id", sa.BigInteger(), nullable=False),
        sa.Column("record", sa.Integer(), nullable=False),
    )
    op.create_index(
        "brin_invoice_range",
        "invoice_range",
        ["version_id"],
        unique=False,
        postgresql_using="brin",
        postgresql_with={"pages_per_range": 16, "autosummarize": "on"},
    )
    op.create_table(
        "invoice_reference",
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("supplier_id", sa.Text(), nullable=False),
        sa.Column("invoice_number", sa.Text(), nullable=False),
        sa.Column("version_id", sa.BigInteger(), nullable=False),
        sa.Column("interchange_id", sa.BigInteger(), nullable=False),
        sa.Column("record", sa.Integer(), nullable=False),
    )
    op.create_index(
        "brin_invoice_reference",
        "invoice_reference",
        ["version_id"],
        unique=False,
        postgresql_using="brin",
        postgresql_with={"pages_per_range": 16, "autosummarize": "on"},
    )
    op.create_table(
        "license",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("tariff", sa.Integer(), nullable=False),
        sa.Column("license_type", sa.Text(), nullable=False),
        sa.Column("license_number", sa.Text(), nullable=False),
        sa.Column("version_id", sa.BigInteger(), nullable=False),
        sa.Column("interchange_id", sa.BigInteger(), nullable=False),
        sa.Column("record", sa.Integer(), nullable=False),
    )
    op.create_index(
        "brin_license",
        "license",
        ["version_id"],
        unique=False,
        postgresql_using="brin",
        postgresql_with={"pages_per_range": 16, "autosummarize": "on"},
    )
    op.create_table(
        "line",
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("line_id", sa.Text(), nullable=False),
        sa.Column("set_indicator", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("export_country", sa.Text(), nullable=False),
        sa.Column("export_date", sa.Date(), nullable=True),
        sa.Column("textile_export_date", sa.Date(), nullable=True),
        sa.Column("spi", sa.Text(), nullable=False),
        sa.Column("charges_cents", sa.BigInteger(), nullable=True),
        sa.Column("lading_port", sa.Text(), nullable=False),
        sa.Column("gross_weight_kg", sa.BigInteger(), nullable=True),
        sa.Column("textile_category", sa.Text(), nullable=False),
        sa.Column("product_claim", sa.Text(), nullable=False),
        sa.Column("related_party", sa.Text(), nullable=False),
        sa.Column("net_cost", sa.Text(), nullable=False),
        sa.Column("fee_exemption", sa.Text(), nullable=False),
        sa.Column("nonreimbursement", sa.Text(), nullable=False),
        sa.Column("ftz_status", sa.Text(), nullable=False),
        sa.Column("ftz_filing_date", sa.Date(), nullable=True),
        sa.Column("ftz_quantity", sa.BigInteger(), nullable=True),
        sa.Column("version_id", sa.BigInteger(), nullable=False),
        sa.Column("interchange_id", sa.BigInteger(), nullable=False),
        sa.Column("record", sa.Integer(), nullable=False),
    )
    op.create_index(
        "brin_line",
        "line",
        ["version_id"],
        unique=False,
        postgresql_using="brin",
        postgresql_with={"pages_per_range": 16, "autosummarize": "on"},
    )
    op.create_table(
        "missing_document",
        sa.Column("document_code", sa.Text(), nullable=False),
        sa.Column("slot", sa.SmallInteger(), nullable=False),
        sa.Column("version_id", sa.BigInteger(), nullable=False),
        sa.Column("interchange_id", sa.BigInteger(), nullable=False),
        sa.Column("record", sa.Integer(), nullable=False),
    )
    op.create_index(
        "brin_missing_document",
        "missing_document",
        ["version_id"],
        unique=False,
        postgresql_using="brin",
        postgresql_with={"pages_per_range": 16, "autosummarize": "on"},
    )
    op.create_table(
        "other_record",
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("record_id", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("version_id", sa.BigInteger(), nullable=False),
        sa.Column("interchange_id", sa.BigInteger(), nullable=False),
        sa.Column("record", sa.Integer(), nullable=False),
    )
    op.create_index(
        "brin_other_record",
        "other_record",
        ["version_id"],
        unique=False,
        postgresql_using="brin",
        postgresql_with={"pages_per_range": 16, "autosummarize": "on"},
    )
    op.create_table(
        "party",
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("party_type", sa.Text(), nullable=False),
        sa.Column("party_id", sa.Text(), nullable=False),
        sa.Column("version_id", sa.BigInteger(), nullable=False),
        sa.Column("interchange_id", sa.BigInteger(), nullable=False),
        sa.Column("record", sa.Integer(), nullable=False),
    )
    op.create_index(
        "brin_party",
        "party",
        ["version_id"],
        unique=False,
        postgresql_using="brin",
        postgresql_with={"pages_per_range": 16, "autosummarize": "on"},
    )
    op.create_table(
        "reason",
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("reason_code", sa.Text(), nullable=False),
        sa.Column("slot", sa.SmallInteger(), nullable=False),
        sa.Column("version_id", sa.BigInteger(), nullable=False),
        sa.Column("interchange_id", sa.BigInteger(), nullable=False),
        sa.Column("record", sa.Integer(), nullable=False),
    )
    op.create_index(
        "brin_reason",
        "reason",
        ["version_id"],
        unique=False,
        postgresql_using="brin",
        postgresql_with={"pages_per_range": 16, "autosummarize": "on"},
    )
    op.create_table(
        "ref_census",
        sa.Column("hts_number", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("low", sa.BigInteger(), nullable=True),
        sa.Column("high", sa.BigInteger(), nullable=True),
    )
    op.create_index("uq_ref_census", "ref_census", ["hts_number", "valid_from"], unique=True)
    op.create_table(
        "ref_class_codes",
        sa.Column("class_code", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
    )
    op.create_index("uq_ref_class_codes", "ref_class_codes", ["class_code"], unique=True)
    op.create_table(
        "ref_countries",
        sa.Column("iso", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("schedule_c", sa.Text(), nullable=False),
        sa.Column("eu", sa.Text(), nullable=False),
    )
    op.create_index("uq_ref_countries", "ref_countries", ["iso"], unique=True)
    op.create_table(
        "ref_entry_types",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("ae_filable", sa.Text(), nullable=False),
    )
    op.create_index("uq_ref_entry_types", "ref_entry_types", ["code"], unique=True)
    op.create_table(
        "ref_fees",
        sa.Column("class_code", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("rate", sa.BigInteger(), nullable=True),
        sa.Column("fixed_cents", sa.BigInteger(), nullable=True),
        sa.Column("min_cents", sa.BigInteger(), nullable=True),
        sa.Column("max_cents", sa.BigInteger(), nullable=True),
    )
    op.create_index("uq_ref_fees", "ref_fees", ["class_code", "valid_from"], unique=True)
    op.create_table(
        "ref_holidays", sa.Column("date", sa.Date(), nullable=False), sa.Column("name", sa.Text(), nullable=False)
    )
    op.create_index("uq_ref_holidays", "ref_holidays", ["date"], unique=True)
    op.create_table(
        "ref_modes", sa.Column("code", sa.Text(), nullable=False), sa.Column("description", sa.Text(), nullable=False)
    )
    op.create_index("uq_ref_modes", "ref_modes", ["code"], unique=True)
    op.create_table(
        "ref_ports",
        sa.Column("port_code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("district", sa.Text(), nullable=False),
        sa.Column("district_name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
    )
    op.create_index("uq_ref_ports", "ref_ports", ["port_code"], unique=True)
    op.create_table(
        "ref_spi", sa.Column("code", sa.Text(), nullable=False), sa.Column("description", sa.Text(), nullable=False)
    )
    op.create_index("uq_ref_spi", "ref_spi", ["code"], unique=True)
    op.create_table(
        "ref_sureties",
        sa.Column("surety_code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
    )
    op.create_index("uq_ref_sureties", "ref_sureties", ["surety_code", "name"], unique=True)
    op.create_table(
        "ref_tariff",
        sa.Column("hts_number", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("unit_1", sa.Text(), nullable=False),
        sa.Column("unit_2", sa.Text(), nullable=False),
        sa.Column("unit_3", sa.Text(), nullable=False),
        sa.Column("general_kind", sa.Text(), nullable=False),
        sa.Column("ad_valorem", sa.BigInteger(), nullable=True),
        sa.Column("specific_rate", sa.BigInteger(), nullable=True),
        sa.Column("specific_unit", sa.Text(), nullable=False),
        sa.Column("other_kind", sa.Text(), nullable=False),
        sa.Column("other_ad_valorem", sa.BigInteger(), nullable=True),
        sa.Column("other_specific_rate", sa.BigInteger(), nullable=True),
        sa.Column("other_specific_unit", sa.Text(), nullable=False),
        sa.Column("spi", sa.Text(), nullable=False),
        sa.Column("fee_classes", sa.Text(), nullable=False),
        sa.Column("additional", sa.Text(), nullable=False),
        sa.Column("ad_flag", sa.Text(), nullable=False),
        sa.Column("cvd_flag", sa.Text(), nullable=False),
        sa.Column("pga", sa.Text(), nullable=False),
    )
    op.create_index("uq_ref_tariff", "ref_tariff", ["hts_number", "valid_from"], unique=True)
    op.create_table(
        "reference_manifest",
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("tables", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_reference_manifest")),
    )
    op.create_table(
        "reference_snapshot",
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("table_name", sa.Text(), nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("loaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("hash", "table_name", name=op.f("pk_reference_snapshot")),
    )
    op.create_table(
        "release",
        sa.Column("filer_code", sa.Text(), nullable=False),
        sa.Column("entry_number", sa.Text(), nullable=False),
        sa.Column("slot", sa.SmallInteger(), nullable=False),
        sa.Column("version_id", sa.BigInteger(), nullable=False),
        sa.Column("interchange_id", sa.BigInteger(), nullable=False),
        sa.Column("record", sa.Integer(), nullable=False),
    )
    op.create_index(
        "brin_release",
        "release",
        ["version_id"],
        unique=False,
        postgresql_using="brin",
        postgresql_with={"pages_per_range": 16, "autosummarize": "on"},
    )
    op.create_table(
        "remark",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("version_id", sa.BigInteger(), nullable=False),
        sa.Column("interchange_id", sa.BigInteger(), nullable=False),
        sa.Column("record", sa.Integer(), nullable=False),
    )
    op.create_index(
        "brin_remark",
        "remark",
        ["version_id"],
        unique=False,
        postgresql_using="brin",
        postgresql_with={"pages_per_range": 16, "autosummarize": "on"},
    )
    op.create_table(
        "ruling",
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("ruling_type", sa.Text(), nullable=False),
        sa.Column("ruling_number", sa.Text(), nullable=False),
        sa.Column("version_id", sa.BigInteger(), nullable=False),
        sa.Column("interchange_id", sa.BigInteger(), nullable=False),
        sa.Column("record", sa.Integer(), nullable=False),
    )
    op.create_index(
        "brin_ruling",
        "ruling",
        ["version_id"],
        unique=False,
        postgresql_using="brin",
        postgresql_with={"pages_per_range": 16, "autosummarize": "on"},
    )
    op.create_table(
        "tariff",
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("tariff", sa.Integer(), nullable=False),
        sa.Column("hts_number", sa.Text(), nullable=False),
        sa.Column("duty_cents", sa.BigInteger(), nullable=True),
        sa.Column("value_cents", sa.BigInteger(), nullable=True),
        sa.Column("quantity_1", sa.BigInteger(), nullable=True),
        sa.Column("unit_1", sa.Text(), nullable=False),
        sa.Column("quantity_2", sa.BigInteger(), nullable=True),
        sa.Column("unit_2", sa.Text(), nullable=False),
        sa.Column("quantity_3", sa.BigInteger(), nullable=True),
        sa.Column("unit_3", sa.Text(), nullable=False),
        sa.Column("version_id", sa.BigInteger(), nullable=False),
        sa.Column("interchange_id", sa.BigInteger(), nullable=False),
        sa.Column("record", sa.Integer(), nullable=False),
    )
    op.create_index(
        "brin_tariff",
        "tariff",
        ["version_id"],
        unique=False,
        postgresql_using="brin",
        postgresql_with={"pages_per_range": 16, "autosummarize": "on"},
    )
    op.create_table(
        "transaction",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("interchange_id", sa.BigInteger(), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.Column("block_id", sa.BigInteger(), nullable=False),
        sa.Column("occurrence", sa.Integer(), nullable=False),
        sa.Column("record", sa.Integer(), nullable=False),
        sa.Column("last_record", sa.Integer(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("filer_code", sa.Text(), nullable=False),
        sa.Column("entry_number", sa.Text(), nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=True),
        sa.Column("final", sa.Text(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("effect", sa.Text(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("version_number", sa.Text(), nullable=False),
        sa.Column("version_id", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transaction")),
    )
    op.create_index("brin_transaction", "transaction", ["interchange_id"], unique=False, postgresql_using="brin")
    op.create_index("ix_transaction_entry", "transaction", ["filer_code", "entry_number"], unique=False)
    op.create_table(
        "entry_summary_version",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("entry_summary_id", sa.BigInteger(), nullable=False),
        sa.Column("interchange_id", sa.BigInteger(), nullable=False),
        sa.Column("record", sa.Integer(), nullable=False),
        sa.Column("transaction_id", sa.BigInteger(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("version_number", sa.Text(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("effect", sa.Text(), nullable=False),
        sa.Column("superseded_by", sa.BigInteger(), nullable=True),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("importer_account_id", sa.BigInteger(), nullable=True),
        sa.Column("filer_account_id", sa.BigInteger(), nullable=True),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("filer_code", sa.Text(), nullable=False),
        sa.Column("entry_number", sa.Text(), nullable=False),
        sa.Column("port_of_entry", sa.Text(), nullable=False),
        sa.Column("broker_reference", sa.Text(), nullable=False),
        sa.Column("entry_type", sa.Text(), nullable=False),
        sa.Column("mode_of_transport", sa.Text(), nullable=False),
        sa.Column("bond_waiver", sa.Text(), nullable=False),
        sa.Column("signature", sa.Text(), nullable=False),
        sa.Column("cargo_release_certification", sa.Text(), nullable=False),
        sa.Column("electronic_invoice", sa.Text(), nullable=False),
        sa.Column("consolidated", sa.Text(), nullable=False),
        sa.Column("shipment_usage", sa.Text(), nullable=False),
        sa.Column("live_entry", sa.Text(), nullable=False),
        sa.Column("deferred_tax", sa.Text(), nullable=False),
        sa.Column("nafta_reconciliation", sa.Text(), nullable=False),
        sa.Column("reconciliation_issue", sa.Text(), nullable=False),
        sa.Column("payment_type", sa.Text(), nullable=False),
        sa.Column("statement_date", sa.Date(), nullable=True),
        sa.Column("statement_month", sa.Text(), nullable=False),
        sa.Column("client_branch", sa.Text(), nullable=False),
        sa.Column("bond_waiver_reason", sa.Text(), nullable=False),
        sa.Column("psc", sa.Text(), nullable=False),
        sa.Column("accelerated_liquidation", sa.Text(), nullable=False),
        sa.Column("known_importer", sa.Text(), nullable=False),
        sa.Column("pga_included", sa.Text(), nullable=False),
        sa.Column("tib_declaration", sa.Text(), nullable=False),
        sa.Column("consolidated_express", sa.Text(), nullable=False),
        sa.Column("importer_number", sa.Text(), nullable=False),
        sa.Column("consignee_number", sa.Text(), nullable=False),
        sa.Column("notify_party_number", sa.Text(), nullable=False),
        sa.Column("entry_date", sa.Date(), nullable=True),
        sa.Column("import_date", sa.Date(), nullable=True),
        sa.Column("destination_state", sa.Text(), nullable=False),
        sa.Column("ftz_id", sa.Text(), nullable=False),
        sa.Column("carrier_code", sa.Text(), nullable=False),
        sa.Column("port_of_unlading", sa.Text(), nullable=False),
        sa.Column("arrival_date", sa.Date(), nullable=True),
        sa.Column("location_of_goods", sa.Text(), nullable=False),
        sa.Column("conveyance_name", sa.Text(), nullable=False),
        sa.Column("vessel_code", sa.Text(), nullable=False),
        sa.Column("exam_port", sa.Text(), nullable=False),
        sa.Column("in_transit_date", sa.Date(), nullable=True),
        sa.Column("trip_id", sa.Text(), nullable=False),
        sa.Column("withdrawal_filer", sa.Text(), nullable=False),
        sa.Column("withdrawal_entry", sa.Text(), nullable=False),
        sa.Column("withdrawal_port", sa.Text(), nullable=False),
        sa.Column("withdrawal_final", sa.Text(), nullable=False),
        sa.Column("bonded_ad_cents", sa.BigInteger(), nullable=True),
        sa.Column("cash_ad_cents", sa.BigInteger(), nullable=True),
        sa.Column("bonded_cvd_cents", sa.BigInteger(), nullable=True),
        sa.Column("cash_cvd_cents", sa.BigInteger(), nullable=True),
        sa.Column("total_duty_cents", sa.BigInteger(), nullable=True),
        sa.Column("total_fee_cents", sa.BigInteger(), nullable=True),
        sa.Column("total_tax_cents", sa.BigInteger(), nullable=True),
        sa.Column("total_ad_cents", sa.BigInteger(), nullable=True),
        sa.Column("total_cvd_cents", sa.BigInteger(), nullable=True),
        sa.Column("total_other_cents", sa.BigInteger(), nullable=True),
        sa.Column("block_port", sa.Text(), nullable=False),
        sa.Column("block_filer", sa.Text(), nullable=False),
        sa.Column("preparer_port", sa.Text(), nullable=False),
        sa.Column("preparer_filer", sa.Text(), nullable=False),
        sa.Column("preparer_office", sa.Text(), nullable=False),
        sa.Column("preparer_indicator", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["entry_summary_id"], ["entry_summary.id"], name=op.f("fk_entry_summary_version_entry_summary_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entry_summary_version")),
        sa.UniqueConstraint(
            "entry_summary_id", "sequence", name=op.f("uq_entry_summary_version_entry_summary_id_sequence")
        ),
    )
    op.create_table(
        "filer_authority",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("filer_code", sa.Text(), nullable=False),
        sa.Column("port", sa.Text(), server_default="", nullable=False),
        sa.Column("application", sa.Text(), server_default="", nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_filer_authority_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_filer_authority")),
        sa.UniqueConstraint(
            "account_id",
            "filer_code",
            "port",
            "application",
            "valid_from",
            name=op.f("uq_filer_authority_account_id_filer_code_port_application_valid_from"),
        ),
    )
    op.create_table(
        "relationship",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("from_account_id", sa.BigInteger(), nullable=False),
        sa.Column("to_account_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), server_default="files_for", nullable=False),
        sa.Column("sees_money", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["from_account_id"], ["account.id"], name=op.f("fk_relationship_from_account_id")),
        sa.ForeignKeyConstraint(["to_account_id"], ["account.id"], name=op.f("fk_relationship_to_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_relationship")),
        sa.UniqueConstraint(
            "from_account_id",
            "to_account_id",
            "kind",
            "valid_from",
            name=op.f("uq_relationship_from_account_id_to_account_id_kind_valid_from"),
        ),
    )
    op.create_index(op.f("ix_relationship_to_account_id"), "relationship", ["to_account_id"], unique=False)
    op.create_table(
        "sftp_identity",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("username", sa.Text(), nullable=False),
        sa.Column("public_key", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_sftp_identity_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sftp_identity")),
        sa.UniqueConstraint("username", "public_key", name=op.f("uq_sftp_identity_username_public_key")),
    )
    op.create_table(
        "shard",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default="claimed", nullable=False),
        sa.Column("files", sa.Integer(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state IN ('claimed', 'answered', 'quarantined', 'abandoned')", name=op.f("ck_shard_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shard")),
    )
    op.create_table(
        "lane",
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("shard_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_lane_account_id")),
        sa.ForeignKeyConstraint(["shard_id"], ["shard.id"], name=op.f("fk_lane_shard_id")),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_lane")),
    )
    op.create_index(op.f("ix_lane_shard_id"), "lane", ["shard_id"], unique=False)
    op.create_table(
        "transmitter",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("sender", sa.Text(), nullable=False),
        sa.Column("office", sa.Text(), server_default="", nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_transmitter_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transmitter")),
        sa.UniqueConstraint(
            "site", "sender", "office", "valid_from", name=op.f("uq_transmitter_site_sender_office_valid_from")
        ),
    )
    op.create_index(op.f("ix_transmitter_account_id"), "transmitter", ["account_id"], unique=False)
    op.create_table(
        "interchange",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("format", sa.Text(), server_default="", nullable=False),
        sa.Column("state", sa.Text(), server_default="received", nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("shard_id", sa.BigInteger(), nullable=True),
        sa.Column("alone", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.CheckConstraint("mode IN ('file', 'check')", name=op.f("ck_interchange_mode")),
        sa.CheckConstraint(
            "state IN ('received', 'claimed', 'answered', 'quarantined')", name=op.f("ck_interchange_state")
        ),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_interchange_account_id")),
        sa.ForeignKeyConstraint(["shard_id"], ["shard.id"], name=op.f("fk_interchange_shard_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_interchange")),
    )
    op.create_index(op.f("ix_interchange_sha256"), "interchange", ["sha256"], unique=False)
    op.create_index(op.f("ix_interchange_shard_id"), "interchange", ["shard_id"], unique=False)
    op.create_index(
        "ix_interchange_waiting",
        "interchange",
        ["account_id", "id"],
        unique=False,
        postgresql_where=sa.text("state = 'received'"),
    )
    op.create_index(
        "uq_interchange_filed",
        "interchange",
        ["account_id", "sha256"],
        unique=True,
        postgresql_where=sa.text("mode = 'file'"),
    )
    op.create_table(
        "acknowledgment",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("interchange_id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("suffix", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_acknowledgment_account_id")),
        sa.ForeignKeyConstraint(["interchange_id"], ["interchange.id"], name=op.f("fk_acknowledgment_interchange_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_acknowledgment")),
        sa.UniqueConstraint(
            "interchange_id", "account_id", "kind", name=op.f("uq_acknowledgment_interchange_id_account_id_kind")
        ),
    )
    op.create_table(
        "arrival",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("interchange_id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_arrival_account_id")),
        sa.ForeignKeyConstraint(["interchange_id"], ["interchange.id"], name=op.f("fk_arrival_interchange_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_arrival")),
        sa.UniqueConstraint(
            "interchange_id", "name", "received_at", name=op.f("uq_arrival_interchange_id_name_received_at")
        ),
    )
    op.create_index(op.f("ix_arrival_name"), "arrival", ["name"], unique=False)
    op.create_table(
        "batch",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("interchange_id", sa.BigInteger(), nullable=False),
        sa.Column("occurrence", sa.Integer(), nullable=False),
        sa.Column("record", sa.Integer(), nullable=False),
        sa.Column("last_record", sa.Integer(), nullable=False),
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("sender", sa.Text(), nullable=False),
        sa.Column("office", sa.Text(), nullable=False),
        sa.Column("transmitted", sa.Date(), nullable=True),
        sa.Column("application", sa.Text(), nullable=False),
        sa.Column("user_text", sa.Text(), nullable=False),
        sa.Column("rejected", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["interchange_id"], ["interchange.id"], name=op.f("fk_batch_interchange_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_batch")),
    )
    op.create_index(op.f("ix_batch_interchange_id"), "batch", ["interchange_id"], unique=False)
    op.create_table(
        "block",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.Column("interchange_id", sa.BigInteger(), nullable=False),
        sa.Column("occurrence", sa.Integer(), nullable=False),
        sa.Column("record", sa.Integer(), nullable=False),
        sa.Column("last_record", sa.Integer(), nullable=False),
        sa.Column("port", sa.Text(), nullable=False),
        sa.Column("filer", sa.Text(), nullable=False),
        sa.Column("application", sa.Text(), nullable=False),
        sa.Column("office", sa.Text(), nullable=False),
        sa.Column("preparer_port", sa.Text(), nullable=False),
        sa.Column("preparer_filer", sa.Text(), nullable=False),
        sa.Column("preparer_office", sa.Text(), nullable=False),
        sa.Column("preparer_indicator", sa.Text(), nullable=False),
        sa.Column("user_text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name=op.f("fk_block_batch_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_block")),
    )
    op.create_index(op.f("ix_block_batch_id"), "block", ["batch_id"], unique=False)
    op.create_table(
        "delivery",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("arrival_id", sa.BigInteger(), nullable=False),
        sa.Column("acknowledgment_id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default="pending", nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("last_error", sa.Text(), server_default="", nullable=False),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state IN ('pending', 'delivered')", name=op.f("ck_delivery_state")),
        sa.ForeignKeyConstraint(
            ["acknowledgment_id"], ["acknowledgment.id"], name=op.f("fk_delivery_acknowledgment_id")
        ),
        sa.ForeignKeyConstraint(["arrival_id"], ["arrival.id"], name=op.f("fk_delivery_arrival_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery")),
        sa.UniqueConstraint("arrival_id", "acknowledgment_id", name=op.f("uq_delivery_arrival_id_acknowledgment_id")),
    )
    op.create_index("ix_delivery_name", "delivery", ["account_id", "file_name"], unique=False)
    op.create_index(
        "ix_delivery_pending", "delivery", ["id"], unique=False, postgresql_where=sa.text("state = 'pending'")
    )


def downgrade() -> None:
    op.execute(sa.schema.DropSequence(sa.Sequence("row_id")))
    op.drop_index("ix_delivery_pending", table_name="delivery", postgresql_where=sa.text("state = 'pending'"))
    op.drop_index("ix_delivery_name", table_name="delivery")
    op.drop_table("delivery")
    op.drop_index(op.f("ix_block_batch_id"), table_name="block")
    op.drop_table("block")
    op.drop_index(op.f("ix_batch_interchange_id"), table_name="batch")
    op.drop_table("batch")
    op.drop_index(op.f("ix_arrival_name"), table_name="arrival")
    op.drop_table("arrival")
    op.drop_table("acknowledgment")
    op.drop_index("uq_interchange_filed", table_name="interchange", postgresql_where=sa.text("mode = 'file'"))
    op.drop_index("ix_interchange_waiting", table_name="interchange", postgresql_where=sa.text("state = 'received'"))
    op.drop_index(op.f("ix_interchange_shard_id"), table_name="interchange")
    op.drop_index(op.f("ix_interchange_sha256"), table_name="interchange")
    op.drop_table("interchange")
    op.drop_index(op.f("ix_transmitter_account_id"), table_name="transmitter")
    op.drop_table("transmitter")
    op.drop_index(op.f("ix_lane_shard_id"), table_name="lane")
    op.drop_table("lane")
    op.drop_table("shard")
    op.drop_table("sftp_identity")
    op.drop_index(op.f("ix_relationship_to_account_id"), table_name="relationship")
    op.drop_table("relationship")
    op.drop_table("filer_authority")
    op.drop_table("entry_summary_version")
    op.drop_index("ix_transaction_entry", table_name="transaction")
    op.drop_index("brin_transaction", table_name="transaction", postgresql_using="brin")
    op.drop_table("transaction")
    op.drop_index(
        "brin_tariff",
        table_name="tariff",
        postgresql_using="brin",
        postgresql_with={"pages_per_range": 16, "autosummarize": "on"},
    )
    op.drop_table("tariff")
    op.drop_index(
        "brin_ruling",
        table_name="ruling",
        postgresql_using="brin",
        postgresql_with={"pages_per_range": 16, "autosummarize": "on"},
    )
    op.drop_table("ruling")
    op.drop_index(
        "brin_remark",
        table_name="remark",
        postgresql_using="brin",
        postgresql_with={"pages_per_range": 16, "autosummarize": "on"},
    )
    op.drop_table("remark")
    op.drop_index(
        "brin_release",
        table_name="release",
        postgresql_using="brin",
        postgresql_with={"pages_per_range": 16, "autosummarize": "on"},
    )
    op.drop_table("release")
    op.drop_table("reference_snapshot")
    op.drop_table("reference_manifest")
    op.drop_index("uq_ref_tariff", table_name="ref_tariff")
    op.drop_table("ref_tariff")
    op.drop_index("uq_ref_sureties", table_name="ref_sureties")
    op.drop_table("ref_sureties")
    op.drop_index("uq_ref_spi", table_name="ref_spi")
    op.drop_table("ref_spi")
    op.drop_index("uq_ref_ports", table_name="ref_ports")
    op.drop_table("ref_ports")
    op.drop_index("uq_ref_modes", table_name="ref_modes")
    op.drop_table("ref_modes")
    op.drop_index("uq_ref_holidays", table_name="ref_holidays")
    op.drop_table("ref_holidays")
    op.drop_index("uq_ref_fees", table_name="ref_fees")
    op.drop_table("ref_fees")
    op.drop_index("uq_ref_entry_types", table_name="ref_entry_types")
    op.drop_table("ref_entry_types")
    op.drop_index("uq_ref_countries", table_name="ref_countries")
    op.drop_table("ref_countries")
    op.drop_index("uq_ref_class_codes", table_name="ref_class_codes")
    op.drop_table("ref_class_codes")
    op.drop_index("uq_ref_census", table_name="ref_census")
    op.drop_table("ref_census")
    op.drop_index(
        "brin_reason",
        table_name="reason",
        postgresql_using="brin",
        postgresql_with={"pages_per_range": 16, "autosummarize": "on"},
    )
    op.drop_table("reason")
    op.drop_index(
        "brin_party",
        table_name="party",
        postgresql_using="brin",
        postgresql_with={"pages_per_range": 16, "autosummarize": "on"},
    )
    op.drop_table("party")
    op.drop_index(
        "brin_other_record",
        table_name="other_record",
        postgresql_using="brin",
        postgresql_with={"pages_per_range": 16, "autosummarize": "on"},
    )
    op.drop_table("other_record")
    op.drop_index(
        "brin_missing_document",
        table_name="missing_document",
        postgresql_using="brin",
        postgresql_with={"pages_per_range": 16, "autosummarize": "on"},
    )
    op.drop_table("missing_document")
    op.drop_index(
        "brin_line",
        table_name="line",
        postgresql_using="brin",
        postgresql_with={"pages_per_range": 16, "autosummarize": "on"},
    )
    op.drop_table("line")
    op.drop_index(
        "brin_license",
        table_name="license",
        postgresql_using="brin",
        postgresql_with={"pages_per_range": 16, "autosummarize": "on"},
    )
    op.drop_table("license")
    op.drop_index(
        "brin_invoice_reference",
        table_name="invoice_reference",
        postgresql_using="brin",
        postgresql_with={"pages_per_range": 16, "autosummarize": "on"},
    )
    op.drop_table("invoice_reference")
    op.drop_index(
        "brin_invoice_range",
        table_name="invoice_range",
        postgresql_using="brin",
        postgresql_with={"pages_per_range": 16, "autosummarize": "on"},
    )
    op.drop_table("invoice_range")
    op.drop_index(
        "brin_fee_total",
        table_name="fee_total",
        postgresql_using="brin",
        postgresql_with={"pages_per_range": 16, "autosummarize": "on"},
    )
    op.drop_table("fee_total")
    op.drop_index(
        "brin_fee",
        table_name="fee",
        postgresql_using="brin",
        postgresql_with={"pages_per_range": 16, "autosummarize": "on"},
    )
    op.drop_table("fee")
    op.drop_index(op.f("ix_event_interchange_id"), table_name="event")
    op.drop_table("event")
    op.drop_index(op.f("ix_entry_summary_importer_account_id"), table_name="entry_summary")
    op.drop_index(op.f("ix_entry_summary_filer_account_id"), table_name="entry_summary")
    op.drop_table("entry_summary")
    op.drop_index(
        "brin_declaration",
        table_name="declaration",
        postgresql_using="brin",
        postgresql_with={"pages_per_range": 16, "autosummarize": "on"},
    )
    op.drop_table("declaration")
    op.drop_index(op.f("ix_condition_transaction_id"), table_name="condition")
    op.drop_index(op.f("ix_condition_interchange_id"), table_name="condition")
    op.drop_table("condition")
    op.drop_index(
        "brin_census_override",
        table_name="census_override",
        postgresql_using="brin",
        postgresql_with={"pages_per_range": 16, "autosummarize": "on"},
    )
    op.drop_table("census_override")
    op.drop_index(
        "brin_bond",
        table_name="bond",
        postgresql_using="brin",
        postgresql_with={"pages_per_range": 16, "autosummarize": "on"},
    )
    op.drop_table("bond")
    op.drop_index(
        "brin_bill_group",
        table_name="bill_group",
        postgresql_using="brin",
        postgresql_with={"pages_per_range": 16, "autosummarize": "on"},
    )
    op.drop_table("bill_group")
    op.drop_index(
        "brin_bill",
        table_name="bill",
        postgresql_using="brin",
        postgresql_with={"pages_per_range": 16, "autosummarize": "on"},
    )
    op.drop_table("bill")
    op.drop_index(
        "brin_adcvd",
        table_name="adcvd",
        postgresql_using="brin",
        postgresql_with={"pages_per_range": 16, "autosummarize": "on"},
    )
    op.drop_table("adcvd")
    op.drop_index("uq_account_kind_identifier", table_name="account", postgresql_where=sa.text("identifier <> ''"))
    op.drop_table("account")
