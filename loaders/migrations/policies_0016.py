"""Who sees invoices: their importer, the broker that sent them, officers, and who has the importer's mandate to see.

How an invoice compares to an entry summary is seen by who sees both: a broker that sent an invoice does not read there
what another broker declared.
"""

from __future__ import annotations

from loaders.migrations.reading import closed, opened

_INVOICE = (
    "importer_account_id = ANY ((SELECT portal_ids('importers'))::bigint[])"
    " OR filer_account_id = ANY ((SELECT portal_ids('filers'))::bigint[]) OR (SELECT portal_is('officer'))"
)
_WITHIN_VERSION = "EXISTS (SELECT FROM invoice_version within_ WHERE within_.id = version_id)"
_INVOICE_SEEN = "EXISTS (SELECT FROM invoice within_ WHERE within_.id = invoice_id)"
_ENTRY_SEEN = "EXISTS (SELECT FROM entry_summary within_ WHERE within_.id = entry_summary_id)"
READ = {
    "invoice": _INVOICE,
    "invoice_version": _INVOICE,
    **dict.fromkeys(("invoice_line", "invoice_party", "invoice_identifier", "invoice_charge"), _WITHIN_VERSION),
    "invoice_match": f"(invoice_id IS NULL OR {_INVOICE_SEEN}) AND (entry_summary_id IS NULL OR {_ENTRY_SEEN})",
    "invoice_entry": f"{_INVOICE_SEEN} AND {_ENTRY_SEEN}",
}
STATEMENTS = opened(READ)
UNDONE = closed(READ)
