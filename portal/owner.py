"""Users and sub-accounts: one owner; proxy owners do all but make proxy owners; nobody gives a role above their own."""

from __future__ import annotations

import re
from typing import Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from loaders.portal import links, owner
from portal import carried
from portal.forms import Form, Sent
from portal.pages import page, see, signed_in
from portal.proof import wanted
from portal.viewer import RANKS, For, Refused, Viewer

router = APIRouter()

OWNERS = Depends(For(("importer", "exporter", "broker"), rank="proxy_owner"))
ROLES = {
    "reader": "Reader: looks, changes nothing",
    "editor": "Editor: gives authorities, answers alerts",
    "proxy_owner": "Proxy owner: everything, except to name another proxy owner",
}


def given_by(viewer: Viewer) -> list[str]:
    """The roles this person may give: the owner those below, a proxy owner not its own."""
    assert viewer.acting is not None
    return [role for role in ROLES if RANKS[role] < RANKS[viewer.acting.role]]


def _members(viewer: Viewer) -> list[dict[str, Any]]:
    with viewer.reading() as conn:
        return owner.members(conn, viewer.account_id, viewer.today, viewer.now)


@router.get("/account", dependencies=[OWNERS])
def account(request: Request) -> Response:
    viewer = signed_in(request)
    rows = _members(viewer)
    with viewer.reading() as conn:
        below = owner.sub_accounts(conn, viewer.account_id)
    viewer.note("users seen", rows=len(rows))
    return page(request, "owner_account.html", rows=rows, below=below, said=request.query_params.get("said", ""),
                may={row["id"] for row in rows if _may(viewer, row)})  # fmt: skip


def _may(viewer: Viewer, row: dict[str, Any]) -> bool:
    """Whether this person may change or end a membership: nobody's own, never the owner's."""
    return row["role"] != "owner" and row["user_id"] != viewer.user.id and RANKS[row["role"]] <= viewer.rank


@router.get("/account/invite", dependencies=[OWNERS])
def invite_form(request: Request) -> Response:
    viewer = signed_in(request)
    return wanted(viewer, "account/invite") or _invite_page(request, viewer)


def _invite_page(request: Request, viewer: Viewer, **more: Any) -> Response:
    return page(request, "owner_invite.html", roles=[(role, ROLES[role]) for role in given_by(viewer)], **more)


@router.post("/account/invite", dependencies=[OWNERS])
def invite(request: Request, form: Sent) -> Response:
    """Invite somebody; the link is shown once, since there is no mail."""
    viewer = signed_in(request)
    if away := wanted(viewer, "account/invite"):
        return away
    email = form.need("email", "Give an e-mail address, as ann@firm.example.",
                      good=re.compile(r"[^@\s]{1,64}@[^@\s]{1,180}\.[^@\s]{2,}").fullmatch)  # fmt: skip
    name = form.need("name", "Give the person's name, at most 100 letters.", good=lambda it: 0 < len(it) <= 100)
    role = form.need("role", "Choose a role that you may give.", good=lambda it: it in given_by(viewer))
    money, path = bool(form["sees_money"]) or role == "proxy_owner", ""
    if not form.faults:
        with form.telling("email", owner.Elsewhere, owner.Member), viewer.reading() as conn:
            id, user_id, waits = owner.invite(conn, viewer.account_id, email, name, role, money, viewer.today)
            path = f"/join/{carried.seal_offer(viewer, id)}" if waits else links.invitation(conn, user_id, viewer.now)
    if form.faults:
        _explain(form)
        return _invite_page(request, viewer, status=422, form=form)
    viewer.note("user invited", subject=email.lower(), detail=f"{role}, {'with' if money else 'without'} amounts")
    return page(request, "owner_invited.html", link=viewer.config.origin + path, name=name, days=14)


def _explain(form: Form) -> None:
    """The faults that only the database knows, in words."""
    if form.faults.get("email") == "":
        form.faults["email"] = (
            "This person cannot be invited now: there is a role for this account already, or an invitation that was "
            "not taken up yet. Look at the list; or ask the person to take up the other invitation first."
        )


def _row(viewer: Viewer, id: int) -> dict[str, Any]:
    """A membership that this person may change.

    Raises
        Refused: it is not the account's, or not theirs to change.
    """
    row = next((row for row in _members(viewer) if row["id"] == id), None)
    if row is None:
        raise Refused(404)
    if not _may(viewer, row):
        raise Refused(403, "This role is not yours to change. Ownership is handed over, and nobody changes their own.")
    return row


@router.get("/account/users/{id}", dependencies=[OWNERS])
def user_form(request: Request, id: int) -> Response:
    viewer = signed_in(request)
    row = _row(viewer, id)
    return wanted(viewer, f"account/users/{id}") or _user_page(request, viewer, row)


def _user_page(request: Request, viewer: Viewer, row: dict[str, Any], **more: Any) -> Response:
    roles = [(role, ROLES[role]) for role in ROLES if role in given_by(viewer) or role == row["role"]]
    return page(request, "owner_user.html", row=row, roles=roles, **more)


@router.post("/account/users/{id}", dependencies=[OWNERS])
def user(request: Request, id: int, form: Sent) -> Response:
    """Another role, or another right to see amounts."""
    viewer = signed_in(request)
    row = _row(viewer, id)
    if away := wanted(viewer, f"account/users/{id}"):
        return away
    allowed = {*given_by(viewer), row["role"]}
    role = form.need("role", "Choose a role that you may give.", good=lambda it: it in allowed)
    if form.faults:
        return _user_page(request, viewer, row, status=422, form=form)
    money = bool(form["sees_money"]) or role == "proxy_owner"
    with viewer.reading() as conn:
        owner.change(conn, row, viewer.account_id, role, money, viewer.today)
    told = f"{row['role']} to {role}, {'with' if money else 'without'} amounts"
    viewer.note("user's role changed", subject=row["email"], detail=told)
    return see("/account?said=changed")


@router.post("/account/users/{id}/end", dependencies=[OWNERS])
def end_user(request: Request, id: int, form: Sent) -> Response:
    """No role for this account any more, and no session that acts for it."""
    viewer = signed_in(request)
    row = _row(viewer, id)
    if away := wanted(viewer, f"account/users/{id}"):
        return away
    with viewer.reading() as conn:
        owner.end(conn, id, viewer.today)
        ended = owner.end_sessions(conn, row, viewer.now)
    viewer.note("user ended", subject=row["email"], detail=row["role"], rows=ended)
    return see("/account?said=ended")


@router.post("/account/users/{id}/sessions", dependencies=[OWNERS])
def end_sessions(request: Request, id: int, form: Sent) -> Response:
    viewer = signed_in(request)
    row = _row(viewer, id)
    with viewer.reading() as conn:
        ended = owner.end_sessions(conn, row, viewer.now)
    viewer.note("user's sessions ended", subject=row["email"], rows=ended)
    return see("/account?said=sessions")


def _heirs(viewer: Viewer) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The owner's own row, and who could be the owner: active people of the account.

    Raises
        Refused: this person is not the owner.
    """
    rows = _members(viewer)
    own = next((row for row in rows if row["role"] == "owner" and row["user_id"] == viewer.user.id), None)
    if own is None:
        raise Refused(403, "Only the owner can hand the account over.")
    return own, [row for row in rows if row["status"] == "active" and not row["waits"] and row["id"] != own["id"]]


@router.get("/account/hand-over", dependencies=[OWNERS])
def hand_over_form(request: Request) -> Response:
    viewer = signed_in(request)
    _, heirs = _heirs(viewer)
    return wanted(viewer, "account/hand-over") or page(request, "owner_hand_over.html", heirs=heirs)


@router.post("/account/hand-over", dependencies=[OWNERS])
def hand_over(request: Request, form: Sent) -> Response:
    """Another owner; who was it stays as proxy owner."""
    viewer = signed_in(request)
    own, heirs = _heirs(viewer)
    if away := wanted(viewer, "account/hand-over"):
        return away
    heir = next((row for row in heirs if str(row["id"]) == form["heir"]), None)
    if heir is None:
        form.faults["heir"] = "Choose who is to be the owner."
        return page(request, "owner_hand_over.html", status=422, form=form, heirs=heirs)
    with viewer.reading() as conn:
        owner.hand_over(conn, own, heir, viewer.account_id, viewer.today)
    viewer.note("account handed over", subject=heir["email"], detail=f"from {own['email']}, who is proxy owner now")
    return see("/account?said=handed")


@router.get("/account/sub-accounts", dependencies=[OWNERS])
def sub_account_form(request: Request) -> Response:
    return wanted(signed_in(request), "account/sub-accounts") or page(request, "owner_sub_account.html")


@router.post("/account/sub-accounts", dependencies=[OWNERS])
def sub_account(request: Request, form: Sent) -> Response:
    """Ask for a sub-account: an officer qualifies it, and decides on the number that it claims."""
    viewer = signed_in(request)
    if away := wanted(viewer, "account/sub-accounts"):
        return away
    name = form.need("name", "Give its name, at most 100 letters.", good=lambda it: 0 < len(it) <= 100)
    claimed = form.need("claimed", "A number has letters, digits and dashes, as 12-3456789AB; or leave it empty.",
                        good=lambda it: not it or re.fullmatch(r"[A-Za-z0-9-]{3,13}", it))  # fmt: skip
    if form.faults:
        return page(request, "owner_sub_account.html", status=422, form=form)
    assert viewer.acting is not None
    with viewer.reading() as conn:
        number = owner.ask_for_sub_account(conn, viewer.acting, name, claimed.upper(), viewer.user.id, viewer.now)
    viewer.note("sub-account asked for", subject=number, detail=name)
    return see("/account?said=asked")


@router.get("/join/{sealed}", dependencies=[Depends(For())])
def join_form(request: Request, sealed: str) -> Response:
    """What somebody with a login is offered by another account."""
    viewer = signed_in(request)
    offer, name = _offer(viewer, sealed)
    return page(request, "owner_join.html", offer=offer, name=name, sealed=sealed)


@router.post("/join/{sealed}", dependencies=[Depends(For())])
def join(request: Request, sealed: str, form: Sent) -> Response:
    viewer = signed_in(request)
    offer, _ = _offer(viewer, sealed)
    with viewer.reading() as conn:
        owner.take(conn, offer, viewer.user.id, viewer.today)
    viewer.note("invitation taken", account_id=offer["account_id"], subject=viewer.user.email, detail=offer["role"])
    return see("/")


def _offer(viewer: Viewer, sealed: str) -> tuple[dict[str, Any], str]:
    """Raises
    Refused: the link is not ours, too old, for somebody else, or was used or withdrawn.
    """
    id, name = carried.open_offer(viewer, sealed)
    with viewer.reading() as conn:
        offer = owner.offered(conn, id, viewer.user.id)
    if offer is None:
        raise Refused(404, "This link is for somebody else, was used already, or was withdrawn. Ask for a new one.")
    return offer, name
