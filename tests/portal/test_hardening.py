"""What an attacker tries first, and what every answer carries (docs/security.md names the requirement of each)."""

from __future__ import annotations

import dataclasses
import logging
import string
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from portal import pages, security
from portal.app import create_app
from tests.portal.conftest import ORIGIN, PASSWORD, Portal, csrf
from tests.portal.test_routes import PERSONA, meant, routes

STRICT = {
    "content-security-policy": security.CSP,
    "strict-transport-security": "max-age=63072000; includeSubDomains",
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin",
}
ANSWERS = ["/sign-in", "/", "/me", "/no-such-page", "/static/nothing", "/api/v1/me", "/api/v1/entries/1"]


@pytest.mark.parametrize("path", ANSWERS)
@pytest.mark.parametrize("person", ["", "importer"])
def test_every_answer_carries_the_strict_headers(portal: Portal, person: str, path: str) -> None:
    with portal.client(person) as client:
        for answer in (client.get(path), client.post(path), client.put(path), client.get(path, headers={"host": "x"})):
            for name, value in STRICT.items():
                assert answer.headers[name] == value, (path, name)
            assert not [name for name in answer.headers if name.startswith("access-control-")]
            assert "server" not in answer.headers and "x-powered-by" not in answer.headers
            if not path.startswith("/static"):
                assert answer.headers["cache-control"] == "no-store"
            assert answer.headers.get("content-type", "text/html").split(";")[0] in (
                *("text/html", "text/plain", "application/json", "application/problem+json"),
            )


def test_the_policy_allows_nothing_inline_and_nothing_foreign() -> None:
    rules = dict(rule.strip().split(" ", 1) for rule in security.CSP.split(";") if rule.strip())
    assert rules["default-src"] == rules["base-uri"] == rules["object-src"] == rules["frame-ancestors"] == "'none'"
    assert {value for name, value in rules.items() if value != "'none'"} == {"'self'"}


def test_no_page_has_anything_inline(portal: Portal) -> None:
    """No inline script, style or handler in any template, whatever is shown."""
    from pathlib import Path

    import portal.pages as module

    for path in Path(module.__file__).with_name("templates").rglob("*.html"):
        text = path.read_text()
        assert " style=" not in text and "<style" not in text and " onclick" not in text, path.name
        assert "javascript:" not in text and "| safe" not in text and "|safe" not in text, path.name
        for script in text.split("<script")[1:]:
            assert script.lstrip().startswith("src="), path.name


def test_cookies_are_of_this_host_only_and_out_of_reach_of_script(portal: Portal) -> None:
    with portal.client() as client:
        client.get("/sign-in")
        answer = client.post(
            "/sign-in", data={"csrf": csrf(client, "/sign-in"), "email": "broker@example.test", "password": PASSWORD}
        )
        first = client.get("/second-factor", cookies=None)
        set_ = [h for a in (answer, first) for h in a.headers.get_list("set-cookie")]
        assert set_
        for cookie in set_:
            parts = {part.strip().lower() for part in cookie.split(";")[1:]}
            assert cookie.startswith("__Host-") and {"secure", "httponly", "samesite=lax", "path=/"} <= parts
            assert not [part for part in parts if part.startswith(("domain", "expires", "max-age"))]


def test_other_hosts_methods_and_odd_requests_are_refused(portal: Portal) -> None:
    with portal.client("importer") as client:
        for host in ("evil.test", "portal.test:8080", "portal.test.evil.test", ""):
            assert client.get("/sign-in", headers={"host": host}).status_code == 421
        for method in ("TRACE", "OPTIONS", "PUT", "DELETE", "PATCH", "CONNECT", "PROPFIND"):
            assert client.request(method, "/").status_code == 405
        assert client.get("/me?x=%00").status_code == 400
        large = {"content-length": str(64 << 20)}
        assert client.post("/sign-out", content=b"x", headers=large).status_code == 413

        def endless() -> Any:
            yield b"csrf=x"

        assert client.post("/sign-out", content=endless()).status_code == 411, "a length is said, or nothing is read"


def test_what_a_proxy_would_say_is_not_believed(portal: Portal) -> None:
    said = {
        "x-forwarded-for": "203.0.113.9",
        "x-forwarded-host": "evil.test",
        "x-forwarded-proto": "ftp",
        "forwarded": "for=203.0.113.9;host=evil.test",
        "x-original-url": "/officer",
        "x-rewrite-url": "/officer",
        "x-http-method-override": "DELETE",
    }
    with portal.client("importer") as client:
        answer = client.get("/", headers=said)
        assert answer.headers["location"] == "/importer"
        page = client.get("/me", headers=said)
        assert "evil.test" not in page.text and "203.0.113.9" not in page.text
        client.post("/sign-out", data={"csrf": csrf(client, "/me")}, headers=said)
    assert (
        portal.house.one("SELECT address FROM audit WHERE action = 'signed out' ORDER BY id DESC LIMIT 1")
        != "203.0.113.9"
    )


PROBES = """
    .git/config .env .htaccess docs redoc openapi.json metrics server-status admin debug console actuator/health
    wp-login.php phpinfo.php api api/ api/v1 api/v1/docs backup.sql secrets.json portal/secrets.json robots.txt
    static/ static/own-1/../app.py static/own-1/%2e%2e/app.py static/own-1/..%2fapp.py static/own-1//etc/passwd
    static/uswds-3.14.0/package.json static/axe-core/axe.min.js ..%2f..%2fetc%2fpasswd static/own-1/..%5capp.py
"""


@pytest.mark.parametrize("person", ["", "officer"])
def test_nothing_lies_about(portal: Portal, person: str) -> None:
    with portal.client(person) as client:
        for path in PROBES.split():
            answer = client.get(f"/{path}")
            assert answer.status_code in (400, 404), f"{path}: {answer.status_code}"
            assert "import " not in answer.text and "root:" not in answer.text


HOSTILE = (
    *("' OR 1=1 --", '";DROP TABLE audit;--', "%27", "%(x)s", "%%", "\u202e\ufffd", "x" * 5_000, "-1", "0", "1e999"),
    *("99999999999999999999", "2026-13-45", "../../etc/passwd", "<script>alert(1)</script>", "{{7*7}}", "\r\nX: y"),
)


@pytest.mark.parametrize("person", ["importer", "reader", "broker", "officer", "operations", "nobody"])
def test_no_page_fails_whatever_its_address_says(portal: Portal, person: str) -> None:
    """Every page of a persona, each of its parameters and filters hostile: an answer of ours, never an error, and what
    was sent comes back harmless if at all."""
    portal.conn.execute("DELETE FROM portal_throttle")
    with portal.client(person) as client:
        for turn, route in enumerate(routes(portal)):
            said = meant(route)
            if "GET" not in route.methods or (said.personas and PERSONA[person] not in said.personas):
                continue
            names = [it.name for it in route.dependant.query_params] or ["q"]
            for number, text in list(enumerate(HOSTILE))[turn % 4 :: 4]:  # each meets some, all meet some page
                path = route.path
                for name in route.param_convertors:
                    path = path.replace("{" + name + "}", ("1", "99999999999999999999", "x'--")[number % 3])
                answer = client.get(path, params=dict.fromkeys(names, text))
                assert answer.status_code < 500, f"{path} {text!r}: {answer.status_code}"
                assert "<script>alert" not in answer.text and "\r\nX: y" not in str(answer.headers)
                if answer.status_code == 429:
                    portal.conn.execute("DELETE FROM portal_throttle")


@given(st.text(max_size=40))
def test_a_name_of_a_file_cannot_break_out_of_its_header(name: str) -> None:
    answer = pages.download(name, b"x", "text/csv")
    told = answer.headers["content-disposition"]
    assert told.startswith('attachment; filename="') and told.isascii() and told.isprintable()
    assert told.count('"') == 2 and answer.headers["cache-control"] == "no-store"
    assert answer.headers["content-security-policy"] == "default-src 'none'; sandbox"


@given(st.text(max_size=20))
def test_no_cell_is_a_formula(text: str) -> None:
    cell = pages.csv_cell(text)
    number = cell.lstrip("+-").replace(".", "", 1)
    assert cell[:1] not in tuple("=+-@\t\r") or (number.isdigit() and len(cell) - len(number) <= 2)
    assert cell in (text, "'" + text)


@pytest.mark.parametrize("cell", ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "+1+1", "-1-1"])
def test_formulas_are_words(cell: str) -> None:
    assert pages.csv_cell(cell) == "'" + cell


def test_names_are_shown_as_words(portal: Portal) -> None:
    user = portal.enrol("markup", portal.accounts["importer"], role="reader")
    portal.conn.execute("UPDATE portal_user SET name = '<script>alert(1)</script>' WHERE id = %s", [user])
    with portal.client("markup") as client:
        text = client.get("/me").text
        assert "<script>alert" not in text and "&lt;script&gt;alert" in text


def test_what_is_typed_cannot_look_like_another_entry_of_the_log(
    portal: Portal, caplog: pytest.LogCaptureFixture
) -> None:
    forged = "x@example.test\r\n2026-09-15 INFO signed in as admin\x1b[2J"
    with caplog.at_level(logging.DEBUG), portal.client() as client:
        data = {"csrf": csrf(client, "/sign-in"), "email": forged, "password": "topsecret-word"}
        assert client.post("/sign-in", data=data).status_code == 401
    detail = portal.house.one("SELECT detail FROM audit WHERE action = 'sign-in refused' ORDER BY id DESC LIMIT 1")
    assert "\n" not in detail and "\r" not in detail and "signed in as admin" in detail
    ours = "\n".join(record.getMessage() for record in caplog.records if record.name.startswith("portal"))
    everything = ours + str(portal.house.ask("SELECT * FROM audit"))
    assert "topsecret-word" not in everything and "signed in as admin\n" not in ours


def test_refusals_and_their_reasons_stand_in_the_log(portal: Portal) -> None:
    with portal.client() as client:
        data = {"email": "importer@example.test", "password": "wrong"}
        client.post("/sign-in", data={"csrf": csrf(client, "/sign-in"), **data})
        client.post("/sign-in", data={"csrf": csrf(client, "/sign-in"), **data | {"password": PASSWORD}})
        client.post("/second-factor", data={"csrf": csrf(client, "/second-factor"), "code": "000000"})
    told = portal.house.ask("SELECT action, user_id IS NOT NULL, address, at FROM audit ORDER BY id DESC LIMIT 2")
    assert [it[0] for it in told] == ["second factor refused", "sign-in refused"]
    assert all(it[1] and it[2] and it[3].utcoffset().total_seconds() == 0 for it in told)
    portal.conn.execute("UPDATE portal_user SET failures = 0 WHERE email = 'importer@example.test'")


def test_a_bug_is_told_in_general_words(portal: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    from loaders.portal import sessions

    def broken(*_: Any) -> None:
        raise RuntimeError("the password of the database is hunter2")

    monkeypatch.setattr(sessions, "of_user", broken)
    with portal.client("importer") as client:
        client.get("/")
        quiet = TestClient(client.app, base_url=ORIGIN, raise_server_exceptions=False, cookies=client.cookies)
        answer = quiet.get("/me")
    assert answer.status_code == 500 and "hunter2" not in answer.text and "Traceback" not in answer.text
    assert "Something went wrong" in answer.text


def test_without_a_database_nothing_is_shown_and_nobody_comes_in(portal: Portal) -> None:
    with portal.client("importer") as client:
        cookies = dict(client.cookies)
    away = dataclasses.replace(
        portal.config, database_url="postgresql://tidewaiter_portal@127.0.0.1:1/none?connect_timeout=1"
    )
    app = create_app(away)
    with TestClient(app, base_url=ORIGIN, headers={"origin": ORIGIN}, follow_redirects=False) as client:
        app.state.connections.timeout = 1.0
        assert client.get("/sign-in").status_code == 200
        data = {"csrf": csrf(client, "/sign-in"), "email": "importer@example.test", "password": PASSWORD}
        answer = client.post("/sign-in", data=data)
        assert answer.status_code == 503 and "Nothing is lost" in answer.text and "127.0.0.1" not in answer.text
        client.cookies.update(cookies)
        for path in ("/importer", "/me", "/api/v1/me"):
            answer = client.get(path)
            assert answer.status_code == 503 and "psycopg" not in answer.text


def test_signing_out_clears_what_the_browser_keeps(portal: Portal) -> None:
    with portal.client("importer") as client:
        answer = client.post("/sign-out", data={"csrf": csrf(client, "/me")})
        assert answer.headers["clear-site-data"] == '"cache", "storage"'
        assert "Max-Age=0" in answer.headers["set-cookie"]


def test_a_session_that_was_planted_is_not_taken(portal: Portal) -> None:
    with portal.client() as client:
        client.cookies.set("__Host-tidewaiter", "a" * 64, domain="portal.test", path="/")
        client.get("/sign-in")
        from tests.portal.conftest import sign_in

        sign_in(client, "operations", portal.code)
        values = [c.value for c in client.cookies.jar if c.name == "__Host-tidewaiter"]
        assert "a" * 64 not in values and len(values[-1]) == 64 and set(values[-1]) <= set(string.hexdigits)


def test_nobody_can_sign_in_to_a_system_that_was_just_made(template: Any) -> None:
    from loaders import db, server

    with db.connect(server.url(template)) as conn:
        assert conn.execute("SELECT count(*) FROM portal_user").fetchone() == (0,)
