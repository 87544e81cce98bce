"""The exporter's room: what was filed in its name, by whom, what somebody has to mend, its monthly statements."""

from fastapi import APIRouter

from portal.exporter import agents, filing, filings, hub, statements

router = APIRouter()
for part in (hub, filings, filing, agents, statements):
    router.include_router(part.router)
