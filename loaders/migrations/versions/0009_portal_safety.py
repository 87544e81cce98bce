"""Personal access tokens, throttles, and what counts once."""

import sqlalchemy as sa
from alembic import op

from loaders.migrations.policies_0007 import ROLE

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

PURPOSE = "ck_portal_token_purpose"


def upgrade() -> None:
    op.create_table(
        "portal_key",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("membership_id", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["membership_id"], ["portal_membership.id"], name="fk_portal_key_membership_id"),
        sa.ForeignKeyConstraint(["user_id"], ["portal_user.id"], name="fk_portal_key_user_id"),
        sa.PrimaryKeyConstraint("id", name="pk_portal_key"),
        sa.UniqueConstraint("hash", name="uq_portal_key_hash"),
    )
    op.create_index("ix_portal_key_user_id", "portal_key", ["user_id"])
    op.create_table(
        "portal_throttle",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_portal_throttle"),
    )
    _purposes("invite", "application", "challenge", "oidc")
    op.execute(f"GRANT SELECT, INSERT, UPDATE ON portal_key TO {ROLE}")
    op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON portal_throttle TO {ROLE}")
    op.execute(f"GRANT DELETE ON portal_passkey TO {ROLE}")


def downgrade() -> None:
    op.execute(f"REVOKE DELETE ON portal_passkey FROM {ROLE}")
    op.execute("DELETE FROM portal_token WHERE purpose IN ('challenge', 'oidc')")
    _purposes("invite", "application")
    op.drop_table("portal_throttle")
    op.drop_table("portal_key")


def _purposes(*names: str) -> None:
    op.execute(f"ALTER TABLE portal_token DROP CONSTRAINT {PURPOSE}")
    op.execute(f"ALTER TABLE portal_token ADD CONSTRAINT {PURPOSE} CHECK (purpose IN {names})")
