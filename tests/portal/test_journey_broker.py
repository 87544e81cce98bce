"""A broker's first day in a real browser: a file with errors seen in words, the failed part downloaded, mended, sent
again and answered; with and without script, by keyboard, at three widths."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.portal.conftest import Visit, serving, violations
from tests.portal.filed import MIXED, Filed, filed
from tests.portal.test_broker_files import hinted, lading
from tests.system.conftest import builder

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def day(template, tmp_path_factory) -> Iterator[Filed]:
    for build in builder(template, tmp_path_factory.mktemp("broker")):
        yield filed(build())


@pytest.fixture(scope="module")
def origin(day) -> Iterator[str]:
    with serving(day.portal) as address:
        yield address


def shot(page: Any, name: str) -> None:
    if folder := os.environ.get("TIDEWAITER_SCREENSHOTS"):
        page.screenshot(path=Path(folder) / f"portal-{name}.png")


def sound(page: Any) -> None:
    """Nothing that axe objects to at three widths, and nothing wider than a phone."""
    for width in (320, 768, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        assert violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_first_day_of_a_broker(day: Filed, origin: str, chromium: Any) -> None:
    house = day.portal.house
    house.put("B-DU8", "early.abi", day.sent(MIXED).replace(b"6966", b"6964"))
    house.receive()
    visit = Visit(chromium, origin, day.portal, "broker")
    page = visit.page
    assert page.url.endswith("/broker")
    sound(page)
    page.get_by_role("link", name="early.abi").click()
    assert "waits for its turn" in page.inner_text("#status")
    sound(page)
    house.run()
    page.get_by_text("What is wrong").wait_for()  # by itself
    page.get_by_role("link", name="My files").first.click()
    page.get_by_label("File name has").fill("0002")  # by keyboard: a field, then Enter
    page.keyboard.press("Enter")
    page.get_by_text("1 file", exact=True).wait_for()
    assert "name=0002" in page.url, "the filter can be kept as an address"
    shot(page, "broker-1")
    page.get_by_role("link", name=MIXED).focus()
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="What is wrong").wait_for()
    sound(page)
    assert page.locator(".tw-reason .tw-record mark").count() == 3 + 2
    page.locator("#wrong").evaluate("heading => heading.scrollIntoView()")
    shot(page, "broker-2")
    text = page.content()
    page.get_by_label("Communication password").fill(day.portal.people.brokers["password"].iloc[0])
    with page.expect_download() as waited:
        page.keyboard.press("Enter")
    made = Path(waited.value.path()).read_bytes()
    assert waited.value.suggested_filename == "DU8-260915-0002.failed.abi"
    for was, should in hinted(text):
        made = made.replace(was, should)
    house.put("B-DU8", waited.value.suggested_filename, lading(made))
    house.run()
    page.reload()
    assert page.get_by_text("Nothing is left to be sent").is_visible()
    page.get_by_role("link", name="My files").first.click()
    page.get_by_role("link", name=waited.value.suggested_filename).click()
    assert "3 accepted" in page.inner_text(".tw-facts")
    assert page.get_by_text("Nothing: every filing was accepted without a remark.").is_visible()
    for link, heading in (("My filings", "My filings"), ("Authorities I hold", "Authorities I hold"),
                          ("Month close", "Month close: September 2026")):  # fmt: skip
        page.get_by_role("link", name=link, exact=True).first.click()
        page.get_by_role("heading", name=heading, exact=True).wait_for()
        sound(page)
    shot(page, "broker-3")
    page.get_by_role("link", name="My filings", exact=True).click()
    page.locator("tbody a").first.click()
    page.get_by_role("heading", name="As it was sent").wait_for()
    sound(page)
    assert visit.told == []
    visit.close()


def test_without_script_and_on_a_phone_the_way_is_the_same(day: Filed, origin: str, chromium: Any) -> None:
    visit = Visit(
        chromium, origin, day.portal, "broker", java_script_enabled=False, viewport={"width": 320, "height": 640}
    )
    page = visit.page
    page.locator("label[for=rejections]").click()
    page.get_by_role("button", name="Show").click()
    assert "rejections=1" in page.url
    page.get_by_role("link", name="DU8-260915-0001.abi").click()
    assert page.get_by_role("heading", name="What is wrong").is_visible()
    with page.expect_download() as waited:
        page.get_by_role("button", name="Download the failed part").click()
    assert Path(waited.value.path()).read_bytes().startswith(b"A5301DU8      ")
    with page.expect_download() as waited:
        page.get_by_role("link", name="Reasons in words").click()
    assert waited.value.suggested_filename == "DU8-260915-0001.abi.reasons.csv"
    page.get_by_role("link", name="Month close").click()
    assert page.get_by_text("not mended").is_visible()
    visit.close()
