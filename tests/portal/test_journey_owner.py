"""An owner's day in Chromium: a broker is let in without amounts, a ledger is reconciled, a reader is invited."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pyotp

from tests.portal.conftest import PASSWORD, Portal, violations

PAGES = (
    *("/importer/authorities", "/importer/authorities/add", "/importer/alerts", "/importer/log"),
    *("/importer/reconcile", "/importer/reconcile/result", "/account", "/account/invite", "/account/hand-over"),
    *("/account/sub-accounts", "/help"),
)


def picture(page: Any, name: str) -> None:
    """A picture of the page at a desk and on a phone, where a folder for them is named."""
    if folder := os.environ.get("TIDEWAITER_SCREENSHOTS"):
        for width in (1280, 320):
            page.set_viewport_size({"width": width, "height": 900})
            page.screenshot(path=Path(folder) / f"{name}-{width}.png", full_page=width == 320)
        page.set_viewport_size({"width": 1280, "height": 900})


def accessible(page: Any) -> list[str]:
    found = []
    for width in (320, 768, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        found += violations(page)
        wide = page.evaluate("document.documentElement.scrollWidth")
        found += [f"the page is {wide} px wide at {width}"] if wide > width else []
    return found


def test_the_owner_lets_a_broker_in_reconciles_and_invites(portal: Portal, visit: Any, tmp_path: Path) -> None:
    whose, code = portal.accounts["importer"], portal.people.brokers["filer_code"].iloc[1]
    portal.conn.execute("DELETE FROM relationship")
    it = visit("importer", java_script_enabled=False)
    page = it.page
    # Who acts for me, without script.
    page.goto("/importer/authorities")
    page.get_by_role("link", name="Give an authority").click()
    page.get_by_label("Filer code of the broker").fill(code)
    page.get_by_text("See all filings on my number", exact=False).first.click()
    page.get_by_role("button", name="Go on to check").click()
    assert "May see the amounts" in page.content()
    picture(page, "check")
    page.get_by_role("button", name="Give this authority").click()
    assert "The authority is given" in page.content()
    picture(page, "given")
    # The ledger, without script: one line of each kind.
    rows = portal.house.ask(
        """SELECT e.filer_code || e.entry_number, coalesce(v.total_duty_cents, 0) FROM entry_summary e
        JOIN entry_summary_version v ON v.id = e.version_id WHERE e.importer_account_id = %s AND e.status = 'accepted'
        ORDER BY e.id""",
        whose,
    )
    lines = [f"{entry};{cents // 100},{cents % 100:02};PO {n}" for n, (entry, cents) in enumerate(rows[1:])]
    (tmp_path / "books.csv").write_text("\n".join(["Entry no.;Duty;Reference", *lines[:-1], f"{rows[-1][0]};1,00;PO x",
                                                   "ZZZ-1234567-8;5,00;not ours", "no entry;1,00;"]))  # fmt: skip
    page.goto("/importer/reconcile")
    picture(page, "reconcile")
    page.get_by_label("Your ledger, as CSV").set_input_files(tmp_path / "books.csv")
    page.get_by_role("button", name="Compare").click()
    assert "3 of" in page.locator(".usa-intro").inner_text() and "1 line was left out" in page.content()
    picture(page, "result")
    page.get_by_role("link", name="Different (1)", exact=True).click()
    assert page.locator("#lines tbody tr").count() == 1
    page.goto("/importer/alerts")
    picture(page, "alerts")
    page.locator(".tw-alerts a").first.click()
    picture(page, "filer")
    page.goto("/importer/log")
    picture(page, "log")
    # A reader without amounts.
    page.goto("/account/invite")
    page.get_by_label("Name").fill("Rita Reader")
    page.get_by_label("E-mail address").fill("rita@example.test")
    page.get_by_role("button", name="Invite").click()
    link = page.locator("#link").inner_text()
    picture(page, "invited")
    page.goto("/account")
    picture(page, "account")
    assert "Rita Reader" in page.content() and it.told == []

    rita = visit(java_script_enabled=False)
    page = rita.page
    page.goto("/" + link.split("/", 3)[3])
    for label in ("New password", "The same again"):
        page.get_by_label(label).fill(PASSWORD)
    page.get_by_role("button", name="Set password").click()
    page.get_by_label("E-mail address").fill("rita@example.test")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    secret = page.locator("code").first.inner_text().replace(" ", "")
    page.get_by_label("Code").first.fill(pyotp.TOTP(secret).at(portal.house.now))
    page.get_by_role("button", name="Go on").or_(page.get_by_role("button", name="Confirm")).first.click()
    page.goto("/importer/entries")
    assert "not shown" in page.content() and page.goto("/account").status == 403

    broker = visit("other_broker")
    broker.page.goto("/broker/authorities")
    assert portal.house.ask("SELECT name FROM account WHERE id = %s", whose)[0][0] in broker.page.content()

    desk = visit("importer")
    page = desk.page
    page.goto("/importer/reconcile")
    page.get_by_label("Your ledger, as CSV").set_input_files(tmp_path / "books.csv")
    page.get_by_role("button", name="Compare").click()
    for path in PAGES:
        page.goto(path)
        assert accessible(page) == [], path
    page.goto("/importer/authorities")
    page.locator("tbody th a").first.click()
    assert accessible(page) == []
    page.get_by_role("link", name="Revoke").press("Enter")
    assert accessible(page) == []
    page.get_by_role("button", name="Revoke now").press("Enter")
    page.get_by_text("The authority is revoked").wait_for()
    assert desk.told == []
    portal.conn.execute("DELETE FROM relationship")
