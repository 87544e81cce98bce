"""Signing in, and what keeps a session one's own."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from loaders.portal import audit
from portal import credentials
from tests.portal.conftest import PASSWORD, Portal, csrf, violations
from tests.portal.conftest import sign_in as sign


def test_both_factors_open_a_session_and_each_code_counts_once(portal: Portal) -> None:
    with portal.client() as client:
        assert client.get("/").headers["location"] == "/sign-in"
        code = portal.code()
        sign(client, "importer", lambda: code)
        cookies = [c for c in client.cookies.jar if c.name.startswith("__Host-tidewaiter")]
        assert [(c.secure, c.path, c.domain_specified) for c in cookies] == [(True, "/", False)]
        with portal.client() as again:
            with pytest.raises(AssertionError, match="was used before"):
                sign(again, "importer", lambda: code)
            assert again.get("/").headers["location"] == "/sign-in", "half a session opens nothing"


def test_wrong_name_wrong_password_and_a_locked_account_hear_the_same(portal: Portal) -> None:
    portal.enrol("locked", None)
    said = set()
    with portal.client() as client:
        for email, password in [("ghost@example.test", "x"), *[("locked@example.test", "wrong")] * 11,
                                ("locked@example.test", PASSWORD)]:  # fmt: skip
            answer = client.post(
                "/sign-in", data={"csrf": csrf(client, "/sign-in"), "email": email, "password": password}
            )
            words = re.sub(r' data-options="[^"]*"| name="asked" value="[^"]*"', "", answer.text)
            said.add((answer.status_code, words.replace(email, "")))
        assert len({status for status, _ in said}) == 1 and len(said) == 1
        portal.house.now += timedelta(minutes=16)
        sign(client, "locked", portal.code)


def test_sessions_end_by_themselves_by_signing_out_and_when_new_ones_begin(portal: Portal) -> None:
    with portal.client("importer") as client:
        first = client.cookies["__Host-tidewaiter"]
        portal.house.now += timedelta(minutes=14)
        assert client.get("/").status_code == 303 and client.get("/").headers["location"] != "/sign-in"
        portal.house.now += timedelta(minutes=16)
        assert client.get("/").headers["location"] == "/sign-in"
        sign(client, "importer", portal.code)
        assert client.cookies["__Host-tidewaiter"] != first
        answer = client.post("/sign-out", data={"csrf": csrf(client, "/no-such-page")})
        assert answer.headers["clear-site-data"] == '"cache", "storage"'
        assert client.get("/").headers["location"] == "/sign-in"


@pytest.mark.parametrize(
    "headers", [{"origin": "https://evil.test"}, {"sec-fetch-site": "cross-site"}, {"origin": "null"}]
)
def test_foreign_forms_change_nothing(portal: Portal, headers: dict[str, str]) -> None:
    with portal.client("importer") as client:
        proof = csrf(client, "/no-such-page")
        assert client.post("/sign-out", data={"csrf": proof}, headers=headers).status_code == 403
        assert client.post("/sign-out", data={"csrf": "0" * 64}).status_code == 403
        assert client.post("/sign-out").status_code == 403
        assert client.get("/").headers["location"] != "/sign-in"


def test_an_invitation_sets_the_first_password_once(portal: Portal) -> None:
    from loaders.portal import links, scope, users

    with scope.scoped(scope.pool(portal.config.database_url, 1)) as conn:
        user = users.invite(conn, "New@Example.test", "New Person")
        path = links.invitation(conn, user, portal.house.now)
    with portal.client() as client:
        for password, words in (("short", "at least 8"), ("password1", "tried first"), ("aaaaaaaaaa", "tried first")):
            data = {"csrf": csrf(client, path), "password": password, "again": password}
            answer = client.post(path, data=data)
            assert answer.status_code == 422 and words in answer.text
        data = {"csrf": csrf(client, path), "password": PASSWORD, "again": PASSWORD}
        assert client.post(path, data=data).status_code == 303
        assert client.post(path, data=data | {"csrf": csrf(client, path)}).status_code == 404
        client.post(
            "/sign-in", data={"csrf": csrf(client, "/sign-in"), "email": "new@example.test", "password": PASSWORD}
        )
        form = client.get("/second-factor", follow_redirects=True).text
        secret = form.split("Key: <code")[1].split(">")[1].split("<")[0]
        sealed = form.split('name="sealed" value="')[1].split('"')[0]
        import pyotp

        code = pyotp.TOTP(secret).at(portal.house.now)
        proof = form.split('name="csrf" value="')[1].split('"')[0]
        shown = client.post("/second-factor/new", data={"csrf": proof, "sealed": sealed, "code": code})
        codes = [part.split("<")[0] for part in shown.text.split("<li><code>")[1:]]
        assert len(codes) == 10 and client.get("/").status_code == 200
        for expected in (303, 401):
            with portal.client() as other:
                data = {"csrf": csrf(other, "/sign-in"), "email": "new@example.test", "password": PASSWORD}
                other.post("/sign-in", data=data)
                proof = csrf(other, "/second-factor")
                assert other.post("/second-factor", data={"csrf": proof, "code": codes[0]}).status_code == expected


def test_the_log_is_a_chain(portal: Portal) -> None:
    with portal.client("broker"):
        pass
    assert audit.broken(portal.conn) == []
    count, head = audit.head(portal.conn)
    assert count > 3 and len(head) == 64
    portal.conn.execute("BEGIN")
    try:
        portal.conn.execute("UPDATE audit SET detail = 'x' WHERE id = (SELECT min(id) + 1 FROM audit)")
        portal.conn.execute("DELETE FROM audit WHERE id = (SELECT min(id) + 2 FROM audit)")
        assert [what.split()[0] for _, what in audit.broken(portal.conn)] == ["its", "the"]
    finally:
        portal.conn.execute("ROLLBACK")


def test_hashes_are_argon2id() -> None:
    assert credentials.hashed("x").startswith("$argon2id$v=19$m=19456,t=2,p=1$")


def test_signing_in_by_browser_is_quiet_and_accessible(portal: Portal, visit) -> None:
    it = visit()
    for width in (320, 768, 1280):
        it.page.set_viewport_size({"width": width, "height": 900})
        it.page.goto("/sign-in")
        assert violations(it.page) == []
    it.sign_in("nobody")
    assert "no account yet" in it.page.content()
    assert it.told == []
