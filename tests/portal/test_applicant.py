"""Applying by HTTP: what is refused, what is kept, the test's limit and its waiting list, the links."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from starlette.testclient import TestClient

from loaders.archive import Archive
from portal.app import create_app
from portal.evidence import EICAR
from tests.portal.conftest import ORIGIN, Portal, csrf

PNG = b"\x89PNG\r\n\x1a\n" + bytes(64) + b"IEND\xaeB`\x82"
PDF = b"%PDF-1.7\n1 0 obj <<>> endobj\ntrailer <<>>\n%%EOF\n"
GOOD: dict[str, dict[str, str]] = {
    "kind": {"kind": "importer"},
    "firm": {"name": "Kite Works", "identifier": "55-1234567", "industry": "consumer"},
    "owner": {"owner_name": "Kim Kite", "owner_email": "kim@kite.example"},
    "programme": {"ctpat": "no"},
    "brokers": {"brokers": "ABC", "internet": "yes"},
}


@pytest.fixture
def client(portal: Portal) -> Iterator[TestClient]:
    """Somebody without a login; an hour later than whoever asked before."""
    portal.house.now += timedelta(hours=2)
    with portal.client() as client:
        yield client


def answer(client: TestClient, page: str, step: str, fields: dict[str, str], **more: Any) -> Any:
    """Send the form of a page on."""
    sealed = re.search(r'name="sealed" value="([^"]*)"', page)
    data = {"csrf": csrf(client, "/apply"), "step": step, "sealed": sealed[1] if sealed else "", **fields}
    return client.post("/apply", data=data, **more)


def filled(client: TestClient, **instead: dict[str, str]) -> str:
    """The page of all answers to check."""
    page = client.get("/apply").text
    for step, fields in {**GOOD, **instead}.items():
        shown = answer(client, page, step, fields)
        assert shown.status_code == 200, shown.text
        page = shown.text
    return page


def handed_in(client: TestClient, **instead: dict[str, str]) -> tuple[str, str]:
    """Reference and link of an application."""
    done = answer(client, filled(client, **instead), "submit", {})
    assert done.status_code == 200, done.text
    reference, link = re.search(r"<strong>(TW-\w+)</strong>", done.text), re.search(r"/apply/status/\w+", done.text)
    assert reference and link
    return reference[1], link[0]


@pytest.mark.parametrize(
    ("step", "fields", "words"),
    [
        ("kind", {"kind": "pirate"}, "Choose what kind"),
        ("firm", {"identifier": "55-123456"}, "found “55-123456”"),
        ("firm", {"identifier": "00-0000000"}, "all zeros"),
        ("firm", {"name": " "}, "Write the name"),
        ("firm", {"industry": "magic"}, "Choose an industry"),
        ("owner", {"owner_email": "kim at kite"}, "Write an e-mail address"),
        ("programme", {"ctpat": "yes"}, "Write the number of the membership"),
        ("programme", {"ctpat": "maybe"}, "Say whether"),
        ("brokers", {"brokers": "ABC ABCD"}, "found “ABCD”"),
        ("brokers", {"internet": ""}, "through the Internet only"),
    ],
)
def test_what_is_wrong_is_told_at_its_question_and_what_was_right_stays(client, step, fields, words):
    page = client.get("/apply").text
    for name in GOOD:
        if name == step:
            break
        page = answer(client, page, name, GOOD[name]).text
    shown = answer(client, page, step, GOOD[step] | fields)
    assert shown.status_code == 422 and words in shown.text
    if step == "firm" and "name" not in fields:
        assert "Kite Works" in shown.text


def test_a_broker_gives_its_filer_code(client):
    page = answer(client, client.get("/apply").text, "kind", {"kind": "broker"}).text
    assert "three letters or digits" in answer(client, page, "firm", GOOD["firm"]).text
    assert answer(client, page, "firm", GOOD["firm"] | {"identifier": "q7x"}).status_code == 200


def test_a_question_cannot_be_skipped_and_answers_of_others_are_not_taken(client, portal):
    first = answer(client, client.get("/apply").text, "kind", GOOD["kind"]).text
    skipped = answer(client, first, "submit", {})
    assert skipped.status_code == 200 and "Which firm?" in skipped.text
    assert "Which firm?" in answer(client, first, "brokers", GOOD["brokers"]).text
    forged = answer(client, '<input name="sealed" value="gAAAAABforged">', "submit", {})
    assert forged.status_code == 403
    ready = filled(client)
    portal.house.now += timedelta(hours=3)
    assert answer(client, ready, "submit", {}).status_code == 403, "it has lain too long"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "is empty"),
        (b"<html><script>alert(1)</script>", "no PDF, PNG or JPEG"),
        (b"GIF89a" + bytes(50), "no PDF, PNG or JPEG"),
        (PDF + EICAR, "test pattern"),
        (PDF.replace(b"<<>>", b"<</OpenAction 2 0 R>>", 1), "can act by itself"),
        (PDF.replace(b"<<>>", b"<</J#61vaScript (x)>>", 1), "can act by itself (JavaScript)"),
        (PNG[:8] + bytes(5_000_000) + PNG[8:], "at most 5,000,000"),
    ],
)
def test_a_file_is_what_its_content_says_and_what_could_act_is_not_kept(client, portal, data, words):
    page = client.get("/apply").text
    for name in ("kind", "firm", "owner"):
        page = answer(client, page, name, GOOD[name]).text
    member = {"ctpat": "yes", "ctpat_number": "CT-1", "ctpat_tier": "1"}
    kept = sum(1 for path in (portal.house.settings.home / "archive").rglob("*") if path.is_file())
    shown = answer(client, page, "programme", member, files={"evidence": ("proof.pdf", data, "application/pdf")})
    assert words in shown.text or (not data and shown.status_code == 200)
    assert sum(1 for path in (portal.house.settings.home / "archive").rglob("*") if path.is_file()) == kept


def test_a_document_is_kept_under_its_hash_and_given_to_officers_as_a_download(client, portal):
    page = client.get("/apply").text
    for name in ("kind", "firm", "owner"):
        page = answer(client, page, name, GOOD[name]).text
    member = {"ctpat": "yes", "ctpat_number": "CT-1", "ctpat_tier": "3"}
    page = answer(client, page, "programme", member, files={"evidence": ("../../x.html", PDF, "text/html")}).text
    page = answer(client, page, "brokers", GOOD["brokers"]).text
    done = answer(client, page, "submit", {})
    reference = re.search(r"<strong>(TW-\w+)</strong>", done.text)[1]
    evidence = portal.house.one("SELECT evidence FROM application WHERE reference = %s", reference)
    assert Archive(portal.house.settings.archive).get(evidence.split(".")[0]) == PDF and evidence.endswith(".pdf")
    with portal.client("officer") as officer:
        got = officer.get(f"/officer/applications/{reference}/evidence")
        assert got.content == PDF and got.headers["content-disposition"].startswith("attachment")
        assert "sandbox" in got.headers["content-security-policy"] and got.headers["content-type"] == "application/pdf"
    with portal.client("importer") as other:
        assert other.get(f"/officer/applications/{reference}/evidence").status_code == 403


def test_only_the_link_shows_how_an_application_stands(client, portal):
    reference, link = handed_in(client)
    assert reference in client.get(link).text
    for wrong in ("/apply/status/x", link[:-1] + ("0" if link[-1] != "0" else "1"), f"/apply/status/{reference}"):
        assert client.get(wrong).status_code == 404
    stored = portal.house.ask("SELECT hash FROM portal_token WHERE purpose = 'application'")
    assert link.rsplit("/", 1)[1] not in {hash for (hash,) in stored}
    portal.house.now += timedelta(days=800)
    assert client.get(link).status_code == 404
    portal.house.now -= timedelta(days=800)


def test_beyond_the_limit_there_is_a_waiting_list_in_order_and_places_go_to_who_waits(portal):
    """The firms that have an account, and applications undecided, take places; who comes later waits."""
    from loaders.portal import applications, scope

    with portal.client(), scope.scoped(portal.app.state.connections) as conn:
        taken = applications.places(conn)
    full = dataclasses.replace(portal.config, limit=taken.holders + taken.received + taken.waiting)
    app = create_app(full)
    portal.house.now += timedelta(hours=2)
    with TestClient(app, base_url=ORIGIN, headers={"origin": ORIGIN}, follow_redirects=False) as client:
        assert "places are taken" in client.get("/apply").text
        first, first_link = handed_in(client)
        _, second_link = handed_in(client)
        assert f"number {taken.waiting + 1}" in client.get(first_link).text
        assert f"number {taken.waiting + 2}" in client.get(second_link).text
    portal.conn.execute("UPDATE account SET status = 'applied' WHERE id = %s", [portal.accounts["other_importer"]])
    try:
        with portal.client("officer") as officer:
            page = officer.get("/officer/applications").text
            assert first in page and "has waited longest" in page
            data = {"csrf": csrf(officer, f"/officer/applications/{first}"), "decision": "qualify", "reason": "x"}
            assert officer.post(f"/officer/applications/{first}", data=data).status_code == 409, "it waits"
            done = officer.post(f"/officer/applications/{first}", data=data | {"decision": "take", "reason": "free"})
            assert done.status_code == 303
        with TestClient(app, base_url=ORIGIN, headers={"origin": ORIGIN}) as client:
            assert "An officer looks at it" in client.get(first_link).text
            assert f"number {taken.waiting + 1}" in client.get(second_link).text, "who waits moves up"
    finally:
        portal.conn.execute("UPDATE account SET status = 'active' WHERE id = %s", [portal.accounts["other_importer"]])


def test_too_much_from_one_address_is_refused(portal):
    portal.house.now += timedelta(hours=2)
    with portal.client() as client:
        ready = filled(client)
        codes = [answer(client, ready, "submit", {}).status_code for _ in range(12)]
    assert codes[:10] == [200] * 10 and set(codes[10:]) == {429}
    portal.house.now += timedelta(hours=2)


def test_an_owner_with_a_login_joins_and_nobody_gets_a_link_to_anothers_account(client, portal):
    """A person who has a login is asked; one whom another account invited comes in there first."""
    portal.enrol("known", None)
    with portal.client("officer") as officer:
        answers = []
        for number, email in (("66-0000001", "known@example.test"), ("66-0000002", "fresh@example.test"),
                              ("66-0000003", "fresh@example.test")):  # fmt: skip
            reference, _ = handed_in(
                client, firm=GOOD["firm"] | {"identifier": number}, owner={"owner_name": "K", "owner_email": email}
            )
            path = f"/officer/applications/{reference}"
            for decision in ("qualify", "activate"):
                data = {"csrf": csrf(officer, path), "decision": decision, "reason": "In order."}
                assert officer.post(path, data=data).status_code == 303
            answers.append(officer.post(f"{path}/invite", data={"csrf": csrf(officer, path)}))
            again = officer.post(f"{path}/invite", data={"csrf": csrf(officer, path)})
            assert again.status_code == answers[-1].status_code, "a link that was lost is made anew, or refused again"
    assert [it.status_code for it in answers] == [200, 200, 409]
    assert "/join/" in answers[0].text and "/invitation/" in answers[1].text
