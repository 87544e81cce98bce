"""The importer's room: what is owed, statements, entries, monthly filings, charts."""

from fastapi import APIRouter

from portal.importer import charts, entries, entry, filings, hub, statements

router = APIRouter()
for part in (hub, statements, entries, entry, filings, charts):
    router.include_router(part.router)
