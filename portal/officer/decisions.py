"""What officers decide and write: decisions with a reason, notes, the action plan, their portfolio."""

from __future__ import annotations

from datetime import date

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from loaders.portal import decisions, officer, queue
from portal.forms import Form, Sent
from portal.officer import accounts, entries
from portal.pages import see, signed_in
from portal.viewer import For, Refused, Viewer

router = APIRouter()
WRITES = Depends(For(("officer",), rank="editor"))
FINDINGS = ("", "clean", "discrepancy")


@router.post("/officer/entries/{entry_id}/decision", dependencies=[WRITES])
def of_entry(request: Request, entry_id: int, form: Sent) -> Response:
    """Decide of an entry summary; what the queue says of it now is kept with it."""
    viewer = signed_in(request)
    with viewer.reading() as conn:
        it = accounts.found(entries.summary(conn, entry_id))
        result = form.need("result", "Choose what you decide.", good=lambda v: v in decisions.OF_ENTRIES)
        reason, finding = _said(form)
        account = it["importer_account_id"] or it["filer_account_id"]
        if account is None:
            raise Refused(409, "Neither the importer nor the filer of this entry has an account.")
        if not form.faults:
            item = queue.of_entry(conn, entry_id)
            decisions.record(conn, _decision(viewer, account, entry_id, result, reason, finding, item))
    if form.faults:
        return entries.shown(request, entry_id, form=form, status=422)
    viewer.note(f"decision: {result}", account_id=account, subject=f"{it['filer_code']}-{it['entry_number']}")
    return see(f"/officer/entries/{entry_id}#decisions")


@router.post("/officer/accounts/{public_id}/decision", dependencies=[WRITES])
def of_account(request: Request, public_id: str, form: Sent) -> Response:
    """Decide of an account: nothing to do, suspend it, make it active again. A suspended filer transmits no more."""
    viewer = signed_in(request)
    with viewer.reading() as conn:
        it = accounts.found(officer.account(conn, public_id))
        result = form.need(
            "result", "Choose what you decide.", good=lambda v: v in ("no_action", "documents", "suspend", "activate")
        )
        reason, finding = _said(form)
        if not form.faults:
            leads_to = {"suspend": "suspended", "activate": "active"}.get(result)
            if leads_to == it["status"]:
                raise Refused(409, f"This account is {it['status']} already.")
            item = queue.of_account(conn, it["id"])
            decisions.record(conn, _decision(viewer, it["id"], None, result, reason, finding, item))
            if leads_to:
                decisions.set_status(conn, it["id"], leads_to)
    if form.faults:
        return accounts.shown(request, public_id, form=form, status=422)
    viewer.note(f"decision: {result}", account_id=it["id"], subject=it["name"])
    return see(f"/officer/accounts/{public_id}#decisions")


def _said(form: Form) -> tuple[str, str]:
    reason = form.need("reason", "Say why: a decision has a reason.")
    finding = form.need("finding", "Choose what was found.", good=lambda value: value in FINDINGS)
    return reason, finding


def _decision(
    viewer: Viewer, account: int, entry_id: int | None, result: str, reason: str, finding: str, item: dict | None
) -> decisions.Decision:
    return decisions.Decision(
        viewer.now, viewer.user.id, account, entry_id, result, reason,
        reasons_shown=item["words"] if item else "", queue_item_id=item["id"] if item else None,
        chosen_by=item["chosen_by"] if item else "", finding=finding,
    )  # fmt: skip


@router.post("/officer/accounts/{public_id}/note", dependencies=[WRITES])
def note(request: Request, public_id: str, form: Sent) -> Response:
    """Write into the activity log: for the firm to read, or internal."""
    viewer = signed_in(request)
    words = form.need("words", "Write something.")
    form.need("seen_by", "Choose who reads it.", good=lambda value: value in ("firm", "officers"))
    if form.faults:
        return accounts.shown(request, public_id, form=form, status=422)
    with viewer.reading() as conn:
        it = accounts.found(officer.account(conn, public_id))
        decisions.write_note(conn, it["id"], viewer.user.id, words, form["seen_by"] == "officers", viewer.now)
    viewer.note("note written", account_id=it["id"], subject=it["name"])
    return see(f"/officer/accounts/{public_id}#log")


@router.post("/officer/accounts/{public_id}/plan", dependencies=[WRITES])
def add_step(request: Request, public_id: str, form: Sent) -> Response:
    """Add a step to the action plan."""
    viewer = signed_in(request)
    step, due = form.need("step", "Write what is to be done."), None
    if form["due_on"]:
        with form.telling("due_on", ValueError):
            due = _day(form["due_on"])
    if form.faults:
        return accounts.shown(request, public_id, form=form, status=422)
    with viewer.reading() as conn:
        it = accounts.found(officer.account(conn, public_id))
        decisions.add_step(conn, it["id"], viewer.user.id, step, form["responsible"][:120], due, viewer.now)
    viewer.note("step added to the action plan", account_id=it["id"], subject=it["name"])
    return see(f"/officer/accounts/{public_id}#plan")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"Write the day as 2026-11-30; found “{text[:20]}”.") from None


@router.post("/officer/accounts/{public_id}/plan/{step_id}", dependencies=[WRITES])
def close_step(request: Request, public_id: str, step_id: int, form: Sent) -> Response:
    """Mark a step of the plan done, or dropped."""
    viewer = signed_in(request)
    state = form["state"]
    with viewer.reading() as conn:
        it = accounts.found(officer.account(conn, public_id))
        if state not in ("done", "dropped") or not decisions.close_step(conn, it["id"], step_id, state, viewer.now):
            raise Refused(404, "This step is not open any more, or not of this account.")
    viewer.note(f"step of the action plan {state}", account_id=it["id"], subject=it["name"])
    return see(f"/officer/accounts/{public_id}#plan")


@router.post("/officer/accounts/{public_id}/portfolio", dependencies=[WRITES])
def portfolio(request: Request, public_id: str, form: Sent) -> Response:
    """Look after an account, or no longer."""
    viewer = signed_in(request)
    with viewer.reading() as conn:
        it = accounts.found(officer.account(conn, public_id))
        decisions.look_after(conn, viewer.user.id, it["id"], form["look_after"] == "yes")
    viewer.note("portfolio changed", account_id=it["id"], subject=it["name"])
    return see(f"/officer/accounts/{public_id}")
