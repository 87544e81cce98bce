"""The importer's room: what is owed, statements, entries, monthly filings, charts, files sent by oneself."""

from fastapi import APIRouter

from portal import files
from portal.importer import charts, entries, entry, filings, hub, statements

router = APIRouter()
for part in (hub, statements, entries, entry, filings, charts):
    router.include_router(part.router)
router.include_router(files.router(files.IMPORTER))
