"""Signing in: password, then second factor; the first password by an invitation; signing out.

What is wrong with a password, a name or a lock is never told apart: everybody hears the same words, as late.
"""

from __future__ import annotations

from typing import Any

import segno
from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from markupsafe import Markup

from loaders.portal import audit, scope, sessions, users
from loaders.portal.links import invitation as invite  # noqa: F401 (pages that invite look for it here)
from portal import credentials, pages, throttle
from portal.config import Config
from portal.credentials import Sealed, digest
from portal.forms import Form, Sent
from portal.pages import page, see
from portal.viewer import COOKIE, For, Refused, Viewer, viewer_of

router = APIRouter()

WRONG = "The e-mail address or the password is not right, or this account is locked for a while."
WRONG_CODE = "This code is not right, or was used before. Codes change every 30 seconds."
#: While a new authenticator is being set up its secret travels in the form, sealed.
ANYBODY, HALF = For(anybody=True), For(half=True)


@router.get("/sign-in", dependencies=[Depends(ANYBODY)])
def sign_in_form(request: Request) -> Response:
    viewer = viewer_of(request)
    if viewer and viewer.session.factor_at:
        return see("/")
    return form_page(request)


def form_page(request: Request, *, status: int = 200, form: Form | None = None, email: str = "") -> Response:
    """The form, with what a passkey is asked."""
    from portal.passkeys import to_sign_in

    config = request.app.state.config
    return page(
        request,
        "sign_in.html",
        status=status,
        form=form,
        email=email,
        oidc=bool(config.oidc.get("issuer")),
        passkey=to_sign_in(config),
    )


@router.post("/sign-in", dependencies=[Depends(ANYBODY)])
def sign_in(request: Request, form: Sent) -> Response:
    config, email, password = request.app.state.config, form["email"], form.raw("password")
    throttle.check(request, throttle.SIGN_IN)
    with scope.scoped(request.app.state.connections) as conn:
        user = users.by_email(conn, email)
    good = credentials.verify(password, user.password_hash if user else "")  # slow on purpose: with no connection held
    locked = bool(user and user.locked_until and user.locked_until > config.now())
    if user is None or user.status != "active" or locked or not good:
        with scope.scoped(request.app.state.connections) as conn:
            if user is not None and not locked:
                users.failed(conn, user.id, config.now())
            note(conn, request, "sign-in refused", user, detail=email[:200])
        throttle.count(request, throttle.SIGN_IN)
        form.faults["email"] = WRONG
        return form_page(request, status=401, form=form, email=email)
    return begin(request, user, "/second-factor")


def begin(request: Request, user: users.User, then: str, *, factor: bool = False) -> Response:
    """A new session, half open until the second factor was given; whatever session there was ends (ASVS 7.2.4)."""
    config, secret = request.app.state.config, credentials.token()
    now = config.now()
    session = sessions.Session(
        hash=digest(secret),
        public_id=credentials.token()[:16],
        user_id=user.id,
        membership_id=None,
        csrf=credentials.token(),
        created_at=now,
        seen_at=now,
        factor_at=now if factor else None,
        proved_at=now if factor else None,
        address=request.client.host if request.client else "",
        agent=request.headers.get("user-agent", "")[:200],
    )
    with scope.scoped(request.app.state.connections) as conn:
        if old := request.cookies.get(COOKIE):
            sessions.end(conn, digest(old), now)
        sessions.begin(conn, session)
        if factor:
            users.succeeded(conn, user.id)
            note(conn, request, "signed in", user)
    response = see(then)
    response.set_cookie(COOKIE, secret, secure=True, httponly=True, samesite="lax", path="/")
    return response


@router.get("/second-factor", dependencies=[Depends(HALF)])
def factor_form(request: Request) -> Response:
    viewer = pages.signed_in(request)
    if viewer.session.factor_at:
        return see("/")
    if not viewer.user.totp_secret:
        return see("/second-factor/new")
    return page(request, "second_factor.html")


@router.post("/second-factor", dependencies=[Depends(HALF)])
def factor(request: Request, form: Sent) -> Response:
    """An authenticator's code, or a recovery code: each counts once."""
    viewer = pages.signed_in(request)
    throttle.check(request, throttle.SIGN_IN)
    with scope.scoped(viewer.connections) as conn:
        good = second_factor(conn, viewer.config, viewer.user, form["code"])
        if not good:
            note(conn, request, "second factor refused", viewer.user)
    if not good:
        throttle.count(request, throttle.SIGN_IN)
        form.faults["code"] = WRONG_CODE
        return page(request, "second_factor.html", status=401, form=form)
    return begin(request, viewer.user, "/", factor=True)


def second_factor(conn: Any, config: Config, user: users.User, code: str) -> bool:
    """Whether it is an authenticator's code or a recovery code of the person; it is used up. A wrong one is counted,
    and a locked person has none."""
    now = config.now()
    if user.locked_until and user.locked_until > now:
        return False
    good = False
    if "-" in code:
        good = users.use_code(conn, user.id, recovery_hash(config, code), now)
    elif user.totp_secret:
        step = credentials.totp_step(Sealed(config.key).open(user.totp_secret), code, now)
        good = step is not None and users.use_totp(conn, user.id, step)
    if not good:
        users.failed(conn, user.id, now)
    return good


def recovery_hash(config: Config, code: str) -> str:
    """What is stored of a recovery code: 49 bits of chance need our key beside, or who has the table could guess."""
    return Sealed(config.key).sign(f"recovery {code.strip().lower()}")


@router.get("/second-factor/new", dependencies=[Depends(HALF)])
def new_factor_form(request: Request) -> Response:
    viewer = pages.signed_in(request)
    if viewer.user.totp_secret:
        return see("/second-factor")
    return _new_factor(request, viewer, credentials.new_totp())


def _new_factor(request: Request, viewer: Viewer, secret: str, **more: Any) -> Response:
    picture = segno.make(credentials.totp_address(secret, viewer.user.email), error="m")
    svg = Markup(
        picture.svg_inline(scale=5, border=2, svgclass="tw-qr", lineclass=None, omitsize=False, title="QR code")
    )
    sealed = Sealed(viewer.config.key).seal(f"{viewer.user.id} {secret}")
    return page(request, "new_factor.html", picture=svg, secret=secret, sealed=sealed, **more)


@router.post("/second-factor/new", dependencies=[Depends(HALF)])
def new_factor(request: Request, form: Sent) -> Response:
    viewer = pages.signed_in(request)
    if viewer.user.totp_secret:
        raise Refused(409, "This account has an authenticator already.")
    try:
        owner, _, secret = Sealed(viewer.config.key).open(form["sealed"]).partition(" ")
    except Exception:
        raise Refused(403, "This form is too old. Open the page again.") from None
    step = credentials.totp_step(secret, form["code"], viewer.now) if owner == str(viewer.user.id) else None
    if step is None:
        form.faults["code"] = WRONG_CODE
        return _new_factor(request, viewer, secret, status=401, form=form)
    codes = credentials.recovery_codes()
    with scope.scoped(viewer.connections) as conn:
        users.set_totp(conn, viewer.user.id, Sealed(viewer.config.key).seal(secret), step)
        users.give_codes(conn, viewer.user.id, [recovery_hash(viewer.config, code) for code in codes])
        note(conn, request, "authenticator added", viewer.user)
    response = begin(request, viewer.user, "/", factor=True)
    shown = page(request, "recovery_codes.html", codes=codes)
    shown.headers.append("set-cookie", response.headers["set-cookie"])
    return shown


@router.post("/sign-out", dependencies=[Depends(HALF)])
def sign_out(request: Request, form: Sent) -> Response:
    viewer = pages.signed_in(request)
    with scope.scoped(viewer.connections) as conn:
        sessions.end(conn, viewer.session.hash, viewer.now)
        note(conn, request, "signed out", viewer.user)
    response = see("/sign-in")
    response.delete_cookie(COOKIE, path="/", secure=True, httponly=True)
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


@router.get("/invitation/{secret}", dependencies=[Depends(ANYBODY)])
def invitation_form(request: Request, secret: str) -> Response:
    return page(request, "invitation.html", secret=secret)


@router.post("/invitation/{secret}", dependencies=[Depends(ANYBODY)])
def invitation(request: Request, secret: str, form: Sent) -> Response:
    """The first password. The link counts once, and only when the password is one."""
    config, password = request.app.state.config, form.raw("password")
    if words := credentials.fault(password):
        form.faults["password"] = words
    elif password != form.raw("again"):
        form.faults["again"] = "The two passwords are not the same."
    if form.faults:
        return page(request, "invitation.html", status=422, form=form, secret=secret)
    with scope.scoped(request.app.state.connections) as conn:
        user_id = sessions.use_token(conn, digest(secret), "invite", config.now())
        if user_id is None:
            raise Refused(404, "This link was used already, or is too old. Ask for a new one.")
        users.set_password(conn, user_id, credentials.hashed(password))
        user = users.by_id(conn, user_id)
        note(conn, request, "password set", user)
    return see("/sign-in")


def note(conn: Any, request: Request, action: str, user: users.User | None, detail: str = "") -> None:
    """Into the log, where nobody may be signed in yet."""
    config = request.app.state.config
    address = request.client.host if request.client else ""
    audit.append(conn, audit.Entry(config.now(), action, user.id if user else None, detail=detail, address=address))
