"""Who may act for an importer or exporter: the list, giving an authority in three steps, its last day, revoking it."""

from __future__ import annotations

import csv
import io
import re
from datetime import date, timedelta
from typing import Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from loaders.portal import alerts, authorities
from portal import carried
from portal.forms import Form, Sent
from portal.pages import csv_cell, download, page, see, signed_in
from portal.viewer import For, Refused, Viewer

router = APIRouter()

#: An exporter gives authorities as an importer does, at the same addresses.
GIVERS = ("importer", "exporter")
LOOK, CHANGE = Depends(For(GIVERS)), Depends(For(GIVERS, rank="editor"))
MAY = {"files_for": "File for me", "sees": "See all filings on my number"}
PURPOSE = "authority"
FARTHEST = timedelta(days=366 * 10)


def mine(viewer: Viewer) -> tuple[int, ...]:
    """Ids of the accounts whose authorities these are: the acting importer or exporter, and its sub-accounts."""
    return tuple(id for id in viewer.reach.importers if id in viewer.reach.accounts)


def may(row: dict[str, Any]) -> str:
    """What an authority lets its holder do, in words."""
    if row["kind"] == "files_for":
        return MAY["files_for"]
    return f"{MAY['sees']}, {'with' if row['sees_money'] else 'without'} amounts"


def one_line(row: dict[str, Any]) -> str:
    """An authority as the audit log tells of it."""
    last = row["valid_to"] or "no end"
    return f"{may(row)}; {row['filer_code']} for {row['account']}; {row['valid_from']} to {last}"


@router.get("/importer/authorities", dependencies=[LOOK])
def listed(request: Request) -> Response:
    viewer = signed_in(request)
    with viewer.reading() as conn:
        rows = authorities.given(conn, mine(viewer), viewer.today)
    shown = request.query_params.get("state", "")
    if shown not in ("", "holds", "to come", "ended"):
        raise Refused(404)
    viewer.note("authorities seen", rows=len(rows))
    return page(
        request,
        "authorities_list.html",
        rows=[row | {"may": may(row)} for row in rows if shown in ("", row["state"])],
        counts={state: sum(row["state"] == state for row in rows) for state in ("holds", "to come", "ended")},
        state=shown,
        several=len(mine(viewer)) > 1,
        said=request.query_params.get("said", ""),
    )


@router.get("/importer/authorities.csv", dependencies=[LOOK])
def as_file(request: Request) -> Response:
    viewer = signed_in(request)
    with viewer.reading() as conn:
        rows = authorities.given(conn, mine(viewer), viewer.today)
    out = io.StringIO()
    write = csv.writer(out)
    write.writerow(["agent", "filer_code", "account", "may_file", "may_see", "sees_money", "from", "to", "state"])
    for row in rows:
        cells = [row["agent"], row["filer_code"], row["account"], *(row["kind"] == kind for kind in authorities.KINDS)]
        cells += [row["kind"] == "files_for" or row["sees_money"], row["valid_from"], row["valid_to"], row["state"]]
        write.writerow([csv_cell(cell) for cell in cells])
    viewer.note("authorities downloaded", rows=len(rows))
    return download("authorities.csv", out.getvalue().encode(), "text/csv; charset=utf-8")


@router.get("/importer/authorities/add", dependencies=[CHANGE])
def add_form(request: Request) -> Response:
    """The first page; ``entry`` names an entry summary whose filer it is about, ``filer`` a filer itself."""
    viewer = signed_in(request)
    answers: dict[str, Any] = {"first": viewer.today.isoformat()}
    if re.fullmatch(r"[A-Z0-9]{3}", named := request.query_params.get("filer", "")):
        answers |= {"filer": named, "files_for": True}
    wanted = request.query_params.get("entry", "")
    if wanted.isascii() and wanted.isdigit() and len(wanted) < 19:
        with viewer.reading() as conn:
            if filed := alerts.filed(conn, mine(viewer), int(wanted)):
                answers |= {"filer": filed["filer_code"], "files_for": True}
    return _add_page(request, viewer, answers)


def _add_page(request: Request, viewer: Viewer, answers: dict[str, Any], **more: Any) -> Response:
    return page(request, "authorities_add.html", answers=answers, accounts=_accounts(viewer), **more)


def _accounts(viewer: Viewer) -> list[tuple[str, str]]:
    """Public id and name of the accounts an authority may be for."""
    with viewer.reading() as conn:
        return [(row["public_id"], row["name"]) for row in authorities.own(conn, mine(viewer))]


@router.post("/importer/authorities/add", dependencies=[CHANGE])
def add(request: Request, form: Sent) -> Response:
    """Answers of the first page to the second; or back from the second to change them."""
    viewer = signed_in(request)
    if form["sealed"]:
        return _add_page(request, viewer, carried.unpack(viewer, PURPOSE, form["sealed"]))
    answers = {
        "filer": form["filer"].upper(),
        "files_for": bool(form["files_for"]),
        "sees": bool(form["sees"]),
        "sees_money": bool(form["sees_money"]),
        "first": form["first"],
        "last": form["last"],
        "account": form["account"],
    }
    checked = _checked(viewer, form, answers)
    if form.faults:
        return _add_page(request, viewer, answers, status=422, form=form)
    return page(request, "authorities_check.html", sealed=carried.pack(viewer, PURPOSE, answers), **checked)


def _checked(viewer: Viewer, form: Form, answers: dict[str, Any]) -> dict[str, Any]:
    """The answers, looked up; what is wrong with them goes to the form."""
    today = viewer.today
    with viewer.reading() as conn:
        accounts = authorities.own(conn, mine(viewer))
        account = accounts[0] if len(accounts) == 1 else next(
            (row for row in accounts if row["public_id"] == answers["account"]), None)  # fmt: skip
        agent = authorities.agent(conn, answers["filer"])
        if account is None:
            form.faults["account"] = "Choose the account that the authority is for."
        if not re.fullmatch(r"[A-Z0-9]{3}", answers["filer"]):
            form.faults["filer"] = "A filer code has three letters or digits, as ABC or 9X2."
        elif agent is None:
            form.faults["filer"] = (
                f"No broker with the filer code {answers['filer']} has an account here. Ask the broker."
            )
        elif agent["id"] in viewer.reach.accounts or agent["id"] == viewer.account_id:
            form.faults["filer"] = "This is your own account: it needs no authority."
        if not (answers["files_for"] or answers["sees"]):
            form.faults["files_for"] = "Choose at least one thing that the broker may do."
        if answers["sees_money"] and not answers["sees"]:
            form.faults["sees_money"] = "Amounts can be seen only by who may see all filings: choose that too."
        first = _day(form, "first", answers["first"], "from which the authority holds")
        last = _day(form, "last", answers["last"], "on which it ends") if answers["last"] else None
        if first and first < today:
            form.faults["first"] = (
                "An authority begins today or later; what was filed before cannot be made good by it."
            )
        if first and first > today + FARTHEST:
            form.faults["first"] = "This is more than ten years from now."
        if first and last and last < first:
            form.faults["last"] = "The last day is before the first."
        if not form.faults:
            assert account and agent and first
            for kind in filter(answers.get, authorities.KINDS):
                if held := authorities.overlapping(conn, agent["id"], account["id"], kind, first, last):
                    form.faults[kind] = _held(kind, held)
    return {"agent": agent, "account": account, "first": first, "last": last, "answers": answers}


def _held(kind: str, held: dict[str, Any]) -> str:
    return (
        f"“{MAY[kind]}” is given already, from {held['valid_from']} to {held['valid_to'] or 'no end'}. "
        "Change its last day, or choose other days."
    )


def _day(form: Form, name: str, text: str, words: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        form.faults[name] = f"Give the day {words}, as 2026-11-30."
        return None


@router.post("/importer/authorities/confirm", dependencies=[CHANGE])
def confirm(request: Request, form: Sent) -> Response:
    """The second page was confirmed: only what it showed is given, and it is looked at once more."""
    viewer = signed_in(request)
    answers = carried.unpack(viewer, PURPOSE, form["sealed"])
    checked = _checked(viewer, form, answers)
    made: list[int] = []
    if not form.faults:
        agent, account = checked["agent"]["id"], checked["account"]["id"]
        try:
            with viewer.reading() as conn:
                for kind in authorities.KINDS:
                    if answers[kind]:
                        money = kind == "sees" and answers["sees_money"]
                        made.append(authorities.give(conn, agent, account, kind, first=checked["first"],
                                                     last=checked["last"], sees_money=money))  # fmt: skip
        except authorities.Overlaps:
            form.faults["files_for"] = "This was given a moment ago, by you or by a colleague. Look at the list."
    if form.faults:
        return _add_page(request, viewer, answers, status=422, form=form)
    _tell(viewer, "authority given", made)
    return see(f"/importer/authorities/{made[0]}?said=given")


def _tell(viewer: Viewer, action: str, ids: list[int]) -> list[dict[str, Any]]:
    """Note in the log of both accounts what happened to authorities."""
    with viewer.reading() as conn:
        rows = [row for id in ids if (row := authorities.one(conn, mine(viewer), id, viewer.today))]
    for row in rows:
        for whose in (row["account_id"], row["agent_id"]):
            viewer.note(action, account_id=whose, subject=f"authority {row['id']}", detail=one_line(row))
    return rows


def _one(viewer: Viewer, id: int) -> dict[str, Any]:
    with viewer.reading() as conn:
        row = authorities.one(conn, mine(viewer), id, viewer.today)
    if row is None:
        raise Refused(404)
    return row | {"may": may(row)}


@router.get("/importer/authorities/{id}", dependencies=[LOOK])
def shown(request: Request, id: int) -> Response:
    """One authority; after a change, the confirmation of it."""
    viewer = signed_in(request)
    row = _one(viewer, id)
    with viewer.reading() as conn:
        beside = [
            it | {"may": may(it)}
            for it in authorities.given(conn, [row["account_id"]], viewer.today)
            if it["agent_id"] == row["agent_id"] and it["state"] != "ended" and it["id"] != id
        ]
    viewer.note("authority seen", account_id=row["account_id"], subject=f"authority {id}")
    return page(request, "authorities_one.html", row=row, beside=beside, said=request.query_params.get("said", ""))


def _living(viewer: Viewer, id: int) -> dict[str, Any]:
    row = _one(viewer, id)
    if row["state"] == "ended":
        raise Refused(409, "This authority has ended. Give a new one instead.")
    return row


@router.get("/importer/authorities/{id}/end-date", dependencies=[CHANGE])
def end_date_form(request: Request, id: int) -> Response:
    return page(request, "authorities_end_date.html", row=_living(signed_in(request), id))


@router.post("/importer/authorities/{id}/end-date", dependencies=[CHANGE])
def end_date(request: Request, id: int, form: Sent) -> Response:
    viewer = signed_in(request)
    row = _living(viewer, id)
    last = _day(form, "last", form["last"], "on which it ends, or leave it empty") if form["last"] else None
    if last and last < max(row["valid_from"], viewer.today):
        form.faults["last"] = "The last day is today or later, and not before the first. To end it at once, revoke it."
    if not form.faults:
        try:
            with viewer.reading() as conn:
                authorities.end_on(conn, id, last)
        except authorities.Overlaps:
            form.faults["last"] = "Another authority of the same kind holds on some of these days."
    if form.faults:
        return page(request, "authorities_end_date.html", status=422, form=form, row=row)
    _tell(viewer, "authority's last day changed", [id])
    return see(f"/importer/authorities/{id}?said=changed")


@router.get("/importer/authorities/{id}/revoke", dependencies=[CHANGE])
def revoke_form(request: Request, id: int) -> Response:
    return page(request, "authorities_revoke.html", row=_living(signed_in(request), id))


@router.post("/importer/authorities/{id}/revoke", dependencies=[CHANGE])
def revoke(request: Request, id: int, form: Sent) -> Response:
    viewer = signed_in(request)
    _living(viewer, id)
    with viewer.reading() as conn:
        authorities.revoke(conn, id, viewer.today)
    _tell(viewer, "authority revoked", [id])
    return see(f"/importer/authorities/{id}?said=revoked")
