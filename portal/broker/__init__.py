"""The broker's room: files and their answers, filings, authorities, the close of a month."""

from fastapi import APIRouter

from portal.broker import clients, files, filings, partner

router = APIRouter()
for part in (files, filings, clients, partner):
    router.include_router(part.router)
