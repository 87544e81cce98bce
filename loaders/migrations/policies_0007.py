"""Who sees which row, as row-level security for the portal's role (migration 0007; a later change of a policy is a
migration of its own).

The portal says in each transaction whose rows it asks for: ``app.importers`` and ``app.filers`` (ids of importer and
broker accounts), ``app.accounts`` (all accounts the person may act for), ``app.user``, and the flags ``app.officer``
and ``app.operations``. What is not said is nobody: no row. The role owns nothing and cannot pass by.
"""

from __future__ import annotations

from loaders.schema import FACTS

ROLE = "tidewaiter_portal"

FUNCTIONS = """
CREATE FUNCTION portal_ids(name text) RETURNS bigint[] LANGUAGE sql STABLE AS
    $$ SELECT coalesce(nullif(current_setting('app.' || name, true), '')::bigint[], '{}') $$;
CREATE FUNCTION portal_is(name text) RETURNS boolean LANGUAGE sql STABLE AS
    $$ SELECT coalesce(nullif(current_setting('app.' || name, true), '')::boolean, false) $$;
CREATE FUNCTION portal_user_id() RETURNS bigint LANGUAGE sql STABLE AS
    $$ SELECT nullif(current_setting('app.user', true), '')::bigint $$;
-- The bytes a version was read from: the file of its sender, and the records of its transaction in it. Whoever sees the
-- version may see these records, and not the rest of the file.
CREATE FUNCTION portal_source(version bigint) RETURNS TABLE (
    sha256 text, file_name text, sender text, record int, last_record int, received_at timestamptz
) LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT i.sha256, coalesce((SELECT name FROM arrival a WHERE a.interchange_id = i.id ORDER BY a.id LIMIT 1), ''),
        s.number, t.record, t.last_record, i.received_at
    FROM entry_summary_version v JOIN interchange i ON i.id = v.interchange_id JOIN account s ON s.id = i.account_id
    JOIN transaction t ON t.id = v.transaction_id
    WHERE v.id = version AND (portal_is('officer') OR v.importer_account_id = ANY (portal_ids('importers'))
        OR v.filer_account_id = ANY (portal_ids('filers')))
$$;
-- A broker or importer by its number, for who names one: filer codes are public, of an importer only that it is there.
CREATE FUNCTION portal_find_account(wanted_kind text, wanted text) RETURNS TABLE (id bigint, public_id text, name text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT a.id, a.public_id, a.name FROM account a
    WHERE a.kind = wanted_kind AND a.kind = 'broker' AND a.identifier = wanted AND a.status = 'active'
$$;
-- For which accounts a person may act: asked before it is known who asks, so before any scope is set.
CREATE FUNCTION portal_memberships(person bigint, today date) RETURNS TABLE (
    id bigint, account_id bigint, public_id text, number text, name text, kind text, status text, identifier text,
    role text, sees_money boolean
) LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT m.id, a.id, a.public_id, a.number, a.name, a.kind, a.status, a.identifier, m.role, m.sees_money
    FROM portal_membership m JOIN account a ON a.id = m.account_id JOIN portal_user u ON u.id = m.user_id
    WHERE m.user_id = person AND u.status = 'active' AND m.valid_from <= today
    AND (m.valid_to IS NULL OR m.valid_to >= today) ORDER BY a.name, m.id
$$;
-- Whose entries an account sees: its own and its sub-accounts', and those of importers that gave it a mandate to see.
CREATE FUNCTION portal_reach(account bigint, today date) RETURNS TABLE (
    id bigint, kind text, own boolean, sees_money boolean
) LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH RECURSIVE tree AS (
        SELECT a.id, a.kind FROM account a WHERE a.id = account
        UNION SELECT c.id, c.kind FROM account c JOIN tree t ON c.parent_id = t.id
    )
    SELECT t.id, t.kind, true, true FROM tree t
    UNION ALL
    SELECT p.id, p.kind, false, bool_or(r.sees_money) FROM relationship r JOIN tree t ON t.id = r.from_account_id
    JOIN account p ON p.id = r.to_account_id
    WHERE r.kind = 'sees' AND r.valid_from <= today AND (r.valid_to IS NULL OR r.valid_to >= today)
    AND p.id NOT IN (SELECT tree.id FROM tree) GROUP BY p.id, p.kind
$$;
-- The chain: each row's hash is over the one before it and its own words. One writer at a time.
CREATE FUNCTION audit_append(
    at timestamptz, user_id bigint, account_id bigint, acting_account_id bigint, action text, subject text, detail text,
    rows bigint, address text
) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    before text;
    own bigint;
    said text;
BEGIN
    PERFORM pg_advisory_xact_lock(7105 * (2::bigint ^ 40)::bigint);
    SELECT a.hash INTO before FROM audit a ORDER BY a.id DESC LIMIT 1;
    own := nextval(pg_get_serial_sequence('audit', 'id'));
    said := audit_words(own, at, user_id, account_id, acting_account_id, action, subject, detail, rows, address);
    INSERT INTO audit VALUES (own, at, user_id, account_id, acting_account_id, action, subject, detail, rows, address,
        coalesce(before, ''), encode(sha256(convert_to(coalesce(before, '') || said, 'UTF8')), 'hex'));
    RETURN own;
END $$;
CREATE FUNCTION audit_words(
    id bigint, at timestamptz, user_id bigint, account_id bigint, acting_account_id bigint, action text, subject text,
    detail text, rows bigint, address text
) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT jsonb_build_array(id, extract(epoch FROM at)::text, user_id, account_id, acting_account_id, action, subject,
        detail, rows, address)::text
$$;
"""

#: Functions that read past the policies, each with its own test of who asks.
DEFINERS = ("portal_source", "portal_find_account", "audit_append", "portal_memberships", "portal_reach")
_ACCOUNTS = "{0} = ANY ((SELECT portal_ids('accounts'))::bigint[])"
_OFFICER = "(SELECT portal_is('officer'))"
_OPERATIONS = "(SELECT portal_is('operations'))"
_ENTRY = (
    "importer_account_id = ANY ((SELECT portal_ids('importers'))::bigint[])"
    f" OR filer_account_id = ANY ((SELECT portal_ids('filers'))::bigint[]) OR {_OFFICER}"
)
_OF_ACCOUNT = _ACCOUNTS.format("account_id") + f" OR {_OFFICER}"
_OF_SENDER = _ACCOUNTS.format("account_id") + f" OR {_OFFICER} OR {_OPERATIONS}"


def _within(table: str, key: str, of: str = "id") -> str:
    """Rows whose parent the same role sees."""
    return f"EXISTS (SELECT FROM {table} within_ WHERE within_.{of} = {key})"


#: Table -> which rows may be read.
READ: dict[str, str] = {
    "account": f"{_ACCOUNTS.format('id')} OR {_OFFICER} OR {_OPERATIONS}"
    " OR id IN (SELECT from_account_id FROM relationship) OR id IN (SELECT to_account_id FROM relationship)",
    "relationship": f"{_ACCOUNTS.format('from_account_id')} OR {_ACCOUNTS.format('to_account_id')} OR {_OFFICER}",
    "entry_summary": _ENTRY,
    "entry_summary_version": _ENTRY,
    **{name: _within("entry_summary_version", "version_id") for name in FACTS},
    "statement": _ENTRY,
    "statement_entry": _within("entry_summary", "entry_summary_id"),
    "statement_move": _within("entry_summary", "entry_summary_id"),
    **{
        name: _within("statement", "statement_id")
        for name in ("statement_fee", "statement_event", "payment", "settlement")
    },
    "statement_setting": _OF_ACCOUNT,
    "account_standing": _OF_ACCOUNT,
    "account_month": _OF_ACCOUNT,
    "payer_unit": _ACCOUNTS.format("account_id"),
    "filing": _OF_ACCOUNT,
    **{name: _within("filing", "filing_id") for name in ("filing_file", "filing_entry", "filing_line")},
    "interchange": _OF_SENDER,
    "arrival": _OF_SENDER,
    "acknowledgment": _OF_SENDER,
    "delivery": _OF_SENDER,
    **{
        name: _within("interchange", "interchange_id")
        for name in ("batch", "block", "transaction", "condition", "event")
    },
    "shard": _OPERATIONS,
    "lane": _OPERATIONS,
    "audit": f"{_ACCOUNTS.format('account_id')} OR user_id = (SELECT portal_user_id()) OR {_OFFICER} OR {_OPERATIONS}",
    "application": f"{_OFFICER} OR reference = current_setting('app.application', true)",
    "decision": _OFFICER,
    "activity_note": f"{_OFFICER} OR ({_ACCOUNTS.format('account_id')} AND NOT internal)",
    "action_plan": _OF_ACCOUNT,
    "portfolio": _OFFICER,
}
#: (table, command) -> which rows may be written.
WRITE: dict[tuple[str, str], str] = {
    ("relationship", "INSERT"): _ACCOUNTS.format("to_account_id"),
    ("relationship", "UPDATE"): _ACCOUNTS.format("to_account_id"),
    ("account", "INSERT"): f"{_OFFICER} OR ({_ACCOUNTS.format('parent_id')} AND status = 'applied')",
    ("account", "UPDATE"): _OFFICER,
    ("statement_setting", "INSERT"): _ACCOUNTS.format("account_id"),
    ("statement_setting", "UPDATE"): _ACCOUNTS.format("account_id"),
    ("statement_setting", "DELETE"): _ACCOUNTS.format("account_id"),
    ("application", "INSERT"): "status IN ('received', 'waiting') AND decided_by IS NULL",
    ("application", "UPDATE"): _OFFICER,
    ("decision", "INSERT"): _OFFICER,
    ("activity_note", "INSERT"): f"{_OFFICER} OR ({_ACCOUNTS.format('account_id')} AND NOT internal)",
    ("action_plan", "INSERT"): _OF_ACCOUNT,
    ("action_plan", "UPDATE"): _OF_ACCOUNT,
    ("portfolio", "INSERT"): _OFFICER,
    ("portfolio", "DELETE"): _OFFICER,
}
#: What the portal needs before it knows who asks; it is the only one that reads them beside ourselves.
OWN = (
    *("portal_user", "portal_membership", "portal_session", "portal_recovery_code"),
    *("portal_passkey", "portal_token"),
)
#: Columns that nobody reads through the portal.
HIDDEN = {"payer_unit": ("routing_number", "account_number")}
#: Never granted: secrets of transmission, and what only a worker needs.
NEVER = ("transmitter", "sftp_identity", "filer_authority", "debit_file", "statement_sequence")


def statements(columns: dict[str, list[str]]) -> list[str]:
    """The SQL that creates role, functions, grants and policies; ``columns`` of the tables with hidden ones."""
    made = [
        # Where the operator made the role already, who migrates need not be allowed to.
        f"""DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{ROLE}') THEN
        CREATE ROLE {ROLE} LOGIN NOINHERIT; END IF;
        EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$""",
        FUNCTIONS,
        f"REVOKE ALL ON FUNCTION {', '.join(DEFINERS)} FROM PUBLIC",
        f"GRANT EXECUTE ON FUNCTION {', '.join(DEFINERS)} TO {ROLE}",
        f"GRANT USAGE ON SCHEMA public TO {ROLE}",
    ]
    for table, which in READ.items():
        shown = [name for name in columns.get(table, []) if name not in HIDDEN.get(table, ())]
        what = f"SELECT ({', '.join(shown)})" if table in HIDDEN else "SELECT"
        made += [
            f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
            f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
            f"GRANT {what} ON {table} TO {ROLE}",
            f"CREATE POLICY portal_read ON {table} FOR SELECT TO {ROLE} USING ({which})",
        ]
    for (table, command), which in WRITE.items():
        clause = {"INSERT": f"WITH CHECK ({which})", "DELETE": f"USING ({which})"}.get(
            command, f"USING ({which}) WITH CHECK ({which})"
        )
        made += [
            f"GRANT {command} ON {table} TO {ROLE}",
            f"CREATE POLICY portal_{command.lower()} ON {table} FOR {command} TO {ROLE} {clause}",
        ]
    made += [f"GRANT SELECT, INSERT, UPDATE ON {', '.join(OWN)} TO {ROLE}"]
    made += [f"GRANT SELECT ON {name} TO {ROLE}" for name in ("reference_manifest", "reference_snapshot")]
    return made
