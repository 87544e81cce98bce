"""Every template that a link leads to, under axe at three widths, for whoever sees it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest

from tests.portal.conftest import PASSWORD, Portal, violations

TEMPLATES = Path(__file__).parents[2] / "portal" / "templates"
WIDTHS = (320, 768, 1280)
PERSONS = ("importer", "reader", "exporter", "broker", "officer", "operations", "nobody", "")
#: Parts of pages, and pages that only a form, a link once given, or a failure leads to: their journeys look at them.
APART = {
    *("base.html", "parts.html", "fragment.html", "apply_frame.html", "file_parts.html", "importer_parts.html"),
    *("officer_parts.html", "operations_parts.html", "exporter_parts.html", "invoice_parts.html"),
    *("file_x12.html",),
}
#: What a form, a link that was once given, or a state of its own leads to; most are looked at by the journeys.
FORMS_LEAD_TO = {
    *("apply_brokers.html", "apply_check.html", "apply_done.html", "apply_firm.html", "apply_kind.html"),
    *("apply_owner.html", "apply_programme.html", "apply_status.html", "authorities_check.html", "file_status.html"),
    *("importer_next.html", "importer_too_many.html", "invitation.html", "new_factor.html"),
    *("officer_application.html", "officer_measure.html", "owner_invited.html", "owner_join.html", "prove.html"),
    *("reconcile_result.html", "recovery_codes.html", "second_factor.html"),
}
MOST = 150


def links(html: str) -> Iterator[str]:
    for address in re.findall(r'href="(/[^"#]*)"', html):
        if not address.startswith("/static/"):
            yield unescape(address)


def crawl(portal: Portal, person: str, seen: dict[str, tuple[str, str]]) -> None:
    """Follow links from the first page: template -> (person, address) of the first page made of it."""
    used: list[str] = []
    look_up = portal.app.state.templates.get_template

    def noting(name: str, *args, **options):
        used.append(name)
        return look_up(name, *args, **options)

    portal.app.state.templates.get_template = noting
    try:
        with portal.client(person) as client:
            waiting, known = ["/", "/help", "/me", "/account", "/sign-in", "/apply", "/no-such-page"], set[str]()
            while waiting and len(known) < MOST:
                path = waiting.pop(0)
                shape = re.sub(r"[0-9a-f-]{20,}|\d+", "#", path.partition("?")[0])
                if shape in known:
                    continue
                known.add(shape)
                used.clear()
                answer = client.get(path)
                if answer.status_code in (302, 303):
                    waiting.append(answer.headers["location"])
                elif "text/html" in answer.headers["content-type"]:
                    if used:
                        seen.setdefault(used[0], (person, path))
                    waiting += links(answer.text)
    finally:
        portal.app.state.templates.get_template = look_up


@pytest.fixture(scope="module")
def pages(portal: Portal) -> dict[str, tuple[str, str]]:
    seen: dict[str, tuple[str, str]] = {}
    portal.conn.execute(  # an authority to look at, whatever tests before have ended
        """INSERT INTO relationship (from_account_id, to_account_id, kind, valid_from)
        VALUES (%s, %s, 'files_for', '2026-01-01') ON CONFLICT DO NOTHING""",
        [portal.accounts["broker"], portal.accounts["importer"]],
    )
    for person in PERSONS:
        crawl(portal, person, seen)
    return seen


def test_links_lead_to_every_template_but_those_of_forms(pages) -> None:
    every = {path.name for path in TEMPLATES.glob("*.html")}
    assert every - APART - FORMS_LEAD_TO <= set(pages)


@pytest.mark.parametrize("path", ["/second-factor", "/second-factor/new", "/invitation/0", "/officer/measure"])
def test_pages_on_the_way_in_are_accessible(portal: Portal, visit, path: str) -> None:
    it = visit("officer" if path.startswith("/officer") else "")
    if path.startswith("/second"):
        name = "half_way" if path.endswith("new") else "importer"
        if path.endswith("new"):
            portal.enrol(name, None)
            portal.conn.execute("UPDATE portal_user SET totp_secret = '' WHERE email = %s", [f"{name}@example.test"])
        it.page.goto("/sign-in")
        it.page.get_by_label("E-mail address").fill(f"{name}@example.test")
        it.page.get_by_label("Password").fill(PASSWORD)
        it.page.get_by_role("button", name="Sign in", exact=True).click()
    it.page.goto(path)
    for width in WIDTHS:
        it.page.set_viewport_size({"width": width, "height": 900})
        assert violations(it.page) == []


@pytest.mark.parametrize("person", PERSONS)
def test_what_links_lead_to_is_accessible(portal: Portal, pages, visit, person: str) -> None:
    mine = [(name, path) for name, (who, path) in pages.items() if who == person]
    if not mine:
        return
    it = visit(person)
    wrong = []
    for name, path in mine:
        it.page.goto(path)
        for width in WIDTHS:
            it.page.set_viewport_size({"width": width, "height": 900})
            wrong += [f"{name} at {width}: {words}" for words in violations(it.page)]
    assert wrong == []
    hints = ("verbose: ",)  # what the browser would do otherwise: no error, and nothing refused
    assert [line for line in it.told if "404" not in line and not line.startswith(hints)] == []
