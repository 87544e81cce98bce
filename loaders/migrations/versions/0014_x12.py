"""Partners who speak ANSI X12, and the numbers of what came from them and went to them"""

import sqlalchemy as sa
from alembic import op

from loaders.migrations import policies_0014 as policies

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "x12_control",
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("own_qualifier", sa.Text(), nullable=False),
        sa.Column("own_id", sa.Text(), nullable=False),
        sa.Column("qualifier", sa.Text(), nullable=False),
        sa.Column("identifier", sa.Text(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("trial", sa.Boolean(), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("level IN ('interchange', 'group', 'set')", name=op.f("ck_x12_control_level")),
        sa.CheckConstraint("last BETWEEN 0 AND 999999999", name=op.f("ck_x12_control_last")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_x12_control_account_id")),
        sa.PrimaryKeyConstraint(
            "account_id",
            "own_qualifier",
            "own_id",
            "qualifier",
            "identifier",
            "level",
            "trial",
            name=op.f("pk_x12_control"),
        ),
    )
    op.create_table(
        "x12_group",
        sa.Column("batch_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("x12_interchange_id", sa.BigInteger(), nullable=False),
        sa.Column("interchange_id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("functional_id", sa.Text(), nullable=False),
        sa.Column("sender", sa.Text(), nullable=False),
        sa.Column("receiver", sa.Text(), nullable=False),
        sa.Column("sent", sa.Text(), nullable=False),
        sa.Column("control_number", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=True),
        sa.Column("counted", sa.Boolean(), nullable=False),
        sa.Column("agency", sa.Text(), nullable=False),
        sa.Column("release", sa.Text(), nullable=False),
        sa.Column("declared", sa.Integer(), nullable=False),
        sa.Column("received", sa.Integer(), nullable=False),
        sa.Column("accepted", sa.Integer(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("codes", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_x12_group_account_id")),
        sa.PrimaryKeyConstraint("batch_id", name=op.f("pk_x12_group")),
    )
    op.create_index("ix_x12_group_control", "x12_group", ["control_number"], unique=False)
    op.create_index(op.f("ix_x12_group_interchange_id"), "x12_group", ["interchange_id"], unique=False)
    op.create_index("ix_x12_group_number", "x12_group", ["account_id", "number"], unique=False)
    op.create_table(
        "x12_interchange",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("interchange_id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("occurrence", sa.Integer(), nullable=False),
        sa.Column("record", sa.Integer(), nullable=False),
        sa.Column("last_record", sa.Integer(), nullable=False),
        sa.Column("sender_qualifier", sa.Text(), nullable=False),
        sa.Column("sender", sa.Text(), nullable=False),
        sa.Column("receiver_qualifier", sa.Text(), nullable=False),
        sa.Column("receiver", sa.Text(), nullable=False),
        sa.Column("sent", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("usage", sa.Text(), nullable=False),
        sa.Column("control_number", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=True),
        sa.Column("counted", sa.Boolean(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_x12_interchange_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_x12_interchange")),
    )
    op.create_index("ix_x12_interchange_control", "x12_interchange", ["control_number"], unique=False)
    op.create_index(op.f("ix_x12_interchange_interchange_id"), "x12_interchange", ["interchange_id"], unique=False)
    op.create_index(
        "uq_x12_interchange_counted",
        "x12_interchange",
        ["account_id", "sender_qualifier", "sender", "receiver_qualifier", "receiver", "number"],
        unique=True,
        postgresql_where=sa.text("counted"),
    )
    op.create_table(
        "x12_partner",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("qualifier", sa.Text(), nullable=False),
        sa.Column("identifier", sa.Text(), nullable=False),
        sa.Column("group_id", sa.Text(), server_default="", nullable=False),
        sa.Column("releases", sa.Text(), server_default="", nullable=False),
        sa.Column("acknowledgment", sa.Text(), server_default="auto", nullable=False),
        sa.Column("separators", sa.Text(), server_default="", nullable=False),
        sa.Column("strictness", sa.Text(), server_default="lenient", nullable=False),
        sa.Column("status_messages", sa.Text(), server_default="ax", nullable=False),
        sa.Column("payment_advice", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.CheckConstraint("acknowledgment IN ('auto', '997', '999')", name=op.f("ck_x12_partner_acknowledgment")),
        sa.CheckConstraint(
            "status_messages IN ('ax', '350', '355', 'both')", name=op.f("ck_x12_partner_status_messages")
        ),
        sa.CheckConstraint("strictness IN ('lenient', 'strict')", name=op.f("ck_x12_partner_strictness")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_x12_partner_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_x12_partner")),
        sa.UniqueConstraint(
            "account_id",
            "qualifier",
            "identifier",
            "valid_from",
            name=op.f("uq_x12_partner_account_id_qualifier_identifier_valid_from"),
        ),
    )
    op.create_table(
        "x12_sent",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("interchange_id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("own_qualifier", sa.Text(), nullable=False),
        sa.Column("own_id", sa.Text(), nullable=False),
        sa.Column("qualifier", sa.Text(), nullable=False),
        sa.Column("identifier", sa.Text(), nullable=False),
        sa.Column("interchange_number", sa.BigInteger(), nullable=False),
        sa.Column("functional_id", sa.Text(), nullable=False),
        sa.Column("group_number", sa.BigInteger(), nullable=True),
        sa.Column("set_id", sa.Text(), nullable=False),
        sa.Column("set_number", sa.BigInteger(), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.Text(), server_default="sent", nullable=False),
        sa.Column("code", sa.Text(), server_default="", nullable=False),
        sa.Column("codes", sa.Text(), server_default="", nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_by", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("state IN ('sent', 'acknowledged', 'rejected')", name=op.f("ck_x12_sent_state")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_x12_sent_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_x12_sent")),
    )
    op.create_index("ix_x12_sent_control", "x12_sent", ["interchange_number"], unique=False)
    op.create_index(
        "ix_x12_sent_group", "x12_sent", ["account_id", "qualifier", "identifier", "group_number"], unique=False
    )
    op.create_index(
        "ix_x12_sent_interchange",
        "x12_sent",
        ["account_id", "qualifier", "identifier", "interchange_number"],
        unique=False,
    )
    op.create_index(op.f("ix_x12_sent_interchange_id"), "x12_sent", ["interchange_id"], unique=False)
    op.create_table(
        "x12_set",
        sa.Column("transaction_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.Column("interchange_id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("set_id", sa.Text(), nullable=False),
        sa.Column("control_number", sa.Text(), nullable=False),
        sa.Column("convention", sa.Text(), nullable=False),
        sa.Column("counted", sa.Boolean(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("codes", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), server_default="", nullable=False),
        sa.Column("reference", sa.Text(), server_default="", nullable=False),
        sa.Column("number", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_x12_set_account_id")),
        sa.PrimaryKeyConstraint("transaction_id", name=op.f("pk_x12_set")),
    )
    op.create_index("ix_x12_set_batch", "x12_set", ["batch_id"], unique=False)
    op.create_index("ix_x12_set_control", "x12_set", ["account_id", "control_number"], unique=False)
    op.create_index(op.f("ix_x12_set_interchange_id"), "x12_set", ["interchange_id"], unique=False)
    op.create_index("ix_x12_set_number", "x12_set", ["number"], unique=False, postgresql_where=sa.text("number <> ''"))
    op.create_index(
        "ix_x12_set_reference", "x12_set", ["reference"], unique=False, postgresql_where=sa.text("reference <> ''")
    )
    for statement in policies.STATEMENTS:
        op.execute(sa.text(statement.replace(":", r"\:")))


def downgrade() -> None:
    for statement in policies.UNDONE:
        op.execute(statement)
    op.drop_index("ix_x12_set_reference", table_name="x12_set", postgresql_where=sa.text("reference <> ''"))
    op.drop_index("ix_x12_set_number", table_name="x12_set", postgresql_where=sa.text("number <> ''"))
    op.drop_index(op.f("ix_x12_set_interchange_id"), table_name="x12_set")
    op.drop_index("ix_x12_set_control", table_name="x12_set")
    op.drop_index("ix_x12_set_batch", table_name="x12_set")
    op.drop_table("x12_set")
    op.drop_index(op.f("ix_x12_sent_interchange_id"), table_name="x12_sent")
    op.drop_index("ix_x12_sent_interchange", table_name="x12_sent")
    op.drop_index("ix_x12_sent_group", table_name="x12_sent")
    op.drop_index("ix_x12_sent_control", table_name="x12_sent")
    op.drop_table("x12_sent")
    op.drop_table("x12_partner")
    op.drop_index("uq_x12_interchange_counted", table_name="x12_interchange", postgresql_where=sa.text("counted"))
    op.drop_index(op.f("ix_x12_interchange_interchange_id"), table_name="x12_interchange")
    op.drop_index("ix_x12_interchange_control", table_name="x12_interchange")
    op.drop_table("x12_interchange")
    op.drop_index("ix_x12_group_number", table_name="x12_group")
    op.drop_index(op.f("ix_x12_group_interchange_id"), table_name="x12_group")
    op.drop_index("ix_x12_group_control", table_name="x12_group")
    op.drop_table("x12_group")
    op.drop_table("x12_control")
