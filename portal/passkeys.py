"""Passkeys (WebAuthn): a device's key with the person verified by the device, so one counts as both factors.

What the device is asked travels in the page, sealed, and counts once within five minutes.
"""

from __future__ import annotations

import hashlib
import json
from base64 import urlsafe_b64decode
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import psycopg
import webauthn
from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from webauthn.helpers import bytes_to_base64url
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from loaders.portal import passkeys, scope, sessions, users
from portal import sign_in, throttle
from portal.config import Config
from portal.credentials import Sealed, digest, token
from portal.forms import Form, Sent
from portal.viewer import For

router = APIRouter()

GOOD_FOR = timedelta(minutes=5)
NO_PASSKEY = "This passkey is not known here, or the page was too old. Try again, or use your password."


class NotVerified(Exception):
    """What the device said does not prove what it should."""


@dataclass(frozen=True, slots=True)
class Asked:
    """``options`` as the browser takes them (JSON); ``sealed`` goes into the form and comes back with the answer."""

    options: str
    sealed: str


def to_sign_in(config: Config) -> Asked:
    """Ask for a passkey of whoever has one."""
    challenge = bytes.fromhex(token())
    options = webauthn.generate_authentication_options(
        rp_id=_host(config), challenge=challenge, user_verification=UserVerificationRequirement.REQUIRED
    )
    return Asked(webauthn.options_to_json(options), _seal(config, "get", challenge))


def to_add(config: Config, user: users.User, known: list[passkeys.Passkey]) -> Asked:
    """Ask for a new passkey, on a device that has none for this person yet."""
    challenge = bytes.fromhex(token())
    options = webauthn.generate_registration_options(
        rp_id=_host(config),
        rp_name="Tidewaiter",
        user_id=_handle(config, user.id),
        user_name=user.email,
        user_display_name=user.name,
        challenge=challenge,
        exclude_credentials=[PublicKeyCredentialDescriptor(id=it.credential_id) for it in known],
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
    )
    return Asked(webauthn.options_to_json(options), _seal(config, f"add {user.id}", challenge))


def added(conn: psycopg.Connection[dict], config: Config, user: users.User, form: Form) -> Any:
    """The new passkey that a device answered with.

    Raises
        NotVerified: it is no answer to what we asked.
    """
    challenge = _opened(conn, config, f"add {user.id}", form)
    try:
        return webauthn.verify_registration_response(
            credential=_json(form),
            expected_challenge=challenge,
            expected_rp_id=_host(config),
            expected_origin=config.origin,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError) as fault:
        raise NotVerified(str(fault)) from fault


def proven(conn: psycopg.Connection[dict], config: Config, form: Form) -> users.User:
    """Whose passkey answered.

    Raises
        NotVerified: nobody's, or it is no answer to what we asked.
    """
    challenge = _opened(conn, config, "get", form)
    answer = _json(form)
    try:
        known = passkeys.by_credential(conn, _bytes(str(answer["rawId"])))
        user = users.by_id(conn, known.user_id) if known else None
        if known is None or user is None:
            raise NotVerified("no such passkey")
        handle = answer["response"].get("userHandle")
        if handle and _bytes(str(handle)) != _handle(config, user.id):
            raise NotVerified("the passkey says it is another's")
        done = webauthn.verify_authentication_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=_host(config),
            expected_origin=config.origin,
            credential_public_key=known.public_key,
            credential_current_sign_count=known.sign_count,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError, AttributeError) as fault:
        raise NotVerified(str(fault)) from fault
    passkeys.used(conn, known.id, done.new_sign_count, config.now())
    return user


@router.post("/passkey/sign-in", dependencies=[Depends(For(anybody=True))])
def by_passkey(request: Request, form: Sent) -> Response:
    """Sign in by a passkey alone: it is something one has, opened by something one knows or is."""
    config = request.app.state.config
    throttle.check(request, throttle.SIGN_IN)
    user: users.User | None = None
    with scope.scoped(request.app.state.connections) as conn:
        try:
            user = proven(conn, config, form)
        except NotVerified:
            sign_in.note(conn, request, "passkey refused", None)
        locked = user is not None and user.locked_until is not None and user.locked_until > config.now()
    if user is None or user.status != "active" or locked:
        throttle.count(request, throttle.SIGN_IN)
        form.faults["email"] = NO_PASSKEY
        return sign_in.form_page(request, status=401, form=form)
    return sign_in.begin(request, user, "/", factor=True)


def _host(config: Config) -> str:
    return urlsplit(config.origin).hostname or ""


def _handle(config: Config, user_id: int) -> bytes:
    """What a device keeps of who the key is for: it tells nobody but us anything."""
    return hashlib.sha256(Sealed(config.key).sign(f"passkey of {user_id}").encode()).digest()


def _seal(config: Config, purpose: str, challenge: bytes) -> str:
    words = {"for": purpose, "at": config.now().isoformat(), "challenge": bytes_to_base64url(challenge)}
    return Sealed(config.key).seal(json.dumps(words))


def _opened(conn: psycopg.Connection[dict], config: Config, purpose: str, form: Form) -> bytes:
    try:
        words = json.loads(Sealed(config.key).open(form["asked"]))
        at, challenge = datetime.fromisoformat(words["at"]), words["challenge"]
    except Exception:
        raise NotVerified("not our question") from None
    until = at + GOOD_FOR
    if words["for"] != purpose or until < config.now():
        raise NotVerified("another question, or an old one")
    if not sessions.use_once(conn, digest(challenge), "challenge", config.now(), until):
        raise NotVerified("answered before")
    return _bytes(challenge)


def _json(form: Form) -> dict[str, Any]:
    try:
        answer = json.loads(form.raw("answer"))
    except ValueError:
        raise NotVerified("no answer") from None
    if not isinstance(answer, dict) or not isinstance(answer.get("response"), dict):
        raise NotVerified("no answer")
    return answer


def _bytes(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
