"""Who sees what was refused of export filings and what was said of them: as of the filings themselves (0015).

A refused action may come from anybody who knows an exporter's number: that is what the exporter should see.
"""

from __future__ import annotations

from loaders.migrations.policies_0007 import ROLE
from loaders.migrations.policies_0015 import _FILING
from loaders.migrations.reading import closed, opened

READ = {"export_refusal": _FILING, "export_condition": _FILING}
# Names of agents: brokers are known to everybody by their filer codes (portal_find_account), so by their key, too; of
# others nothing is told.
AGENTS = """
CREATE FUNCTION portal_agents(wanted bigint[]) RETURNS TABLE (
    id bigint, public_id text, name text, identifier text, kind text
) LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT a.id, a.public_id, a.name, a.identifier, a.kind FROM account a
    WHERE a.id = ANY (wanted) AND (a.kind = 'broker' OR a.id = ANY (portal_ids('accounts')))
$$"""
STATEMENTS = [
    AGENTS,
    "REVOKE ALL ON FUNCTION portal_agents FROM PUBLIC",
    f"GRANT EXECUTE ON FUNCTION portal_agents TO {ROLE}",
    *opened(READ),
]
UNDONE = [*closed(READ), "DROP FUNCTION portal_agents"]
