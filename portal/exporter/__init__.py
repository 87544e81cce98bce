"""The exporter's room: what was filed in its name, by whom, what somebody has to mend, its monthly statements;
and filings as who sent them and officers see them."""

from fastapi import APIRouter

from portal import files
from portal.exporter import agents, filing, filings, hub, rooms, statements

router = APIRouter()
for part in (hub, agents, statements):
    router.include_router(part.router)
router.include_router(files.router(files.EXPORTER))
for room in (rooms.EXPORTER, rooms.FILER, rooms.OFFICER):
    router.include_router(filings.router(room))
    router.include_router(filing.router(room))
