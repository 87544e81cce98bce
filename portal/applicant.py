"""Applying for an account, without a login: a question a page, then all answers to check, then a reference number and
a secret link. Between pages the answers travel sealed in the form; nothing is kept until they are handed in.
"""

from __future__ import annotations

import json
import secrets
from datetime import datetime, timedelta
from typing import Any

from cryptography.fernet import InvalidToken
from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from loaders.archive import Archive
from loaders.portal import applications, audit, scope, sessions
from portal import application_form as questions
from portal import evidence, throttle
from portal.credentials import Sealed, digest, token
from portal.forms import Form, Sent
from portal.pages import page
from portal.viewer import For, Refused

router = APIRouter()
ANYBODY = For(anybody=True)
#: A secret link shows how an application stands for this long.
LINK = timedelta(days=730)
STALE = timedelta(hours=2)
ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"


@router.get("/apply", dependencies=[Depends(ANYBODY)])
def begin(request: Request) -> Response:
    """What an application needs, and its first question."""
    return page(request, "apply_start.html", places=_free(request), limit=request.app.state.config.limit)


@router.post("/apply", dependencies=[Depends(ANYBODY)])
def step(request: Request, form: Sent) -> Response:
    """The answer to one question; then the next, or all of them to check."""
    given = _opened(request, form)
    at = form["step"]
    if at == "begin":
        return _ask(request, questions.STEPS[0], given)
    if at.startswith("change-") and at[7:] in questions.STEPS:
        return _ask(request, at[7:], {**given, "checking": True})
    if at == "submit":
        return _submit(request, given)
    if at not in questions.STEPS:
        raise Refused(404)
    said = questions.answers(at, form, given)
    if at == "programme":
        said["evidence"] = _evidence(request, form, given) if said["ctpat"] else ""
    if form.faults:
        return _ask(request, at, given, form=form, status=422)
    if said.get("kind", given.get("kind")) != given.get("kind"):  # the number is written otherwise
        given = {name: value for name, value in given.items() if name not in ("identifier", "checking")}
    given |= said
    missing = [name for name in questions.STEPS if not _answered(name, given)]
    if given.get("checking") or not missing:
        return _check(request, given)
    return _ask(request, missing[0], given)


@router.get("/apply/status/{secret}", dependencies=[Depends(ANYBODY)])
def status(request: Request, secret: str) -> Response:
    """How an application stands, for whoever has its link."""
    config, connections = request.app.state.config, request.app.state.connections
    with scope.scoped(connections) as conn:
        found = applications.by_link(conn, digest(secret), config.now())
    if found is None:
        raise Refused(404, "There is no application with this link, or it is too old.")
    with scope.scoped(connections, scope.Scope(application=found[0])) as conn:
        it = applications.one(conn, found[0])
    return page(request, "apply_status.html", it=it, place=found[1], names=dict(questions.INDUSTRIES))


def _ask(request: Request, at: str, given: dict[str, Any], *, form: Form | None = None, status: int = 200) -> Response:
    shown = {
        "kinds": questions.KINDS,
        "industries": [("", "Choose one"), *questions.INDUSTRIES],
        "tiers": questions.TIERS,
        "place": questions.STEPS.index(at) + 1,
        "steps": len(questions.STEPS),
    }
    sealed = _sealed(request, given)
    seen = dict.fromkeys((*applications.COLUMNS, "checking"), "") | given
    return page(request, f"apply_{at}.html", status=status, form=form, given=seen, sealed=sealed, at=at, **shown)


def _check(request: Request, given: dict[str, Any], words: str = "") -> Response:
    names = {"industry": dict(questions.INDUSTRIES), "kind": dict(questions.KINDS)}
    return page(request, "apply_check.html", given=given, sealed=_sealed(request, given), names=names, words=words)


def _submit(request: Request, given: dict[str, Any]) -> Response:
    config = request.app.state.config
    if missing := [name for name in questions.STEPS if not _answered(name, given)]:
        return _ask(request, missing[0], given)
    throttle.count(request, throttle.HANDED_IN)
    now, secret = config.now(), token()
    reference = f"TW-{now:%y}" + "".join(secrets.choice(ALPHABET) for _ in range(8))
    application = {name: given.get(name, "") for name in applications.COLUMNS}
    application |= {"reference": reference, "submitted_at": now, "ctpat_tier": given.get("ctpat_tier")}
    reach = scope.Scope(application=reference)
    with scope.scoped(request.app.state.connections, reach) as conn:
        id, state = applications.submit(conn, application, config.limit)
        sessions.give_token(conn, digest(secret), "application", now + LINK, application_id=id)
        place = applications.by_link(conn, digest(secret), now)
        audit.append(conn, audit.Entry(now, "application handed in", subject=reference, address=_address(request)))
    link = f"{config.origin}/apply/status/{secret}"
    return page(request, "apply_done.html", reference=reference, link=link, state=state, place=place[1] if place else 0)


def _evidence(request: Request, form: Form, given: dict[str, Any]) -> str:
    """What names the file that was handed in: its sha256 and kind. One handed in before stays."""
    sent = form.file("evidence")
    if sent is None:
        return given.get("evidence", "")
    with form.telling("evidence", evidence.BadFile):
        data = sent.file.read(evidence.LARGEST + 1)
        found = evidence.kind(data)
        if not form.faults:
            throttle.count(request, throttle.EVIDENCE)
            return f"{Archive(request.app.state.config.settings.archive).put(data)}.{found}"
    return ""


def _answered(at: str, given: dict[str, Any]) -> bool:
    needed = {"kind": "kind", "firm": "identifier", "owner": "owner_email", "programme": "ctpat", "brokers": "internet"}
    return needed[at] in given


def _sealed(request: Request, given: dict[str, Any]) -> str:
    now = request.app.state.config.now()
    return Sealed(request.app.state.config.key).seal(json.dumps(["apply", now.timestamp(), given]))


def _opened(request: Request, form: Form) -> dict[str, Any]:
    """The answers so far. What is not ours, or has lain too long, begins anew."""
    if not form["sealed"]:
        return {}
    config = request.app.state.config
    try:
        what, at, given = json.loads(Sealed(config.key).open(form.raw("sealed")))
    except (InvalidToken, ValueError):
        raise Refused(403, "This form is not one of ours. Begin again.") from None
    if what != "apply" or datetime.fromtimestamp(at, config.now().tzinfo) < config.now() - STALE:
        raise Refused(403, "This application has waited too long and was not kept. Begin again.")
    return given


def _free(request: Request) -> int:
    config = request.app.state.config
    with scope.scoped(request.app.state.connections) as conn:
        return applications.places(conn).free(config.limit)


def _address(request: Request) -> str:
    return request.client.host if request.client else ""
