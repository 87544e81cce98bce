"""What brokers and operations see of files: indexes by sender and by time, and two narrow looks past the policies"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

FUNCTIONS = """
-- The SFTP keys of accounts, for operations: how many hold on a day and when the last of them ends; never a key.
CREATE FUNCTION portal_sftp_keys(today date) RETURNS TABLE (account_id bigint, keys bigint, ends date, endless boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT s.account_id, count(*), max(s.valid_to), bool_or(s.valid_to IS NULL) FROM sftp_identity s
    WHERE portal_is('operations') AND s.valid_from <= today AND (s.valid_to IS NULL OR s.valid_to >= today)
    GROUP BY s.account_id
$$;
-- Whether an importer's month is filed, for those who file for it: the version that counts and when, never amounts.
CREATE FUNCTION portal_filed_months(first date) RETURNS TABLE (account_id bigint, version int, filed_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT f.account_id, max(f.version)::int, max(f.filed_at) FROM filing f
    WHERE f.month = first AND EXISTS (
        SELECT FROM relationship r WHERE r.to_account_id = f.account_id
        AND r.from_account_id = ANY (portal_ids('accounts')) AND r.valid_from < first + interval '1 month'
        AND (r.valid_to IS NULL OR r.valid_to >= first))
    GROUP BY f.account_id
$$;
"""
NAMES = ("portal_sftp_keys(date)", "portal_filed_months(date)")


def upgrade() -> None:
    op.create_index("ix_interchange_sender", "interchange", ["account_id", "id"])
    op.create_index("ix_interchange_received_at", "interchange", ["received_at"])
    op.execute(sa.text(FUNCTIONS.replace(":", r"\:")))
    for name in NAMES:
        op.execute(f"REVOKE ALL ON FUNCTION {name} FROM PUBLIC")
        op.execute(f"GRANT EXECUTE ON FUNCTION {name} TO tidewaiter_portal")


def downgrade() -> None:
    for name in NAMES:
        op.execute(f"DROP FUNCTION {name}")
    op.drop_index("ix_interchange_received_at", "interchange")
    op.drop_index("ix_interchange_sender", "interchange")
