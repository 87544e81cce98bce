"""The officer's rooms by HTTP: the queue, accounts, entries, decisions; and who may not see them."""

from __future__ import annotations

from datetime import date

import pytest

from tests.portal.conftest import Portal
from tidewaiter import targeting

DAY = date(2026, 9, 15)


@pytest.fixture(scope="module")
def queued(portal: Portal) -> Portal:
    targeting.make_queue(portal.house.settings, DAY, now=lambda: portal.house.now)
    return portal


def test_every_page_of_the_officer_opens(queued: Portal) -> None:
    account = queued.accounts["importer"]
    public = queued.house.one("SELECT public_id FROM account WHERE id = %s", account)
    broker = queued.house.one("SELECT public_id FROM account WHERE id = %s", queued.accounts["broker"])
    entry = queued.house.ask("SELECT id FROM entry_summary WHERE importer_account_id = %s LIMIT 1", account)[0][0]
    with queued.client("officer") as client:
        for path in ("/officer", "/officer?lane=first&whose=mine&reason=late&port=2704", "/officer/measure",
                     "/officer/accounts", "/officer/accounts?q=%25_%27&kind=broker", f"/officer/accounts/{public}",
                     f"/officer/accounts/{broker}", f"/officer/accounts/{public}?by=origin&of=CN", "/officer/entries",
                     f"/officer/entries?account={public}", "/officer/entries?number=zz", f"/officer/entries/{entry}",
                     "/officer/applications", "/officer/applications?status=received&industry=wood"):  # fmt: skip
            answer = client.get(path)
            assert answer.status_code == 200, f"{path}: {answer.status_code} {answer.text[-2000:]}"
