"""The exporter's pages: what was filed in its name, what is to be mended, who files, and that nobody sees another's."""

from __future__ import annotations

import csv
import hashlib
import io
import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest

from tests.portal import traded
from tests.portal.conftest import Portal, csrf
from tests.system import x12_files

AMOUNT = re.compile(r"\$\d|\d,\d{3}\.\d\d")


def rows(portal: Portal, query: str, *values: Any) -> list[tuple]:
    return portal.house.ask(query, *values)


def links(text: str) -> list[str]:
    return [unescape(link) for link in re.findall(r'href="(/exporter[^"#]*)', text)]


def crawl(client: Any, most_of_a_kind: int = 4) -> dict[str, Any]:
    todo, found, kinds = ["/exporter"], {}, {}
    while todo:
        address = todo.pop(0)
        kind = re.sub(r"\d+", "N", address.split("?")[0])
        if address in found or kinds.get(kind, 0) >= most_of_a_kind:
            continue
        kinds[kind] = kinds.get(kind, 0) + 1
        found[address] = client.get(address)
        if found[address].headers["content-type"].startswith("text/html"):
            todo += links(found[address].text)
    return found


@pytest.fixture(scope="module")
def pages(portal: Portal) -> dict[str, Any]:
    with portal.client("exporter") as client:
        return crawl(client)


def test_every_page_that_can_be_reached_opens_and_is_small(pages: dict[str, Any]) -> None:
    kinds = {re.sub(r"\d+", "N", address.split("?")[0]) for address in pages}
    assert {"/exporter/filings/N", "/exporter/filings/N/proof", "/exporter/refused/N", "/exporter/agents/N",
            "/exporter/statements/N", "/exporter/statements/N/file", "/exporter/commodities.csv"} <= kinds  # fmt: skip
    for address, answer in pages.items():
        assert answer.status_code == 200, address
        if answer.headers["content-type"].startswith("text/html"):
            assert len(answer.content) < 100_000, address


def test_each_state_shows_what_is_in_it(portal: Portal) -> None:
    expected = {
        "action": ["SEP-9", "SEP-3"],
        "rejected": ["SEP-9", "SEP-3", "SEP-2"],
        "accepted": ["SEP-2", "SEP-5", "SEP-1", "AUG-2", "AUG-1"],
        "cancelled": ["SEP-4"],
    }
    with portal.client("exporter") as client:
        for state, references in expected.items():
            text = client.get(f"/exporter/filings?state={state}").text
            assert re.findall(r'<th scope="row" class="tw-wrap"><a [^>]+>([^<]+)</a>', text) == references, state
            assert f"<strong>{len(references)}</strong>" in text
        home = client.get("/exporter").text
        assert "SEP-3" in home and "OTH-1" not in home
        late = client.get("/exporter/filings?late=1").text
        assert re.findall(r"(SEP-\d|AUG-\d)</a>", late) == ["SEP-5"] and "days late" in late


@pytest.mark.parametrize(
    ("query", "references"),
    [
        ("reference=sep-1", ["SEP-1"]),
        ("reference=SEP", ["SEP-9", "SEP-2", "SEP-5", "SEP-4", "SEP-1", "SEP-3", "SEP-2"]),
        ("number=0712.31", ["SEP-1"]),
        ("destination=FR", ["SEP-1"]),
        ("from=2026-08-28&to=2026-08-28", ["AUG-2"]),
        ("number=9999", []),
    ],
)
def test_filings_are_found(portal: Portal, query: str, references: list[str]) -> None:
    with portal.client("exporter") as client:
        text = client.get(f"/exporter/filings?{query}").text
        found = re.findall(r'<th scope="row" class="tw-wrap"><a [^>]+>([^<]+)</a>', text)
        assert sorted(found) == sorted(references)
        for wrong in ("itn=abc", "number=x", "from=2026-09-02&to=2026-09-01", "from=soon"):
            assert client.get(f"/exporter/filings?{wrong}").status_code == 422
        ((itn,),) = rows(portal, "SELECT itn FROM export_filing WHERE reference = 'SEP-1'")
        assert ">SEP-1</a>" in client.get(f"/exporter/filings?itn=AES {itn}").text


def test_a_filing_tells_versions_what_changed_and_who_tried(portal: Portal) -> None:
    ((id, other),) = rows(portal, """SELECT (SELECT id FROM export_filing WHERE reference = 'SEP-1'),
        (SELECT id FROM export_filing WHERE reference = 'SEP-2')""")  # fmt: skip
    with portal.client("exporter") as client:
        text = unescape(client.get(f"/exporter/filings/{id}").text)
        assert "country of destination: DE to FR" in text and "line 2: value: 9,000.00 to 12,000.00" in text
        assert "16,000.00" in text and "Fast Forwarders" in text
        again = unescape(client.get(f"/exporter/filings/{other}").text)
        assert "tried to add it" in again and "/exporter/refused/" in again
        proof = client.get(f"/exporter/filings/{id}/proof").text
        ((itn,),) = rows(portal, "SELECT itn FROM export_filing WHERE id = %s", id)
        assert f"AES {itn}" in proof


def test_a_filing_shows_its_equipment(portal: Portal) -> None:
    (id, version) = portal.house.ask("SELECT id, version_id FROM export_filing WHERE reference = 'SEP-4'")[0]
    with portal.client("exporter") as client:
        assert "Equipment" not in client.get(f"/exporter/filings/{id}").text
        portal.house.conn.execute(
            "INSERT INTO export_equipment VALUES ('CN', 'ABCU', '123456', 'S1', 'S2', %s, -1, 9, 0)", [version]
        )
        try:
            assert "CN ABCU123456, seals S1 and S2" in client.get(f"/exporter/filings/{id}").text
        finally:
            portal.house.conn.execute("DELETE FROM export_equipment WHERE version_id = %s", [version])


def test_what_was_rejected_says_field_and_how_to_mend_it(portal: Portal) -> None:
    ((first, last),) = rows(portal, """SELECT (SELECT id FROM export_refusal WHERE reference = 'SEP-2'),
        (SELECT id FROM export_refusal WHERE reference = 'SEP-3')""")  # fmt: skip
    with portal.client("exporter") as client:
        text = unescape(client.get(f"/exporter/refused/{first}").text)
        assert "Field BA104, country code" in text and '<code class="tw-key">XX</code>' in text
        assert "To mend it:" in text and "Accepted since" in text
        text = unescape(client.get(f"/exporter/refused/{last}").text)
        assert "code 623" in text and "Field L1302" in text and "Nothing was filed or changed by this" in text


def test_an_unknown_agent_is_told_of_and_denied(portal: Portal) -> None:
    stranger = portal.accounts["other_broker"]
    with portal.client("exporter") as client:
        assert "holds no authority of yours" in client.get("/exporter").text
        address = f"/exporter/agents/{stranger}"
        text = client.get(address).text
        code = portal.house.one("SELECT identifier FROM account WHERE id = %s", stranger)
        assert f"/importer/authorities/add?filer={code}" in text
        assert f'value="{code}"' in client.get(f"/importer/authorities/add?filer={code}").text
        assert "/importer/authorities/" in client.get("/importer/authorities").text
        done = client.post(f"{address}/deny", data={"csrf": csrf(client, address), "words": "never heard of it"})
        assert done.headers["location"] == f"{address}?said=denied"
        assert client.post(f"{address}/deny", data={"csrf": csrf(client, address)}).status_code == 409
        assert "holds no authority of yours" not in client.get("/exporter").text
        assert client.get("/exporter/agents/1").status_code == 404
    with portal.client("export_clerk") as client:
        assert client.post(f"{address}/deny", data={"csrf": csrf(client, address)}).status_code == 403


def test_a_statement_is_downloaded_as_it_was_issued(portal: Portal) -> None:
    ((id,),) = rows(portal, "SELECT id FROM export_statement WHERE account_id = %s", portal.accounts["exporter"])
    with portal.client("exporter") as client:
        text = client.get(f"/exporter/statements/{id}").text
        for name, sha in rows(portal, "SELECT name, sha256 FROM export_statement_file WHERE statement_id = %s", id):
            address = f"/exporter/statements/{id}/file?name={name}"
            assert address in links(text)
            answer = client.get(address)
            assert hashlib.sha256(answer.content).hexdigest() == sha
            assert answer.headers["content-disposition"].startswith("attachment")


def test_commodities_from_one_day_to_another(portal: Portal) -> None:
    with portal.client("exporter") as client:
        body = client.get("/exporter/commodities.csv?from=2026-09-01&to=2026-09-30").text
    told = list(csv.DictReader(io.StringIO(body)))
    assert {row["Shipment Reference"] for row in told} == {"SEP-1", "SEP-2", "SEP-5"}
    assert sum(float(row["Value, USD"]) for row in told) == 16_000 + 4_000 + 4_000
    assert {row["Quantity 1"] for row in told} == {"500"}


def test_who_may_not_see_amounts_gets_none(portal: Portal) -> None:
    with portal.client("export_clerk") as client:
        for address, answer in crawl(client).items():
            if address.startswith("/exporter/statements/") and "/file" in address:
                assert answer.status_code == 403
            else:
                assert not AMOUNT.search(answer.text), address


def test_another_exporter_finds_nothing_by_any_id(portal: Portal, pages: dict[str, Any]) -> None:
    with portal.client("other_exporter") as client:
        assert "OTH-1" in client.get("/exporter/filings").text
        for address in pages:
            if re.search(r"/\d+", address) and "/agents/" not in address:
                assert client.get(address).status_code == 404, address
            else:
                text = client.get(address).text
                assert "SEP-" not in text and "AUG-" not in text, address


def test_an_officer_sees_exports_at_a_glance(portal: Portal) -> None:
    public_id = portal.house.one("SELECT public_id FROM account WHERE id = %s", portal.accounts["exporter"])
    with portal.client("officer") as client:
        text = unescape(client.get(f"/officer/accounts/{public_id}").text)
        facts = dict(re.findall(r"<dt>([^<]+)</dt><dd>([^<]+)</dd>", text))
        assert facts["Filings"] == "5" and facts["Filed late"] == "1 (20.0 %)" and facts["Actions refused"] == "3"
        assert "By Schedule B or tariff number" in text and "0712.31.1000" in text and "Fast Forwarders" in text


def references(text: str) -> list[str]:
    return re.findall(r'<th scope="row" class="tw-wrap"><a [^>]+>([^<]+)</a>', text)


def test_a_filer_sees_what_it_sent_and_no_more(portal: Portal, pages: dict[str, Any]) -> None:
    ((id,),) = rows(
        portal, "SELECT id FROM export_refusal WHERE filer_account_id = %s", portal.accounts["other_broker"]
    )
    others = [it for (it,) in rows(portal, "SELECT id FROM export_filing")]
    with portal.client("other_broker") as client:
        text = client.get("/broker/exports").text
        assert references(text) == ["SEP-9"] and f"/broker/exports/refused/{id}" in text
        assert "Pacific Pumps" not in text, "whose number it guessed it does not learn"
        assert references(client.get("/broker/exports?state=accepted").text) == []
        text = unescape(client.get(f"/broker/exports/refused/{id}").text)
        assert "To mend it:" in text and "your agent" not in text
        assert {client.get(f"/broker/exports/{it}").status_code for it in others} == {404}
        assert "SEP-" not in client.get("/broker/exports.csv").text
    with portal.client("broker") as client:
        assert "You have sent no export filing yet" in client.get("/broker/exports").text
        assert client.get(f"/broker/exports/refused/{id}").status_code == 404


def test_an_officer_sees_all_export_filings_and_those_of_one_account(portal: Portal) -> None:
    ids = dict(rows(portal, "SELECT reference, id FROM export_filing"))
    public = {name: portal.house.one("SELECT public_id FROM account WHERE id = %s", portal.accounts[name])
              for name in ("exporter", "other_broker")}  # fmt: skip
    with portal.client("officer") as client:
        every = references(client.get("/officer/exports?size=100").text)
        assert {"OTH-1", "SEP-1", "SEP-9"} <= set(every)
        text = client.get(f"/officer/exports?account={public['exporter']}&size=100").text
        assert set(references(text)) == set(every) - {"OTH-1"} and "Export filings of Pacific Pumps Inc" in text
        assert f'name="account" value="{public["exporter"]}"' in text
        assert references(client.get(f"/officer/exports?account={public['other_broker']}").text) == ["SEP-9"]
        assert client.get("/officer/exports?account=nobody").status_code == 404
        text = unescape(client.get(f"/officer/exports/{ids['SEP-1']}").text)
        assert "Pacific Pumps Inc" in text and "Fast Forwarders" in text and "country of destination: DE to FR" in text
        assert (
            f"/officer/exports?account={public['exporter']}"
            in client.get(f"/officer/accounts/{public['exporter']}").text
        )
        told = list(csv.DictReader(io.StringIO(client.get("/officer/exports.csv").text)))
        assert {row["Filed by"] for row in told} == {"Fast Forwarders"}


def test_an_exporter_sees_the_files_it_sent_itself_with_their_answers(portal: Portal) -> None:
    """A file that is no X12 whole, put up by an exporter: its page and each answer; nobody else finds it."""
    name = "mine.x12"
    wire = x12_files.interchange(("601", x12_files.shipment("OWN-1")), number=77, sender="PACIFIC")
    portal.house.bring(f"X-{traded.EIN}", name, wire)
    portal.house.run()
    with portal.client("exporter") as client:
        listed = client.get("/exporter/files").text
        (id,) = re.findall(rf'/exporter/files/(\d+)">{name}<', listed)
        text = unescape(client.get(f"/exporter/files/{id}").text)
        assert "What is wrong" in text and "/broker/" not in text
        kinds = re.findall(rf"/exporter/files/{id}/answer/(\w+)", text)
        assert kinds and all(client.get(f"/exporter/files/{id}/answer/{kind}").status_code == 200 for kind in kinds)
    for other, room in (("other_exporter", "exporter"), ("broker", "broker"), ("importer", "importer")):
        with portal.client(other) as client:
            assert client.get(f"/{room}/files/{id}").status_code == 404
            assert name not in client.get("/broker" if room == "broker" else f"/{room}/files").text


TWO_AGENTS = """
[[account]]
number = "X-77766655500"
kind = "exporter"
name = "Lakes Lumber"
identifier = "77766655500"
"""
AGENT = """
[[account]]
number = "F-{0}"
kind = "broker"
name = "Agent {0}"
identifier = "FW{0}"
[[relationship]]
from = "F-{0}"
to = "X-77766655500"
"""


def test_a_refusal_that_another_agent_mended_stands_open_no_more(portal: Portal) -> None:
    """Two agents of one exporter, of which neither sees what the other filed."""
    portal.house.load(TWO_AGENTS + AGENT.format("81") + AGENT.format("82"))
    own = {"exporter": "77766655500", "exporter_name": "Lakes Lumber"}
    bad = [traded.shipment(reference, destination="XX", **own) for reference in ("TWO-1", "TWO-2")]
    traded.ship(portal.house, *bad, sender="F-81")
    at = portal.house.now + timedelta(minutes=1)
    traded.ship(portal.house, traded.shipment("TWO-1", **own), sender="F-82", at=at)
    ids = dict(rows(portal, "SELECT reference, id FROM export_refusal WHERE reference LIKE 'TWO-%%'"))
    ((filing, itn),) = rows(portal, "SELECT id, itn FROM export_filing WHERE reference = 'TWO-1'")
    for name, number in (("agent_81", "F-81"), ("agent_82", "F-82"), ("lumber", "X-77766655500")):
        portal.enrol(name, portal.account(number)[0])
    with portal.client("agent_81") as client:
        assert references(client.get("/broker/exports?state=action").text) == ["TWO-2"]
        assert references(client.get("/broker/exports?state=rejected").text) == ["TWO-2", "TWO-1"]
        text = unescape(client.get(f"/broker/exports/refused/{ids['TWO-1']}").text)
        assert f"as another filer of this exporter sent it on {at.day} {at:%B %Y}. Nothing is to be done" in text
        assert itn not in text and "Agent 82" not in text and str(filing) not in text
        assert "has no internal transaction number yet" in unescape(
            client.get(f"/broker/exports/refused/{ids['TWO-2']}").text
        )
        assert client.get(f"/broker/exports/{filing}").status_code == 404
    with portal.client("agent_82") as client:
        assert references(client.get("/broker/exports").text) == ["TWO-1"]
        assert references(client.get("/broker/exports?state=action").text) == []
        assert client.get(f"/broker/exports/refused/{ids['TWO-1']}").status_code == 404
    with portal.client("lumber") as client:
        assert references(client.get("/exporter/filings?state=action").text) == ["TWO-2"]
        text = client.get(f"/exporter/refused/{ids['TWO-1']}").text
        assert f'/exporter/filings/{filing}">the filing {itn}' in text
