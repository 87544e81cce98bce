"""Signing in by an identity provider: who comes in, who does not, and tokens that lie."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from joserfc import jwt
from joserfc.jwk import OctKey
from psycopg.rows import dict_row
from starlette.testclient import TestClient

from loaders import db
from loaders.portal import users
from portal.app import create_app
from tests.portal.conftest import EVER, ORIGIN, Portal
from tests.portal.provider import CLIENT, SECRET, Provider, unsigned


@pytest.fixture
def provider(portal: Portal) -> Iterator[Provider]:
    with Provider(lambda: portal.house.now.timestamp()) as it:
        yield it


@pytest.fixture
def client(portal: Portal, provider: Provider) -> Iterator[TestClient]:
    portal.conn.execute("DELETE FROM portal_throttle")
    oidc = {"issuer": provider.issuer, "client_id": CLIENT, "client_secret": SECRET}
    app = create_app(dataclasses.replace(portal.config, oidc=oidc))
    with TestClient(app, base_url=ORIGIN, headers={"origin": ORIGIN}, follow_redirects=False) as client:
        yield client


def invited(portal: Portal, email: str) -> int:
    with closing(db.connect(portal.house.settings.database_url)) as conn:
        conn.row_factory = dict_row
        user = users.invite(conn, email, email.split("@")[0].title())
        users.join(conn, user, portal.accounts["importer"], "reader", EVER)
    return user


def go(client: TestClient) -> Any:
    """To the provider and back, as a browser goes."""
    sent = client.get("/oidc/sign-in")
    assert sent.status_code == 303, sent.text
    answer = requests.get(sent.headers["location"], allow_redirects=False, timeout=10)
    back = urlsplit(answer.headers["location"])
    assert f"{back.scheme}://{back.netloc}" == ORIGIN
    return client.get(f"{back.path}?{back.query}")


def test_an_invited_person_comes_in_and_is_known_again(portal: Portal, provider: Provider, client: TestClient) -> None:
    user = invited(portal, "oidc1@example.test")
    assert 'href="/oidc/sign-in"' in client.get("/sign-in").text
    provider.person = {"sub": "s-1", "email": "OIDC1@example.test", "email_verified": True, "amr": ["pwd", "mfa"]}
    assert go(client).headers["location"] == "/" and client.get("/").headers["location"] == "/importer"
    assert portal.house.ask("SELECT oidc_subject, status FROM portal_user WHERE id = %s", user) == [("s-1", "active")]
    # Known by subject: another address is still the same person, the same address of another subject is not.
    provider.person |= {"email": "renamed@example.test", "email_verified": False}
    client.cookies.clear()
    assert go(client).status_code == 303
    provider.person |= {"sub": "s-2", "email": "oidc1@example.test", "email_verified": True}
    client.cookies.clear()
    assert go(client).status_code == 403
    # One factor there: the other is asked for here.
    provider.person = {"sub": "s-1", "amr": ["pwd"]}
    client.cookies.clear()
    assert go(client).headers["location"] == "/second-factor" and client.get("/").headers["location"] == "/sign-in"
    portal.conn.execute("UPDATE portal_user SET status = 'disabled' WHERE id = %s", [user])
    client.cookies.clear()
    assert go(client).status_code == 403


SAID: list[dict[str, Any]] = [
    {"email_verified": False},
    {"email_verified": "true"},
    {},
    {"email": "ghost@example.test", "email_verified": True},
    {"email": "broker@example.test", "email_verified": True},
]


@pytest.mark.parametrize("said", SAID)
def test_nobody_else_is_bound(portal: Portal, provider: Provider, client: TestClient, said: dict[str, Any]) -> None:
    """Not by an address that is not verified, not who was not invited, not into an account that has a sign-in."""
    invited(portal, "oidc2@example.test")
    provider.person = {"sub": "s-9", "email": "oidc2@example.test", "amr": ["mfa"], **said}
    answer = go(client)
    assert answer.status_code == 403 and "Nobody invited you" in answer.text
    assert portal.house.one("SELECT count(*) FROM portal_user WHERE oidc_subject = 's-9'") == 0


def changed(**claims: Any) -> Callable[[Provider], Callable[[dict], str]]:
    def lie(provider: Provider) -> Callable[[dict], str]:
        def token(said: dict[str, Any]) -> str:
            said = {name: value for name, value in {**said, **claims}.items() if value is not None}
            return jwt.encode({"alg": "RS256", "kid": "one"}, said, provider.key)

        return token

    return lie


LIES: dict[str, Callable[[Provider], Callable[[dict], str]]] = {
    "alg none": lambda it: unsigned,
    "another's key": lambda it: lambda said: jwt.encode({"alg": "RS256", "kid": "one"}, said, it.other),
    "the public key as a shared secret": lambda it: (
        lambda said: jwt.encode(
            {"alg": "HS256"}, said, OctKey.import_key(it.key.as_pem(private=False)), algorithms=["HS256"]
        )
    ),
    "our secret as a key": lambda it: (
        lambda said: jwt.encode({"alg": "HS256"}, said, OctKey.import_key(SECRET), algorithms=["HS256"])
    ),
    "another audience": changed(aud="another"),
    "several audiences, for another": changed(aud=[CLIENT, "another"], azp="another"),
    "another nonce": changed(nonce="x"),
    "no nonce": changed(nonce=None),
    "another issuer": changed(iss="https://evil.test"),
    "no subject": changed(sub=None),
    "an empty subject": changed(sub=""),
    "expired": changed(exp=1_700_000_000),
    "no end": changed(exp=None),
    "of the future": changed(iat=4_000_000_000, nbf=4_000_000_000),
    "no token at all": lambda it: lambda said: "x",
}


@pytest.mark.parametrize("name", LIES)
@pytest.mark.filterwarnings("ignore")
def test_a_token_that_lies_lets_nobody_in(portal: Portal, provider: Provider, client: TestClient, name: str) -> None:
    invited(portal, "oidc3@example.test")
    provider.person = {"sub": "s-3", "email": "oidc3@example.test", "email_verified": True, "amr": ["mfa"]}
    provider.lie = LIES[name](provider)
    answer = go(client)
    assert answer.status_code == 403 and "could not be used" in answer.text
    assert client.get("/").headers["location"] == "/sign-in"
    assert portal.house.one("SELECT count(*) FROM portal_user WHERE oidc_subject = 's-3'") == 0


def test_an_answer_counts_for_the_browser_that_asked_and_once(
    portal: Portal, provider: Provider, client: TestClient
) -> None:
    invited(portal, "oidc4@example.test")
    provider.person = {"sub": "s-4", "email": "oidc4@example.test", "email_verified": True, "amr": ["mfa"]}
    sent = client.get("/oidc/sign-in")
    cookie = client.cookies["__Host-oidc"]
    query = parse_qs(urlsplit(sent.headers["location"]).query)
    assert query["code_challenge_method"] == ["S256"] and query["redirect_uri"] == [f"{ORIGIN}/oidc/callback"]
    answer = requests.get(sent.headers["location"], allow_redirects=False, timeout=10).headers["location"]
    back = "/oidc/callback?" + urlsplit(answer).query
    for spoiled in (back.replace("state=", "state=x"), back.replace("127.0.0.1", "evil.test"), "/oidc/callback"):
        client.cookies.clear()
        client.cookies.set("__Host-oidc", cookie, domain="portal.test", path="/")
        assert client.get(spoiled).status_code == 403
    client.cookies.clear()
    assert client.get(back).status_code == 403, "a browser that never asked"
    sent = client.get("/oidc/sign-in")
    cookie = client.cookies["__Host-oidc"]
    answer = requests.get(sent.headers["location"], allow_redirects=False, timeout=10).headers["location"]
    back = "/oidc/callback?" + urlsplit(answer).query
    assert client.get(back).status_code == 303
    client.cookies.clear()
    client.cookies.set("__Host-oidc", cookie, domain="portal.test", path="/")
    assert client.get(back).status_code == 403, "a second time"


def test_a_provider_that_is_away_stops_nobody_else(portal: Portal) -> None:
    for issuer, status in (("http://127.0.0.1:1", 503), ("http://elsewhere.test", 503), ("", 404)):
        app = create_app(dataclasses.replace(portal.config, oidc={"issuer": issuer, "client_id": CLIENT}))
        with TestClient(app, base_url=ORIGIN, follow_redirects=False) as client:
            answer = client.get("/oidc/sign-in")
            assert answer.status_code == status and client.get("/sign-in").status_code == 200
