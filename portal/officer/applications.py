"""Applications for an account: reviewed, qualified or refused, activated; the owner invited."""

from __future__ import annotations

import psycopg
from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from loaders.archive import Archive
from loaders.portal import applications, decisions, links, owner, users
from portal import application_form as questions
from portal import carried, evidence
from portal.forms import Form, Sent
from portal.pages import download, page, see, signed_in
from portal.viewer import For, Refused, Viewer

router = APIRouter()
OFFICER = Depends(For(("officer",)))
WRITES = Depends(For(("officer",), rank="editor"))
STATES = ("received", "waiting", "qualified", "active", "refused", "withdrawn")
MOST = 200
#: Decision -> (states it is made from, the state it leads to).
STEPS = {
    "take": (("waiting",), "received"),
    "qualify": (("received",), "qualified"),
    "refuse": (("received", "waiting", "qualified"), "refused"),
    "activate": (("qualified",), "active"),
}


@router.get("/officer/applications", dependencies=[OFFICER])
def listed(request: Request, status: str = "", industry: str = "") -> Response:
    viewer = signed_in(request)
    status, industry = (
        (status if status in STATES else ""),
        (industry if industry in dict(questions.INDUSTRIES) else ""),
    )
    with viewer.reading() as conn:
        rows = applications.listed(conn, status, industry, MOST)
        mix = applications.industries(conn)
        places = applications.places(conn)
        first = applications.next_waiting(conn)
    return page(
        request, "officer_applications.html", rows=rows, mix=mix, places=places, limit=viewer.config.limit,
        free=max(0, viewer.config.limit - places.holders), first=first, status_=status, industry=industry,
        names=dict(questions.INDUSTRIES), industries=[("", "All"), *questions.INDUSTRIES], most=MOST,
        states=[("", "All"), *((s, s.capitalize()) for s in STATES)],
    )  # fmt: skip


@router.get("/officer/applications/{reference}", dependencies=[OFFICER])
def one(request: Request, reference: str) -> Response:
    return _shown(request, reference)


def _shown(
    request: Request, reference: str, *, form: Form | None = None, status: int = 200, link: str = ""
) -> Response:
    viewer = signed_in(request)
    with viewer.reading() as conn:
        it = applications.one(conn, reference)
        if it is None:
            raise Refused(404)
        same = applications.same_number(conn, it["kind"], it["identifier"])
        places = applications.places(conn)
    return page(
        request, "officer_application.html", status=status, form=form, it=it, same=same, link=link,
        free=max(0, viewer.config.limit - places.holders), stored=evidence.stored(it["evidence"]),
        names=dict(questions.INDUSTRIES), steps=[name for name, (at, _) in STEPS.items() if it["status"] in at],
    )  # fmt: skip


@router.get("/officer/applications/{reference}/evidence", dependencies=[OFFICER])
def shown_evidence(request: Request, reference: str) -> Response:
    """The document an applicant handed in, as a download: never in our frame."""
    viewer = signed_in(request)
    with viewer.reading() as conn:
        it = applications.one(conn, reference)
    kept = evidence.stored(it["evidence"]) if it else None
    if kept is None:
        raise Refused(404)
    body = Archive(viewer.config.settings.archive).get(kept[0])
    viewer.note("evidence of an application downloaded", subject=reference)
    return download(f"{reference}.{kept[1]}", body, evidence.KINDS[kept[1]])


@router.post("/officer/applications/{reference}", dependencies=[WRITES])
def decide(request: Request, reference: str, form: Sent) -> Response:
    """Take from the waiting list, qualify, refuse or activate: with a reason, which the applicant reads."""
    viewer = signed_in(request)
    step = form.need("decision", "Choose what you decide.", good=lambda value: value in STEPS)
    reason = form.need("reason", "Say why, in words the applicant understands.")
    if form.faults:
        return _shown(request, reference, form=form, status=422)
    account = None
    with viewer.reading() as conn:
        it = applications.one(conn, reference)
        if it is None:
            raise Refused(404)
        if it["status"] not in STEPS[step][0]:
            raise Refused(409, f"This application is {it['status']} already; open its page again.")
        if step in ("take", "qualify") and applications.places(conn).holders >= viewer.config.limit:
            raise Refused(409, "All places of the test are taken: no further account until one is free.")
        account = applications.open_account(conn, it) if step == "qualify" else it["account_id"]
        applications.decide(conn, reference, STEPS[step][1], viewer.user.id, reason, viewer.now, account)
        if step == "activate":
            decisions.set_status(conn, account, "active")
        if account and step in ("qualify", "activate"):
            decisions.record(conn, decisions.Decision(viewer.now, viewer.user.id, account, None, step, reason))
    viewer.note(f"application: {step}", account_id=account, subject=reference, detail=reason)
    return see(f"/officer/applications/{reference}")


@router.post("/officer/applications/{reference}/invite", dependencies=[WRITES])
def invite(request: Request, reference: str, form: Sent) -> Response:
    """Make the owner of the account, and a link to choose the first password. There is no mail server: the officer
    hands the link over; it is shown once and not kept."""
    viewer = signed_in(request)
    with viewer.reading() as conn:
        it = applications.one(conn, reference)
        if it is None:
            raise Refused(404)
        if it["status"] != "active":
            raise Refused(409, "The owner is invited when the account is active.")
        try:
            path = _way_in(conn, viewer, it)
        except owner.Elsewhere:
            raise Refused(
                409, "Another account invited this person, who has not signed in yet: that comes first."
            ) from None
        except psycopg.errors.UniqueViolation:
            raise Refused(409, "This account has an owner already, who can hand it over.") from None
    viewer.note("owner invited", account_id=it["account_id"], subject=reference, detail=it["owner_email"])
    return _shown(request, reference, link=f"{viewer.config.origin}{path}")


def _way_in(conn: psycopg.Connection[dict], viewer: Viewer, it: dict) -> str:
    """The path by which the owner comes in: to a first password, or, with a login already, to join the account."""
    try:
        membership, user, waits = owner.invite(
            conn, it["account_id"], it["owner_email"], it["owner_name"], "owner", True, viewer.today
        )
    except owner.Member:  # the link was lost
        known = users.by_email(conn, it["owner_email"])
        assert known is not None
        return links.invitation(conn, known.id, viewer.now) if known.status == "invited" else "/sign-in"
    if waits:
        return f"/join/{carried.seal_offer(viewer, membership, it['name'])}"
    return links.invitation(conn, user, viewer.now)
