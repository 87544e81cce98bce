"""The first day of an applicant: from the first page, by an officer's hands, to the owner's first sign-in."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pyotp

from tests.portal.conftest import PASSWORD, Portal, violations

PNG = b"\x89PNG\r\n\x1a\n" + bytes(64) + b"IEND\xaeB`\x82"


def picture(page: Any, name: str) -> None:
    if folder := os.environ.get("TIDEWAITER_SCREENSHOTS"):
        page.screenshot(path=Path(folder) / f"portal-{name}.png", full_page=True)


def test_from_the_first_page_to_the_first_sign_in(portal: Portal, visit: Any) -> None:
    it = visit()
    page = it.page
    page.goto("/sign-in")
    page.get_by_role("link", name="Apply for one").click()
    page.get_by_role("button", name="Begin").click()
    page.locator("label", has_text="Importer: my firm brings goods in").click()
    page.get_by_role("button", name="Go on").click()
    page.get_by_label("Name of the firm").fill("Harbour Toys & Sons")
    page.get_by_label("Importer number").fill("1234")
    page.get_by_label("Industry").select_option("consumer")
    page.get_by_role("button", name="Go on").click()
    assert "found “1234”" in page.locator("#faults").inner_text()
    assert page.get_by_label("Name of the firm").input_value() == "Harbour Toys & Sons", "what was right stays"
    page.set_viewport_size({"width": 320, "height": 900})
    assert violations(page) == []
    picture(page, "applicant-1")
    page.set_viewport_size({"width": 1280, "height": 900})
    page.get_by_label("Importer number").fill("77-6655443")
    page.keyboard.press("Enter")
    page.get_by_label("Name", exact=True).fill("Ada Harbour")
    page.get_by_label("E-mail address").fill("Ada@harbour.example")
    page.get_by_role("button", name="Go on").click()
    page.locator("label[for=ctpat-yes]").click()
    page.get_by_label("Number of the membership").fill("CT-0815")
    page.get_by_label("Tier").select_option("2")
    page.get_by_label("A document that shows it").set_input_files(
        {"name": "proof.exe", "mimeType": "application/x-msdownload", "buffer": b"MZ\x90\x00"}
    )
    page.get_by_role("button", name="Go on").click()
    assert "no PDF, PNG or JPEG" in page.locator("#faults").inner_text()
    page.get_by_label("A document that shows it").set_input_files(
        {"name": "proof", "mimeType": "text/html", "buffer": PNG}
    )
    page.get_by_role("button", name="Go on").click()
    page.get_by_label("Filer codes of your brokers").fill("abc, xyz")
    page.locator("label", has_text="The firm has access").click()
    page.get_by_role("button", name="Go on").click()
    assert violations(page) == []
    page.get_by_role("button", name="Change Owner").click()
    page.get_by_label("Name", exact=True).fill("Ada B. Harbour")
    page.get_by_role("button", name="Go on").click()
    assert "Ada B. Harbour" in page.content() and "ABC XYZ" in page.content() and "with a document" in page.content()
    picture(page, "applicant-2")
    page.get_by_role("button", name="Hand in").click()
    reference = page.locator(".usa-alert__text strong").inner_text()
    link = page.locator(".tw-key a").inner_text()
    page.goto(link)
    assert "An officer looks at it" in page.content() and violations(page) == []

    # An officer looks at it, lets the firm in, and hands the owner's link over.
    it_officer = visit("officer")
    office = it_officer.page
    office.goto("/officer/applications")
    office.get_by_role("link", name=reference).click()
    with office.expect_download() as got:
        office.get_by_role("link", name="download its document (PNG)").click()
    assert Path(got.value.path()).read_bytes() == PNG
    for decision, reason in (("The firm qualifies", "Papers in order."), ("Make the account active", "Terms signed.")):
        office.locator("label", has_text=decision).click()
        office.get_by_label("Why").fill(reason)
        office.get_by_role("button", name="Record the decision").click()
    for width in (320, 1280):
        office.set_viewport_size({"width": width, "height": 900})
        assert violations(office) == []
    office.get_by_role("button", name="Make a link for Ada B. Harbour").click()
    invitation = office.locator("#invitation").inner_text()
    picture(office, "officer-application")
    office.goto("/officer/applications?industry=consumer")
    assert "Consumer goods" in office.content() and violations(office) == []

    # The owner's first sign-in.
    page.goto(link)
    assert "The account is active" in page.content()
    page.goto(invitation)
    page.get_by_label("New password").fill(PASSWORD)
    page.get_by_label("The same again").fill(PASSWORD)
    page.get_by_role("button", name="Set password").click()
    page.get_by_label("E-mail address").fill("ada@harbour.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    secret = page.locator("code").first.inner_text()
    page.get_by_label("Code").fill(pyotp.TOTP(secret).at(portal.house.now))
    page.locator("main button").first.click()
    page.goto("/me")
    assert "Harbour Toys &amp; Sons" in page.content()
    # Chromium tells of every answer 422 to a form that was not right, and of its own wishes for password forms.
    told = [words for words in it.told + it_officer.told if "422" not in words and not words.startswith("verbose")]
    assert told == []


def test_without_script_and_with_the_keyboard_alone(visit: Any) -> None:
    page = visit("", java_script_enabled=False).page
    page.goto("/apply")
    for _ in range(30):
        page.keyboard.press("Tab")
        if page.locator("button:focus").count():
            break
    page.keyboard.press("Enter")
    page.locator("#kind-importer").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.get_by_label("Filer code").wait_for()  # what a broker is asked for
