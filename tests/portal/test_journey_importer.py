"""An importer's first day in a real browser: what is owed, down to the record; a search; a filing; charts."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import pytest

from tests.portal.conftest import Portal, violations
from tidewaiter import rollup

pytestmark = pytest.mark.browser


def picture(page: Any, name: str) -> None:
    if folder := os.environ.get("TIDEWAITER_SCREENSHOTS"):
        page.screenshot(path=Path(folder) / f"portal-importer-{name}.png", full_page=False)


def test_an_importers_first_day(portal: Portal, visit: Any) -> None:
    """From what is owed to the columns of the broker's file, by keyboard where it matters; quiet and accessible."""
    rollup.refresh(portal.house.settings, lambda: portal.house.now)
    it = visit("importer")
    page = it.page
    page.set_viewport_size({"width": 1280, "height": 900})
    seen = []

    def look(name: str = "") -> None:
        seen.append(page.url)
        assert violations(page) == [], page.url
        if name:
            picture(page, name)

    page.goto("/importer")
    look("1")
    owed = page.locator("table").first.locator("tbody tr").first
    due = owed.locator("td.tw-n").inner_text()
    link = owed.get_by_role("link")
    link.focus()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/importer/statements/"))
    assert page.locator(".tw-facts dd").first.inner_text() == f"${due}"
    look("2")
    if page.get_by_role("heading", name="The daily statements that make it").count():
        page.locator("table").first.get_by_role("link").first.click()
        look()
    page.locator("table").first.get_by_role("link").first.click()
    page.wait_for_url(re.compile("/importer/entries/"))
    look("3")
    page.locator("table").first.locator("tbody tr").first.locator("td.tw-n a").last.click()
    page.wait_for_url(re.compile("/records"))
    assert page.locator("mark").count() == 1 and "duty amount" in page.content()
    look("4")

    page.goto("/importer/entries")
    page.get_by_label("Tariff number").fill("8")
    page.get_by_label("Tariff number").press("Enter")
    page.get_by_role("alert").get_by_text("two to ten digits").wait_for()
    page.get_by_label("Tariff number").fill("")
    page.get_by_label("State").select_option("open")
    page.get_by_role("button", name="Search").click()
    page.wait_for_url(re.compile("status=open"))  # swapped in place, and the address says so
    assert "found" in page.locator("#found").inner_text()
    look()
    page.goto("/importer/charts?by=chapter")
    assert page.locator("svg.tw-chart").count() == 4
    look("5")
    page.goto("/importer/filings")
    look()
    page.locator("table").first.get_by_role("link").first.click()
    with page.expect_download() as saved:
        page.get_by_role("link", name=re.compile("PDF")).first.click()
    assert saved.value.suggested_filename.endswith(".pdf")
    look()
    page.goto("/importer/statements")
    look()
    for width in (320, 768):
        page.set_viewport_size({"width": width, "height": 800})
        for address in seen:
            page.goto(address)
            assert violations(page) == [], (width, address)
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (width, address)
        picture(page, f"narrow-{width}")
    assert it.told == []


def test_the_main_path_without_script(portal: Portal, visit: Any) -> None:
    page = visit("importer", java_script_enabled=False).page
    page.goto("/importer")
    page.locator("table").first.get_by_role("link").first.click()
    page.locator("table").first.get_by_role("link").first.click()
    page.goto("/importer/entries")
    page.get_by_label("Port").select_option(index=1)
    page.get_by_role("button", name="Search").click()
    page.wait_for_url(re.compile("port="))
    page.locator("table").first.get_by_role("link").first.click()
    page.get_by_role("link", name="All records of this version").click()
    assert page.locator(".tw-line").count() > 5
