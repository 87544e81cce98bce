"""X12 files among a broker's files: sets, what is wrong in which segment, answers as they were sent, the profile."""

from __future__ import annotations

import re
from html import unescape

import pytest

from portal.x12_words import element
from tests.portal.conftest import Portal, csrf
from tests.portal.traded import FAULTY, GOOD, REFUSED


@pytest.fixture(scope="module")
def files(portal: Portal) -> dict[str, int]:
    rows = portal.house.ask("""SELECT name, interchange_id FROM arrival a JOIN interchange i ON i.id = interchange_id
        WHERE name LIKE '%%.x12' AND i.account_id = %s""", portal.accounts["broker"])  # fmt: skip
    assert {name for name, _ in rows} == {FAULTY, GOOD, REFUSED}
    return dict(rows)


def test_what_is_wrong_is_marked_in_its_segment(portal: Portal, files: dict[str, int]) -> None:
    with portal.client("broker") as client:
        listed = client.get("/broker").text
        assert f">{FAULTY}</a>" in listed
        text = unescape(client.get(f"/broker/files/{files[FAULTY]}").text)
    marked = re.findall(r'as sent, what is wrong is marked">([^<]*)<mark>([^<]*)</mark>', text)
    assert ("BA1*N*1*10*", "MEXICO") in marked and any(part == "many" for _, part in marked)
    assert "BA104, country code" in text and "L1304" in text
    assert "Segment 4 of the file" in text, "ISA, GS, ST, BA1"
    assert text.count("To mend it:") >= 2
    sets = re.findall(r'<tr><th scope="row">601</th><td>(\d+)</td><td>export filing</td>', text)
    assert sets == ["0001", "0002"]
    assert "Resend only what failed" not in text


def test_what_no_map_names_has_no_name() -> None:
    """The page of a file with a segment of its own invention is shown like any other."""
    assert [element(it) for it in ("BA104", "N104", "TX1", "TX102", "REF04-9", "", "{ctt}")] == [
        *("country code", "identification code", "", "", "reference identifier", "", ""),
    ]


def test_the_answers_are_downloaded_byte_for_byte(portal: Portal, files: dict[str, int]) -> None:
    account = portal.house.one("SELECT number FROM account WHERE id = %s", portal.accounts["broker"])
    sent = portal.house.outbox(account)
    with portal.client("broker") as client:
        for name, kinds in ((FAULTY, ("997", "824", "reasons")), (GOOD, ("997", "824", "reasons"))):
            text = client.get(f"/broker/files/{files[name]}").text
            for kind in kinds:
                address = f"/broker/files/{files[name]}/answer/{kind}"
                answer = client.get(address)
                suffix = ".reasons.csv" if kind == "reasons" else f".{kind}"
                assert address in text and answer.content == sent[name + suffix], (name, kind)
        assert client.get(f"/broker/files/{files[GOOD]}/answer/999").status_code == 404
        page = client.get(f"/broker/files/{files[REFUSED]}").text
        assert "025" in page and GOOD in page, "which number was used before, and in which file"
        proof = csrf(client, "/broker")
        failed = client.post(f"/broker/files/{files[FAULTY]}/failed", data={"csrf": proof, "password": ""})
        assert failed.status_code == 409
    with portal.client("other_broker") as client:
        assert client.get(f"/broker/files/{files[GOOD]}/answer/997").status_code == 404


def test_the_profile_tells_what_is_agreed_and_which_numbers_are_missing(portal: Portal) -> None:
    code = portal.house.one("SELECT identifier FROM account WHERE id = %s", portal.accounts["broker"])
    with portal.client("broker") as client:
        text = client.get("/broker/partner").text
        assert f'<th scope="row">ZZ / {code}</th>' in text and "000000014" in text
        assert "000000012 to 000000013" in text, "the gap"
        assert "004050" in text and "004010" in text
        assert "<td>004020 as 004010</td>" in text
    with portal.client("other_broker") as client:
        text = client.get("/broker/partner").text
        assert code not in text and "No X12 file has come from you yet" in text


def test_operations_see_numbers_groups_and_gaps_but_nothing_of_the_sets(portal: Portal, files: dict[str, int]) -> None:
    with portal.client("operations") as client:
        text = client.get(f"/operations/files/{files[FAULTY]}").text
        assert "000000014" in text and "004050" in text and "X12 sets" in text and "BAD-2" not in text
        assert "rejected, 025" in client.get(f"/operations/files/{files[REFUSED]}").text
        assert "1 gap in its X12 interchange numbers" in client.get("/operations/partners").text
        assert "Holds in every hour" in client.get("/operations").text
