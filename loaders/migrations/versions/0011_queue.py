"""The officers' queue, what decisions say of it, and how many places of the test are taken."""

import sqlalchemy as sa
from alembic import op

from loaders.migrations import policies_0011 as policies

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "queue_run",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("settings", sa.Text(), nullable=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.Column("accounts", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_queue_run")),
    )
    op.create_table(
        "queue_item",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("run_id", sa.BigInteger(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("entry_summary_id", sa.BigInteger(), nullable=True),
        sa.Column("port", sa.Text(), server_default="", nullable=False),
        sa.Column("lane", sa.Text(), nullable=False),
        sa.Column("chosen_by", sa.Text(), nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("reasons", sa.Text(), nullable=False),
        sa.Column("officer_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("lane IN ('first', 'change', 'score', 'random')", name=op.f("ck_queue_item_lane")),
        sa.CheckConstraint("chosen_by IN ('rule', 'score', 'random')", name=op.f("ck_queue_item_chosen_by")),
        sa.ForeignKeyConstraint(["run_id"], ["queue_run.id"], name=op.f("fk_queue_item_run_id")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_queue_item_account_id")),
        sa.ForeignKeyConstraint(
            ["entry_summary_id"], ["entry_summary.id"], name=op.f("fk_queue_item_entry_summary_id")
        ),
        sa.ForeignKeyConstraint(["officer_id"], ["portal_user.id"], name=op.f("fk_queue_item_officer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_queue_item")),
        sa.UniqueConstraint("run_id", "ordinal", name=op.f("uq_queue_item_run_id_ordinal")),
    )
    op.create_index(op.f("ix_queue_item_account_id"), "queue_item", ["account_id"])
    op.create_index(op.f("ix_queue_item_entry_summary_id"), "queue_item", ["entry_summary_id"])
    op.add_column("decision", sa.Column("queue_item_id", sa.BigInteger(), nullable=True))
    op.add_column("decision", sa.Column("chosen_by", sa.Text(), server_default="", nullable=False))
    op.add_column("decision", sa.Column("finding", sa.Text(), server_default="", nullable=False))
    op.create_foreign_key(op.f("fk_decision_queue_item_id"), "decision", "queue_item", ["queue_item_id"], ["id"])
    op.create_check_constraint(op.f("ck_decision_finding"), "decision", "finding IN ('', 'clean', 'discrepancy')")
    for statement in policies.STATEMENTS:
        op.execute(sa.text(statement.replace(":", r"\:")))


def downgrade() -> None:
    for statement in policies.UNDONE:
        op.execute(statement)
    op.drop_constraint(op.f("ck_decision_finding"), "decision")
    op.drop_constraint(op.f("fk_decision_queue_item_id"), "decision")
    for column in ("finding", "chosen_by", "queue_item_id"):
        op.drop_column("decision", column)
    op.drop_table("queue_item")
    op.drop_table("queue_run")
