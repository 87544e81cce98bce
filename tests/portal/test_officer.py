"""The officer's rooms by HTTP: the queue, accounts, entries, decisions; and who may not see them."""

from __future__ import annotations

import re
from datetime import date, timedelta

import psycopg
import pytest

from loaders.portal import scope
from tests.portal.conftest import Portal, csrf
from tests.system import days
from tidewaiter import targeting

DAY = date(2026, 9, 15)


@pytest.fixture(scope="module")
def queued(portal: Portal) -> Portal:
    make(portal)
    return portal


def make(portal: Portal) -> targeting.Made:
    return targeting.make_queue(portal.house.settings, DAY, now=lambda: portal.house.now)


def public(portal: Portal, name: str) -> str:
    return portal.house.one("SELECT public_id FROM account WHERE id = %s", portal.accounts[name])


def first_item(portal: Portal) -> tuple[int, int]:
    """An entry that the last queue put forward by its rule, and its account."""
    return portal.house.ask("""SELECT entry_summary_id, account_id FROM queue_item WHERE chosen_by = 'rule'
        AND entry_summary_id IS NOT NULL AND run_id = (SELECT max(id) FROM queue_run) ORDER BY ordinal LIMIT 1""")[0]


def test_every_page_of_the_officer_opens_and_is_noted(queued: Portal) -> None:
    account, broker = public(queued, "importer"), public(queued, "broker")
    id = queued.accounts["importer"]
    (entry,) = queued.house.ask("SELECT id FROM entry_summary WHERE importer_account_id = %s LIMIT 1", id)[0]
    seen = "SELECT count(*) FROM audit WHERE account_id = %s AND action = %s"
    before = [queued.house.one(seen, id, action) for action in ("account at a glance", "entry summary")]
    with queued.client("officer") as client:
        for path in ("/officer", "/officer?lane=first&whose=mine&reason=late&port=2704", "/officer?lane=x&after=9999",
                     "/officer/measure", "/officer/accounts", "/officer/accounts?q=%25_%27&kind=broker",
                     f"/officer/accounts/{account}", f"/officer/accounts/{broker}",
                     f"/officer/accounts/{account}?by=origin&of=CN", "/officer/entries",
                     f"/officer/entries?account={account}", "/officer/entries?number=zz", f"/officer/entries/{entry}",
                     "/officer/applications", "/officer/applications?status=received&industry=wood"):  # fmt: skip
            answer = client.get(path)
            assert answer.status_code == 200, f"{path}: {answer.status_code}"
            assert len(answer.content) < 100_000
        for path in ("/officer/accounts/x", "/officer/entries/1", "/officer/applications/x"):
            assert client.get(path).status_code == 404
    after = [queued.house.one(seen, id, action) for action in ("account at a glance", "entry summary")]
    assert [now - then for now, then in zip(after, before, strict=True)] == [2, 1]


def test_the_list_of_accounts_goes_on_where_it_stopped_and_finds_by_a_part(queued: Portal) -> None:
    with queued.client("officer") as client:
        names, path = [], "/officer/accounts?size=25"
        for _ in range(9):
            page = client.get(path).text
            names += re.findall(r'<th scope="row"><a href="/officer/accounts/([\w-]+)"', page)
            following = re.search(r'href="(/officer/accounts\?[^"]*after=[^"]*)"', page)
            if not following:
                break
            path = following[1].replace("&amp;", "&")
        wanted = queued.house.ask("SELECT public_id FROM account WHERE kind <> 'office' ORDER BY name, id")
        assert names == [it for (it,) in wanted]
        number = queued.house.one("SELECT number FROM account WHERE id = %s", queued.accounts["importer"])
        assert number in client.get("/officer/accounts", params={"q": number[2:8].lower()}).text
        assert "No account fits" in client.get("/officer/accounts?q=no%20such").text


def test_nobody_but_officers_sees_queue_or_decisions(queued: Portal) -> None:
    id = queued.accounts["importer"]
    with queued.client():
        for reach in (
            scope.NOBODY,
            scope.Scope(user_id=1, accounts=(id,), importers=(id,)),
            scope.Scope(operations=True),
        ):
            with scope.scoped(queued.app.state.connections, reach) as conn:
                for table in ("queue_item", "queue_run", "decision"):
                    assert conn.execute(f"SELECT count(*) AS n FROM {table}").fetchone()["n"] == 0
        with scope.scoped(queued.app.state.connections, scope.Scope(officer=True)) as conn:
            assert conn.execute("SELECT count(*) AS n FROM queue_item").fetchone()["n"] > 0


def test_a_decision_needs_a_reason_keeps_what_the_queue_said_and_stays(queued: Portal) -> None:
    make(queued)
    entry, _ = first_item(queued)
    path = f"/officer/entries/{entry}"
    with queued.client("officer") as client:
        assert f'href="{path}"' in client.get("/officer?lane=first").text
        data = {"csrf": csrf(client, path), "result": "examine", "finding": ""}
        assert client.post(f"{path}/decision", data=data).status_code == 422
        assert client.post(f"{path}/decision", data=data | {"reason": "x", "result": "hang"}).status_code == 422
        assert client.post(f"{path}/decision", data=data | {"reason": "Opened it."}).status_code == 303
        assert f'href="{path}"' not in client.get("/officer?lane=first").text, "it is done"
    row = queued.house.ask(
        "SELECT reason, chosen_by, reasons_shown FROM decision WHERE entry_summary_id = %s ORDER BY id DESC LIMIT 1",
        entry,
    )[0]
    assert row[:2] == ("Opened it.", "rule") and row[2].startswith("First-time importer")
    for statement in ("UPDATE decision SET reason = 'y'", "DELETE FROM decision"):
        with (
            queued.client(),
            pytest.raises(psycopg.errors.InsufficientPrivilege),
            scope.scoped(queued.app.state.connections, scope.Scope(officer=True)) as conn,
        ):
            conn.execute(statement)


def test_clean_results_lower_the_rule_until_it_ends(queued: Portal) -> None:
    queued.house.now += timedelta(minutes=1)
    make(queued)
    points = """SELECT max(score) FROM queue_item WHERE run_id = (SELECT max(id) FROM queue_run)
        AND account_id = %s AND lane = 'first'"""
    _, account = first_item(queued)
    scores = [queued.house.one(points, account)]
    for _ in range(3):
        entry = queued.house.ask(
            """SELECT entry_summary_id FROM queue_item WHERE account_id = %s AND entry_summary_id IS NOT NULL
            AND run_id = (SELECT max(id) FROM queue_run) ORDER BY ordinal LIMIT 1""", account)[0][0]  # fmt: skip
        path = f"/officer/entries/{entry}"
        with queued.client("officer") as client:
            data = {"csrf": csrf(client, path), "result": "release", "finding": "clean", "reason": "As filed."}
            assert client.post(f"{path}/decision", data=data).status_code == 303
        make(queued)
        scores.append(queued.house.one(points, account))
    assert scores == [45, 30, 15, None], scores
    with queued.client("officer") as client:
        assert "%" in client.get("/officer/measure").text


def test_making_the_queue_again_draws_the_same_and_shows_the_latest(queued: Portal) -> None:
    chosen = "SELECT entry_summary_id FROM queue_item WHERE run_id = %s AND chosen_by = 'random' ORDER BY 1"
    runs = [make(queued).run for _ in range(2)]
    assert queued.house.ask(chosen, runs[0]) == queued.house.ask(chosen, runs[1])
    key = queued.house.settings.keys / targeting.KEY
    assert key.stat().st_mode & 0o077 == 0 and len(key.read_bytes()) == 32


def test_a_suspended_filer_transmits_no_more_until_it_is_active_again(queued: Portal) -> None:
    path, id = f"/officer/accounts/{public(queued, 'other_broker')}", queued.accounts["other_broker"]
    number = queued.house.one("SELECT number FROM account WHERE id = %s", id)
    file = next(it for it in days.day(60, seed=5, brokers=2, importers=4).files if f"B-{it.sender}" == number)
    told = """SELECT count(*) FROM arrival a JOIN condition c ON c.interchange_id = a.interchange_id
        WHERE a.name = %s AND c.code = ANY(%s)"""
    refused = []
    with queued.client("officer") as client:
        for result, status in (("suspend", "suspended"), ("activate", "active")):
            data = {"csrf": csrf(client, path), "result": result, "finding": "", "reason": "Its bond ended."}
            assert client.post(f"{path}/decision", data=data).status_code == 303
            assert client.post(f"{path}/decision", data=data).status_code == 409, "it is so already"
            assert queued.house.one("SELECT status FROM account WHERE id = %s", id) == status
            queued.house.bring(number, f"{result}.abi", file.data, mode="check")
            queued.house.answer()
            refused.append(queued.house.one(told, f"{result}.abi", ["X09", "X17", "X18", "X20"]) > 0)
    assert refused == [True, False]
    assert queued.house.ask("SELECT result FROM decision WHERE account_id = %s ORDER BY id", id) == [
        ("suspend",), ("activate",)
    ]  # fmt: skip
