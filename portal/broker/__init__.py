"""The broker's room: files and their answers, filings, authorities, the close of a month."""

from fastapi import APIRouter

from portal import files
from portal.broker import clients, filings, partner

router = APIRouter()
router.include_router(files.router(files.BROKER))
for part in (filings, clients, partner):
    router.include_router(part.router)
