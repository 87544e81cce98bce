"""Who sees export filings: their exporter, the broker or forwarder that sent them, officers, and who has the exporter's
mandate to see. Monthly statements are the exporter's and the officers'.
"""

from __future__ import annotations

from loaders.migrations.reading import closed, opened

_OFFICER = "(SELECT portal_is('officer'))"
_FILING = (
    "exporter_account_id = ANY ((SELECT portal_ids('importers'))::bigint[])"
    f" OR filer_account_id = ANY ((SELECT portal_ids('filers'))::bigint[]) OR {_OFFICER}"
)
_WITHIN_VERSION = "EXISTS (SELECT FROM export_filing_version within_ WHERE within_.id = version_id)"
_WITHIN_STATEMENT = "EXISTS (SELECT FROM export_statement within_ WHERE within_.id = statement_id)"
_BELOW = ("export_line", "export_party", "export_vehicle", "export_mark", "export_reference")
READ = {
    "export_filing": _FILING,
    "export_filing_version": _FILING,
    **dict.fromkeys(_BELOW, _WITHIN_VERSION),
    "export_statement": f"account_id = ANY ((SELECT portal_ids('accounts'))::bigint[]) OR {_OFFICER}",
    "export_statement_filing": _WITHIN_STATEMENT,
    "export_statement_file": _WITHIN_STATEMENT,
}
STATEMENTS = opened(READ)
UNDONE = closed(READ)
