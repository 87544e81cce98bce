"""What the importer's pages read: its part of each statement, and keys to find entry summaries by"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

ROLE = "tidewaiter_portal"
MINE = "{0} = ANY ((SELECT portal_ids('importers'))::bigint[]) OR (SELECT portal_is('officer'))"

SHARES = """
CREATE FUNCTION statement_share_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO statement_share (account_id, statement_id, entries, due_cents)
        SELECT v.importer_account_id, n.statement_id, count(*), sum(n.due_cents)
        FROM new_rows n JOIN entry_summary_version v ON v.id = n.version_id
        WHERE v.importer_account_id IS NOT NULL AND n.removed_at IS NULL GROUP BY 1, 2
        ON CONFLICT (account_id, statement_id) DO UPDATE
        SET entries = statement_share.entries + EXCLUDED.entries,
            due_cents = statement_share.due_cents + EXCLUDED.due_cents;
    ELSE
        UPDATE statement_share s SET entries = found.entries, due_cents = found.due_cents
        FROM (
            SELECT k.account_id, k.statement_id, count(v.id) AS entries, coalesce(sum(p.due_cents), 0) AS due_cents
            FROM statement_share k LEFT JOIN (
                statement_entry p JOIN entry_summary_version v ON v.id = p.version_id
            ) ON p.statement_id = k.statement_id AND p.removed_at IS NULL AND v.importer_account_id = k.account_id
            WHERE k.statement_id IN (SELECT statement_id FROM old_rows) GROUP BY 1, 2
        ) found
        WHERE (s.account_id, s.statement_id) = (found.account_id, found.statement_id)
        AND (s.entries, s.due_cents) IS DISTINCT FROM (found.entries, found.due_cents);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER statement_share_insert AFTER INSERT ON statement_entry
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION statement_share_kept();
CREATE TRIGGER statement_share_update AFTER UPDATE ON statement_entry
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION statement_share_kept();
CREATE TRIGGER statement_share_delete AFTER DELETE ON statement_entry
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION statement_share_kept();
INSERT INTO statement_share (account_id, statement_id, entries, due_cents)
    SELECT v.importer_account_id, p.statement_id, count(*), sum(p.due_cents)
    FROM statement_entry p JOIN entry_summary_version v ON v.id = p.version_id
    WHERE v.importer_account_id IS NOT NULL AND p.removed_at IS NULL GROUP BY 1, 2;
-- The face of a statement and an importer's own part of it. The statement may be a broker's, with other importers on it,
-- whose row the importer does not see: this view reads past the policies and says nothing of the others.
CREATE VIEW importer_statement WITH (security_barrier) AS
    SELECT k.account_id, k.entries, k.due_cents, s.id, s.statement_number, s.status, s.filer_code,
        coalesce(b.name, s.filer_code) AS filer_name, s.importer_account_id IS NOT NULL AS whole, s.port, s.branch,
        s.payment_type, s.print_date, s.month, s.due_date, s.printed_at, s.final_at, s.paid_at, s.late_at, s.noticed_at,
        s.parent_id, u.statement_number AS parent_number, u.status AS parent_status,
        u.print_date AS parent_print_date, u.due_date AS parent_due_date, u.paid_at AS parent_paid_at,
        u.late_at AS parent_late_at, u.noticed_at AS parent_noticed_at, u.port AS parent_port,
        (SELECT min(p.settle_on) FROM payment p WHERE p.statement_id IN (s.id, s.parent_id)
            AND p.state IN ('queued', 'sent', 'settled')) AS settle_on
    FROM statement_share k JOIN statement s ON s.id = k.statement_id LEFT JOIN statement u ON u.id = s.parent_id
    LEFT JOIN account b ON b.kind = 'broker' AND b.identifier = s.filer_code AND b.identifier <> ''
    WHERE k.account_id = ANY ((SELECT portal_ids('importers'))::bigint[]) OR (SELECT portal_is('officer'));
-- Names of brokers by their filer codes, which are public.
CREATE VIEW broker_name AS SELECT identifier AS filer_code, name FROM account
    WHERE kind = 'broker' AND identifier <> '';
"""


def upgrade() -> None:
    op.add_column("account_month", sa.Column("tax_cents", sa.BigInteger(), server_default="0", nullable=False))
    op.create_table(
        "statement_share",
        sa.Column("account_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("statement_id", sa.BigInteger(), nullable=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.Column("due_cents", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["statement_id"], ["statement.id"], name="fk_statement_share_statement_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account_id", "statement_id", name="pk_statement_share"),
    )
    op.create_index("ix_statement_share_statement_id", "statement_share", ["statement_id"])
    op.create_table(
        "entry_key",
        sa.Column("importer_account_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(collation="C"), nullable=False),
        sa.Column("entry_summary_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.CheckConstraint("kind IN ('bill', 'hts')", name="kind"),
        sa.PrimaryKeyConstraint("importer_account_id", "kind", "value", "entry_summary_id", name="pk_entry_key"),
    )
    op.create_index("ix_entry_key_entry_summary", "entry_key", ["entry_summary_id"])
    op.drop_index("ix_entry_summary_importer_account_id", "entry_summary")
    op.create_index("ix_entry_summary_importer", "entry_summary", ["importer_account_id", "id"])
    op.create_index("ix_entry_summary_version_print", "entry_summary_version", ["importer_account_id", "statement_date"])
    op.create_index("brin_entry_summary_changed", "entry_summary", ["changed_at"], postgresql_using="brin",
                    postgresql_with={"pages_per_range": 16, "autosummarize": "on"})  # fmt: skip
    op.execute(sa.text(SHARES.replace(":", r"\:")))
    for table, whose in (("statement_share", "account_id"), ("entry_key", "importer_account_id")):
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY portal_read ON {table} FOR SELECT TO {ROLE} USING ({MINE.format(whose)})")
        op.execute(f"GRANT SELECT ON {table} TO {ROLE}")
    op.execute(f"GRANT SELECT ON importer_statement, broker_name TO {ROLE}")


def downgrade() -> None:
    op.execute("DROP VIEW importer_statement")
    op.execute("DROP VIEW broker_name")
    for when in ("insert", "update", "delete"):
        op.execute(f"DROP TRIGGER statement_share_{when} ON statement_entry")
    op.execute("DROP FUNCTION statement_share_kept")
    op.drop_index("brin_entry_summary_changed", "entry_summary")
    op.drop_index("ix_entry_summary_version_print", "entry_summary_version")
    op.drop_index("ix_entry_summary_importer", "entry_summary")
    op.create_index("ix_entry_summary_importer_account_id", "entry_summary", ["importer_account_id"])
    op.drop_table("entry_key")
    op.drop_table("statement_share")
    op.drop_column("account_month", "tax_cents")
