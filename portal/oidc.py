"""Signing in by an organisation's identity provider: OpenID Connect, the code flow with PKCE.

What is remembered between leaving and coming back travels in a cookie, sealed, for ten minutes and one use. A person is
known by issuer and subject; the first time, by the address of their invitation, if the provider says it is theirs.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import requests
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oidc.core import CodeIDToken
from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from loaders.portal import scope, sessions, users
from portal import sign_in, throttle
from portal.config import Config
from portal.credentials import Sealed, digest, token
from portal.viewer import For, Refused

router = APIRouter()

COOKIE = "__Host-oidc"
GOOD_FOR = timedelta(minutes=10)
#: Signatures that are taken; none and shared secrets are not among them.
ALGORITHMS = ("RS256", "PS256", "ES256", "EdDSA")
#: What a provider says of how somebody signed in (RFC 8176) when it took two factors.
TWO_FACTORS = frozenset({"mfa"})
LEEWAY = 60  # seconds that clocks may differ
PATIENCE = 10  # seconds for an answer of the provider
KEPT = 3600.0  # seconds that what a provider says of itself is kept
REFUSED = "Your organisation's sign-in could not be used. Try again, or ask whoever invited you."
UNKNOWN = "Nobody invited you by this name. Ask the owner of your firm's account."


class NotProven(Exception):
    """What the provider answered does not prove who it is; the message is for our log only."""


@dataclass(frozen=True, slots=True)
class Provider:
    """What a provider says of itself (its discovery document) and its keys."""

    issuer: str
    authorize: str
    token: str
    keys: KeySet
    until: float


@router.get("/oidc/sign-in", dependencies=[Depends(For(anybody=True))])
def leave(request: Request) -> Response:
    """To the provider, with a state, a nonce and a verifier that only this browser's cookie knows."""
    config = request.app.state.config
    throttle.check(request, throttle.SIGN_IN)
    provider = _provider(request)
    state, nonce, verifier = token(), token(), token()
    address, _ = _client(config).create_authorization_url(
        provider.authorize, state=state, nonce=nonce, code_verifier=verifier, response_type="code"
    )
    words = {"state": state, "nonce": nonce, "verifier": verifier, "at": config.now().isoformat()}
    response = RedirectResponse(address, 303)
    response.set_cookie(COOKIE, Sealed(config.key).seal(json.dumps(words)), secure=True, httponly=True, samesite="lax")
    return response


@router.get("/oidc/callback", dependencies=[Depends(For(anybody=True))])
def back(request: Request, code: str = "", state: str = "", iss: str = "") -> Response:
    """Back from the provider: one session, of both factors where the provider took two, else ours is asked for."""
    throttle.check(request, throttle.SIGN_IN)
    try:
        claims = _claims(request, code, state, iss)
    except NotProven as problem:
        with scope.scoped(request.app.state.connections) as conn:
            sign_in.note(conn, request, "provider refused", None, detail=str(problem)[:200])
        throttle.count(request, throttle.SIGN_IN)
        raise Refused(403, REFUSED) from None
    user = _person(request, claims)
    both = bool(TWO_FACTORS & set(claims.get("amr") or ()))
    response = sign_in.begin(request, user, "/" if both else "/second-factor", factor=both)
    response.delete_cookie(COOKIE, path="/", secure=True, httponly=True)
    return response


def _person(request: Request, claims: dict[str, Any]) -> users.User:
    """Who it is, bound now if this is the first time.

    Raises
        Refused: nobody that we know and let in.
    """
    now = request.app.state.config.now()
    with scope.scoped(request.app.state.connections) as conn:
        user = users.by_subject(conn, claims["iss"], claims["sub"])
        if user is None and claims.get("email_verified") is True and isinstance(claims.get("email"), str):
            invited = users.by_email(conn, claims["email"])
            if invited and invited.status == "invited" and users.bind(conn, invited.id, claims["iss"], claims["sub"]):
                user = users.by_id(conn, invited.id)
                sign_in.note(conn, request, "provider bound", user, detail=claims["iss"])
        locked = user is not None and user.locked_until is not None and user.locked_until > now
        if user is None or user.status != "active" or locked:
            sign_in.note(conn, request, "provider's person refused", user, detail=str(claims.get("email", ""))[:200])
            user = None
    if user is None:
        throttle.count(request, throttle.SIGN_IN)
        raise Refused(403, UNKNOWN)
    return user


def _claims(request: Request, code: str, state: str, iss: str) -> dict[str, Any]:
    """What the provider's token says, when all of it fits what we asked."""
    config = request.app.state.config
    try:
        words = json.loads(Sealed(config.key).open(request.cookies.get(COOKIE, "")))
        until = datetime.fromisoformat(words["at"]) + GOOD_FOR
    except Exception:
        raise NotProven("no cookie of ours") from None
    if not code or state != words["state"] or until < config.now():
        raise NotProven("another state, or an old one")
    with scope.scoped(request.app.state.connections) as conn:
        if not sessions.use_once(conn, digest(state), "oidc", config.now(), until):
            raise NotProven("a state that was used before")
    provider = _provider(request)
    if iss and iss != provider.issuer:  # RFC 9207: the answer of another provider
        raise NotProven(f"the answer is of {iss}")
    try:
        answer = _client(config).fetch_token(
            provider.token, code=code, code_verifier=words["verifier"], timeout=PATIENCE, allow_redirects=False
        )
        return _checked(config, provider, answer, words["nonce"])
    except (AuthlibBaseError, JoseError, requests.RequestException, ValueError, KeyError, TypeError) as fault:
        raise NotProven(f"{type(fault).__name__}: {fault}") from fault


def _checked(config: Config, provider: Provider, answer: dict[str, Any], nonce: str) -> dict[str, Any]:
    told = jwt.decode(answer["id_token"], provider.keys, algorithms=list(ALGORITHMS))
    claims = CodeIDToken(
        told.claims,
        told.header,
        {"iss": {"essential": True, "value": provider.issuer}, "aud": {"essential": True, "value": _id(config)}},
        {"nonce": nonce, "client_id": _id(config), "access_token": answer.get("access_token")},
    )
    claims.validate(now=int(config.now().timestamp()), leeway=LEEWAY)
    if not isinstance(claims["sub"], str) or not claims["sub"]:
        raise ValueError("no subject")
    return dict(claims)


def _provider(request: Request) -> Provider:
    """The provider that is set, as it describes itself; kept for an hour.

    Raises
        Refused: none is set, or it does not answer as one.
    """
    config, kept = request.app.state.config, getattr(request.app.state, "provider", None)
    if not (config.oidc.get("issuer") and config.oidc.get("client_id")):
        raise Refused(404)
    if kept and kept.until > time.monotonic():
        return kept
    issuer = config.oidc["issuer"].rstrip("/")
    try:
        about = _json(f"{issuer}/.well-known/openid-configuration")
        if about["issuer"].rstrip("/") != issuer:
            raise ValueError(f"it calls itself {about['issuer']}")
        keys = KeySet.import_key_set(_json(about["jwks_uri"]))  # type: ignore[arg-type]
        made = Provider(
            about["issuer"], _safe(about["authorization_endpoint"]), _safe(about["token_endpoint"]), keys,
            time.monotonic() + KEPT,
        )  # fmt: skip
    except (requests.RequestException, JoseError, ValueError, KeyError, TypeError, AttributeError) as fault:
        with scope.scoped(request.app.state.connections) as conn:
            sign_in.note(conn, request, "provider away", None, detail=f"{type(fault).__name__}: {fault}"[:200])
        raise Refused(
            503, "Your organisation's sign-in does not answer. Try again later, or use your password."
        ) from None
    request.app.state.provider = made
    return made


def _json(address: str) -> dict[str, Any]:
    answer = requests.get(_safe(address), timeout=PATIENCE, allow_redirects=False)
    answer.raise_for_status()
    return answer.json()


def _safe(address: str) -> str:
    """An address that is asked over TLS, or on this machine."""
    parts = urlsplit(address)
    if parts.scheme != "https" and parts.hostname not in ("localhost", "127.0.0.1", "::1"):
        raise ValueError(f"{address} is not https")
    return address


def _id(config: Config) -> str:
    return config.oidc["client_id"]


def _client(config: Config) -> OAuth2Session:
    return OAuth2Session(
        _id(config),
        config.oidc.get("client_secret") or None,
        scope="openid email profile",
        redirect_uri=f"{config.origin}/oidc/callback",
        code_challenge_method="S256",
        token_endpoint_auth_method="client_secret_basic" if config.oidc.get("client_secret") else "none",
    )
