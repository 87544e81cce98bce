"""A person's own sign-in: sessions, password, recovery codes, passkeys, access tokens.

What changes how one signs in asks for the password and a code (or a passkey) anew if neither was given in the last ten
minutes.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import psycopg
from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from loaders.portal import keys, passkeys, scope, sessions, users
from portal import credentials, sign_in
from portal import passkeys as devices
from portal.credentials import digest
from portal.forms import Form, Sent
from portal.pages import page, see, signed_in
from portal.proof import after, known, proved
from portal.viewer import For, Refused, Viewer

router = APIRouter()

EVERYBODY = Depends(For())
#: How long an access token may be good, in days.
DAYS = ("30", "90", "365")
WRONG = "The password or the code is not right, or the code was used before."


@router.get("/me", dependencies=[EVERYBODY])
def me(request: Request) -> Response:
    return _me(request)


def _me(request: Request, *, status: int = 200, form: Form | None = None, **more: Any) -> Response:
    viewer = signed_in(request)
    with viewer.reading() as conn:
        shown = {
            "sessions": [(it, browser(it.agent)) for it in sessions.of_user(conn, viewer.user.id, viewer.now)],
            "passkeys": passkeys.of_user(conn, viewer.user.id),
            "codes": users.codes_left(conn, viewer.user.id),
            "tokens": keys.of_user(conn, viewer.user.id, viewer.now),
        }
    names = {it.id: it.name for it in viewer.memberships}
    return page(request, "me.html", status=status, form=form, names=names, proved=proved(viewer), **shown, **more)


@router.get("/me/stay", dependencies=[EVERYBODY])
def stay(request: Request) -> Response:
    """Asked by the dialog: being asked at all keeps the session."""
    return Response(status_code=204)


@router.post("/me/sessions/end", dependencies=[EVERYBODY])
def end_session(request: Request, form: Sent) -> Response:
    viewer = signed_in(request)
    with viewer.reading() as conn:
        ended = sessions.end_one(conn, viewer.user.id, form["session"], viewer.now)
    if not ended:
        raise Refused(404, "This session has ended already.")
    viewer.note("session ended")
    return see("/me" if form["session"] != viewer.session.public_id else "/sign-in")


@router.post("/me/sessions/end-others", dependencies=[EVERYBODY])
def end_others(request: Request, form: Sent) -> Response:
    viewer = signed_in(request)
    with viewer.reading() as conn:
        count = sessions.end_all(conn, viewer.user.id, viewer.now, but=viewer.session.hash)
    viewer.note("other sessions ended", rows=count)
    return see("/me")


@router.get("/me/prove", dependencies=[EVERYBODY])
def prove_form(request: Request, then: str = "me") -> Response:
    return _prove(request, then)


def _prove(request: Request, then: str, *, status: int = 200, form: Form | None = None) -> Response:
    viewer = signed_in(request)
    shown = {"then": known(then), "passkey": devices.to_sign_in(viewer.config)}
    return page(request, "prove.html", status=status, form=form, has_password=bool(viewer.user.password_hash), **shown)


@router.post("/me/prove", dependencies=[EVERYBODY])
def prove(request: Request, form: Sent) -> Response:
    """Password and code once more, or a passkey of one's own."""
    viewer = signed_in(request)
    if form["answer"]:
        with viewer.reading() as conn:
            try:
                good = devices.proven(conn, viewer.config, form).id == viewer.user.id
            except devices.NotVerified:
                good = False
    else:
        good = _good(viewer, form)
    if not good:
        viewer.note("proof refused")
        form.faults["code"] = WRONG
        return _prove(request, form["then"], status=401, form=form)
    with viewer.reading() as conn:
        sessions.prove(conn, viewer.session.hash, viewer.now)
    viewer.note("proved anew")
    return see(after(form["then"]))


def _good(viewer: Viewer, form: Form) -> bool:
    """Whether the present password (of who has one) and a code are right; wrong ones count towards the lock."""
    user = viewer.user
    if user.locked_until and user.locked_until > viewer.now:
        return False
    right = not user.password_hash or credentials.verify(form.raw("current"), user.password_hash)
    with viewer.reading() as conn:
        if not right:
            users.failed(conn, user.id, viewer.now)
            return False
        return sign_in.second_factor(conn, viewer.config, user, form["code"])


@router.get("/me/password", dependencies=[EVERYBODY])
def password_form(request: Request) -> Response:
    return page(request, "password.html")


@router.post("/me/password", dependencies=[EVERYBODY])
def password(request: Request, form: Sent) -> Response:
    """A new password: the old one and a code are asked for always; all other sessions end."""
    viewer = signed_in(request)
    if words := credentials.fault(form.raw("password"), viewer.user.email, viewer.user.name):
        form.faults["password"] = words
    elif form.raw("password") != form.raw("again"):
        form.faults["again"] = "The two passwords are not the same."
    elif not _good(viewer, form):
        viewer.note("new password refused")
        form.faults["current"] = WRONG
    if form.faults:
        return page(request, "password.html", status=422, form=form)
    with viewer.reading() as conn:
        users.set_password(conn, viewer.user.id, credentials.hashed(form.raw("password")))
        sessions.end_all(conn, viewer.user.id, viewer.now, but=viewer.session.hash)
    viewer.note("password changed")
    return see("/me")


@router.post("/me/codes", dependencies=[EVERYBODY])
def new_codes(request: Request, form: Sent) -> Response:
    """New recovery codes, shown once; those before are void."""
    viewer = signed_in(request)
    if not proved(viewer):
        return see("/me/prove")
    codes = credentials.recovery_codes()
    with viewer.reading() as conn:
        users.give_codes(conn, viewer.user.id, [sign_in.recovery_hash(viewer.config, code) for code in codes])
    viewer.note("recovery codes made")
    return page(request, "recovery_codes.html", codes=codes)


@router.get("/me/passkeys/new", dependencies=[EVERYBODY])
def new_passkey_form(request: Request) -> Response:
    viewer = signed_in(request)
    return _new_passkey(request) if proved(viewer) else see("/me/prove?then=passkey")


def _new_passkey(request: Request, *, status: int = 200, form: Form | None = None) -> Response:
    viewer = signed_in(request)
    with viewer.reading() as conn:
        asked = devices.to_add(viewer.config, viewer.user, passkeys.of_user(conn, viewer.user.id))
    return page(request, "new_passkey.html", status=status, form=form, asked=asked)


@router.post("/me/passkeys/new", dependencies=[EVERYBODY])
def new_passkey(request: Request, form: Sent) -> Response:
    viewer = signed_in(request)
    if not proved(viewer):
        return see("/me/prove?then=passkey")
    try:
        with viewer.reading() as conn:
            made = devices.added(conn, viewer.config, viewer.user, form)
            name = form["name"][:60] or "Passkey"
            passkeys.add(conn, viewer.user.id, made.credential_id, made.credential_public_key, made.sign_count, name,
                         viewer.now)  # fmt: skip
    except (devices.NotVerified, psycopg.errors.UniqueViolation):
        form.faults["name"] = "The device's answer could not be used. Try again."
        return _new_passkey(request, status=422, form=form)
    viewer.note("passkey added", detail=name)
    return see("/me")


@router.post("/me/passkeys/name", dependencies=[EVERYBODY])
def name_passkey(request: Request, form: Sent) -> Response:
    viewer = signed_in(request)
    with viewer.reading() as conn:
        if not passkeys.rename(conn, viewer.user.id, _id(form["passkey"]), form["name"][:60] or "Passkey"):
            raise Refused(404, "There is no such passkey.")
    return see("/me")


@router.post("/me/passkeys/remove", dependencies=[EVERYBODY])
def remove_passkey(request: Request, form: Sent) -> Response:
    viewer = signed_in(request)
    if not proved(viewer):
        return see("/me/prove")
    with viewer.reading() as conn:
        if not passkeys.remove(conn, viewer.user.id, _id(form["passkey"])):
            raise Refused(404, "There is no such passkey.")
    viewer.note("passkey removed")
    return see("/me")


@router.post("/me/tokens/new", dependencies=[EVERYBODY])
def new_token(request: Request, form: Sent) -> Response:
    """A token for programs, shown once: it reads what this person may for the account they act for."""
    viewer = signed_in(request)
    if not proved(viewer):
        return see("/me/prove")
    if viewer.acting is None:
        raise Refused(409, "You have no account that a program could read.")
    form.need("token_name", "Give the token a name, so that you know it again.")
    days = form.need("days", "Choose how long it is good.", good=DAYS.__contains__)
    if form.faults:
        return _me(request, status=422, form=form)
    secret = credentials.token()
    with viewer.reading() as conn:
        keys.give(conn, viewer.user.id, viewer.acting.id, digest(secret), form["token_name"][:60], viewer.now,
                  viewer.now + timedelta(days=int(days)))  # fmt: skip
    viewer.note("access token made", detail=form["token_name"][:60])
    return _me(request, token=secret)


@router.post("/me/tokens/revoke", dependencies=[EVERYBODY])
def revoke_token(request: Request, form: Sent) -> Response:
    viewer = signed_in(request)
    with scope.scoped(viewer.connections) as conn:
        if not keys.revoke(conn, viewer.user.id, _id(form["token"]), viewer.now):
            raise Refused(404, "There is no such token.")
    viewer.note("access token revoked")
    return see("/me")


#: What a browser's word on itself holds -> its name; the first that fits, since most say they are others, too.
_BROWSERS = (("Edg", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
_SYSTEMS = (
    *(("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad")),
    *(("Windows", "Windows"), ("Mac OS X", "macOS"), ("Linux", "Linux")),
)


def browser(agent: str) -> str:
    """A browser's word on itself as people say it: Firefox on Windows."""
    name = next((words for part, words in _BROWSERS if part in agent), "another program")
    system = next((words for part, words in _SYSTEMS if part in agent), "")
    return f"{name} on {system}" if system else name


def _id(text: str) -> int:
    """An id of the database as it was sent; -1, which is nobody's, for what is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else -1
