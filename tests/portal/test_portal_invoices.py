"""Invoices beside what was declared, for the importer and the broker, and for nobody else."""

from __future__ import annotations

import re
from html import unescape

import psycopg
import pytest
from psycopg.rows import dict_row

from loaders.portal import api
from tests.portal.conftest import Portal
from tidewaiter import database

AMOUNT = re.compile(r"\d,\d{3}\.\d\d|\$\d")


@pytest.fixture(scope="module")
def mine(portal: Portal) -> list[tuple]:
    """The importer's invoices: ``id number state total entry``."""
    found = portal.house.ask(
        """SELECT i.id, i.invoice_number, i.match_state, i.total_cents, (SELECT min(k.entry_summary_id)
        FROM invoice_entry k WHERE k.invoice_id = i.id) FROM invoice i WHERE i.importer_account_id = %s
        ORDER BY i.id DESC""", portal.accounts["importer"])  # fmt: skip
    assert {row[2] for row in found} >= {"matched", "different"}
    return found


def numbers(text: str) -> list[int]:
    return [int(id) for id in re.findall(r'<th scope="row" class="tw-wrap"><a href="/\w+/invoices/(\d+)"', text)]


def test_the_list_is_searched_and_shows_how_each_stands(portal: Portal, mine: list[tuple]) -> None:
    with portal.client("importer") as client:
        text = client.get("/importer/invoices?size=100").text
        assert numbers(text) == [row[0] for row in mine][:100]
        for state in ("matched", "different", "waiting", "cancelled"):
            text = client.get(f"/importer/invoices?size=100&state={state}").text
            assert numbers(text) == [row[0] for row in mine if row[2] == state], state
        id, number, _, _, entry = next(row for row in mine if row[4])
        assert numbers(client.get(f"/importer/invoices?number={number}").text) == [id]
        ((filer, digits),) = portal.house.ask("SELECT filer_code, entry_number FROM entry_summary WHERE id = %s", entry)
        asked = client.get(f"/importer/invoices?entry={filer}-{digits[:7]}-{digits[7:]}").text
        assert set(numbers(asked)) == {row[0] for row in mine if row[4] == entry}
        for wrong in ("entry=x", "from=2026-09-02&to=2026-09-01", "from=soon"):
            assert client.get(f"/importer/invoices?{wrong}").status_code == 422


def test_what_differs_is_told_in_words_with_a_way_to_the_entry_and_back(portal: Portal, mine: list[tuple]) -> None:
    words = {"value": "value: the invoice says", "quantity": "quantity: the invoice says",
             "hts": "tariff number: the invoice says", "origin": "country of origin: the invoice says"}  # fmt: skip
    seen = set()
    with portal.client("importer") as client:
        for id, number, state, _, entry in mine:
            if state != "different":
                continue
            text = unescape(client.get(f"/importer/invoices/{id}").text)
            lines = portal.house.ask("""SELECT m.line, m.state, m.differences, m.entry_summary_id, m.entry_version_id,
                m.declared_line FROM invoice_match m WHERE m.invoice_id = %s""", id)  # fmt: skip
            for line, how, differences, to, version, declared in lines:
                if how == "missing":
                    assert "<strong>not declared</strong>" in text
                    continue
                assert f"/importer/entries/{to}?version={version}#line-{declared}" in text
                for field in differences.split():
                    seen.add(field)
                    assert words[field] in text and f"Line {line}" in text
            back = client.get(f"/importer/entries/{entry}").text
            assert f'/importer/invoices/{id}"' in back and number in back and 'id="line-1"' in back
    assert {"value", "hts"} & seen


def test_a_broker_sees_what_it_sent_and_nobody_what_is_anothers(portal: Portal, mine: list[tuple]) -> None:
    query = "SELECT id FROM invoice WHERE filer_account_id = %s"
    sent = {
        name: [id for (id,) in portal.house.ask(query, portal.accounts[name])] for name in ("broker", "other_broker")
    }
    assert all(sent.values())
    for name, other in (("broker", "other_broker"), ("other_broker", "broker")):
        with portal.client(name) as client:
            assert set(numbers(client.get("/broker/invoices?size=100").text)) <= set(sent[name])
            assert client.get(f"/broker/invoices/{sent[name][0]}").status_code == 200
            assert client.get(f"/broker/invoices/{sent[other][0]}").status_code == 404
    with portal.client("other_importer") as client:
        assert client.get(f"/importer/invoices/{mine[0][0]}").status_code == 404
    with portal.client("broker") as client:
        ((id, entry),) = portal.house.ask("""SELECT i.id, e.id FROM invoice i
            JOIN invoice_entry k ON k.invoice_id = i.id
            JOIN entry_summary e ON e.id = k.entry_summary_id AND e.filer_account_id = i.filer_account_id
            WHERE i.filer_account_id = %s LIMIT 1""", portal.accounts["broker"])  # fmt: skip
        assert f"/broker/filings/{entry}" in client.get(f"/broker/invoices/{id}").text
        assert f"/broker/invoices/{id}" in client.get(f"/broker/filings/{entry}").text


def test_an_officer_sees_the_invoices_of_every_account_and_of_one(portal: Portal, mine: list[tuple]) -> None:
    everything = portal.house.one("SELECT count(*) FROM invoice")
    query = "SELECT public_id FROM account WHERE id = %s"
    public = {name: portal.house.one(query, portal.accounts[name]) for name in ("importer", "other_importer")}
    with portal.client("officer") as client:
        assert f"{everything} invoices found" in client.get("/officer/invoices").text
        text = client.get(f"/officer/invoices?account={public['importer']}&size=100").text
        assert numbers(text) == [row[0] for row in mine][:100] and public["importer"] in text
        id, _, _, _, entry = next(row for row in mine if row[2] == "different" and row[4])
        text = unescape(client.get(f"/officer/invoices/{id}").text)
        assert "What differs" in text and f"/officer/entries/{entry}" in text and AMOUNT.search(text)
        assert id not in numbers(client.get(f"/officer/invoices?account={public['other_importer']}&size=100").text)
        assert client.get("/officer/invoices?account=nobody").status_code == 404
    with portal.client("importer") as client:
        assert client.get(f"/officer/invoices/{mine[0][0]}").status_code == 403


def test_who_may_not_see_amounts_gets_none(portal: Portal, mine: list[tuple]) -> None:
    with portal.client("reader") as client:
        for path in ("/importer/invoices", *(f"/importer/invoices/{row[0]}" for row in mine[:6])):
            assert not AMOUNT.search(client.get(path).text), path


def test_values_in_another_currency_are_said_not_to_be_compared(portal: Portal) -> None:
    (id,) = portal.house.ask("SELECT id FROM invoice WHERE importer_account_id = %s LIMIT 1",
                             portal.accounts["importer"])[0]  # fmt: skip
    words = "Values are not compared: no rate. Amounts are in EUR"
    with portal.client("importer") as client:
        assert words not in client.get(f"/importer/invoices/{id}").text
        portal.house.conn.execute("UPDATE invoice SET currency = 'EUR' WHERE id = %s", [id])
        try:
            assert words in client.get(f"/importer/invoices/{id}").text
            with psycopg.connect(database.url(portal.house.settings), row_factory=dict_row) as conn:
                assert api.invoice(conn, id)["values_said"] == "not compared: no rate"
        finally:
            portal.house.conn.execute("UPDATE invoice SET currency = 'USD' WHERE id = %s", [id])
