"""The broker's room: files and their answers, filings, authorities, the close of a month."""

from fastapi import APIRouter

from portal.broker import clients, files, filings

router = APIRouter()
for part in (files, filings, clients):
    router.include_router(part.router)
