"""The first day of an officer: the queue, an account at a glance, an entry, a decision; by hand, by key, on a phone."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.portal.conftest import Portal, violations
from tests.portal.months import fill, restore
from tidewaiter import targeting


def picture(page: Any, name: str) -> None:
    if folder := os.environ.get("TIDEWAITER_SCREENSHOTS"):
        page.screenshot(path=Path(folder) / f"portal-{name}.png")


@pytest.fixture(scope="module")
def queued(portal: Portal) -> Iterator[Portal]:
    account = portal.accounts["importer"]
    fill(portal, account, 200_000_00, last=2_400_000_00)
    targeting.make_queue(portal.house.settings, date(2026, 9, 15), now=lambda: portal.house.now)
    yield portal
    restore(portal, account)


def test_the_morning_of_an_officer(queued: Portal, visit: Any) -> None:
    it = visit("officer")
    page = it.page
    account, public, name = queued.house.ask(
        "SELECT id, public_id, name FROM account WHERE id = %s", queued.accounts["importer"]
    )[0]
    page.goto("/officer")
    assert "First-time importer" in page.content()
    picture(page, "officer-1")
    for width in (320, 768, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        assert violations(page) == [], width
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"scrolls sideways at {width}"
        if width == 320:
            picture(page, "officer-4")
    page.get_by_label("Lane").select_option("change")
    page.get_by_role("button", name="Show").click()
    page.wait_for_url("**lane=change**")
    assert "times its usual month" in page.locator("#queue").inner_text()
    page.goto("/officer?lane=change")
    page.get_by_role("link", name=name).first.click()
    assert page.get_by_role("heading", name=name).is_visible()
    for width in (320, 768, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        assert violations(page) == [], width
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"scrolls sideways at {width}"
    page.set_viewport_size({"width": 1280, "height": 1500})
    picture(page, "officer-2")
    page.get_by_role("button", name="Look after this account").click()
    page.get_by_label("Write a note").fill("Asked the firm for its purchase contracts.")
    page.get_by_label("Who reads it").select_option("officers")
    page.get_by_role("button", name="Write").click()
    page.get_by_label("Step").fill("Send contracts of September")
    page.get_by_label("Due").fill("2026-10-15")
    page.get_by_role("button", name="Add").click()
    page.locator("#plan").get_by_role("button", name="Done with: Send contracts").click()
    assert "internal" in page.locator("#log").inner_text() and "done" in page.locator("#plan").inner_text()
    page.locator("label", has_text="Ask for documents").click()
    page.get_by_label("Why").fill("The value of September is twelve times the usual one.")
    page.get_by_role("button", name="Record the decision").click()
    assert "The queue said (rule)" in page.locator("#decisions").inner_text()

    page.goto(f"/officer/entries?account={public}")
    assert violations(page) == []
    page.locator("#entries tbody a").first.click()
    for width in (320, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        assert violations(page) == [], width
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"scrolls sideways at {width}"
    page.get_by_role("button", name="Record the decision").click()
    page.locator("#reason:invalid").wait_for()
    page.locator("label", has_text="Examine the goods").click()
    page.get_by_label("What was found").select_option("clean")
    page.get_by_label("Why").fill("Opened two cartons: as filed.")
    page.get_by_role("button", name="Record the decision").click()
    assert "clean" in page.locator("#decisions").inner_text()
    picture(page, "officer-3")
    page.goto("/officer/measure")
    assert violations(page) == []
    page.goto("/officer/accounts?mine=yes")
    assert name in page.content() and violations(page) == []
    assert it.told == []

    # The importer reads who looked; and never a score or a reason of the queue.
    with queued.client("importer") as client:
        seen = queued.house.ask("SELECT action FROM audit WHERE account_id = %s AND user_id IS NOT NULL", account)
        assert ("account at a glance",) in seen
        for path in ("/", "/importer", "/officer", f"/officer/accounts/{public}"):
            text = client.get(path, follow_redirects=True).text
            assert "of 100" not in text and "usual month" not in text


def test_the_queue_works_without_script_and_by_keys(queued: Portal, visit: Any) -> None:
    page = visit("officer", java_script_enabled=False).page
    page.goto("/officer")
    page.get_by_label("Lane").focus()
    page.get_by_label("Lane").select_option("first")
    page.keyboard.press("Tab")
    for _ in range(5):
        if page.locator("button:focus").count():
            break
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**lane=first**")
    page.locator("#queue h2 a").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/officer/entries/*")
