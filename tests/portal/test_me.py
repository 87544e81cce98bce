"""A person's own sign-in: sessions, password, codes, passkeys, access tokens, and how often one may try."""

from __future__ import annotations

import inspect
import os
import re
from datetime import timedelta
from typing import Any

import pytest
from starlette.testclient import TestClient

from portal.app import create_app
from portal.security_pages import browser
from tests.portal.conftest import ORIGIN, PASSWORD, Portal, csrf, sign_in, violations


@pytest.fixture
def person(portal: Portal, request: pytest.FixtureRequest) -> str:
    """Somebody of this test's own, with the importer's account."""
    name = re.sub(r"\W", "_", request.node.name)[:40]
    portal.enrol(name, portal.accounts["importer"], role="reader")
    portal.house.conn.execute("DELETE FROM portal_throttle")
    return name


def post(client: TestClient, path: str, page: str = "/me", **data: str) -> Any:
    return client.post(path, data={"csrf": csrf(client, page), **data})


def signed_in(client: TestClient) -> bool:
    return client.get("/me").status_code == 200


def test_sessions_are_listed_and_ended_one_by_one_and_together(portal: Portal, person: str) -> None:
    with portal.client(person) as first, portal.client(person) as second, portal.client(person) as third:
        shown = first.get("/me").text
        ids = re.findall(r'name="session" value="([0-9a-f]+)"', shown)
        assert len(ids) == 2 and shown.count("(this one)") == 1, "its own is shown and cannot be ended here"
        assert all(signed_in(it) for it in (second, third))
        assert post(first, "/me/sessions/end", session=ids[0]).status_code == 303
        assert [signed_in(second), signed_in(third)].count(True) == 1
        assert post(first, "/me/sessions/end", session=ids[0]).status_code == 404
        assert post(first, "/me/sessions/end-others").status_code == 303
        assert not signed_in(second) and not signed_in(third) and signed_in(first)
    with portal.client("other_importer") as stranger, portal.client(person) as mine:
        own = portal.house.one(
            "SELECT public_id FROM portal_session s JOIN portal_user u ON u.id = s.user_id WHERE u.email = %s"
            " ORDER BY s.created_at DESC LIMIT 1",
            f"{person}@example.test",
        )
        assert post(stranger, "/me/sessions/end", session=own).status_code == 404
        assert signed_in(mine)


def test_a_new_password_asks_for_the_old_one_and_a_code(portal: Portal, person: str) -> None:
    new = "a second tide, at five"
    with portal.client(person) as client, portal.client(person) as other:
        for current, code, password, again, words in (
            (PASSWORD, "000000", new, new, "not right"),
            ("wrong", portal.code(), new, new, "not right"),
            (PASSWORD, portal.code(), "short", "short", "at least 8"),
            (PASSWORD, portal.code(), new, new + "x", "not the same"),
        ):
            data = {"current": current, "code": code, "password": password, "again": again}
            answer = post(client, "/me/password", "/me/password", **data)
            assert answer.status_code == 422 and words in answer.text
        data = {"current": PASSWORD, "code": portal.code(), "password": new, "again": new}
        assert post(client, "/me/password", "/me/password", **data).status_code == 303
        assert signed_in(client) and not signed_in(other)
    with portal.client() as client:
        for password, status in ((PASSWORD, 401), (new, 303)):
            data = {"email": f"{person}@example.test", "password": password}
            assert post(client, "/sign-in", "/sign-in", **data).status_code == status


def test_what_changes_the_sign_in_asks_for_a_proof_that_is_fresh(portal: Portal, person: str) -> None:
    changes = {"/me/codes": {}, "/me/passkeys/remove": {"passkey": "1"}, "/me/passkeys/new": {"name": "x"},
               "/me/tokens/new": {"token_name": "x", "days": "30"}}  # fmt: skip
    with portal.client(person) as client:
        portal.house.now += timedelta(minutes=11)
        for path, data in changes.items():
            answer = post(client, path, **data)
            assert answer.status_code == 303 and answer.headers["location"].startswith("/me/prove"), path
        assert client.get("/me/passkeys/new").headers["location"] == "/me/prove?then=passkey"
        for current, code in ((PASSWORD, "123"), ("wrong", portal.code())):
            data = {"then": "passkey", "current": current, "code": code}
            assert post(client, "/me/prove", "/me/prove", **data).status_code == 401
        data = {"then": "https://evil.test/", "current": PASSWORD, "code": portal.code()}
        assert post(client, "/me/prove", "/me/prove", **data).headers["location"] == "/me"
        old = re.findall(r"<li><code>([^<]+)", post(client, "/me/codes").text)
        new = re.findall(r"<li><code>([^<]+)", post(client, "/me/codes").text)
        assert len(old) == len(new) == 10 and not set(old) & set(new)
    with portal.client() as client:
        post(client, "/sign-in", "/sign-in", email=f"{person}@example.test", password=PASSWORD)
        assert post(client, "/second-factor", "/second-factor", code=old[0]).status_code == 401, "void"
        assert post(client, "/second-factor", "/second-factor", code=new[0].upper()).status_code == 303
    stored = [hash for (hash,) in portal.house.ask("SELECT hash FROM portal_recovery_code")]
    from portal.credentials import digest

    assert not {digest(code) for code in (*old, *new)} & set(stored), "who has the table cannot try codes out"


def test_an_access_token_is_shown_once_and_revoked(portal: Portal, person: str) -> None:
    with portal.client(person) as client, portal.client("broker") as stranger:
        assert post(client, "/me/tokens/new", token_name="ledger", days="9999").status_code == 422
        shown = post(client, "/me/tokens/new", token_name="ledger", days="30").text
        token = re.search(r'tw-wrap">([0-9a-f]{64})<', shown)
        assert token and token[1] not in client.get("/me").text and "ledger" in client.get("/me").text
        assert portal.house.one("SELECT count(*) FROM portal_key WHERE hash = %s", token[1]) == 0
        key = re.search(r'name="token" value="(\d+)"', client.get("/me").text)
        assert key
        assert post(stranger, "/me/tokens/revoke", token=key[1]).status_code == 404
        assert post(client, "/me/tokens/revoke", token=key[1]).status_code == 303
        assert post(client, "/me/tokens/revoke", token="x").status_code == 404


def test_an_address_that_guesses_has_to_wait(portal: Portal, person: str) -> None:
    """Over many names; a second process of the portal knows of it, and it passes."""
    other = create_app(portal.config)
    with portal.client() as client, TestClient(other, base_url=ORIGIN, headers={"origin": ORIGIN}) as elsewhere:
        statuses = []
        for number in range(52):
            answer = post(client, "/sign-in", "/sign-in", email=f"guess{number}@example.test", password="x")
            statuses.append(answer.status_code)
        assert statuses[0] == 401 and statuses[-1] == 429 and int(answer.headers["retry-after"]) > 60
        assert "Try again in" in answer.text
        data = {"email": f"{person}@example.test", "password": PASSWORD}
        assert post(client, "/sign-in", "/sign-in", **data).status_code == 429
        assert post(elsewhere, "/sign-in", "/sign-in", **data).status_code == 429, "nothing is kept in memory"
        portal.house.now += timedelta(minutes=16)
        sign_in(client, person, portal.code)
    assert portal.house.one("SELECT count(*) FROM portal_throttle WHERE key LIKE 'sign-in%%'") == 1


def test_a_passkey_is_added_used_renamed_and_removed(portal: Portal, visit: Any, person: str) -> None:
    """In Chromium, with an authenticator that it makes up."""
    it = visit(person)
    devtools = it.context.new_cdp_session(it.page)
    devtools.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
               "isUserVerified": True, "automaticPresenceSimulation": True}  # fmt: skip
    device = devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})["authenticatorId"]
    page = it.page
    page.goto("/me/passkeys/new")
    page.get_by_label("Name").fill("My laptop")
    page.get_by_role("button", name="Let the device make one").click()
    page.wait_for_url("**/me")
    assert page.get_by_label("Name of the passkey").input_value() == "My laptop"
    shots = os.environ.get("TIDEWAITER_SCREENSHOTS")
    for width in (320, 768, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        assert violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        if shots:
            page.screenshot(path=f"{shots}/me-{width}.png", full_page=True)
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/sign-in")
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url("**/importer")
    page.goto("/me")
    # The device verifies nobody any more: its word does not count.
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/sign-in")
    state = {"authenticatorId": device, "isUserVerified": False}
    devtools.send("WebAuthn.setUserVerified", state)
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.get_by_text("The device gave no passkey").wait_for()
    devtools.send("WebAuthn.setUserVerified", state | {"isUserVerified": True})
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url("**/importer")
    page.goto("/me")
    page.get_by_label("Name of the passkey").fill("Old laptop")
    page.get_by_role("button", name="Rename").click()
    page.get_by_role("button", name="Remove Old laptop").click()
    page.get_by_text("You have none yet.").wait_for()
    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.get_by_text("not known here").first.wait_for()
    # The wrong answers were meant, and the browser says what signing out cleared.
    assert [line for line in it.told if "Failed to load" not in line and "Clear-Site-Data" not in line] == []


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36", "Chrome on Linux"),
        ("Mozilla/5.0 (Windows NT 10.0; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1", "Safari on iPhone"),
        ("curl/8", "another program"),
    ],
)
def test_a_browser_is_named_as_people_name_it(agent: str, words: str) -> None:
    assert browser(agent) == words


@pytest.mark.parametrize("answer", ["", "no JSON", "[]", '{"response": {}, "rawId": "AA"}', '{"response": 1}'])
def test_what_no_device_said_signs_nobody_in(portal: Portal, answer: str) -> None:
    with portal.client() as client:
        form = client.get("/sign-in").text
        asked = form.split('name="asked" value="')[1].split('"')[0]
        for question in (asked, asked, "x", ""):
            given = post(client, "/passkey/sign-in", "/sign-in", asked=question, answer=answer)
            assert given.status_code == 401 and "not known here" in given.text


def test_before_a_session_ends_a_dialog_asks(portal: Portal, visit: Any, person: str) -> None:
    it = visit(person)
    page = it.page
    page.clock.install()
    page.goto("/me")
    page.clock.fast_forward("12:30")
    assert not page.get_by_role("dialog").is_visible()
    page.clock.fast_forward("01:00")
    dialog = page.get_by_role("dialog", name="Are you still there?")
    dialog.wait_for()
    assert violations(page) == []
    page.keyboard.press("Enter")  # focus is on the first button of the dialog: stay
    dialog.wait_for(state="hidden")
    page.clock.fast_forward("13:30")
    dialog.wait_for()
    page.clock.fast_forward("02:00")
    page.wait_for_url(lambda url: not url.endswith("/me"))


def test_what_makes_files_is_counted(portal: Portal, person: str) -> None:
    """Every route that answers with a file has a limit, and beyond it says when to come back."""
    from portal import throttle
    from tests.portal.test_routes import routes

    limited = {route.path for route in routes(portal) for method in route.methods
               if throttle.limit_of(method, route.path.replace("{", "").replace("}", "")) is not None}  # fmt: skip
    files = {route.path for route in routes(portal) if "download(" in inspect.getsource(route.endpoint)}
    assert files and files <= limited, f"without a limit: {files - limited}"
    assert {"/apply", "/api/v1/entries"} <= limited and not {"/importer", "/broker", "/me", "/sign-in"} & limited
    with portal.client(person) as client:
        statuses = [client.get("/importer/log.csv").status_code for _ in range(102)]
        assert statuses[:100] == [200] * 100 and statuses[101] == 429
        portal.house.now += timedelta(minutes=6)
        assert client.get("/importer/log.csv").status_code == 200
