"""Operations' first day in a real browser: is everything accounted for, what waits, what is set aside, who sends."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from loaders import intake as registry
from loaders import quarantine
from tests.portal.conftest import Visit, serving
from tests.portal.filed import Filed, filed
from tests.portal.test_journey_broker import shot, sound
from tests.portal.test_operations import X12
from tests.system.conftest import builder

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def day(template, tmp_path_factory) -> Iterator[Filed]:
    for build in builder(template, tmp_path_factory.mktemp("operations")):
        yield filed(build())


def test_the_first_day_of_operations(day: Filed, chromium: Any) -> None:
    house = day.portal.house
    house.use_up("B-DU8", "A", "B")
    house.put("B-DU8", "x12.edi", X12)
    house.run()
    house.put("B-KB6", "late.abi", day.files[-1].data.replace(b"6966", b"6963"))
    house.receive()
    with serving(day.portal) as origin:
        visit = Visit(chromium, origin, day.portal, "operations")
        page = visit.page
        assert page.get_by_role("heading", name="Conservation board").is_visible()
        assert page.get_by_text("Holds in every hour").is_visible()
        sound(page)
        shot(page, "operations-1")
        page.get_by_role("link", name="Answers").focus()
        page.keyboard.press("Enter")
        page.get_by_label("Overdue after minutes").fill("0")
        page.keyboard.press("Enter")
        page.get_by_role("link", name="late.abi").wait_for()
        sound(page)
        page.get_by_role("link", name="late.abi").click()
        assert page.get_by_text("Waits to be computed.").is_visible()
        sound(page)
        page.get_by_role("link", name="Oldest", exact=True).click()
        sound(page)
        page.get_by_role("link", name="Set aside", exact=True).click()
        sound(page)
        shot(page, "operations-2")
        command = page.get_by_label("Command to put it back").inner_text()
        sha256 = command.removeprefix("tidewaiter requeue ")
        put_back = quarantine.quarantined(house.conn, sha256)["interchange_id"].tolist()
        registry.requeue(house.conn, put_back)
        house.run()
        page.reload()
        assert page.get_by_text("no interchange control numbers are left").is_visible(), (
            "put back, and set aside again for its reason"
        )
        page.get_by_role("link", name="x12.edi").click()
        assert page.locator("tbody tr").count() >= 5
        page.get_by_role("link", name="Partners").click()
        sound(page)
        page.get_by_role("link", name="Conservation", exact=True).click()
        assert page.get_by_text("0 in flight").first.is_visible()
        house.conn.execute("DELETE FROM delivery; DELETE FROM acknowledgment")
        page.reload()
        alert = page.locator(".usa-alert--error").first
        assert "does not hold" in alert.inner_text() and "not accounted for" in alert.inner_text()
        sound(page)
        shot(page, "operations-3")
        assert visit.told == []
        visit.close()
        plain = Visit(chromium, origin, day.portal, "operations", java_script_enabled=False)
        plain.page.get_by_role("link", name="Answers").click()
        plain.page.get_by_label("Overdue after minutes").fill("10000")
        plain.page.get_by_role("button", name="Show").click()
        assert plain.page.get_by_text("0 files older than 10000 minutes.").is_visible()
        plain.close()
