"""An exporter's first day in a real browser: what has to be mended, a filing and its proof, who files, a statement."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import pytest

from tests.portal.conftest import Portal, violations

pytestmark = pytest.mark.browser


def test_an_exporters_first_day(portal: Portal, visit: Any) -> None:
    """From what was rejected to how to mend it; a search by keyboard; proof; an agent; quiet and accessible."""
    it = visit("exporter")
    page = it.page
    page.set_viewport_size({"width": 1280, "height": 900})

    def look(name: str = "") -> None:
        assert violations(page) == [], page.url
        if name and (folder := os.environ.get("TIDEWAITER_SCREENSHOTS")):
            page.screenshot(path=Path(folder) / f"portal-exporter-{name}.png", full_page=False)

    page.goto("/")
    assert page.url.endswith("/exporter")
    look("1")
    mend = page.get_by_role("link", name="SEP-3").first
    mend.focus()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/exporter/refused/"))
    assert page.get_by_text("To mend it:").count() and page.get_by_text("Field L1302").count()
    look("2")

    page.goto("/exporter/filings")
    page.get_by_label("Schedule B number").fill("x")
    page.get_by_label("Schedule B number").press("Enter")
    page.get_by_role("alert").get_by_text("two to ten digits").wait_for()
    page.get_by_label("Schedule B number").fill("0712.31")
    page.get_by_role("button", name="Search").click()
    page.wait_for_url(re.compile("number=0712"))  # swapped in place, and the address says so
    page.locator("#found").get_by_text("1 filing found").wait_for()
    page.get_by_role("link", name="SEP-1").click()
    page.wait_for_url(re.compile(r"/exporter/filings/\d+$"))
    assert page.get_by_text("country of destination: DE to FR").count() == 1
    look()
    page.get_by_role("link", name="Proof of filing, to print").click()
    assert page.get_by_text(re.compile(r"^AES X\d{14}$")).is_visible()
    look()
    page.goto("/exporter/agents")
    look()
    page.goto("/exporter/statements")
    page.locator("table").first.get_by_role("link").first.click()
    with page.expect_download() as saved:
        page.get_by_role("link", name=re.compile("the whole statement, PDF")).click()
    assert saved.value.suggested_filename == "2026-08-export-v1-statement.pdf"
    for width in (320, 768):
        page.set_viewport_size({"width": width, "height": 800})
        for address in ("/exporter", "/exporter/filings", page.url):
            page.goto(address)
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (width, address)
    assert it.told == []
