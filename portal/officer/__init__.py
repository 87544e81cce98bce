"""The officer's rooms: the queue, accounts, entry summaries, decisions, applications.

Every look at an account or an entry is noted in the audit log under the account, where the importer reads it.
"""

from __future__ import annotations

from fastapi import APIRouter

from portal.officer import accounts, applications, decisions, entries, measure, queue

router = APIRouter()
for room in (queue, measure, accounts, decisions, entries, applications):
    router.include_router(room.router)
